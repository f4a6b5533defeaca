import math
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from drawn import tries
from hypothesis import given
from hypothesis import strategies as st
from places import DEMO
from synthetic_labels import MadeFrame, MadeInstance, MadeLabels, MadePoint, small_package

from splitlib.labels import Labels
from splitlib.slp.create import EmbeddedVideo
from splitlib.slp.png import encode_png, png_size
from splitlib.slp.points_outside import points_outside

HEIGHT, WIDTH = 10, 20


def labels_of(path: Path, *frames: tuple[MadeInstance, ...], video: object = None) -> Labels:
    made = tuple(MadeFrame(0, at, instances) for at, instances in enumerate(frames))
    stated = {"backend": {"filename": "top.mp4", "shape": [len(frames), HEIGHT, WIDTH, 1]}}
    n_nodes = len(frames[0][0].points)
    return Labels.load(
        MadeLabels(made, n_nodes=n_nodes, options={"videos": [video or stated]}).write(path)
    )


def instance(*points: MadePoint, is_user: bool = True) -> MadeInstance:
    return MadeInstance(points, is_user=is_user)


@pytest.mark.parametrize(
    ("x", "y", "is_outside"),
    [
        (0, 0, False),
        (WIDTH - 1, HEIGHT - 1, False),
        pytest.param(-0.5, HEIGHT - 0.5, False, id="on the border"),
        pytest.param(WIDTH, HEIGHT, False, id="on the border of tools that begin at the corner"),
        pytest.param(-1, -1, False, id="the same at the other end"),
        (WIDTH + 0.1, 0, True),
        (0, HEIGHT + 0.1, True),
        (-1.1, 0, True),
        (0, -1.1, True),
        (HEIGHT + 3, HEIGHT + 3, True),
        (1e9, -1e9, True),
        pytest.param(math.nan, 3, False, id="not placed"),
        pytest.param(math.inf, 3, False, id="infinite"),
    ],
)
def test_a_point_is_outside_beyond_the_border(
    x: float, y: float, is_outside: bool, tmp_path: Path
) -> None:
    labels = labels_of(tmp_path / "labels.slp", (instance(MadePoint(x, y)),))
    assert labels.points_outside().tolist() == [is_outside]


def test_points_that_no_person_placed_or_that_are_hidden_do_not_count(tmp_path: Path) -> None:
    far = MadePoint(99, 99)
    hidden = instance(replace(far, visible=False))
    labels = labels_of(
        tmp_path / "labels.slp", (hidden, instance(far, is_user=False)), (instance(far), hidden)
    )
    assert labels.points_outside().tolist() == [0, 1]
    assert labels.extract([1]).points_outside().tolist() == [1]


@pytest.mark.parametrize(
    "video",
    [
        "top.mp4",
        {"backend": {"filename": ["a.png", "b.png"], "shape": [2, HEIGHT, WIDTH, 1]}},
        {"backend": {"filename": "top.mp4", "shape": [5, 0, 0, 1]}},
    ],
    ids=["nothing stated", "images of any size", "no size"],
)
def test_where_the_size_is_not_known_no_point_is_outside(video: object, tmp_path: Path) -> None:
    far = (instance(MadePoint(99, 99)),)
    assert not labels_of(tmp_path / "labels.slp", far, video=video).points_outside().any()


def test_embedded_images_of_several_sizes_count_each_by_its_own(tmp_path: Path) -> None:
    shapes = [(HEIGHT, WIDTH), (99, 99), (HEIGHT, WIDTH)]
    images = [encode_png(np.zeros(shape, np.uint8)) for shape in shapes]
    video = EmbeddedVideo(images, np.arange(3), HEIGHT, WIDTH, 1, "top.mp4")
    far = (instance(MadePoint(50, 50)),)
    labels = labels_of(tmp_path / "labels.slp", far, far, far, video=video)
    assert labels.points_outside().tolist() == [1, 0, 1]


def test_damaged_images_are_no_error_here(tmp_path: Path) -> None:
    package = small_package().write(tmp_path / "labels.slp")
    with h5py.File(package, "r+") as file:
        file["video0/video"][...] = 0
        points = file["points"][()]
        points["x"] = 1000
        file["points"][...] = points
    assert Labels.load(package).points_outside().any()


@tries(20)
@given(
    points=st.lists(st.tuples(st.floats(-5, 30), st.floats(-5, 30), st.booleans()), max_size=12),
    per_frame=st.integers(1, 4),
)
def test_points_are_counted_as_one_by_one(
    points: list[tuple[float, float, bool]], per_frame: int, tmp_path: Path
) -> None:
    instances = [instance(MadePoint(x, y), is_user=is_user) for x, y, is_user in points]
    frames = [
        tuple(instances[at : at + per_frame]) for at in range(0, len(instances), per_frame)
    ] or [(instance(MadePoint(0, 0)),)]
    labels = labels_of(tmp_path / "labels.slp", *frames)
    sizes = np.array([(HEIGHT + at, WIDTH - at) for at in range(len(labels))])
    expected = [
        sum(
            one.is_user and not (-1 <= x <= width and -1 <= y <= height)
            for one in frame.instances
            for x, y in one.points
        )
        for frame, (height, width) in zip(labels, sizes, strict=True)
    ]
    assert points_outside(labels.columns, sizes).tolist() == expected


def test_the_demo_has_no_point_outside() -> None:
    assert not Labels.load(DEMO).points_outside().any()


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (encode_png(np.zeros((3, 7), np.uint8)), (3, 7)),
        (b"\xff\xd8 a JPEG", None),
        (encode_png(np.zeros((3, 7), np.uint8))[:20], None),
        (b"", None),
    ],
    ids=["PNG", "JPEG", "cut off", "empty"],
)
def test_a_png_begins_with_its_size(content: bytes, size: tuple[int, int] | None) -> None:
    assert png_size(content) == size
