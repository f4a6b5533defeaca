"""Masks, regions, boxes and centroids follow their frames."""

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import row_by_row
import shapely  # type: ignore[import-untyped]
import sleap_io
from raw_hdf5 import content
from sleap_io_reader import differences, frame_records, load
from synthetic_labels import replace_dataset, small_labels

from splitlib.errors import LabelsFileError
from splitlib.labels import Labels

MASKS = ("height", "width", "video", "frame_idx", "instance", "from_predicted")


def annotated(path: Path) -> Path:
    """Labels with annotations of every kind, as sleap-io writes them."""
    skeleton = sleap_io.Skeleton(["a", "b"])
    videos = [sleap_io.Video(f"v{at}.mp4", open_backend=False) for at in range(2)]
    track = sleap_io.Track("one")
    frames = [
        annotated_frame(videos[at % 2], at, skeleton, track if at % 3 else None) for at in range(7)
    ]
    static = roi(99, name="of no frame", video=videos[0])
    labels = sleap_io.Labels(
        frames, videos=videos, skeletons=[skeleton], tracks=[track], rois=[static]
    )
    sleap_io.save_slp(labels, str(path))
    return path


def annotated_frame(
    video: sleap_io.Video, at: int, skeleton: sleap_io.Skeleton, track: sleap_io.Track | None
) -> sleap_io.LabeledFrame:
    points = np.array([[at, 1.5], [2.5, at]])
    user = sleap_io.Instance.from_numpy(points, skeleton=skeleton, track=track)
    predicted = sleap_io.PredictedInstance.from_numpy(points + 1, skeleton=skeleton, score=0.5)
    user.from_predicted = predicted
    origin = mask(at, sleap_io.PredictedSegmentationMask, name="guess", score=0.25)
    masks = [mask(at + 1, name=f"m{at}", instance=user, from_predicted=origin, track=track), origin]
    box = {"x1": at, "y1": 1, "x2": at + 3, "y2": 4, "name": f"b{at}"}
    return sleap_io.LabeledFrame(
        video=video,
        frame_idx=10 + at,
        instances=[user, predicted] if at != 4 else [],
        masks=masks[: 2 if at != 4 else 0],
        bboxes=[sleap_io.UserBoundingBox(**box, instance=predicted if at != 4 else None)],
        centroids=[sleap_io.UserCentroid(at, 2.0, z=3.0 if at % 2 else None, name=f"c{at}")],
        rois=[roi(at, instance=user if at != 4 else None, name=f"r{at}")] * (at % 2),
    )


def mask(size: int, kind: Any = sleap_io.UserSegmentationMask, **options: Any) -> Any:  # noqa: ANN401
    filled = np.zeros((8, 9), bool)
    filled[: 1 + size % 7, 2:5] = True
    return kind.from_numpy(filled, **options)


def roi(size: int, **options: Any) -> Any:  # noqa: ANN401
    return sleap_io.UserROI(shapely.box(0, 0, 1 + size, 2), **options)


PARTS = [[0, 3, 5], [6, 1], [4], [2], [], [6, 5, 4, 3, 2, 1, 0]]


@pytest.mark.parametrize("part", PARTS, ids=str)
def test_annotations_of_kept_frames_are_kept_as_sleap_io_reads_them(
    part: list[int], tmp_path: Path
) -> None:
    path = annotated(tmp_path / "a.slp")
    Labels.load(path).extract(part).save(tmp_path / "part.slp")
    source, saved = load(path), load(tmp_path / "part.slp")
    read_back = frame_records(saved, range(len(saved)))
    assert differences(frame_records(source, part), read_back) == []
    assert [roi.name for roi in saved.static_rois] == ["of no frame"]


@pytest.mark.parametrize("part", PARTS, ids=str)
def test_annotations_are_those_of_a_slow_copy(part: list[int], tmp_path: Path) -> None:
    path = annotated(tmp_path / "a.slp")
    Labels.load(path).extract(part).save(tmp_path / "part.slp")
    expected = row_by_row.subset(row_by_row.read_tables(path), part)
    assert {"masks", "rois", "bboxes", "centroids"} <= expected.keys()
    saved = row_by_row.read_tables(tmp_path / "part.slp")
    assert row_by_row.differences(expected, saved) == []


def test_all_frames_keep_all_annotations_bit_by_bit(tmp_path: Path) -> None:
    path = annotated(tmp_path / "a.slp")
    Labels.load(path).save(tmp_path / "all.slp")
    assert content(tmp_path / "all.slp") == content(path)


# Tables by hand: forms that sleap-io does not write, and broken ones.

MASK = np.dtype(
    [
        ("video", "i4"),
        ("frame_idx", "i8"),
        ("instance", "i4"),
        ("from_predicted", "i4"),
        ("rle_start", "u8"),
        ("rle_end", "u8"),
    ]
)
ROWS = [
    (0, 4, 0, 2, 0, 3),
    (1, 7, 2, -1, 3, 5),
    (0, 4, -1, -1, 5, 5),
    (-1, 4, -1, -1, 5, 8),
    (0, -1, -1, -1, 8, 9),
    (0, 99, -1, -1, 9, 10),
]


def with_masks(folder: Path, edit: Callable[[h5py.File], None] | None = None) -> Path:
    path = small_labels().write(folder / "a.slp")
    with h5py.File(path, "r+") as file:
        file["masks"] = np.array(ROWS, MASK)
        file["mask_rle"] = np.arange(10, dtype=np.uint8)
        if edit:
            edit(file)
    return path


def test_rows_of_no_frame_stay_and_those_of_others_go(tmp_path: Path) -> None:
    path = with_masks(tmp_path)
    Labels.load(path).extract([1]).save(tmp_path / "part.slp")
    with h5py.File(tmp_path / "part.slp") as file:
        assert file["masks"][()].tolist() == [
            (1, 7, 0, -1, 0, 2),
            (-1, 4, -1, -1, 2, 5),
            (0, -1, -1, -1, 5, 6),
        ]
        assert file["mask_rle"][()].tolist() == [3, 4, 5, 6, 7, 8]


def test_memory_of_a_save_does_not_grow_with_the_masks(tmp_path: Path) -> None:
    store = np.random.default_rng(0).integers(0, 256, 40_000_000, dtype=np.uint8)

    def make_large(file: h5py.File) -> None:
        rows = file["masks"][()]
        rows["rle_start"] = rows["rle_start"] * 4_000_000
        rows["rle_end"] = rows["rle_end"] * 4_000_000
        replace_dataset(file, "masks", rows)
        replace_dataset(file, "mask_rle", store)

    labels = Labels.load(with_masks(tmp_path, make_large))
    tracemalloc.start()
    labels.extract([1]).save(tmp_path / "part.slp")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000
    with h5py.File(tmp_path / "part.slp") as file:
        kept = np.concatenate([store[12_000_000:20_000_000], store[20_000_000:36_000_000]])
        assert np.array_equal(file["mask_rle"][()], kept)


def test_links_between_masks_follow(tmp_path: Path) -> None:
    Labels.load(with_masks(tmp_path)).extract([0]).save(tmp_path / "part.slp")
    with h5py.File(tmp_path / "part.slp") as file:
        assert file["masks"]["from_predicted"].tolist() == [1, -1, -1, -1]


def lists_in_attributes(file: h5py.File) -> None:
    file["masks"].attrs["categories"] = json.dumps(list("abcdef"))
    file["masks"].attrs["names"] = np.bytes_(
        json.dumps(["ä", *"bcdef"], ensure_ascii=False).encode()
    )


def test_lists_in_attributes_follow(tmp_path: Path) -> None:
    path = with_masks(tmp_path, lists_in_attributes)
    Labels.load(path).extract([0]).save(tmp_path / "part.slp")
    with h5py.File(tmp_path / "part.slp") as file:
        assert json.loads(file["masks"].attrs["categories"]) == ["a", "c", "d", "e"]
        assert json.loads(file["masks"].attrs["names"]) == ["ä", "c", "d", "e"]


def list_as_text(file: h5py.File) -> None:
    text = json.dumps(["ä", *"bcdef"]).encode()
    created = file.create_dataset("mask_names", data=np.frombuffer(text, np.uint8))
    created.attrs["json"] = np.bytes_(text)


def test_lists_as_text_follow(tmp_path: Path) -> None:
    Labels.load(with_masks(tmp_path, list_as_text)).extract([1]).save(tmp_path / "part.slp")
    with h5py.File(tmp_path / "part.slp") as file:
        assert json.loads(file["mask_names"].attrs["json"]) == ["b", "d", "e"]
        assert json.loads(file["mask_names"][()].tobytes()) == ["b", "d", "e"]


def compound_boxes(file: h5py.File) -> None:
    file["bboxes"] = np.array(
        [(0, 4, 1.0, 0), (1, 7, 2.0, -1)],
        [("video", "i4"), ("frame_idx", "i8"), ("x_center", "f8"), ("instance", "i4")],
    )
    file["bboxes"].attrs["categories"] = '["a", "b"]'


def test_boxes_as_one_table_follow(tmp_path: Path) -> None:
    path = with_masks(tmp_path, compound_boxes)
    Labels.load(path).extract([5, 1, 0]).save(tmp_path / "part.slp")
    with h5py.File(tmp_path / "part.slp") as file:
        assert file["bboxes"][()].tolist() == [(0, 4, 1.0, 2), (1, 7, 2.0, -1)]
        assert json.loads(file["bboxes"].attrs["categories"]) == ["a", "b"]


def setting(name: str, data: object, attribute: str | None = None) -> Callable[[h5py.File], None]:
    """Replace an object, or give it an attribute, or delete it where the data is None."""

    def edit(file: h5py.File) -> None:
        if attribute:
            file[name].attrs[attribute] = data
            return
        if name in file:
            del file[name]
        if data is not None:
            file[name] = data

    return edit


def rows(**changes: object) -> Any:  # noqa: ANN401
    """The rows of masks, with other values in the first one."""
    table = np.array(ROWS, MASK)
    for name, value in changes.items():
        table[name][0] = value
    return table


def box_columns(**columns: object) -> Callable[[h5py.File], None]:
    def edit(file: h5py.File) -> None:
        file.create_group("bboxes")
        for name, data in columns.items():
            file["bboxes"][name] = data

    return edit


TWO = np.array([0, 1])

BROKEN: dict[str, tuple[Callable[[h5py.File], None], str]] = {
    "range past the end": (
        setting("masks", rows(rle_end=99)),
        "/masks row 0: rle_start is 0 and rle_end is 99, but /mask_rle has 10 rows",
    ),
    "range backwards": (setting("masks", rows(rle_start=4)), "/masks row 0: rle_start is 4"),
    "range twice": (setting("masks", rows(rle_end=4)), "/masks row 1: rle range shares rows"),
    "no bytes": (setting("mask_rle", None), "but /mask_rle has 0 rows"),
    "scalar bytes": (setting("mask_rle", 5), "/mask_rle is expected to be a list of bytes"),
    "bytes in rows": (setting("mask_rle", np.zeros((5, 2))), "/mask_rle is expected to be a list"),
    "instance past the end": (
        setting("masks", rows(instance=7)),
        "/masks instance: 7 is past the end of its table of 7 rows",
    ),
    "mask past the end": (
        setting("masks", rows(from_predicted=6)),
        "/masks from_predicted: 6 is past the end of its table of 6 rows",
    ),
    "no ranges": (
        setting("masks", np.array(ROWS, MASK)[["video", "frame_idx"]]),
        "/masks is expected to have a column 'rle_start' of numbers, found none",
    ),
    "no frames": (
        setting("masks", np.array(ROWS, MASK)[["video"]]),
        "/masks has no column 'frame_idx'",
    ),
    "short list": (setting("mask_names", ["a"]), "/mask_names is expected to have 6 entries"),
    "scalar list": (setting("mask_names", "a"), "expected to have 6 entries, found no list"),
    "list is a group": (
        lambda file: file.create_group("mask_names"),
        "/mask_names is expected to be a dataset",
    ),
    "attribute is no JSON": (
        setting("masks", "{oops", "categories"),
        "/masks categories is no JSON",
    ),
    "attribute is short": (
        setting("masks", '["a"]', "sources"),
        "/masks sources is expected to have 6 entries, found 1 entries",
    ),
    "attribute is an object": (setting("masks", "{}", "names"), "names is .* found no list"),
    "boxes without frames": (box_columns(x1=TWO), "/bboxes is expected to have the columns video"),
    "boxes of several lengths": (
        box_columns(video=TWO, frame_idx=TWO, x1=np.zeros(3)),
        "all columns of one length",
    ),
    "scalar boxes": (box_columns(video=0, frame_idx=0), "all columns of one length"),
    "empty boxes": (box_columns(), "/bboxes is expected to have the columns video"),
    "text for a video": (
        box_columns(video=np.array([b"x", b"y"]), frame_idx=TWO),
        "/bboxes is expected to have a column 'video' of numbers",
    ),
    "no number for a video": (
        box_columns(video=np.array([0, np.nan]), frame_idx=TWO),
        "/bboxes row 1: video is nan, expected a whole number",
    ),
    "box of no instance": (
        box_columns(video=np.array([0, 1]), frame_idx=np.array([4, 7]), instance=np.array([0, 7])),
        "/bboxes instance: 7 is past the end of its table of 7 rows",
    ),
}


@pytest.mark.parametrize(("edit", "problem"), BROKEN.values(), ids=BROKEN.keys())
def test_broken_annotations_are_named(
    edit: Callable[[h5py.File], None], problem: str, tmp_path: Path
) -> None:
    labels = Labels.load(with_masks(tmp_path, edit)).extract([0, 1])
    with pytest.raises(LabelsFileError, match=problem) as caught:
        labels.save(tmp_path / "part.slp")
    assert str(caught.value).startswith(str(tmp_path / "a.slp"))
    assert not (tmp_path / "part.slp").exists()
