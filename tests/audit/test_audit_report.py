"""The pictures of an audit, and the report that opens from disk."""

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from places import DEMO
from synthetic_labels import small_labels, small_package

from splitlib.audit.audited_splits import audited_splits
from splitlib.audit.checks import make_checks
from splitlib.audit.distance import Distances
from splitlib.audit.findings import Findings, audit
from splitlib.audit.html import html_text, write_html
from splitlib.audit.split_pictures import short_name, timeline, write_pictures
from splitlib.labels import Labels
from splitlib.params import AuditParams, LabelsParams

PICTURES = {"timeline", "shares", "distance", "places", "closest_pair"}


@pytest.fixture(scope="module")
def found() -> Findings:
    source = Labels.load(DEMO)
    rows = np.arange(len(source))
    place = rows // 12 % 10
    names = {"train": place < 8, "val": place == 8, "<b>&test": place == 9}
    parts = {name: source.extract(rows[chosen]) for name, chosen in names.items()}
    return audit(audited_splits(source, parts), LabelsParams(), AuditParams())


class Links(HTMLParser):
    """Collects all that a page would fetch or run."""

    def __init__(self) -> None:
        super().__init__()
        self.sources: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.sources += [value or "" for name, value in attrs if name in ("src", "href", "srcset")]


def test_the_report_refers_to_nothing_outside_of_itself(found: Findings, tmp_path: Path) -> None:
    pictures = write_pictures(tmp_path, found, AuditParams())
    write_html(tmp_path / "report.html", found, make_checks(found, AuditParams()), pictures)
    text = (tmp_path / "report.html").read_text()
    page = Links()
    page.feed(text)
    assert len(page.sources) == len(PICTURES) == len(pictures)
    assert all(source.startswith("data:image/png;base64,") for source in page.sources)
    assert not {"script", "link", "iframe", "object", "form"} & set(page.tags)
    assert not re.search(r"https?:|@import|url\(", re.sub(r"base64,[^\"]*", "", text))
    assert str(tmp_path) not in text


def test_names_are_escaped(found: Findings) -> None:
    text = html_text(found, make_checks(found, AuditParams()), {})
    assert "&lt;b&gt;&amp;test" in text
    assert "<b>" not in text


def test_the_verdicts_stand_above_the_pictures(found: Findings, tmp_path: Path) -> None:
    checks = make_checks(found, AuditParams())
    text = html_text(found, checks, write_pictures(tmp_path, found, AuditParams()))
    assert text.count("<tr><td>") == len(checks)
    assert text.index("</table>") < text.index("<img")


def test_the_same_findings_draw_the_same_pictures(found: Findings, tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_pictures(tmp_path / name, found, AuditParams())
    files = {path.stem for path in (tmp_path / "one").iterdir()}
    assert files == PICTURES
    for name in files:
        one, two = ((tmp_path / folder / f"{name}.png").read_bytes() for folder in ("one", "two"))
        assert one == two
        assert one.startswith(b"\x89PNG")


def test_pictures_that_cannot_be_drawn_are_removed(tmp_path: Path) -> None:
    source = Labels.load(small_labels().write(tmp_path / "labels.slp"))
    parts = {"train": source.extract([0, 2]), "val": source.extract([1])}
    params = AuditParams(images=False)
    (tmp_path / "closest_pair.png").write_bytes(b"of an earlier audit")
    write_pictures(tmp_path, audit(audited_splits(source, parts), LabelsParams(), params), params)
    assert {path.stem for path in tmp_path.glob("*.png")} == PICTURES - {"closest_pair", "distance"}


EDGE = {
    "an empty split": ([0, 1, 2, 3, 4], []),
    "an empty training split": ([], [0, 1, 2]),
    "no instances": ([3], [3]),
    "nothing at all": ([], []),
}


@pytest.mark.parametrize(("train", "val"), EDGE.values(), ids=EDGE)
def test_odd_splits_are_audited_and_drawn(train: list[int], val: list[int], tmp_path: Path) -> None:
    source = Labels.load(small_package().write(tmp_path / "labels.slp"))
    parts = {"train": source.extract(train), "val": source.extract(val)}
    for known in (source, None):
        found = audit(audited_splits(known, parts), LabelsParams(), AuditParams())
        checks = make_checks(found, AuditParams())
        pictures = write_pictures(tmp_path, found, AuditParams())
        assert "timeline.png" in {path.name for path in pictures.values()}
        assert html_text(found, checks, pictures)


def test_the_timeline_has_a_row_per_video(found: Findings) -> None:
    figure = timeline(found)
    assert isinstance(figure, Figure)
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names == ["arena_a.mp4", "arena_b.mp4", "arena_c.mp4", "arena_d.mp4"]


def test_long_names_show_their_end_and_are_no_formulas() -> None:
    assert short_name("a" * 50 + "/top$1$.mp4").endswith(r"a/top\$1\$.mp4")


def test_distances_count_frames_below_a_limit() -> None:
    rows = np.arange(3)
    assert Distances(rows, np.array([-1, 4, 5]), rows).n_nearer(5) == 1
