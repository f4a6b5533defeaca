"""The command line: what it prints, and with which exit code it ends."""

import json
from pathlib import Path

import numpy as np
import places
import pytest
from foreign_labels import WRITERS
from synthetic_labels import MadeFrame, MadeLabels, user_instance

import splitlib
from splitlib.commands.main import main
from splitlib.console import printable
from splitlib.labels import Labels
from splitlib.slp.create import EmbeddedVideo
from splitlib.slp.png import encode_png

DEMO = str(places.DEMO)


def test_info_counts_what_the_file_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", DEMO]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["frames", "471"] in rows
    assert ["user", "instances", "per", "frame", "1", "24,", "2", "405"] in rows
    assert ["labelling", "step", "3"] in rows
    assert rows[-5:-3] == [
        ["frames", "embedded", "images", "missing", "size", "length", "video"],
        ["120", "120", "0", "192", "x", "192", "600", "arena_a.mp4"],
    ]


def test_info_as_json_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", DEMO, "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["n_frames"] == sum(video["n_frames"] for video in facts["videos"]) == 471
    assert facts["n_negative_frames"] == 12
    assert facts["splitlib"] == splitlib.__version__
    kinds = ("user_labeled", "predicted", "empty", "negative")
    assert sum(facts[f"n_{kind}_frames"] for kind in kinds) == 471
    report = json.loads((places.ROOT / "reports/split.json").read_text())
    assert facts["settings"]["n_frames"] == {
        k: report["n_frames"][k] for k in ("train", "val", "test")
    }


def test_info_says_why_there_would_be_no_split(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = MadeLabels((MadeFrame(0, 0, (user_instance(),)),)).write(tmp_path / "labels.slp")
    assert main(["info", str(labels), "--params", "none.yaml", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert "refused" in facts["settings"]
    assert [video["n_missing"] for video in facts["videos"]] == [1]


@pytest.mark.parametrize("form", ["coco", "deeplabcut", "ultralytics", "label studio"])
def test_info_takes_labels_of_any_format(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = WRITERS[form](tmp_path)
    assert main(["info", str(source), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["n_user_labeled_frames"] == 8
    assert {(v["height"], v["width"], v["n_missing"]) for v in facts["videos"]} == {(40, 64, 0)}


def test_info_lists_a_folder_of_pictures_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = encode_png(np.zeros((8, 8), np.uint8))
    names = [f"/lp/session/img{at:03d}.png" for at in range(3)]
    videos = [EmbeddedVideo([image], np.arange(1), 8, 8, 1, name) for name in names]
    frames = tuple(MadeFrame(at, 0, (user_instance(),)) for at in range(3))
    path = MadeLabels(frames, n_videos=3, options={"videos": videos}).write(tmp_path / "l.slp")
    assert main(["info", str(path), "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["videos"]
    assert (found["key"], found["n_frames"], found["n_images"]) == ("session", 3, 3)


def test_split_then_verify(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(tmp_path / "splits")
    assert main(["split", DEMO, folder, "--fractions", "0.6", "0.2", "-1", "--seed", "3"]) == 0
    assert "demo.slp: 471 labeled frames" in capsys.readouterr().out
    assert main(["verify", DEMO, folder]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert main(["verify", DEMO, folder, "--json"]) == 0
    counts = json.loads(capsys.readouterr().out)["n_frames"]
    report = json.loads((tmp_path / "splits/split.json").read_text())["n_frames"]
    names = ("train", "val", "test")
    assert counts == {name: report[name] for name in names}
    assert rows[1:] == [[name, str(counts[name]), "verified"] for name in names]


def test_videos_are_held_out_for_splits(tmp_path: Path) -> None:
    held = ["--hold-out", "test=*_a*", "test=*_b*", "--hold-out", "val=arena_c.mp4"]
    assert main(["split", DEMO, str(tmp_path), *held]) == 0
    videos = {
        name: set(Labels.load(tmp_path / f"{name}.slp").video.tolist())
        for name in ("train", "val", "test")
    }
    assert videos == {"train": {3}, "val": {2}, "test": {0, 1}}
    index = json.loads((tmp_path / "test.json").read_text())
    assert index["params"]["split"]["hold_out"] == {
        "test": ["*_a*", "*_b*"],
        "val": ["arena_c.mp4"],
    }


def test_verify_finds_a_split_that_was_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["split", DEMO, str(tmp_path)]) == 0
    other = Labels.load(DEMO).extract(range(len(Labels.load(tmp_path / "val.slp"))))
    other.save(tmp_path / "val.slp")
    capsys.readouterr()
    assert main(["verify", DEMO, str(tmp_path)]) == 1
    assert "differs from the source; split again" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["info", "nowhere.slp"], "splitlib info: nowhere.slp: there is no such labels file"),
        (["split", DEMO, "out", "--gap", "-1"], "gap"),
        (["split", DEMO, DEMO], "demo.slp is a file; the last argument is the folder"),
        (["split", "x*.slp", "out"], "x*.slp: no labels file matches this pattern; looked in /"),
        (["split", DEMO, "out", "--groups", "frame", "--gap", "900"], "loses all of its"),
        (["verify", DEMO, "nowhere"], "nowhere/train.json: cannot be read"),
        (["split", DEMO, "out", "--groups", "animal"], "split.groups: expected frame, block"),
        (["split", DEMO, "out", "--stratify", "vidoe"], "split.stratify[0]: expected video"),
        (["split", DEMO, "out", "--fold", "5", "--n-folds", "5"], "split.fold: expected 0 to 4"),
        (["split", DEMO, "out", "--fold", "1"], "split.n_folds: expected a number of folds"),
        (["split", DEMO, "out", "--fractions", "1", "1", "1"], "split.fractions: expected train"),
        (["split", DEMO, "out", "--hold-out", "tets=*"], "hold_out.tets: unknown key; did you"),
        (["split", DEMO, "out", "--hold-out", "test=*z*"], "'*z*' matches no video"),
        (["split", DEMO, "out", "--lock", "nowhere"], "split.lock nowhere: expected the folder"),
        (
            ["split", DEMO, "out", "--from-index", "x.json", "--block-length", "9"],
            "--block-length has no effect beside --from-index",
        ),
    ],
)
def test_an_error_is_one_message_and_exit_code_1(
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 1
    printed = capsys.readouterr()
    assert message in printed.err
    assert printed.out == ""
    assert list(tmp_path.rglob("*.slp")) == []


WRONG = {
    "": "Missing command",
    "splti": "Did you mean 'split'?",
    "split in": "Missing argument 'OUTPUT'",
    "info in --jsno": "Did you mean '--json'?",
    "info": "Missing argument 'LABELS...'",
    "convert in out more": "(more)",
    "verify in": "Missing argument 'SPLITS'",
    "audit in": "Missing argument 'SPLITS...'",
    "split in out --hold-out test": "'--hold-out': expected SPLIT=PATTERN such as",
    "split in out --n-folds many": "'--n-folds': expected a whole number or all",
    "split in out --seed x": "'--seed'",
    "split in out --assignment x": "'--assignment'",
    "split in out --fractions 0.8 0.2": "'--fractions' requires 3 arguments",
    "audit in splits --min-distance": "'--min-distance' requires an argument",
    "audit in splits --report --json": "'--report' requires an argument",
    "audit in splits --report --jsno": "'--report' requires an argument",
    "merge train.slp": "Missing option '-o' / '--output'",
    "diff splits": "Missing argument 'B'",
    "lint": "Missing argument 'PATH...'",
}
"""Wrong command lines, and what names the mistake."""


@pytest.mark.parametrize(("line", "message"), WRONG.items())
def test_a_wrong_command_line_is_exit_code_2(
    line: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(line.split()) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert printed.err.startswith("Usage: splitlib")
    assert printed.out == ""


def test_audit_passes_a_clean_split_and_writes_a_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["split", DEMO, str(tmp_path / "splits"), "--stratify", "none"]) == 0
    capsys.readouterr()
    arguments = ["audit", DEMO, str(tmp_path / "splits"), "--report", str(tmp_path / "report")]
    assert main(arguments) == 0
    assert capsys.readouterr().out.endswith("audit: pass\n")
    assert (tmp_path / "report/report.html").read_text().startswith("<!doctype html>")
    assert main(["audit", "-", str(tmp_path / "splits"), "--no-images", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["checks"]["identical"]["verdict"] == "not checked"


def test_audit_of_a_leaking_split_is_exit_code_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["split", DEMO, str(tmp_path), "--groups", "frame", "--gap", "0"]) == 0
    capsys.readouterr()
    files = [str(tmp_path / f"{name}.slp") for name in ("train", "val", "test")]
    assert main(["audit", DEMO, *files, "--no-images"]) == 1
    printed = capsys.readouterr()
    assert ["fail", "distance"] in [line.split()[:2] for line in printed.out.splitlines()]
    assert printed.err == "splitlib audit: failed: distance, claim\n"


PRINTABLE = {
    "a colour": ("a\x1b[31mb", r"a\x1b[31mb"),
    "the direction of text": ("b\u202ec", r"b\u202ec"),
    "letters and ends of lines as they are": ("c ä\n", "c ä\n"),
    "all of them": ("a\x1b[31mb\u202ec ä\n", "a\\x1b[31mb\\u202ec ä\n"),
}


@pytest.mark.parametrize(("name", "shown"), PRINTABLE.values(), ids=PRINTABLE)
def test_names_from_a_file_do_not_command_the_terminal(name: str, shown: str) -> None:
    assert printable(name) == shown


def test_info_counts_points_outside_of_pictures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Labels of a large video, and images of a small one of its name."""
    small = EmbeddedVideo([encode_png(np.zeros((8, 9), np.uint8))], np.array([0]), 8, 9, 1, "b.mp4")
    frames = (
        MadeFrame(0, 0, (user_instance(x=700),)),
        MadeFrame(1, 0, (user_instance(x=700), user_instance())),
    )
    path = MadeLabels(frames, options={"videos": ["a.mp4", small]}).write(tmp_path / "labels.slp")
    assert main(["info", str(path)]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "b.mp4: 2 labeled points lie outside of the picture; most often, the labels" in out
    assert main(["info", str(path), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["n_points_outside_pictures"] == 2
    assert [video.get("n_points_outside_pictures") for video in facts["videos"]] == [None, 2]
    assert main(["info", DEMO, "--json"]) == 0
    assert "outside" not in capsys.readouterr().out
