"""The experiments of DVC that differ from params.yaml in one setting."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]

SECTIONS = ("labels.", "split.", "inputs.", "model.", "train.", "audit.copy_distance")
"""The params that decide a result, by how their names begin."""


def runs() -> list[Row]:
    """The workspace, the commit, and its experiments, the last one first."""
    from dvc.api import exp_show  # takes a second to import

    rows: list[Row] = exp_show()
    return rows


def alike(rows: Sequence[Row], setting: str) -> dict[float, Row]:
    """The last run for each value of a setting, by the value.

    All other params of the run are those of the workspace.

    Args:
        rows: As of `runs`.
        setting: The name of the setting, such as "split.fold"; its values are numbers.
    """
    wanted = _others(rows[0], setting)
    found: dict[float, Row] = {}
    for row in reversed(rows[2:]):
        if _others(row, setting) == wanted and is_number(row.get(setting)):
            found[row[setting]] = row
    return dict(sorted(found.items()))


def _others(row: Row, setting: str) -> dict[str, Any]:
    names = [name for name in row if name.startswith(SECTIONS) and name != setting]
    return {name: row[name] for name in names}


def is_number(value: object) -> bool:
    """Whether DVC gives a number that is known: it gives NaN for a missing one.

    Example:
        >>> is_number(0.5), is_number(float("nan")), is_number("None")
        (True, False, False)
    """
    return isinstance(value, int | float) and not math.isnan(value)


def dotted_names(metrics: Mapping[str, Any], place: str = "") -> Iterator[str]:
    """The names that DVC gives to nested metrics.

    Example:
        >>> list(dotted_names({"pck": {"within_2_px": 0.9}, "oks": 0.8}))
        ['pck.within_2_px', 'oks']
    """
    for name, value in metrics.items():
        if isinstance(value, Mapping):
            yield from dotted_names(value, f"{place}{name}.")
        else:
            yield f"{place}{name}"
