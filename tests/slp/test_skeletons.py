import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from sleap_io_reader import load, skeleton_symmetries
from synthetic_labels import small_labels

from splitlib.errors import LabelsFileError
from splitlib.labels import Labels
from splitlib.slp.skeletons import parse_skeletons

PATH = Path("a.slp")
EDGE = {"py/reduce": [{"py/type": "sleap.skeleton.EdgeType"}, {"py/tuple": [1]}]}
SYMMETRY = {"py/reduce": [{"py/type": "sleap.skeleton.EdgeType"}, {"py/tuple": [2]}]}


def link(kind: object, source: int, target: int, order: int | None = None) -> dict[str, Any]:
    place = {} if order is None else {"edge_insert_idx": order}
    return {"type": kind, "source": source, "target": target, "key": 0, **place}


def graph(ids: list[Any], *links: dict[str, Any], name: str | None = "fly") -> dict[str, Any]:
    return {
        "directed": True,
        "graph": {"name": name, "num_edges_inserted": 0},
        "links": list(links),
        "multigraph": True,
        "nodes": [{"id": node_id} for node_id in ids],
    }


def metadata(*graphs: dict[str, Any], names: str = "abcd") -> dict[str, Any]:
    nodes = [{"name": name, "weight": 1.0} for name in names]
    return {"nodes": nodes, "skeletons": list(graphs)}


ONE, TWO = {"py/id": 1}, {"py/id": 2}
Parsed = tuple[tuple[str, ...], tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]

# graphs in the metadata; nodes, edges and symmetries of each skeleton
PARSED: dict[str, tuple[list[dict[str, Any]], list[Parsed]]] = {
    "nodes in the order of the skeleton, not of the list": (
        [graph([2, 0])],
        [(("c", "a"), (), ())],
    ),
    "edges as positions, in the order of insertion": (
        [graph([3, 2, 0], link(EDGE, 0, 2, 1), link(ONE, 2, 3, 0))],
        [(("d", "c", "a"), ((1, 0), (2, 1)), ())],
    ),
    "a symmetry once, whichever way and however often it is given": (
        [graph([0, 1, 2, 3], link(SYMMETRY, 2, 1), link(ONE, 1, 2), link(ONE, 0, 3))],
        [(("a", "b", "c", "d"), (), ((0, 3), (1, 2)))],
    ),
    "types numbered by first use": (
        [
            graph(
                [0, 1, 2, 3],
                link(SYMMETRY, 0, 1),
                link(EDGE, 0, 1, 0),
                link(ONE, 2, 3),
                link(TWO, 2, 3, 1),
            )
        ],
        [(("a", "b", "c", "d"), ((0, 1), (2, 3)), ((0, 1), (2, 3)))],
    ),
    "types numbered in each skeleton anew": (
        [
            graph([0, 1], link(EDGE, 0, 1, 0), link(SYMMETRY, 0, 1)),
            graph([0, 1], link(SYMMETRY, 0, 1), link(ONE, 1, 0)),
        ],
        [(("a", "b"), ((0, 1),), ((0, 1),)), (("a", "b"), (), ((0, 1),))],
    ),
    "wrapped": (
        [{"nx_graph": graph([1, 0]), "description": "a fly", "preview_image": None}],
        [(("b", "a"), (), ())],
    ),
    "no nodes": ([graph([])], [((), (), ())]),
    "none": ([], []),
}


@pytest.mark.parametrize(("graphs", "expected"), PARSED.values(), ids=PARSED)
def test_skeletons_are_parsed(graphs: list[dict[str, Any]], expected: list[Parsed]) -> None:
    skeletons = parse_skeletons(metadata(*graphs, names="abcd" if expected else ""), PATH)
    assert [(one.nodes, one.edges, one.symmetries) for one in skeletons] == expected
    assert {one.name for one in skeletons} <= {"fly"}


@pytest.mark.parametrize("name", [None, "", "/home/me/skeleton.json"], ids=repr)
def test_a_name_may_be_anything(name: str | None) -> None:
    (skeleton,) = parse_skeletons(metadata(graph([0], name=name)), PATH)
    assert skeleton.name == (name or "")


MALFORMED: dict[str, Any] = {
    "no nodes": {"skeletons": []},
    "no skeletons": {"nodes": []},
    "null skeletons": {"nodes": [], "skeletons": None},
    "text for a skeleton": metadata("fly"),  # type: ignore[arg-type]
    "nodes without names": {"nodes": [{}], "skeletons": [graph([0])]},
    "numbers for nodes": {"nodes": [1, 2], "skeletons": [graph([0])]},
    "unknown node": metadata(graph([4])),
    "negative node": metadata(graph([-1, 0])),
    "node twice": metadata(graph([1, 1])),
    "fraction of a node": metadata(graph([0.5])),
    "infinite node": metadata(graph([float("inf")])),
    "text for a node": metadata(graph(["a"])),
    "link to no node": metadata(graph([0, 1], link(EDGE, 0, 2, 0))),
    "link to a list": metadata(graph([0, 1], link(EDGE, 0, [1], 0))),  # type: ignore[arg-type]
    "text for a type": metadata(graph([0, 1], link("edge", 0, 1, 0))),
    "null for a type": metadata(graph([0, 1], link(None, 0, 1, 0))),
    "infinite type": metadata(graph([0, 1], link({"py/id": float("inf")}, 0, 1))),
    "null for the graph": metadata({**graph([0]), "graph": None}),
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_skeleton_is_named(content: dict[str, Any]) -> None:
    with pytest.raises(
        LabelsFileError, match=r"a.slp: the skeletons in /metadata json are malform"
    ):
        parse_skeletons(content, PATH)


def test_skeletons_of_a_file_are_those_that_sleap_io_reads(tmp_path: Path) -> None:
    made = small_labels()
    path = made.write(tmp_path / "a.slp")
    with h5py.File(path, "r+") as file:
        content = json.loads(file["metadata"].attrs["json"])
        links = [link(SYMMETRY, 3, 1), link({"py/id": 1}, 1, 3)]
        links += [link(EDGE, 2, 1, 1), link({"py/id": 2}, 2, 3, 0)]
        content["nodes"] = [{"name": name, "weight": 1.0} for name in "abcd"]
        content["skeletons"] = [graph([2, 3]), graph([2, 1, 3], *links)]
        file["metadata"].attrs["json"] = np.bytes_(json.dumps(content).encode())
    expected = load(path).skeletons
    found = Labels.load(path).skeletons
    assert [skeleton.nodes for skeleton in found] == [tuple(s.node_names) for s in expected]
    assert [set(skeleton.edges) for skeleton in found] == [set(s.edge_inds) for s in expected]
    assert [list(s.symmetries) for s in found] == [skeleton_symmetries(s) for s in expected]
    assert found[1].edges == ((0, 2), (0, 1))
