"""The audit as one HTML file that opens from disk: pictures inlined, nothing is fetched.

`report.html.jinja` is the page. What it shows is collected here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from splitlib.audit.checks import FAIL, PASS, SKIP, WARN, Check
from splitlib.audit.findings import Findings
from splitlib.audit.report import verdict
from splitlib.audit.split_pictures import UNUSED, colour
from splitlib.page.render import page_text, picture, write_page

ORDER = (FAIL, WARN, SKIP, PASS)
"""Verdicts, first those that ask something of the reader."""

CAPTIONS = {
    "timeline": "A row per video, a mark per labeled frame in the colour of its split.",
    "shares": "A bar per video, and one of all. The numbers count frames.",
    "distance": "Frames near to a training frame are nearly copies of it: they measure memory.",
    "copied_labels": "A held-out animal gets the label of its nearest training frame. A high curve "
    "says that a model can score well by knowing its training frames by heart.",
    "places": "Bright is where many animals are. All splits have one scale.",
    "closest_pair": "If these two show the same moment, the splits leak.",
}
"""How to read a picture, by the name of its file."""


@dataclass(frozen=True)
class Size:
    """A split in the table of sizes.

    Attributes:
        name: Name of the split.
        colour: Its colour in the pictures.
        n: Number of its frames.
        share: Its share of the frames of all splits, in percent.
    """

    name: str
    colour: str
    n: int
    share: str


def write_html(
    path: Path, found: Findings, checks: list[Check], pictures: Mapping[str, Path]
) -> None:
    """Write the report.

    Args:
        path: The HTML file.
        found: The findings.
        checks: Their verdicts.
        pictures: Title and PNG file of each picture; the first stands above the checks.
    """
    write_page(path, html_text(found, checks, pictures))


def html_text(found: Findings, checks: list[Check], pictures: Mapping[str, Path]) -> str:
    """The report as HTML text; the same findings give the same text."""
    source = found.splits.source
    values: dict[str, object] = {
        "title": "Audit of splits"
        if source is None
        else f"Audit of the splits of {source.path.name}",
        "has_source": source is not None,
        "verdict": verdict(checks),
        "tally": _tally(checks),
        "checks": sorted(checks, key=lambda check: ORDER.index(check.verdict)),
        "sizes": _sizes(found),
        "n_all": len(found.splits.split),
        "n_unused": sum(found.membership.left_out.values()),
        "unused_colour": UNUSED,
        "pictures": [
            picture(title, CAPTIONS.get(path.stem, ""), path.read_bytes())
            for title, path in pictures.items()
        ],
    }
    return page_text("audit", "report.html.jinja", values)


def _tally(checks: list[Check]) -> dict[str, list[str]]:
    """Names of the checks by verdict, without verdicts that no check has."""
    names = {
        verdict: [check.name for check in checks if check.verdict == verdict] for verdict in ORDER
    }
    return {verdict: found for verdict, found in names.items() if found}


def _sizes(found: Findings) -> list[Size]:
    counts = list(map(len, found.splits.parts))
    n_all = max(1, sum(counts))
    return [
        Size(name, colour(at), n, f"{n / n_all:.1%}")
        for at, (name, n) in enumerate(zip(found.splits.names, counts, strict=True))
    ]
