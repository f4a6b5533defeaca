"""Two versions of a split: what the comparison says is what plain dicts say."""

import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from drawn import tries
from hypothesis import given
from hypothesis import strategies as st
from places import DEMO, ROOT
from synthetic_labels import MadeFrame, MadeInstance, MadeLabels, MadePoint

from splitlib.errors import SplitError
from splitlib.labels import Labels
from splitlib.params import LabelsParams, SplitParams, checked_section
from splitlib.split.comparability import judge
from splitlib.split.compare_splits import (
    SplitDiff,
    by_video,
    changes,
    compare_splits,
    ranges,
    sizes,
    split_diff_report,
    split_words,
)
from splitlib.split.examples import SPLITS
from splitlib.split.index import SourceId, read_index
from splitlib.split.partition import make_partition
from splitlib.split.split_versions import SplitVersion, open_version
from splitlib.split.write_index import IndexWriter

Placed = Mapping[tuple[str, int], tuple[str, float]]
"""A version in plain values: per video and frame its split, and a number that its labels have."""

VIDEOS = ("a.mp4", "b.mp4", "c.mp4")

FRAMES = st.dictionaries(
    st.tuples(st.sampled_from(VIDEOS), st.integers(0, 9)),
    st.tuples(st.sampled_from(SPLITS), st.sampled_from([1.0, 2.0])),
    min_size=1,
    max_size=20,
)


def version(placed: Placed, folder: Path, names: Mapping[str, str] | None = None) -> SplitVersion:
    """Write a version of some labels as index files, and read it."""
    videos = sorted({video for video, _ in placed})
    called = [(names or {}).get(video, video) for video in videos]
    frames = tuple(
        MadeFrame(videos.index(video), frame, (animal(VIDEOS.index(video), frame, place),))
        for (video, frame), (_, place) in sorted(placed.items())
    )
    made = MadeLabels(frames, n_videos=len(videos), options={"videos": called})
    labels = Labels.load(made.write(folder / "labels.slp"))
    splits = np.array([split for _, (split, _) in sorted(placed.items())])
    writer = IndexWriter(labels, [SourceId("labels.slp", "0" * 64, len(labels))], {"split": {}})
    for name in SPLITS:
        writer.write(folder / f"{name}.json", np.flatnonzero(splits == name), name)
    return read_version(folder)


def animal(video: int, frame: int, place: float) -> MadeInstance:
    """Labels that no other frame has."""
    return MadeInstance((MadePoint(place, 2.0 + video), MadePoint(40.0, 7.0 + frame)))


def read_version(folder: Path) -> SplitVersion:
    with open_version(str(folder)) as found:
        assert isinstance(found, SplitVersion)
        return found


def compared(old: Placed, new: Placed, names: Mapping[str, str] | None = None) -> SplitDiff:
    with TemporaryDirectory() as folder:
        for name in ("old", "new"):
            (Path(folder) / name).mkdir()
        before = version(old, Path(folder) / "old")
        return compare_splits(before, version(new, Path(folder) / "new", names))


def plain(diff: SplitDiff) -> dict[tuple[str, int], tuple[str, str, bool]]:
    """Per video and frame its splits before and after, and whether it was re-labelled."""
    assert diff.relabelled is not None
    keys = diff.frames.keys
    return {
        (keys[video], int(frame)): (split_words(before), split_words(after), bool(again))
        for video, frame, before, after, again in zip(
            diff.frames.video.tolist(),
            diff.frames.frame,
            diff.before.tolist(),
            diff.after.tolist(),
            diff.relabelled.tolist(),
            strict=True,
        )
    }


def expected(old: Placed, new: Placed) -> dict[tuple[str, int], tuple[str, str, bool]]:
    none = ("", 0.0)
    return {
        key: (
            old.get(key, none)[0],
            new.get(key, none)[0],
            key in old and key in new and old[key][1] != new[key][1],
        )
        for key in {*old, *new}
    }


@given(FRAMES, FRAMES)
@tries(60)
def test_a_diff_says_what_a_comparison_of_dicts_says(old: Placed, new: Placed) -> None:
    diff = compared(old, new)
    assert plain(diff) == expected(old, new)
    assert diff.is_empty == (old == new)
    assert {name: pair[1] for name, pair in sizes(diff).items()} == {
        name: sum(split == name for split, _ in new.values()) for name in SPLITS
    }
    told = {
        (change.video, int(diff.frames.frame[row])): (change.before, change.after)
        for change in changes(diff)
        for row in change.frames
    }
    moved = {key: pair[:2] for key, pair in expected(old, new).items() if pair[0] != pair[1]}
    assert told == moved


@given(FRAMES, FRAMES)
@tries(30)
def test_the_other_way_round_a_diff_is_mirrored(old: Placed, new: Placed) -> None:
    there, back = compared(old, new), compared(new, old)
    swapped = {key: (after, before, n) for key, (before, after, n) in plain(back).items()}
    assert plain(there) == swapped
    mirror = {"test grew": "test shrank", "test shrank": "test grew"}
    code = back.verdict.code
    assert there.verdict.code == mirror.get(code, code)
    pairs = {"n_old": "n_new", "n_old_trained_now": "n_new_trained_then"}
    for one, other in pairs.items():
        assert there.verdict.figures.get(one) == back.verdict.figures.get(other)


@given(FRAMES)
@tries(20)
def test_a_renamed_video_moves_nothing(placed: Placed) -> None:
    old, new = "a.mp4", "z.mp4"
    diff = compared(placed, placed, {old: new})
    assert diff.is_empty
    assert diff.frames.renamed == ({old: new} if any(v == old for v, _ in placed) else {})


@given(FRAMES)
@tries(20)
def test_verdicts_are_what_sets_say(placed: Placed) -> None:
    def moved(video: str, split: str) -> Placed:
        return {k: (split, v[1]) if k[0] == video else v for k, v in placed.items()}

    new = moved("a.mp4", "train")
    old_test = {key for key, (split, _) in placed.items() if split == "test"}
    new_test = {key for key, (split, _) in new.items() if split == "test"}
    if not new_test:
        return
    verdict = compared(placed, new).verdict
    if old_test == new_test:
        assert verdict.code == "comparable"
    else:
        assert verdict.code == "not comparable"
        assert verdict.figures["n_old_trained_now"] == len(old_test - new_test)
        assert f"{len(old_test - new_test)} frame" in verdict.finding


TRAIN, VAL, TEST = 1, 2, 4
ALL = set(SPLITS)
VERDICTS = {
    "the same": ([TRAIN, VAL, TEST], [TRAIN, VAL, TEST], ALL, "comparable"),
    "train grew": ([TRAIN, 0, TEST], [TRAIN, TRAIN, TEST], ALL, "comparable"),
    "test grew": ([TRAIN, TEST, 0], [TRAIN, TEST, TEST], ALL, "test grew"),
    "test shrank": ([TRAIN, TEST, TEST], [TRAIN, TEST, 0], ALL, "test shrank"),
    "others in test": ([TRAIN, TEST, TEST, 0], [TRAIN, TEST, 0, TEST], ALL, "test changed"),
    "trained on now": ([TRAIN, TEST, TEST], [TRAIN, TEST, TRAIN], ALL, "not comparable"),
    "chosen by now": ([TRAIN, TEST, TEST], [TRAIN, TEST, VAL], ALL, "not comparable"),
    "trained on before": ([TRAIN, TRAIN, TEST], [TRAIN, TEST, TEST], ALL, "not comparable"),
    "in two splits at once": ([TRAIN, TRAIN + TEST], [TRAIN, TRAIN + TEST], ALL, "not comparable"),
    "val where there is no test": ([TRAIN, VAL, VAL], [TRAIN, VAL, TRAIN], ALL, "not comparable"),
    "test in one only": ([TRAIN, TEST], [TRAIN, VAL], ALL, "unknown"),
    "no train.json": ([TEST], [TEST], {"test"}, "unknown"),
}


@pytest.mark.parametrize(("before", "after", "known", "code"), VERDICTS.values(), ids=VERDICTS)
def test_verdicts(before: list[int], after: list[int], known: set[str], code: str) -> None:
    same = np.zeros(len(before), bool)
    found = judge(np.array(before), np.array(after), same, (known, known))
    assert found.code == code
    assert found.finding
    # without digests nobody knows whether labels are the same
    blind = judge(np.array(before), np.array(after), None, (known, known))
    assert blind.code == (code if code == "not comparable" else "unknown")


def test_other_labels_of_test_frames_change_the_test() -> None:
    bits = np.array([TRAIN, TEST, TEST])
    found = judge(bits, bits, np.array([False, True, False]), (ALL, ALL))
    assert found.code == "test changed"
    assert "1 frame got other labels" in found.finding


def test_the_split_of_the_demo_is_that_of_itself() -> None:
    demo = read_version(ROOT / "splits")
    diff = compare_splits(demo, demo)
    assert diff.is_empty
    assert list(changes(diff)) == []
    assert diff.verdict.code == "comparable"
    assert {sum(own.values()) - own["kept"] for own in by_video(diff).values()} == {0}


@pytest.mark.parametrize("kept", ["stable", "lock"])
def test_grown_labels_only_come(kept: str, tmp_path: Path) -> None:
    labels = Labels.load(DEMO)
    settings = {"assignment": "stable"} if kept == "stable" else {}
    some = labels.extract(np.flatnonzero(np.arange(len(labels)) % 5 > 0))
    old = written(some, {"gap": 0, **settings}, tmp_path / "old")
    lock = {"lock": str(tmp_path / "old")} if kept == "lock" else {}
    new = written(labels, {"gap": 0, **settings, **lock}, tmp_path / "new")
    diff = compare_splits(old, new)
    kinds = {name: int(column.sum()) for name, column in diff.kinds.items()}
    assert kinds["moved"] == kinds["went"] == 0
    assert kinds["came"] > 50
    assert diff.verdict.code == "test grew"
    assert {change.before for change in changes(diff)} == {""}


def written(labels: Labels, settings: dict[str, object], folder: Path) -> SplitVersion:
    folder.mkdir()
    params = checked_section(SplitParams, settings, "split")
    splits = make_partition(labels, LabelsParams(), params).splits
    writer = IndexWriter(labels, [SourceId("demo.slp", "0" * 64, len(labels))], {"split": {}})
    for name, rows in splits.items():
        writer.write(folder / f"{name}.json", rows, name)
    return read_version(folder)


def test_runs_and_blocks_name_the_frames() -> None:
    train = {("a.mp4", at): ("train", 1.0) for at in range(10)}
    new = {**train, ("a.mp4", 3): ("test", 1.0), ("a.mp4", 4): ("test", 1.0)}
    new[("a.mp4", 8)] = ("test", 1.0)
    diff = compared(train, new)
    (change,) = changes(diff)
    assert (change.before, change.after, change.n_blocks) == ("train", "test", None)
    assert ranges(diff, change.frames) == ["3-4", "8"]
    (told,) = split_diff_report(diff)["changes"]
    assert told["frames"] == [3, 4, 8]


def test_pictures_are_known_by_their_names(tmp_path: Path) -> None:
    def pictures(names: list[str], folder: Path) -> SplitVersion:
        folder.mkdir()
        frames = tuple(
            MadeFrame(0, at, (animal(0, int(name[3:7]), 1.0),)) for at, name in enumerate(names)
        )
        listed = {"filename": [f"/x/mouse/{name}" for name in names]}
        made = MadeLabels(frames, options={"videos": [listed]})
        labels = Labels.load(made.write(folder / "labels.slp"))
        source = SourceId("labels.slp", "0" * 64, len(labels))
        rows = np.arange(len(labels))
        IndexWriter(labels, [source], {"split": {}}).write(folder / "test.json", rows, "test")
        return read_version(folder)

    old = pictures(["img0009.png", "img0052.png"], tmp_path / "old")
    new = pictures(["img0001.png", "img0009.png", "img0052.png"], tmp_path / "new")
    diff = compare_splits(old, new)
    (change,) = changes(diff)
    assert [diff.frames.frame[row] for row in change.frames] == ["img0001.png"]
    assert diff.frames.time.tolist() == [0, 1, 2]


def test_a_video_that_may_be_two_is_an_error(tmp_path: Path) -> None:
    version({("a.mp4", 1): ("test", 1.0)}, tmp_path)
    text = (tmp_path / "test.json").read_text()
    for name, keys in {"old": ["top.mp4"], "new": ["1/top.mp4", "2/top.mp4"]}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "test.json").write_text(renamed(text, keys))
    with pytest.raises(SplitError, match=r"old: its video top\.mp4 may be 1/top\.mp4 or 2/top"):
        compare_splits(read_version(tmp_path / "old"), read_version(tmp_path / "new"))


def renamed(text: str, keys: list[str]) -> str:
    """An index with its video several times, under other keys."""
    value = json.loads(text)
    (video,) = value["videos"]
    value["videos"] = [{**video, "key": key, "name": "top.mp4"} for key in keys]
    return json.dumps(value)


def test_an_index_of_version_1_has_no_digests(tmp_path: Path) -> None:
    value = {
        "encoding-type": "splitlib-index",
        "encoding-version": "1.0",
        "split": "test",
        "params": {},
        "source": {"file": "l.slp", "sha256": "0" * 64, "n_frames": 2},
        "frames": {"position": [0, 1], "video": ["a.mp4", "a.mp4"], "frame_idx": [3, 4]},
    }
    (tmp_path / "test.json").write_text(json.dumps(value))
    assert read_index(tmp_path / "test.json").version == 1
    diff = compare_splits(read_version(tmp_path), read_version(tmp_path))
    assert diff.relabelled is None
    assert not diff.is_empty
    value["frames"]["video"] = ["mouse/img1.png"] * 2  # type: ignore[index]
    (tmp_path / "test.json").write_text(json.dumps(value))
    with pytest.raises(SplitError, match="counts pictures by their place"):
        read_version(tmp_path)
