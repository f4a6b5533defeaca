"""The settings of a split on the demo: lock, folds, hold-out, groups files, fallback."""

import json
import re
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from places import DEMO

from splitlib.errors import SplitError
from splitlib.labels import Labels
from splitlib.params import Fractions, LabelsParams, SplitParams
from splitlib.split.groups_file import read_groups_file
from splitlib.split.index import SourceId
from splitlib.split.partition import SPLITS, Partition, make_partition, partition_report
from splitlib.split.video_names import VideoNames
from splitlib.split.write_index import IndexWriter

FILTERS = LabelsParams()


@pytest.fixture(scope="module")
def demo() -> Labels:
    return Labels.load(DEMO)


def quietly(labels: Labels, params: SplitParams) -> Partition:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make_partition(labels, FILTERS, params)


def frames_of(labels: Labels, partition: Partition) -> dict[tuple[int, int], str]:
    """The split of each frame, by video and number."""
    return {
        (int(labels.video[at]), int(labels.frame_idx[at])): name
        for name in SPLITS
        for at in partition.splits[name]
    }


def write_lock(folder: Path, labels: Labels, partition: Partition) -> str:
    for name, frames in partition.splits.items():
        source = SourceId("demo.slp", "0" * 64, len(labels))
        path = folder / f"{name}.json"
        IndexWriter(labels, [source], {}).write(path, frames, name)
    return str(folder)


def kept_gap(labels: Labels, partition: Partition, gap: int) -> bool:
    found = frames_of(labels, partition)
    return all(
        found.get((video, idx + step), name) == name
        for (video, idx), name in found.items()
        for step in range(1, gap + 1)
    )


@pytest.mark.parametrize("strata", [(), ("video", "n_instances")], ids=["plain", "strata"])
@pytest.mark.parametrize("groups", ["block", "frame", "video"])
def test_under_a_lock_nothing_moves_as_labels_grow(
    demo: Labels, tmp_path: Path, groups: str, strata: tuple[str, ...]
) -> None:
    rng = np.random.default_rng(3)
    order = rng.permutation(len(demo))
    params = SplitParams(groups=groups, block_length=20, gap=2, stratify=strata)
    before: dict[tuple[int, int], str] = {}
    lock = None
    for n in (len(demo) // 2, 350, 420, len(demo)):
        labels = demo.extract(np.sort(order[:n]))
        partition = quietly(labels, replace(params, lock=lock))
        after = frames_of(labels, partition)
        assert {frame: after.get(frame) for frame in before} == before
        assert kept_gap(labels, partition, 2)
        before, lock = after, write_lock(tmp_path, labels, partition)


def test_under_stable_nothing_but_the_gap_changes_a_frame(demo: Labels) -> None:
    params = SplitParams(assignment="stable", block_length=20, gap=0)
    order = np.random.default_rng(5).permutation(len(demo))
    half = demo.extract(np.sort(order[: len(demo) // 2]))
    before, after = frames_of(half, quietly(half, params)), frames_of(demo, quietly(demo, params))
    assert {frame: after[frame] for frame in before} == before


def test_frames_that_vanished_and_torn_groups_are_reported(demo: Labels, tmp_path: Path) -> None:
    params = SplitParams(groups="frame", gap=0)
    lock = write_lock(tmp_path, demo, make_partition(demo, FILTERS, params))
    part = demo.extract(range(10, len(demo)))
    with pytest.warns(UserWarning, match="groups are in several splits already"):
        partition = make_partition(part, FILTERS, SplitParams(lock=lock, gap=0))
    report = partition_report(part, partition)["lock"]
    assert len(report["vanished"]["frame_idx"]) + report["n_kept"] == 441
    assert report["torn_groups"]
    json.dumps(report)


def test_a_lock_that_is_not_disjoint_is_refused(demo: Labels, tmp_path: Path) -> None:
    partition = make_partition(demo, FILTERS, SplitParams())
    partition.splits["val"] = partition.splits["train"][:3]
    lock = write_lock(tmp_path, demo, partition)
    with pytest.raises(SplitError, match="is in train and in val"):
        make_partition(demo, FILTERS, SplitParams(lock=lock))


@pytest.mark.parametrize("assignment", ["exact", "stable"])
@pytest.mark.parametrize("groups", ["block", "frame"])
@pytest.mark.parametrize("strata", [(), ("video",)], ids=["plain", "strata"])
def test_test_folds_are_disjoint_and_hold_every_example_once(
    demo: Labels, assignment: str, groups: str, strata: tuple[str, ...]
) -> None:
    if assignment == "stable" and strata:
        with pytest.raises(SplitError, match="cannot stratify"):
            quietly(demo, SplitParams(assignment="stable", stratify=strata))
        return
    tests = []
    for fold in range(4):
        params = SplitParams(
            groups=groups,
            assignment=assignment,  # type: ignore[arg-type]
            fold=fold,
            n_folds=4,
            stratify=strata,
            block_length=30,
            gap=1,
        )
        partition = quietly(demo, params)
        assert kept_gap(demo, partition, 1)
        assert len(partition.splits["val"])
        tests.append(partition.splits["test"])
    together = np.concatenate(tests)
    examples = np.setdiff1d(np.arange(len(demo)), partition.excluded["filter"])
    assert np.sort(together).tolist() == examples.tolist()


def test_stable_folds_take_parts_of_the_rest_that_are_no_floats(demo: Labels) -> None:
    thirds = Fractions(0.6, 0.3, 0.1)  # as floats 1 - 1/3 and 1/3 sum to more than 1
    partition = quietly(demo, SplitParams(assignment="stable", fold=0, n_folds=3, fractions=thirds))
    assert all(len(frames) for frames in partition.splits.values())


def test_leave_one_video_out(demo: Labels) -> None:
    videos = [
        np.unique(
            demo.video[
                quietly(demo, SplitParams(groups="video", fold=k, n_folds="all")).splits["test"]
            ]
        ).tolist()
        for k in range(4)
    ]
    assert sorted(videos) == [[0], [1], [2], [3]]


def test_held_videos_are_whole_and_the_rest_fills_the_fractions(demo: Labels) -> None:
    partition = quietly(demo, SplitParams(hold_out={"test": ("*_b*",)}))
    assert np.unique(demo.video[partition.splits["test"]]).tolist() == [1]
    assert not (demo.video[partition.splits["train"]] == 1).any()
    off = partition_report(demo, partition)["n_off"]
    assert off["test"] > 0 > off["train"]
    assert sum(off.values()) == 0


def test_a_split_that_holds_enough_takes_no_more_and_the_others_are_even(demo: Labels) -> None:
    params = SplitParams(
        groups="frame", gap=0, stratify=("video", "n_instances"), hold_out={"test": ("*_b*",)}
    )
    partition = quietly(demo, params)
    assert np.unique(demo.video[partition.splits["test"]]).tolist() == [1]
    counts = {
        name: np.bincount(demo.video[partition.splits[name]], minlength=4)
        for name in ("train", "val")
    }
    ideal = (counts["train"] + counts["val"]) / 9
    assert np.abs(counts["val"] - ideal).max() <= 1


def test_strata_bring_shares_closer(demo: Labels) -> None:
    off = {
        strata: partition_report(
            demo, quietly(demo, SplitParams(stratify=strata, block_length=10, gap=0))
        )["strata_off"]
        for strata in [("video",), ("video", "n_instances")]
    }
    assert max(off["video",]["video"].values()) < 0.1
    assert set(off["video", "n_instances"]) == {"video", "n_instances"}


GROUPS_FILE = "video,animal,cage\narena_a.mp4,m1,1\n*_[bc]*,m2,1\narena_d.mp4,m3,2\nother*,m9,9\n"


def test_a_column_of_the_groups_file_is_never_torn(demo: Labels, tmp_path: Path) -> None:
    path = tmp_path / "groups.csv"
    path.write_text(GROUPS_FILE)
    params = SplitParams(groups="animal", groups_file=str(path), stratify=("cage",))
    partition = quietly(demo, params)
    found = [set(demo.video[partition.splits[name]].tolist()) for name in SPLITS]
    assert sorted(found, key=min) == [{0}, {1, 2}, {3}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("video,animal\narena_a.mp4,m1\n", "no row matches video arena_b.mp4"),
        ("video,animal\n*,m1\narena_*,m2\n", "lines 2 and 3: both match video arena_a.mp4"),
        ("animal\nm1\n", "expected different names with one video"),
        ("video,animal\n*\n", "line 2: expected 2 values, found 1"),
        ("video,cage\n*,1\n", "no column 'animal'; the columns are: cage"),
        ("video,animals\n*,1\n", "the columns are: animals; did you mean 'animals'?"),
        ("", "line 1: expected different names"),
        ("video,animal\n*_[ab]*,m1\n*_[cd]*,\n", r"arena_c.mp4 has no value of animal \(2 in"),
    ],
)
def test_what_is_wrong_with_a_groups_file_is_said(
    demo: Labels, tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "groups.csv"
    path.write_text(text)
    with pytest.raises(SplitError, match=message):
        make_partition(demo, FILTERS, SplitParams(groups="animal", groups_file=str(path)))


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"groups": "vidoe"}, "no column 'vidoe'; the columns are: cage; did you mean 'video'?"),
        ({"stratify": ("n_instance",)}, "did you mean 'n_instances'?"),
    ],
)
def test_a_name_that_is_no_column_may_be_a_mistyped_property(
    demo: Labels, tmp_path: Path, params: dict[str, Any], message: str
) -> None:
    path = tmp_path / "groups.csv"
    path.write_text("video,cage\n*,1\n")
    with pytest.raises(SplitError, match=re.escape(message)):
        make_partition(demo, FILTERS, SplitParams(groups_file=str(path), **params))


def test_a_row_with_the_very_key_goes_before_patterns(tmp_path: Path) -> None:
    path = tmp_path / "groups.csv"
    path.write_text("animal,video\nm1,*\nm2,b.mp4\n")
    table, taken = read_groups_file(path, VideoNames(["a.mp4", "b.mp4"]))
    assert table == {"animal": ["m1", "m2"]}
    assert taken == [("groups.csv", "*", ["a.mp4"])]


@pytest.mark.parametrize("groups", ["video", "track"])
def test_fewer_groups_than_splits_fall_back_to_blocks_and_say_so(demo: Labels, groups: str) -> None:
    one = demo.extract(np.flatnonzero(demo.video == 0))
    if groups == "track":
        one = one.extract(
            np.unique(one.columns.instance_frame[(one.columns.track >= 0) & one.columns.is_user])
        )
    with pytest.warns(UserWarning, match=r"the split is by blocks of 20 frames of video instead"):
        partition = make_partition(one, FILTERS, SplitParams(groups=groups, block_length=20, gap=0))
    assert partition_report(one, partition)["groups"] == "block"
    assert all(len(frames) for frames in partition.splits.values())


def test_stable_that_leaves_a_split_empty_is_refused(demo: Labels) -> None:
    params = SplitParams(groups="video", assignment="stable", fractions=Fractions(0.98, 0.01, 0.01))
    with pytest.raises(SplitError, match="stable gives none of the 4 groups to"):
        make_partition(demo, FILTERS, params)
