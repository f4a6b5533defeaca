"""The audit as one HTML file that opens from disk: pictures inlined, nothing is fetched."""

import base64
from collections.abc import Mapping
from html import escape
from pathlib import Path

from splitlib.audit.checks import Check
from splitlib.audit.findings import Findings
from splitlib.audit.report import verdict
from splitlib.files import atomic_path

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem; padding: 0 1rem;
  color: #222; background: #fff; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .4rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .7rem .35rem 0;
  border-bottom: 1px solid #ddd; overflow-wrap: anywhere; }
td:first-child, td:nth-child(2) { white-space: nowrap; overflow-wrap: normal; }
.v { display: inline-block; padding: 0 .5rem; border-radius: .3rem; font-weight: 600; }
.pass { background: #d9f0dd; color: #14532d; } .warn { background: #fdecc8; color: #6b4300; }
.fail { background: #f8d3d6; color: #7f1020; } .not { background: #e6e6e6; color: #444; }
img { max-width: 100%; height: auto; } .muted { color: #666; }
"""


def write_html(
    path: Path, found: Findings, checks: list[Check], pictures: Mapping[str, Path]
) -> None:
    """Write the report.

    Args:
        path: The HTML file.
        found: The findings.
        checks: Their verdicts.
        pictures: Title and PNG file of each picture.
    """
    with atomic_path(path) as temporary:
        text = html_text(found, checks, pictures)
        # A name that is no valid Unicode is shown by its escape.
        temporary.write_bytes(text.encode("utf-8", "backslashreplace"))


def html_text(found: Findings, checks: list[Check], pictures: Mapping[str, Path]) -> str:
    """The report as HTML text."""
    splits = found.splits
    sizes = zip(splits.names, map(len, splits.parts), strict=True)
    source = splits.source.path.name if splits.source is not None else "labels that are not known"
    rows = "\n".join(map(_row, checks))
    figures = "\n".join(_figure(title, path) for title, path in pictures.items())
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Audit of the splits of {escape(source)}</title>
<style>{STYLE}</style>
</head>
<body>
<h1>Audit of the splits of {escape(source)}: {_badge(verdict(checks))}</h1>
<p>{escape(", ".join(f"{name} {n} frames" for name, n in sizes))}</p>
<table>
<thead><tr><th>check</th><th>verdict</th><th>found</th><th>what to do</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
{figures}
</body>
</html>
"""


def _row(check: Check) -> str:
    cells = (
        escape(check.name.replace("_", " ")),
        _badge(check.verdict),
        escape(check.finding),
        escape(check.advice),
    )
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _badge(verdict: str) -> str:
    return f'<span class="v {verdict.split()[0]}">{escape(verdict)}</span>'


def _figure(title: str, path: Path) -> str:
    data = base64.b64encode(path.read_bytes()).decode()
    text = escape(title)
    return f'<h2>{text}</h2>\n<img alt="{text}" src="data:image/png;base64,{data}">'
