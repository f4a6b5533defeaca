"""The files of an audit: the figures with their verdicts, for machines and versioning."""

from pathlib import Path
from typing import Any

from splitlib.audit.checks import FAIL, PASS, WARN, Check
from splitlib.audit.findings import Findings, figures
from splitlib.jsonfile import write_json


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


def verdict(checks: list[Check]) -> str:
    """The worst of the verdicts."""
    found = {check.verdict for check in checks}
    return next((worst for worst in (FAIL, WARN) if worst in found), PASS)


def write_audit(path: Path, found: Findings, checks: list[Check]) -> None:
    """Write metrics/audit.json."""
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
