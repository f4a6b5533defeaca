"""The stages by themselves: exit codes, messages, and nothing half-written."""

import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import PIL.Image
import pytest
import tensorflow as tf
from places import DEMO, ROOT
from slow import slow

from splitlib.errors import ImageError, SplitError
from splitlib.inputs.input_fn import load_splits
from splitlib.labels import Labels
from splitlib.params import load_params
from splitlib.slp.png import encode_png
from stages import audit, evaluate, inputs, split, summary, train
from stages.command import run

EVERY = 6
"""One frame of so many of the demo, spread over its videos."""


def write_params(folder: Path, *changes: tuple[str, str]) -> None:
    """Params of the project for labels.slp, with some of their text changed."""
    text = (ROOT / "params.yaml").read_text()
    for old, new in (("data/demo.slp", "labels.slp"), *changes):
        assert old in text, old
        text = text.replace(old, new)
    (folder / "params.yaml").write_text(text)


def write_labels(path: Path, *, damaged: tuple[int, ...] = ()) -> None:
    """Some frames of the demo, with the images at some rows damaged."""
    labels = Labels.load(DEMO)
    labels.extract(range(0, len(labels), EVERY)).save(path)
    with h5py.File(path, "r+") as file:
        for row in damaged:
            file["video2/video"][row, 40:60] = 0


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with params for labels that are yet to be written."""
    write_params(tmp_path, *TINY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


TINY = (
    ("filters: 16", "filters: 4"),
    ("depth: 4", "depth: 1"),
    ("epochs: 10", "epochs: 1"),
    ("rotation: 180", "rotation: 0"),  # what takes long to trace tells nothing here
    ("scale: [0.9, 1.1]", "scale: [1, 1]"),
)
FRACTIONS = "{train: 0.8, val: 0.1, test: 0.1}"
SMALL_CROPS = ("crop_size: auto ", "crop_size: 24 ")


@dataclass(frozen=True)
class Finished:
    """A folder in which all stages have run, and what they printed as errors."""

    folder: Path
    errors: str

    def read(self, name: str) -> Any:  # noqa: ANN401 - any JSON
        return json.loads((self.folder / name).read_text())


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """All stages, one after the other in this process, with crops that cut animals off."""
    folder, errors = tmp_path_factory.mktemp("finished"), io.StringIO()
    write_params(folder, *TINY, SMALL_CROPS)
    write_labels(folder / "labels.slp")
    with (
        pytest.MonkeyPatch.context() as patch,
        warnings.catch_warnings(),
        contextlib.redirect_stderr(errors),
    ):
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["stage", "--params", "params.yaml"])
        # for the whole process, which has other tests to run
        patch.setattr(tf.config.experimental, "enable_op_determinism", lambda: None)
        warnings.simplefilter("default")
        for stage in (split, audit, inputs, train, evaluate):
            run(stage.main)
    return Finished(folder, errors.getvalue())


def run_stage(name: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", f"stages.{name}"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def split_here() -> tuple[int, str]:
    """Exit code and errors of the stage, in this process."""
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors), pytest.raises(SystemExit) as caught:
        run(split.main)
    assert isinstance(caught.value.code, int)
    return caught.value.code, errors.getvalue()


def split_in_a_process() -> tuple[int, str]:
    done = run_stage("split", Path.cwd())
    return done.returncode, done.stderr


FAILING: dict[str, tuple[bytes | None, str | None, str]] = {
    "no labels": (None, "", "error: labels.slp: there is no such labels file"),
    "text": (b"not labels", "", "error: labels.slp: not a labels file"),
    "cut short": (DEMO.read_bytes()[:50_000], "", "error: labels.slp: cannot be opened"),
    "wrong key": (DEMO.read_bytes(), "\nslpit: 1\n", "error: params.yaml:"),
    "no params": (None, None, "error: params.yaml"),
}


@pytest.mark.parametrize("split_stage", [split_here, slow(split_in_a_process)])
@pytest.mark.parametrize(("labels", "params", "message"), FAILING.values(), ids=FAILING)
def test_a_failing_stage_says_why_ends_with_code_1_and_writes_nothing(
    labels: bytes | None,
    params: str | None,
    message: str,
    split_stage: Callable[[], tuple[int, str]],
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "argv", ["stage"])
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)  # `run` sets another one
    if labels is not None:
        (project / "labels.slp").write_bytes(labels)
    if params is None:
        (project / "params.yaml").unlink()
    else:
        with (project / "params.yaml").open("a") as file:
            file.write(params)
    code, errors = split_stage()
    assert code == 1
    assert errors.startswith(message)
    assert "Traceback" not in errors
    assert not (project / "splits").exists()
    assert not (project / "metrics").exists()
    assert not (project / "reports").exists()


def test_an_unreadable_image_is_named_before_training(project: Path) -> None:
    write_labels(project / "labels.slp", damaged=(3, 7))
    split.main([])
    with pytest.raises(ImageError, match=r"arena_c\.mp4.*frame \d+"):
        inputs.main([])
    assert not (project / "metrics/inputs.json").exists()


def test_a_split_without_instances_is_named(project: Path) -> None:
    labels = Labels.load(DEMO)
    labels.extract(range(40)).save(project / "labels.slp")
    write_params(project, TRACKS_ONLY, ("block_length: auto", "block_length: 9"))
    split.main([])
    # then the filter becomes stricter than what is left of the train split
    labels.extract([0, 1, 2]).save(project / "splits/train.slp")
    with pytest.raises(SplitError, match=r"splits/train\.slp: no instance to train on"):
        inputs.main([])


TRACKS_ONLY = ("with_track_only: false", "with_track_only: true")


def test_stages_write_what_they_promise(finished: Finished) -> None:
    files = (path for path in finished.folder.rglob("*") if path.is_file())
    assert {path.relative_to(finished.folder).as_posix() for path in files} == {
        "labels.slp",
        "params.yaml",
        *(f"splits/{name}.{kind}" for name in ("train", "val", "test") for kind in ("slp", "json")),
        *(
            f"{kind}/{stage}.json"
            for kind in ("metrics", "reports")
            for stage in ("split", "audit", "inputs", "evaluate")
        ),
        "inputs/spec.json",
        "models/description.json",
        "models/model.json",
        "models/model.weights.h5",
        "plots/audit/report.html",
        *(
            f"plots/audit/{name}.png"
            for name in (
                "timeline",
                "shares",
                "distance",
                "copied_labels",
                "places",
                "closest_pair",
            )
        ),
        *(f"plots/audit/{name}.png" for name in ("places", "closest_pair")),
        *(f"plots/inputs/{name}.png" for name in ("train", "val", "test")),
        "plots/train/curves.csv",
        "plots/evaluate/nodes.csv",
        "plots/evaluate/gallery.png",
        "plots/evaluate/report.html",
    }


def test_the_trained_model_is_measured_on_the_test_split(finished: Finished) -> None:
    plots = finished.folder / "plots"
    header, *epochs = (plots / "train/curves.csv").read_text().splitlines()
    assert header == "epoch,learning_rate,loss,val_loss"
    assert [epoch.split(",")[0] for epoch in epochs] == ["1"]
    report = finished.read("reports/evaluate.json")
    assert report["error_px"]["n_points"] > 0
    assert report["n_instances"] == finished.read("reports/inputs.json")["n_instances"]["test"]
    nodes = (plots / "evaluate/nodes.csv").read_text().splitlines()
    assert nodes[0] == "node,median_px,p90_px"
    assert [row.split(",")[0] for row in nodes[1:]] == report["nodes"]["name"]
    with PIL.Image.open(plots / "evaluate/gallery.png") as gallery:
        assert min(gallery.size) > 400


def test_a_split_without_blocks_is_evaluated_by_its_videos(
    finished: Finished, project: Path
) -> None:
    shutil.copytree(finished.folder, project, dirs_exist_ok=True)
    path = project / "reports/split.json"
    report = json.loads(path.read_text())
    del report["block_length"]
    path.write_text(json.dumps(report | {"groups": "video"}))
    evaluate.main([])
    evaluated = json.loads((project / "reports/evaluate.json").read_text())
    assert evaluated["intervals"]["groups"] == "video"
    assert evaluated["groups"] == evaluated["videos"]


def test_the_page_of_the_evaluation_shows_every_split_and_leads_to_whole_frames(
    finished: Finished,
) -> None:
    page = (finished.folder / "plots/evaluate/report.html").read_text()
    report = finished.read("reports/evaluate.json")
    assert report["splits"]["name"] == ["train", "val", "test"]
    for parts in ("videos", "groups"):
        assert sum(report[parts]["n_instances"]) == report["n_instances"]
    for name in (*report["splits"]["name"], *report["nodes"]["name"], *report["videos"]["video"]):
        assert f">{name}<" in page
    links = set(re.findall(r'href="#(frame-\d+)"', page))
    assert links
    assert links == set(re.findall(r'id="(frame-\d+)"', page))
    assert "<script" not in page


def test_the_summary_is_a_table_of_all_metrics(
    finished: Finished, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(finished.folder)
    summary.main()
    printed = capsys.readouterr().out
    n_frames = len(Labels.load(finished.folder / "labels.slp"))
    assert re.search(
        r"split +block_length .*\n +gap .*\n +gap_loss .*\n"
        rf" +n_frames +source {n_frames} +train \d+ +val \d+ +test",
        printed,
    )
    assert re.search(r"audit +checks +verdict (pass|warn|fail) ", printed)
    assert max(map(len, printed.splitlines()[-20:])) <= 100


# fractions; where the metrics are, and what the console and the summary say
HELD_OUT = {
    "val": ("{train: 0.8, val: 0.2, test: 0}", "val", "val, as test has no frames: ", "val.oks"),
    "nothing": ("{train: 1, val: 0, test: 0}", None, "nothing is held out", "nothing was measured"),
}


@pytest.mark.parametrize(
    ("fractions", "split_name", "said", "shown"), HELD_OUT.values(), ids=HELD_OUT
)
@pytest.mark.slow
def test_without_a_test_split_val_is_measured_or_nothing(
    finished: Finished,
    project: Path,
    capsys: pytest.CaptureFixture[str],
    fractions: str,
    split_name: str | None,
    said: str,
    shown: str,
) -> None:
    shutil.copytree(finished.folder, project, dirs_exist_ok=True)
    write_params(project, *TINY, SMALL_CROPS, (FRACTIONS, fractions))
    split.main([])
    evaluate.main([])
    assert said in capsys.readouterr().out
    report, metrics = (
        json.loads((project / kind / "evaluate.json").read_text())
        for kind in ("reports", "metrics")
    )
    assert report["split"] == split_name
    assert [*metrics] == ([split_name] if split_name else [])
    assert (project / "plots/evaluate/nodes.csv").read_text().startswith("node,median_px,p90_px\n")
    with PIL.Image.open(project / "plots/evaluate/gallery.png") as gallery:
        assert gallery.size[0] > 400
    summary.main()
    assert shown in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:the network sees .* batches in all:UserWarning")
@pytest.mark.parametrize(
    "fractions",
    [
        "{train: 0.8, val: 0.2, test: 0}",
        "{train: 0.8, val: 0, test: 0.2}",
        "{train: 1, val: 0, test: 0}",
    ],
)
def test_all_stages_run_without_test_or_val(project: Path, fractions: str) -> None:
    write_labels(project / "labels.slp")
    write_params(project, *TINY, (FRACTIONS, fractions))
    for stage in (split, audit, inputs, train, evaluate):
        stage.main([])
    summary.main()
    header = (project / "plots/train/curves.csv").read_text().splitlines()[0]
    assert header == "epoch,learning_rate,loss,val_loss"


def test_crops_that_cut_animals_off_are_warned_of_and_counted(finished: Finished) -> None:
    assert "warning: train: inputs.targets.crop_size: " in finished.errors
    assert "lie outside of crops of 24 pixels; " in finished.errors
    counts = finished.read("reports/inputs.json")
    assert 0 < counts["n_points_outside_crops"]["val"] < counts["n_points"]["val"]
    assert 0 < finished.read("metrics/inputs.json")["outside_crops"] < 1


@pytest.mark.slow
def test_a_stage_in_a_process_of_its_own_warns_and_ends_with_code_0(project: Path) -> None:
    write_params(project, *TINY, SMALL_CROPS)
    write_labels(project / "labels.slp")
    split.main([])
    done = run_stage("inputs", project)
    assert done.returncode == 0, done.stderr
    assert "warning: train: inputs.targets.crop_size: " in done.stderr


@pytest.mark.slow
def test_crops_have_the_size_that_train_needs_in_every_stage(project: Path) -> None:
    write_labels(project / "labels.slp")
    split.main([])
    inputs.main([])
    size = json.loads((project / "inputs/spec.json").read_text())["crop_size"]
    assert json.loads((project / "metrics/inputs.json").read_text())["crop_size"] == size
    # another size than val and test would need by themselves
    (project / "inputs/spec.json").write_text(json.dumps({"crop_size": size + 64}))
    for stage in ("train", "evaluate"):
        done = run_stage(stage, project)
        assert done.returncode == 0, done.stderr
    network = json.loads((project / "models/model.json").read_text())
    assert f'"batch_shape": [null, {size + 64}, {size + 64}, 1]' in json.dumps(network)


@pytest.mark.slow
def test_the_white_of_images_of_12_bits_is_asked_for_and_recorded(project: Path) -> None:
    write_labels(project / "labels.slp")
    with h5py.File(project / "labels.slp", "r+") as file:
        for name in [name for name in file if name.startswith("video") and name != "videos_json"]:
            deepen(file[name])
    write_params(project, *TINY)
    split.main([])
    audit.main([])
    with pytest.warns(UserWarning, match=r"at most \d+ of 65535 .* set inputs\.white: 4095"):
        inputs.main([])
    write_params(project, *TINY, ("white: null", "white: 4095"))
    inputs.main([])
    report = json.loads((project / "reports/inputs.json").read_text())
    assert report["white"] == 4095
    assert all(2048 <= report["brightest"][name] <= 4095 for name in ("train", "val", "test"))
    write_params(project, *TINY, ("white: null", "white: 1023"))
    with pytest.raises(SplitError, match=r"inputs\.white: 1023 .* set inputs\.white: 4095"):
        inputs.main([])


def deepen(group: h5py.Group) -> None:
    """Give the images of a package 12 bits of 16."""
    attributes = dict(group["video"].attrs)
    images = [np.asarray(PIL.Image.open(io.BytesIO(row.tobytes()))) for row in group["video"][()]]
    contents = [encode_png(image.astype(np.uint16) * 16) for image in images]
    longest = max(map(len, contents))
    rows = [np.frombuffer(content.ljust(longest, b"\0"), np.int8) for content in contents]
    del group["video"]
    group["video"] = np.stack(rows)
    group["video"].attrs.update(attributes)


@pytest.mark.slow
def test_an_audit_that_stops_says_why_and_writes_what_it_found(project: Path) -> None:
    write_labels(project / "labels.slp")
    careless = (
        ("groups: block", "groups: frame"),
        ("distance: 5 ", "distance: 50 "),
        ("images: true ", "images: false "),
    )
    write_params(project, *careless)
    split.main([])
    audit.main([])  # careless, and asked for: reported, without stopping
    write_params(project, *careless, ("stop_on: [", "stop_on: [distance, "))
    with pytest.raises(SplitError, match=r"distance: \d+ of \d+ held-out frames"):
        audit.main([])
    assert '"verdict": "fail"' in (project / "reports/audit.json").read_text()
    metrics = json.loads((project / "metrics/audit.json").read_text())
    assert metrics["checks"]["verdict"] == 2
    assert metrics["leaks"]["nearest"] < 50


def test_an_empty_test_split_is_left_out(project: Path) -> None:
    write_labels(project / "labels.slp")
    write_params(project, *TINY, (FRACTIONS, "{train: 0.8, val: 0.2, test: 0}"))
    assert load_params().split.fractions.test == 0
    split.main([])
    assert [*load_splits(project / "splits", load_params())] == ["train", "val"]


@pytest.mark.parametrize(
    "filled", ["  n_folds: 3\n  fold: 1", "  hold_out: {test: ['*_a*']}"], ids=["fold", "held"]
)
def test_a_split_that_a_fold_or_a_held_video_fills_is_used(project: Path, filled: str) -> None:
    write_labels(project / "labels.slp")
    write_params(project, *TINY, (FRACTIONS, "{train: 0.8, val: 0.2, test: 0}"))
    path = project / "params.yaml"
    keys = [line.split(":")[0] for line in filled.splitlines()]
    kept = [line for line in path.read_text().splitlines() if line.split(":")[0] not in keys]
    kept.insert(kept.index("split:") + 1, filled)
    path.write_text("\n".join(kept))
    split.main([])
    assert [*load_splits(project / "splits", load_params())] == ["train", "val", "test"]


def test_a_summary_without_metrics_says_what_to_do(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    summary.main()
    assert "no metrics yet" in capsys.readouterr().err


@pytest.mark.filterwarnings("ignore:labels in several folders name 4 videos")
@pytest.mark.parametrize("paths", [slow("[ann/labels.slp, bob/labels.slp]"), "'*/labels.slp'"])
@pytest.mark.slow
def test_several_labels_files_go_through_the_stages(tmp_path: Path, paths: str) -> None:
    write_params(tmp_path, *TINY, ("path: labels.slp ", f"path: {paths} "))
    labels = Labels.load(DEMO)
    for name, first in (("ann", 0), ("bob", 3)):
        (tmp_path / name).mkdir()
        labels.extract(range(first, len(labels), EVERY)).save(tmp_path / name / "labels.slp")
    with contextlib.chdir(tmp_path):
        split.main([])
        index = json.loads(Path("splits/train.json").read_text())
        assert [one["file"] for one in index["sources"]] == ["ann/labels.slp", "bob/labels.slp"]
        audit.main([])
        assert json.loads(Path("metrics/audit.json").read_text())
        splits = load_splits(Path("splits"), load_params("params.yaml"))
        n_frames = sum(inputs.n_frames for inputs in splits.values())
        assert n_frames > len(labels) // EVERY
        assert not list(tmp_path.rglob(".splitlib-*"))
