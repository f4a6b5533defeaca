"""`splitlib init`: what is written where, and what is refused."""

from pathlib import Path

import pytest
import yaml
from lab_repositories import GET_STARTED, OWN_PARAMS, all_files, make_repository
from places import DEMO, ROOT

from splitlib.commands.main import main
from splitlib.errors import LayingError
from splitlib.laying.laid_record import read_record
from splitlib.laying.laying_plan import plan_to_lay
from splitlib.params import load_params

NEW = {
    *(".dvcignore", ".gitattributes", ".gitignore", "dvc.yaml", "params.schema.json"),
    *("params.yaml", "stages/__init__.py", "stages/audit.py", "stages/command.py"),
    *("stages/fingerprint.py", "stages/laid.json", "stages/split.py", "stages/summary.py"),
}


def refused(folder: Path, until: str = "audit", params: str | None = None) -> str:
    """Why nothing can be laid; nothing is written."""
    before = all_files(folder)
    with pytest.raises(LayingError) as caught:
        plan_to_lay(folder, until, params, [])
    assert all_files(folder) == before
    assert len(str(caught.value).splitlines()) <= 5
    return str(caught.value)


@pytest.mark.parametrize("name", ["new", "ein Ordner mit ラベル"])
def test_an_empty_folder_gets_all_files(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(make_repository(tmp_path / name, {}, labels="data/my labels.slp"))
    assert main(["init", "--labels", "data/my labels.slp"]) == 0
    out = capsys.readouterr().out
    assert {line.split()[-1] for line in out.splitlines() if line.startswith("new ")} == NEW
    assert "  dvc init --no-scm\n  dvc repro\n" in out
    assert set(all_files(Path())) == {*NEW, "data/my labels.slp"}
    assert load_params().labels.path == "data/my labels.slp"
    assert Path("params.schema.json").read_bytes() == (ROOT / "params.schema.json").read_bytes()
    assert Path("stages/split.py").read_bytes() == (ROOT / "stages/split.py").read_bytes()
    stages = yaml.safe_load(Path("dvc.yaml").read_text())["stages"]
    assert list(stages) == ["fingerprint", "split", "audit"]


def test_the_same_command_again_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(make_repository(tmp_path, {}, labels="demo.slp"))
    assert main(["init", "--labels", "demo.slp"]) == 0
    before = all_files(Path())
    capsys.readouterr()
    assert main(["init", "--labels", "demo.slp"]) == 0
    assert capsys.readouterr().out == "everything is there; nothing was written\n"
    assert all_files(Path()) == before
    assert main(["init", "--labels", str(DEMO)]) == 1
    assert "edit labels.path there" in capsys.readouterr().err


def test_stages_are_added_later_to_those_that_are_there(tmp_path: Path) -> None:
    plan_to_lay(tmp_path, "split", None, []).write()
    (tmp_path / "stages/split.py").write_text("# my own\n")
    for until in ("audit", "evaluate", "split"):
        plan_to_lay(tmp_path, until, None, []).write()
    record = read_record(tmp_path)
    assert record is not None
    assert record.until == "evaluate"
    assert (tmp_path / "stages/split.py").read_text() == "# my own\n"
    plan_to_lay(tmp_path / "at once", "evaluate", None, []).write()
    for name in ("dvc.yaml", "params.yaml"):
        gradually, at_once = (
            yaml.safe_load((folder / name).read_text())
            for folder in (tmp_path, tmp_path / "at once")
        )
        assert gradually == at_once


@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_own_files_stay_to_the_byte_and_get_more(line_end: str, tmp_path: Path) -> None:
    files = {**GET_STARTED, **OWN_PARAMS, ".dvcignore": "# mine\n*.pyc"}
    files = {name: text.replace("\n", line_end) for name, text in files.items()}
    make_repository(tmp_path, files)
    plan_to_lay(tmp_path, "audit", None, []).write()
    for name, text in files.items():
        found = (tmp_path / name).read_bytes().decode("utf-8")
        lines = iter(found.split(line_end))
        assert all(line in lines for line in text.rstrip().split(line_end))  # in this order
        assert found.count("\n") == found.count(line_end)
        if name in ("params.yaml", ".gitignore", ".dvcignore"):
            assert found.startswith(text)
    before, after = (yaml.safe_load(t) for t in (files["dvc.yaml"], _text(tmp_path / "dvc.yaml")))
    new = {name: after["stages"].pop(name) for name in ("fingerprint", "split", "audit")}
    assert after == before
    assert all(new.values())
    assert load_params(tmp_path / "params.yaml").split.seed == 42


def _text(path: Path) -> str:
    return path.read_text("utf-8")


def test_sections_of_the_same_name_are_refused_or_kept_apart(tmp_path: Path) -> None:
    make_repository(tmp_path, GET_STARTED)
    message = refused(tmp_path)
    assert "params.yaml:7: train.n_est: unknown key" in message
    assert "--params splitlib.yaml keeps ours apart" in message
    assert f"splitlib init {tmp_path}/pose" in message
    plan_to_lay(tmp_path, "audit", "splitlib.yaml", []).write()
    assert _text(tmp_path / "params.yaml") == GET_STARTED["params.yaml"]
    assert load_params(tmp_path / "splitlib.yaml").split.seed == 42
    assert plan_to_lay(tmp_path, "audit", None, []).changes == ()
    assert "the settings of these stages are in splitlib.yaml" in refused(tmp_path, params="p.yaml")


def test_stages_of_the_same_name_are_refused(tmp_path: Path) -> None:
    make_repository(tmp_path, GET_STARTED)
    message = refused(tmp_path, "evaluate", "splitlib.yaml")
    assert "has stages of its own that are called evaluate, train" in message
    assert "--until inputs leaves ours out" in message
    plan_to_lay(tmp_path / "pose", "evaluate", None, []).write()


SPLIT = "stages:\n  other:\n    cmd: x\n"
IN_THE_WAY = {
    "stages/split.py": ("", "another file has this name"),
    "stages.py": ("", "stages would import this file"),
    "splitlib/__init__.py": ("", "stages would import this file"),
    "params.schema.json": ("{}", "another file has this name"),
    "splits/train.slp": ("", "the stage split would write splits/train.slp"),
    "splits.dvc": ("", "the stage split would write splits/train.slp"),
    "plots/audit/mine.png": ("", "the stage audit would write plots/audit"),
    "metrics/split.json": ("", "the stage split would write metrics/split.json"),
    "dvc.yaml": (f"{SPLIT}    outs: [splits]\n", "the stage other writes splits, and split writes"),
    "params.yaml": ("trian: 1\n", "did you mean 'train'?"),
}


@pytest.mark.parametrize(("name", "text", "message"), [(k, *v) for k, v in IN_THE_WAY.items()])
def test_what_is_in_the_way_is_refused(name: str, text: str, message: str, tmp_path: Path) -> None:
    make_repository(tmp_path, {name: text})
    assert message in refused(tmp_path)
    if name.startswith("stages/"):
        plan_to_lay(tmp_path / "pose", "audit", None, []).write()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stages: {a: {cmd: x}}", "stages is written within braces"),
        ("stages:\n- a", "expected a mapping at 'stages'"),
        (f"{SPLIT}    wdir: splits\n    outs: [train.slp]", "writes splits/train.slp"),
        (f"{SPLIT}  each:\n    foreach: [a]\n    do:\n      outs: [metrics]", "writes metrics"),
        ("stages:\n  split:\n    cmd: x", "called split"),
        ("a: [", "expected YAML, got an error"),
    ],
)
def test_a_dvc_yaml_that_takes_no_more_stages_is_refused(
    text: str, message: str, tmp_path: Path
) -> None:
    make_repository(tmp_path, {"dvc.yaml": text})
    assert message in refused(tmp_path)


@pytest.mark.parametrize(
    "text", ["- a\n", "a: [\n", "labels: 1\n", "labels:\n", "inputs: {scale: 2, x: 1}\n"]
)
def test_params_that_take_no_more_sections_are_refused(text: str, tmp_path: Path) -> None:
    make_repository(tmp_path, {"params.yaml": text})
    assert "params.yaml" in refused(tmp_path)


def test_sections_of_splitlib_that_are_there_are_used(tmp_path: Path) -> None:
    make_repository(tmp_path, {"params.yaml": "split: {seed: 7}   # ours\n"})
    plan_to_lay(tmp_path, "audit", None, []).write()
    assert load_params(tmp_path / "params.yaml").split.seed == 7
    make_repository(tmp_path / "b", {"params.yaml": "train: {epochs: 1}\n"})
    assert "lacks train.precision, train.seed" in refused(tmp_path / "b", "inputs")


def test_labels_are_named_from_the_folder_of_the_pipeline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(make_repository(tmp_path / "top", {".git/HEAD": ""}, labels="data/a.slp"))
    make_repository(tmp_path, {}, labels="elsewhere/b.slp")
    outside = (tmp_path / "elsewhere/b.slp").as_posix()
    assert main(["init", "labs/pose", "--labels", "data/*.slp", outside]) == 0
    assert load_params("labs/pose/params.yaml").labels.path == ("../../data/*.slp", outside)


def test_labels_that_are_not_there_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["init", "--labels", "a.slp"]) == 1
    assert "a.slp: there is no such file" in capsys.readouterr().err
    (tmp_path / "a.slp.dvc").touch()
    assert main(["init", "--labels", "a.slp"]) == 1
    assert "dvc pull a.slp" in capsys.readouterr().err
    assert all_files(tmp_path).keys() == {"a.slp.dvc"}


def test_a_dry_run_shows_what_is_added_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(make_repository(tmp_path, OWN_PARAMS))
    assert main(["init", "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "+  seed: 42" in out
    assert out.endswith("nothing was written\n")
    assert all_files(tmp_path).keys() == OWN_PARAMS.keys()


@pytest.mark.parametrize(("answer", "is_written"), [("n", False), ("y", True)])
def test_a_person_is_asked(
    answer: str, is_written: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.confirm", lambda *_, **__: answer == "y")
    assert main(["init"]) == 0
    assert Path("dvc.yaml").exists() is is_written


@pytest.mark.parametrize("name", ["../p.yaml", "dvc.yaml", "p.json", "a b.yaml", ""])
def test_a_params_file_has_a_plain_name(name: str, tmp_path: Path) -> None:
    assert main(["init", str(tmp_path), "--params", name]) == 2


def test_all_files_are_written_or_none(tmp_path: Path) -> None:
    plan = plan_to_lay(tmp_path, "audit", None, [])
    (tmp_path / "dvc.yaml").mkdir()
    with pytest.raises(IsADirectoryError):
        plan.write()
    assert all_files(tmp_path) == {}
