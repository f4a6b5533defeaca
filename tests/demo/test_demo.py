"""The demo: the committed file, what is labelled in it, and that it is the same everywhere."""

import ast
import io
import sys
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import hypothesis.extra.numpy as hnp
import numpy as np
import PIL.Image
import pytest
import sleap_io
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from places import DEMO, ROOT

from splitlib.demo.__main__ import main
from splitlib.demo.anatomy import NODES, SYMMETRIES
from splitlib.demo.labeling import N_EMPTY, N_PREDICTED_ONLY, label_scene
from splitlib.demo.portable_math import chance, cosine, sine
from splitlib.demo.scenes import ARRIVAL, N_FRAMES, SCENES, SIZE, Scene
from splitlib.demo.shapes import disc, ellipse
from splitlib.slp.dtypes import PREDICTED, USER
from splitlib.slp.png import encode_png

HEAD, THORAX = NODES.index("head"), NODES.index("thorax")

Rows = NDArray[np.void]

parametrize_scenes = pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)


def decode(png: bytes) -> NDArray[np.uint8]:
    return np.asarray(PIL.Image.open(io.BytesIO(png)))


def images_of(file: h5py.File, video: int) -> dict[int, NDArray[np.uint8]]:
    rows, frames = file[f"video{video}/video"][()], file[f"video{video}/frame_numbers"][()]
    return {int(f): decode(row.tobytes()) for f, row in zip(frames, rows, strict=True)}


@pytest.fixture(scope="module")
def demo() -> dict[str, Rows]:
    with h5py.File(DEMO) as file:
        return {name: item[()] for name, item in file.items() if isinstance(item, h5py.Dataset)}


@pytest.fixture(scope="module")
def images() -> list[dict[int, NDArray[np.uint8]]]:
    with h5py.File(DEMO) as file:
        return [images_of(file, video) for video in range(len(SCENES))]


def instances_of(demo: dict[str, Rows], kind: int) -> NDArray[np.int64]:
    """(n_frames,) how many instances of a kind each labeled frame has."""
    of_kind = np.concatenate([[0], np.cumsum(demo["instances"]["instance_type"] == kind)])
    frames = demo["frames"]
    counts: NDArray[np.int64] = (
        of_kind[frames["instance_id_end"]] - of_kind[frames["instance_id_start"]]
    )
    return counts


# --- the committed file --------------------------------------------------------------------------


@pytest.mark.slow
def test_the_committed_labels_are_what_the_generator_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the images take long to draw: some are drawn below, and all of them with --thorough
    monkeypatch.setattr(Scene, "image", lambda *_: np.zeros((SIZE, SIZE), np.uint8))
    main(["--output", str(tmp_path / "demo.slp")])
    with h5py.File(tmp_path / "demo.slp") as new, h5py.File(DEMO) as committed:
        assert contents(new) == contents(committed)


@parametrize_scenes
def test_a_scene_is_the_same_when_made_again(
    scene: Scene, images: list[dict[int, NDArray[np.uint8]]]
) -> None:
    again = replace(scene)  # without the cached motion
    np.testing.assert_array_equal(again.joints, scene.joints)
    for frame in list(images[scene.number])[::40]:
        np.testing.assert_array_equal(again.image(frame), images[scene.number][frame])


@pytest.mark.slow
def test_the_committed_file_is_what_the_generator_writes(tmp_path: Path) -> None:
    fresh = tmp_path / "demo.slp"
    main(["--output", str(fresh)])
    with h5py.File(fresh) as new, h5py.File(DEMO) as committed:
        assert contents(new) == contents(committed)
        for video in range(len(SCENES)):
            one, other = images_of(new, video), images_of(committed, video)
            assert one.keys() == other.keys()
            assert all((one[frame] == other[frame]).all() for frame in one)
    # Other builds of zlib pack the same pixels into other bytes.
    if sys.platform == "linux" and "ng" not in zlib.ZLIB_RUNTIME_VERSION:
        assert fresh.read_bytes() == DEMO.read_bytes()


def contents(file: h5py.File) -> dict[str, Any]:
    """All of a file but the compressed images."""
    found: dict[str, Any] = {}

    def visit(name: str, item: h5py.Group | h5py.Dataset) -> None:
        found[name] = {key: np.asarray(value).tolist() for key, value in item.attrs.items()}
        if isinstance(item, h5py.Dataset) and not name.endswith("/video"):
            found[name + " values"] = (item.dtype.descr, item[()].tobytes())

    file.visititems(visit)
    return found


def test_committed_file_is_small() -> None:
    assert DEMO.stat().st_size < 4_000_000


def test_sleap_io_reads_the_demo(demo: dict[str, Rows]) -> None:
    labels = sleap_io.load_slp(str(DEMO))
    assert len(labels) == len(demo["frames"])
    assert [video.source_video.filename for video in labels.videos] == [s.name for s in SCENES]
    assert labels.skeleton.node_names == list(NODES)
    assert len(labels.skeleton.symmetries) == len(SYMMETRIES)
    assert {track.name for track in labels.tracks} >= {"a_female", "a_male", "d_male"}
    assert labels[40].image.shape == (SIZE, SIZE, 1)


# --- what is labelled ----------------------------------------------------------------------------


def test_frames_are_about_110_of_every_video(demo: dict[str, Rows]) -> None:
    counts = np.bincount(demo["frames"]["video"])
    assert len(counts) == 4
    assert counts.min() >= 105
    assert counts.max() <= 125
    assert 440 <= counts.sum() <= 480


@parametrize_scenes
def test_every_block_of_50_frames_holds_labeled_frames(scene: Scene, demo: dict[str, Rows]) -> None:
    frame_idx = demo["frames"]["frame_idx"][demo["frames"]["video"] == scene.number]
    counts = np.bincount(frame_idx.astype(np.int64) // 50, minlength=N_FRAMES // 50)
    assert len(counts) == 12
    assert counts.min() >= 5
    assert counts.max() <= 16


@parametrize_scenes
def test_labeled_frames_come_in_runs_with_pauses(scene: Scene, demo: dict[str, Rows]) -> None:
    frame_idx = demo["frames"]["frame_idx"][demo["frames"]["video"] == scene.number]
    steps = np.diff(frame_idx.astype(np.int64))
    assert (steps > 0).all()
    assert (steps <= 3).mean() > 0.85
    assert (steps >= 18).sum() >= 8


def test_neighbours_look_alike_and_strangers_do_not(
    images: list[dict[int, NDArray[np.uint8]]],
) -> None:
    image = {frame: images[0][frame].astype(float) for frame in (320, 322, 463)}
    near = np.abs(image[320] - image[322]).mean()
    far = np.abs(image[320] - image[463]).mean()
    assert near * 2 < far


def test_most_frames_hold_user_instances_of_both_flies(demo: dict[str, Rows]) -> None:
    counts = np.bincount(instances_of(demo, USER), minlength=3)
    assert counts[2] > 0.8 * len(demo["frames"])
    assert 10 <= counts[1] <= 40


@pytest.mark.parametrize(
    ("has_predictions", "n_frames"),
    [(True, [N_PREDICTED_ONLY] * 4), (False, list(N_EMPTY))],
    ids=["predictions", "nothing"],
)
def test_some_frames_hold_predictions_alone_or_nothing(
    has_predictions: bool, n_frames: list[int], demo: dict[str, Rows]
) -> None:
    user, predicted = instances_of(demo, USER), instances_of(demo, PREDICTED)
    chosen = (user == 0) & ((predicted > 0) == has_predictions)
    if not has_predictions:
        chosen &= ~is_negative(demo)
    assert np.bincount(demo["frames"]["video"][chosen]).tolist() == n_frames


def is_negative(demo: dict[str, Rows]) -> NDArray[np.bool_]:
    keys = set(demo["negative_frames"].tolist())
    return np.array([key in keys for key in demo["frames"][["video", "frame_idx"]].tolist()])


def test_negative_frames_are_labeled_frames_that_show_the_bare_floor(
    demo: dict[str, Rows], images: list[dict[int, NDArray[np.uint8]]]
) -> None:
    assert is_negative(demo).sum() == len(demo["negative_frames"]) == 12
    for video, frame in demo["negative_frames"].tolist():
        bare = SCENES[video].floor(SIZE)
        assert frame < ARRIVAL
        assert np.abs(images[video][frame] - bare).max() <= 1.5


def test_links_go_from_user_to_predicted_instances_of_the_same_fly(demo: dict[str, Rows]) -> None:
    instances = demo["instances"]
    linked = instances[instances["from_predicted"] >= 0]
    origin = instances[linked["from_predicted"]]
    assert len(linked) == 4 * 2 * 16
    assert (linked["instance_type"] == USER).all()
    assert (origin["instance_type"] == PREDICTED).all()
    for column in ("frame_id", "track"):
        np.testing.assert_array_equal(linked[column], origin[column])
    distance = points_of(demo, linked, "points") - points_of(demo, origin, "pred_points")
    assert np.nanmax(np.abs(distance)) <= 2
    assert np.nanmedian(np.abs(distance)) > 0.1


def points_of(demo: dict[str, Rows], instances: Rows, table: str) -> NDArray[np.float64]:
    rows = instances["point_id_start"][:, None].astype(np.int64) + np.arange(len(NODES))
    return np.stack([demo[table][rows]["x"], demo[table][rows]["y"]], axis=-1)


@pytest.mark.parametrize("table", ["pred_points", "instances"])
def test_scores_are_between_0_and_1_and_differ(table: str, demo: dict[str, Rows]) -> None:
    predicted = demo["instances"]["instance_type"] == PREDICTED
    scores = demo[table]["score"][predicted if table == "instances" else slice(None)]
    assert scores.min() > 0.15
    assert scores.max() < 1
    assert len(np.unique(scores)) > 20


def test_two_tracks_per_video_and_a_few_instances_without(demo: dict[str, Rows]) -> None:
    instances = demo["instances"]
    video = demo["frames"]["video"][instances["frame_id"]]
    tracked = instances["track"] >= 0
    np.testing.assert_array_equal(instances["track"][tracked] // 2, video[tracked])
    assert 20 <= (~tracked).sum() <= 30


@pytest.mark.parametrize("is_placed", [False, True], ids=["absent", "hidden"])
def test_both_kinds_of_hidden_points_occur_in_every_video(
    is_placed: bool, demo: dict[str, Rows]
) -> None:
    points = demo["points"]
    absent, hidden = np.isnan(points["x"]), ~points["visible"]
    assert not (absent & ~hidden).any()
    user = demo["instances"][demo["instances"]["instance_type"] == USER]
    video = np.repeat(demo["frames"]["video"][user["frame_id"]], len(NODES))
    kind = hidden & (absent != is_placed)
    assert (np.bincount(video[kind], minlength=4) >= 10).all()
    assert hidden.mean() < 0.08


@pytest.mark.parametrize(
    ("table", "column"), [("frames", "frame_id"), ("instances", "instance_id")]
)
def test_rows_are_numbered(table: str, column: str, demo: dict[str, Rows]) -> None:
    np.testing.assert_array_equal(demo[table][column], np.arange(len(demo[table])))


def test_ranges_are_whole(demo: dict[str, Rows]) -> None:
    frames = demo["frames"]
    np.testing.assert_array_equal(frames["instance_id_start"][1:], frames["instance_id_end"][:-1])
    assert frames["instance_id_end"][-1] == len(demo["instances"])


@pytest.mark.parametrize(("kind", "table"), [(USER, "points"), (PREDICTED, "pred_points")])
def test_points_of_instances_follow_on_each_other(
    kind: int, table: str, demo: dict[str, Rows]
) -> None:
    its = demo["instances"][demo["instances"]["instance_type"] == kind]
    np.testing.assert_array_equal(its["point_id_start"], np.arange(len(its)) * len(NODES))
    assert its["point_id_end"][-1] == len(demo[table])


@parametrize_scenes
def test_suggestions_are_labeled_frames_and_others(
    scene: Scene, images: list[dict[int, NDArray[np.uint8]]]
) -> None:
    labels = label_scene(scene.number)
    labeled, others = np.split(labels.suggested, 2)
    assert np.isin(labeled, labels.frame_idx[labels.by_user.any(axis=1)]).all()
    assert not np.isin(others, labels.frame_idx).any()
    embedded = np.isin(others, list(images[scene.number]))
    assert embedded.all() if scene.name == "arena_b.mp4" else not embedded.any()
    assert set(labels.frame_idx.tolist()) <= images[scene.number].keys()


# --- labels and images agree ---------------------------------------------------------------------


def test_visible_points_differ_from_the_floor(
    demo: dict[str, Rows], images: list[dict[int, NDArray[np.uint8]]]
) -> None:
    user = demo["instances"][demo["instances"]["instance_type"] == USER]
    rows = user["point_id_start"][:, None].astype(np.int64) + np.arange(len(NODES))
    frames = demo["frames"][user["frame_id"]]
    contrast = np.full(rows.shape, np.nan)
    for row, (frame, points) in enumerate(zip(frames, demo["points"][rows], strict=True)):
        seen = points["visible"]
        image = images[frame["video"]][int(frame["frame_idx"])]
        x, y = (np.floor(points[axis][seen] + 0.5).astype(int) for axis in ("x", "y"))
        contrast[row, seen] = np.abs(image[y, x] - FLOORS[frame["video"]][y, x])
    assert np.nanquantile(contrast, 0.01) > 20
    assert (np.nanmedian(contrast, axis=0) > 40).all()


FLOORS = [scene.floor(SIZE) for scene in SCENES]


@pytest.mark.parametrize(("x", "y"), [(10.0, 10.0), (10.25, 9.5), (8.984375, 11.015625)])
def test_pixel_centres_are_whole_numbers(x: float, y: float) -> None:
    grid = np.arange(21.0)
    cover = disc(grid[None, :], grid[:, None], np.array([x, y]), 4.0)
    centre = (cover * grid).sum() / cover.sum(), (cover * grid[:, None]).sum() / cover.sum()
    np.testing.assert_allclose(centre, (x, y), atol=0.02)


@pytest.mark.parametrize(
    ("along", "across"), [(12.0, 5.0), (5.0, 12.0), (9.0, 9.0)], ids=["wide", "high", "a circle"]
)
def test_an_ellipse_covers_its_area(along: float, across: float) -> None:
    grid = np.arange(-20.0, 21.0)
    cover = ellipse(grid[None, :], grid[:, None], along, across)
    np.testing.assert_allclose(cover.sum(), np.pi * along * across, rtol=0.02)


@pytest.mark.parametrize("pair", SYMMETRIES, ids=lambda pair: NODES[pair[0]])
def test_left_is_on_the_left_of_the_animal(pair: tuple[int, int]) -> None:
    assert NODES[pair[0]].replace("L", "R") == NODES[pair[1]]
    for scene in SCENES:
        ahead = scene.joints[..., HEAD, :] - scene.joints[..., THORAX, :]
        left = scene.joints[..., pair[0], :] - scene.joints[..., pair[1], :]
        # y grows downwards: to the left of the x axis is negative y.
        assert (ahead[..., 0] * left[..., 1] - ahead[..., 1] * left[..., 0] < 0).all()


@parametrize_scenes
def test_a_crop_of_64_pixels_around_the_thorax_holds_a_fly(scene: Scene) -> None:
    nodes = scene.joints[:, :, : len(NODES)]
    assert np.abs(nodes - nodes[:, :, [THORAX]]).max() < 31


@parametrize_scenes
def test_flies_touch_and_cover_one_another_and_part_again(scene: Scene) -> None:
    first, second = scene.joints[:, :, THORAX]
    distance = np.sqrt(((first - second) ** 2).sum(axis=-1))
    assert (distance < 20).sum() > 5
    assert (distance > 50).sum() > 50


@parametrize_scenes
def test_flies_move_smoothly(scene: Scene) -> None:
    step = np.diff(scene.joints[:, :, THORAX], axis=1)
    assert np.sqrt((step**2).sum(axis=-1)).max() < 4.5


# --- the same on every machine -------------------------------------------------------------------

# Of numpy: what moves or compares numbers, integer arithmetic, and what IEEE 754 defines exactly.
EXACT = {
    "abs", "arange", "argsort", "array", "asarray", "bool_", "broadcast_shapes", "broadcast_to",
    "clip", "concatenate", "copysign", "cumsum", "diff", "divmod", "dtype", "float64", "floor",
    "full", "generic", "hstack", "int64", "isin", "logical_and", "max", "maximum", "nan",
    "nonzero", "ones_like", "repeat", "roll", "searchsorted", "setdiff1d", "shape", "split",
    "sqrt", "stack", "uint64", "uint8", "union1d", "void", "where", "zeros",
}  # fmt: skip
SOURCES = sorted((ROOT / "splitlib" / "demo").glob("*.py"))


@pytest.mark.parametrize(
    "source", [path for path in SOURCES if path.name != "picture.py"], ids=lambda path: path.stem
)
def test_only_exact_operations_decide_the_labels(source: Path) -> None:
    tree = list(ast.walk(ast.parse(source.read_text(encoding="utf-8"))))
    attributes = [node for node in tree if isinstance(node, ast.Attribute)]
    named = [(node.value.id, node.attr) for node in attributes if isinstance(node.value, ast.Name)]
    assert {name for module, name in named if module == "np"} <= EXACT
    assert {name for module, name in named if module == "math"} <= {"tau"}
    assert not {"mean", "dot", "std"} & {node.attr for node in attributes}
    powers = [node for node in tree if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)]
    assert [ast.unparse(power) for power in powers] in ([], ["2.0 ** (-53)"])


def test_chance_is_pinned() -> None:
    """These numbers decide the demo labels: they may never change."""
    assert [float(number) for number in chance(1, 2, np.arange(3))] == PINNED


PINNED = [0.9006109088931584, 0.7190726062412859, 0.9108991370731504]


def test_chance_depends_on_every_key_and_on_their_order() -> None:
    assert len(np.unique(chance(np.arange(30)[:, None], np.arange(30)))) == 900
    assert 0.48 < chance(5, np.arange(10_000)).mean() < 0.52


@given(st.floats(-1000, 1000))
def test_sine_and_cosine_are_those_of_the_circle(turns: float) -> None:
    assert abs(float(sine(turns)) - np.sin(2 * np.pi * turns)) < 2e-9
    assert abs(float(cosine(turns)) - np.cos(2 * np.pi * turns)) < 2e-9


@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=12)))
def test_png_decodes_to_the_pixels_put_in(image: NDArray[np.uint8]) -> None:
    np.testing.assert_array_equal(decode(encode_png(image)), image)


def test_picture_is_a_png(tmp_path: Path) -> None:
    main(["--picture", str(tmp_path / "demo.png")])
    assert decode((tmp_path / "demo.png").read_bytes()).shape == (800, 1800, 4)
