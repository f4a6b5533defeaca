"""Mutants of labels files: a few of those that ``make fuzz`` makes, and the findings before."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from fuzz_seeds import SEEDS, write_seeds
from raw_hdf5 import content
from synthetic_labels import small_package

from splitlib.errors import LabelsFileError
from splitlib.labels import Labels

Damage = Callable[[bytearray], None]

needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="needs fork and resource limits")


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return dict(zip(SEEDS, write_seeds(tmp_path_factory.mktemp("seeds")), strict=True))


# ---------------------------------------------------------------- findings


def heaps(raw: bytes | bytearray) -> list[int]:
    return [at for at in range(len(raw)) if raw.startswith(b"GCOL", at)]


def without_size(raw: bytearray) -> None:
    """Free space of no size after the first object of each heap: HDF5 stays there for ever."""
    for at in heaps(raw):
        size = int.from_bytes(raw[at + 24 : at + 32], "little")
        free = at + 32 + -(-size // 8) * 8
        raw[free : free + 16] = bytes(16)


@pytest.mark.parametrize("name", ["texts", "package-vlen", "tables3", "newest"])
def test_a_heap_that_hdf5_reads_without_end_is_refused(name: str, seeds: dict[str, Path]) -> None:
    raw = bytearray(seeds[name].read_bytes())
    assert heaps(raw)
    without_size(raw)
    path = seeds[name].with_name("endless.slp")
    path.write_bytes(raw)
    with pytest.raises(LabelsFileError, match=r"endless\.slp: the heap at byte .* is damaged, "):
        Labels.load(path)


def test_the_heap_of_an_attribute_is_seen_although_no_dataset_has_one(tmp_path: Path) -> None:
    path = small_package().write(tmp_path / "a.slp")
    with h5py.File(path, "r+") as file:
        file["metadata"].attrs.create("note", ["a", "b"], dtype=h5py.string_dtype())
    raw = bytearray(path.read_bytes())
    without_size(raw)
    path.write_bytes(raw)
    with pytest.raises(LabelsFileError, match="is damaged, HDF5 would read it without end"):
        Labels.load(path)


def test_a_damaged_link_of_a_large_group_is_named(seeds: dict[str, Path]) -> None:
    raw = bytearray(seeds["newest"].read_bytes())
    at = raw.index(b"link19")  # in the fractal heap, which has no checksum
    raw[at - 12 : at] = b"\xff" * 12
    path = seeds["newest"].with_name("link.slp")
    path.write_bytes(raw)
    with pytest.raises(LabelsFileError, match=r"link\.slp: / cannot be read: "):
        Labels.load(path)


def test_a_text_in_no_heap_is_named_where_it_would_be_copied(tmp_path: Path) -> None:
    path = small_package().write(tmp_path / "a.slp")
    with h5py.File(path, "r+") as file:
        file.create_dataset("notes", data=["a", "b"], dtype=h5py.string_dtype())
        at = file["notes"].id.get_offset()
    raw = bytearray(path.read_bytes())
    raw[at + 4 : at + 12] = (100).to_bytes(8, "little")  # where no heap is
    path.write_bytes(raw)
    labels = Labels.load(path).extract([0])
    with pytest.raises(LabelsFileError, match=r"a\.slp: /notes cannot be read: "):
        labels.save(tmp_path / "part.slp")


def test_values_that_look_like_a_heap_are_values(tmp_path: Path) -> None:
    """Where no address leads to them: the address of a dataset leads to its first byte."""
    path = small_package().write(tmp_path / "a.slp")
    like_a_heap = np.frombuffer(b"GCOL" + b"\1\0\0\0" + (4096).to_bytes(8, "little"), np.uint8)
    with h5py.File(path, "r+") as file:
        file.create_dataset("notes", data=["a"], dtype=h5py.string_dtype())
        file.create_dataset("bytes", data=np.pad(like_a_heap, (8, 4080)))
    Labels.load(path).extract([0]).save(tmp_path / "part.slp")
    assert content(tmp_path / "part.slp")["/bytes"] == content(path)["/bytes"]


# ---------------------------------------------------------------- mutants


@needs_posix
def test_the_same_numbers_give_the_same_mutant(seeds: dict[str, Path], tmp_path: Path) -> None:
    from fuzz_run import make_mutant

    paths = [*seeds.values()]
    for number in (1, 2, 3):
        make_mutant(5, number, paths, tmp_path / "one.slp")
        make_mutant(5, number, paths, tmp_path / "two.slp")
        assert (tmp_path / "one.slp").read_bytes() == (tmp_path / "two.slp").read_bytes()


@needs_posix
@pytest.mark.slow
def test_mutants_are_refused_with_a_word_or_split_and_merged(tmp_path: Path) -> None:
    from fuzz_run import run_in_processes

    found = run_in_processes(0, 0, 200, 1, tmp_path / "findings")
    assert [json.loads(path.read_text()) for path in found] == []
