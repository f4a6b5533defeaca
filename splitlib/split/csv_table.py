"""A CSV table with a column `video`, in the forms in which spreadsheet programs save it."""

import codecs
import csv
import io
import re
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn

from splitlib.errors import SplitError
from splitlib.split.core.hashing import normal_key
from splitlib.split.video_names import VideoNames

DELIMITERS = (",", ";", "\t")

SAVE_AS = (
    "save the sheet as CSV UTF-8 (Excel: Save As, CSV UTF-8; LibreOffice and Numbers: CSV with the"
    " encoding Unicode (UTF-8))"
)

MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""What a file begins with that says its encoding."""

WORKBOOKS = {
    b"PK\x03\x04": "a workbook (.xlsx, .ods or .numbers)",
    b"\xd0\xcf\x11\xe0": "a workbook (.xls)",
}
"""What a file begins with that is no text."""

WINDOWS = "cp1252"

OTHER_PAGES = ("mac_roman", "cp1250", "cp1251", "cp1253", "cp1254", "cp437", "cp850", "cp866")
"""Encodings of spreadsheet programs that give letters other than `WINDOWS` to the same bytes."""


class Row(NamedTuple):
    """A row of the table.

    Attributes:
        line: Its line in the file, from 1.
        video: The cell of the column `video`.
        values: The other cells, in the order of the columns.
    """

    line: int
    video: str
    values: list[str]


def read_table(path: Path, names: VideoNames) -> tuple[list[str], list[Row]]:
    """The names of all columns except `video`, and the rows; texts in Unicode NFC.

    Commas, semicolons or tabs part the columns. The encoding is UTF-8, or what the mark at the
    beginning of the file says. A file that is neither is read as Windows-1252 with a warning, if
    its names of videos are those of the labels then, and no other encoding gives such names.
    Columns and rows without any text are left out.

    Raises:
        SplitError: The file cannot be read, or may be read in two ways.
    """
    try:
        content = path.read_bytes()
    except OSError as err:
        msg = f"split.groups_file {path}: cannot be read: {err}"
        raise SplitError(msg) from err
    text, codec = _decoded(path, content)
    columns, rows = _parsed(path, normal_key(text))
    if codec == WINDOWS:
        _check_letters(path, rows, names)
    return columns, rows


def _decoded(path: Path, content: bytes) -> tuple[str, str]:
    """The text of a file, and the name of its encoding."""
    for start, kind in WORKBOOKS.items():
        if content.startswith(start):
            _refuse(path, f"expected a CSV file, found {kind}")
    marked = next((codec for mark, codec in MARKS.items() if content.startswith(mark)), None)
    if marked is None and b"\0" in content:
        _refuse(path, "expected a CSV file in UTF-8, found bytes of 0 (UTF-16 without its mark?)")
    for codec in [marked] if marked else ["utf-8", WINDOWS]:
        try:
            return content.decode(codec), codec
        except UnicodeDecodeError as err:
            before, byte = err.object[: err.start + 1], err.object[err.start]
    line = len(before.splitlines())
    _refuse(path, f"line {line} is not in the encoding {codec}, found the byte 0x{byte:02x}")


def _parsed(path: Path, text: str) -> tuple[list[str], list[Row]]:
    """The columns except `video` and the rows of a text."""
    table = _cells(path, text, _delimiter(path, text))
    line, names = next(table, (1, []))
    _check_header(path, line, names)
    video = next(at for at, name in enumerate(names) if _is_video(name))
    others = [at for at, name in enumerate(names) if name and at != video]
    rows, is_even = [], "" not in names
    for line, cells in table:
        if not is_even or len(cells) != len(names):
            _check_cells(path, line, cells, names)
        rows.append(Row(line, cells[video], [cells[at] for at in others]))
    return [names[at] for at in others], rows


def _delimiter(path: Path, text: str) -> str:
    """What parts the columns: the delimiter with which the header has a column `video`."""
    said = re.match(r'"?sep=(.)"?[\r\n]', text, re.IGNORECASE)  # as Excel writes it
    if said:
        return said[1]
    headers: dict[str, list[str]] = {}
    for delimiter in DELIMITERS:
        try:
            headers[delimiter] = next(_cells(path, text, delimiter), (1, []))[1]
        except SplitError:  # quotes that another delimiter explains
            headers[delimiter] = []
    return max(headers, key=lambda one: (any(map(_is_video, headers[one])), len(headers[one])))


def _cells(path: Path, text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The line and the cells of each row that holds any text, without surrounding blanks."""
    lines = io.StringIO(text, newline=None)
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            is_sep = reader.line_num == 1 and cells[0][:4].lower() == "sep=" if cells else False
            if any(cells) and not is_sep:
                yield reader.line_num, cells
    except csv.Error as err:
        _refuse(path, f"line {reader.line_num}: expected quotes in pairs around a cell: {err}")


def _is_video(name: str) -> bool:
    return name.casefold() == "video"


def _check_header(path: Path, line: int, names: Sequence[str]) -> None:
    """Refuse a header without one column `video`, or with two columns of one name."""
    given = [name for name in names if name]
    if sum(map(_is_video, given)) != 1 or len(set(given)) != len(given):
        msg = (
            f"{path}, line {line}: expected different names with one video among them, parted by"
            f" commas, semicolons or tabs, found {given}"
        )
        raise SplitError(msg)


def _check_cells(path: Path, line: int, cells: list[str], names: Sequence[str]) -> None:
    """Refuse a row that lacks a cell of a column with a name, or has text beside these columns."""
    n_named = max(at for at, name in enumerate(names, 1) if name)
    if len(cells) < n_named or any(cells[len(names) :]):
        hint = "" if len(cells) < n_named else "; put a cell with a delimiter in it into quotes"
        n_cells = max(at for at, cell in enumerate(cells, 1) if cell)
        msg = f"{path}, line {line}: expected {n_named} values, found {n_cells}{hint}"
        raise SplitError(msg)
    for at, (name, cell) in enumerate(zip(names, cells, strict=False), 1):
        if cell and not name:
            msg = (
                f"{path}, line {line}: {cell!r} stands in column {at}, which has no name; give it"
                " one in the first row, or empty the column"
            )
            raise SplitError(msg)


def _check_letters(path: Path, rows: Sequence[Row], names: VideoNames) -> None:
    """Refuse a text read as Windows-1252 if it names no video so, or other videos otherwise."""
    cells = [row.video for row in rows if not row.video.isascii()]
    found = _found(cells, names)
    if cells and not found:
        _refuse(path, f"expected UTF-8; as Windows-1252, {cells[0]!r} names no video of the labels")
    for page in OTHER_PAGES:
        read = [cell.encode(WINDOWS).decode(page, "replace") for cell in cells]
        if not _found(read, names) <= found:
            _refuse(path, f"expected UTF-8; read as {page} and as {WINDOWS}, it names other videos")
    warnings.warn(f"{path} is not UTF-8 and is read as Windows-1252; {SAVE_AS}", stacklevel=6)


def _found(cells: Sequence[str], names: VideoNames) -> set[tuple[int, int]]:
    """Each cell with each video that it names, as positions."""
    return {(at, one) for at, cell in enumerate(cells) for one in names.find(cell).videos}


def _refuse(path: Path, found: str) -> NoReturn:
    msg = f"split.groups_file {path}: {found}; {SAVE_AS}"
    raise SplitError(msg)
