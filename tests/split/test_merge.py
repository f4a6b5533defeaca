"""Splits put back into one file: the tables of the source, bit by bit."""

from pathlib import Path

import h5py
import numpy as np
import places
import pytest
from real_files import shared_path
from real_labels import real_files
from synthetic_labels import small_package

from splitlib.commands.main import main
from splitlib.errors import SplitError, UnsupportedFormatError
from splitlib.labels import Labels
from splitlib.split.index import SourceId
from splitlib.split.merge_splits import merge_splits
from splitlib.split.write_index import IndexWriter

DEMO = str(places.DEMO)
JS = "data/talmolab+sleap-io.js/tests/data/slp/"
FILES = [
    DEMO,
    "data/made/two.pkg.slp",
    "data/made/three_sug.pkg.slp",
    "data/talmolab+sleap-tutorial-uo/data/labels.v000.slp",
    JS + "minimal_instance.pkg.slp",
    JS + "typical.slp",
    JS + "centered_pair_predictions.slp",
    "oracle/data/mixed_all.pkg.slp",
    "oracle/data/mixed.pkg.slp",
]


def split_file(source: Labels, folder: Path, *, with_index: bool) -> list[Path]:
    """Three splits of whole frames that leave nothing out."""
    frames = np.stack([source.video, source.frame_idx], axis=1)
    _, number = np.unique(frames, axis=0, return_inverse=True)
    files = []
    for at, name in enumerate(("train", "val", "test")):
        rows = np.flatnonzero(number.reshape(-1) % 3 == at)
        files.append(folder / f"{name}.slp")
        source.extract(rows).save(files[-1])
        if with_index:
            origin = SourceId("labels.slp", "0" * 64, len(source))
            path = folder / f"{name}.json"
            IndexWriter(source, [origin], {}).write(path, rows, name)
    return files


def check_same(one: Path, other: Path) -> None:
    """Every table and every image is the same."""
    with h5py.File(one) as a, h5py.File(other) as b:
        assert sorted(a) == sorted(b)
        for name in a:
            if isinstance(a[name], h5py.Dataset):
                assert a[name].dtype == b[name].dtype, name
                assert a[name][()].tobytes() == b[name][()].tobytes() or (
                    a[name][()].tolist() == b[name][()].tolist()
                ), name
    first, second = Labels.load(one), Labels.load(other)
    assert first[:] == second[:]
    rows = np.flatnonzero(first.has_image())
    assert rows.tolist() == np.flatnonzero(second.has_image()).tolist()
    theirs = (
        labels.read_images(labels.video[rows], labels.frame_idx[rows]) for labels in (first, second)
    )
    assert all(np.array_equal(x, y) for x, y in zip(*theirs, strict=True))


@pytest.mark.parametrize("name", [DEMO, *real_files(FILES[1:])])
def test_merged_splits_are_the_source(name: str, tmp_path: Path) -> None:
    source = Labels.load(DEMO if name == DEMO else shared_path(name))
    normal = tmp_path / "normal.slp"  # video numbers as in every file that splitlib writes
    source.save(normal)
    files = split_file(source, tmp_path, with_index=True)
    assert merge_splits(files[::-1], tmp_path / "merged.slp") == len(source)
    check_same(tmp_path / "merged.slp", normal)
    if name == DEMO:
        check_same(normal, Path(DEMO))


def test_without_indexes_frames_come_by_video_and_number(tmp_path: Path) -> None:
    source = Labels.load(small_package().write(tmp_path / "labels.slp"))
    files = split_file(source, tmp_path, with_index=False)
    merge_splits(files, tmp_path / "merged.slp")
    order = np.lexsort((source.frame_idx, source.video))
    source.extract(order).save(tmp_path / "sorted.slp")
    check_same(tmp_path / "merged.slp", tmp_path / "sorted.slp")


def test_a_frame_in_two_files_is_named(tmp_path: Path) -> None:
    source = Labels.load(small_package().write(tmp_path / "labels.slp"))
    source.extract([0, 1]).save(tmp_path / "a.slp")
    source.extract([1, 2]).save(tmp_path / "b.slp")
    with pytest.raises(SplitError, match=r"b\.slp: .*video\.mp4 frame 7 is in another"):
        merge_splits([tmp_path / "a.slp", tmp_path / "b.slp"], tmp_path / "merged.slp")
    assert not (tmp_path / "merged.slp").exists()


def test_what_differs_between_the_files_is_named(tmp_path: Path) -> None:
    source = Labels.load(small_package().write(tmp_path / "labels.slp"))
    files = split_file(source, tmp_path, with_index=False)
    with h5py.File(files[1], "r+") as file:
        file["tracks_json"][0] = b'[0,"other!"]'
        file["new_table"] = [1]
    with pytest.raises(UnsupportedFormatError, match="/new_table, /tracks_json differ"):
        merge_splits(files, tmp_path / "merged.slp")


def test_merge_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(file) for file in split_file(Labels.load(DEMO), tmp_path, with_index=True)]
    assert main(["merge", *files, "-o", str(tmp_path / "merged.slp")]) == 0
    assert "merged.slp: 471 labeled frames" in capsys.readouterr().out
    assert main(["merge", files[0], files[0], "-o", str(tmp_path / "other.slp")]) == 1
    assert "merge splits that share no frame" in capsys.readouterr().err
