"""The partition of labels under the params, and the index and figures that record it."""

import json
import warnings
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from places import DEMO
from synthetic_labels import MadeFrame, MadeLabels, predicted_instance, user_instance

from splitlib.errors import JsonFileError, SplitError
from splitlib.labels import Labels
from splitlib.params import Fractions, LabelsParams, SplitParams
from splitlib.split.automatic import length_of
from splitlib.split.find_frames import find_frames
from splitlib.split.index import SourceId, read_index
from splitlib.split.partition import (
    SPLITS,
    Partition,
    make_partition,
    partition_of_lists,
    partition_report,
    portable_params,
    split_metrics,
    summary,
)
from splitlib.split.write_index import IndexWriter

FILTERS = LabelsParams()


@pytest.fixture(scope="module")
def demo() -> Labels:
    return Labels.load(DEMO)


def place_of_each_frame(labels: Labels, partition: Partition) -> np.ndarray:
    """How often each frame of the source has a place."""
    places = np.concatenate([*partition.splits.values(), *partition.excluded.values()])
    return np.bincount(places, minlength=len(labels))


settings_of_split = st.builds(
    SplitParams,
    fractions=st.sampled_from(
        [
            Fractions(0.8, 0.1, 0.1),
            Fractions(-1, 0.2, 0.2),
            Fractions(0.5, 0.2, 0.1),
            Fractions(0.7, 0.3, 0),
        ]
    ),
    seed=st.integers(0, 2**63 - 1),
    groups=st.sampled_from(["frame", "block", "video"]),
    block_length=st.sampled_from([1, 20, 50, 170]),
    gap=st.integers(0, 12),
)


@given(params=settings_of_split)
def test_every_frame_has_exactly_one_place(demo: Labels, params: SplitParams) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        partition = make_partition(demo, FILTERS, params)
    assert (place_of_each_frame(demo, partition) == 1).all()
    counts = partition_report(demo, partition)["n_frames"]
    assert counts.pop("source") == sum(counts.values()) == len(demo)


@given(params=settings_of_split)
def test_frames_of_different_splits_keep_the_gap(demo: Labels, params: SplitParams) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        partition = make_partition(demo, FILTERS, params)
    for one, other in (("train", "val"), ("train", "test"), ("val", "test")):
        a, b = partition.splits[one], partition.splits[other]
        same_video = demo.video[a][:, None] == demo.video[b]
        distance = np.abs(demo.frame_idx[a][:, None] - demo.frame_idx[b])
        assert (distance[same_video] > params.gap).all()


@given(params=settings_of_split)
def test_groups_are_never_torn_apart(demo: Labels, params: SplitParams) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        partition = make_partition(demo, FILTERS, params)
    length = {"frame": 1, "block": length_of(params), "video": 10**6}[params.groups]
    seen: dict[tuple[int, int], str] = {}
    for name, frames in partition.splits.items():
        for group in zip(
            demo.video[frames].tolist(), (demo.frame_idx[frames] // length).tolist(), strict=True
        ):
            assert seen.setdefault(group, name) == name


def test_sizes_are_exact_for_single_frames(demo: Labels) -> None:
    params = SplitParams(groups="frame", gap=0)
    partition = make_partition(demo, FILTERS, params)
    n = sum(map(len, partition.splits.values()))
    assert n == len(demo) - len(partition.excluded["filter"])
    assert [len(partition.splits[name]) for name in SPLITS] == [n - 2 * 44, 44, 44]


def test_the_partition_of_the_demo_is_pinned(demo: Labels) -> None:
    # Moving a frame between splits breaks the projects of all users: it takes a new version of the
    # index and an entry in the changelog.
    partition = make_partition(demo, FILTERS, SplitParams())
    assert {name: len(frames) for name, frames in partition.splits.items()} == {
        "train": 351,
        "val": 44,
        "test": 44,
    }
    assert partition.splits["test"][:6].tolist() == [0, 1, 2, 3, 4, 5]
    assert partition.excluded["gap"].tolist() == [164, 289]


def test_filters_decide_what_is_an_example(demo: Labels) -> None:
    everything = replace(FILTERS, user_instances_only=False)
    with_negatives = make_partition(demo, everything, SplitParams())
    without = make_partition(demo, replace(everything, negative_frames=False), SplitParams())
    negative = np.flatnonzero(demo.is_negative)
    assert not np.isin(negative, with_negatives.excluded["filter"]).any()
    assert np.isin(negative, without.excluded["filter"]).all()
    assert len(negative) > 0


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (SplitParams(groups="frame", gap=500), "loses all of its .* frames to the gap of 500"),
        (SplitParams(stratify=("video",), assignment="stable"), "stable .* cannot stratify"),
        (SplitParams(groups="video", n_folds=9, fold=0), "n_folds of at most 4"),
        (SplitParams(groups="video", n_folds="all", fold=4), "expected 0 to 3"),
        (SplitParams(n_folds=2, fold=0, lock="x"), "use one of them"),
        (SplitParams(n_folds=2, fold=0, hold_out={"test": ("*",)}), "use one of them"),
        (
            SplitParams(hold_out={"test": ("*",)}),
            "train and val need .* 0 blocks .* leave a video that is in neither split.hold_out nor",
        ),
        (SplitParams(hold_out={"test": ("*z*",)}), "matches no video; the videos are: arena_a"),
        (SplitParams(hold_out={"test": ("arena_C",)}), "did you mean 'arena_c.mp4'"),
        (SplitParams(hold_out={"test": ("*_c",)}), r"did you mean '\*_c\*'"),
        (
            SplitParams(block_length=50, gap=5000, stratify=()),
            "train loses all .* a split.gap of 417 leaves some in each",
        ),
        (SplitParams(lock="nowhere"), "split.lock nowhere: expected the folder .* no train.json"),
        (SplitParams(groups="video", n_folds=2, fold=0, fractions=Fractions(0.5, 0.5, 0)), None),
        (
            SplitParams(hold_out={"test": ("*_a*",), "val": ("arena*",)}),
            "arena_a.mp4 is claimed by test and by val",
        ),
    ],
)
def test_what_is_impossible_is_said(demo: Labels, params: SplitParams, message: str | None) -> None:
    if message is None:
        make_partition(demo, FILTERS, params)
        return
    with pytest.raises(SplitError, match=message):
        make_partition(demo, FILTERS, params)


def test_sizes_that_no_groups_allow_are_said_with_those_that_they_do(demo: Labels) -> None:
    params = SplitParams(groups="video", fractions=Fractions(0.9, 0.05, 0.05))
    possible = Fractions(0.51, 0.25, 0.24)
    with pytest.warns(UserWarning, match=r"got train 225 .* \{train: 0.51, val: 0.25, test: 0.24"):
        partition = make_partition(demo, FILTERS, params)
    again = make_partition(demo, FILTERS, replace(params, fractions=possible))  # and no warning
    assert {name: len(frames) for name, frames in again.splits.items()} == {
        name: len(frames) for name, frames in partition.splits.items()
    }


ONE_VIDEO, THREE_VIDEOS = [0], [0, 1, 2]
OF_ANY, ONLY_PREDICTED = [0, 1, 2, 3], None

# videos of the demo; params; what is said
REFUSED_OF_FEW: dict[str, tuple[list[int] | None, SplitParams, str]] = {
    "blocks that are too few, with the length that works": (
        ONE_VIDEO,
        SplitParams(block_length=1000),
        r"are 1 blocks of 1000 frames .* of 299 at most",
    ),
    "a fold that leaves too few groups, with what works": (
        THREE_VIDEOS,
        SplitParams(groups="video", n_folds=2, fold=0),
        r"takes 2 of 3 groups, .* use n_folds: 3",
    ),
    "labels without examples, with what was filtered": (
        ONLY_PREDICTED,
        SplitParams(),
        "0 have a user instance, 0 are negative frames",
    ),
}


def of_videos(demo: Labels, videos: list[int] | None) -> Labels:
    rows = [6, 7] if videos is None else np.flatnonzero(np.isin(demo.video, videos))
    return demo.extract(rows)


@pytest.mark.parametrize(
    ("videos", "params", "message"), REFUSED_OF_FEW.values(), ids=REFUSED_OF_FEW
)
def test_what_few_frames_do_not_allow_is_refused(
    demo: Labels, videos: list[int] | None, params: SplitParams, message: str
) -> None:
    with pytest.raises(SplitError, match=message):
        make_partition(of_videos(demo, videos), FILTERS, params)


@pytest.mark.parametrize("fold", range(3))
def test_as_many_folds_as_groups_work(demo: Labels, fold: int) -> None:
    params = SplitParams(groups="video", n_folds=3, fold=fold)
    make_partition(of_videos(demo, THREE_VIDEOS), FILTERS, params)


WARNED: dict[str, tuple[list[int], SplitParams, str]] = {
    "a high loss to the gap, with what to change": (
        OF_ANY,
        SplitParams(groups="frame", gap=5),
        r"a larger split\.block_length has fewer borders",
    ),
    "blocks that are barely enough": (
        ONE_VIDEO,
        SplitParams(block_length=299),
        "too large for the sizes asked",
    ),
    "folds of one video, which are of blocks": (
        ONE_VIDEO,
        SplitParams(groups="video", n_folds=5, fold=2),
        "the split is by blocks of 24 frames of video instead",
    ),
}


@pytest.mark.parametrize(("videos", "params", "message"), WARNED.values(), ids=WARNED)
def test_what_is_not_as_asked_is_warned_of(
    demo: Labels, videos: list[int], params: SplitParams, message: str
) -> None:
    with pytest.warns(UserWarning, match=message):
        make_partition(of_videos(demo, videos), FILTERS, params)


def test_params_in_an_index_hold_no_path() -> None:
    filters = LabelsParams(path="/home/somebody/labels.slp")
    params = SplitParams(groups="animal", groups_file="/home/somebody/groups.csv")
    assert "/home" not in json.dumps(portable_params(filters, params))


def test_an_index_reads_back_and_verifies(demo: Labels, tmp_path: Path) -> None:
    partition = make_partition(demo, FILTERS, SplitParams())
    source = SourceId("demo.slp", "0" * 64, len(demo))
    path = tmp_path / "val.json"
    IndexWriter(demo, [source], {"a": 1}).write(path, partition.splits["val"], "val")
    index = read_index(path)
    assert (index.split, index.sources, index.params) == ("val", (source,), {"a": 1})
    assert find_frames(index, demo).tolist() == partition.splits["val"].tolist()
    backwards = demo.extract(np.arange(len(demo))[::-1])
    assert find_frames(index, backwards).tolist() == sorted(len(demo) - 1 - partition.splits["val"])
    with pytest.raises(SplitError, match=r"val index: arena_\w\.mp4 frame \d+ is not in demo\.slp"):
        find_frames(index, demo.extract(np.arange(100)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "expected an index of a split"),
        ('{"encoding-type": "other"}', "found other"),
        ('{"encoding-type": "splitlib-index", "encoding-version": "9.0"}', r"found .* 9\.0"),
        (
            '{"encoding-type": "splitlib-index", "encoding-version": "1.0"}',
            "incomplete or malformed",
        ),
    ],
)
def test_what_is_no_index_is_said(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "index.json"
    path.write_text(text)
    with pytest.raises(JsonFileError, match=message):
        read_index(path)


def test_metrics_are_figures_of_the_report(demo: Labels) -> None:
    partition = make_partition(demo, FILTERS, SplitParams())
    metrics, report = split_metrics(demo, partition), partition_report(demo, partition)
    assert metrics["gap_loss"] == report["gap_loss"] > 0
    sizes = {name: report["n_frames"][name] for name in ("source", "train", "val", "test")}
    assert metrics["n_frames"] == sizes
    lists = dict(zip(SPLITS, np.arange(15).reshape(3, 5), strict=True))
    listed = partition_of_lists(demo, lists)
    assert split_metrics(demo, listed).keys() == {"n_frames"}, "lists have no gap"


def test_the_summary_counts_every_frame(demo: Labels) -> None:
    text = summary(demo, make_partition(demo, FILTERS, SplitParams()))
    assert text.splitlines()[0] == "demo.slp: 471 labeled frames"
    assert "left out: 30 that are no example" in text


def test_objects_of_no_known_format_are_carried_over_and_named(tmp_path: Path) -> None:
    path = tmp_path / "labels.slp"
    path.write_bytes(DEMO.read_bytes())
    with h5py.File(path, "r+") as file:
        file["my_lab/notes"] = np.arange(3)
    labels = Labels.load(path)
    assert labels.source.unknown_names == ("my_lab",)
    assert Labels.load(DEMO).source.unknown_names == ()
    text = summary(labels, make_partition(labels, FILTERS, SplitParams()))
    assert text.splitlines()[-1] == "  carried over, of no known format: /my_lab"
    labels.extract([0]).save(tmp_path / "part.slp")
    with h5py.File(tmp_path / "part.slp") as file:
        assert file["my_lab/notes"][()].tolist() == [0, 1, 2]


def test_skeletons_of_different_nodes_are_warned_of(tmp_path: Path) -> None:
    path = MadeLabels(
        tuple(MadeFrame(0, at, (user_instance(),)) for at in range(60)), n_nodes=2
    ).write(tmp_path / "labels.slp")
    with h5py.File(path, "r+") as file:
        metadata = json.loads(bytes(file["metadata"].attrs["json"]))
        metadata["nodes"].append({"name": "paw", "weight": 1.0})
        (skeleton,) = metadata["skeletons"]
        nodes = [{"id": 2}, {"id": 0}]
        metadata["skeletons"].append({**skeleton, "nodes": nodes, "graph": {"name": "mouse"}})
        file["metadata"].attrs["json"] = np.bytes_(json.dumps(metadata))
        rows = file["instances"][()]
        rows["skeleton"][50:] = 1
        file["instances"][...] = rows
    labels = Labels.load(path)
    params = SplitParams(groups="frame", gap=0)
    message = "'Skeleton-0' .here. and 'mouse' .there., with 50 and 10 .*only here: node1; only"
    with pytest.warns(UserWarning, match=message):
        make_partition(labels, LabelsParams(), params)
    lists = {"train": np.arange(60), "val": np.arange(0), "test": np.arange(0)}
    with pytest.warns(UserWarning, match=message):
        partition_of_lists(labels, lists)


@pytest.mark.parametrize("missing", [[], [3], [0, 1, 8]])
def test_frames_without_their_picture_are_left_out_and_counted(
    missing: list[int], demo: Labels
) -> None:
    is_missing = np.isin(np.arange(len(demo)), missing)
    partition = make_partition(demo, FILTERS, SplitParams(groups="frame", gap=0), is_missing)
    assert partition.excluded.get("missing", np.zeros(0)).tolist() == missing
    assert (place_of_each_frame(demo, partition) == 1).all()
    assert ("whose video or picture is missing" in summary(demo, partition)) == bool(missing)


def test_where_all_pictures_are_missing_the_message_says_so(demo: Labels) -> None:
    with pytest.raises(SplitError, match="videos or pictures of all 441 examples are missing"):
        make_partition(demo, FILTERS, SplitParams(), np.ones(len(demo), bool))


@pytest.mark.parametrize(
    ("filters", "kept"), [(LabelsParams(), None), (LabelsParams(missing="skip"), "skip")]
)
def test_an_index_records_that_missing_pictures_were_skipped(
    filters: LabelsParams, kept: str | None
) -> None:
    assert portable_params(filters, SplitParams())["labels"].get("missing") == kept


@pytest.mark.parametrize("predicted", [True, False])
def test_labels_without_examples_say_what_would_make_some(predicted: bool, tmp_path: Path) -> None:
    instances = (predicted_instance(),) if predicted else ()
    frames = tuple(MadeFrame(0, at, instances) for at in range(5))
    labels = Labels.load(MadeLabels(frames).write(tmp_path / "labels.slp"))
    with pytest.raises(SplitError, match="none of the 5 labeled frames is an example") as error:
        make_partition(labels, FILTERS, SplitParams())
    assert ("{user_instances_only: false} in params.yaml" in str(error.value)) == predicted
    if predicted:
        params = SplitParams(groups="frame", gap=0)
        taken = make_partition(labels, LabelsParams(user_instances_only=False), params)
        assert sum(map(len, taken.splits.values())) == 5
