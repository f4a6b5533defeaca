"""The file that is found is the video that was labeled, or is refused."""

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import av
import h5py
import numpy as np
import PIL.Image
import pytest
from synthetic_labels import MadeFrame, MadeLabels, user_instance

from splitlib.convert import read_source_frames
from splitlib.convert.source_frames import SourceVideos
from splitlib.errors import VideoMismatchError, VideoNotFoundError
from splitlib.formats.convert_labels import convert
from splitlib.labels import Labels

HEIGHT, WIDTH, N_FRAMES = 48, 64, 20
STATED = [N_FRAMES, HEIGHT, WIDTH, 1]

Make = Callable[..., None]


def make_video(path: Path, n: int = N_FRAMES, size: tuple[int, int] = (HEIGHT, WIDTH)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("ffv1", rate=25)
        stream.height, stream.width = size
        stream.pix_fmt = "bgr0"
        for at in range(n):
            pixels = np.full((*size, 3), at, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())


def make_hdf5(path: Path, n: int = N_FRAMES, size: tuple[int, int] = (HEIGHT, WIDTH)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        file["movie"] = np.zeros((n, *size, 1), np.uint8)


def make_channels_first(
    path: Path, n: int = N_FRAMES, size: tuple[int, int] = (HEIGHT, WIDTH)
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        file["movie"] = np.zeros((n, 1, *size[::-1]), np.uint8)


def make_picture(path: Path, height: int = HEIGHT, width: int = WIDTH) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    PIL.Image.fromarray(np.zeros((height, width), np.uint8)).save(path)


def labels_with(path: Path, *videos: object, frames: Sequence[int] = (1, 3)) -> Labels:
    """Labels of some frames of each video, which is a path or a row of the JSON."""
    made = tuple(
        MadeFrame(at, frame, (user_instance(),)) for at in range(len(videos)) for frame in frames
    )
    return Labels.load(MadeLabels(made, options={"videos": list(videos)}).write(path))


def row(names: object, shape: object = STATED, **more: object) -> dict[str, Any]:
    return {"backend": {"filename": names, "shape": shape, "grayscale": True, **more}}


def read(labels: Labels, video: int = 0, frames: Sequence[int] = (1, 3)) -> int:
    """Read frames; the number of those that came."""
    return len(list(read_source_frames(labels, video, np.array(frames))))


FILES: dict[str, tuple[str, Make, dict[str, str]]] = {
    "compressed": ("top.mkv", make_video, {}),
    "HDF5": ("top.h5", make_hdf5, {"dataset": "movie"}),
    "HDF5, channels first": (
        "top.h5",
        make_channels_first,
        {"dataset": "movie", "input_format": "channels_first"},
    ),
}


@pytest.mark.parametrize("windows", [True, False], ids=["Windows", "POSIX"])
@pytest.mark.parametrize(("name", "make", "more"), FILES.values(), ids=FILES)
def test_another_size_than_stated_is_refused_with_both_sizes(
    name: str, make: Make, more: dict[str, str], windows: bool, tmp_path: Path
) -> None:
    path = f"D:\\films\\{name}" if windows else f"/lab/films/{name}"
    labels = labels_with(tmp_path / "labels.slp", row(path, **more))
    make(tmp_path / name)
    assert read(labels) == 2
    make(tmp_path / name, size=(HEIGHT // 2, WIDTH // 2))
    with pytest.raises(VideoMismatchError) as error:
        read(labels)
    for part in (
        f"{tmp_path / 'labels.slp'}: video {name}: {tmp_path / name} has pictures of 24 x 32",
        "the labels state 48 x 64",
        f"{path!r} was looked for in {tmp_path}",
        "put the video that was labeled in its place",
    ):
        assert part in str(error.value)


def test_a_video_on_its_side_is_another_size(tmp_path: Path) -> None:
    make_video(tmp_path / "top.mkv", size=(WIDTH, HEIGHT))
    labels = labels_with(tmp_path / "labels.slp", row("top.mkv"))
    with pytest.raises(VideoMismatchError, match=r"64 x 48 .* state 48 x 64"):
        read(labels)


def test_the_size_that_sleap_writes_counts_too(tmp_path: Path) -> None:
    make_video(tmp_path / "top.mkv")
    sleap = {"backend": {"filename": "top.mkv", "height_": 96, "width_": 128}}
    with pytest.raises(VideoMismatchError, match="state 96 x 128"):
        read(labels_with(tmp_path / "labels.slp", sleap))


def test_where_the_labels_state_nothing_any_size_is_taken(tmp_path: Path) -> None:
    make_video(tmp_path / "top.mkv", size=(10, 12))
    assert read(labels_with(tmp_path / "labels.slp", "top.mkv")) == 2


@pytest.mark.parametrize(("name", "make", "more"), FILES.values(), ids=FILES)
def test_a_video_that_ends_before_the_last_label_is_refused_whatever_is_asked(
    name: str, make: Make, more: dict[str, str], tmp_path: Path
) -> None:
    make(tmp_path / name)
    video = row(name, None, **more)
    labels = labels_with(tmp_path / "labels.slp", video, frames=(1, 3, 25))
    with pytest.raises(VideoMismatchError, match=r"has 20 frames, and the labels need frame 25"):
        read(labels.extract([0]), frames=[1])


@pytest.mark.parametrize(
    ("labeled", "asked", "refused"),
    [
        pytest.param(21, 3, False, id="decoders differ"),
        pytest.param(22, 3, True, id="further than decoders differ"),
        pytest.param(19, 19, False, id="the last frame"),
        pytest.param(20, 20, True, id="asked for"),
        pytest.param(3, 30, True, id="asked for and not labeled"),
    ],
)
def test_the_last_frame_that_is_needed(
    labeled: int, asked: int, refused: bool, tmp_path: Path
) -> None:
    make_video(tmp_path / "top.mkv")
    labels = labels_with(tmp_path / "labels.slp", "top.mkv", frames=(1, labeled))
    if refused:
        with pytest.raises(VideoMismatchError, match=f"need frame {max(labeled, asked)}"):
            read(labels, frames=[asked])
    else:
        assert read(labels, frames=[asked]) == 1


@pytest.mark.parametrize("stated", [17, 23, 1000])
@pytest.mark.parametrize(("name", "make", "more"), FILES.values(), ids=FILES)
def test_another_length_than_stated_is_warned_of_with_both(
    name: str, make: Make, more: dict[str, str], stated: int, tmp_path: Path
) -> None:
    make(tmp_path / name)
    labels = labels_with(tmp_path / "labels.slp", row(name, [stated, HEIGHT, WIDTH, 1], **more))
    words = f"labels.slp: video {name}: .* has 20 frames, and the labels state {stated}"
    with pytest.warns(UserWarning, match=words):
        assert read(labels) == 2


@pytest.mark.parametrize("stated", [18, 19, 20, 21, 22])
def test_a_frame_or_two_are_no_warning(stated: int, tmp_path: Path) -> None:
    make_video(tmp_path / "top.mkv")
    labels = labels_with(tmp_path / "labels.slp", row("top.mkv", [stated, HEIGHT, WIDTH, 1]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read(labels) == 2


# ---- lists of images

NAMES = [f"/lab/pictures/img{at}.png" for at in range(4)]
SMALL = (HEIGHT // 2, WIDTH // 2)

# sizes of the images that are there; whether they are those that were labeled
LISTS: dict[str, tuple[dict[int, tuple[int, int]], bool]] = {
    "as stated": (dict.fromkeys(range(4), (HEIGHT, WIDTH)), True),
    "several sizes, the first as stated": ({0: (HEIGHT, WIDTH), 1: SMALL, 3: (9, 9)}, True),
    "all of half the size": (dict.fromkeys(range(4), SMALL), False),
    "the first of another size": ({0: SMALL, 1: (HEIGHT, WIDTH), 3: (HEIGHT, WIDTH)}, False),
    "the first missing, one as stated": ({1: SMALL, 3: (HEIGHT, WIDTH)}, True),
    "the first missing, none as stated": ({1: SMALL, 3: (9, 9)}, False),
}


@pytest.mark.parametrize(("sizes", "is_right"), LISTS.values(), ids=LISTS)
def test_the_first_image_of_a_list_has_the_size_that_the_labels_state(
    sizes: dict[int, tuple[int, int]], is_right: bool, tmp_path: Path
) -> None:
    for at, size in sizes.items():
        make_picture(tmp_path / "pictures" / f"img{at}.png", *size)
    labels = labels_with(tmp_path / "labels.slp", row(NAMES, [4, HEIGHT, WIDTH, 1]))
    if is_right:
        assert read(labels) == 2
    else:
        with pytest.raises(
            VideoMismatchError, match=r"img\d\.png has pictures of .* state 48 x 64"
        ):
            read(labels)


def test_two_lists_of_one_folder_name_are_two_videos(tmp_path: Path) -> None:
    lists = [[f"/lab/{day}/cam/img{at}.png" for at in range(4)] for day in ("mon", "tue")]
    for at in range(4):
        make_picture(tmp_path / "cam" / f"img{at}.png")
    labels = labels_with(tmp_path / "labels.slp", *(row(names, None) for names in lists))
    with pytest.raises(VideoNotFoundError, match="another file that ends so"):
        read(labels, video=1)


# ---- several videos


def test_a_file_for_two_videos_is_refused_though_one_is_read(tmp_path: Path) -> None:
    make_video(tmp_path / "day1" / "top.mkv")
    (tmp_path / "day2").symlink_to(tmp_path / "day1")
    paths = ["/lab/day1/top.mkv", "/lab/day2/top.mkv"]
    with pytest.raises(VideoMismatchError) as error:
        read(labels_with(tmp_path / "labels.slp", *paths), video=1)
    for part in (*map(repr, paths), "video day2/top.mkv", "is day1/top.mkv", f"in {tmp_path}"):
        assert part in str(error.value)


def test_two_cameras_of_one_name_need_their_folders(tmp_path: Path) -> None:
    labels = labels_with(tmp_path / "labels.slp", "/lab/left/cam.mkv", "/lab/right/cam.mkv")
    make_video(tmp_path / "cam.mkv")
    for video in (0, 1):
        with pytest.raises(VideoNotFoundError, match=r"cam\.mkv is not taken"):
            read(labels, video)
    make_video(tmp_path / "left" / "cam.mkv")
    assert read(labels, 0) == 2
    with pytest.raises(VideoNotFoundError, match=r"as right/cam\.mkv beside the labels file"):
        read(labels, 1)


def test_what_is_put_right_is_found_by_the_same_labels(tmp_path: Path) -> None:
    labels = labels_with(tmp_path / "labels.slp", row("/lab/top.mkv"))
    with pytest.raises(VideoNotFoundError):
        read(labels)
    make_video(tmp_path / "top.mkv")
    assert read(labels) == 2


def test_a_path_that_two_videos_share_gives_both(tmp_path: Path) -> None:
    make_video(tmp_path / "top.mkv")
    labels = labels_with(tmp_path / "labels.slp", "/lab/top.mkv", "/lab/top.mkv")
    sources = SourceVideos(labels)
    for video in (0, 1):
        assert len(list(sources.read(video, np.array([1])))) == 1


# ---- commands and frames of packages


def test_convert_writes_nothing_from_another_video(tmp_path: Path) -> None:
    labels_with(tmp_path / "labels.slp", row("/lab/top.mkv"))
    make_video(tmp_path / "proxy" / "top.mkv", size=SMALL)
    with pytest.raises(VideoMismatchError, match="24 x 32"):
        convert(tmp_path / "labels.slp", tmp_path / "out.slp", video_folders=[tmp_path / "proxy"])
    assert not (tmp_path / "out.slp").exists()


def test_a_package_may_state_less_than_the_video_has(tmp_path: Path) -> None:
    """It ends with the last embedded frame, because nothing told how long the video is."""
    labels_with(tmp_path / "labels.slp", "top.mkv")
    make_video(tmp_path / "top.mkv")
    convert(tmp_path / "labels.slp", tmp_path / "out.slp")
    package = Labels.load(tmp_path / "out.slp")
    assert package.videos[0].n_frames == 4
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read(package, frames=[10]) == 1
    make_video(tmp_path / "top.mkv", size=SMALL)
    with pytest.raises(VideoMismatchError, match="24 x 32"):
        read(package, frames=[10])


def test_frames_of_a_package_are_no_length(tmp_path: Path) -> None:
    """A plain video that is a package has fewer images than the video that was filmed."""
    labels_with(tmp_path / "first.slp", "top.mkv", frames=(1, 12))
    make_video(tmp_path / "top.mkv")
    convert(tmp_path / "first.slp", tmp_path / "package.slp")
    video = row("package.slp", [2, HEIGHT, WIDTH, 1], dataset="video0/video")
    labels = labels_with(tmp_path / "labels.slp", video, frames=(1, 12))
    assert read(labels, frames=[1, 12]) == 2
