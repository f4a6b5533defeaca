"""Pictures of what a model is fed: drawn where it lies, of frames that look as in training."""

import io
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import yaml
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image
from places import DEMO, ROOT
from reader_examples import coloured, encoded, video_of
from real_files import shared_path
from slow import slow
from synthetic_labels import MadeFrame, MadeLabels, user_instance

from splitlib.commands.main import main
from splitlib.inputs.batch_pictures import for_preview, write_preview
from splitlib.inputs.drawing import (
    draw_confidence_maps,
    draw_fields,
    draw_instances,
    node_colours,
)
from splitlib.inputs.input_fn import SplitInputs, make_input_fn
from splitlib.labels import Labels
from splitlib.params import (
    AugmentParams,
    Head,
    InputsParams,
    LabelsParams,
    ModelParams,
    Params,
    TargetParams,
)

CLIP = "data/talmolab+sleap/tests/data/tracks/clip.slp"
"""1,500 frames of a plain video."""

HEIGHT, WIDTH, ZOOM = 40, 60, 10
BLACK = np.zeros((HEIGHT, WIDTH, 1), np.float32)


def with_head(head: Head, **inputs: object) -> Params:
    made = InputsParams(**{"targets": TargetParams(crop_size=64), **inputs})  # type: ignore[arg-type]
    return replace(Params(), model=ModelParams(head), inputs=made)


def drawn(draw: Callable[[Axes], None]) -> NDArray[np.uint8]:
    """(HEIGHT * ZOOM, WIDTH * ZOOM, 3) what is drawn over an image, one pixel as ZOOM of them."""
    figure = Figure(figsize=(WIDTH / 10, HEIGHT / 10), dpi=10 * ZOOM)
    draw(figure.add_axes((0, 0, 1, 1)))
    png = io.BytesIO()
    figure.savefig(png)
    return np.asarray(Image.open(png).convert("RGB"))


def middle(is_there: NDArray[np.bool_]) -> tuple[float, float]:
    """(x, y) in pixels of the image, whose first one has its middle at (0, 0)."""
    y, x = np.nonzero(is_there)
    return (float(x.mean() + 0.5) / ZOOM - 0.5, float(y.mean() + 0.5) / ZOOM - 0.5)


def has_colour(picture: NDArray[np.uint8], colour: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Where the picture has the hue of a colour, be it darker."""
    pixels = picture / np.maximum(picture.max(axis=-1, keepdims=True), 1)
    hue = colour[:3] / colour[:3].max()
    is_near: NDArray[np.bool_] = np.abs(pixels - hue).max(axis=-1) < 0.05
    is_there: NDArray[np.bool_] = is_near & (picture.max(axis=-1) > 60)
    return is_there


# --- what is drawn lies where it belongs ----------------------------------------------------------


def test_points_are_drawn_where_they_lie_and_missing_ones_not_at_all() -> None:
    points = np.array([[[10, 20], [50.5, 5.25], [np.nan, np.nan]]], np.float32)
    picture = drawn(lambda axes: draw_instances(axes, BLACK, points, edges=()))
    first, second, third = node_colours(3)
    assert middle(has_colour(picture, first)) == pytest.approx((10, 20), abs=0.1)
    assert middle(has_colour(picture, second)) == pytest.approx((50.5, 5.25), abs=0.1)
    assert not has_colour(picture, third).any()


def test_edges_join_the_points_of_an_instance() -> None:
    points = np.array([[[10, 20], [30, 20]], [[10, 30], [30, 30]]], np.float32)
    joined = drawn(lambda axes: draw_instances(axes, BLACK, points, [(0, 1)])).max(axis=-1)
    plain = drawn(lambda axes: draw_instances(axes, BLACK, points, [])).max(axis=-1)
    between = slice(13 * ZOOM, 28 * ZOOM)
    for row in (20, 30):
        at = round((row + 0.5) * ZOOM)
        assert joined[at - 2 : at + 2, between].any(axis=0).all()
        assert not plain[at - 2 : at + 2, between].any()
    assert not joined[22 * ZOOM : 28 * ZOOM].any()  # instances are not joined to each other


@pytest.mark.parametrize("stride", [1, 2, 4])
def test_peaks_of_maps_are_drawn_over_their_points(stride: int) -> None:
    maps = np.zeros((HEIGHT // stride, WIDTH // stride, 2), np.float32)
    maps[3, 7, 0], maps[8, 2, 1] = 1, 1
    picture = drawn(lambda axes: draw_confidence_maps(axes, BLACK, maps, stride))
    for colour, (row, column) in zip(node_colours(2), [(3, 7), (8, 2)], strict=True):
        found = middle(has_colour(picture, colour))
        assert found == pytest.approx((column * stride, row * stride), abs=0.1)


def test_fields_are_arrows_from_their_cell_along_the_edge() -> None:
    fields = np.zeros((HEIGHT // 4, WIDTH // 4, 2), np.float32)
    fields[5, 6] = 0, 1  # downwards, as y grows
    fields[1, 1] = 0.2, 0  # too weak to show
    picture = drawn(lambda axes: draw_fields(axes, BLACK, fields, stride=4))
    x, y = middle(picture.max(axis=-1) > 60)
    assert x == pytest.approx(24, abs=0.2)
    assert 20 < y < 24
    assert not picture[: 15 * ZOOM].any()


# --- the command ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "options"),
    [
        slow("centroid", []),
        ("centered_instance", ["--plain"]),
        slow("centered_instance", []),
        slow("multi_instance", ["--plain"]),
    ],
)
def test_the_command_draws_images_above_their_targets(
    head: str, options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["model"]["head"] = head
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
    arguments = [*options, "--params", str(tmp_path / "params.yaml")]
    output = str(tmp_path / "new" / "preview.png")
    assert main(["preview", str(DEMO), "-o", output, *arguments]) == 0
    inputs = SplitInputs.load(DEMO, with_head(head))  # type: ignore[arg-type]
    shown = f"{inputs.n_examples} examples of {inputs.n_frames} frames"
    first, *size = capsys.readouterr().out.splitlines()
    assert first == f"{output}: {shown}"
    assert (
        size[:1]
        == ["crop_size: auto is 80 pixels for these labels; a pipeline takes what train needs"]
    ) is (head == "centered_instance")
    picture = np.asarray(Image.open(output).convert("RGB"))
    n_rows, n_columns, side = {"centered_instance": (2, 4, 2.2), "centroid": (2, 2, 4.4)}.get(
        head, (3, 2, 4.4)
    )
    assert abs(picture.shape[0] - (n_rows * side + 0.4) * 120) <= 1
    assert abs(picture.shape[1] - n_columns * side * 120) <= 1
    for row in np.array_split(picture[48:], n_rows):
        assert (np.ptp(row.astype(int), axis=-1) > 60).any(), "nodes or maps in colour"
        for cell in np.array_split(row, n_columns, axis=1):
            assert (cell.min(axis=-1) < 255).mean() > 0.8, "on an image"


@pytest.mark.parametrize("name", ["preview", "preview.jpg"])
def test_a_picture_that_is_no_png_is_refused_before_anything_is_read(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["preview", "no.slp", "-o", str(tmp_path / name)]) == 2
    assert f"{name}: pictures are PNG; use a name that ends in .png" in capsys.readouterr().err


@pytest.mark.slow
def test_a_picture_is_the_same_bytes_every_time(tmp_path: Path) -> None:
    brightness = AugmentParams(rotation=0, scale=(1.0, 1.0), brightness=0.2)
    inputs = SplitInputs.load(DEMO, with_head("centroid", batch_size=4, augment=brightness))
    paths = [tmp_path / name for name in ("one.png", "two.png")]
    for path in paths:
        write_preview(path, inputs, "train", training=True)
    assert paths[0].read_bytes() == paths[1].read_bytes()


# --- no more is read than is shown ----------------------------------------------------------------


@pytest.mark.parametrize("training", [False, slow(True)], ids=["plain", "training"])
def test_few_frames_are_read_and_the_first_batch_is_that_of_all(training: bool) -> None:
    inputs = SplitInputs.load(DEMO, with_head("centroid", batch_size=4))
    few = for_preview(inputs, training=training)
    assert 16 <= few.n_frames <= 16 + len(inputs.source.video_keys) < inputs.n_frames
    one, other = (
        next(each.batches(training=training).as_numpy_iterator()) for each in (few, inputs)
    )
    assert one.keys() == other.keys()
    for key, value in one.items():
        np.testing.assert_array_equal(value, other[key])


@pytest.mark.slow
def test_crops_in_a_picture_are_crops_of_the_first_epoch(tmp_path: Path) -> None:
    Labels.load(DEMO).extract(range(0, 471, 6)).save(tmp_path / "some.slp")
    inputs = SplitInputs.load(tmp_path / "some.slp", with_head("centered_instance", batch_size=4))
    few = for_preview(inputs, training=True)
    assert few.n_frames < inputs.n_frames
    shown = next(few.batches(training=True).as_numpy_iterator())["instance_image"]
    batches = islice(inputs.batches(training=True).as_numpy_iterator(), inputs.steps_per_epoch)
    all_crops = {image.tobytes() for batch in batches for image in batch["instance_image"]}
    assert {image.tobytes() for image in shown} <= all_crops


@pytest.mark.parametrize("training", [False, slow(True)], ids=["plain", "training"])
def test_images_share_the_largest_size_of_all_videos(training: bool, tmp_path: Path) -> None:
    sizes = [(12, 8), (8, 20), (8, 8)]  # two videos decide on the size, whatever is shown
    videos = [
        video_of(
            [encoded(coloured(at, size=size), mode="RGB" if at == 1 else "L")] * 40,
            size=size,
            channels=3 if at == 1 else 1,
            source=f"{at}.mp4",
        )
        for at, size in enumerate(sizes)
    ]
    frames = tuple(
        MadeFrame(at, frame, (user_instance(),)) for at in range(3) for frame in range(40)
    )
    path = MadeLabels(frames, options={"videos": videos}).write(tmp_path / "labels.slp")
    params = replace(with_head("centroid", batch_size=1), labels=LabelsParams(path=str(path)))
    inputs = SplitInputs.load(path, params)
    few = for_preview(inputs, training=training)
    assert few.n_frames < 10
    one, other = (each.batches(training=training).element_spec for each in (few, inputs))
    assert one["image"].shape == other["image"].shape == (None, 16, 32, 3)


@pytest.mark.parametrize(("path", "n"), [(DEMO, 441), slow(CLIP, 1500)], ids=["demo", "video"])
def test_no_image_of_other_frames_is_read(path: str | Path, n: int) -> None:
    labels = path if path == DEMO else shared_path(str(path))
    inputs = SplitInputs.load(labels, with_head("centroid", batch_size=4))
    few = for_preview(inputs, training=True)
    assert inputs.n_frames == n
    assert few.n_frames <= 20
    next(iter(few.frames(training=False)))
    assert "images" not in vars(inputs.source.reader)  # type: ignore[union-attr]
    assert len(few.source.reader.images.frames) == few.n_frames  # type: ignore[union-attr]


@pytest.mark.slow
def test_a_split_smaller_than_a_batch_is_shown_whole(tmp_path: Path) -> None:
    Labels.load(DEMO).extract([3]).save(tmp_path / "one.slp")
    inputs = make_input_fn(tmp_path / "one.slp", Params(), training=True).inputs
    assert for_preview(inputs, training=True).n_frames == 1
    write_preview(tmp_path / "one.png", inputs, "one frame", training=False)
    assert (tmp_path / "one.png").exists()
