"""The pipeline on labels of other formats, with nothing edited but `labels.path`."""

import json
import sys
import warnings
from pathlib import Path

import pytest
from foreign_labels import WRITERS
from places import ROOT
from slow import quick_if

from splitlib.errors import VideoNotFoundError
from splitlib.labels import Labels
from stages import audit, fingerprint, split
from stages.command import run

SPLITS = ("train", "val", "test")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["stage", "--params", "params.yaml"])
    Path("data").mkdir()
    return tmp_path


def write_params(source: Path, *, missing: str = "stop") -> None:
    text = (ROOT / "params.yaml").read_text()
    text = text.replace("data/demo.slp", source.as_posix())
    Path("params.yaml").write_text(text.replace("\n  missing: stop", f"\n  missing: {missing}"))


def run_stages() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # eight frames are few
        for stage in (fingerprint, split, audit):
            run(stage.main)


def verdicts() -> dict[str, str]:
    """The verdict of each check of the audit."""
    checks = json.loads(Path("reports/audit.json").read_text())["checks"]
    return {name: check["verdict"] for name, check in checks.items()}


@pytest.mark.parametrize("form", quick_if(lambda form: form == "coco", WRITERS))
def test_labels_of_a_format_are_split_and_audited(form: str, project: Path) -> None:
    source = WRITERS[form](Path("data"))
    write_params(source)
    run_stages()
    splits = {name: Labels.load(Path("splits") / f"{name}.slp") for name in SPLITS}
    report = json.loads(Path("reports/split.json").read_text())
    assert sum(map(len, splits.values())) + len(report["excluded"]["gap"]["frame_idx"]) == 8
    assert all(len(labels) for labels in splits.values())
    checks = verdicts()
    assert checks["identical"] == checks["disjoint"] == checks["index"] == "pass"
    assert checks["exact_duplicates"] == "pass"  # the pictures of all frames were looked at
    index = json.loads(Path("splits/train.json").read_text())
    assert [one["file"] for one in index["sources"]] == [next(Path("converted").glob("*.slp")).name]


def test_a_missing_picture_stops_the_first_stage_or_is_skipped(project: Path) -> None:
    source = WRITERS["coco"](Path("data"))
    Path("data/images/mouseA/img0010.png").unlink()
    write_params(source)
    with pytest.raises(VideoNotFoundError, match=r"1 of 8 pictures are missing: mouseA/img0010"):
        fingerprint.main([])
    write_params(source, missing="skip")
    run_stages()
    assert json.loads(Path("metrics/split.json").read_text())["n_frames"]["source"] == 7


@pytest.mark.slow
def test_frames_of_a_picture_that_goes_later_are_skipped_too(project: Path) -> None:
    source = WRITERS["coco"](Path("data"))
    write_params(source, missing="skip")
    run_stages()
    Path("data/images/mouseA/img0010.png").unlink()
    run_stages()
    report = json.loads(Path("reports/split.json").read_text())
    assert report["n_frames"]["source"] == 8
    assert len(report["excluded"]["missing"]["frame_idx"]) == 1
    checks = verdicts()
    assert checks["complete"] == "pass"
