"""Groups files in the forms in which spreadsheet programs save them."""

import csv
import io
import re
import unicodedata
import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from splitlib.errors import SplitError
from splitlib.split.csv_table import Row, read_table
from splitlib.split.groups_file import column_values, read_groups_file
from splitlib.split.video_names import VideoNames

NAMES = VideoNames(["Käfig 1/Ü.mp4", "a;b,c.mp4"], [["/x/Käfig 1/Ü.mp4"], ["/y/a;b,c.mp4"]])
TABLE = 'video,animal,g\nKäfig 1/Ü.mp4,m1,"21,5"\n"a;b,c.mp4",m2,7\n'
COLUMNS = ["animal", "g"]
CELLS = [["Käfig 1/Ü.mp4", "m1", "21,5"], ["a;b,c.mp4", "m2", "7"]]


def saved(delimiter: str, cells: list[list[str]], *, end: str = "\r\n") -> str:
    """A table as a spreadsheet program writes it."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(cells)
    return text.getvalue()


def of(delimiter: str) -> str:
    return saved(delimiter, [["video", *COLUMNS], *CELLS])


READ = {
    "as it should be": TABLE.encode(),
    "UTF-8 with a mark": TABLE.encode("utf-8-sig"),
    "semicolons": of(";").encode("utf-8-sig"),
    "tabs": of("\t").encode(),
    "UTF-16 with tabs": of("\t").encode("utf-16"),
    "UTF-16, the other end first": b"\xfe\xff" + of(";").encode("utf-16-be"),
    "UTF-32": of(",").encode("utf-32"),
    "lines that end as on old Macs": TABLE.replace("\n", "\r").encode(),
    "letters in two code points": unicodedata.normalize("NFD", TABLE).encode(),
    "a header in capitals": TABLE.replace("video,", " Video ,").encode(),
    "blanks around cells": TABLE.replace(",m1,", " ,\tm1 , ").encode(),
    "spare columns": TABLE.replace("\n", ",,\n").encode(),
    "spare columns of the header": TABLE.replace("g\n", "g,,\n").encode(),
    "spare columns of rows": TABLE.replace("7\n", "7,,\n").encode(),
    "a spare column at the beginning": re.sub("^", ",", TABLE, flags=re.M).encode()[:-1],
    "spare rows": ("\n,,\n" + TABLE + ",,\n\n , ,\n").encode(),
    "the separator said": b"sep=;\r\n" + of(";").encode(),
    "the separator said in quotes": b'"sep=\t"\r' + of("\t").encode(),
    "every cell in quotes": b'"video";"animal";"g"\n"K\xc3\xa4fig 1/\xc3\x9c.mp4";"m1";"21,5"\n'
    b'"a;b,c.mp4";"m2";"7"\n',
    "other columns first": saved(
        ";", [["animal", "Video", "g"], *([b, a, c] for a, b, c in CELLS)]
    ).encode(),
}


@pytest.mark.parametrize("content", READ.values(), ids=READ)
def test_a_table_is_read_as_it_is_saved(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "groups.csv"
    path.write_bytes(content)
    columns, rows = read_table(path, NAMES)
    assert columns == COLUMNS
    assert [[row.video, *row.values] for row in rows] == CELLS


REFUSED = {
    "a workbook": (
        b"PK\x03\x04more",
        "a CSV file, found a workbook .*save the sheet as CSV",
    ),
    "an old workbook": (b"\xd0\xcf\x11\xe0", r"found a workbook \(.xls\)"),
    "UTF-16 without its mark": (TABLE.encode("utf-16-le"), "UTF-16 without its mark.*CSV UTF-8"),
    "a mark that lies": (b"\xef\xbb\xbfvideo\na\xff", "line 2 is not in .*utf-8-sig.* byte 0xff"),
    "no text": (b"video,a\nx,\x81\n", "line 2 is not in the encoding cp1252, found the byte 0x81"),
    "no column video": (b"name;animal\n", r"line 1: expected .* found \['name', 'animal'\]"),
    "two columns video": (b"Video,video,a\n", "expected different names with one video"),
    "two columns of a name": (b"video,a,a\n", "expected different names"),
    "a value without a name": (b"video,a,\nx,1,\ny,2,3\n", "line 3: '3' stands in column 3, wh"),
    "too few values": (b"video;a\nx\n", "line 2: expected 2 values, found 1$"),
    "a decimal comma": (b"video,a\nx,1,5\n", "line 2: expected 2 values, found 3; put a cell with"),
    "quotes that never end": (b'video,a\nx,"1\ny,2\n', "line 3: expected quotes in pairs"),
    "quotes that end late": (b'video,a\nx,"1\ny,"2\n', "line 3: expected quotes in pairs"),
}


@pytest.mark.parametrize(("content", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "groups.csv"
    path.write_bytes(content)
    with pytest.raises(SplitError, match=message):
        read_table(path, NAMES)


def test_windows_letters_are_read_where_they_name_videos(tmp_path: Path) -> None:
    path = tmp_path / "groups.csv"
    path.write_bytes(TABLE.encode("cp1252"))
    with pytest.warns(UserWarning, match="is read as Windows-1252; save the sheet as CSV UTF-8"):
        assert [row.video for row in read_table(path, NAMES)[1]] == [row[0] for row in CELLS]


@pytest.mark.parametrize("page", ["mac_roman", "cp1251", "cp437"])
def test_other_letters_are_refused(tmp_path: Path, page: str) -> None:
    text = "мышь.mp4" if page == "cp1251" else "Äü.mp4"
    path = tmp_path / "groups.csv"
    path.write_bytes(f"video,a\n{text},1\n".encode(page))
    with pytest.raises(SplitError, match=r"expected UTF-8; as Windows-1252, .* names no|byte 0x"):
        read_table(path, VideoNames([text]))


def test_letters_that_may_be_read_in_two_ways_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "groups.csv"
    path.write_bytes(b"video,a\n\xe4.mp4,1\n")
    with pytest.raises(SplitError, match=r"read as cp1251 and as cp1252, it names other videos"):
        read_table(path, VideoNames(["ä.mp4", "д.mp4"]))


def test_letters_that_a_program_lost_are_no_pattern(tmp_path: Path) -> None:
    path = tmp_path / "groups.csv"
    path.write_text("video,a\nmouse?.mp4,1\n????.mp4,2\n")
    assert read_groups_file(path, VideoNames(["mouse1.mp4"]))[0] == {"a": ["1"]}
    with pytest.raises(SplitError, match=r"line 3: '\?{4}.mp4' may be .* lost letters .* or"):
        read_groups_file(path, VideoNames(["mouse1.mp4", "мышь.mp4"]))


cells = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=6).map(str.strip)


@given(
    table=st.lists(st.tuples(cells.filter(bool), cells, cells), max_size=5),
    delimiter=st.sampled_from(",;\t"),
    codec=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_any_cells_read_back(
    tmp_path: Path, table: list[tuple[str, str, str]], delimiter: str, codec: str, end: str
) -> None:
    path = tmp_path / "groups.csv"
    text = saved(delimiter, [["video", "a", "b"], *map(list, table)], end=end)
    path.write_bytes(text.encode(codec))
    normal = [[unicodedata.normalize("NFC", cell) for cell in row] for row in table]
    rows = read_table(path, NAMES)[1]
    assert rows == [Row(at, cells[0], cells[1:]) for at, cells in enumerate(normal, 2)]


ROWS_OF = VideoNames(
    ["mouse1/cam.mp4", "mouse3/cam.mp4", "side.mp4"],
    [["/lab/mouse1/cam.mp4"], ["/lab/mouse3/cam.mp4"], ["/lab/mouse3/side.mp4"]],
)

# rows; the animals of the videos, or what is said
CLAIMS = {
    "patterns of folders": ("*mouse1*,1\n*mouse3*,3\n", ["1", "3", "3"]),
    "keys": ("mouse1/cam.mp4,1\nmouse3/cam.mp4,3\nside.mp4,3\n", ["1", "3", "3"]),
    "ends": ("lab/mouse1/cam.mp4,1\nmouse3\\cam.mp4,3\nmouse3/side.mp4,3\n", ["1", "3", "3"]),
    "names before patterns": ("*,1\nmouse3/side.mp4,3\n", ["1", "1", "3"]),
    "a name of another project": (
        "cam.mp4,9\nmouse1/cam.mp4,1\nmouse3/cam.mp4,3\nside.mp4,3\nelse.mp4,9\n",
        ["1", "3", "3"],
    ),
    "a name of several videos": (
        "*,1\ncam.mp4,3\nmouse1/cam.mp4,1\n",
        r"line 3: 'cam.mp4' fits 2 videos; write one of their names \(mouse1/cam.mp4, mouse3/cam",
    ),
    "names that differ": (
        "side.mp4,1\nmouse3/side.mp4,3\n*,3\n",
        "lines 2 and 3: both match video side.mp4 and differ",
    ),
    "patterns that differ": ("*mouse3*,3\n*,1\n", "lines 2 and 3: both match video mouse3/cam"),
    "a video without a row": (
        "*mouse3*,3\n,9\n",
        r"no row matches video mouse1/cam.mp4 \(1 ",
    ),
}


@pytest.mark.parametrize(("rows", "expected"), CLAIMS.values(), ids=CLAIMS)
def test_rows_name_videos(tmp_path: Path, rows: str, expected: list[str] | str) -> None:
    path = tmp_path / "groups.csv"
    path.write_text(f"video,animal\n{rows}")
    if isinstance(expected, str):
        with pytest.raises(SplitError, match=expected):
            read_groups_file(path, ROWS_OF)
    else:
        assert read_groups_file(path, ROWS_OF)[0] == {"animal": expected}


def test_a_column_is_found_in_any_normal_form(tmp_path: Path) -> None:
    path = tmp_path / "groups.csv"
    path.write_text(unicodedata.normalize("NFD", "video;Käfig\n*;é\n"), encoding="utf-8")
    table, _ = read_groups_file(path, VideoNames(["a.mp4"]))
    name = unicodedata.normalize("NFD", "Käfig")
    assert column_values(table, name, "g.csv").tolist() == ["é"]


def test_a_file_without_letters_beyond_ascii_in_names_is_read(tmp_path: Path) -> None:
    path = tmp_path / "groups.csv"
    path.write_bytes("video,animal\na.mp4,Mäuschen\n".encode("cp1252"))
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        table, _ = read_groups_file(path, VideoNames(["a.mp4"]))
    assert (table, len(warned)) == ({"animal": ["Mäuschen"]}, 1)
