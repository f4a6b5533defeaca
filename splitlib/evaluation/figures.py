"""The figures of a split as plain values: pixels of the video and shares, rounded to 4 digits."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from splitlib.evaluation.core.evaluated import Evaluated
from splitlib.evaluation.core.intervals import intervals
from splitlib.evaluation.core.metrics import (
    ErrorSummary,
    fraction_within,
    point_distances,
    pose_metrics,
    summarize_errors,
)
from splitlib.evaluation.core.precision import THRESHOLDS, detections_of
from splitlib.evaluation.core.resampled import ResampledErrors, ResampledFigures
from splitlib.evaluation.core.similarity import OKS_STDDEV
from splitlib.evaluation.core.visibility import visibility
from splitlib.evaluation.frame_groups import FrameGroups
from splitlib.jsonfile import without_nulls

PCK_RADII = (1.0, 2.0, 4.0, 8.0)
"""Pixels within which a predicted point counts as right."""


NODE_COLUMNS = ("node", "median_px", "p90_px")
"""What `node_records` tell of a node."""

SPLITS = ("train", "val", "test")


def split_figures(evaluated: Evaluated, nodes: tuple[str, ...]) -> dict[str, Any]:
    """All figures of a split but those of its parts."""
    metrics = pose_metrics(evaluated.truth, evaluated.found, node_names=nodes, radii=PCK_RADII)
    extra = evaluated.extra
    return {
        "n_instances": len(evaluated.image),
        "n_missed_instances": int((~evaluated.is_found).sum()),
        "n_extra_instances": len(extra.image),
        "n_extra_points": int((~np.isnan(extra.points).any(axis=-1)).sum()),
        "error_px": _summary(metrics.overall),
        "nodes": _columns({name: _summary(errors) for name, errors in metrics.nodes.items()}),
        "pck": _pck(metrics.pck),
        "oks": rounded(metrics.oks),
        "oks_stddev": OKS_STDDEV,
        "precision": _precision(evaluated),
        "visibility": _rounded(asdict(visibility(evaluated))),
    }


def _precision(evaluated: Evaluated) -> dict[str, Any]:
    found = detections_of(evaluated).precision()
    if found is None:
        return {"map": None, "mar": None, "thresholds": list(THRESHOLDS), "at": None}
    return {
        "map": rounded(found.mean),
        "mar": rounded(found.recall),
        "thresholds": list(THRESHOLDS),
        "at": [rounded(share) for share in found.at],
    }


def error_figures(distances: NDArray[np.float64]) -> dict[str, Any]:
    """Errors and PCK of distances as of `point_distances`."""
    shares = fraction_within(distances, PCK_RADII)
    return {
        "error_px": _summary(summarize_errors(distances)),
        "pck": _pck(dict(zip(PCK_RADII, shares, strict=True))),
    }


def interval_figures(
    evaluated: Evaluated, is_novel: NDArray[np.bool_], groups: FrameGroups
) -> dict[str, Any]:
    """The interval of each figure, by bootstrap over groups.

    Args:
        evaluated: The split.
        is_novel: (n, n_nodes) bool, the points that no copied label hits.
        groups: Of the frames of the split.

    Returns:
        "groups" and "n_groups", and "figures": [lower, upper] by the dotted name of the figure in
        the report; None where there are too few groups, or where videos that were kept together
        would count as independent.
    """
    of_all = ResampledFigures(evaluated, PCK_RADII)
    of_novel = ResampledErrors(only_points(evaluated, is_novel), PCK_RADII)

    def figures(times: NDArray[np.int64]) -> dict[str, float | None]:
        novel = {f"novel.{name}": value for name, value in of_novel(times).items()}
        return {**of_all(times), **novel}

    of_image = np.unique(groups.number[evaluated.row], return_inverse=True)[1]
    found = intervals(figures, of_image) if groups.are_split else None
    ends = {name: list(map(rounded, each)) for name, each in found.items()} if found else None
    n_groups = int(of_image.max(initial=-1)) + 1
    return {"groups": groups.kind, "n_groups": n_groups, "figures": ends}


def only_points(evaluated: Evaluated, chosen: NDArray[np.bool_]) -> Evaluated:
    """The split as if only some points, (n, n_nodes) bool, were labeled."""
    truth = np.where(chosen[..., None], evaluated.truth, np.nan)
    return replace(evaluated, truth=truth)


def part_figures(evaluated: Evaluated, groups: FrameGroups) -> dict[str, list[Any]]:
    """Figures of each group as parallel lists, in the order of the videos."""
    distances = point_distances(evaluated.truth, evaluated.found)
    of_instance = groups.number[evaluated.row[evaluated.image]]
    order = np.argsort(of_instance, kind="stable")
    ends = np.searchsorted(of_instance[order], np.arange(1, len(groups.video)))
    parts = {
        number: _summary(summarize_errors(distances[rows]))
        for number, rows in enumerate(np.split(order, ends))
    }
    columns = _columns(parts)
    columns.pop("name", None)
    firsts = {} if groups.kind == "video" else {"first_frame": list(groups.first)}
    n_instances = np.bincount(of_instance, minlength=len(groups.video)).tolist()
    return {"video": list(groups.video), **firsts, "n_instances": n_instances, **columns}


def short_columns(figures: Mapping[str, Mapping[str, Any]]) -> dict[str, list[Any]]:
    """The few figures of each split that stand side by side, as parallel lists."""
    return _columns({name: _short(figures[name]) for name in SPLITS if name in figures})


def _short(figures: Mapping[str, Any]) -> dict[str, Any]:
    errors = figures["error_px"]
    return {
        "n_instances": figures["n_instances"],
        **{name: errors[name] for name in ("n_points", "n_missed", "median", "p90")},
        "pck_within_2_px": figures["pck"]["within_2_px"],
        "map": figures["precision"]["map"],
    }


def node_records(nodes: Mapping[str, list[Any]]) -> list[dict[str, Any]]:
    """One record per node for a plot: its median error and its 90th percentile, in pixels."""
    rows = zip(*(nodes[name] for name in ("name", "median", "p90")), strict=True)
    return [dict(zip(NODE_COLUMNS, row, strict=True)) for row in rows]


def evaluation_metrics(report: Mapping[str, Any]) -> dict[str, Any]:
    """What of a report is worth comparing between runs, for metrics/evaluate.json.

    A figure that could not be measured is left out. The figures of another split than test stand
    below its name, so that runs are never compared by figures of different splits.
    """
    if report["split"] is None:
        return {}
    memory, novel = report["memory"], report["novel"]
    figures = without_nulls(
        {
            "error_px": {name: report["error_px"][name] for name in ("median", "p90", "n_missed")},
            "n_extra_points": report["n_extra_points"],
            "pck": {radius: report["pck"][radius] for radius in ("within_2_px", "within_8_px")},
            "oks": report["oks"],
            "map": report["precision"]["map"],
            "memory": {
                "median": memory["error_px"]["median"],
                "pck_within_2_px": memory["pck"]["within_2_px"],
            },
            "novel": {
                "median": novel["error_px"]["median"],
                "n_missed": novel["error_px"]["n_missed"],
                "pck_within_2_px": novel["pck"]["within_2_px"],
            },
        }
    )
    return figures if report["split"] == "test" else {report["split"]: figures}


def _pck(shares: Mapping[float, float | None]) -> dict[str, float | None]:
    return {f"within_{radius:g}_px": rounded(share) for radius, share in shares.items()}


def _summary(errors: ErrorSummary) -> dict[str, float | int | None]:
    return _rounded(asdict(errors))


def _rounded(figures: Mapping[str, float | None]) -> dict[str, float | int | None]:
    return {name: rounded(value) for name, value in figures.items()}


def _columns(rows: Mapping[Any, Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Figures of parts as parallel lists: DVC would give each number a column of its own."""
    named = [{"name": name, **row} for name, row in rows.items()]
    return {column: [row[column] for row in named] for column in named[0]} if named else {}


def rounded(value: float | None) -> float | None:
    """A figure to 4 digits behind the point."""
    return None if value is None else round(value, 4)
