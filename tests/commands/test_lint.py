"""`splitlib lint`: verdicts on splits of other tools, and what was not judged and why."""

import json
import os
import pickle
import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from foreign_labels import write_coco, write_deeplabcut, write_ultralytics, written
from places import DEMO, ROOT
from real_files import shared_path

from splitlib.commands.main import main
from splitlib.formats.labels_side_by_side import named_splits, split_word
from splitlib.formats.training_config import TrainingConfig, read_training_config
from splitlib.labels import Labels

CLIP = "data/talmolab+sleap/tests/data/tracks/clip.slp"
MODELS = "data/talmolab+sleap/tests/data/models/"
TUTORIAL = "data/talmolab+sleap-tutorial-uo/data/models/211229_075510.centroid"


def linted(capsys: pytest.CaptureFixture[str], *paths: Path, code: int = 0) -> list[dict[str, Any]]:
    """What is said as JSON. Nothing may be written."""
    tops = [path if path.is_dir() else path.parent for path in paths]
    before = [sorted((p, p.stat().st_mtime_ns) for p in top.rglob("*")) for top in tops]
    capsys.readouterr()
    assert main(["lint", *map(str, paths), "--json"]) == code
    assert before == [sorted((p, p.stat().st_mtime_ns) for p in top.rglob("*")) for top in tops]
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["splits"]
    return found


def split_demo(folder: Path, *options: str) -> None:
    assert main(["split", str(DEMO), str(folder), *options]) == 0


@pytest.fixture
def random_model(tmp_path: Path) -> Path:
    """A folder as sleap-nn leaves it, of the demo with validation frames drawn at random."""
    split_demo(tmp_path / "s", "--groups", "frame", "--gap", "0", "--fractions", ".9", ".1", "0")
    model = tmp_path / "a model"
    model.mkdir()
    for name in ("train", "val"):
        shutil.copy(tmp_path / f"s/{name}.slp", model / f"labels_gt.{name}.0.slp")
        shutil.copy(tmp_path / f"s/{name}.slp", model / f"labels_pr.{name}.0.slp")
    section = {"train_labels_path": [str(DEMO)], "val_labels_path": None}
    config = {"data_config": {**section, "validation_fraction": 0.1}}
    (model / "training_config.yaml").write_text(yaml.safe_dump(config))
    return model


def test_a_random_split_leaks_and_the_advice_is_measured(
    random_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (found,) = linted(capsys, random_model, code=1)
    assert found["verdict"] == "leaks"
    (pair,) = found["pairs"]
    assert pair["splits"] == ["train", "val"]
    assert pair["n_near"] > 0.9 * found["n_frames"]["val"]
    assert pair["n_same"] == 0
    assert found["notes"][0].startswith("Its training_config says that 10% of the frames")
    assert found["better"]["n_near"] == 0
    assert found["better"]["copyable"] < pair["copyable"]
    assert linted(capsys, random_model / "training_config.yaml", code=1)[0]["pairs"] == [pair]


def test_the_command_that_is_advised_gives_what_was_measured(
    random_model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (found,) = linted(capsys, random_model, code=1)
    program, *words = shlex.split(found["advice"][-1])
    assert program == "splitlib"
    assert main(words) == 0
    (again,) = linted(capsys, tmp_path / "splits")
    assert again["pairs"][0]["copyable"] == found["better"]["copyable"]
    sizes = {name: n for name, n in again["n_frames"].items() if n}
    assert sizes == found["better"]["n_frames"]


def test_a_clean_split_needs_no_advice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    split_demo(tmp_path / "splits")
    (found,) = linted(capsys, tmp_path / "splits")
    assert (found["verdict"], found["advice"], found["caveats"]) == ("clean", [], [])
    pairs = [pair["splits"] for pair in found["pairs"]]
    assert pairs == [["train", "val"], ["train", "test"], ["val", "test"]]
    assert [pair["duplicates"] for pair in found["pairs"]] == [{"exact": 0, "near": 0}] * 3
    assert main(["lint", str(tmp_path / "splits")]) == 0
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first.endswith(
        "splits: clean: no held-out frame is near or like a frame of another split"
    )
    assert second == "train 351 frames, val 44 frames, test 44 frames"


def test_a_frame_in_two_splits_is_said_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = Labels.load(DEMO)
    labels.extract(range(100)).save(tmp_path / "train.slp")
    labels.extract(range(98, 130)).save(tmp_path / "val.slp")
    (found,) = linted(capsys, tmp_path / "train.slp", tmp_path / "val.slp", code=1)
    assert found["finding"] == "2 frames of val are in train as well"
    assert found["pairs"][0]["n_same"] == 2
    assert found["pairs"][0]["nearest"] == 0


@pytest.mark.parametrize("name", ["", "data.yaml"])
def test_a_dataset_of_ultralytics(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_ultralytics(tmp_path)
    (found,) = linted(capsys, tmp_path / name)
    assert found["n_frames"] == {"train": 4, "val": 4}
    assert found["pairs"][0]["nearest"] is None, "they share no video"
    assert found["caveats"] == ["Few frames say little: val has 4."]


def coco_pair(folder: Path, names: Sequence[str]) -> list[Path]:
    source = write_coco(folder)
    value = json.loads(source.read_text())
    source.unlink()
    paths = []
    for at, name in enumerate(names):
        own = {**value, "images": value["images"][at::2]}
        numbers = {image["id"] for image in own["images"]}
        own["annotations"] = [a for a in value["annotations"] if a["image_id"] in numbers]
        paths.append(written(folder / name, own))
    return paths


def test_a_pair_of_coco_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = coco_pair(tmp_path, ["keypoints_train2017.json", "keypoints_val2017.json"])
    (by_folder,) = linted(capsys, tmp_path, code=1)
    (by_files,) = linted(capsys, *reversed(paths), code=1)
    assert by_folder["pairs"] == by_files["pairs"]
    (pair,) = by_files["pairs"]
    assert (pair["nearest"], pair["n_near"]) == (1, 2)
    assert pair["duplicates"]["exact"] == 0
    *_, train, val, split = by_files["advice"]
    assert train.startswith("splitlib convert ")
    assert val.startswith("splitlib convert ")
    assert split.startswith("splitlib split ")


def test_missing_pictures_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = coco_pair(tmp_path, ["train.json", "val.json"])
    (tmp_path / "images/mouseA/img0003.png").unlink()
    (found,) = linted(capsys, *paths, code=1)
    assert found["n_frames"] == {"train": 3, "val": 4}
    assert found["notes"] == ["Labels of 1 missing pictures are left out: mouseA/img0003.png."]


def test_shuffles_of_deeplabcut_are_judged_each(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = write_deeplabcut(tmp_path)
    folder = project / "training-datasets/iteration-0/UnaugmentedDataSet_tMay1"
    folder.mkdir(parents=True)
    for name, test in {"50shuffle1": [4, 5, 6, 7], "62shuffle2": [1, 2, 5]}.items():
        train = [at for at in range(8) if at not in test]
        content = pickle.dumps([[], np.array(train), np.array(test), 0.5])
        (folder / f"Documentation_data-t_{name}.pickle").write_bytes(content)
    first, second = linted(capsys, project, code=1)
    assert first["name"].endswith("shuffle 50shuffle1")
    assert (first["verdict"], first["n_frames"]) == ("clean", {"train": 4, "test": 4})
    assert second["name"].endswith("shuffle 62shuffle2")
    assert (second["verdict"], second["pairs"][0]["nearest"]) == ("leaks", 1)


def test_a_project_without_shuffles_is_not_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (found,) = linted(capsys, write_deeplabcut(tmp_path), code=2)
    assert found["verdict"] == "not judged"
    assert found["notes"] == ["These labels of DeepLabCut bring no splits along."]


def test_one_split_is_not_judged(random_model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (random_model / "labels_gt.val.0.slp").unlink()
    (random_model / "labels_pr.val.0.slp").unlink()
    (found,) = linted(capsys, random_model, code=2)
    assert "expected two splits or more" in found["notes"][0]
    assert linted(capsys, DEMO, code=2)[0]["verdict"] == "not judged"
    assert main(["lint", str(DEMO)]) == 2
    assert "not judged: One labels file holds no splits" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (f"{MODELS}minimal_instance.UNet.bottomup", 1),
        (f"{MODELS}minimal_robot.UNet.single_instance", 0),
        (TUTORIAL, 0),
    ],
)
def test_real_models(name: str, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = linted(capsys, shared_path(name), code=code)
    assert found["n_frames"]["val"] == 1
    assert found["caveats"][-1] == "Few frames say little: val has 1."
    if name == TUTORIAL:
        assert "fly_clip.mp4 is not found" in found["caveats"][0]
        assert found["pairs"][0]["duplicates"] == {"exact": None, "near": None}


def test_a_real_film_split_at_random(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip, options = shared_path(CLIP), ["--groups", "frame", "--gap", "0"]
    assert main(["split", str(clip), str(tmp_path), *options, "--fractions", "9", "1", "0"]) == 1
    assert main(["split", str(clip), str(tmp_path), *options, "--fractions", ".9", ".1", "0"]) == 0
    (found,) = linted(capsys, tmp_path, code=1)
    assert found["pairs"][0]["copyable"] > 0.8
    assert found["better"]["copyable"] < 0.3


NOTHING = {
    "nowhere": "there is no such labels file",
    "empty": "the folder is no labels",
    "text.txt": "labels of this kind are not known",
    "splits": "index files, and not the labels; dvc pull fetches them",
    "train.slp val.slp": "not a labels file",
    "train.json train/x.json": "are both the split 'train'",
}


@pytest.mark.parametrize(("names", "message"), NOTHING.items())
def test_what_has_no_splits_is_told_in_three_lines(
    names: str,
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("empty", "splits"):
        Path(folder).mkdir()
    shutil.copy(ROOT / "splits/train.json", "splits")
    for name in ("text.txt", "train.slp", "val.slp"):
        Path(name).write_text("some text")
    assert main(["lint", *names.split()]) == 2
    printed = capsys.readouterr()
    first, second, third = printed.err.splitlines()
    assert message in first
    assert os.sep + "tmp" + os.sep not in first.replace(str(tmp_path), "")
    assert second.startswith("Expected the folder of a model")
    assert third.startswith("Nothing was changed.")
    assert printed.out == ""


CONFIGS: dict[str, tuple[str, object, TrainingConfig | None]] = {
    "SLEAP, drawn": (
        "training_config.json",
        {"data": {"labels": {"training_labels": "a.slp", "validation_fraction": 0.1}}},
        TrainingConfig(("a.slp",), 0.1),
    ),
    "SLEAP, with lists": (
        "training_config.json",
        {"data": {"labels": {"split_by_inds": True, "validation_fraction": 0.1}}},
        TrainingConfig((), None),
    ),
    "sleap-nn, drawn": (
        "training_config.yaml",
        {"data_config": {"train_labels_path": ["a.slp", "b.slp"], "validation_fraction": 0.2}},
        TrainingConfig(("a.slp", "b.slp"), 0.2),
    ),
    "sleap-nn, with a file": (
        "training_config.yaml",
        {"data_config": {"val_labels_path": ["v.slp"], "validation_fraction": 0.2}},
        TrainingConfig((), None),
    ),
    "another config": ("training_config.yaml", [1, 2], None),
    "odd values": (
        "training_config.json",
        {"data": {"labels": {"training_labels": 3, "validation_fraction": "x"}}},
        TrainingConfig((), None),
    ),
}


@pytest.mark.parametrize(("name", "value", "expected"), CONFIGS.values(), ids=CONFIGS)
def test_configs(name: str, value: object, expected: TrainingConfig | None, tmp_path: Path) -> None:
    (tmp_path / name).write_text(json.dumps(value))
    assert read_training_config(tmp_path) == expected
    (tmp_path / name).write_text("{:")
    assert read_training_config(tmp_path) is None


@pytest.mark.parametrize(
    ("path", "split"),
    [
        ("train.json", "train"),
        ("person_keypoints_val2017.json", "val"),
        ("valid/_annotations.coco.json", "val"),
        ("TEST-1.slp", "test"),
        ("trainer.json", None),
        ("constrain/labels.json", None),
    ],
)
def test_names_tell_splits(path: str, split: str | None) -> None:
    assert split_word(Path(path)) == split


@pytest.mark.parametrize("order", [("lab_val.slp", "lab_all.slp"), ("lab_all.slp", "lab_val.slp")])
def test_the_file_that_is_not_val_is_what_was_trained_on(order: tuple[str, str]) -> None:
    files = named_splits([Path(name) for name in order])
    assert files == {"train": Path("lab_all.slp"), "val": Path("lab_val.slp")}


def test_splits_without_frames_are_not_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = Labels.load(DEMO)
    labels.extract(range(20)).save(tmp_path / "train.slp")
    labels.extract([]).save(tmp_path / "val.slp")
    (found,) = linted(capsys, tmp_path / "train.slp", tmp_path / "val.slp", code=2)
    assert found["verdict"] == "not judged"
    assert "Fewer than two splits have frames" in found["notes"][0]
