"""Rows that stay in the file are the rows of the table, in windows of any size."""

import random
from pathlib import Path

import h5py
import numpy as np
import pytest
from drawn import tries
from hypothesis import given
from hypothesis import strategies as st

from splitlib.errors import LabelsFileError
from splitlib.slp import rows_on_disk
from splitlib.slp.dtypes import POINTS
from splitlib.slp.rows_on_disk import RowsOnDisk, plain_offset, stamp_of

N = 60


def points() -> np.ndarray:
    rows = np.zeros(N, POINTS)
    rows["x"], rows["visible"] = np.arange(N), np.arange(N) % 3 == 0
    return rows


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> RowsOnDisk:
    path = tmp_path_factory.mktemp("rows") / "a.h5"
    with h5py.File(path, "w") as file:
        file["points"] = points()
        offset = plain_offset(file["points"])
    assert offset is not None
    return RowsOnDisk(path, "points", POINTS, N, place=(offset, stamp_of(path.stat())))


def where(stored: RowsOnDisk, place: str) -> RowsOnDisk:
    if place == "disk":
        return stored
    return RowsOnDisk(stored.file, "points", POINTS, N, memory=points())


@pytest.mark.parametrize("place", ["disk", "memory"])
@pytest.mark.parametrize("is_kept", [True, False])
@tries(60)
@given(
    lengths=st.lists(st.integers(0, 5), max_size=12),
    gaps=st.lists(st.integers(0, 3), min_size=12, max_size=12),
    window=st.integers(1, 30),
    order=st.randoms(use_true_random=False) | st.none(),
    most_runs=st.sampled_from([1, 100]),
)
def test_ranges_are_the_rows_of_the_table(
    stored: RowsOnDisk,
    place: str,
    is_kept: bool,
    lengths: list[int],
    gaps: list[int],
    window: int,
    order: random.Random | None,
    most_runs: int,
) -> None:
    steps = [gap + length for gap, length in zip(gaps, lengths, strict=False)]
    end = np.cumsum(np.array(steps, np.int64))
    kept = end <= N
    start, end = (end - np.array(lengths, np.int64))[kept], end[kept]
    if order is not None:
        at = list(range(len(start)))
        order.shuffle(at)
        start, end = start[at], end[at]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows_on_disk, "WINDOW_BYTES", window * POINTS.itemsize)
        patch.setattr(rows_on_disk, "MOST_RUNS", most_runs)
        patch.setattr(rows_on_disk, "KEPT_BYTES", 2**20 if is_kept else 0)
        fresh = where(stored, place)
        fresh = RowsOnDisk(fresh.file, fresh.name, POINTS, N, fresh.place, fresh.memory)
        seen: list[float] = []
        covered: list[int] = []
        for piece, rows in fresh.ranges(start, end):
            assert len(rows)
            seen += rows["x"].tolist()
            covered += range(len(start))[piece]
    assert seen == [row for one, two in zip(start, end, strict=True) for row in range(one, two)]
    assert {at for at in range(len(start)) if start[at] < end[at]} <= set(covered)


def test_a_file_that_was_changed_is_not_read(stored: RowsOnDisk, tmp_path: Path) -> None:
    place = stored.place
    assert place is not None
    path = tmp_path / "a.h5"
    path.write_bytes(stored.file.read_bytes())
    changed = RowsOnDisk(path, "points", POINTS, N, place=(place[0], (place[1][0], 0)))
    with pytest.raises(LabelsFileError, match=r"a\.h5: .* changed after it was loaded"):
        changed.rows  # noqa: B018
    path.unlink()
    with pytest.raises(LabelsFileError, match=r"a\.h5: .* removed after it was loaded"):
        changed.rows  # noqa: B018


@pytest.mark.parametrize("how", [{"chunks": (7,)}, {"compression": "gzip"}, {"shape": (N, 1)}])
def test_only_one_run_of_bytes_is_read_without_hdf5(tmp_path: Path, how: dict[str, object]) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        found = file.create_dataset("points", data=points(), **how)
        is_plain = "shape" in how
        assert (plain_offset(found) is not None) == is_plain


def test_rows_of_another_type_on_disk_are_read_by_hdf5(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        text = file.create_dataset("points", data=["a", "b"])
        assert plain_offset(text) is None


@pytest.mark.parametrize("is_kept", [True, False])
@pytest.mark.parametrize("place", ["disk", "memory"])
def test_windows_are_all_rows(
    stored: RowsOnDisk, place: str, is_kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows_on_disk, "WINDOW_BYTES", 7 * POINTS.itemsize)
    monkeypatch.setattr(rows_on_disk, "KEPT_BYTES", 2**20 if is_kept else 0)
    own = where(stored, place)
    fresh = RowsOnDisk(own.file, own.name, POINTS, N, own.place, own.memory)
    assert [x for rows in fresh.windows() for x in rows["x"].tolist()] == list(range(N))
