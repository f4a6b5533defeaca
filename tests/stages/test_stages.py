"""The stages by themselves: exit codes, messages, and nothing half-written."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import h5py
import pytest
from places import DEMO, ROOT

from splitlib.errors import ImageError, SplitError
from splitlib.labels import Labels
from splitlib.params import load_params
from stages import audit, inputs, split, summary


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with params for labels of ten frames per video, which are yet to be written."""
    text = (ROOT / "params.yaml").read_text()
    (tmp_path / "params.yaml").write_text(text.replace("data/demo.slp", "labels.slp"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_labels(path: Path, *, damaged: tuple[int, ...] = ()) -> None:
    """Some frames of the demo, spread over its videos, with the images at some rows damaged."""
    labels = Labels.load(DEMO)
    labels.extract(range(0, len(labels), 3)).save(path)
    with h5py.File(path, "r+") as file:
        for row in damaged:
            file["video2/video"][row, 40:60] = 0


def run_stage(name: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", f"stages.{name}"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("labels", "params", "message"),
    [
        (None, "", "error: labels.slp: there is no such labels file"),
        (b"not labels", "", "error: labels.slp: not a labels file"),
        (DEMO.read_bytes()[:50_000], "", "error: labels.slp: cannot be opened"),
        (DEMO.read_bytes(), "slpit: 1", "error: params.yaml:"),
        (None, "missing", "error: params.yaml"),
    ],
    ids=["no labels", "text", "cut short", "wrong key", "no params"],
)
def test_a_failing_stage_says_why_ends_with_code_1_and_writes_nothing(
    project: Path, labels: bytes | None, params: str, message: str
) -> None:
    if labels is not None:
        (project / "labels.slp").write_bytes(labels)
    if params == "missing":
        (project / "params.yaml").unlink()
    elif params:
        with (project / "params.yaml").open("a") as file:
            file.write(f"\n{params}\n")
    done = run_stage("split", project)
    assert done.returncode == 1
    assert done.stderr.startswith(message)
    assert "Traceback" not in done.stderr
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
    text = (project / "params.yaml").read_text()
    with_tracks = text.replace("with_track_only: false", "with_track_only: true")
    (project / "params.yaml").write_text(with_tracks.replace("block_length: 50", "block_length: 9"))
    split.main([])
    # then the filter becomes stricter than what is left of the test split
    labels.extract([0, 1, 2]).save(project / "splits/test.slp")
    with pytest.raises(SplitError, match=r"splits/test\.slp: no instance to train on"):
        inputs.main([])


def test_stages_write_what_they_promise(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_labels(project / "labels.slp")
    split.main([])
    audit.main([])
    inputs.main(["--params", "params.yaml"])
    found = {str(path.relative_to(project)) for path in project.rglob("*") if path.is_file()}
    assert found == {
        "labels.slp",
        "params.yaml",
        *(f"splits/{name}.{kind}" for name in ("train", "val", "test") for kind in ("slp", "json")),
        "metrics/split.json",
        "metrics/audit.json",
        "metrics/inputs.json",
        "reports/split.json",
        "reports/audit.json",
        "reports/inputs.json",
        "inputs/spec.json",
        "plots/audit/report.html",
        *(
            f"plots/audit/{name}.png"
            for name in ("timeline", "shares", "distance", "places", "closest_pair")
        ),
        *(f"plots/inputs/{name}.png" for name in ("train", "val", "test")),
    }
    summary.main()
    printed = capsys.readouterr().out
    assert re.search(
        r"split +gap_loss .*\n +n_frames +source 157 +train \d+ +val \d+ +test", printed
    )
    assert re.search(r"audit +checks +verdict (pass|warn|fail) ", printed)
    assert max(map(len, printed.splitlines()[-20:])) <= 100


def test_crops_that_cut_animals_off_are_warned_of_and_counted(project: Path) -> None:
    text = (project / "params.yaml").read_text()
    assert "crop_size: 64 " in text
    (project / "params.yaml").write_text(text.replace("crop_size: 64 ", "crop_size: 24 "))
    write_labels(project / "labels.slp")
    split.main([])
    done = run_stage("inputs", project)
    assert done.returncode == 0, done.stderr
    assert "warning: train: inputs.targets.crop_size: " in done.stderr
    assert "lie outside of crops of 24 pixels; " in done.stderr
    counts = json.loads((project / "reports/inputs.json").read_text())
    assert 0 < counts["n_points_outside_crops"]["val"] < counts["n_points"]["val"]
    metrics = json.loads((project / "metrics/inputs.json").read_text())
    assert 0 < metrics["outside_crops"] < 1


def test_an_audit_that_stops_says_why_and_writes_what_it_found(project: Path) -> None:
    write_labels(project / "labels.slp")
    text = (project / "params.yaml").read_text()
    careless = text.replace("groups: block", "groups: frame").replace(
        "distance: 5 ", "distance: 50 "
    )
    (project / "params.yaml").write_text(careless)
    split.main([])
    audit.main([])  # careless, and asked for: reported, without stopping
    (project / "params.yaml").write_text(careless.replace("stop_on: [", "stop_on: [distance, "))
    with pytest.raises(SplitError, match=r"distance: \d+ of \d+ held-out frames"):
        audit.main([])
    assert '"verdict": "fail"' in (project / "reports/audit.json").read_text()
    metrics = json.loads((project / "metrics/audit.json").read_text())
    assert metrics["checks"]["verdict"] == 2
    assert metrics["leaks"]["nearest"] < 50


def test_an_empty_test_split_is_left_out(project: Path) -> None:
    write_labels(project / "labels.slp")
    text = (project / "params.yaml").read_text()
    fractions = "{train: 0.8, val: 0.2, test: 0}"
    text = text.replace("{train: 0.8, val: 0.1, test: 0.1}", fractions)
    (project / "params.yaml").write_text(text)
    assert load_params().split.fractions.test == 0
    split.main([])
    audit.main([])
    inputs.main([])
    assert not (project / "plots/inputs/test.png").exists()


def test_a_summary_without_metrics_says_what_to_do(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    summary.main()
    assert "no metrics yet" in capsys.readouterr().err
