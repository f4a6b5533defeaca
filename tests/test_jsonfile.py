"""Canonical JSON, and files put in place whole."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from splitlib.errors import JsonFileError
from splitlib.files import atomic_path, sha256_of
from splitlib.jsonfile import LINE_WIDTH, json_text, read_json, write_json

PLAIN = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(), max_size=8)  # lone surrogates too
)
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(), max_size=8), inner),
    max_leaves=40,
)


# ---------------------------------------------------------------- the text


PINNED = {
    "plain values": (
        {"b": True, "a": None, "ü": 'é\n\t"', "f": 1e-05, "g": 1e22, "z": -0.0, "i": 2**63},
        '{\n  "a": null,\n  "b": true,\n  "f": 1e-05,\n  "g": 1e+22,\n  "i": 9223372036854775808,\n'
        '  "z": -0.0,\n  "ü": "é\\n\\t\\""\n}\n',
    ),
    "top-level value": (3, "3\n"),
    "empty": ({"a": {}, "b": [], "c": ()}, '{\n  "a": {},\n  "b": [],\n  "c": []\n}\n'),
    "pairs, one on a line": (
        {"edges": [(0, 1), (1, 2)]},
        '{\n  "edges": [\n    [0, 1],\n    [1, 2]\n  ]\n}\n',
    ),
    "objects in a list": (
        [{"b": 1, "a": 2}, {}],
        '[\n  {\n    "a": 2,\n    "b": 1\n  },\n  {}\n]\n',
    ),
    "separators within texts": (["a, b", "c,\nd"], '["a, b", "c,\\nd"]\n'),
    "wrapped": (
        {"n": list(range(1000, 1020))},
        '{\n  "n": [\n'
        "    1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013,"
        " 1014, 1015,\n    1016, 1017, 1018, 1019\n  ]\n}\n",
    ),
    "an item longer than a line": (
        ["a" * 98, "b", "c"],
        '[\n  "' + "a" * 98 + '",\n  "b", "c"\n]\n',
    ),
}


@pytest.mark.parametrize(("value", "text"), PINNED.values(), ids=PINNED)
def test_text_is_pinned(value: object, text: str) -> None:
    assert json_text(value) == text


@given(VALUES)
def test_every_value_comes_back(value: object) -> None:
    assert json.loads(json_text(value)) == value


@given(st.dictionaries(st.text(max_size=5), PLAIN))
def test_order_of_keys_changes_nothing(value: dict[str, object]) -> None:
    assert json_text(dict(reversed(value.items()))) == json_text(value)


@given(st.lists(st.integers(0, 10**6), min_size=30), st.integers(0, 3))
def test_lines_of_a_long_list_are_full_and_never_too_long(numbers: list[int], depth: int) -> None:
    value: object = numbers
    for _ in range(depth):
        value = {"k": value}
    lines = [line for line in json_text(value).splitlines() if line.lstrip()[0].isdigit()]
    assert all(len(line) <= LINE_WIDTH for line in lines)
    following = [line.split()[0].rstrip(",") for line in lines[1:]]
    assert all(
        len(line) + len(f" {first},") > LINE_WIDTH
        for line, first in zip(lines, following, strict=False)
    )


REFUSED = {
    "nan": ({"a": {"b": float("nan")}}, "f: a.b: expected finite numbers, got nan or infinity"),
    "infinity in a list": ([1.0, float("inf")], "f: expected finite numbers, got nan or infinity"),
    "numpy integer": (
        {"n": np.int64(3)},
        "f: n: expected a JSON value, got int64; numpy has .tolist() to make one",
    ),
    "numpy float, a float by inheritance": (
        [{"x": [0.5, np.float64(0.1)]}],
        "f: 0.x.1: expected a JSON value, got float64; numpy has .tolist() to make one",
    ),
    "numpy array": (
        {"n": np.arange(3)},
        "f: n: expected a JSON value, got ndarray; numpy has .tolist() to make one",
    ),
    "set": ({1}, "f: expected a JSON value, got set; numpy has .tolist() to make one"),
    "key that is no text": ({"a": {1: 2}}, "f: a: expected text for every key, got 1"),
}


@pytest.mark.parametrize(("value", "message"), REFUSED.values(), ids=REFUSED)
def test_refuses_what_has_no_json_form_by_its_place(value: object, message: str) -> None:
    with pytest.raises(JsonFileError) as error:
        json_text(value, name="f")
    assert str(error.value) == message


# ---------------------------------------------------------------- files


def test_write_makes_folders_and_ends_lines_with_lf(tmp_path: Path) -> None:
    path = tmp_path / "metrics" / "new" / "split.json"
    write_json(path, {"é": [1, 2]})
    assert path.read_bytes() == '{\n  "é": [1, 2]\n}\n'.encode()
    assert [file.name for file in path.parent.iterdir()] == ["split.json"]


def test_undecodable_file_name_survives(tmp_path: Path) -> None:
    name = b"caf\xe9.mp4".decode("utf-8", "surrogateescape")
    write_json(tmp_path / "a.json", [name])
    assert (tmp_path / "a.json").read_bytes() == b'["caf\\udce9.mp4"]\n'
    assert read_json(tmp_path / "a.json") == [name]


def test_refused_value_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", 1)
    with pytest.raises(JsonFileError, match="finite"):
        write_json(tmp_path / "a.json", float("nan"))
    assert [(f.name, f.read_text()) for f in tmp_path.iterdir()] == [("a.json", "1\n")]


UNREADABLE = {
    "syntax": (b'{"a": 1,\n "b" 2}', ":2:6: expected JSON, got an error: Expecting ':' delimiter"),
    "cut off": (b'{"a": [1, 2', ":1:12: expected JSON, got an error: Expecting ',' delimiter"),
    "empty": (b"", ":1:1: expected JSON, got an error: Expecting value"),
    "nan": (
        b'{"NaN": "-Infinity",\n "b": [1, NaN]}',
        ":2:11: expected JSON, got an error: NaN is no number in JSON",
    ),
    "infinity": (
        b'["\\"Infinity", -Infinity]',
        ":1:16: expected JSON, got an error: -Infinity is no number in JSON",
    ),
    "key twice": (
        b'{"x": {"a": 1, "b": 2, "a": 1}}',
        ": expected JSON, got an error: the key 'a' is there twice",
    ),
    "missing": (None, ": cannot be read: No such file or directory"),
    "conflict of a merge": (
        b'{\n<<<<<<< HEAD\n"a": 1}',
        ":2:1: expected JSON, got an error: Expecting property name enclosed in double quotes",
    ),
}


@pytest.mark.parametrize(("content", "message"), UNREADABLE.values(), ids=UNREADABLE)
def test_unreadable_file_is_named_with_the_place(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    path = tmp_path / "a.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(JsonFileError) as error:
        read_json(path)
    assert str(error.value) == f"{path}{message}"


ODD_FILES = {
    "not utf-8": (b'"\xff"', "codec can't decode byte 0xff"),
    "nested too deep": (b"[" * 200_000, "recursion"),
    "number of 5000 digits": (b"1" * 5000, "4300"),
}


@pytest.mark.parametrize(("content", "message"), ODD_FILES.values(), ids=ODD_FILES)
def test_odd_file_is_an_error_and_not_a_crash(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(JsonFileError, match=message):
        read_json(path)


def test_byte_order_mark_of_an_editor_is_read_over(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"\xef\xbb\xbf[1]")
    assert read_json(tmp_path / "a.json") == [1]


NAMES = {"short": "a.slp", "of several dots": "v1.0.pkg.slp", "long": "n" * 250 + ".png"}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_atomic_path_keeps_suffix_and_folder(name: str, tmp_path: Path) -> None:
    with atomic_path(str(tmp_path / name)) as temporary:
        assert (temporary.parent, temporary.suffix) == (tmp_path, name[-4:])
        temporary.write_bytes(b"new")
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_atomic_path_on_error_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.slp"
    path.write_bytes(b"old")

    def write_half() -> None:
        with atomic_path(path) as temporary:
            temporary.write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("a.slp", b"old")]


def test_atomic_path_replaces_a_link_and_not_its_target(tmp_path: Path) -> None:
    cached = tmp_path / "cache"
    cached.write_bytes(b"cached")
    (tmp_path / "train.slp").symlink_to(cached)
    with atomic_path(tmp_path / "train.slp") as temporary:
        temporary.write_bytes(b"new")
    assert (cached.read_bytes(), (tmp_path / "train.slp").read_bytes()) == (b"cached", b"new")


CONTENTS = {"empty": b"", "short": b"splitlib", "longer than a block": b"splitlib" * 200_000}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_sha256_is_that_of_the_content(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(content)
    assert sha256_of(tmp_path / "a") == hashlib.sha256(content).hexdigest()
