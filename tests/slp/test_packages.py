"""Labels files with embedded images: which images a part holds, and whose they are."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import sleap_io
from raw_hdf5 import content
from real_files import shared_path
from real_labels import LARGE, NOT_FOR_SLEAP_IO, PACKAGES, real_files
from row_by_row import images
from sleap_io_reader import load
from slow import slow
from synthetic_labels import (
    HEIGHT,
    WIDTH,
    decode,
    embedded,
    gray_level,
    png,
    replace_dataset,
    small_package,
    to_layout,
)

from splitlib.errors import ImageError, LabelsFileError, UnsupportedFormatError
from splitlib.labels import Labels

LAYOUTS = ["fixed", "gzip", "vlen", "pixels"]
LABELED = {0: {4, 2, 3}, 1: {7, 9, 8}}
SUGGESTED = {0: {11}, 1: {12}}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("part", [[0], [5, 1, 2], [3], [], range(6)], ids=str)
def test_a_part_holds_its_images_and_those_of_unlabeled_frames(
    layout: str, part: list[int], tmp_path: Path
) -> None:
    path = to_layout(small_package().write(tmp_path / "a.slp"), layout)
    labels = Labels.load(path).extract(list(part))
    labels.save(tmp_path / "part.slp")
    before, after = images(path), images(tmp_path / "part.slp")
    for video, group in enumerate(("video0", "video1")):
        kept = set(labels.frame_idx[labels.video == video].tolist()) | SUGGESTED[video]
        assert after[group] == {frame: before[group][frame] for frame in sorted(kept)}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_images_keep_their_form_and_attributes(layout: str, tmp_path: Path) -> None:
    path = to_layout(small_package().write(tmp_path / "a.slp"), layout)
    Labels.load(path).extract([0]).save(tmp_path / "part.slp")
    one, other = content(path), content(tmp_path / "part.slp")
    for place in (place for place in one if place.startswith("/video0")):
        if place in ("/video0/video", "/video0/frame_numbers"):
            assert (other[place][0], *other[place][2:4]) == (one[place][0], *one[place][2:4])
            assert other[place][1][1] == one[place][1][1]
        else:
            assert other[place] == one[place]
    assert {"/video0/video@channel_order", "/video0/video@format"} <= set(one)


@pytest.mark.parametrize("relative", real_files([*PACKAGES, LARGE, *NOT_FOR_SLEAP_IO]))
def test_real_parts_hold_the_bytes_of_their_images(relative: str, tmp_path: Path) -> None:
    path = shared_path(relative)
    labels = Labels.load(path)
    rows = list(range(0, len(labels), 2))[::-1]
    labels.extract(rows).save(tmp_path / "part.slp")
    before, after = images(path), images(tmp_path / "part.slp")
    for at, embedded_images in labels.images.items():
        group = embedded_images.dataset.partition("/")[0]
        labeled = set(labels.frame_idx[labels.video == at].tolist())
        kept = {int(labels.frame_idx[row]) for row in rows if labels.video[row] == at}
        expected = {n: i for n, i in before[group].items() if n in kept or n not in labeled}
        assert after[group] == expected


@pytest.mark.parametrize("layout", LAYOUTS)
def test_images_are_read_as_they_were_encoded(layout: str, tmp_path: Path) -> None:
    labels = Labels.load(to_layout(small_package().write(tmp_path / "a.slp"), layout))
    found = labels.read_images([0, 1, 0, 0, 0], [3, 12, 4, 11, 3])
    expected = [png(0, 3), png(1, 12), png(0, 4), png(0, 11), png(0, 3)]
    for image, encoded in zip(found, expected, strict=True):
        if layout == "pixels" and isinstance(image, np.ndarray) and image.shape[2] == 1:
            np.testing.assert_array_equal(image[..., 0], decode(encoded))
        else:
            assert image == encoded


def test_pixels_are_arrays_of_height_width_channels(tmp_path: Path) -> None:
    labels = Labels.load(to_layout(small_package().write(tmp_path / "a.slp"), "pixels"))
    (image,) = labels.read_images([0], [4])
    assert isinstance(image, np.ndarray)
    assert image.shape == (HEIGHT, WIDTH, 1)
    assert image.dtype == np.uint8
    assert labels.images[0].encoding == "hdf5"
    assert labels.images[0].shape == (HEIGHT, WIDTH, 1)


def test_an_image_of_any_length_is_not_cut_where_it_ends_in_zeros(tmp_path: Path) -> None:
    path = to_layout(small_package().write(tmp_path / "a.slp"), "vlen")
    with h5py.File(path, "r+") as file:
        file["video0/video"][1] = np.array([66, 77, 0, 0], np.int8)
    assert Labels.load(path).read_images([0], [3]) == [b"BM\0\0"]


@pytest.mark.parametrize(
    ("video", "frame", "problem"),
    [
        (0, 5, r"video day0/video.mp4: frame 5 has no embedded image \(1 of 1"),
        (2, 0, "video 2 has no images embedded"),
        (-1, 0, "video -1 has no images embedded"),
    ],
)
def test_an_image_that_is_not_there_is_named(
    video: int, frame: int, problem: str, tmp_path: Path
) -> None:
    labels = Labels.load(small_package().write(tmp_path / "a.slp"))
    with pytest.raises(ImageError, match=f"a.slp: {problem}"):
        labels.read_images([video], [frame])


def test_pixels_of_another_type_are_no_images(tmp_path: Path) -> None:
    path = small_package().write(tmp_path / "a.slp")
    with h5py.File(path, "r+") as file:
        replace_dataset(file, "video0/video", np.full((4, HEIGHT, WIDTH, 1), 0.5))
    with pytest.raises(ImageError, match="/video0/video holds pixels as float64, expected uint8"):
        Labels.load(path).read_images([0], [4])


def test_has_image_tells_which_frames_have_one(tmp_path: Path) -> None:
    path = small_package(videos=[embedded(0, [4, 3]), "plain.mp4"]).write(tmp_path / "a.slp")
    assert Labels.load(path).has_image().tolist() == [True, False, False, False, True, False]


def test_without_frame_numbers_images_keep_their_frame(tmp_path: Path) -> None:
    path = small_package(videos=[embedded(0, range(12)), "plain.mp4"]).write(tmp_path / "a.slp")
    with h5py.File(path, "r+") as file:
        del file["video0/frame_numbers"]
    labels = Labels.load(path)
    labels.save(tmp_path / "all.slp")
    assert "/video0/frame_numbers" not in content(tmp_path / "all.slp")
    labels.extract([4]).save(tmp_path / "part.slp")
    part = Labels.load(tmp_path / "part.slp")
    assert part.read_images([0, 0], [3, 11]) == [png(0, 3), png(0, 11)]
    assert 4 not in part.images[0].frame_numbers
    assert gray(load(tmp_path / "part.slp", open_videos=True).videos[0][11]) == gray_level(0, 11)


def test_of_two_images_of_a_frame_the_last_counts_and_both_stay(tmp_path: Path) -> None:
    path = small_package(videos=[embedded(0, [4, 4, 3]), "b.mp4"]).write(tmp_path / "a.slp")
    with h5py.File(path, "r+") as file:
        file["video0/video"][1] = file["video0/video"][2]
    Labels.load(path).extract([0]).save(tmp_path / "part.slp")
    with h5py.File(tmp_path / "part.slp") as file:
        assert file["video0/frame_numbers"][()].tolist() == [4, 4]
    assert Labels.load(tmp_path / "part.slp").read_images([0], [4]) == [png(0, 3)]


# The order of videos: list position i, group video<i> and frames.video agree in what is written.


def rearrange(
    path: Path, numbers: list[int], *, frames_name_datasets: bool, swap_rows: bool = True
) -> Path:
    """Give the video at list position i the dataset video<numbers[i]>."""
    with h5py.File(path, "r+") as file:
        rows = [json.loads(row) for row in file["videos_json"][()]]
        for at in range(len(numbers)):
            file.move(f"video{at}", f"moved{at}")
        for at, number in enumerate(numbers):
            file.move(f"moved{at}", f"video{number}")
            rows[at]["backend"]["dataset"] = f"video{number}/video"
        texts = np.array([json.dumps(row).encode() for row in rows])
        replace_dataset(file, "videos_json", texts)
        if frames_name_datasets:
            for table, column in (("frames", "video"), ("negative_frames", "video_id")):
                values = file[table][()]
                values[column] = np.array(numbers)[values[column]]
                file[table][...] = values
    return path


ORDERS = {
    "normal": [0, 1],
    "swapped": [1, 0],
    "one out of place": [0, 2],
    "sparse (sleap-io#266)": [51, 49],
    "high and low": [1, 29],
}


@pytest.mark.parametrize("frames_name_datasets", [True, False], ids=["datasets", "positions"])
@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS.keys())
@pytest.mark.parametrize("part", [[0, 2], slow([1]), [5, 0], slow(range(6)), slow([])], ids=str)
def test_labels_stay_with_their_images_whatever_the_order_of_the_datasets(
    order: list[int], part: list[int], tmp_path: Path, *, frames_name_datasets: bool
) -> None:
    made = small_package()
    path = rearrange(
        made.write(tmp_path / "a.slp"), order, frames_name_datasets=frames_name_datasets
    )
    labels = Labels.load(path).extract(list(part))
    labels.save(tmp_path / "part.slp")
    saved = Labels.load(tmp_path / "part.slp")
    expected = [made.frames[row] for row in part]
    assert saved.video.tolist() == [frame.video for frame in expected]
    assert saved.is_negative.tolist() == [row == 3 for row in part]
    assert saved[:] == labels[:]
    check_normal_form(tmp_path / "part.slp")
    check_pixels(load(tmp_path / "part.slp", open_videos=True), expected)


def check_normal_form(path: Path) -> None:
    with h5py.File(path) as file:
        rows = [json.loads(row) for row in file["videos_json"][()]]
        names = [row["backend"]["dataset"] for row in rows]
        assert names == [f"video{at}/video" for at in range(len(rows))]
        assert {name for name in file if isinstance(file[name], h5py.Group)} == {
            "metadata",
            *(f"video{at}" for at in range(len(rows))),
        }
        assert set(file["frames"]["video"].tolist()) <= set(range(len(rows)))


def check_pixels(labels: sleap_io.Labels, expected: list[Any]) -> None:
    """What sleap-io shows of each frame and of each suggestion is what they were made of."""
    found = [(labels.videos.index(f.video), f.frame_idx, gray(f.image)) for f in labels]
    wanted = [(f.video, f.frame_idx, gray_level(f.video, f.frame_idx)) for f in expected]
    assert found == wanted
    suggested = [(labels.videos.index(s.video), s.frame_idx) for s in labels.suggestions]
    assert suggested == [(0, 11), (1, 12), (1, 7)]
    for video, frame in suggested[:2]:
        assert gray(labels.videos[video][frame]) == gray_level(video, frame)


def gray(image: np.ndarray[Any, Any]) -> int:
    return int(image[-1, -1, 0])


def test_a_package_with_all_frames_of_one_video_gone_keeps_all_videos(tmp_path: Path) -> None:
    labels = Labels.load(small_package().write(tmp_path / "a.slp"))
    labels.extract(labels.video == 1).save(tmp_path / "part.slp")
    saved = load(tmp_path / "part.slp", open_videos=True)
    assert len(saved.videos) == 2
    assert [saved.videos.index(frame.video) for frame in saved] == [1, 1, 1]


@pytest.mark.parametrize("empty", ["sleap-io", "sleap"])
def test_a_video_without_frames_stays(empty: str, tmp_path: Path) -> None:
    path = small_package(videos=[embedded(0, [4]), embedded(1, []), embedded(2, [1])]).write(
        tmp_path / "a.slp"
    )
    if empty == "sleap-io":
        with h5py.File(path, "r+") as file:
            replace_dataset(file, "video1/video", np.zeros(0, np.int8))
            replace_dataset(file, "video1/frame_numbers", np.zeros(0))
    labels = Labels.load(path)
    labels.extract([0]).save(tmp_path / "part.slp")
    assert len(Labels.load(tmp_path / "part.slp").videos) == 3
    assert content(tmp_path / "part.slp")["/video1/video"] == content(path)["/video1/video"]
    shown = load(tmp_path / "part.slp", open_videos=True)
    assert gray(shown[0].image) == gray_level(0, 4)


def test_one_video_of_a_package_of_several_is_put_in_order(tmp_path: Path) -> None:
    path = small_package().write(tmp_path / "a.slp")
    with h5py.File(path, "r+") as file:  # as sleap-io extracts the second of two videos
        del file["video0"]
        replace_dataset(file, "videos_json", file["videos_json"][1:])
        del file["suggestions_json"]
        for name in ("frames", "negative_frames"):
            rows = file[name][()]
            replace_dataset(
                file, name, rows[rows["video" if name == "frames" else "video_id"] == 1]
            )
    with pytest.warns(UserWarning, match="belong to no frame"):
        labels = Labels.load(path)
    labels.save(tmp_path / "part.slp")
    check_normal_form(tmp_path / "part.slp")
    shown = load(tmp_path / "part.slp", open_videos=True)
    assert [gray(frame.image) for frame in shown] == [gray_level(1, n) for n in (7, 9, 8)]


@pytest.mark.parametrize("name", ["two", "three", "three_sug"])
def test_real_packages_of_several_videos_show_the_images_that_they_showed(
    name: str, tmp_path: Path
) -> None:
    path = shared_path(f"data/made/{name}.pkg.slp")
    source = load(path, open_videos=True)
    labels = Labels.load(path)
    for at in range(3):
        rows = list(range(at, len(labels), 3))
        labels.extract(rows).save(tmp_path / "part.slp")
        saved = load(tmp_path / "part.slp", open_videos=True)
        for row, frame in zip(rows, saved, strict=True):
            np.testing.assert_array_equal(frame.image, source[row].image)


def refused(path: Path, problem: str) -> None:
    labels = Labels.load(path)
    target = path.parent / "part.slp"
    with pytest.raises(UnsupportedFormatError, match=problem):
        labels.save(target)
    assert not target.exists()


def set_datasets(path: Path, *datasets: str) -> Path:
    with h5py.File(path, "r+") as file:
        rows = [json.loads(row) for row in file["videos_json"][()]]
        for row, dataset in zip(rows, datasets, strict=False):
            row["backend"]["dataset"] = dataset
        replace_dataset(file, "videos_json", np.array([json.dumps(row).encode() for row in rows]))
    return path


# where the first video has its images; the copies that are made; what is said
MISPLACED: dict[str, tuple[str, dict[str, str], str]] = {
    "those of another video": ("video1/video", {}, "the group serves two videos"),
    "a group while its name is taken": (
        "video7/video",
        {"video0": "video7"},
        "belong into /video0, but that name is taken",
    ),
    "a group in a group": (
        "deeper/video0/video",
        {
            "video0/video": "deeper/video0/video",
            "video0/frame_numbers": "deeper/video0/frame_numbers",
        },
        "the images of video 0 are in /deeper/video0/video, expected /video0/",
    ),
    "no group": (
        "images",
        {"video0/video": "images", "video0/frame_numbers": "frame_numbers"},
        "the images of video 0 are in /images, expected /video0/",
    ),
}


@pytest.mark.parametrize(("place", "copies", "problem"), MISPLACED.values(), ids=MISPLACED)
def test_images_in_a_wrong_place_are_refused(
    place: str, copies: dict[str, str], problem: str, tmp_path: Path
) -> None:
    path = set_datasets(small_package().write(tmp_path / "a.slp"), place)
    with h5py.File(path, "r+") as file:
        for source, target in copies.items():
            file.copy(source, target)
    refused(path, problem)


def test_videos_listed_in_the_metadata_are_refused_where_groups_move(tmp_path: Path) -> None:
    path = rearrange(small_package().write(tmp_path / "a.slp"), [1, 2], frames_name_datasets=False)
    with h5py.File(path, "r+") as file:
        metadata = json.loads(file["metadata"].attrs["json"])
        metadata["videos"] = [json.loads(row) for row in file["videos_json"][()]]
        file["metadata"].attrs["json"] = np.bytes_(json.dumps(metadata).encode())
        del file["videos_json"]
    refused(path, "the list of videos is in the metadata")


@pytest.mark.parametrize(
    "dataset", ["/video0/video", "video0/video/", "video0//video", "./video0/video"]
)
def test_the_name_of_a_dataset_may_be_written_in_several_ways(dataset: str, tmp_path: Path) -> None:
    path = set_datasets(small_package().write(tmp_path / "a.slp"), dataset)
    labels = Labels.load(path)
    assert labels.images[0].dataset == "video0/video"
    labels.extract([0]).save(tmp_path / "part.slp")
    assert Labels.load(tmp_path / "part.slp").read_images([0], [4]) == [png(0, 4)]


@pytest.mark.parametrize(
    ("format_id", "attribute", "expected"),
    [(1.2, None, "BGR"), (1.4, None, "RGB"), (1.2, "rgb", "RGB"), (1.4, "BGR", "BGR")],
)
def test_channel_order_is_bgr_before_format_1_4_and_said_after(
    format_id: float, attribute: str | None, expected: str, tmp_path: Path
) -> None:
    path = replace(small_package(), format_id=format_id).write(tmp_path / "a.slp")
    with h5py.File(path, "r+") as file:
        del file["video0/video"].attrs["channel_order"]
        if attribute:
            file["video0/video"].attrs["channel_order"] = attribute
    assert Labels.load(path).images[0].channel_order == expected
    Labels.load(path).extract([0]).save(tmp_path / "part.slp")
    assert Labels.load(tmp_path / "part.slp").images[0].channel_order == expected


def test_tables_work_although_an_image_is_damaged(tmp_path: Path) -> None:
    path = small_package().write(tmp_path / "a.slp")
    with h5py.File(path, "r+") as file:
        damaged = replace_dataset(
            file, "video0/video", file["video0/video"][()], chunks=(1, 9), compression="gzip"
        )
        for row in range(4):
            damaged.id.write_direct_chunk((row, 0), b"garbage")
    labels = Labels.load(path)
    assert len(labels[:]) == 6
    assert labels.has_image().all()
    with pytest.raises(LabelsFileError, match=r"a.slp: /video0/video cannot be read"):
        labels.read_images([0], [4])
