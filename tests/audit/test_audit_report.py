"""The pictures of an audit, and the report that opens from disk."""

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from places import DEMO
from slow import slow
from synthetic_labels import small_labels, small_package

from splitlib.audit.audited_splits import audited_splits
from splitlib.audit.checks import Check, make_checks
from splitlib.audit.distance import Distances
from splitlib.audit.findings import Findings, audit
from splitlib.audit.html import CAPTIONS, html_text, write_html
from splitlib.audit.report import verdict
from splitlib.audit.split_pictures import short_name, timeline, write_pictures
from splitlib.labels import Labels
from splitlib.params import AuditParams, LabelsParams

PICTURES = {"timeline", "shares", "distance", "copied_labels", "places", "closest_pair"}


@pytest.fixture(scope="module")
def found() -> Findings:
    source = Labels.load(DEMO)
    rows = np.arange(len(source))
    place = rows // 12 % 10
    names = {"train": place < 8, "val": place == 8, "<b>&test": place == 9}
    parts = {name: source.extract(rows[chosen]) for name, chosen in names.items()}
    return audit(audited_splits(source, parts), LabelsParams(), AuditParams())


@pytest.fixture(scope="module")
def pictures(found: Findings, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_pictures(tmp_path_factory.mktemp("pictures"), found, AuditParams())


class Page(HTMLParser):
    """Collects what a page would fetch or run, and what its tables say."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.sources: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.rows: dict[str, list[list[str]]] = {}
        self._table = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.tags.append((tag, values))
        self.sources += [values[name] for name in ("src", "href", "srcset") if name in values]
        if tag == "table":
            self._table = values["class"]
        elif tag == "tr":
            self.rows.setdefault(self._table, []).append([])
        elif tag in ("th", "td"):
            self.rows[self._table][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self._table = ""

    def handle_data(self, data: str) -> None:
        row = self.rows.get(self._table, [[]])[-1]
        if row:
            row[-1] = " ".join(f"{row[-1]} {data}".split())


CHECKS = [
    Check("complete", 0, "pass", "No frame is missing.", ""),
    Check("index", 0, "not checked", "There are no indexes.", ""),
    Check("exact_duplicates", 0, "not checked", "There are no images.", "Fetch the videos."),
    Check("distance", 0.3, "warn", "Some frames are near.", "Use a gap."),
    Check("disjoint", 7, "fail", "7 frames are in two splits.", "Split again."),
    Check("identical", 0, "pass", "All frames are the same.", ""),
]


def test_the_report_refers_to_nothing_outside_of_itself(
    found: Findings, pictures: dict[str, Path], tmp_path: Path
) -> None:
    write_html(tmp_path / "report.html", found, make_checks(found, AuditParams()), pictures)
    text = (tmp_path / "report.html").read_text()
    page = Page(text)
    assert len(page.sources) == len(PICTURES) == len(pictures)
    assert all(source.startswith("data:image/png;base64,") for source in page.sources)
    assert not {"script", "link", "iframe", "object", "form"} & {tag for tag, _ in page.tags}
    assert not re.search(r"https?:|@import|url\(", re.sub(r"base64,[^\"]*", "", text))
    assert str(tmp_path.parent) not in text
    assert str(DEMO.parent) not in text


def test_the_same_findings_give_the_same_report(
    found: Findings, pictures: dict[str, Path], tmp_path: Path
) -> None:
    for name in ("one.html", "two.html"):
        write_html(tmp_path / name, found, CHECKS, pictures)
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


@pytest.mark.parametrize("hostile", ["<b>&test", '"><b>', "'<b>'"])
def test_names_are_escaped(found: Findings, hostile: str, tmp_path: Path) -> None:
    splits = replace(found.splits, names=("train", "val", hostile))
    checks = [Check("disjoint", 1, "fail", f"{hostile} holds it.", f"See {hostile}.")]
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"PNG")
    text = html_text(replace(found, splits=splits), checks, {hostile: picture})
    page = Page(text)
    assert page.rows["sizes"][3][0] == hostile
    assert page.rows["checks"][1][2] == f"{hostile} holds it. What to do: See {hostile}."
    assert [values["alt"] for tag, values in page.tags if tag == "img"] == [hostile]
    assert "&lt;b&gt;" in text
    assert "<b>" not in text


def test_names_that_are_no_unicode_are_shown_by_their_escapes(
    found: Findings, tmp_path: Path
) -> None:
    splits = replace(found.splits, names=("train", "val", "te\udcffst"))
    write_html(tmp_path / "report.html", replace(found, splits=splits), CHECKS, {})
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert page.rows["sizes"][3][0] == r"te\udcffst"


def test_a_reader_sees_verdict_sizes_timeline_checks_and_then_the_other_pictures(
    found: Findings, pictures: dict[str, Path]
) -> None:
    checks = make_checks(found, AuditParams())
    text = html_text(found, checks, pictures)
    heading = re.search(r"<h1>.*</h1>", text)
    assert heading is not None
    assert f">{verdict(checks)}<" in heading[0]
    first, *others = re.finditer(r'<img [^>]*base64,([^"]*)"', text)
    assert base64.b64decode(first[1]) == next(iter(pictures.values())).read_bytes()
    places = [
        heading.start(),
        text.index('<table class="sizes">'),
        first.start(),
        text.index('<table class="checks">'),
        text.rindex("</table>"),
        *(other.start() for other in others),
    ]
    assert places == sorted(places)
    assert len(others) == len(PICTURES) - 1


def test_every_check_has_a_row_and_those_that_failed_stand_first(found: Findings) -> None:
    header, *rows = Page(html_text(found, CHECKS, {})).rows["checks"]
    assert header == ["check", "verdict", "finding"]
    assert [(name, verdict) for name, verdict, _ in rows] == [
        ("disjoint", "fail"),
        ("distance", "warn"),
        ("index", "not checked"),
        ("exact duplicates", "not checked"),
        ("complete", "pass"),
        ("identical", "pass"),
    ]


def test_advice_stands_under_the_finding_where_there_is_something_to_do(found: Findings) -> None:
    _, *rows = Page(html_text(found, CHECKS, {})).rows["checks"]
    assert [finding for _, _, finding in rows] == [
        "7 frames are in two splits. What to do: Split again.",
        "Some frames are near. What to do: Use a gap.",
        "There are no indexes.",
        "There are no images. What to do: Fetch the videos.",
        "No frame is missing.",
        "All frames are the same.",
    ]


def test_a_check_that_passed_has_no_advice(found: Findings) -> None:
    checks = make_checks(found, AuditParams())
    text = html_text(found, checks, {})
    _, *rows = Page(text).rows["checks"]
    passed = [finding for _, verdict, finding in rows if verdict == "pass"]
    assert passed
    assert not [finding for finding in passed if "What to do" in finding]
    assert text.count("What to do:") == sum(bool(check.advice) for check in checks)
    assert "Nothing to do" not in text


def test_sizes_are_frames_and_shares_of_all(found: Findings) -> None:
    sizes = [len(part) for part in found.splits.parts]
    header, *rows = Page(html_text(found, CHECKS, {})).rows["sizes"]
    assert header == ["split", "frames", "share of all"]
    assert rows == [
        *(
            [name, str(n), f"{100 * n / sum(sizes):.1f}%"]
            for name, n in zip(found.splits.names, sizes, strict=True)
        ),
        ["all splits", str(sum(sizes)), ""],
        ["in no split", "0", ""],
    ]


@pytest.mark.parametrize("is_known", [True, False])
def test_frames_in_no_split_are_counted_where_the_source_is_known(is_known: bool) -> None:
    source = Labels.load(DEMO)
    parts = {"train": source.extract(range(300)), "val": source.extract(range(300, 400))}
    splits = audited_splits(source if is_known else None, parts)
    found = audit(splits, LabelsParams(), AuditParams(images=False))
    text = html_text(found, CHECKS, {})
    rest = [["in no split", str(len(source) - 400), ""]] if is_known else []
    assert Page(text).rows["sizes"][1:] == [
        ["train", "300", "75.0%"],
        ["val", "100", "25.0%"],
        ["all splits", "400", ""],
        *rest,
    ]
    assert ("The labels that were split are not named" in text) != is_known


def test_pictures_and_tables_can_be_read_aloud(found: Findings, pictures: dict[str, Path]) -> None:
    text = html_text(found, CHECKS, pictures)
    page = Page(text)
    images = [values for tag, values in page.tags if tag == "img"]
    scopes = [values.get("scope") for tag, values in page.tags if tag == "th"]
    assert [values["alt"] for values in images] == list(pictures)
    assert set(scopes) == {"col", "row"}
    assert set(CAPTIONS) == PICTURES
    assert all(caption in text for caption in CAPTIONS.values())


@pytest.mark.slow
def test_the_same_findings_draw_the_same_pictures(
    found: Findings, pictures: dict[str, Path], tmp_path: Path
) -> None:
    again = write_pictures(tmp_path, found, AuditParams())
    assert {path.stem for path in tmp_path.iterdir()} == PICTURES
    assert again.keys() == pictures.keys()
    for name, path in again.items():
        assert path.read_bytes() == pictures[name].read_bytes()
        assert path.read_bytes().startswith(b"\x89PNG")


def test_pictures_that_cannot_be_drawn_are_removed(tmp_path: Path) -> None:
    source = Labels.load(small_labels().write(tmp_path / "labels.slp"))
    parts = {"train": source.extract([0, 2]), "val": source.extract([1])}
    params = AuditParams(images=False)
    (tmp_path / "closest_pair.png").write_bytes(b"of an earlier audit")
    write_pictures(tmp_path, audit(audited_splits(source, parts), LabelsParams(), params), params)
    assert {path.stem for path in tmp_path.glob("*.png")} == PICTURES - {
        *("closest_pair", "distance", "copied_labels"),
    }


EDGE = {
    "an empty split": ([0, 1, 2, 3, 4], []),
    "an empty training split": ([], [0, 1, 2]),
    "no instances": ([3], [3]),
    "nothing at all": ([], []),
}


@pytest.mark.parametrize(("train", "val"), EDGE.values(), ids=EDGE)
@pytest.mark.parametrize("with_source", [True, slow(False)])
def test_odd_splits_are_audited_and_drawn(
    with_source: bool, train: list[int], val: list[int], tmp_path: Path
) -> None:
    source = Labels.load(small_package().write(tmp_path / "labels.slp"))
    parts = {"train": source.extract(train), "val": source.extract(val)}
    known = source if with_source else None
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


SHORT = {
    "the end of a long name": ("a" * 50 + "/top.mp4", "a/top.mp4"),
    "no formulas": ("top$1$.mp4", r"top\$1\$.mp4"),
    "a long name with formulas": ("a" * 50 + "/top$1$.mp4", r"a/top\$1\$.mp4"),
    "the escape of what is no valid unicode": ("b\udce9te.mp4", r"b\udce9te.mp4"),
}


@pytest.mark.parametrize(("name", "shown"), SHORT.values(), ids=SHORT)
def test_names_in_pictures_are_short_and_plain(name: str, shown: str) -> None:
    assert short_name(name).endswith(shown)
    assert len(short_name(name)) < 50


@pytest.mark.slow
def test_a_split_whose_name_is_no_valid_unicode_is_drawn(found: Findings, tmp_path: Path) -> None:
    names = ("train", "val", "b\udce9te")
    renamed = dict(zip(found.splits.names, names, strict=True))
    distances = {renamed[name]: one for name, one in found.distances.items()}
    copyable = {renamed[name]: one for name, one in found.copyable.items()}
    splits = replace(found.splits, names=names)
    strange = replace(found, splits=splits, distances=distances, copyable=copyable)
    assert len(write_pictures(tmp_path, strange, AuditParams())) == len(PICTURES)


@pytest.mark.parametrize(("limit", "n_nearer"), [(4, 0), (5, 1), (6, 2)])
def test_distances_count_frames_below_a_limit(limit: int, n_nearer: int) -> None:
    """A frame without any in its video is near to none."""
    rows = np.arange(3)
    assert Distances(rows, np.array([-1, 4, 5]), rows).n_nearer(limit) == n_nearer
