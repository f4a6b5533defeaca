"""The evaluation as one HTML file that opens from disk.

`evaluation.html.jinja` is the page. What it shows is collected here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from splitlib.evaluation.core.evaluated import Evaluated
from splitlib.evaluation.example_pictures import Edges, example_png, frame_png
from splitlib.evaluation.examples_shown import Image, ShownExample
from splitlib.evaluation.figure_pictures import curves_png, nodes_png
from splitlib.evaluation.figures import PCK_RADII
from splitlib.page.render import Picture, page_text, picture

Report = Mapping[str, Any]
Cell = tuple[str, str]
"""A figure, and its interval or ""."""

ERRORS = {
    "median": "half of the found points are nearer",
    "p75": "75 of 100 found points are nearer",
    "p90": "90 of 100 found points are nearer",
    "p95": "95 of 100 found points are nearer",
}


@dataclass(frozen=True)
class Shown:
    """What the pictures of the page are made of.

    Attributes:
        evaluated: The split.
        examples: The examples of each kind.
        images: The image of each row of the split that an example is in.
        edges: Pairs of nodes to join.
        records: The rows of plots/train/curves.csv.
        links: By row, where the frame is seen in its film, as of `film_links`.
    """

    evaluated: Evaluated
    examples: Mapping[str, Sequence[ShownExample]]
    images: Mapping[int, Image]
    edges: Edges
    records: Sequence[Mapping[str, str]]
    links: Mapping[int, str]


def nothing_text(reason: str) -> str:
    """The page where nothing was measured."""
    return page_text(
        "evaluation", "nothing.html.jinja", {"title": "No evaluation", "reason": reason}
    )


def evaluation_text(report: Report, shown: Shown) -> str:
    """The page as HTML text: the figures of a report, and pictures of its examples."""
    of_row = {one.row: one.where for some in shown.examples.values() for one in some}
    nodes = report["nodes"]
    node_picture = nodes_png(shown.evaluated.truth, nodes["name"], nodes["median"], shown.edges)
    values: dict[str, object] = {
        "title": f"The model on the {report['split']} split",
        "measured_on": report["measured_on"],
        "intervals": report["intervals"],
        "errors": _error_rows(report),
        "instances": _instance_rows(report),
        "splits": _table(report["splits"]),
        "nodes": _table(nodes),
        "videos": _table(report["videos"]),
        "groups": _table(report["groups"]),
        "curves": picture("Loss of each epoch", "", curves_png(shown.records)),
        "on_animal": picture("Error of each node", "On the best labeled animal.", node_picture),
        "examples": {
            name: [(one, _picture_of(one, shown)) for one in some]
            for name, some in shown.examples.items()
        },
        "frames": [
            (row, picture(where, "", _frame_png(row, shown)), shown.links.get(row))
            for row, where in sorted(of_row.items())
        ],
    }
    return page_text("evaluation", "evaluation.html.jinja", values)


def _picture_of(example: ShownExample, shown: Shown) -> Picture:
    png = example_png(shown.evaluated, example, shown.images[example.row], shown.edges)
    return picture(example.where, example.error, png)


def _frame_png(row: int, shown: Shown) -> bytes:
    return frame_png(shown.evaluated, row, shown.images[row], shown.edges)


def _error_rows(report: Report) -> list[tuple[str, str, list[Cell]]]:
    """Name, meaning, and the figure of all points, of novel points and of copied labels."""
    rows = [
        (f"{name}, px", what, _cells(report, f"error_px.{name}")) for name, what in ERRORS.items()
    ]
    for radius in PCK_RADII:
        name = f"within_{radius:g}_px"
        what = f"labeled points found within {radius:g} pixels"
        rows.append((f"PCK at {radius:g} px", what, _cells(report, f"pck.{name}")))
    missed = _cells(report, "error_px.n_missed")
    of = _cells(report, "error_px.n_points")
    counts = [(f"{n[0]} of {all_[0]}", "") for n, all_ in zip(missed, of, strict=True)]
    return [*rows, ("missed", "labeled points for which nothing was found", counts)]


def _cells(report: Report, name: str) -> list[Cell]:
    intervals = report["intervals"]["figures"] or {}
    return [
        (_text(_at(report, prefix + name)), _between(intervals.get(prefix + name)))
        for prefix in ("", "novel.", "memory.")
    ]


def _instance_rows(report: Report) -> list[tuple[str, str, Cell]]:
    intervals = report["intervals"]["figures"] or {}
    n, n_missed = report["n_instances"], report["n_missed_instances"]
    n_extra = _text(report["n_extra_instances"])
    rows = [
        ("found", "labeled instances for which one was found", (f"{n - n_missed} of {n}", "")),
        (
            "extra",
            "found instances that belong to no label",
            (n_extra, ""),
        ),
    ]
    stddev = report["oks_stddev"]
    named = {
        "oks": ("OKS", f"mean similarity to the label, with a sigma of {stddev:g}", report["oks"]),
        "map": ("mAP", "average precision over thresholds of OKS", report["precision"]["map"]),
        "mar": ("mAR", "average recall over thresholds of OKS", report["precision"]["mar"]),
    }
    for key, (name, what, value) in named.items():
        rows.append((name, what, (_text(value), _between(intervals.get(key)))))
    seen = report["visibility"]
    return [
        *rows,
        ("visibility precision", "found nodes that are labeled", (_text(seen["precision"]), "")),
        ("visibility recall", "labeled nodes that were found", (_text(seen["recall"]), "")),
    ]


def _table(columns: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """Names of columns, and rows of texts, of parallel lists."""
    rows = zip(*columns.values(), strict=True)
    names = [name.replace("_", " ") for name in columns]
    return {"names": names, "rows": [[_text(cell) for cell in row] for row in rows]}


def _at(report: Report, name: str) -> float | None:
    value: Any = report
    for part in name.split("."):
        value = value[part]
    return value  # type: ignore[no-any-return]


def _between(ends: Sequence[float] | None) -> str:
    return f"{_text(ends[0])} to {_text(ends[1])}" if ends else ""


def _text(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
