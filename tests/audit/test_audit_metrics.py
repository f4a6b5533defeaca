"""The few figures of an audit: they are those of the report, and what is unknown is left out."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from places import DEMO

from splitlib.audit.audited_splits import audited_splits
from splitlib.audit.checks import Check, make_checks
from splitlib.audit.findings import Findings, audit
from splitlib.audit.report import VERDICTS, audit_metrics, audit_report
from splitlib.labels import Labels
from splitlib.params import AuditParams, LabelsParams

Rows = NDArray[np.int64]

SPLITS: dict[str, Callable[[Labels], Rows]] = {
    "every third frame is held out": lambda labels: np.arange(len(labels)) % 3,
    "whole videos are held out": lambda labels: labels.video % 3,
}


def audited(source: Labels, split: Rows, params: AuditParams) -> tuple[Findings, list[Check]]:
    names = ("train", "val", "test")
    parts = {name: source.extract(np.flatnonzero(split == at)) for at, name in enumerate(names)}
    found = audit(audited_splits(source, parts), LabelsParams(), params)
    return found, make_checks(found, params)


@pytest.mark.parametrize("split_of", SPLITS.values(), ids=SPLITS)
def test_metrics_are_figures_of_the_report(split_of: Callable[[Labels], Rows]) -> None:
    source = Labels.load(DEMO)
    found, checks = audited(source, split_of(source), AuditParams())
    metrics, report = audit_metrics(found, checks), audit_report(found, checks)
    verdicts = [check["verdict"] for check in report["checks"].values()]
    assert metrics["checks"] == {
        "verdict": VERDICTS.index(report["verdict"]),
        "n_warned": verdicts.count("warn"),
        "n_failed": verdicts.count("fail"),
    }
    nearest = [one["min"] for one in report["distance"].values() if one["min"] is not None]
    assert metrics["leaks"].get("nearest") == min(nearest, default=None)
    near = report["checks"]["near_duplicates"]["value"]
    assert metrics["leaks"]["near_duplicates"] == near


def test_what_was_not_looked_for_is_left_out() -> None:
    source = Labels.load(DEMO)
    params = AuditParams(images=False)
    every_third = audited(source, SPLITS["every third frame is held out"](source), params)
    assert audit_metrics(*every_third)["leaks"].keys() == {"copyable", "nearest"}
    by_video = audited(source, SPLITS["whole videos are held out"](source), params)
    assert audit_metrics(*by_video)["leaks"] == {"copyable": 0}
