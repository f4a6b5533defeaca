"""Chronological splits: of each video the past trains, and the future is tested."""

from pathlib import Path
from random import Random

import numpy as np
import pytest
from drawn import tries
from hypothesis import given
from hypothesis import strategies as st
from places import DEMO

from splitlib.commands.main import main
from splitlib.errors import SplitError
from splitlib.labels import Labels
from splitlib.params import LabelsParams, SplitParams
from splitlib.split.by_time import place_by_time
from splitlib.split.partition import make_partition

CHRONOLOGICAL = SplitParams(assignment="chronological")

frames = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 40)), min_size=1, max_size=60)
sizes = st.tuples(*[st.integers(0, 20)] * 3).filter(sum)


@given(frames, sizes, st.randoms(use_true_random=False))
@tries(40)
def test_the_past_comes_first_in_each_video(
    rows: list[tuple[int, int]], weights: tuple[int, ...], random: Random
) -> None:
    video, time = np.array(rows, np.int64).T
    asked = [weight * len(rows) // sum(weights) for weight in weights]
    free = np.full(len(rows), -1)
    split = place_by_time(video, time, asked, free)
    order = np.where(split < 0, len(asked), split)  # what is left over is the end
    for number in np.unique(video):
        own = video == number
        by_time = np.argsort(time[own], kind="stable")
        assert (np.diff(order[own][by_time]) >= 0).all()
        for moment in np.unique(time[own]):
            assert len(set(split[own & (time == moment)].tolist())) == 1
    shuffled = random.sample(range(len(rows)), len(rows))
    again = place_by_time(video[shuffled], time[shuffled], asked, free)
    np.testing.assert_array_equal(again, split[shuffled])


@given(st.lists(st.integers(1, 60), min_size=1, max_size=4), sizes)
@tries(40)
def test_each_video_has_its_share_to_one_frame(
    lengths: list[int], weights: tuple[int, ...]
) -> None:
    video = np.repeat(np.arange(len(lengths)), lengths)
    time = np.concatenate([np.arange(n) for n in lengths])
    asked = [weight * len(video) // sum(weights) for weight in weights]
    split = place_by_time(video, time, asked, np.full(len(video), -1))
    for number, n in enumerate(lengths):
        for at, size in enumerate(asked):
            share = n * size / len(video)
            assert abs((split[video == number] == at).sum() - share) <= 1


def test_the_demo_is_tested_on_the_end_of_each_video() -> None:
    labels = Labels.load(DEMO)
    partition = make_partition(labels, LabelsParams(), CHRONOLOGICAL)
    moments = labels.moments
    train, val, test = partition.splits.values()
    assert [len(train), len(val), len(test)] == [349, 40, 44]
    for video in np.unique(moments.recording[test]):
        past, between, future = (
            moments.time[rows[moments.recording[rows] == video]] for rows in (train, val, test)
        )
        assert past.max() + CHRONOLOGICAL.gap < between.min()
        assert between.max() + CHRONOLOGICAL.gap < future.min()


def test_held_videos_stay_where_they_are_held() -> None:
    labels = Labels.load(DEMO)
    name = labels.videos[0].key
    params = SplitParams(assignment="chronological", hold_out={"test": (name,)})
    test = make_partition(labels, LabelsParams(), params).splits["test"]
    examples = labels.example_inds(
        user_instances_only=True, with_track_only=False, negative_frames=True
    )
    assert set(examples[labels.video[examples] == 0].tolist()) <= set(test.tolist())
    # which fills test: the other videos are shared by train and val
    assert set(labels.video[test].tolist()) == {0}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"groups": "video"}, "groups: video holds frames of all times"),
        ({"stratify": ("video",)}, "stratify draws frames of all times"),
        ({"lock": "splits"}, "lock keeps frames where they are"),
        ({"fold": 0, "n_folds": 5}, "n_folds tests every frame once"),
    ],
)
def test_what_contradicts_an_order_in_time_is_refused(
    more: dict[str, object], message: str
) -> None:
    params = SplitParams(assignment="chronological", **more)  # type: ignore[arg-type]
    with pytest.raises(SplitError, match=message):
        make_partition(Labels.load(DEMO), LabelsParams(), params)


def test_videos_of_one_frame_have_no_future(tmp_path: Path) -> None:
    labels = Labels.load(DEMO)
    first = np.unique(labels.video, return_index=True)[1]
    labels.extract(first).save(tmp_path / "labels.slp")
    with pytest.raises(SplitError, match="split val gets none"):
        make_partition(Labels.load(tmp_path / "labels.slp"), LabelsParams(), CHRONOLOGICAL)


def test_the_command_takes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = str(tmp_path / "splits")
    assert main(["split", str(DEMO), output, "--assignment", "chronological"]) == 0
    assert "test       44 frames" in capsys.readouterr().out
    assert main(["verify", str(DEMO), output]) == 0
