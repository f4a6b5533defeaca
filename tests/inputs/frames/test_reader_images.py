"""The images of the reader: every layout and colour order, damaged ones, memory."""

import gc
import io
import json
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import PIL.Image
import pytest
from damaged_images import flip_byte, forge
from drawn import tries
from hypothesis import given
from hypothesis import strategies as st
from reader_examples import (
    as_bytes,
    coloured,
    encoded,
    examples,
    package,
    read,
    reader_of,
    video_of,
)
from synthetic_labels import HEIGHT, WIDTH, MadeFrame, MadeLabels, small_package, to_layout

from splitlib.errors import ImageError, LabelsFileError, SplitlibError, VideoMismatchError
from splitlib.inputs.frames.image_headers import image_header
from splitlib.inputs.frames.reader import LabelsReader
from splitlib.labels import Labels
from splitlib.slp.create import EmbeddedVideo


def images_of(folder: Path, *videos: EmbeddedVideo, format_id: float = 1.4) -> list[object]:
    return [example["image"] for example in read(reader_of(folder, *videos, format_id=format_id))]


@pytest.mark.parametrize(
    ("channel_order", "format_id", "is_swapped"),
    [("RGB", 1.4, False), ("BGR", 1.4, True), (None, 1.2, True), (None, 1.4, False)],
    ids=["RGB", "BGR", "old files are of OpenCV", "newer files are RGB"],
)
def test_colours_come_as_rgb_whatever_the_order_in_the_file(
    channel_order: str | None, format_id: float, is_swapped: bool, tmp_path: Path
) -> None:
    pixels = coloured(1)
    stored = pixels[..., ::-1] if is_swapped else pixels
    video = video_of([encoded(stored)], channel_order=channel_order)
    (image,) = images_of(tmp_path, video, format_id=format_id)
    np.testing.assert_array_equal(image, pixels)


def test_videos_of_both_colour_orders_are_read_together(tmp_path: Path) -> None:
    one, other = coloured(1), coloured(2)
    images = images_of(
        tmp_path,
        video_of([encoded(one)], channel_order="RGB"),
        video_of([encoded(other[..., ::-1])], channel_order="BGR"),
    )
    np.testing.assert_array_equal(images, [one, other])


def test_jpeg_images_decode_as_other_libraries_decode_them(tmp_path: Path) -> None:
    """With the accurate method of libjpeg, which PIL and OpenCV use."""
    images = [encoded(coloured(seed, size=(64, 48)), "jpeg") for seed in range(3)]
    video = video_of(images, size=(64, 48))
    expected = [np.asarray(PIL.Image.open(io.BytesIO(image))) for image in images]
    np.testing.assert_array_equal(images_of(tmp_path, video), expected)


@pytest.mark.parametrize("layout", ["padded", "vlen", "gzip", "pixels"])
def test_images_are_the_same_in_every_layout(layout: str, tmp_path: Path) -> None:
    labels = package(tmp_path)
    expected = [example["image"] for example in read(LabelsReader(labels))]
    to_layout(labels.path, layout)
    images = [example["image"] for example in read(LabelsReader(Labels.load(labels.path)))]
    np.testing.assert_array_equal(images, expected)


def test_pixels_that_are_not_encoded_are_never_swapped(tmp_path: Path) -> None:
    """Files before format 1.4: the order of OpenCV is that of its encoder."""
    path = reader_of(tmp_path, video_of([encoded(coloured(0))])).labels.path
    with h5py.File(path, "r+") as file:
        file["metadata"].attrs["format_id"] = 1.2
        del file["video0/video"]
        file["video0/video"] = coloured(0)[None]
        file["video0/video"].attrs["format"] = "hdf5"
    (example,) = read(LabelsReader(Labels.load(path)))
    np.testing.assert_array_equal(example["image"], coloured(0))


def test_a_video_that_is_called_grayscale_has_one_channel(tmp_path: Path) -> None:
    """sleap-io embeds image files as they are, and leaves it to the reader to drop channels."""
    path = reader_of(tmp_path, video_of([encoded(coloured(0))])).labels.path
    with h5py.File(path, "r+") as file:
        row = json.loads(file["videos_json"][0])
        row["backend"]["grayscale"] = True
        del file["videos_json"]
        file["videos_json"] = np.array([json.dumps(row).encode()])
    reader = LabelsReader(Labels.load(path))
    (example,) = read(reader)
    np.testing.assert_array_equal(example["image"], coloured(0)[..., :1])
    assert reader.make_dataset().element_spec["image"].shape.as_list() == [HEIGHT, WIDTH, 1]
    assert example["raw_image_size"].tolist() == [HEIGHT, WIDTH, 1]


def test_videos_of_several_sizes_have_no_static_size(tmp_path: Path) -> None:
    sizes = [(6, 8), (10, 4), (6, 8)]
    videos = [
        video_of([encoded(coloured(at, size=size))], size=size) for at, size in enumerate(sizes)
    ]
    reader = reader_of(tmp_path, *videos)
    assert reader.is_from_multi_size_videos
    assert reader.max_height_and_width == (10, 8)
    assert reader.make_dataset().element_spec["image"].shape.as_list() == [None, None, 3]
    for at, example in enumerate(read(reader)):
        assert example["raw_image_size"].tolist() == [*sizes[at], 3]
        np.testing.assert_array_equal(example["image"], coloured(at, size=sizes[at]))
    same_size = replace(reader, example_indices=[0, 2])
    assert not same_size.is_from_multi_size_videos
    assert same_size.make_dataset().element_spec["image"].shape.as_list() == [6, 8, 3]


def test_gray_and_colour_videos_have_no_static_channels(tmp_path: Path) -> None:
    gray = video_of([encoded(coloured(0), mode="L")], channels=1)
    reader = reader_of(tmp_path, gray, video_of([encoded(coloured(1))]))
    assert reader.make_dataset().element_spec["image"].shape.as_list() == [HEIGHT, WIDTH, None]
    assert [example["image"].shape[-1] for example in read(reader)] == [1, 3]


def test_bytes_are_those_of_the_encoded_and_of_the_decoded_images(tmp_path: Path) -> None:
    images = [encoded(coloured(seed)) for seed in range(2)]
    reader = replace(reader_of(tmp_path, video_of(images)), example_indices=[0, 1, 1])
    assert reader.encoded_bytes == sum(map(len, images))
    assert reader.decoded_bytes == 3 * HEIGHT * WIDTH * 3


@pytest.mark.slow
def test_beyond_the_memory_budget_images_are_a_file_for_as_long_as_it_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    reader = LabelsReader(package(tmp_path))
    expected = as_bytes(read(reader))
    budget = reader.encoded_bytes
    within = replace(reader, memory_budget=budget)
    assert as_bytes(read(within)) == expected
    assert within.encoded_bytes == budget
    assert not list(tmp_path.glob(".splitlib-images-*"))
    streaming = replace(reader, memory_budget=budget - 1)
    dataset = streaming.make_dataset()
    assert streaming.encoded_bytes == 0
    streaming.check_images()
    (folder,) = tmp_path.glob(".splitlib-images-*")
    assert len(list(folder.iterdir())) == 1
    del streaming
    gc.collect()
    ahead = dataset.prefetch(2)
    del dataset
    gc.collect()
    assert as_bytes(examples(ahead)) == expected
    del ahead
    gc.collect()
    assert not folder.exists()


def test_frames_of_plain_videos_are_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"img{at}.png" for at in range(4)]
    for at, name in enumerate(names):
        (tmp_path / name).write_bytes(encoded(coloured(at)))
    frames = tuple(MadeFrame(0, frame) for frame in (3, 0, 2))
    made = MadeLabels(frames, options={"videos": [{"filename": names, "backend": {}}]})
    reader = LabelsReader(Labels.load(made.write(tmp_path / "labels.slp")))
    dataset = reader.make_dataset()
    for name in names:
        (tmp_path / name).unlink()
    for found in (examples(dataset), examples(dataset), read(reader)):
        np.testing.assert_array_equal([e["image"] for e in found], [coloured(f) for f in (3, 0, 2)])


def test_frames_that_are_not_embedded_are_read_from_the_source_video(tmp_path: Path) -> None:
    (tmp_path / "videos").mkdir()
    with h5py.File(tmp_path / "videos" / "top.h5", "w") as file:
        file["movie"] = np.stack([coloured(at) for at in range(3)])
    video = video_of([encoded(coloured(0))], source="/lab/top.h5")
    frames = (MadeFrame(0, 2), MadeFrame(0, 0), MadeFrame(0, 1))
    path = MadeLabels(frames, options={"videos": [video]}).write(tmp_path / "labels.slp")
    reader = LabelsReader(Labels.load(path), video_folders=(tmp_path / "videos",))
    expected = [coloured(frame) for frame in (2, 0, 1)]
    np.testing.assert_array_equal([example["image"] for example in read(reader)], expected)
    with pytest.raises(ImageError, match=r"top\.h5: no image is embedded for frame 1, 2"):
        LabelsReader(Labels.load(path)).make_dataset()


@pytest.mark.parametrize("shape", [[3, HEIGHT + 1, WIDTH, 3], [3, HEIGHT, 2 * WIDTH, 3]])
def test_a_video_of_another_size_than_the_labels_state_is_refused(
    shape: list[int], tmp_path: Path
) -> None:
    with h5py.File(tmp_path / "top.h5", "w") as file:
        file["movie"] = np.stack([coloured(at) for at in range(3)])
    video = {"backend": {"filename": "/lab/top.h5", "dataset": "movie", "shape": shape}}
    made = MadeLabels((MadeFrame(0, 2),), options={"videos": [video]})
    reader = LabelsReader(Labels.load(made.write(tmp_path / "labels.slp")))
    with pytest.raises(VideoMismatchError, match=f"state {shape[1]} x {shape[2]}"):
        reader.make_dataset()
    with pytest.raises(VideoMismatchError, match=rf"top\.h5 has pictures of {HEIGHT} x {WIDTH}"):
        _ = reader.max_height_and_width


def test_labels_that_change_on_disk_are_noticed(tmp_path: Path) -> None:
    reader = LabelsReader(package(tmp_path))
    replace(small_package(), n_tracks=3).write(reader.labels.path)
    with pytest.raises(LabelsFileError, match="changed after it was loaded"):
        reader.make_dataset()


# ---- damaged images


GOOD = encoded(coloured(0))
GOOD_JPEG = encoded(coloured(0), "jpeg")

DAMAGED = {
    "empty": (b"", "it is empty"),
    "text": (b"version https://git-lfs.github.com", "expected a PNG or JPEG image"),
    "cut off": (GOOD[: len(GOOD) // 2], "cut off"),
    "without its end": (GOOD[:-12], "cut off"),
    "a flipped bit in the pixels": (flip_byte(GOOD, len(GOOD) // 2), "part 'IDAT' .* damaged"),
    "a flipped bit in the header": (flip_byte(GOOD, 18), "part 'IHDR' .* damaged"),
    "a JPEG cut off": (GOOD_JPEG[: len(GOOD_JPEG) // 2], "cut off"),
    "a JPEG that is all start": (GOOD_JPEG[:2] + GOOD_JPEG[-2:], "cut off"),
}


@pytest.mark.parametrize(("image", "message"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_image_is_named_before_the_first_example(
    image: bytes, message: str, tmp_path: Path
) -> None:
    reader = reader_of(tmp_path, video_of([GOOD, image, GOOD]))
    pattern = rf"1 of 3 images cannot be decoded.*\n  video top\.mp4: frame 1: .*{message}"
    for ask in (reader.make_dataset, reader.check_images):
        with pytest.raises(ImageError, match=pattern):
            ask()


def test_pixels_with_more_channels_than_an_image_has_are_named(tmp_path: Path) -> None:
    path = reader_of(tmp_path, video_of([GOOD])).labels.path
    with h5py.File(path, "r+") as file:
        del file["video0/video"]
        file["video0/video"] = np.zeros((1, 4, 4, 7), np.uint8)
    with pytest.raises(ImageError, match=r"video top\.mp4: frame 0: .* 1 to 4 channels"):
        LabelsReader(Labels.load(path)).make_dataset()


def test_checking_the_images_names_every_one_that_does_not_decode(tmp_path: Path) -> None:
    images = [GOOD, forge(GOOD), b"?", GOOD, forge(GOOD)]
    reader = reader_of(tmp_path, video_of([GOOD]), video_of(images))
    with pytest.raises(ImageError) as error:
        reader.check_images()
    lines = str(error.value).splitlines()
    assert "3 of 6 images cannot be decoded" in lines[0]
    assert [line.split(": ")[:2] for line in lines[1:]] == [
        ["  video top.mp4#2", "frame 1"],
        ["  video top.mp4#2", "frame 2"],
        ["  video top.mp4#2", "frame 4"],
    ]
    assert isinstance(error.value, SplitlibError)


def test_images_of_one_size_are_decoded_when_they_are_checked(tmp_path: Path) -> None:
    """Their shape is known: a graph that needs nothing else would decode none."""
    reader = reader_of(tmp_path, video_of([GOOD, forge(GOOD), GOOD]))
    with pytest.raises(ImageError, match=r"1 of 3 images .*\n  video top\.mp4: frame 1: "):
        reader.check_images()


def test_checking_sound_images_says_nothing(tmp_path: Path) -> None:
    LabelsReader(package(tmp_path)).check_images()


@pytest.mark.parametrize("kind", ["png", "jpeg"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
@given(height=st.integers(1, 300), width=st.integers(1, 300))
@tries(20)
def test_headers_give_the_size_of_an_image(kind: str, mode: str, height: int, width: int) -> None:
    image = encoded(np.zeros((height, width, 3), np.uint8), kind, mode)
    assert image_header(image)[:3] == (height, width, len(mode))


@given(data=st.binary(max_size=60))
@tries(200)
def test_headers_of_anything_are_a_size_or_an_image_error(data: bytes) -> None:
    for start in (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8", b"\xff\xd8\xff\xe0\x00\x02\xff\xc0"):
        for end in (b"", b"\xff\xd9"):
            try:
                assert len(image_header(start + data + end)) == 6
            except ImageError:
                continue
