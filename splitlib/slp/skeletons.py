"""Skeletons: the nodes of an instance, in the order of its points, and how they are joined."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from operator import index
from pathlib import Path
from typing import Any

from splitlib.errors import LabelsFileError

EDGE = 1
SYMMETRY = 2
"""Values of SLEAP's EdgeType (sleap/skeleton.py, v1.4.1)."""


@dataclass(frozen=True)
class Skeleton:
    """The nodes of an animal.

    Attributes:
        name: "" where the file gives none.
        nodes: Names of the nodes, in the order of the points of an instance.
        edges: Pairs of positions in `nodes`, from parent to child, in the order of insertion.
        symmetries: Pairs of positions in `nodes` that mirror one another, lower one first.
    """

    name: str
    nodes: tuple[str, ...]
    edges: tuple[tuple[int, int], ...]
    symmetries: tuple[tuple[int, int], ...]


def numbered(names: Iterable[str]) -> list[tuple[str, int]]:
    """Each name with the number of equal names before it, which tells equal names apart.

    Example:
        >>> numbered(["ear", "nose", "ear"])
        [('ear', 0), ('nose', 0), ('ear', 1)]
    """
    counts: Counter[str] = Counter()
    pairs = []
    for name in names:
        pairs.append((name, counts[name]))
        counts[name] += 1
    return pairs


def node_order(nodes: Sequence[str], wanted: Sequence[str]) -> list[int] | None:
    """Where each wanted node is among `nodes`; None where the two are not the same nodes.

    Example:
        >>> node_order(["tail", "nose"], ["nose", "tail"]), node_order(["nose"], ["tail"])
        ([1, 0], None)
    """
    places = {name: at for at, name in enumerate(numbered(nodes))}
    order = [places.get(name, -1) for name in numbered(wanted)]
    return None if len(nodes) != len(wanted) or -1 in order else order


def node_difference(one: Sequence[str], other: Sequence[str]) -> str:
    """The nodes that only one of two skeletons has, for messages: "here" is the first of the two.

    Example:
        >>> node_difference(["nose", "ear"], ["nose", "tail", "paw"])
        'only here: ear; only there: tail, paw'
    """
    lacking = (Counter(one) - Counter(other), Counter(other) - Counter(one))
    sides = zip(("here", "there"), lacking, strict=True)
    return "; ".join(
        f"only {side}: {', '.join(names.elements())}" for side, names in sides if names
    )


def first_alike(skeletons: Sequence[Skeleton]) -> list[int]:
    """For each skeleton the position of the first one with the same nodes, in any order."""
    first: dict[tuple[str, ...], int] = {}
    return [first.setdefault(tuple(sorted(one.nodes)), at) for at, one in enumerate(skeletons)]


def united(skeletons: Sequence[Skeleton], at: int) -> Skeleton:
    """A skeleton, with the edges or symmetries of the next one of its nodes where it has none."""
    first = skeletons[at]
    edges, symmetries = first.edges, first.symmetries
    for other in skeletons[at + 1 :]:
        order = node_order(first.nodes, other.nodes)
        if order is not None:
            edges = edges or tuple((order[a], order[b]) for a, b in other.edges)
            pairs = (sorted((order[a], order[b])) for a, b in other.symmetries)
            symmetries = symmetries or tuple(sorted((a, b) for a, b in pairs))
    return replace(first, edges=edges, symmetries=symmetries)


def named_edges(skeleton: Skeleton) -> set[tuple[str, str]]:
    """The edges as pairs of names of nodes, from parent to child."""
    return {(skeleton.nodes[a], skeleton.nodes[b]) for a, b in skeleton.edges}


def parse_skeletons(metadata: dict[str, Any], path: Path) -> tuple[Skeleton, ...]:
    """The skeletons in the metadata of a labels file.

    A skeleton is a networkx node-link graph over the node list of the metadata, which may be longer
    than any skeleton and in another order. Since SLEAP 1.3.2 the graph may be wrapped.

    Raises:
        LabelsFileError: A skeleton is malformed.
    """
    try:
        names = [str(node["name"]) for node in metadata["nodes"]]
        graphs = [graph.get("nx_graph", graph) for graph in metadata["skeletons"]]
        return tuple(_parse_graph(graph, names) for graph in graphs)
    except (KeyError, TypeError, IndexError, ValueError, AttributeError) as err:
        msg = (
            f"{path}: the skeletons in /metadata json are malformed: {err!r}; expected node-link"
            " graphs whose nodes are positions in the list of nodes"
        )
        raise LabelsFileError(msg) from err


def _parse_graph(graph: dict[str, Any], names: list[str]) -> Skeleton:
    ids = [index(node["id"]) for node in graph["nodes"]]
    position = {node_id: at for at, node_id in enumerate(ids)}
    if len(position) < len(ids) or min(ids, default=0) < 0:
        msg = f"node ids {ids}"
        raise ValueError(msg)
    links = list(zip(_edge_types(graph), graph.get("links", []), strict=True))
    links.sort(key=lambda link: link[1].get("edge_insert_idx", -1))
    pairs = [(kind, position[link["source"]], position[link["target"]]) for kind, link in links]
    edges = [(source, target) for kind, source, target in pairs if kind == EDGE]
    mirrored = {(min(a, b), max(a, b)) for kind, a, b in pairs if kind == SYMMETRY}
    return Skeleton(
        name=str(graph.get("graph", {}).get("name") or ""),
        nodes=tuple(names[node_id] for node_id in ids),
        edges=tuple(edges),
        symmetries=tuple(sorted(mirrored)),
    )


def _edge_types(graph: dict[str, Any]) -> list[int]:
    """EDGE or SYMMETRY per link, in the order of the file.

    jsonpickle spells a type out at its first use, and from then on gives the number of that type
    among those spelled out.
    """
    spelled: list[int] = []
    types = []
    for link in graph.get("links", []):
        kind = link["type"]
        if "py/reduce" in kind:
            spelled.append(index(kind["py/reduce"][1]["py/tuple"][0]))
            types.append(spelled[-1])
        else:
            number = index(kind["py/id"])
            types.append(spelled[number - 1] if 0 < number <= len(spelled) else number)
    return types
