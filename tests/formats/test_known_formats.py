"""Which format labels have, and what is said of those that have none."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from foreign_labels import (
    WRITERS,
    write_coco,
    write_deeplabcut,
    write_label_studio,
    write_ultralytics,
    written,
)
from synthetic_labels import small_labels

from splitlib.errors import LabelsFileError, LabelsFileNotFoundError, SplitlibError
from splitlib.formats.convert_labels import convert
from splitlib.formats.known_formats import Format, format_of
from splitlib.labels import Labels

EXPECTED = {
    "coco": Format.COCO,
    "deeplabcut": Format.DEEPLABCUT,
    "ultralytics": Format.ULTRALYTICS,
    "label studio": Format.LABEL_STUDIO,
    "json of sleap": Format.SLEAP_JSON,
}


@pytest.mark.parametrize("form", EXPECTED)
def test_a_format_is_known_by_its_content(form: str, tmp_path: Path) -> None:
    assert format_of(WRITERS[form](tmp_path)) == EXPECTED[form]


@pytest.mark.parametrize(
    ("write", "name", "expected"),
    [
        (write_deeplabcut, "config.yaml", Format.DEEPLABCUT),
        (write_deeplabcut, "labeled-data/mouseA/CollectedData_Ann.csv", Format.DEEPLABCUT),
        (write_ultralytics, "data.yaml", Format.ULTRALYTICS),
    ],
)
def test_a_file_of_a_project_stands_for_it(
    write: Callable[[Path], Path], name: str, expected: Format, tmp_path: Path
) -> None:
    write(tmp_path)
    assert format_of(tmp_path / name) == expected


@pytest.mark.parametrize("suffix", [".slp", ".h5"])
def test_a_file_of_the_layout_of_slp_needs_no_converting(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"labels{suffix}"
    small_labels().write(tmp_path / "made.slp")
    shutil.copy(tmp_path / "made.slp", path)
    assert format_of(path) == Format.SLEAP


def write_text(name: str, text: str) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        (folder / name).write_text(text)
        return folder / name

    return write


def edited(write: Callable[[Path], Path], edit: Callable[[Any], object]) -> Callable[[Path], Path]:
    """Labels in JSON whose value somebody edited."""

    def write_edited(folder: Path) -> Path:
        path = write(folder)
        value = json.loads(path.read_text())
        edit(value)
        return written(path, value)

    return write_edited


def coco_without_keypoints(value: dict[str, Any]) -> None:
    for one in (*value["annotations"], *value["categories"]):
        one.pop("keypoints")


def label_studio_without_key_points(tasks: list[dict[str, Any]]) -> None:
    for task in tasks:
        task["annotations"] = [{"result": []}]


def only_tables(folder: Path) -> Path:
    write_deeplabcut(folder)
    (folder / "labeled-data/mouseA/CollectedData_Bob.csv").write_text("")
    return folder


def only_hdf5(folder: Path) -> Path:
    write_deeplabcut(folder)
    table = folder / "labeled-data/mouseA/CollectedData_Ann.csv"
    table.rename(table.with_suffix(".h5"))
    return folder


def without_kpt_shape(folder: Path) -> Path:
    write_ultralytics(folder)
    value = yaml.safe_load((folder / "data.yaml").read_text())
    value.pop("kpt_shape")
    (folder / "data.yaml").write_text(yaml.safe_dump(value))
    return folder


def with_a_short_line(folder: Path) -> Path:
    write_ultralytics(folder)
    (folder / "val/labels/mouseB_img0010.txt").write_text("0 0.5 0.5 0.1 0.1 0.3 0.3 2\n")
    return folder


def with_a_lost_split(folder: Path) -> Path:
    write_ultralytics(folder)
    shutil.rmtree(folder / "val")
    return folder


REFUSED: dict[str, tuple[Callable[[Path], Path], str]] = {
    "a URL": (lambda _: Path("https://lab.org/labels.slp"), "is a URL, .* download the labels"),
    "nothing": (lambda folder: folder / "none.json", "there is no such labels file"),
    "an empty folder": (
        lambda folder: folder,
        r"config\.yaml with labeled-data .* name the labels",
    ),
    "a folder of files": (
        lambda folder: write_text("a.csv", "x")(folder).parent,
        r"name one of its files: a\.csv",
    ),
    "a spreadsheet": (write_text("a.xlsx", "x"), "is a spreadsheet; save it as CSV"),
    "a video": (write_text("a.mp4", "x"), "is a video, not labels"),
    "regions": (write_text("a.geojson", "{}"), "holds regions, not poses"),
    "a text": (write_text("a.txt", "x"), r"not known; expected \.slp, COCO"),
    "a table of something": (write_text("a.csv", "mouse,weight\n1,20\n"), "has mouse, weight"),
    "an empty table": (write_text("a.csv", ""), "this table is no labels"),
    "a broken JSON": (write_text("a.json", "{"), "no JSON"),
    "another JSON": (write_text("a.json", '{"a": 1}'), "found an object with a"),
    "another list": (write_text("a.json", "[1]"), "found a list"),
    "another YAML": (write_text("a.yaml", "a: 1"), "beside its folder labeled-data"),
    "a broken YAML": (write_text("a.yaml", "a: ["), "found no YAML"),
    "a broken HDF5": (write_text("a.h5", "x"), r"a\.h5"),
    "a broken NWB": (write_text("a.nwb", "x"), r"a\.nwb: sleap-io cannot read these labels"),
    "a broken MAT": (write_text("a.mat", "x"), "pymatreader is required .* pip install"),
    "COCO without key points": (edited(write_coco, coco_without_keypoints), "no keypoints: 8 anno"),
    "COCO without file names": (
        edited(write_coco, lambda value: value["images"][0].pop("file_name")),
        "lacks a field: KeyError.'file_name'",
    ),
    "COCO with two images of one id": (
        edited(write_coco, lambda value: value["images"][0].update(id=1)),
        "two images have the same id",
    ),
    "COCO with too few values": (
        edited(write_coco, lambda value: value["annotations"][3]["keypoints"].pop()),
        "annotation 3 has 8 values of keypoints, expected 9",
    ),
    "Label Studio without key points": (
        edited(write_label_studio, label_studio_without_key_points),
        "none of the 9 tasks of Label Studio has key points",
    ),
    "Label Studio without pictures": (
        edited(write_label_studio, lambda value: value[1].update(data={"text": "a"})),
        "task 0 names neither a picture nor a video",
    ),
    "DeepLabCut of two scorers": (only_tables, "labels of one scorer, found CollectedData_Ann"),
    "DeepLabCut in HDF5 alone": (only_hdf5, r"CollectedData_Ann\.h5 has no table of text"),
    "predictions of DeepLabCut": (
        write_text("a.csv", "scorer,n,n\nbodyparts,a,a\ncoords,x,y\n0,1,2\n"),
        "named by numbers, not by pictures: these are predictions",
    ),
    "a table of DeepLabCut without rows": (
        write_text("a.csv", "scorer,n,n\nbodyparts,a,a\ncoords,x,y\n"),
        "no labeled pictures",
    ),
    "Ultralytics without kpt_shape": (without_kpt_shape, r"expected data\.yaml .*'kpt_shape'"),
    "Ultralytics with a short line": (
        with_a_short_line,
        r"mouseB_img0010\.txt, line 1: expected 14 values: .* found 8",
    ),
    "Ultralytics with a lost split": (with_a_lost_split, "val names val/images, which is not at"),
    "a damaged JSON of SLEAP": (
        edited(WRITERS["json of sleap"], lambda value: value["labels"][0].update(video=7)),
        "the JSON labels of SLEAP are damaged: IndexError",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_labels_is_refused_in_three_lines(kind: str, tmp_path: Path) -> None:
    write, message = REFUSED[kind]
    source = write(tmp_path)
    with pytest.raises(SplitlibError, match=message) as error:
        convert(source, tmp_path / "out" / "out.slp")
    told = str(error.value)
    assert len(told.splitlines()) <= 3
    assert "/tmp" not in told.replace(str(tmp_path), "")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("load", [format_of, Labels.load], ids=["convert", "load"])
def test_labels_that_dvc_keeps_elsewhere_are_fetched_by_one_command(
    load: Callable[[Path], object], tmp_path: Path
) -> None:
    (tmp_path / "labels.slp.dvc").touch()
    with pytest.raises(LabelsFileNotFoundError, match=r"DVC has it: dvc pull .*labels\.slp$"):
        load(tmp_path / "labels.slp")
    with pytest.raises(LabelsFileNotFoundError) as error:
        load(tmp_path / "other.slp")
    assert "dvc pull" not in str(error.value)


@pytest.mark.parametrize(
    "write", [write_coco, write_deeplabcut, write_ultralytics], ids=lambda write: write.__name__
)
def test_what_reads_slp_alone_says_how_to_convert(
    write: Callable[[Path], Path], tmp_path: Path
) -> None:
    source = write(tmp_path)
    with pytest.raises(LabelsFileError, match=rf"splitlib convert {source} labels\.slp"):
        Labels.load(source)
