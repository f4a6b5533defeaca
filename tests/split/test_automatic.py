"""Settings that fit the labels: the length of blocks, the gap that is kept, and strata."""

import json
import re
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn import tries
from hypothesis import given, settings
from hypothesis import strategies as st
from places import DEMO
from synthetic_labels import MadeFrame, MadeLabels, user_instance

from splitlib.commands.main import main
from splitlib.errors import SplitError
from splitlib.jsonfile import read_json
from splitlib.labels import Labels
from splitlib.params import Fractions, LabelsParams, SplitParams
from splitlib.split.assign import Assignment, assign_examples
from splitlib.split.automatic import length_of, unevenness
from splitlib.split.examples import Examples
from splitlib.split.partition import make_partition, portable_params, summary
from splitlib.split.partition_warnings import warn_of_leaks

Frames = Mapping[str, Sequence[int]]

DENSE_100 = {"a.mp4": range(100)}
DENSE_20 = {"a.mp4": range(20)}
LONG = {"a.mp4": range(2000)}
CLIPS = {f"{letter}.mp4": range(10) for letter in "abcdefghij"}
"""Ten videos of ten neighbouring frames."""


def examples_of(frames: Frames) -> Examples:
    """An example for each frame, with one instance."""
    keys = sorted(frames)
    video = np.repeat(np.arange(len(keys)), [len(frames[key]) for key in keys])
    frame_idx = np.array([idx for key in keys for idx in frames[key]], np.int64)
    none = np.zeros(0, np.int64)
    return Examples(keys, keys, video, frame_idx, frame_idx, np.ones_like(frame_idx), none, none)


def assigned_of(frames: Frames, params: SplitParams) -> tuple[Assignment, str]:
    """The assignment, and what is warned of."""
    examples = examples_of(frames)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assigned = assign_examples(examples, params)
        warn_of_leaks(examples, assigned, params)
    return assigned, "\n".join(str(one.message) for one in caught)


def sizes(assigned: Assignment) -> list[int]:
    used = np.where(assigned.lost, -1, assigned.split)
    return [int((used == s).sum()) for s in range(3)]


# frames of each video; the length that auto takes
LENGTHS: dict[str, tuple[Frames, int]] = {
    "a long clip": (LONG, 50),
    "two blocks for the smallest split": ({"a.mp4": range(600)}, 31),
    "one block, where two were short": ({"a.mp4": range(300)}, 30),
    "100 neighbours": (DENSE_100, 10),
    "20 neighbours": (DENSE_20, 2),
    "3 neighbours": ({"a.mp4": range(3)}, 1),
    "20 frames, every 7th": ({"a.mp4": range(0, 140, 7)}, 14),
    "20 frames far apart": ({"a.mp4": range(0, 20_000, 1000)}, 50),
    "3 frames far apart": ({"a.mp4": [0, 400, 900]}, 50),
    "videos with few frames each are whole": (CLIPS, 50),
    "cameras with three frames each are whole": ({f"{n}.mp4": range(3) for n in range(8)}, 50),
    "few videos are torn": ({"a.mp4": range(10), "b.mp4": range(10)}, 2),
}


@pytest.mark.parametrize(("frames", "length"), LENGTHS.values(), ids=LENGTHS)
def test_blocks_are_as_long_as_the_labels_allow(frames: Frames, length: int) -> None:
    assigned, _ = assigned_of(frames, SplitParams(block_length="auto"))
    assert assigned.params.block_length == length
    assert min(sizes(assigned)) > 0


@pytest.mark.parametrize(
    ("gap", "length"), [(0, 50), (5, 50), (6, 60), (20, 200)], ids=lambda value: str(value)
)
def test_blocks_are_long_against_the_gap(gap: int, length: int) -> None:
    assigned, said = assigned_of({"a.mp4": range(10_000)}, SplitParams(gap=gap))
    assert (assigned.params.block_length, assigned.params.gap, said) == (length, gap, "")


@st.composite
def layouts(draw: st.DrawFn) -> dict[str, list[int]]:
    """Three labeled frames or more, in runs of any step, of one video or several."""
    frames = {}
    for name in "abcd"[: draw(st.integers(1, 4))]:
        starts = draw(st.lists(st.integers(0, 3000), min_size=1, max_size=3))
        runs = [
            range(start, start + step * n, step)
            for start in starts
            for step, n in [draw(st.tuples(st.integers(1, 60), st.integers(1, 60)))]
        ]
        frames[f"{name}.mp4"] = sorted({idx for run in runs for idx in run})
    while sum(map(len, frames.values())) < 3:
        frames["a.mp4"].append(frames["a.mp4"][-1] + draw(st.integers(1, 100)))
    return frames


SHARES = [(0.8, 0.1, 0.1), (-1, 0.2, 0.2), (0.6, 0.2, 0.2), (0.9, 0.1, 0), (0.97, 0.02, 0.01)]


@settings(tries(100))
@given(
    frames=layouts(),
    shares=st.sampled_from(SHARES),
    seed=st.integers(0, 99),
    gap=st.integers(0, 20),
    twice=st.booleans(),
)
def test_any_three_frames_are_split_with_whole_blocks_and_the_gap_that_is_claimed(
    frames: dict[str, list[int]], shares: tuple[float, ...], seed: int, gap: int, twice: bool
) -> None:
    params = SplitParams(fractions=Fractions(*shares), seed=seed, gap=gap)
    if twice:  # two rows hold the first frame
        frames = {**frames, "a.mp4": [frames["a.mp4"][0], *frames["a.mp4"]]}
    assigned, said = assigned_of(frames, params)
    got = sizes(assigned)
    assert all(n > 0 for n, share in zip(got, shares, strict=True) if share)
    examples, kept = examples_of(frames), ~assigned.lost & (assigned.split >= 0)
    video, time, split = examples.video[kept], examples.frame_idx[kept], assigned.split[kept]
    apart = np.abs(time[:, None] - time)[(video[:, None] == video) & (split[:, None] != split)]
    assert apart.min(initial=10**6) > assigned.params.gap
    block = video * 10_000 + time // length_of(assigned.params)
    assert len(np.unique(block)) == len(np.unique(np.stack([block, split]), axis=1)[0])
    near = apart.min(initial=10**6)
    if assigned.params.gap < gap and near <= gap:
        assert f"The gap is {assigned.params.gap} instead of {gap}" in said


# frames of each video; params; what is said, or "" for nothing
SAID: dict[str, tuple[Frames, SplitParams, str]] = {
    "short blocks": (
        DENSE_100,
        SplitParams(),
        "so blocks of 10 frames of video are placed instead",
    ),
    "the gap where it is kept": (DENSE_100, SplitParams(), "The gap is 5, which leaves out 15 of"),
    "a smaller gap": (
        DENSE_20,
        SplitParams(),
        "The gap is 2 instead of 5, which leaves out 4 of 20",
    ),
    "single frames": ({"a": range(3)}, SplitParams(), "single frames are placed instead"),
    "what it means": (DENSE_20, SplitParams(), "the figures of val and test will be too good"),
    "how near frames are": (DENSE_20, SplitParams(), "as near to training as 3 frames of video"),
    "one video: label others": (DENSE_20, SplitParams(), "or label other videos$"),
    "videos enough: by video": (
        {name: range(25) for name in "abcd"},
        SplitParams(),
        r"or set videos apart \(split.groups: video\)$",
    ),
    "nothing of long clips": (LONG, SplitParams(), "^$"),
    "nothing of frames far apart": ({"a": range(0, 300, 30)}, SplitParams(), "^$"),
    "nothing of whole videos": (CLIPS, SplitParams(), "^$"),
    "nothing of a length that was asked for": (LONG, SplitParams(block_length=20, gap=1), "^$"),
}


@pytest.mark.parametrize(("frames", "params", "text"), SAID.values(), ids=SAID)
def test_what_short_blocks_and_gaps_mean_is_warned_of(
    frames: Frames, params: SplitParams, text: str
) -> None:
    assert re.search(text, assigned_of(frames, params)[1])


@pytest.mark.parametrize(
    ("frames", "params", "text"),
    [
        pytest.param(DENSE_100, {"block_length": 50}, "block_length of 49 at most", id="blocks"),
        pytest.param(DENSE_100, {"block_length": 5, "gap": 40}, "loses all of its", id="gap"),
        pytest.param(DENSE_20, {"assignment": "stable"}, "block_length of 9 at most", id="stable"),
        pytest.param({"a.mp4": [1, 2]}, {}, "expected at least 3 frames", id="two frames"),
        pytest.param({"a.mp4": [1, 1, 2]}, {}, "are 2 frames to place; label more", id="one twice"),
    ],
)
def test_what_was_asked_for_and_cannot_be_is_refused(
    frames: Frames, params: dict[str, Any], text: str
) -> None:
    with pytest.raises(SplitError, match=text):
        assigned_of(frames, SplitParams(**params))


@pytest.mark.parametrize("n", [200, 300, 2000])
def test_stable_takes_one_length_however_many_frames_there_are(n: int) -> None:
    params = SplitParams(assignment="stable", fractions=Fractions(0.6, 0.4, 0))
    assigned, _ = assigned_of({"a.mp4": range(n)}, params)
    assert assigned.params.block_length == 50


def test_all_folds_are_of_the_same_blocks() -> None:
    folds = [assigned_of(DENSE_100, SplitParams(n_folds=5, fold=fold))[0] for fold in range(5)]
    assert len({fold.params.block_length for fold in folds}) == 1
    tested = np.stack([(fold.split == 2) for fold in folds]).sum(axis=0)
    assert (tested == 1).all()


def made(folder: Path, frames: Sequence[int]) -> Path:
    path = folder / f"{len(frames)}.slp"
    made_frames = tuple(MadeFrame(0, idx, (user_instance(),)) for idx in frames)
    return MadeLabels(n_videos=1, frames=made_frames).write(path)


def split_into(folder: Path, labels: Path, *options: str) -> dict[str, Any]:
    """Split on the command line; the params in the index."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert main(["split", str(labels), str(folder), *options]) == 0
    split: dict[str, Any] = read_json(folder / "test.json")["params"]["split"]
    return split


def test_the_index_the_report_and_the_console_say_what_was_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded = split_into(tmp_path / "out", made(tmp_path, range(20)))
    assert (recorded["block_length"], recorded["gap"], recorded["gap_asked"]) == (2, 1, 5)
    report = read_json(tmp_path / "out" / "split.json")
    assert (report["block_length"], report["gap"]) == (2, 1)
    assert "  blocks of 2 frames of video, a gap of 1 between splits" in capsys.readouterr().out


def test_the_index_of_the_demo_is_that_of_the_number_50() -> None:
    labels = Labels.load(DEMO)
    texts = []
    for length in ("auto", 50):
        params = SplitParams(block_length=length)
        partition = make_partition(labels, LabelsParams(), params)
        made_by = json.dumps(portable_params(LabelsParams(), params, partition))
        texts.append((made_by, summary(labels, partition), partition.splits["test"].tolist()))
    assert texts[0] == texts[1]


# frames of the lock; options then; what the index records with all 1000 frames
LOCKED: dict[str, tuple[Sequence[int], list[str], dict[str, Any]]] = {
    "length and gap that auto took": (range(20), [], {"block_length": 2, "gap": 1, "gap_asked": 5}),
    "another gap, as asked": (range(100), ["--gap", "2"], {"block_length": 10, "gap": 2}),
    "a number, as asked": (range(100), ["--block-length", "40"], {"block_length": 40, "gap": 5}),
}


@pytest.mark.parametrize(("frames", "options", "recorded"), LOCKED.values(), ids=LOCKED)
def test_a_lock_keeps_the_length_that_it_records(
    tmp_path: Path, frames: Sequence[int], options: list[str], recorded: dict[str, Any]
) -> None:
    split_into(tmp_path / "lock", made(tmp_path, frames))
    again = split_into(
        tmp_path / "out", made(tmp_path, range(400)), "--lock", str(tmp_path / "lock"), *options
    )
    assert {name: again.get(name) for name in recorded} == recorded


def test_a_lock_of_few_frames_holds_each_of_them(tmp_path: Path) -> None:
    labels = made(tmp_path, range(20))
    split_into(tmp_path / "lock", labels)
    split_into(tmp_path / "out", labels, "--lock", str(tmp_path / "lock"))
    for name in ("train", "val", "test"):
        one, other = (read_json(tmp_path / at / f"{name}.json") for at in ("lock", "out"))
        assert one["videos"] == other["videos"]


TWO_LONG = {"a.mp4": range(1000), "b.mp4": range(1000)}

# frames of each video; params; the strata that auto takes
STRATA: dict[str, tuple[Frames, dict[str, Any], tuple[str, ...]]] = {
    "two videos": (TWO_LONG, {}, ("video",)),
    "two videos, single frames": (TWO_LONG, {"groups": "frame", "gap": 0}, ("video",)),
    "two videos in folds": (TWO_LONG, {"n_folds": 5, "fold": 1}, ("video",)),
    "one video": (LONG, {}, ()),
    "stable": (TWO_LONG, {"assignment": "stable"}, ()),
    "whole videos": (CLIPS, {"groups": "video"}, ()),
    "videos of one block each": (CLIPS, {}, ()),
}


@pytest.mark.parametrize(("frames", "params", "strata"), STRATA.values(), ids=STRATA)
def test_videos_are_spread_where_splits_share_them(
    frames: Frames, params: dict[str, Any], strata: tuple[str, ...]
) -> None:
    assert assigned_of(frames, SplitParams(**params))[0].params.stratify == strata


@settings(tries(50))
@given(frames=layouts(), seed=st.integers(0, 99))
def test_automatic_strata_are_as_even_as_none(frames: dict[str, list[int]], seed: int) -> None:
    video = examples_of(frames).video
    off = []
    for stratify in (("auto",), ()):
        assigned = assigned_of(frames, SplitParams(seed=seed, stratify=stratify))[0]
        off.append(unevenness(assigned.split, video, assigned.asked))
    assert off[0] <= off[1]


@pytest.mark.parametrize(
    ("typed", "recorded"), [([], ["video"]), (["auto"], ["video"]), (["none"], [])], ids=str
)
def test_the_command_line_takes_auto_and_none(
    tmp_path: Path, typed: list[str], recorded: list[str]
) -> None:
    options = ["--stratify", *typed] if typed else []
    assert split_into(tmp_path / "out", DEMO, *options)["stratify"] == recorded
