"""Which images an audit looks at: of plain videos too, within a budget, and why not of others."""

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import PIL.Image
import pytest
from synthetic_labels import MadeFrame, MadeInstance, MadeLabels, MadePoint

from splitlib.audit.audited_splits import load_audited
from splitlib.audit.checks import Check, make_checks
from splitlib.audit.findings import audit
from splitlib.audit.image_budget import within_budget
from splitlib.audit.report import audit_report
from splitlib.labels import Labels
from splitlib.params import AuditParams, LabelsParams

N = 30
"""Pictures in each of two lists."""


def made() -> MadeLabels:
    """Labels of all pictures of two plain lists, which are not embedded."""
    names = [[f"day{day}/img{at:02}.png" for at in range(N)] for day in (0, 1)]
    videos = [{"backend": {"filename": one[0], "filenames": one}} for one in names]
    animal = MadeInstance((MadePoint(3, 4), MadePoint(5, 6)))
    frames = tuple(MadeFrame(day, at, (animal,)) for day in (0, 1) for at in range(N))
    return MadeLabels(frames, n_videos=2, options={"videos": videos})


def write_pictures(folder: Path, *, copied: bool = False) -> None:
    for day in (0, 1):
        (folder / f"day{day}").mkdir()
        for at in range(N):
            seed = at if copied else N * day + at
            pixels = np.random.default_rng(seed).integers(0, 255, (4, 4), np.uint8)
            picture = PIL.Image.fromarray(pixels).resize((72, 64), PIL.Image.Resampling.NEAREST)
            picture.save(folder / f"day{day}/img{at:02}.png")


def audited(folder: Path, images: bool | int = True) -> tuple[dict[str, Check], dict[str, Any]]:
    """Checks and report of a split in which day 0 is trained on and day 1 is held out."""
    source = Labels.load(made().write(folder / "labels.slp"))
    for name, rows in (("train", range(N)), ("test", range(N, 2 * N))):
        source.extract(rows).save(folder / "splits" / f"{name}.slp")
    splits = load_audited(folder / "labels.slp", [folder / "splits"])
    params = AuditParams(images=images)
    found = audit(splits, LabelsParams(), params)
    checks = make_checks(found, params)
    return {check.name: check for check in checks}, audit_report(found, checks)


@pytest.mark.parametrize("images", [True, 20])
@pytest.mark.parametrize("copied", [True, False], ids=["copies", "others"])
def test_copies_are_found_in_plain_videos(copied: bool, images: bool | int, tmp_path: Path) -> None:
    write_pictures(tmp_path, copied=copied)
    checks, report = audited(tmp_path, images)
    n_looked_at = N if images is True else images // 2
    expected = "fail" if copied else "pass"
    assert checks["near_duplicates"].verdict == checks["exact_duplicates"].verdict == expected
    n_copies = n_looked_at if copied else 0
    assert checks["near_duplicates"].finding.startswith(f"{n_copies} of {n_looked_at} held-out")
    assert report["n_duplicates"]["near"] == n_copies
    assert report["n_duplicates"].get("images_left_out") == (None if images is True else 40)
    said = "(20 of 60 frames were looked at, as audit.images says)"
    assert (said in checks["near_duplicates"].finding) is (images is not True)


def remove(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).unlink()


def overwrite(folder: Path, content: bytes, *names: str) -> None:
    for name in names:
        (folder / name).write_bytes(content)


def other_size() -> bytes:
    buffer = io.BytesIO()
    PIL.Image.new("L", (9, 9)).save(buffer, "png")
    return buffer.getvalue()


ALL = [f"day1/img{at:02}.png" for at in range(N)]


@pytest.mark.parametrize(
    ("missing", "verdict", "n_seen", "said"),
    [
        (ALL[:2], "pass", N - 2, "(2 frames have no image that decodes: day1/img00.png is not"),
        (ALL[:5], "pass", N - 5, "day1/img02.png is not found, and 2 more)"),
        (ALL, "not checked", 0, "No image of a held-out frame was found: day1/img00.png is not"),
    ],
    ids=["two", "five", "all"],
)
def test_missing_pictures_are_named_and_the_others_are_seen(
    missing: list[str], verdict: str, n_seen: int, said: str, tmp_path: Path
) -> None:
    write_pictures(tmp_path)
    remove(tmp_path, *missing)
    checks, _ = audited(tmp_path)
    assert checks["near_duplicates"].verdict == verdict
    assert said in checks["near_duplicates"].finding
    if n_seen:
        assert f"0 of {n_seen} held-out frames" in checks["near_duplicates"].finding


@pytest.mark.parametrize(
    ("damaged", "n_unseen"),
    [([ALL[7]], 1), ([ALL[7], ALL[9]], 2), (ALL[7:9], 2), (ALL[7:], N - 7)],
    ids=["one", "two apart", "two in a row", "the rest"],
)
def test_a_picture_that_cannot_be_read_costs_no_other_one(
    damaged: list[str], n_unseen: int, tmp_path: Path
) -> None:
    write_pictures(tmp_path)
    overwrite(tmp_path, b"no picture", *damaged)
    checks, report = audited(tmp_path)
    assert report["n_duplicates"]["images_not_seen"] == n_unseen
    assert "img07.png" in checks["near_duplicates"].finding


def test_a_list_of_other_pictures_is_named(tmp_path: Path) -> None:
    labels = made()
    for video in labels.options["videos"]:
        video["backend"]["shape"] = [N, 64, 72, 1]
    write_pictures(tmp_path)
    overwrite(tmp_path, other_size(), *ALL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(globals(), "made", lambda: labels)
        checks, _ = audited(tmp_path)
    assert checks["near_duplicates"].verdict == "not checked"
    assert "9 x 9" in checks["near_duplicates"].finding
    assert "64 x 72" in checks["near_duplicates"].finding


# --- the budget -----------------------------------------------------------------------------------


def frames_of(*places: tuple[int, int, int]) -> Any:  # noqa: ANN401
    """Splits whose frames are in a split, in a recording, at a time."""
    split, video, time = np.array(places, np.int64).T
    return SimpleNamespace(split=split, video=video, frame_idx=time)


TRAIN = [(0, 0, at) for at in range(0, 100, 10)]
HELD_OUT = [(1, 0, 44), (1, 0, 46)]
COPY = [(0, 1, at) for at in (5, 45, 85)]


@pytest.mark.parametrize(
    ("images", "expected"),
    [
        (True, {*TRAIN, *HELD_OUT, *COPY}),
        (False, set()),
        (1, {HELD_OUT[0]}),
        (2, {HELD_OUT[0], COPY[1]}),
        (3, {*HELD_OUT, COPY[1]}),
        (5, {*HELD_OUT, COPY[1], (0, 0, 40), (0, 0, 50)}),
        (15, {*TRAIN, *HELD_OUT, *COPY}),
        (99, {*TRAIN, *HELD_OUT, *COPY}),
    ],
)
def test_held_out_frames_come_first_and_then_what_is_nearest_in_time(
    images: bool | int, expected: set[tuple[int, int, int]]
) -> None:
    places = [*TRAIN, *COPY, *HELD_OUT]
    asked = within_budget(frames_of(*places), images)
    assert {places[row] for row in np.flatnonzero(asked)} == expected


@pytest.mark.parametrize("n", [1, 7, 50, 100, 101, 150, 999])
@pytest.mark.parametrize("n_held_out", [0, 1, 50, 99, 100])
def test_no_more_and_no_fewer_are_looked_at_than_the_budget_has(n: int, n_held_out: int) -> None:
    rng = np.random.default_rng(n)
    split = [0] * (100 - n_held_out) + [1] * n_held_out
    places = list(zip(split, rng.integers(0, 4, 100), rng.integers(0, 500, 100), strict=True))
    splits = frames_of(*places)
    asked = within_budget(splits, n)
    assert asked.sum() == min(n, 100)
    assert asked[splits.split > 0].sum() >= min(n_held_out, n // 2)
