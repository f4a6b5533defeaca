import io
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import h5py
import numpy as np
import PIL.Image
import pytest
import sleap_io
from drawn import tries
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from real_files import shared_path
from slow import slow
from synthetic_labels import (
    MadeFrame,
    MadeLabels,
    found,
    small_labels,
    small_package,
    user_instance,
)

from splitlib.convert import embed, read_source_frames, read_video_frames
from splitlib.convert.media import MediaFile
from splitlib.errors import (
    ImageError,
    LabelsFileError,
    LabelsFileNotFoundError,
    MissingExtraError,
    UnsupportedFormatError,
    VideoNotFoundError,
)
from splitlib.formats.convert_labels import convert
from splitlib.labels import Labels
from splitlib.slp.png import encode_png

Pixels = NDArray[np.uint8]
AnyPixels = Pixels | NDArray[np.uint16]

HEIGHT, WIDTH, N_FRAMES = 48, 64, 20


def noise(seed: int, channels: int = 3) -> Pixels:
    shape = (HEIGHT, WIDTH, channels)
    return np.random.default_rng(seed).integers(0, 255, shape, dtype=np.uint8)


def write_video(
    path: Path,
    frames: Sequence[Pixels],
    codec: str = "ffv1",
    *,
    pixels: str = "bgr0",
    rate: Fraction = Fraction(25),
    times: Sequence[int] | None = None,
    **options: str,
) -> Path:
    """Write a video; ffv1 loses nothing."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pixels
        stream.options = options
        for at, image in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = (times or range(len(frames)))[at], 1 / rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def decode_all(path: Path) -> list[Pixels]:
    """A second reader: every frame from the first one on, counted."""
    with av.open(str(path)) as container:
        frames = container.decode(video=0)
        return [np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in frames]


def read(path: Path | Sequence[Path], *frame_idx: int, **options: object) -> list[Pixels]:
    return list(read_video_frames(path, np.array(frame_idx, np.int64), **options))  # type: ignore[arg-type]


UNEVEN_TIMES = list(np.cumsum([1, 3, 1, 2, 5] * (N_FRAMES // 5)).tolist())

VIDEOS = {
    "lossless.mkv": {"codec": "ffv1"},
    "key_frames_only.avi": {"codec": "mjpeg", "pixels": "yuvj420p"},
    "late_key_frames.mp4": {"codec": "libx264", "pixels": "yuv420p", "g": "7", "bf": "2"},
    "television_rate.mkv": {
        "codec": "libx264",
        "pixels": "yuv420p",
        "g": "7",
        "bf": "2",
        "rate": Fraction(30000, 1001),
    },
    "uneven_times.mp4": {
        "codec": "libx264",
        "pixels": "yuv420p",
        "g": "7",
        "times": UNEVEN_TIMES,
    },
    "out_of_order.mp4": {"codec": "mpeg4", "pixels": "yuv420p", "bf": "2"},
    "out_of_order.avi": {"codec": "mpeg4", "pixels": "yuv420p", "bf": "2"},
    "without_times.mpg": {"codec": "mpeg2video", "pixels": "yuv420p", "g": "7", "bf": "2"},
}


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("videos")
    frames = [noise(at) for at in range(N_FRAMES)]
    for name, options in VIDEOS.items():
        write_video(folder / name, frames, **options)  # type: ignore[arg-type]
    return folder


@pytest.mark.parametrize("name", VIDEOS)
def test_every_frame_of_a_video_is_the_one_that_was_counted(name: str, videos: Path) -> None:
    expected = decode_all(videos / name)
    assert len(expected) == N_FRAMES
    np.testing.assert_array_equal(read(videos / name, *range(N_FRAMES)), expected)


@pytest.mark.parametrize("name", VIDEOS)
@tries(15)
@given(chosen=st.lists(st.integers(0, N_FRAMES - 1), min_size=1, max_size=6))
def test_frames_chosen_in_any_order_are_those_of_a_whole_reading(
    name: str, videos: Path, chosen: list[int]
) -> None:
    expected = decode_all(videos / name)
    images = read(videos / name, *chosen)
    np.testing.assert_array_equal(images, [expected[frame] for frame in chosen])


def test_frames_of_a_video_faster_than_its_clock_are_counted(tmp_path: Path) -> None:
    """Three frames in a millisecond, the unit of time in an .mkv file."""
    path, times = tmp_path / "fast.mkv", range(0, 10 * 30, 30)
    write_video(path, [noise(at) for at in times], rate=Fraction(100_000), times=times)
    with av.open(str(path)) as container:
        clock = [packet.pts for packet in container.demux(video=0) if packet.size]
    assert len(set(clock)) < len(clock)
    video = MediaFile(path)
    for frame in (5, 2, 9, 0):
        np.testing.assert_array_equal(video.get_frame(frame), noise(times[frame]))
    video.close()


def test_a_lossless_video_gives_the_very_pixels(videos: Path) -> None:
    (image,) = read(videos / "lossless.mkv", 13)
    np.testing.assert_array_equal(image, noise(13))


def test_no_more_is_decoded_than_lies_behind_the_last_key_frame(
    videos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = MediaFile(videos / "late_key_frames.mp4")
    decode, decoded = MediaFile._decode, []

    def counting(self: MediaFile) -> Iterator[object]:
        for frame in decode(self):
            decoded.append(frame)
            yield frame

    monkeypatch.setattr(MediaFile, "_decode", counting)
    video.get_frame(N_FRAMES - 1)
    video.close()
    assert 1 <= len(decoded) <= 7


@pytest.mark.parametrize("name", ["lossless.mkv", "out_of_order.avi"])
def test_a_frame_behind_the_end_is_named(name: str, videos: Path) -> None:
    with pytest.raises(ImageError, match=rf"{name}: frame 20 cannot .* the video has 20 frames"):
        read(videos / name, 3, 20)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".h5", ".png", ".xyz"])
def test_a_file_that_is_no_video_is_named(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"broken{suffix}"
    path.write_bytes(b"no video at all " * 100)
    with pytest.raises(ImageError, match=rf"broken\{suffix}"):
        read(path, 0)


def test_a_truncated_video_is_an_error_and_no_other_frame(videos: Path, tmp_path: Path) -> None:
    content = (videos / "out_of_order.avi").read_bytes()
    path = tmp_path / "short.avi"
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(ImageError, match="frame 19"):
        read(path, 19)


@pytest.mark.parametrize("name", ["lossless.mkv", "video.h5"])
def test_without_its_library_the_message_says_what_to_install(
    name: str, videos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    monkeypatch.setitem(sys.modules, "sleap_io", None)
    with pytest.raises(MissingExtraError, match="make clean, then make repro") as error:
        read(videos / name, 0)
    assert isinstance(error.value, ImportError)


# ---- channels


@pytest.mark.parametrize(
    ("first_is_gray", "grayscale", "channels"),
    [(False, None, 3), (True, False, 3), (False, True, 1)],
)
def test_grayscale_is_as_asked_or_as_frame_0_has_it(
    first_is_gray: bool, grayscale: bool | None, channels: int, tmp_path: Path
) -> None:
    gray = np.repeat(noise(0, channels=1), 3, axis=2)
    frames = [gray if first_is_gray else noise(1), noise(2)]
    path = write_video(tmp_path / "video.mkv", frames)
    (image,) = read(path, 1, grayscale=grayscale)
    np.testing.assert_array_equal(image, noise(2)[..., :channels])


def test_a_coloured_frame_behind_a_gray_one_is_named(tmp_path: Path) -> None:
    """SLEAP takes all frames for gray then, and keeps one channel of three."""
    gray = np.repeat(noise(0, channels=1), 3, axis=2)
    path = write_video(tmp_path / "video.mkv", [gray, noise(2)])
    with pytest.raises(ImageError, match=r"video\.mkv: frame 1 has colours.* switch Grayscale"):
        read(path, 1)


def test_a_tinge_of_compression_is_no_colour(tmp_path: Path) -> None:
    gray = np.repeat(noise(0, channels=1), 3, axis=2)
    tinged = np.maximum(gray, 12) - np.array([0, 4, 12], np.uint8)
    (image,) = read(write_video(tmp_path / "video.mkv", [gray, tinged]), 1)
    np.testing.assert_array_equal(image, tinged[..., :1])


@pytest.mark.parametrize(
    ("mode", "expected_channels"),
    [("L", 1), ("RGB", 3), ("RGBA", 3), ("LA", 1)],
    ids=["gray", "colour", "colour with alpha", "gray with alpha"],
)
def test_images_are_read_without_their_alpha(
    mode: str, expected_channels: int, tmp_path: Path
) -> None:
    paths = [tmp_path / f"img{at}.png" for at in range(2)]
    for at, path in enumerate(paths):
        PIL.Image.fromarray(noise(at)).convert(mode).save(path)
    images = read(paths, 0, 1)
    first = np.asarray(PIL.Image.open(paths[1])).reshape(HEIGHT, WIDTH, -1)
    np.testing.assert_array_equal(images[1], first[..., :expected_channels])


@pytest.mark.parametrize(
    ("stored", "options", "expected"),
    [
        pytest.param(noise(0), {}, noise(0), id="bytes"),
        pytest.param(noise(0) % 2, {}, noise(0) % 2, id="zeros and ones as they are"),
        pytest.param(
            noise(0) % 2, {"convert_range": True}, noise(0) % 2 * 255, id="zeros and ones stretched"
        ),
        pytest.param(
            (noise(0) / 255).astype(np.float32),
            {"convert_range": True},
            noise(0),
            id="fractions stretched",
        ),
        pytest.param(noise(0).astype(np.float64), {}, noise(0), id="floats"),
        pytest.param(
            noise(0).transpose(2, 1, 0),
            {"input_format": "channels_first"},
            noise(0),
            id="channels first",
        ),
    ],
)
def test_hdf5_frames_become_bytes(
    stored: NDArray[Any], options: dict[str, Any], expected: Pixels, tmp_path: Path
) -> None:
    with h5py.File(tmp_path / "video.h5", "w") as file:
        file["movie"] = np.stack([stored, stored])
    (image,) = read(tmp_path / "video.h5", 1, dataset="/movie", grayscale=False, **options)
    assert image.dtype == np.uint8
    np.testing.assert_array_equal(image, expected)


@pytest.mark.parametrize(
    "pixels",
    [
        np.full((2, 2, 1), 4095, np.int32),
        np.full((2, 2, 1), -1, np.int32),
        np.full((2, 2, 1), np.nan),
        np.full((2, 2, 1), 100.5),
    ],
    ids=["12 bits in 32", "negative", "NaN", "fractions"],
)
def test_pixels_that_are_no_bytes_are_refused(pixels: NDArray[Any], tmp_path: Path) -> None:
    with h5py.File(tmp_path / "video.h5", "w") as file:
        file["movie"] = pixels[None]
    with pytest.raises(ImageError, match=r"video\.h5: frame 0 has .* expected 0 to 255"):
        read(tmp_path / "video.h5", 0)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_png_gives_back_the_pixels(channels: int) -> None:
    pixels = noise(channels, channels)
    decoded = np.asarray(PIL.Image.open(io.BytesIO(encode_png(pixels))))
    np.testing.assert_array_equal(decoded.reshape(pixels.shape), pixels)


@pytest.mark.parametrize("shape", [(2, 2, 5), (0, 2, 3), (2, 2, 0)])
def test_png_refuses_what_it_cannot_hold(shape: tuple[int, ...]) -> None:
    with pytest.raises(ImageError, match="1 to 4 channels"):
        encode_png(np.zeros(shape, np.uint8))


# ---- frames that labels name


def labels_of(path: Path, video: object, frame_idx: Sequence[int] = (1, 3)) -> Labels:
    frames = tuple(MadeFrame(0, frame, (user_instance(),)) for frame in frame_idx)
    return Labels.load(MadeLabels(frames, options={"videos": [video]}).write(path))


def source_frames(labels: Labels, *frame_idx: int, folders: Sequence[Path] = ()) -> list[AnyPixels]:
    return list(read_source_frames(labels, 0, np.array(frame_idx), folders))


def test_frames_are_found_beside_the_labels_and_in_extra_folders(tmp_path: Path) -> None:
    (tmp_path / "videos").mkdir()
    write_video(tmp_path / "videos" / "top.mkv", [noise(at) for at in range(4)])
    (tmp_path / "splits").mkdir()
    labels = labels_of(tmp_path / "splits" / "labels.slp", "C:\\data\\top.mkv")
    with pytest.raises(VideoNotFoundError, match=r"labels\.slp: video top\.mkv: 'C:"):
        source_frames(labels, 1)
    (image,) = source_frames(labels, 3, folders=[tmp_path / "videos"])
    np.testing.assert_array_equal(image, noise(3))


def test_only_the_wanted_images_of_a_list_are_needed(tmp_path: Path) -> None:
    names = [f"/lab/images/img{at}.png" for at in range(5)]
    for at in (1, 3):
        PIL.Image.fromarray(noise(at)).save(tmp_path / f"img{at}.png")
    video = {"filename": names, "backend": {"type": "ImageVideo", "filename": names}}
    labels = labels_of(tmp_path / "labels.slp", video)
    images = source_frames(labels, 1, 3)
    np.testing.assert_array_equal(images, [noise(1), noise(3)])
    with pytest.raises(VideoNotFoundError, match=r"img2\.png"):
        source_frames(labels, 2)
    with pytest.raises(ImageError, match="there is no image 5, the list has 5 images"):
        source_frames(labels, 5)


@pytest.mark.parametrize(
    ("modes", "channels"),
    [(["RGB", "L"], 3), (["L", "L"], 1)],
    ids=["colour, then gray", "gray, then gray"],
)
def test_the_first_image_of_a_list_decides_on_grayscale(
    modes: list[str], channels: int, tmp_path: Path
) -> None:
    names = ["img0.png", "img1.png"]
    for at, (name, mode) in enumerate(zip(names, modes, strict=True)):
        PIL.Image.fromarray(noise(at)).convert(mode).convert("RGB").save(tmp_path / name)
    video = {"filename": names, "backend": {"filename": names}}
    labels = labels_of(tmp_path / "labels.slp", video, [1])
    assert source_frames(labels, 1)[0].shape == (HEIGHT, WIDTH, channels)


GRAYSCALE: dict[str, tuple[dict[str, bool], int]] = {
    "yes": ({"grayscale": True}, 1),
    "no": ({"grayscale": False}, 3),
    "nothing, of a video in colour": ({}, 3),
}


@pytest.mark.parametrize(("said", "channels"), GRAYSCALE.values(), ids=GRAYSCALE)
def test_the_labels_say_whether_a_video_is_grayscale(
    said: dict[str, bool], channels: int, tmp_path: Path
) -> None:
    write_video(tmp_path / "top.mkv", [noise(at) for at in range(4)])
    video = {"backend": {"filename": "top.mkv", "bgr": True} | said}
    (image,) = source_frames(labels_of(tmp_path / "labels.slp", video), 3)
    assert image.shape == (HEIGHT, WIDTH, channels)


@pytest.mark.parametrize(("dataset", "level"), [("/a", 0), ("/b", 7), ("b", 7)])
def test_the_dataset_of_an_hdf5_video_is_the_one_that_the_labels_name(
    dataset: str, level: int, tmp_path: Path
) -> None:
    with h5py.File(tmp_path / "video.h5", "w") as file:
        file["a"], file["b"] = np.zeros((4, 2, 2, 3), np.uint8), np.full((4, 2, 2, 3), 7, np.uint8)
    video = {"backend": {"filename": "video.h5", "dataset": dataset, "convert_range": False}}
    (image,) = source_frames(labels_of(tmp_path / "labels.slp", video), 3)
    assert image.tolist() == [[[level] * 3] * 2] * 2


@pytest.mark.parametrize(("convert_range", "level"), [({}, 255), ({"convert_range": False}, 1)])
def test_hdf5_frames_are_stretched_unless_the_labels_say_no(
    convert_range: dict[str, bool], level: int, tmp_path: Path
) -> None:
    """The default of SLEAP's HDF5Video."""
    with h5py.File(tmp_path / "video.h5", "w") as file:
        file["movie"] = np.ones((4, 2, 2, 1), np.float32)
    backend = {"filename": "video.h5", "dataset": "movie"} | convert_range
    labels = labels_of(tmp_path / "labels.slp", {"backend": backend})
    assert source_frames(labels, 3)[0].max() == level


# ---- embedding


def test_embedded_labels_hold_the_same_and_the_frames_too(tmp_path: Path) -> None:
    for at in (0, 1):
        (tmp_path / f"day{at}").mkdir()
        images = [noise(100 * at + frame) for frame in range(10)]
        write_video(tmp_path / f"day{at}" / "video.mkv", images)
    made = replace(small_labels(), options={"videos": ["day0/video.mkv", "day1/video.mkv"]})
    labels = Labels.load(made.write(tmp_path / "labels.slp"))
    embed(labels, tmp_path / "out.slp")
    again = Labels.load(tmp_path / "out.slp")
    assert found(again, again[:]) == found(labels, labels[:])
    assert [video.key for video in again.videos] == [video.key for video in labels.videos]
    assert again.has_image().all()
    stored = again.read_images(again.video, again.frame_idx)
    for video, frame, image in zip(again.video, again.frame_idx, stored, strict=True):
        assert isinstance(image, bytes)
        bgr = np.asarray(PIL.Image.open(io.BytesIO(image)))
        np.testing.assert_array_equal(bgr[..., ::-1], noise(100 * video + frame))


@pytest.mark.parametrize("colour", [True, False], ids=["colour", "gray"])
def test_sleap_io_reads_embedded_frames_with_the_right_colours(
    colour: bool, tmp_path: Path
) -> None:
    image = noise(3) if colour else np.repeat(noise(3, 1), 3, axis=2)
    write_video(tmp_path / "top.mkv", [image] * 4)
    embed(labels_of(tmp_path / "labels.slp", "top.mkv"), tmp_path / "out.slp")
    labels = sleap_io.load_slp(str(tmp_path / "out.slp"))
    np.testing.assert_array_equal(labels[1].image, image if colour else image[..., :1])


def test_embedding_keeps_the_images_that_are_embedded_already(tmp_path: Path) -> None:
    labels = Labels.load(small_package().write(tmp_path / "labels.slp"))
    embed(labels, tmp_path / "out.slp")
    again = Labels.load(tmp_path / "out.slp")
    asked = ([0, 0, 1, 1], [2, 11, 7, 12])
    assert again.read_images(*asked) == labels.read_images(*asked)


def test_embedding_fails_whole(tmp_path: Path) -> None:
    labels = labels_of(tmp_path / "labels.slp", "gone.mp4")
    with pytest.raises(VideoNotFoundError):
        embed(labels, tmp_path / "out" / "out.slp")
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(
            lambda file: file.create_group("video0"), "a group already", id="group is taken"
        ),
        pytest.param(
            lambda file: file.move("videos_json", "elsewhere"), "in the metadata", id="no list"
        ),
    ],
)
def test_embedding_refuses_what_it_cannot_write_faithfully(
    change: Callable[[h5py.File], object], message: str, tmp_path: Path
) -> None:
    write_video(tmp_path / "top.mkv", [noise(at) for at in range(4)])
    labels_of(tmp_path / "labels.slp", "top.mkv")
    with h5py.File(tmp_path / "labels.slp", "r+") as file:
        metadata = file["metadata"].attrs["json"]
        row = file["videos_json"][0].decode()
        inline = metadata.replace(b'"videos":[]', f'"videos":[{row}]'.encode())
        file["metadata"].attrs["json"] = np.bytes_(inline)
        change(file)
    with pytest.raises(UnsupportedFormatError, match=message):
        embed(Labels.load(tmp_path / "labels.slp"), tmp_path / "out.slp")


# ---- other formats


def deeplabcut_project(folder: Path, n_images: int = 3) -> Path:
    """Three labeled images of one animal with two body parts."""
    images = folder / "labeled-data" / "mouse"
    images.mkdir(parents=True)
    for at in range(n_images):
        PIL.Image.fromarray(noise(at)).save(images / f"img{at}.png")
    rows = ["scorer,me,me,me,me", "bodyparts,nose,nose,tail,tail", "coords,x,y,x,y"]
    rows += [f"labeled-data/mouse/img{at}.png,{at}.5,2.0,3.0,4.25" for at in range(3)]
    (images / "CollectedData_me.csv").write_text("\n".join(rows) + "\n")
    return images / "CollectedData_me.csv"


def test_deeplabcut_labels_are_converted_with_their_images(tmp_path: Path) -> None:
    convert(deeplabcut_project(tmp_path / "project"), tmp_path / "out.slp")
    labels = Labels.load(tmp_path / "out.slp")
    assert [set(skeleton.nodes) for skeleton in labels.skeletons] == [{"nose", "tail"}]
    nose = labels.skeletons[0].nodes.index("nose")
    assert [frame.instances[0].points[nose].tolist() for frame in labels] == [
        [0.5, 2.0],
        [1.5, 2.0],
        [2.5, 2.0],
    ]
    assert labels.has_image().all()
    image = labels.read_images([0], [2])[0]
    assert isinstance(image, bytes)
    np.testing.assert_array_equal(
        np.asarray(PIL.Image.open(io.BytesIO(image)))[..., ::-1], noise(2)
    )


def embedded_in(folder: Path) -> Path:
    folder.mkdir()
    video = write_video(folder / "top.mkv", [noise(at) for at in range(4)])
    embed(labels_of(folder / "labels.slp", str(video)), folder / "out.slp")
    return folder / "out.slp"


def converted_in(folder: Path) -> Path:
    convert(deeplabcut_project(folder), folder / "out.slp")
    return folder / "out.slp"


@pytest.mark.parametrize("make", [embedded_in, converted_in])
def test_no_path_of_this_machine_is_left_and_bytes_repeat(
    make: Callable[[Path], Path], tmp_path: Path
) -> None:
    one, other = (make(tmp_path / name).read_bytes() for name in ("one", "another"))
    assert one == other
    assert str(tmp_path).encode() not in one


def test_a_missing_image_stops_the_conversion(tmp_path: Path) -> None:
    source = deeplabcut_project(tmp_path / "project", n_images=2)
    with pytest.raises(VideoNotFoundError, match=r"CollectedData_me\.csv: 1 of 3 .*/img2\.png"):
        convert(source, tmp_path / "out.slp")
    assert not (tmp_path / "out.slp").exists()


def test_slp_files_are_converted_with_everything_they_hold(tmp_path: Path) -> None:
    write_video(tmp_path / "top.mkv", [noise(at) for at in range(4)])
    labels_of(tmp_path / "labels.slp", "top.mkv")
    with h5py.File(tmp_path / "labels.slp", "r+") as file:
        file["unknown_table"] = np.arange(3)
        file["another_name"] = h5py.SoftLink("/unknown_table")
    labels = Labels.load(tmp_path / "labels.slp")
    convert(tmp_path / "labels.slp", tmp_path / "out.slp")
    with h5py.File(tmp_path / "out.slp") as file:
        assert file["unknown_table"][()].tolist() == [0, 1, 2]
        assert file["another_name"] == file["unknown_table"]
    again = Labels.load(tmp_path / "out.slp")
    assert found(again, again[:]) == found(labels, labels[:])


@pytest.mark.parametrize(
    ("name", "content", "error", "message"),
    [
        ("gone.csv", None, LabelsFileNotFoundError, "no such labels file"),
        ("gone.slp", None, LabelsFileNotFoundError, "gone"),
        ("labels.xyz", "?", LabelsFileError, "labels of this kind are not known"),
        ("labels.json", "{}", LabelsFileError, "labels.json"),
        ("labels.csv", "a,b\n1,2\n", LabelsFileError, "labels.csv"),
    ],
)
def test_files_that_are_no_labels_are_named(
    name: str, content: str | None, error: type[Exception], message: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(error, match=message):
        convert(tmp_path / name, tmp_path / "out.slp")


@pytest.mark.parametrize("at", [0, 1])
def test_pictures_to_be_turned_are_refused_where_a_format_states_no_size(
    at: int, tmp_path: Path
) -> None:
    source = deeplabcut_project(tmp_path / "project")
    picture = sorted(source.parent.glob("*.png"))[at]
    exif = PIL.Image.Exif()
    exif[274] = 6
    PIL.Image.open(picture).save(picture, exif=exif)
    with pytest.raises(ImageError, match=rf"{picture.name} asks to be turned .* without an or"):
        convert(source, tmp_path / "out.slp")


def test_without_sleap_io_other_formats_say_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = deeplabcut_project(tmp_path / "project")
    monkeypatch.setitem(sys.modules, "sleap_io", None)
    with pytest.raises(MissingExtraError, match="sleap_io cannot be imported"):
        convert(source, tmp_path / "out.slp")


# ---- real files

DEEPLABCUT = "data/DeepLabCut+DeepLabCut/examples/openfield-Pranav-2018-10-30/labeled-data/m4s1"
REAL_VIDEOS = [
    slow("data/talmolab+sleap/tests/data/json_format_v1/centered_pair_low_quality.mp4"),
    "data/talmolab+sleap/tests/data/videos/small_robot_3_frame.mp4",
    slow("data/talmolab+sleap/tests/data/videos/small_robot.mp4"),
]


@pytest.mark.parametrize("name", REAL_VIDEOS, ids=lambda name: Path(name).name)
def test_frames_of_real_videos_are_those_of_a_whole_reading(name: str) -> None:
    path = shared_path(name)
    expected = decode_all(path)
    n = len(expected)
    chosen = sorted({0, n // 3, n // 3 + 1, 2 * n // 3, n - 2, n - 1})
    images = read(path, *chosen, grayscale=False)
    np.testing.assert_array_equal(images, [expected[frame] for frame in chosen])


def test_a_real_deeplabcut_project_is_converted(tmp_path: Path) -> None:
    """The first 20 labeled images: those that are there of 116."""
    folder = tmp_path / "labeled-data" / "m4s1"
    shutil.copytree(shared_path(DEEPLABCUT), folder)
    source = folder / "CollectedData_Pranav.csv"
    rows = source.read_text().splitlines()[: 3 + 20]
    source.chmod(0o644)
    source.write_text("\n".join(rows) + "\n")
    convert(source, tmp_path / "out.slp")
    labels = Labels.load(tmp_path / "out.slp")
    frame = labels[7]
    snout = labels.skeletons[0].nodes.index("snout")
    expected = [float(value) for value in rows[3 + 7].split(",")[1:3]]
    np.testing.assert_allclose(frame.instances[0].points[snout], expected)
    image = labels.read_images([0], [7])[0]
    assert isinstance(image, bytes)
    stored = np.asarray(PIL.Image.open(io.BytesIO(image)))
    original = np.asarray(PIL.Image.open(folder / "img0007.png"))
    np.testing.assert_array_equal(stored, original if original.ndim == 2 else original[..., 0])
