"""Exports: what is written, that it reads back equal, and what is said when it does not."""

import errno
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import tensorflow as tf
from damaged_images import forge
from drawn import tries
from hypothesis import given
from hypothesis import strategies as st
from places import DEMO, ROOT
from reader_examples import as_bytes, coloured, encoded, video_of
from real_files import shared_path
from slow import slow
from synthetic_labels import (
    MadeFrame,
    MadeInstance,
    MadeLabels,
    MadePoint,
    embedded,
    made_labels,
    small_package,
    to_layout,
    user_instance,
)

from splitlib.commands.main import main
from splitlib.errors import ExportError, ImageError, JsonFileError, SplitError
from splitlib.files import sha256_of
from splitlib.inputs.export import write_export
from splitlib.inputs.export.frame_records import frame_record
from splitlib.inputs.export.read_export import ExportedFrames, FrameSource
from splitlib.inputs.export.write_export import export_frames
from splitlib.inputs.frames.decoded_frames import DecodedFrames
from splitlib.inputs.frames.frame_source import LabelsSource
from splitlib.inputs.input_fn import make_input_fn
from splitlib.labels import Labels
from splitlib.params import AugmentParams, Head, InputsParams, LabelsParams, Params, TargetParams
from splitlib.slp.create import EmbeddedVideo
from splitlib.unfinished.writer_names import this_writer

PARAMS = Params(inputs=InputsParams(targets=TargetParams(crop_size=64)))
EVERYTHING = replace(PARAMS, labels=LabelsParams(user_instances_only=False))
TRACKED = replace(PARAMS, labels=LabelsParams(user_instances_only=False, with_track_only=True))


def load(path: Path, params: Params = PARAMS, **inputs: Any) -> LabelsSource:  # noqa: ANN401
    params = replace(params, inputs=replace(params.inputs, **inputs))
    return LabelsSource.load(path, params, (path.parent,))


def dataset_of(source: FrameSource) -> tf.data.Dataset:
    """The examples of all frames, decoded each time."""
    n = len(source.keys)
    nothing_kept = DecodedFrames(np.zeros(n, np.bool_), (None, None, None))
    return tf.data.Dataset.range(n).map(source.graph(nothing_kept))


def frames_of(source: FrameSource) -> list[dict[str, Any]]:
    return list(dataset_of(source).as_numpy_iterator())


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def assert_same(exported: FrameSource, source: FrameSource) -> None:
    """All that a source says is the same, to the bit."""
    one, other = dataset_of(exported), dataset_of(source)
    assert as_bytes(one.as_numpy_iterator()) == as_bytes(other.as_numpy_iterator())
    assert one.element_spec == other.element_spec
    assert exported.skeleton == source.skeleton
    assert exported.video_keys == source.video_keys
    for name in ("keys", "n_instances", "image_size"):
        found, expected = getattr(exported, name), getattr(source, name)
        np.testing.assert_array_equal(found, expected)
        assert found.dtype == expected.dtype == np.int64
    rows = range(len(source.keys))
    assert [exported.frame_name(row) for row in rows] == [source.frame_name(row) for row in rows]
    assert exported.encoded_bytes == 0


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A labels file of 17 frames, of which 15 are examples for the default filters."""
    path = tmp_path_factory.mktemp("labels") / "few.slp"
    Labels.load(DEMO).extract(np.arange(17)).save(path)
    return path


@pytest.fixture(scope="module")
def exported(few: Path) -> Path:
    """An export of these in three shards."""
    export_frames(load(few), str(few.parent / "export"), n_shards=3)
    return few.parent / "export"


@pytest.fixture
def folder(exported: Path, tmp_path: Path) -> Path:
    """A copy of the export, which may be damaged."""
    return Path(shutil.copytree(exported, tmp_path / "export"))


# ---- reads back equal

GRAY = video_of([encoded(coloured(0), mode="L")], channels=1)
RGB = video_of([encoded(coloured(at)) for at in (1, 2)], channel_order="RGB")
BGR = video_of([encoded(coloured(at)) for at in (3, 4)], channel_order="BGR")
JPEG = video_of([encoded(coloured(5), "jpeg"), encoded(coloured(6), "jpeg")])
GRAY_JPEG = video_of([encoded(coloured(7), "jpeg", "L")], channels=1)
LARGE = video_of([encoded(coloured(8, size=(10, 4)))], size=(10, 4))


def labels_of(folder: Path, *videos: EmbeddedVideo, format_id: float = 1.4) -> Path:
    """Labels with an instance in every frame of some videos."""
    frames = tuple(
        MadeFrame(at, int(frame), (user_instance(),))
        for at, video in enumerate(videos)
        for frame in video.frame_numbers
    )
    made = MadeLabels(frames, options={"videos": list(videos)}, format_id=format_id)
    return made.write(folder / "labels.slp")


VIDEOS: dict[str, Any] = {
    "gray": slow((GRAY,)),
    "colour": slow((RGB,)),
    "gray and colour": slow((GRAY, RGB)),
    "colours of OpenCV": slow((BGR,)),
    "both orders of colours": slow((RGB, BGR, GRAY)),
    "JPEG": slow((JPEG, GRAY_JPEG)),
    "JPEG and PNG": (JPEG, RGB),
    "several sizes": (RGB, LARGE, GRAY),
}


@pytest.mark.parametrize("videos", VIDEOS.values(), ids=VIDEOS)
def test_images_of_every_kind_read_back_equal(
    videos: tuple[EmbeddedVideo, ...], tmp_path: Path
) -> None:
    source = load(labels_of(tmp_path, *videos))
    export_frames(source, str(tmp_path / "export"), n_shards=len(videos))
    exported = ExportedFrames.load(str(tmp_path / "export"), PARAMS)
    assert_same(exported, source)
    exported.check_images()


def called_grayscale(folder: Path) -> Path:
    """A colour video that its labels call grayscale, and a gray one."""
    path = labels_of(folder, RGB, GRAY)
    with h5py.File(path, "r+") as file:
        rows = [json.loads(row) for row in file["videos_json"]]
        rows[0]["backend"]["grayscale"] = True
        del file["videos_json"]
        file["videos_json"] = np.array([json.dumps(row).encode() for row in rows])
    return path


def plain_and_raw(folder: Path) -> Path:
    """Embedded pixels that are not encoded, and images beside the labels."""
    for at in range(2):
        (folder / f"img{at}.png").write_bytes(encoded(coloured(at)))
    plain = {"filename": ["img0.png", "img1.png"], "backend": {}}
    frames = tuple(MadeFrame(at, frame, (user_instance(),)) for at in (0, 1) for frame in (0, 1))
    made = MadeLabels(frames, options={"videos": [embedded(0, [0, 1]), plain]})
    return to_layout(made.write(folder / "labels.slp"), "pixels")


@pytest.mark.parametrize(
    ("make", "channels"), [(called_grayscale, [1, 1, 1]), (plain_and_raw, [1, 1, 3, 3])]
)
def test_other_images_read_back_equal_without_their_videos(
    make: Callable[[Path], Path], channels: list[int], tmp_path: Path
) -> None:
    source = load(make(tmp_path))
    export_frames(source, str(tmp_path / "export"))
    for path in tmp_path.glob("img*.png"):
        path.unlink()
    exported = ExportedFrames.load(str(tmp_path / "export"), PARAMS)
    assert exported.image_size[:, 2].tolist() == channels
    assert_same(exported, source)


@pytest.mark.parametrize("params", [PARAMS, EVERYTHING, TRACKED], ids=["user", "all", "tracked"])
def test_instances_read_back_equal_under_every_filter(params: Params, tmp_path: Path) -> None:
    nan = float("nan")
    hidden = MadeInstance((MadePoint(nan, nan), MadePoint(-0.0, 7e-45)), track=1)
    made = small_package()
    frames = (*made.frames, MadeFrame(0, 11, (hidden, user_instance(x=0.1))))
    source = load(replace(made, frames=frames).write(tmp_path / "labels.slp"), params)
    manifest = export_frames(source, str(tmp_path / "export"), n_shards=2)
    assert_same(ExportedFrames.load(str(tmp_path / "export"), params), source)
    found = frames_of(source)
    assert any(np.isnan(frame["instances"]).any() for frame in found)
    assert any(not len(frame["instances"]) for frame in found), "frames without instances"
    assert manifest.n_frames == len(found)


@given(made=made_labels(), n_shards=st.integers(1, 3))
@tries(15)
def test_labels_of_any_kind_read_back_equal(
    made: MadeLabels, n_shards: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("any")
    videos = [embedded(at, range(5)) for at in range(made.n_videos)]
    path = replace(made, options={"videos": videos}).write(folder / "labels.slp")
    try:
        source = load(path, EVERYTHING)
    except SplitError:
        return  # labels without an example
    n_shards = min(n_shards, len(source.keys))
    export_frames(source, str(folder / "export"), n_shards=n_shards)
    assert_same(ExportedFrames.load(str(folder / "export"), EVERYTHING), source)


@pytest.mark.parametrize(
    "name", [slow("bench_384x384_500.pkg.slp"), "mixed_all.pkg.slp", "robot_rgb.pkg.slp"]
)
def test_real_files_read_back_equal(name: str, tmp_path: Path) -> None:
    source = load(shared_path(f"oracle/data/{name}"), EVERYTHING)
    export_frames(source, str(tmp_path / "export"))
    exported = ExportedFrames.load(str(tmp_path / "export"), EVERYTHING)
    found, expected = frames_of(exported), frames_of(source)
    assert as_bytes(found) == as_bytes(expected)
    np.testing.assert_array_equal(exported.keys, source.keys)


def test_images_beyond_the_memory_budget_are_exported_alike(few: Path, tmp_path: Path) -> None:
    export_frames(load(few), str(tmp_path / "memory"), n_shards=2)
    streaming = load(few, memory_budget=1)
    assert streaming.encoded_bytes == 0
    export_frames(streaming, str(tmp_path / "file"), n_shards=2)
    assert files_of(tmp_path / "memory") == files_of(tmp_path / "file")


# ---- training from it


@pytest.mark.slow
@pytest.mark.parametrize("n_shards", [1, 4])
@pytest.mark.parametrize("head", ["centered_instance", "multi_instance"])
def test_training_batches_are_those_of_the_labels_to_the_bit(
    head: Head, n_shards: int, few: Path, tmp_path: Path
) -> None:
    params = replace(
        PARAMS,
        model=replace(PARAMS.model, head=head),
        inputs=replace(
            PARAMS.inputs,
            batch_size=4,
            augment=AugmentParams(rotation=90, brightness=0.2, contrast=(0.8, 1.2)),
            key_maps=KEY_MAPS[head],
        ),
    )
    export_frames(LabelsSource.load(few, params, None), str(tmp_path), n_shards=n_shards)
    found, expected = (two_epochs(path, params) for path in (tmp_path, few))
    assert len(expected) > 2
    tf.nest.map_structure(np.testing.assert_array_equal, found, expected)


KEY_MAPS: dict[Head, tuple[dict[str, str], ...]] = {
    "centered_instance": ({"instance_image": "x"}, {"instance_confidence_maps": "y"}),
    "multi_instance": (
        {"image": "x"},
        {"confidence_maps": "y", "part_affinity_fields": "z"},
    ),
}


def two_epochs(path: Path, params: Params) -> list[Any]:
    input_fn = make_input_fn(path, params, training=True)
    n_batches = 2 * input_fn.steps_per_epoch
    return list(islice(input_fn(None).as_numpy_iterator(), n_batches))


@pytest.mark.slow
def test_training_goes_on_in_mid_epoch_from_a_checkpoint(folder: Path, tmp_path: Path) -> None:
    still = AugmentParams(rotation=0, scale=(1.0, 1.0))
    params = replace(PARAMS, inputs=replace(PARAMS.inputs, augment=still))
    dataset = make_input_fn(folder, params, training=True)(None)
    iterator = iter(dataset)
    next(iterator)
    path = tf.train.Checkpoint(iterator=iterator).save(str(tmp_path / "checkpoint"))
    expected = [next(iterator) for _ in range(3)]
    resumed = iter(make_input_fn(folder, params, training=True)(None))
    tf.train.Checkpoint(iterator=resumed).restore(path)
    found = [next(resumed) for _ in range(3)]
    tf.nest.map_structure(np.testing.assert_array_equal, found, expected)


@pytest.mark.parametrize("scheme", ["ram://", slow("file://")])
def test_every_path_of_gfile_will_do(scheme: str, few: Path, tmp_path: Path) -> None:
    folder = f"{scheme}{tmp_path}/export/"
    source = load(few)
    export_frames(source, folder, n_shards=2)
    exported = ExportedFrames.load(folder, PARAMS)
    assert as_bytes(frames_of(exported)) == as_bytes(frames_of(source))
    export_frames(source, folder, n_shards=1)
    assert sorted(tf.io.gfile.listdir(folder)) == [
        "columns.tfrecord",
        "frames-00000-of-00001.tfrecord",
        "manifest.json",
    ]
    batch = next(iter(make_input_fn(folder, PARAMS, training=False)(None)))
    assert len(batch) == 2


# ---- what is written


def export_here(*arguments: str) -> None:
    assert main(["export", *arguments]) == 0


def export_in_another_process(*arguments: str) -> None:
    command = [sys.executable, "-m", "splitlib.commands", "export", *arguments]
    subprocess.run(command, check=True, cwd=ROOT)


@pytest.mark.parametrize("export", [export_here, slow(export_in_another_process)])
def test_the_same_split_gives_the_same_bytes_in_another_folder_and_process(
    export: Callable[..., None],
    few: Path,
    folder: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    other = tmp_path / "deeper" / "other"
    export(str(few), str(other), "--params", str(ROOT / "params.yaml"), "--shards", "3")
    assert capfd.readouterr().out.startswith(f"{other}: 15 frames in 3 shards, ")
    assert files_of(other) == files_of(folder)


def test_the_bytes_of_records_are_pinned(folder: Path) -> None:
    """Another hash is another format: it takes another version of the encoding."""
    assert [sha256_of(folder / f"frames-{at:05}-of-00003.tfrecord")[:16] for at in range(3)] == [
        "c8166fe3c1b8430e",
        "87936975d94fd572",
        "a7d400e1d7b5bf64",
    ]


def test_the_manifest_says_what_the_files_are(few: Path, folder: Path) -> None:
    text = (folder / "manifest.json").read_text()
    manifest = json.loads(text)
    assert manifest["source"] == {"file": "few.slp", "n_frames": 17, "sha256": sha256_of(few)}
    assert manifest["n_frames"] == 15
    assert [shard["n_records"] for shard in manifest["shards"]] == [5, 5, 5]
    for file in [manifest["columns"], *manifest["shards"]]:
        path = folder / file["file"]
        assert file["n_bytes"] == path.stat().st_size
        assert file["sha256"] == sha256_of(path)
        n_records = sum(1 for _ in tf.data.TFRecordDataset(str(path)))
        assert file["n_records"] == n_records
    assert str(folder) not in text
    assert str(few.parent) not in text


def test_the_readers_of_other_tools_find_frames_and_points(few: Path, folder: Path) -> None:
    """The lines of docs/export.md."""
    (code,) = re.findall(r"```python\n(import tensorflow.*?)```", _doc(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(code.replace("exports/train", str(folder)), names)
    found = list(names["dataset"].as_numpy_iterator())
    for (image, points), frame in zip(found, frames_of(load(few)), strict=True):
        np.testing.assert_array_equal(image, frame["image"])
        np.testing.assert_array_equal(points, frame["instances"])


def test_the_table_of_features_is_that_of_the_records(folder: Path) -> None:
    record = next(tf.data.TFRecordDataset(str(folder / SHARD)).as_numpy_iterator())
    features = tf.train.Example.FromString(record).features.feature
    assert sorted(re.findall(r"^\| `(\w+)` \|", _doc(), re.MULTILINE)) == sorted(features)


def _doc() -> str:
    return (ROOT / "docs" / "export.md").read_text()


@pytest.mark.parametrize(
    ("n_shards", "sizes"), [(1, [15]), (2, [7, 8]), (4, [3, 4, 4, 4]), (15, [1] * 15)]
)
def test_shards_are_even(n_shards: int, sizes: list[int], few: Path, tmp_path: Path) -> None:
    manifest = export_frames(load(few), str(tmp_path / "export"), n_shards=n_shards)
    assert [shard.n_records for shard in manifest.shards] == sizes


@pytest.mark.parametrize("n_shards", [0, -1, 16])
def test_a_number_of_shards_that_is_impossible_is_refused(
    n_shards: int, few: Path, tmp_path: Path
) -> None:
    with pytest.raises(ExportError, match=f"expected 1 to 15, .* got {n_shards}"):
        export_frames(load(few), str(tmp_path / "export"), n_shards=n_shards)
    assert not (tmp_path / "export").exists()


@pytest.mark.parametrize(("share", "n_shards"), [(None, 1), (4, 4), (10**9, 15)])
def test_shards_have_about_the_size_that_is_best_to_read(
    share: int | None,
    n_shards: int,
    few: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = load(few)
    if share:
        size = max(source.encoded_bytes // share, 1)
        monkeypatch.setattr(write_export, "SHARD_BYTES", size)
    assert len(export_frames(source, str(tmp_path / "export")).shards) == n_shards


# ---- nothing is lost


def test_an_export_is_replaced_by_another_and_leaves_no_shard_of_its_own(
    few: Path, folder: Path, tmp_path: Path
) -> None:
    (folder / "notes.txt").write_text("mine")
    export_frames(load(few), str(folder), n_shards=2)
    export_frames(load(few), str(tmp_path / "fresh"), n_shards=2)
    assert files_of(folder) == {**files_of(tmp_path / "fresh"), "notes.txt": b"mine"}


def foreign_file(folder: Path) -> None:
    folder.mkdir()
    (folder / "thesis.tex").write_text("mine")


def foreign_manifest(folder: Path) -> None:
    folder.mkdir()
    (folder / "manifest.json").write_text('{"name": "a web application"}')


def text_for_manifest(folder: Path) -> None:
    folder.mkdir()
    (folder / "manifest.json").write_text("no JSON")


def file_in_the_way(folder: Path) -> None:
    folder.write_text("mine")


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (foreign_file, r"holds thesis\.tex and is no export"),
        (foreign_manifest, r"holds manifest\.json and is no export"),
        (text_for_manifest, r"holds manifest\.json and is no export"),
        (file_in_the_way, "is a file; name a folder"),
    ],
)
def test_what_is_no_export_is_never_replaced(
    prepare: Callable[[Path], None], message: str, few: Path, tmp_path: Path
) -> None:
    prepare(tmp_path / "taken")
    before = {path: path.is_file() and path.read_bytes() for path in tmp_path.rglob("*")}
    with pytest.raises(ExportError, match=message):
        export_frames(load(few), str(tmp_path / "taken"))
    assert {path: path.is_file() and path.read_bytes() for path in tmp_path.rglob("*")} == before


def test_an_export_that_breaks_off_leaves_the_earlier_one_as_it_was(
    few: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files_of(folder)
    written: list[int] = []

    def full_disk(frame: dict[str, Any]) -> bytes:
        written.append(int(frame["example_ind"]))
        if len(written) == 9:
            raise OSError(errno.ENOSPC, "No space left on device")
        return frame_record(frame)

    monkeypatch.setattr(write_export, "frame_record", full_disk)
    with pytest.raises(OSError, match="No space left"):
        export_frames(load(few), str(folder), n_shards=2)
    assert files_of(folder) == before


def test_what_a_killed_export_leaves_is_no_export_and_can_be_replaced(
    few: Path, folder: Path
) -> None:
    (folder / "manifest.json").unlink()
    gone = this_writer().split("-")
    gone[2] = "7fffffff"  # a number that no process has
    left = folder / f".export-{'-'.join(gone)}-01234567"
    left.mkdir()
    (left / "frames-00000-of-00001.tfrecord").touch()
    (folder / ".export-0123456789abcdef").mkdir()  # of splitlib 0.1, which goes after a day
    with pytest.raises(ExportError, match=r"found no manifest\.json .* export the split again"):
        ExportedFrames.load(str(folder), PARAMS)
    export_frames(load(few), str(folder), n_shards=1)
    ExportedFrames.load(str(folder), PARAMS).check_images()
    assert not left.exists()


def test_damaged_images_are_named_before_anything_is_written(tmp_path: Path) -> None:
    source = load(labels_of(tmp_path, video_of([encoded(coloured(0)), b"?"])))
    with pytest.raises(ImageError, match="frame 1: expected a PNG or JPEG"):
        export_frames(source, str(tmp_path / "export"))
    assert not (tmp_path / "export").exists()


# ---- what is wrong with an export is named

SHARD = "frames-00001-of-00003.tfrecord"


def change(path: Path, edit: Callable[[bytes], bytes]) -> None:
    path.write_bytes(edit(path.read_bytes()))


def edit_manifest(folder: Path, **values: object) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


BROKEN: dict[str, tuple[Callable[[Path], Any], type[Exception], str]] = {
    "a shard cut off": (
        lambda folder: change(folder / SHARD, lambda content: content[:-9]),
        ExportError,
        rf"{SHARD}: expected \d+ bytes as the manifest says, found \d+",
    ),
    "a missing shard": (
        lambda folder: (folder / SHARD).unlink(),
        ExportError,
        f"{SHARD}: the file is missing",
    ),
    "missing columns": (
        lambda folder: (folder / "columns.tfrecord").unlink(),
        ExportError,
        r"columns\.tfrecord: the file is missing",
    ),
    "damaged columns": (
        lambda folder: change(
            folder / "columns.tfrecord", lambda content: content[:-30] + b"?" * 30
        ),
        ExportError,
        r"columns\.tfrecord: .*corrupted record",
    ),
    "no manifest": (
        lambda folder: (folder / "manifest.json").unlink(),
        ExportError,
        r"found no manifest\.json",
    ),
    "another version": (
        lambda folder: edit_manifest(folder, **{"encoding-version": "2.0"}),
        ExportError,
        r"manifest\.json: .*splitlib-frames 1\.0.*found splitlib-frames 2\.0; export .* again",
    ),
    "another manifest": (
        lambda folder: (folder / "manifest.json").write_text("[]"),
        ExportError,
        "found no encoding-type",
    ),
    "no JSON": (
        lambda folder: (folder / "manifest.json").write_text("{"),
        JsonFileError,
        r"manifest\.json:1:2: expected JSON",
    ),
    "a field missing": (
        lambda folder: edit_manifest(folder, source={}),
        JsonFileError,
        r"manifest\.json: incomplete or malformed: .*'file'",
    ),
    "another number of frames": (
        lambda folder: edit_manifest(folder, n_frames=14),
        JsonFileError,
        "n_frames is 14, and the shards have 15 records",
    ),
}


@pytest.mark.parametrize(("damage", "error", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_export_is_refused_when_it_is_loaded(
    damage: Callable[[Path], Any], error: type[Exception], message: str, folder: Path
) -> None:
    damage(folder)
    with pytest.raises(error, match=message):
        make_input_fn(folder, PARAMS, training=True)


def test_columns_of_another_export_are_noticed(few: Path, folder: Path, tmp_path: Path) -> None:
    reversed_labels = tmp_path / "other.slp"
    Labels.load(few).extract(np.arange(2, 12)).save(reversed_labels)
    export_frames(load(reversed_labels), str(tmp_path / "other"), n_shards=3)
    columns = (tmp_path / "other" / "columns.tfrecord").read_bytes()
    (folder / "columns.tfrecord").write_bytes(columns)
    manifest = json.loads((folder / "manifest.json").read_text())
    edit_manifest(folder, columns={**manifest["columns"], "n_bytes": len(columns)})
    with pytest.raises(ExportError, match=r"columns\.tfrecord: "):
        ExportedFrames.load(str(folder), PARAMS)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (EVERYTHING, "labels.user_instances_only was true and is false in the params"),
        (TRACKED, "labels.user_instances_only .*; labels.with_track_only was false and is true"),
    ],
    ids=["one", "two"],
)
def test_filters_that_differ_are_named(params: Params, message: str, folder: Path) -> None:
    with pytest.raises(ExportError, match=message):
        make_input_fn(folder, params, training=False)


def flip(at: int) -> Callable[[bytes], bytes]:
    return lambda content: content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


@pytest.mark.parametrize(
    "at",
    [slow(0), slow(9), slow(13), 500, slow(-1)],
    ids=["size", "its sum", "head", "image", "end"],
)
def test_a_flipped_bit_is_an_error_that_names_the_shard(at: int, folder: Path) -> None:
    path = folder / SHARD
    change(path, flip(at % path.stat().st_size))
    exported = ExportedFrames.load(str(folder), PARAMS)
    with pytest.raises(ImageError, match=rf"1 of 15 frames .*\n  {SHARD}: video .*: frame \d+: "):
        exported.check_images()
    batches = make_input_fn(folder, PARAMS, training=False)(None)
    with pytest.raises(tf.errors.OpError, match=rf"{path}.*the record at byte.*cannot be read"):
        list(batches)


def test_images_that_do_not_decode_are_all_named(tmp_path: Path) -> None:
    good = encoded(coloured(0))
    path = labels_of(tmp_path, video_of([good, forge(good), good, forge(good)]))
    export_frames(load(path), str(tmp_path / "export"), n_shards=2)
    with pytest.raises(ImageError) as error:
        ExportedFrames.load(str(tmp_path / "export"), PARAMS).check_images()
    first, *lines = str(error.value).splitlines()
    assert first.startswith(f"{tmp_path / 'export'}: 2 of 4 frames cannot be read")
    assert [line.split(": ")[:3] for line in lines] == [
        [f"  frames-0000{at}-of-00002.tfrecord", "video top.mp4", f"frame {2 * at + 1}"]
        for at in range(2)
    ]


def read_from(folder: str, _: Path) -> None:
    make_input_fn(folder, PARAMS, training=True)


def export_to(folder: str, few: Path) -> None:
    export_frames(load(few), folder)


@pytest.mark.parametrize("ask", [read_from, export_to])
def test_a_scheme_without_a_file_system_is_named(
    ask: Callable[[str, Path], None], few: Path
) -> None:
    with pytest.raises(ExportError, match=r"gs2://bucket/train: .*'gs2' not implemented"):
        ask("gs2://bucket/train", few)


def test_a_folder_that_is_no_export_is_named(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"expected an export of frames, found no manifest\.json"):
        make_input_fn(tmp_path, PARAMS, training=True)


def test_an_export_holds_where_the_folder_is_changed_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = load(small_package().write(tmp_path / "a.slp"), EVERYTHING)
    monkeypatch.chdir(tmp_path)
    export_frames(source, "export")
    exported = ExportedFrames.load("export/", EVERYTHING)
    monkeypatch.chdir("/")
    exported.check_images()
    assert len(exported.keys) == len(source.keys)


# ---- the command


@pytest.fixture
def in_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "params.yaml").write_text("labels: {user_instances_only: false}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_command_takes_the_filters_of_the_params(
    few: Path, in_project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(few), "exports/train"]) == 0
    n_frames = len(load(few, EVERYTHING).keys)
    printed = capsys.readouterr().out
    assert printed.startswith(f"exports/train: {n_frames} frames in 1 shard, ")
    exported = ExportedFrames.load("exports/train", EVERYTHING)
    assert len(exported.keys) == n_frames


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.slp", "out"], "splitlib export: nowhere.slp: there is no such labels file"),
        ([str(DEMO), "out", "--shards", "0"], "expected 1 to 461"),
        ([str(DEMO), "out", "--params", "none.yaml"], "none.yaml"),
        ([str(DEMO), "."], "holds params.yaml and is no export"),
    ],
    ids=["no labels", "no shards", "no params", "another folder"],
)
def test_the_command_says_what_is_wrong(
    arguments: list[str], message: str, in_project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", *arguments]) == 1
    assert message in capsys.readouterr().err
    assert [path.name for path in in_project.iterdir()] == ["params.yaml"]
