"""Groups and strata by what a labels file says of animals: tracks, identities, categories."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import row_by_row
import sleap_io
from every_table import TABLES, labels_of, write
from hypothesis import given
from hypothesis import strategies as st
from places import DEMO

from splitlib.errors import SplitError
from splitlib.labels import Labels
from splitlib.params import Fractions, LabelsParams, SplitParams
from splitlib.split.core.track_groups import linked_groups, sets_held
from splitlib.split.partition import (
    SPLITS,
    make_partition,
    partition_of_lists,
    partition_report,
    summary,
)

PARAMS = SplitParams(fractions=Fractions(0.5, 0.25, 0.25), gap=0)
N_FRAMES = 48


def animals(path: Path, named: Callable[[int], list[str]], *, masks: bool = False) -> Path:
    """Frames of two videos; each has an instance, or a mask, for each name."""
    skeleton = sleap_io.Skeleton(["a"])
    videos = [sleap_io.Video(f"v{at}.mp4", open_backend=False) for at in range(2)]
    every = sorted({name for at in range(N_FRAMES) for name in named(at)})
    tracks = {name: sleap_io.Track(name) for name in every}
    identities = {name: sleap_io.Identity(name) for name in every}
    categories = {name: sleap_io.Category(name) for name in every}
    frames = []
    for at in range(N_FRAMES):
        who = [{"identity": identities[name], "category": categories[name]} for name in named(at)]
        instances = [
            sleap_io.Instance.from_numpy(
                np.full((1, 2), 5.0),
                skeleton=skeleton,
                track=tracks[name],
                **({} if masks else own),
            )
            for name, own in zip(named(at), who, strict=True)
        ] or [sleap_io.Instance.from_numpy(np.full((1, 2), 5.0), skeleton=skeleton)]
        frame = sleap_io.LabeledFrame(videos[at % 2], at * 10, instances)
        if masks:
            pixels = np.ones((3, 3), bool)
            for own in who:
                found = sleap_io.UserSegmentationMask.from_numpy(pixels, **own)
                frame.masks.append(found)
        frames.append(frame)
    labels = sleap_io.Labels(
        frames,
        videos=videos,
        skeletons=[skeleton],
        tracks=list(tracks.values()),
        identities=list(identities.values()),
        categories=list(categories.values()),
    )
    sleap_io.save_slp(labels, str(path))
    return path


def in_eights(at: int) -> list[str]:
    return [f"m{at // 8}"]


def chained(at: int) -> list[str]:
    """Animals of six frames in a row, three of which have the next animal as well."""
    return [f"m{at // 12}", f"n{at // 12}"] if at % 12 > 8 else [f"{'mn'[at % 2]}{at // 12}"]


@pytest.mark.parametrize("masks", [False, True], ids=["of instances", "of masks"])
@pytest.mark.parametrize("named", [in_eights, chained])
def test_frames_that_share_an_identity_stay_together(
    named: Callable[[int], list[str]], masks: bool, tmp_path: Path
) -> None:
    labels = Labels.load(animals(tmp_path / "a.slp", named, masks=masks))
    partition = make_partition(labels, LabelsParams(), replace(PARAMS, groups="identity"))
    held = [{name for at in frames for name in named(at)} for frames in partition.splits.values()]
    assert all(one for one in held)
    assert all(not one & other for one, other in pairwise([*held, held[0]]))
    assert partition.notes["groups"] == "identity"


@pytest.mark.parametrize("name", ["identity", "category", "track"])
def test_every_split_has_its_share_of_each_animal(name: str, tmp_path: Path) -> None:
    """Half of the frames of each animal or pair are in train, a quarter in each other split."""
    labels = Labels.load(animals(tmp_path / "a.slp", lambda at: [["a"], ["b"], ["a", "b"]][at % 3]))
    params = replace(PARAMS, groups="frame", stratify=(name,))
    partition = make_partition(labels, LabelsParams(), params)
    counts = [np.bincount(frames % 3).tolist() for frames in partition.splits.values()]
    assert counts == [[8, 8, 8], [4, 4, 4], [4, 4, 4]]
    assert set(partition.notes["strata_off"]) == {name}


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"groups": "identity"}, "groups: identity, .*since format 2.5, so name the identities"),
        ({"stratify": ("identity",)}, "stratify: identity, .*since format 2.5"),
        ({"stratify": ("category",)}, "stratify: category, .*since format 2.7"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_labels_without_names_of_animals_are_refused(settings: dict[str, Any], what: str) -> None:
    with pytest.raises(SplitError, match=what):
        make_partition(Labels.load(DEMO), LabelsParams(), replace(PARAMS, **settings))


@pytest.mark.parametrize("name", ["identity", "category", "track"])
def test_a_column_of_the_groups_file_comes_before_the_labels(name: str, tmp_path: Path) -> None:
    labels = Labels.load(animals(tmp_path / "a.slp", in_eights))
    table = tmp_path / "groups.csv"
    table.write_text(f"video,{name}\nv0.mp4,x\nv1.mp4,y\n")
    params = replace(PARAMS, groups="frame", stratify=(name,), groups_file=str(table))
    partition = make_partition(labels, LabelsParams(), params)
    counts = [np.bincount(frames % 2).tolist() for frames in partition.splits.values()]
    assert counts == [[12, 12], [6, 6], [6, 6]]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4)), max_size=20))
def test_sets_have_one_number_each(pairs: list[tuple[int, int]]) -> None:
    row, number = np.array(pairs, np.int64).reshape(-1, 2).T
    sets = [frozenset(held for at, held in pairs if at == frame) for frame in range(6)]
    numbers = sets_held(6, row, number).tolist()
    assert [[a == b for a in numbers] for b in numbers] == [[a == b for a in sets] for b in sets]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5)), max_size=14))
def test_groups_are_what_identities_join(pairs: list[tuple[int, int]]) -> None:
    row, number = np.array(pairs, np.int64).reshape(-1, 2).T
    label = list(range(10))
    for _ in range(10):
        for one in pairs:
            for other in pairs:
                if one[1] == other[1]:
                    label[one[0]] = label[other[0]] = min(label[one[0]], label[other[0]])
    frame = np.arange(10)
    where = (3, ["a", "b"], frame % 2, frame)
    group = linked_groups(*where, row=row, number=number, domain="identity").group.tolist()
    assert [[a == b for a in group] for b in group] == [[a == b for a in label] for b in label]


# Frames that hold other annotations alone


def without_instances(path: Path) -> Path:
    """20 frames with an instance, 12 with a centroid, 5 with a box and a mask, 3 with nothing."""
    skeleton = sleap_io.Skeleton(["a"])
    video = sleap_io.Video("v.mp4", open_backend=False)
    frames = []
    for at in range(40):
        frame = sleap_io.LabeledFrame(video, at * 60)
        if at < 20:
            points = np.full((1, 2), 5.0)
            frame.instances.append(sleap_io.Instance.from_numpy(points, skeleton=skeleton))
        if at % 40 < 32:
            frame.centroids.append(sleap_io.UserCentroid(1.0, 2.0))
        elif at < 37:
            frame.bboxes.append(sleap_io.UserBoundingBox(x1=0, y1=0, x2=3, y2=3))
            frame.masks.append(sleap_io.UserSegmentationMask.from_numpy(np.ones((3, 3), bool)))
        frames.append(frame)
    labels = sleap_io.Labels(frames, videos=[video], skeletons=[skeleton])
    sleap_io.save_slp(labels, str(path))
    return path


def test_frames_of_centroids_boxes_or_masks_alone_are_counted(tmp_path: Path) -> None:
    labels = Labels.load(without_instances(tmp_path / "a.slp"))
    assert len(labels) == 40
    partition = make_partition(labels, LabelsParams(), PARAMS)
    report = partition_report(labels, partition)
    assert report["only_annotated"] == {"centroids": 12, "boxes and masks": 5}
    assert sum(report["n_frames"][name] for name in SPLITS) == 20
    line = "17 of the frames that are no example hold no instance: 12 only centroids, 5 only boxes"
    assert line in summary(labels, partition)


def test_labels_of_centroids_alone_are_refused_with_the_reason(tmp_path: Path) -> None:
    labels = Labels.load(without_instances(tmp_path / "a.slp")).extract(range(20, 40))
    with pytest.raises(SplitError, match=r"0 have a user .*: 12 only centroids, 5 only boxes"):
        make_partition(labels, LabelsParams(), PARAMS)


def test_plain_labels_say_nothing_of_annotations() -> None:
    labels = Labels.load(DEMO)
    partition = make_partition(labels, LabelsParams(), SplitParams())
    assert "only_annotated" not in partition_report(labels, partition)


# Rows of other tables


def test_rows_of_each_table_are_counted(tmp_path: Path) -> None:
    labels = Labels.load(write(labels_of(3, set(TABLES), 12), tmp_path / "a.slp"))
    lists = {"train": [0, 3, 6, 9, 11], "val": [1, 4, 7, 10], "test": [2]}
    partition = partition_of_lists(labels, {name: np.array(at) for name, at in lists.items()})
    report, text = partition_report(labels, partition), summary(labels, partition)
    for name, frames in lists.items():
        labels.extract(frames).save(tmp_path / "part.slp")
        saved = row_by_row.read_tables(tmp_path / "part.slp")
        for table in ("masks", "bboxes", "centroids", "label_images", "identity/links"):
            assert report["tables"][table][name] == len(saved[table]), (table, name)
    masks = report["tables"]["masks"]
    assert masks["source"] == sum(masks[name] for name in lists) + masks["left_out"]
    assert masks["left_out"] > 0
    assert f"{masks['left_out']} of {masks['source']} in /masks" in text
    assert "sessions: " in text


def test_plain_labels_have_no_rows_to_count() -> None:
    labels = Labels.load(DEMO)
    assert "tables" not in partition_report(
        labels, make_partition(labels, LabelsParams(), SplitParams())
    )
