"""Damaged and hostile files: they are read, or refused with a word; nothing else ever happens."""

import importlib.util
import os
import re
import signal
import sys
import tracemalloc
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import h5py
import numpy as np
import pytest
from drawn import tries
from hostile_cases import EVERY, LOADS, NOT_SPLIT, REFUSED, WARNINGS
from hypothesis import given
from hypothesis import strategies as st
from places import ROOT
from real_files import shared_path
from slow import quick_if
from synthetic_labels import small_labels

from splitlib.errors import LabelsFileError, SplitlibError
from splitlib.labels import Labels

GOOD = "data/talmolab+sleap-io.js/tests/data/slp/labels.v002.slp"
SECONDS = 300
SOUND_IN_SHORT = {*WARNINGS, *LOADS[::4]} - {"f21_many", "g10_images_100k", "h17_png_bomb"}
"""What is read in every run of the tests. Those left out are large."""
"""A file of 30,000 datasets, and one of an image that is large once it is decoded."""


@pytest.fixture(scope="module")
def hostile() -> ModuleType:
    """The script that makes the files, which is no part of the project."""
    spec = importlib.util.spec_from_file_location("hostile", shared_path("hostile/make_hostile.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def made(hostile: ModuleType, name: str, folder: Path) -> Path:
    path = folder / f"{name}.slp"
    make = next(case[4] for case in hostile.CASES if case[0] == name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the script leaves files open
        make(shared_path(GOOD), path)
    return path


opened: list[str] = []
is_watched = False


def audit(event: str, arguments: tuple[Any, ...]) -> None:
    if is_watched and event == "open" and isinstance(arguments[0], str | bytes):
        opened.append(os.fsdecode(arguments[0]))
    elif is_watched and event.startswith(("socket.", "subprocess.", "os.system")):
        opened.append(event)


sys.addaudithook(audit)  # there is no way to remove it: it does nothing unless it is asked to


@contextmanager
def careful(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail where something outside of a folder is opened, or where it takes for ever."""
    global is_watched
    open_hdf5 = h5py.File

    def watched_file(name: object, *args: object, **options: object) -> h5py.File:
        opened.append(str(name))
        return open_hdf5(name, *args, **options)

    def too_long(_: int, __: FrameType | None) -> None:
        pytest.fail(f"it took more than {SECONDS} s")

    monkeypatch.setattr(h5py, "File", watched_file)
    opened.clear()
    before = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(SECONDS)
    is_watched = True
    try:
        yield
    finally:
        is_watched = False
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    # /proc and the number of the machine: by them a part file names its writer
    system = ("/proc/", "/etc/machine-id")
    allowed = (str(folder), sys.prefix, sys.base_prefix, str(ROOT), *system)
    assert [name for name in opened if not name.startswith(allowed)] == []


def test_cases_that_came_later_are_read_and_split_or_refused(
    hostile: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in sorted({case[0] for case in hostile.CASES} - {*EVERY}):
        path = made(hostile, name, tmp_path)
        with careful(tmp_path, monkeypatch), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                check_halves(path, tmp_path / "part.slp", n_halves=2)
            except SplitlibError as err:
                assert str(err).startswith(f"{path}: ")  # noqa: PT017 - both answers are right


@pytest.mark.parametrize("name", quick_if(SOUND_IN_SHORT.__contains__, LOADS))
def test_what_is_sound_is_read_and_split(
    hostile: ModuleType, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made(hostile, name, tmp_path)
    with careful(tmp_path, monkeypatch), warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        check_halves(path, tmp_path / "part.slp", n_halves=1 if name == "f21_many" else 2)
    expected = [WARNINGS[name]] if name in WARNINGS else []
    found = {str(warning.message) for warning in said if str(path) in str(warning.message)}
    assert len(found) == len(expected)
    assert all(part in text for part, text in zip(expected, found, strict=True))


def check_halves(path: Path, target: Path, *, n_halves: int) -> None:
    """Split a file into halves that say what it says, images included."""
    labels = Labels.load(path)
    halves = [range(0, len(labels), 2), range(len(labels) - 1, 0, -2)]
    for half in halves[:n_halves]:
        chosen = labels.extract(list(half))
        chosen.save(target)
        saved = Labels.load(target)
        assert saved[:] == chosen[:]
        assert saved.provenance == chosen.provenance or "nan" in repr(chosen.provenance)
        has_image = chosen.has_image()
        assert saved.has_image().tolist() == has_image.tolist()
        keys = chosen.video[has_image], chosen.frame_idx[has_image]
        for one, other in zip(chosen.read_images(*keys), saved.read_images(*keys), strict=True):
            np.testing.assert_array_equal(np.array(one), np.array(other))


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_is_refused_with_a_word(
    hostile: ModuleType, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made(hostile, name, tmp_path)
    with careful(tmp_path, monkeypatch), pytest.raises(SplitlibError, match=REFUSED[name]) as err:
        Labels.load(path)
    assert str(err.value).startswith(f"{path}: ")
    assert isinstance(err.value, LabelsFileError)


@pytest.mark.parametrize("name", NOT_SPLIT)
def test_what_cannot_be_split_is_refused_with_a_word(
    hostile: ModuleType, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made(hostile, name, tmp_path)
    with careful(tmp_path, monkeypatch):
        labels = Labels.load(path).extract([0, 3])
        with pytest.raises(LabelsFileError, match=NOT_SPLIT[name]) as err:
            labels.save(tmp_path / "part.slp")
    assert str(err.value).startswith(f"{path}: ")
    assert not (tmp_path / "part.slp").exists()


@pytest.mark.parametrize("name", ["f01_huge_frames", "f03_huge_videos", "f04_gzip_bomb"])
def test_claims_of_gigabytes_cost_none(hostile: ModuleType, name: str, tmp_path: Path) -> None:
    path = made(hostile, name, tmp_path)
    tracemalloc.start()
    try:
        Labels.load(path)
    except LabelsFileError as err:
        assert name in REFUSED, err  # noqa: PT017 - one of the three is read
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30_000_000  # bytes; the bomb is of 1.8 GB


# Any file at all: bytes changed, cut out or added anywhere.


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    # Without texts of variable length: on some damage to them HDF5 1.14 itself never ends.
    return small_labels().write(tmp_path_factory.mktemp("sound") / "a.slp").read_bytes()


@given(data=st.data())
@tries(300)
def test_a_file_with_damage_anywhere_is_read_or_refused(
    sound: bytes, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(sound)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        length = data.draw(st.sampled_from([1, 1, 2, 4, 8, 64]))
        filling = data.draw(st.sampled_from([b"\0", b"\xff", b"\x01", b"\x80", None]))
        stop = min(at + length, len(content))
        content[at:stop] = filling * (stop - at) if filling else b""
    path = tmp_path_factory.getbasetemp() / "damaged.slp"
    path.write_bytes(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            labels = Labels.load(path)
            labels.extract(range(0, len(labels), 2)).save(path.with_name("part.slp"))
    except SplitlibError as err:
        assert re.match(re.escape(str(path)), str(err))  # noqa: PT017 - both answers are right
