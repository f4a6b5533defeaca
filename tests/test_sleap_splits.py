"""The split functions of the SLEAP API."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sleap_io
from hypothesis import given
from hypothesis import strategies as st
from places import DEMO
from real_files import shared_path

import splitlib
from splitlib.errors import SplitError
from splitlib.labels import Labels
from splitlib.slp import dtypes
from splitlib.slp.create import create_labels_file


@pytest.fixture(scope="module")
def demo() -> Labels:
    return Labels.load(DEMO)


def labels_of_rows(folder: Path, rows: list[tuple[int, int]]) -> Labels:
    """Labels with these (video, frame_idx) rows, and no instances."""
    frames = np.zeros(len(rows), dtypes.FRAMES)
    frames["frame_id"] = np.arange(len(rows))
    frames["video"], frames["frame_idx"] = np.array(rows).T
    path = folder / "labels.slp"
    create_labels_file(
        path,
        frames=frames,
        instances=np.zeros(0, dtypes.INSTANCES),
        nodes=["a"],
        videos=["one.mp4", "two.mp4", "three.mp4"],
    )
    return Labels.load(path)


@given(seed=st.integers(0, 2**63 - 1), first=st.integers(1, 8))
def test_splits_are_disjoint_complete_and_repeatable(demo: Labels, seed: int, first: int) -> None:
    fractions = [first / 10, 0.1, -1]
    parts = splitlib.split_labels(demo, fractions, seed=seed)
    rows = np.concatenate([part.frame_rows for part in parts])
    assert sorted(rows.tolist()) == list(range(len(demo)))
    again = splitlib.split_labels(demo, fractions, seed=seed)
    assert [part.frame_rows.tolist() for part in parts] == [
        part.frame_rows.tolist() for part in again
    ]


def test_sizes_are_those_of_sleap(demo: Labels) -> None:
    hundred = demo.extract(np.arange(100))
    sizes = [len(part) for part in splitlib.split_labels(hundred, [0.07, 0.5, -1], seed=1)]
    assert sizes == [7, 50, 43]


def test_without_a_seed_splits_differ(demo: Labels) -> None:
    one, other = (splitlib.split_labels(demo, [0.5, -1])[0] for _ in range(2))
    assert one.frame_rows.tolist() != other.frame_rows.tolist()


def test_train_val_gives_the_labels_and_their_positions(demo: Labels) -> None:
    train, idx_train, val, idx_val = splitlib.split_labels_train_val(demo, 0.1, seed=42)
    assert (len(idx_train), len(idx_val)) == (424, 47)
    assert sorted(idx_train + idx_val) == list(range(len(demo)))
    assert demo[idx_train] == train[:]
    assert demo[idx_val] == val[:]


def test_splits_keep_videos_tracks_and_skeletons(demo: Labels, tmp_path: Path) -> None:
    few, *_ = splitlib.split_labels(demo, [0.01, -1], seed=0)
    few.save(tmp_path / "few.slp")
    for part in (few, Labels.load(tmp_path / "few.slp")):
        assert part.videos == demo.videos
        assert part.tracks == demo.tracks
        assert part.skeletons == demo.skeletons
        assert part.suggestions == demo.suggestions
        assert part.provenance == demo.provenance


def test_a_single_frame_is_in_both(demo: Labels) -> None:
    one = demo.extract([7])
    train, idx_train, val, idx_val = splitlib.split_labels_train_val(one, 0.5, seed=0)
    assert train[:] == val[:] == one[:]
    assert idx_train == idx_val == [0]


@pytest.mark.parametrize("seed", range(10))
def test_rows_of_one_video_frame_go_to_one_split(tmp_path: Path, seed: int) -> None:
    rows = [(0, 5), (1, 5), (0, 5), (2, 9), (0, 6), (0, 5), (2, 9), (1, 7), (1, 8), (1, 9)]
    labels = labels_of_rows(tmp_path, rows)
    parts = splitlib.split_labels(labels, [0.5, 0.2, -1], seed=seed)
    assert [len(part) for part in parts] == [5, 2, 3]
    keys = [set(zip(p.video.tolist(), p.frame_idx.tolist(), strict=True)) for p in parts]
    assert sum(map(len, keys)) == len(set().union(*keys)), "no frame is in two splits"


def test_the_order_of_rows_moves_no_frame(tmp_path: Path) -> None:
    rows = [(video, frame) for video in range(3) for frame in range(20)]
    forward = labels_of_rows(tmp_path, rows)
    part = splitlib.split_labels(forward, [0.3, -1], seed=5)[0]
    chosen = {rows[at] for at in part.frame_rows}
    backward = labels_of_rows(tmp_path, rows[::-1])
    part = splitlib.split_labels(backward, [0.3, -1], seed=5)[0]
    assert {rows[::-1][at] for at in part.frame_rows} == chosen


@pytest.mark.parametrize(
    ("fractions", "message"),
    [
        ([], "fraction"),
        ([0.5, 0.6], "1"),
        ([-1, -1], "-1"),
        ([float("nan")], "nan"),
        ([1.0, -1], "-1"),
    ],
)
def test_impossible_fractions_are_a_value_error(
    demo: Labels, fractions: list[float], message: str
) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        splitlib.split_labels(demo, fractions, seed=0)
    assert isinstance(caught.value, SplitError)


@pytest.mark.parametrize("name", ["oracle/data/mixed.slp", "data/made/two.pkg.slp"])
def test_labels_of_sleap_io_are_split_alike_and_given_back(name: str) -> None:
    path = shared_path(name)
    theirs = sleap_io.load_slp(str(path), open_videos=False)
    ours = Labels.load(path)
    parts = splitlib.split_labels(theirs, [0.5, -1], seed=3)
    for part, mine in zip(parts, splitlib.split_labels(ours, [0.5, -1], seed=3), strict=True):
        assert isinstance(part, sleap_io.Labels)
        assert [frame.frame_idx for frame in part] == mine.frame_idx.tolist()
        assert part.videos == theirs.videos
        assert part.tracks == theirs.tracks
    train, idx_train, val, _ = splitlib.split_labels_train_val(theirs, 0.3, seed=3)
    assert isinstance(train, sleap_io.Labels)
    assert isinstance(val, sleap_io.Labels)
    assert [theirs[at] for at in idx_train] == list(train)
    by_reader: Any = splitlib.split_labels_reader(theirs, [0.5, -1], seed=3)
    assert [list(part) for part in by_reader] == [list(part) for part in parts]


def reader_of(labels: Labels, **flags: Any) -> splitlib.LabelsReader:  # noqa: ANN401 - flags
    return splitlib.LabelsReader(labels, **flags)


def test_readers_share_labels_and_keep_flags(demo: Labels) -> None:
    reader = reader_of(demo, user_instances_only=True, with_track_only=True)
    parts = splitlib.split_labels_reader(reader, [0.7, 0.2, -1], seed=1)
    assert [len(part) for part in parts] == [330, 95, 46]
    for part in parts:
        assert part.labels is demo
        assert part.user_instances_only
        assert part.with_track_only
    chosen = np.concatenate([part.example_indices for part in parts])
    assert sorted(chosen.tolist()) == list(range(len(demo)))


def test_readers_of_some_examples_are_split_into_subsets_of_these(demo: Labels) -> None:
    own = list(range(5, 105))
    parts = splitlib.split_labels_reader(reader_of(demo, example_indices=own), [0.5, -1], seed=1)
    chosen = np.concatenate([part.example_indices for part in parts])
    assert sorted(chosen.tolist()) == own
    direct = splitlib.split_labels(demo.extract(own), [0.5, -1], seed=1)
    assert parts[0].frames[1].tolist() == direct[0].frame_idx.tolist()


def test_unlabeled_suggestions_are_split_too(demo: Labels) -> None:
    reader = splitlib.LabelsReader.from_unlabeled_suggestions(demo)
    one, other = splitlib.split_labels_reader(reader, [0.5, -1], seed=1)
    assert len(one) + len(other) == len(reader)
    frames = set(zip(*(a.tolist() for a in reader.frames), strict=True))
    assert frames == {
        frame
        for part in (one, other)
        for frame in zip(*(a.tolist() for a in part.frames), strict=True)
    }
