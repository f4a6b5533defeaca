"""Splits in the formats of other tools hold the same pictures and points."""

import json
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import sleap_io
import yaml
from foreign_labels import assert_equal, points_by_gray, truth, write_deeplabcut
from places import DEMO, ROOT
from pycocotools.coco import COCO
from synthetic_labels import small_package

from splitlib.commands.main import main
from splitlib.errors import ExportError
from splitlib.formats.convert_labels import convert
from splitlib.formats.export_labels import FORMATS, export_labels
from splitlib.labels import Labels


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("labels")
    convert(write_deeplabcut(folder), folder / "made.slp")
    return folder / "made.slp"


@pytest.fixture(scope="module")
def splits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of splits of the demo: a clone has none before its first `dvc repro`."""
    folder = tmp_path_factory.mktemp("lab") / "splits"
    folder.mkdir()
    labels = Labels.load(DEMO)
    for name, frames in (("train", range(30)), ("val", range(30, 34)), ("test", range(34, 40))):
        labels.extract(frames).save(folder / f"{name}.slp")
    return folder


@pytest.mark.parametrize("form", FORMATS)
def test_labels_come_back_as_they_went_out(form: str, package: Path, tmp_path: Path) -> None:
    assert export_labels({"train": package}, tmp_path / "out", form) == {"train": 8}
    source = tmp_path / "out" / {"coco": "train.json", "slp-pkg": "train.pkg.slp"}.get(form, "")
    convert(source, tmp_path / "back.slp", images=form != "coco")
    assert_equal(points_by_gray(Labels.load(tmp_path / "back.slp"), tmp_path / "out"), truth())


def test_pycocotools_opens_the_coco_file(package: Path, tmp_path: Path) -> None:
    export_labels({"val": package}, tmp_path / "out", "coco")
    coco = COCO(tmp_path / "out" / "val.json")
    assert len(coco.getImgIds()) == 8
    for image in coco.loadImgs(coco.getImgIds()):
        (annotation,) = coco.loadAnns(coco.getAnnIds(image["id"]))
        with PIL.Image.open(tmp_path / "out" / image["file_name"]) as picture:
            assert picture.size == (image["width"], image["height"])
            points = truth()[int(np.asarray(picture)[0, 0])]
        labeled = np.reshape(annotation["keypoints"], (3, 3))
        assert annotation["num_keypoints"] == np.isfinite(points[:, 0]).sum()
        assert sorted(map(tuple, labeled[labeled[:, 2] > 0][:, :2])) == sorted(
            tuple(point) for point in points if np.isfinite(point[0])
        )


def test_ultralytics_learns_which_nodes_are_mirrored(splits: Path, tmp_path: Path) -> None:
    """sleap-io says of every node that it stays, and flipped pictures would swap left and right."""
    held_out = {name: splits / f"{name}.slp" for name in ("val", "test")}
    export_labels(held_out, tmp_path / "out", "ultralytics")
    config = yaml.safe_load((tmp_path / "out" / "data.yaml").read_text())
    nodes, flip = config["node_names"], config["flip_idx"]
    mirrored = {nodes[at]: nodes[flip[at]] for at in range(len(nodes))}
    assert mirrored["wingL"] == "wingR"
    assert mirrored["head"] == "head"
    assert {"train", "val", "test"} & config.keys() == {"val", "test"}


@pytest.mark.parametrize("user_only", [True, False])
def test_predictions_are_no_truth_unless_asked_for(user_only: bool, tmp_path: Path) -> None:
    small_package().write(tmp_path / "a.slp")
    export_labels(
        {"a": tmp_path / "a.slp"}, tmp_path / "out", "coco", user_instances_only=user_only
    )
    value = json.loads((tmp_path / "out" / "a.json").read_text())
    labels = Labels.load(tmp_path / "a.slp")
    n_user, n_all = int(labels.source.is_user.sum()), len(labels.source.is_user)
    assert len(value["annotations"]) == (n_user if user_only else n_all)


def test_an_export_is_replaced_and_other_files_stay(package: Path, tmp_path: Path) -> None:
    for _ in range(2):
        export_labels({"train": package}, tmp_path / "out", "coco")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").touch()
    with pytest.raises(ExportError, match="holds files that are no such export"):
        export_labels({"train": package}, tmp_path / "mine", "coco")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "out"]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("splits", "train 30 frames, val 4 frames, test 6 frames"),
        ("splits/val.slp", "val 4 frames"),
    ],
)
def test_the_command_exports_a_split_or_all(
    source: str,
    told: str,
    splits: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(splits.parent)
    (splits.parent / "params.yaml").write_text("labels: {path: labels.slp}\n")
    assert main(["export", source, str(tmp_path / "out"), "--format", "slp-pkg"]) == 0
    assert told in capsys.readouterr().out
    assert len(sleap_io.load_slp(str(tmp_path / "out/val.pkg.slp"))) == 4


def test_a_folder_without_splits_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["export", str(tmp_path), str(tmp_path / "out"), "--format", "coco"]) == 1
    assert "expected train.slp, val.slp, test.slp, found none" in capsys.readouterr().err
