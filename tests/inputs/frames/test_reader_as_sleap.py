"""The reader against SLEAP 1.3.3: its own answers, taken by running it."""

import hashlib
import json
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from reader_examples import KEYS, Example, examples, read
from real_files import shared_path
from slow import quick_if

from splitlib.errors import UnsupportedFormatError
from splitlib.inputs.frames.reader import LabelsReader
from splitlib.labels import Labels

ORACLE = "oracle/reader/index.json"

EVERY_WAY = ["default", "useronly", "trackonly", "user_and_track", "from_user"]
MIXED_WAYS = [
    *EVERY_WAY,
    "from_user_track",
    "from_user_labeled_frames",
    "from_unlabeled_suggestions",
]

SAME_AS_SLEAP = [
    *(f"mixed__{way}" for way in MIXED_WAYS),
    *(f"mixed_pkg__{way}" for way in MIXED_WAYS),
    *(f"mixed_head_pkg__{way}" for way in MIXED_WAYS),
    *(f"mixed_all_pkg__{way}" for way in MIXED_WAYS),
    *(f"siv_format_v1_small_robot_siv_slp__{way}" for way in EVERY_WAY),
    *(f"siv_format_v2_small_robot_siv_caching_slp__{way}" for way in EVERY_WAY),
    *(f"slp_hdf5_minimal_instance_slp__{way}" for way in EVERY_WAY),
    *(f"json_format_v2_minimal_instance_json__{way}" for way in EVERY_WAY),
    "dance_rgb_pkg__from_user",
    "dance_rgb_pkg__from_user_labeled_frames",
    "from_filename__all",
    "from_filename__user",
    "mixed_pkg_source_video_disabled__from_user",
    "robot_rgb_head_pkg__default",
    "robot_rgb_pkg__default",
    "subset__list",
    "subset__negative",
    "subset__np_int32",
    "subset__np_int64",
    "subset__np_uint8",
    "subset__range",
    "subset__useronly_first_frame_not_in_subset",
]

# Colour videos: OpenCV turns the decoder's YUV into RGB by other coefficients than FFmpeg, which
# heeds that these videos say BT.709. Everything else is the same; pixels are close.
SAME_BUT_FOR_COLOURS = [
    *(f"dance_slp__{way}" for way in ["default", "useronly", "trackonly", "user_and_track"]),
    "dance_slp__from_user_track",
    *(f"slp_hdf5_small_robot_minimal_slp__{way}" for way in EVERY_WAY),
]

# HDF5 videos with values up to 1: the same values, as bytes, where SLEAP gives 64-bit integers.
SAME_BUT_FOR_THE_TYPE_OF_PIXELS = [
    f"test_grid_test_grid_labels_{kind}_h5__{way}"
    for kind in ("legacy", "midpoint")
    for way in EVERY_WAY
]

READ_IN_EVERY_WAY = {
    name.removesuffix("__useronly")
    for name in SAME_AS_SLEAP + SAME_BUT_FOR_COLOURS + SAME_BUT_FOR_THE_TYPE_OF_PIXELS
    if name.endswith("__useronly")
}
"""Labels that are asked for in each of `EVERY_WAY`."""

# What SLEAP answers, and what splitlib answers instead.
OTHER_THAN_SLEAP = {
    "empty_labels": "no examples; SLEAP: IndexError",
    "mixed_pkg_source_video_disabled__default": "ImageError before the first example",
    "subset__bools": "TypeError, for a mask was meant; SLEAP takes True for 1",
    "subset__empty_list": "no examples, but the image has no static shape",
    "subset__empty_np_int64": "no examples, but the image has no static shape",
    "subset__floats": "TypeError; SLEAP cuts 2.7 down to 2",
    "subset__generator": "TypeError that says what is expected",
    "subset__out_of_range": "IndexError when made; SLEAP: in the middle of an epoch",
    "subset__set": "TypeError that says what is expected",
    "subset__tuple": "tuples are lists; SLEAP: ValueError",
    "two_skeletons_diff_nodes__default": "UnsupportedFormatError before the first example",
    "two_skeletons_same_nodes__default": "the same, for as many nodes of other names",
    "video_missing__default": "VideoNotFoundError that says where was looked",
}


@cache
def answers() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shared_path(ORACLE).read_text())
    return found


@cache
def labels_of(file: str) -> Labels:
    # The labels that SLEAP kept as JSON are also there as .slp, which is what splitlib reads.
    twin = file.replace("json_format_v2", "slp_hdf5").replace(".json", ".slp")
    return Labels.load(shared_path(twin))


def sleap_reader(answer: dict[str, Any]) -> LabelsReader:
    """The reader that SLEAP was asked for."""
    how = answer["how"]
    if "from_filename" in how:
        user_instances = "False" not in how
        return LabelsReader.from_filename(shared_path(answer["file"]), user_instances)
    labels = labels_of(answer["file"])
    if "from_user_instances" in how:
        return LabelsReader.from_user_instances(labels, answer["with_track_only"])
    if "from_user_labeled_frames" in how:
        return LabelsReader.from_user_labeled_frames(labels)
    if "from_unlabeled_suggestions" in how:
        return LabelsReader.from_unlabeled_suggestions(labels)
    flags = {name: answer[name] for name in ("user_instances_only", "with_track_only")}
    return LabelsReader(labels, answer["example_indices"], **flags)


def sleap_examples(answer: dict[str, Any]) -> list[Example]:
    """SLEAP's examples; of images there are "image_shape", "image_sha256" and "image_sum"."""
    stored = dict(np.load(shared_path(f"oracle/reader/{answer['npz']}")))
    shapes = stored["inst_shape"]
    rows = np.cumsum(shapes[:, 0])[:-1]
    points = np.split(stored["instances_flat"], np.cumsum(shapes.prod(axis=1))[:-1])
    columns = stored | {
        "instances": [flat.reshape(shape) for flat, shape in zip(points, shapes, strict=True)],
        "skeleton_inds": np.split(stored["skeleton_inds_flat"], rows),
        "track_inds": np.split(stored["track_inds_flat"], rows),
    }
    images = ["image_shape", "image_sha256", "image_sum"]
    return [{key: columns[key][at] for key in [*KEYS[1:], *images]} for at in range(len(shapes))]


def check_example(ours: Example, theirs: Example, *, from_user: bool) -> None:
    """Compare everything but the pixels."""
    assert list(ours) == KEYS
    # SLEAP counts in the labels that it has edited: a test below has ours.
    for key in set(KEYS[1:]) - ({"example_ind"} if from_user else set()):
        mine, other = np.asarray(ours[key]), theirs[key]
        assert mine.dtype == other.dtype, key
        if len(theirs["instances"]) == 0 and key == "instances":
            assert mine.shape[0] == 0  # of no instances SLEAP does not say the number of nodes
        else:
            np.testing.assert_array_equal(mine, other, err_msg=key)
    assert [*ours["image"].shape] == theirs["image_shape"].tolist()


def digest(image: NDArray[Any]) -> str:
    return hashlib.sha256(np.ascontiguousarray(image).tobytes()).hexdigest()


def edits_labels(answer: dict[str, Any]) -> bool:
    """Whether SLEAP removed frames from the labels before it counted them."""
    return "from_user_instances" in answer["how"] or answer["how"] == "from_filename(path)"


def has_own_labels_or_way(name: str) -> bool:
    """Whether no other case reads the same labels; of those read in every way, one set is quick."""
    labels = name.rpartition("__")[0]
    return labels not in READ_IN_EVERY_WAY or labels == "mixed"


@pytest.mark.parametrize("name", quick_if(has_own_labels_or_way, SAME_AS_SLEAP))
def test_examples_are_those_of_sleap(name: str) -> None:
    answer = answers()[name]
    reader = sleap_reader(answer)
    ours, theirs = read(reader), sleap_examples(answer)
    assert len(reader) == len(ours) == len(theirs)
    for mine, other in zip(ours, theirs, strict=True):
        check_example(mine, other, from_user=edits_labels(answer))
        assert digest(mine["image"]) == other["image_sha256"]
    assert [*reader.max_height_and_width] == answer["max_height_and_width"]
    assert reader.is_from_multi_size_videos == answer["is_from_multi_size_videos"]
    assert reader.output_keys == answer["output_keys"]
    assert len(reader.tracks) == answer["tracks"]
    assert len(reader.videos) == len(answer["videos"])


@pytest.mark.parametrize("name", quick_if(has_own_labels_or_way, SAME_BUT_FOR_COLOURS))
def test_examples_from_colour_videos_are_those_of_sleap_but_for_a_shade(name: str) -> None:
    """Every 50th frame; the pixels themselves are compared with SLEAP's in the test below."""
    answer = answers()[name]
    reader, theirs = sleap_reader(answer), sleap_examples(answer)
    chosen = range(0, len(reader), 50)
    ours = read(replace(reader, example_indices=reader.indices[chosen]))
    for mine, at in zip(ours, chosen, strict=True):
        check_example(mine, theirs[at], from_user=edits_labels(answer))
        mean = theirs[at]["image_sum"] / mine["image"].size
        assert mine["image"].mean() == pytest.approx(mean, abs=3)


REAL_LABELS = "data/talmolab+sleap/tests/data/slp_hdf5"


@pytest.mark.parametrize(
    ("plain", "packaged"),
    [
        (f"{REAL_LABELS}/dance.mp4.labels.slp", "oracle/data/dance_rgb.pkg.slp"),
        (f"{REAL_LABELS}/small_robot_minimal.slp", "oracle/data/robot_rgb.pkg.slp"),
    ],
    ids=["dance", "robot"],
)
def test_pixels_of_colour_videos_are_near_those_that_sleap_embedded(
    plain: str, packaged: str
) -> None:
    """The packages hold what OpenCV decoded: frames, colours and channels must be the same."""
    ours = read(LabelsReader.from_user_instances(labels_of(plain)))
    theirs = read(LabelsReader.from_user_instances(labels_of(packaged)))
    for mine, other in zip(ours, theirs, strict=True):
        difference = np.abs(mine["image"].astype(int) - other["image"])
        swapped = np.abs(mine["image"][..., ::-1].astype(int) - other["image"])
        assert difference.mean() < 4
        assert difference.max() < 32
        assert difference.mean() < swapped.mean() / 2


@pytest.mark.parametrize("name", quick_if(has_own_labels_or_way, SAME_BUT_FOR_THE_TYPE_OF_PIXELS))
def test_examples_from_hdf5_videos_are_those_of_sleap_as_bytes(name: str) -> None:
    answer = answers()[name]
    ours, theirs = read(sleap_reader(answer)), sleap_examples(answer)
    for mine, other in zip(ours, theirs, strict=True):
        check_example(mine, other, from_user=edits_labels(answer))
        assert mine["image"].dtype == np.uint8
        assert digest(mine["image"].astype(np.int64)) == other["image_sha256"]


def test_every_answer_of_sleap_is_compared() -> None:
    compared = {
        *SAME_AS_SLEAP,
        *SAME_BUT_FOR_COLOURS,
        *SAME_BUT_FOR_THE_TYPE_OF_PIXELS,
        *OTHER_THAN_SLEAP,
    }
    assert compared == {*answers()} - {"_meta"}


def test_user_instances_are_counted_in_the_labels_that_were_given() -> None:
    """SLEAP deletes the frames 40, 50 and 90 from the caller's labels, and counts in the rest."""
    labels = labels_of("oracle/data/mixed_all.pkg.slp")
    before = labels[:]
    reader = LabelsReader.from_user_instances(labels)
    assert reader.example_indices == [0, 2, 3, 7, 8]
    assert [int(example["example_ind"]) for example in read(reader)] == [0, 2, 3, 7, 8]
    assert [int(labels.frame_idx[at]) for at in reader.indices] == [0, 20, 30, 70, 80]
    assert labels[:] == before


@pytest.mark.parametrize(
    ("name", "difference"),
    [
        ("diff", "only here: A, B; only there: X, Y, Z"),
        ("same", "only here: A, B; only there: X, Y"),
    ],
)
def test_skeletons_of_different_nodes_are_named_before_the_first_example(
    name: str, difference: str
) -> None:
    reader = sleap_reader(answers()[f"two_skeletons_{name}_nodes__default"])
    message = rf"in centered_pair_low_quality\.mp4 frame 0 \(here\) .*: {difference};"
    with pytest.raises(UnsupportedFormatError, match=message):
        reader.make_dataset()


def test_frames_of_skeletons_of_different_sizes_have_no_static_number_of_nodes() -> None:
    labels = labels_of("oracle/data/two_skeletons_diff_nodes.slp")
    nodes = [{len(i.skeleton.nodes) for i in frame.instances} for frame in labels]
    single = [at for at, sizes in enumerate(nodes) if len(sizes) == 1]
    dataset = LabelsReader(labels, single).make_dataset()
    assert dataset.element_spec["instances"].shape.as_list() == [None, None, 2]
    for at, example in zip(single, examples(dataset), strict=True):
        expected = [instance.points for instance in labels[at].instances]
        np.testing.assert_array_equal(example["instances"], np.array(expected, np.float32))
