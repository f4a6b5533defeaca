"""The files of an audit: the figures with their verdicts, for machines and versioning."""

from pathlib import Path
from typing import Any

from splitlib.audit.checks import FAIL, PASS, SKIP, WARN, Check
from splitlib.audit.findings import Findings, figures
from splitlib.jsonfile import without_nulls, write_json

VERDICTS = (PASS, WARN, FAIL)
"""A verdict as a number is its place in here. A check that was not made counts as none of them."""


def audit_report(found: Findings, checks: list[Check]) -> dict[str, Any]:
    """The figures and verdicts as plain values; the same splits give the same values."""
    return {
        **figures(found),
        "verdict": verdict(checks),
        "checks": {
            check.name: {"value": round(check.value, 6), "verdict": check.verdict}
            for check in checks
        },
    }


def audit_metrics(found: Findings, checks: list[Check]) -> dict[str, Any]:
    """What of the audit is worth comparing between runs, for metrics/audit.json.

    A figure that could not be measured is left out.
    """
    verdicts = [check.verdict for check in checks]
    known = [int(one.known.min()) for one in found.distances.values() if len(one.known)]
    near, copyable = (_named(checks, name) for name in ("near_duplicates", "copyable"))
    return without_nulls(
        {
            "checks": {
                "verdict": VERDICTS.index(verdict(checks)),
                "n_warned": verdicts.count(WARN),
                "n_failed": verdicts.count(FAIL),
            },
            "leaks": {
                "nearest": min(known, default=None),
                "copyable": round(copyable.value, 6),
                "near_duplicates": None if near.verdict == SKIP else round(near.value, 6),
            },
        }
    )


def _named(checks: list[Check], name: str) -> Check:
    return next(check for check in checks if check.name == name)


def verdict(checks: list[Check]) -> str:
    """The worst of the verdicts."""
    found = {check.verdict for check in checks}
    return next((worst for worst in (FAIL, WARN) if worst in found), PASS)


def write_audit(path: Path, found: Findings, checks: list[Check]) -> None:
    """Write reports/audit.json."""
    write_json(path, audit_report(found, checks))


def audit_summary(found: Findings, checks: list[Check]) -> str:
    """The verdicts as lines for a person, with what to do where there is something."""
    sizes = zip(found.splits.names, found.splits.parts, strict=True)
    lines = [", ".join(f"{name} {len(part)} frames" for name, part in sizes)]
    for check in checks:
        lines.append(f"  {check.verdict:<11} {check.name:<17} {check.finding}")
        if check.verdict in (WARN, FAIL):
            lines.append(f"  {'':<29} -> {check.advice}")
    return "\n".join([*lines, f"audit: {verdict(checks)}"])
