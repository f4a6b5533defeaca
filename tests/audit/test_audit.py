"""The audit: each kind of leak and imbalance is planted, and found; a clean split passes."""

import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from places import DEMO
from real_files import shared_path
from slow import slow
from synthetic_labels import MadeFrame, MadeInstance, MadeLabels, MadePoint

from splitlib.audit.audited_splits import NAMES, audited_splits, load_audited
from splitlib.audit.balance import kolmogorov_smirnov, total_variation
from splitlib.audit.checks import Check, make_checks, stopping
from splitlib.audit.distance import labelling_step
from splitlib.audit.findings import audit
from splitlib.audit.frame_digests import difference_hash, frame_pictures
from splitlib.audit.membership import frame_numbers
from splitlib.audit.report import audit_report, audit_summary, verdict, write_audit
from splitlib.audit.video_match import match_videos
from splitlib.commands.main import main
from splitlib.errors import ParamsError, SplitError
from splitlib.evaluation.memory_figures import remembered_truth
from splitlib.inputs.frames.frame_source import LabelsSource
from splitlib.inputs.input_fn import SplitInputs
from splitlib.labels import Labels
from splitlib.memory.nearest_frames import nearest_frames
from splitlib.params import AuditParams, LabelsParams, LimitParams, Params
from splitlib.slp.create import EmbeddedVideo
from splitlib.slp.png import encode_png
from splitlib.split.index import SourceId
from splitlib.split.write_index import IndexWriter

TUTORIAL = "data/talmolab+sleap-tutorial-uo/data/"
N = 60  # frames in each of two videos


def animal(
    x: float, y: float, *, size: float = 10.0, seen: bool = True, track: int = 0
) -> MadeInstance:
    """An animal of two nodes, whose second one may be out of sight."""
    tail = MadePoint(x + size, y + size, visible=seen)
    return MadeInstance((MadePoint(x, y), tail), track=track)


def made(**changes: object) -> MadeLabels:
    """Two videos, of which every 10th frame is labeled; all frames alike but for some noise."""
    frames = tuple(
        MadeFrame(video, 10 * at, (animal(at * 37 % 100, at * 53 % 100, track=at // 10 % 2),))
        for video in (0, 1)
        for at in range(N)
    )
    return replace(MadeLabels(frames, n_videos=2, n_tracks=2), **changes)  # type: ignore[arg-type]


def every_tenth() -> dict[str, list[int]]:
    """Rows of a clean split of `made`."""
    rows = range(2 * N)
    held_out = {"val": 3, "test": 7}
    split = {name: [row for row in rows if row % 10 == place] for name, place in held_out.items()}
    train = [row for row in rows if row % 10 not in held_out.values()]
    return {"train": train, **split}


def checks_of(
    labels: MadeLabels,
    folder: Path,
    rows: dict[str, list[int]] | None = None,
    *,
    params: AuditParams | None = None,
) -> dict[str, Check]:
    """Verdicts on a split of made labels, through the files."""
    source = Labels.load(labels.write(folder / "labels.slp"))
    for name, chosen in (rows or every_tenth()).items():
        source.extract(chosen).save(folder / "splits" / f"{name}.slp")
    splits = load_audited(folder / "labels.slp", [folder / "splits"])
    params = params or AuditParams(images=False)
    checks = make_checks(audit(splits, LabelsParams(), params), params)
    return {check.name: check for check in checks}


def bad(checks: dict[str, Check]) -> dict[str, str]:
    return {name: one.verdict for name, one in checks.items() if one.verdict in ("warn", "fail")}


def test_a_clean_split_passes(tmp_path: Path) -> None:
    checks = checks_of(made(), tmp_path)
    assert bad(checks) == {}
    assert {check.advice for check in checks.values() if check.verdict == "pass"} == {""}
    assert checks["exact_duplicates"].verdict == "not checked"


def test_a_frame_in_two_splits_is_found(tmp_path: Path) -> None:
    rows = every_tenth()
    rows["val"] = [*rows["val"], rows["train"][5]]
    checks = checks_of(made(), tmp_path, rows)
    assert bad(checks) == {"disjoint": "fail", "distance": "fail"}
    assert checks["disjoint"].value == 2
    assert "first video.mp4 frame" not in checks["disjoint"].finding
    assert "day0/video.mp4 frame 60" in checks["disjoint"].finding


def test_the_rows_of_one_frame_in_two_splits_are_found(tmp_path: Path) -> None:
    labels = made()
    twice = replace(labels, frames=(*labels.frames, labels.frames[0]))
    rows = every_tenth()
    rows["test"] = [*rows["test"], 2 * N]
    assert bad(checks_of(twice, tmp_path, rows))["disjoint"] == "fail"


@pytest.mark.parametrize(("n_lost", "found"), [(1, "warn"), (30, "fail")])
def test_examples_in_no_split_are_found(tmp_path: Path, n_lost: int, found: str) -> None:
    rows = every_tenth()
    rows["train"] = rows["train"][n_lost:]
    assert bad(checks_of(made(), tmp_path, rows)) == {"complete": found}


def test_frames_that_are_no_examples_may_be_left_out(tmp_path: Path) -> None:
    labels = made()
    empty = [replace(frame, instances=()) for frame in labels.frames[:30]]
    rows = every_tenth()
    rows["train"] = [row for row in rows["train"] if row >= 30]
    checks = checks_of(replace(labels, frames=(*empty, *labels.frames[30:])), tmp_path, rows)
    assert checks["complete"].verdict == "pass"
    assert "filter 24" in checks["complete"].finding


CHANGES = {
    "a point that moved by one bit": {
        "points": (MadePoint(np.nextafter(0, 1), 0.0), MadePoint(10, 10))
    },
    "a point out of sight": {"points": (MadePoint(0, 0), MadePoint(10, 10, visible=False))},
    "points in another order": {"points": (MadePoint(10, 10), MadePoint(0, 0))},
    "another track": {"track": 1},
    "no track": {"track": -1},
    "a prediction for a person's instance": {"is_user": False},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_labels_that_differ_from_the_source_are_found(
    tmp_path: Path, change: dict[str, object]
) -> None:
    labels = made()
    first = replace(labels.frames[0], instances=(replace(animal(0, 0), **change),))  # type: ignore[arg-type]
    edited = Labels.load(
        replace(labels, frames=(first, *labels.frames[1:])).write(tmp_path / "edited.slp")
    )
    source = Labels.load(labels.write(tmp_path / "labels.slp"))
    parts = {name: edited.extract(rows) for name, rows in every_tenth().items()}
    params = AuditParams(images=False)
    checks = make_checks(audit(audited_splits(source, parts), LabelsParams(), params), params)
    (check,) = [check for check in checks if check.name == "identical"]
    assert (check.verdict, check.value) == ("fail", 1)
    assert "first day0/video.mp4 frame 0" in check.finding


def test_predictions_that_were_dropped_are_a_warning(tmp_path: Path) -> None:
    labels = made()
    guess = replace(animal(5, 5), is_user=False)
    with_guess = [replace(f, instances=(*f.instances, guess)) for f in labels.frames]
    source = Labels.load(replace(labels, frames=tuple(with_guess)).write(tmp_path / "labels.slp"))
    edited = Labels.load(labels.write(tmp_path / "edited.slp"))
    parts = {name: edited.extract(rows) for name, rows in every_tenth().items()}
    params = AuditParams(images=False)
    checks = make_checks(audit(audited_splits(source, parts), LabelsParams(), params), params)
    assert {c.name: c.verdict for c in checks if c.verdict in ("warn", "fail")} == {
        "identical": "warn"
    }


def test_an_index_of_another_split_is_found(tmp_path: Path) -> None:
    source = Labels.load(made().write(tmp_path / "labels.slp"))
    rows = every_tenth()
    wrong = {**rows, "val": [row + 1 for row in rows["val"]]}
    for name, chosen in rows.items():
        source.extract(chosen).save(tmp_path / "splits" / f"{name}.slp")
        origin = SourceId("labels.slp", "0" * 64, len(source))
        index = IndexWriter(source, [origin], {})
        index.write(tmp_path / "splits" / f"{name}.json", np.array(wrong[name]), name)
    splits = load_audited(source.path, [tmp_path / "splits"])
    params = AuditParams(images=False)
    checks = make_checks(audit(splits, LabelsParams(), params), params)
    assert {c.name: c.value for c in checks if c.verdict == "fail"} == {"index": 12}


@pytest.mark.parametrize(("step", "found"), [(1, "fail"), (4, "fail"), (5, "pass")])
def test_neighbours_in_train_and_test_are_found(tmp_path: Path, step: int, found: str) -> None:
    labels = made()
    frames = tuple(replace(f, frame_idx=f.frame_idx // 10 * step) for f in labels.frames)
    check = checks_of(replace(labels, frames=frames), tmp_path)["distance"]
    assert check.verdict == found
    assert f"the nearest is {step} away" in check.finding
    assert f"labeling step {step}" in check.finding


@pytest.mark.parametrize(("step", "found"), [(1, "fail"), (6, "pass")])
def test_pictures_are_as_far_apart_as_the_numbers_in_their_names(
    tmp_path: Path, step: int, found: str
) -> None:
    names = [f"/lp/labeled-data/img{at * step:06d}.png" for at in range(N)]
    frames = tuple(MadeFrame(at, 0, (animal(at * 37 % 100, at * 53 % 100),)) for at in range(N))
    options = {"videos": [{"filename": name} for name in names]}
    labels = MadeLabels(frames, n_videos=N, n_tracks=1, options=options)
    rows = {name: [row for row in own if row < N] for name, own in every_tenth().items()}
    check = checks_of(labels, tmp_path, rows)["distance"]
    assert check.verdict == found
    assert f"the nearest is {step} away" in check.finding
    assert check.finding.endswith("in the recordings labeled-data/img*.")


IMBALANCES = {
    "n_instances": lambda row, frame: replace(
        frame, instances=frame.instances * (1 + (row % 10 == 7))
    ),
    "tracks": lambda row, frame: replace(
        frame, instances=tuple(replace(one, track=int(row % 10 == 7)) for one in frame.instances)
    ),
    "visibility": lambda row, frame: replace(
        frame, instances=(animal(row, row * 7 % 100, seen=row % 10 != 7, track=row // 10 % 2),)
    ),
    "position": lambda row, frame: replace(
        frame, instances=(animal(row % 9 + 50 * (row % 10 == 7), row % 13, track=row // 10 % 2),)
    ),
    "scale": lambda row, frame: replace(
        frame,
        instances=(
            animal(row % 9, row % 13, size=20 if row % 10 == 7 else 10, track=row // 10 % 2),
        ),
    ),
}


@pytest.mark.parametrize("aspect", IMBALANCES)
def test_an_imbalance_is_found_and_named(tmp_path: Path, aspect: str) -> None:
    labels = made()
    frames = tuple(IMBALANCES[aspect](row, frame) for row, frame in enumerate(labels.frames))
    found = bad(checks_of(replace(labels, frames=frames), tmp_path))
    assert aspect in found
    # what is seen of an animal has another middle and another size, and small ones lie on copies
    assert found.keys() <= {aspect, "position", "scale", "copyable"}


def test_splits_by_video_get_a_warning_and_no_failure(tmp_path: Path) -> None:
    rows = {"train": list(range(N)), "val": list(range(N, 2 * N))}
    checks = checks_of(made(), tmp_path, rows)
    assert checks["videos"].value == 1
    assert bad(checks) == {"videos": "warn"}
    assert "none is of a video that is trained on" in checks["distance"].finding


# ---------------------------------------------------------------- images


def copied_film() -> MadeLabels:
    """`made`, whose second video is the first one with a little noise, from the last frame on."""
    still = [picture(0, at) for at in range(N)]
    images = [[encoded(one) for one in still], [encoded(noisy(one)) for one in reversed(still)]]
    labels = package(images)
    frames = labels.frames[:N]
    copies = [replace(frames[N - 1 - at], video=1, frame_idx=10 * at) for at in range(N)]
    return replace(labels, frames=(*frames, *copies))


@pytest.mark.parametrize(("images", "share"), [(True, 1.0), (False, 0.0)])
def test_labels_of_another_video_are_copied_by_picture(
    tmp_path: Path, share: float, *, images: bool
) -> None:
    rows = {"train": list(range(N)), "val": list(range(N, 2 * N))}
    checks = checks_of(copied_film(), tmp_path, rows, params=AuditParams(images=images))
    assert checks["copyable"].value == share


def test_a_model_is_measured_beside_labels_copied_by_picture(tmp_path: Path) -> None:
    source = Labels.load(copied_film().write(tmp_path / "labels.slp"))
    inputs = []
    for name, rows in (("train", range(1, N)), ("val", range(N, 2 * N))):
        source.extract(list(rows)).save(tmp_path / f"{name}.slp")
        inputs.append(SplitInputs.load(tmp_path / f"{name}.slp", Params()))
    training, held_out = inputs
    remembered = remembered_truth(held_out, training, Params())
    assert isinstance(held_out.source, LabelsSource)
    right = np.isclose(remembered, held_out.source.points).all(axis=(1, 2))
    assert right.tolist() == [*[True] * (N - 1), False]  # the first frame is not trained on


def picture(video: int, at: int) -> NDArray[np.uint8]:
    """A still arena with a small animal at a place of its own."""
    arena: NDArray[np.uint8] = np.add.outer(np.arange(64) * 2, np.arange(72)).astype(np.uint8)
    y, x = divmod(7 * at + 31 * video, 60)
    arena[y % 56 : y % 56 + 6, x : x + 6] = 255
    return arena


def encoded(pixels: NDArray[np.uint8], kind: str = "png") -> bytes:
    buffer = io.BytesIO()
    PIL.Image.fromarray(pixels).save(buffer, format=kind)
    return buffer.getvalue()


def package(images: Sequence[Sequence[bytes]]) -> MadeLabels:
    """`made` with embedded images."""
    videos = [
        EmbeddedVideo(list(one), np.arange(N) * 10, 64, 72, 1, f"day{at}/video.mp4")
        for at, one in enumerate(images)
    ]
    return made(options={"videos": videos})


def clean_images() -> list[list[bytes]]:
    return [[encoded(picture(video, at)) for at in range(N)] for video in (0, 1)]


def noisy(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    noise = np.random.default_rng(0).integers(-3, 4, pixels.shape)
    result: NDArray[np.uint8] = np.clip(pixels + noise, 0, 255).astype(np.uint8)
    return result


def test_frames_of_a_still_arena_are_no_copies_of_each_other(tmp_path: Path) -> None:
    checks = checks_of(package(clean_images()), tmp_path, params=AuditParams())
    assert bad(checks) == {"outside": "warn"}  # the animals of `made` need 110 x 110 pixels
    assert checks["near_duplicates"].verdict == "pass"


COPIES = {
    "the same bytes": (lambda pixels: encoded(pixels), {"exact_duplicates", "near_duplicates"}),
    "another encoding": (lambda pixels: encoded(pixels, "jpeg"), {"near_duplicates"}),
    "noise": (lambda pixels: encoded(noisy(pixels)), {"near_duplicates"}),
    "a little brighter": (
        lambda pixels: encoded(np.minimum(pixels, 250) + np.uint8(5)),
        {"near_duplicates"},
    ),
}


@pytest.mark.parametrize(("copy", "found"), COPIES.values(), ids=COPIES)
def test_a_copied_video_is_found(tmp_path: Path, copy: object, found: set[str]) -> None:
    images = clean_images()
    images[1] = [copy(picture(0, at)) for at in range(N)]  # type: ignore[operator]
    rows = {"train": list(range(N)), "test": list(range(N, 2 * N))}
    checks = checks_of(package(images), tmp_path, rows, params=AuditParams())
    assert {name for name, verdict in bad(checks).items() if verdict == "fail"} == found


def twelve_bits(pixels: NDArray[np.uint8]) -> bytes:
    """As a camera writes it, which fills 12 bits of 16."""
    return encode_png(pixels.astype(np.uint16) * 16)


@pytest.mark.parametrize("is_copied", [True, False], ids=["copies", "a still arena"])
def test_images_of_12_bits_are_compared_like_those_of_8(is_copied: bool, tmp_path: Path) -> None:
    source = 0 if is_copied else 1
    images = [[twelve_bits(picture(video, at)) for at in range(N)] for video in (0, 1)]
    images[1] = [twelve_bits(noisy(picture(source, at))) for at in range(N)]
    rows = {"train": list(range(N)), "test": list(range(N, 2 * N))} if is_copied else None
    checks = checks_of(package(images), tmp_path, rows, params=AuditParams())
    found = {name for name, verdict in bad(checks).items() if verdict == "fail"}
    assert found == ({"near_duplicates"} if is_copied else set())


def test_two_images_of_12_bits_are_drawn_on_one_scale(tmp_path: Path) -> None:
    dark, bright = picture(0, 0) // 4, picture(0, 1)
    images = [[twelve_bits(dark), twelve_bits(bright), *[twelve_bits(dark)] * (N - 2)]] * 2
    source = Labels.load(package(images).write(tmp_path / "labels.slp"))
    splits = audited_splits(source, {"train": source.extract(range(N))})
    for drawn, pixels in zip(frame_pictures(splits, [0, 1]), (dark, bright), strict=True):
        assert drawn is not None
        np.testing.assert_allclose(drawn, pixels, atol=1)


def test_the_closest_pair_is_the_copied_one(tmp_path: Path) -> None:
    images = clean_images()
    images[1][13] = encoded(noisy(picture(0, 22)))
    source = Labels.load(package(images).write(tmp_path / "labels.slp"))
    parts = {name: source.extract(rows) for name, rows in every_tenth().items()}
    found = audit(audited_splits(source, parts), LabelsParams(), AuditParams())
    assert found.duplicates is not None
    assert found.duplicates.closest is not None
    names = {found.splits.name(row) for row in found.duplicates.closest}
    assert names == {"day0/video.mp4 frame 220", "day1/video.mp4 frame 130"}


def test_images_that_do_not_decode_are_counted_and_do_not_stop_the_audit(tmp_path: Path) -> None:
    images = clean_images()
    images[0][13] = b"no image"
    checks = checks_of(package(images), tmp_path, params=AuditParams())
    assert "(1 frames have no image that decodes)" in checks["near_duplicates"].finding


@pytest.mark.parametrize(("n_damaged", "verdict"), [(60, "pass"), (61, "not checked")])
def test_nothing_is_said_of_copies_where_most_images_were_never_seen(
    tmp_path: Path, n_damaged: int, verdict: str
) -> None:
    images = clean_images()
    for at in range(n_damaged):
        images[at // N][at % N] = f"no image {at}".encode()
    checks = checks_of(package(images), tmp_path, params=AuditParams())
    assert checks["near_duplicates"].verdict == checks["exact_duplicates"].verdict == verdict
    assert f"({n_damaged} frames have no image" in checks["near_duplicates"].finding


@pytest.mark.parametrize("level", [1, 90, 254], ids=["black", "gray", "white"])
def test_a_flat_picture_has_the_hash_of_its_noisy_copy(level: int) -> None:
    flat = np.full((1, 32, 36), level, np.uint8)
    noise = np.random.default_rng(1).integers(-1, 2, flat.shape)
    assert difference_hash(flat) == difference_hash((flat + noise).astype(np.uint8)) == 0


# ---------------------------------------------------------------- figures


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9))),
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9))),
)
def test_the_nearest_frame_is_the_nearest(
    one: list[tuple[int, int]], other: list[tuple[int, int]]
) -> None:
    frames, others = (np.array(pairs, np.int64).reshape(-1, 2).T for pairs in (one, other))
    distance, nearest = nearest_frames((frames[0], frames[1]), (others[0], others[1]))
    for at, (video, frame) in enumerate(one):
        away = [abs(frame - idx) for its, idx in other if its == video]
        assert distance[at] == min(away, default=-1)
        assert (nearest[at] >= 0) == bool(away)
        if away:
            assert other[nearest[at]][0] == video
            assert abs(other[nearest[at]][1] - frame) == distance[at]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3))))
def test_equal_frames_have_equal_numbers(pairs: list[tuple[int, int]]) -> None:
    video, frame_idx = np.array(pairs, np.int64).reshape(-1, 2).T
    one, two = frame_numbers((video, frame_idx), (video, frame_idx))
    assert one.tolist() == two.tolist()
    assert (
        len(set(one.tolist())) == len(set(pairs)) == len(set(zip(one.tolist(), pairs, strict=True)))
    )


# the videos of frames, and their numbers; the step
STEPS: dict[str, tuple[list[int], list[int], int]] = {
    "the median within videos": ([0, 0, 0, 1, 1, 1], [4, 0, 4, 900, 910, 902], 4),
    "a single frame": ([0], [4], 0),
    "a frame of each video": ([0, 1, 2], [4, 9, 900], 0),
    "no frame": ([], [], 0),
}


@pytest.mark.parametrize(("video", "frame_idx", "step"), STEPS.values(), ids=STEPS)
def test_the_labelling_step_is_a_median_within_videos(
    video: list[int], frame_idx: list[int], step: int
) -> None:
    assert labelling_step(np.array(video, np.int64), np.array(frame_idx, np.int64)) == step


@given(st.lists(st.integers(0, 5), min_size=1), st.lists(st.integers(0, 5), min_size=1))
def test_distances_of_samples_are_between_0_and_1_and_symmetric(
    one: list[int], two: list[int]
) -> None:
    categories = np.array(one, np.int64), np.array(two, np.int64)
    numbers = np.array(one, np.float64), np.array(two, np.float64)
    assert 0 <= total_variation(*categories) <= 1
    assert 0 <= kolmogorov_smirnov(*numbers) <= 1
    assert total_variation(*categories) == total_variation(*categories[::-1])
    assert kolmogorov_smirnov(*numbers) == kolmogorov_smirnov(*numbers[::-1])
    assert total_variation(categories[0], categories[0]) == 0
    assert kolmogorov_smirnov(numbers[0], numbers[0]) == 0


SAMPLES: dict[str, tuple[list[int], list[int], float]] = {
    "nothing in common": ([0, 1], [2], 1),
    "half in common": ([0, 1], [1], 0.5),
    "the same shares": ([0, 1], [1, 0, 0, 1], 0),
}


@pytest.mark.parametrize(("one", "two", "distance"), SAMPLES.values(), ids=SAMPLES)
def test_the_distance_of_samples_is_the_share_that_they_do_not_share(
    one: list[int], two: list[int], distance: float
) -> None:
    assert total_variation(np.array(one), np.array(two)) == distance
    assert kolmogorov_smirnov(np.array(one, np.float64), np.array(two, np.float64)) == distance


# known paths; those of a file; whether all are known, as of a source; which are which
MATCHES: dict[str, tuple[list[str], list[str], bool, list[int]]] = {
    "equal paths": (["a.mp4", "b.mp4"], ["b.mp4", "a.mp4"], True, [1, 0]),
    "another machine": (["/x/1/t.mp4", "/x/2/t.mp4"], ["C:/y/2/t.mp4"], True, [1]),
    "not to be told": (["/x/1/t.mp4", "/x/2/t.mp4"], ["/z/t.mp4"], True, [-1]),
    "nth of equal paths": (["p.slp", "p.slp"], ["p.slp", "p.slp"], True, [0, 1]),
    "no paths": (["", ""], ["", ""], True, [0, 1]),
    "no paths, not all": (["", ""], [""], True, [-1]),
    "other names": (["a.mp4"], ["b.mp4"], True, [-1]),
    "without a source, one name in two folders": (["/x/1/t.mp4"], ["/x/2/t.mp4"], False, [-1]),
    "without a source, one folder": (["/x/1/t.mp4"], ["1/t.mp4"], False, [0]),
}


@pytest.mark.parametrize(("known", "own", "all_known", "expected"), MATCHES.values(), ids=MATCHES)
def test_videos_are_matched_by_the_ends_of_their_paths(
    known: list[str], own: list[str], all_known: bool, expected: list[int]
) -> None:
    assert match_videos(known, own, all_known=all_known).tolist() == expected


def test_the_report_is_the_same_to_the_byte(tmp_path: Path) -> None:
    source = Labels.load(DEMO)
    rows = np.arange(len(source))
    parts = {
        "train": source.extract(rows[rows % 3 > 0]),
        "val": source.extract(rows[rows % 3 == 0]),
    }
    found = audit(audited_splits(source, parts), LabelsParams(), AuditParams())
    checks = make_checks(found, AuditParams())
    for name in ("one", "two"):
        write_audit(tmp_path / name, found, checks)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    report = json.loads((tmp_path / "one").read_text())
    assert report["verdict"] == verdict(checks) == "fail"
    assert report["distance"]["val"] == {"median": 3.0, "min": 2, "n_in_other_videos": 0}
    assert "-> Split by block or video" in audit_summary(found, checks)


STOPPING: dict[str, tuple[dict[str, tuple[str, ...]], list[str]]] = {
    "by default": ({}, ["disjoint"]),
    "none": ({"stop_on": ()}, []),
    "others": ({"stop_on": ("distance", "videos")}, ["distance"]),
}


@pytest.mark.parametrize(("stop_on", "expected"), STOPPING.values(), ids=STOPPING)
def test_only_the_checks_of_stop_on_stop(
    stop_on: dict[str, tuple[str, ...]], expected: list[str], tmp_path: Path
) -> None:
    rows = every_tenth()
    rows["val"] = [*rows["val"], rows["train"][5]]
    checks = list(checks_of(made(), tmp_path, rows).values())
    assert [one.name for one in stopping(checks, AuditParams(**stop_on))] == expected  # type: ignore[arg-type]


def test_limits_have_the_warning_first() -> None:
    with pytest.raises(ParamsError, match=r"scale: expected \[warn, fail\] with warn first"):
        LimitParams(scale=(0.5, 0.4))


# ---------------------------------------------------------------- files of others


REAL = {
    "SLEAP": (
        TUTORIAL + "labels.v000.slp",
        [
            TUTORIAL + f"models/211229_075510.centroid/labels_gt.{name}.slp"
            for name in ("train", "val")
        ],
    ),
    "SLEAP, other folder": (
        None,
        [
            f"data/talmolab+sleap/tests/data/models/minimal_robot.UNet.single_instance/labels_gt.{name}.slp"
            for name in ("train", "val")
        ],
    ),
    "one package, twice": (
        "data/made/two.pkg.slp",
        ["data/made/two.pkg.slp", "data/made/three.pkg.slp"],
    ),
}


@pytest.mark.parametrize(("source", "names"), REAL.values(), ids=REAL)
def test_real_splits_are_audited(source: str | None, names: list[str]) -> None:
    path = source and shared_path(source)
    splits = load_audited(path, [shared_path(name) for name in names])
    found = audit(splits, LabelsParams(), AuditParams())
    report = audit_report(found, make_checks(found, AuditParams()))
    if source and source.startswith(TUTORIAL):
        assert splits.names == ("train", "val")
        assert report["n_shared"] == report["n_differing"] == 0
        assert report["checks"]["distance"]["verdict"] == "pass"
        # the video lies beside the source, and not beside the splits
        assert report["n_duplicates"] == {"exact": 0, "near": 0, "images_not_seen": 0}


@pytest.mark.slow
def test_splits_that_sleap_io_made_are_audited_whatever_the_order_of_their_videos(
    tmp_path: Path,
) -> None:
    code = (
        "import sleap_io, sys; labels = sleap_io.load_slp(sys.argv[1])\n"
        "labels.make_training_splits(0.8, 0.1, 0.1, save_dir=sys.argv[2], seed=1)"
    )
    command = [sys.executable, "-c", code, str(DEMO), str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True)
    splits = load_audited(DEMO, [tmp_path])
    found = audit(splits, LabelsParams(), AuditParams(images=False))
    verdicts = {check.name: check.verdict for check in make_checks(found, AuditParams())}
    assert splits.names == ("train", "val", "test")
    assert splits.videos == tuple(video.key for video in Labels.load(DEMO).videos)
    assert len(found.membership.shared) == len(found.membership.differing) == 0
    assert verdicts["identical"] == "warn", "it drops predictions"
    assert verdicts["distance"] == "fail", "it splits by frame, at random"


SEVERAL_VIDEOS: dict[str, Any] = {
    "a package": ("data/made/two.pkg.slp", 2, {"distance", "near_duplicates"}),
    "eight cameras": slow(
        "data/talmolab+sleap-io.js/tests/data/slp/multiview.slp",
        8,
        {"distance"},
    ),
}


@pytest.mark.parametrize(
    ("source", "n_videos", "failing"), SEVERAL_VIDEOS.values(), ids=SEVERAL_VIDEOS
)
def test_real_labels_of_several_videos_that_sleap_io_split_are_audited(
    tmp_path: Path, source: str, n_videos: int, failing: set[str]
) -> None:
    path = shared_path(source)
    code = (
        "import sleap_io, sys\n"
        "labels, embed = sleap_io.load_slp(sys.argv[1]), sys.argv[3] == 'True'\n"
        "parts = labels.make_training_splits(0.6, 0.2, 0.2, embed=embed, seed=1)\n"
        "for name, part in zip(('train', 'val', 'test'), parts):\n"
        "    sleap_io.save_slp(part, f'{sys.argv[2]}/{name}.slp', embed=embed)\n"
    )
    command = [sys.executable, "-c", code, str(path), str(tmp_path), str(".pkg." in path.name)]
    subprocess.run(command, check=True, capture_output=True)
    splits = load_audited(path, [tmp_path])
    found = audit(splits, LabelsParams(), AuditParams())
    verdicts = {check.name: check.verdict for check in make_checks(found, AuditParams())}
    assert len(splits.videos) == n_videos
    assert len(found.membership.shared) == len(found.membership.differing) == 0
    assert {name for name in failing if verdicts[name] == "fail"} == failing


def test_splits_too_small_to_judge_are_named(tmp_path: Path) -> None:
    last = [2 * N - 3, 2 * N - 2, 2 * N - 1]  # of one track
    rows = {"train": list(range(2 * N - 3)), "val": last}
    checks = checks_of(made(), tmp_path, rows)
    assert checks["tracks"].finding.endswith(
        "In val (3 frames) chance alone gives large distances."
    )
    assert "chance" not in checks["n_instances"].finding


NO_SPLITS = {
    "one file": ([DEMO], "expected two splits or more"),
    "an empty folder": (["."], r"no \.slp file in the folder"),
    "one file twice": ([DEMO, DEMO], "are both the split 'demo'"),
}


@pytest.mark.parametrize(("paths", "message"), NO_SPLITS.values(), ids=NO_SPLITS)
def test_what_is_no_split_is_refused(
    paths: list[str | Path], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SplitError, match=message):
        load_audited(None, [Path(path) for path in paths])


# ---- pictures that are not those that were labeled


def with_films(height: int, width: int) -> MadeLabels:
    """`made`, whose labels state the size of HDF5 videos."""
    films = [
        {"backend": {"filename": f"D:\\day{at}\\film.h5", "dataset": "movie", "shape": shape}}
        for at, shape in enumerate([[10 * N, height, width, 1]] * 2)
    ]
    return made(options={"videos": films, "tracks": ["a", "b"]})


def write_film(path: Path, height: int, width: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        file.create_dataset("movie", (10 * N, height, width, 1), np.uint8, chunks=True)


def test_points_outside_of_the_stated_size_are_named(tmp_path: Path) -> None:
    checks = checks_of(with_films(60, 200), tmp_path)
    assert bad(checks) == {"outside": "warn"}
    assert "first in day0/film.h5 frame" in checks["outside"].finding
    assert "another video" in checks["outside"].advice
    source = Labels.load(tmp_path / "labels.slp")
    kept = np.concatenate([np.array(rows) for rows in every_tenth().values()])
    xy = source.extract(np.sort(kept)).columns.xy
    assert checks["outside"].value == (xy[:, 1] > 60).sum() > 0


def test_nothing_is_said_where_all_points_are_inside(tmp_path: Path) -> None:
    assert "outside" not in checks_of(with_films(120, 120), tmp_path)
    splits = load_audited(None, [tmp_path / "splits"])
    params = AuditParams(images=False)
    found = audit(splits, LabelsParams(), params)
    assert "n_points_outside_pictures" not in audit_report(found, make_checks(found, params))


def test_points_outside_of_images_are_counted_for_each_split(tmp_path: Path) -> None:
    """The labels say nothing, and the images do."""
    images = [encode_png(np.full((120, 120), at % 200, np.uint8)) for at in range(N)]
    images[3] = encode_png(np.zeros((5, 5), np.uint8))
    video = EmbeddedVideo(images, np.arange(0, 10 * N, 10), 0, 0, 1, "day0/video.mp4")
    labels = made(options={"videos": [video, "day1/video.mp4"]})
    source = Labels.load(labels.write(tmp_path / "labels.slp"))
    parts = {name: source.extract(rows) for name, rows in every_tenth().items()}
    found = audit(audited_splits(source, parts), LabelsParams(), AuditParams())
    report = audit_report(found, make_checks(found, AuditParams()))
    assert report["n_points_outside_pictures"] == {"train": 0, "val": 2, "test": 0}


def test_a_missing_video_is_named_and_so_is_another_one(tmp_path: Path) -> None:
    params = AuditParams()
    check = checks_of(with_films(120, 120), tmp_path, params=params)["near_duplicates"]
    assert check.verdict == "not checked"
    assert r"D:\day0\film.h5 is not found" in check.finding
    write_film(tmp_path / "day0" / "film.h5", 120, 120)
    write_film(tmp_path / "day1" / "film.h5", 60, 60)
    check = checks_of(with_films(120, 120), tmp_path, params=params)["near_duplicates"]
    assert check.verdict != "pass"
    assert re.search(r"day1/film\.h5.* 60 x 60 .* state 120 x 120", check.finding)


SLEAP = ["labels_gt.train.slp", "labels_gt.val.slp", "labels_gt.test.slp"]
BESIDE = ["labels_pr.train.slp", "labels_pr.val.slp", "pred_train_0.slp", "predictions_val.0.slp"]
MODEL_FOLDERS = {
    "SLEAP 1.x": SLEAP,
    "packages": [name.replace(".slp", ".pkg.slp") for name in SLEAP],
    "sleap-nn": ["labels_gt.train.0.slp", "labels_gt.val.0.slp", "labels_gt.test.0.slp"],
    "sleap-nn before 0.1": ["labels_train_gt_0.slp", "labels_val_gt_0.slp", "labels_test_gt_0.slp"],
}


@pytest.fixture(scope="module")
def demo_split(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo_split")
    assert main(["split", str(DEMO), str(folder)]) == 0
    return folder


@pytest.mark.parametrize("names", MODEL_FOLDERS.values(), ids=MODEL_FOLDERS)
@pytest.mark.parametrize("labels", [[str(DEMO)], ["-"], []], ids=["labels", "-", "none"])
def test_the_folder_of_a_model_is_audited(
    demo_split: Path,
    tmp_path: Path,
    names: list[str],
    labels: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, new in zip(NAMES, names, strict=True):
        shutil.copy(demo_split / f"{name}.slp", tmp_path / new)
    for name in BESIDE:
        shutil.copy(DEMO, tmp_path / name)
    assert main(["audit", *labels, str(tmp_path), "--no-images"]) == 0
    assert capsys.readouterr().out.startswith("train 351 frames, val 44 frames, test 44 frames")


def test_the_numbered_files_of_a_model_are_one_split(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = Labels.load(DEMO)
    video, half = labels.video, len(labels.videos) // 2
    for number, videos in enumerate((range(half), range(half, len(labels.videos)))):
        rows = np.flatnonzero(np.isin(video, list(videos)))
        labels.extract(rows[:-20]).save(tmp_path / f"labels_gt.train.{number}.slp")
        labels.extract(rows[-20:]).save(tmp_path / f"labels_gt.val.{number}.slp")
    main(["audit", str(DEMO), str(tmp_path), "--no-images"])
    printed = capsys.readouterr()
    assert printed.out.startswith("train 431 frames, val 40 frames")
    assert ["pass", "disjoint"] in [line.split()[:2] for line in printed.out.splitlines()]
    assert ["pass", "identical"] in [line.split()[:2] for line in printed.out.splitlines()]
    assert len(list(tmp_path.iterdir())) == 4


def test_numbered_files_are_refused_where_nobody_opens_them(tmp_path: Path) -> None:
    for name in ("train.0", "train.1", "val.0"):
        shutil.copy(DEMO, tmp_path / f"labels_gt.{name}.slp")
    with pytest.raises(SplitError, match="are both the split 'train'"):
        load_audited(None, [tmp_path])


def test_several_labels_files_stand_before_the_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = Labels.load(DEMO)
    files = [str(tmp_path / f"{name}.slp") for name in "ab"]
    labels.extract(np.flatnonzero(labels.video < 2)).save(files[0])
    labels.extract(np.flatnonzero(labels.video >= 2)).save(files[1])
    folder = str(tmp_path / "splits")
    assert main(["split", *files, folder]) == 0
    assert main(["audit", *files, folder, "--no-images"]) == 0
    assert main(["verify", *files, folder]) == 0
    verdicts = {tuple(line.split()[:2]) for line in capsys.readouterr().out.splitlines()}
    assert {("pass", name) for name in ("disjoint", "complete", "identical", "index")} <= verdicts
