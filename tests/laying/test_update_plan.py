"""`splitlib update`: what is as it was laid becomes new, and what somebody edited is left."""

from pathlib import Path

import pytest
import yaml
from lab_repositories import GET_STARTED, all_files, make_repository

import splitlib
from splitlib.commands.main import main
from splitlib.errors import LayingError
from splitlib.laying import carried_files, laid_stages
from splitlib.laying.laid_record import check_laid, read_record
from splitlib.laying.laying_plan import plan_to_lay
from splitlib.laying.update_plan import plan_to_update

carried = carried_files.carried

DAMAGED = '{"version": "1", "until": "audit", "params": "p.yaml", "files": 1, "stages": {}}'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pipeline beside stages of a lab, and a version of splitlib that lays other files."""
    make_repository(tmp_path, {"dvc.yaml": GET_STARTED["dvc.yaml"]})
    plan_to_lay(tmp_path, "audit", None, []).write()
    monkeypatch.setattr(splitlib, "__version__", "0.1.1")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def newer(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """That pipeline, where the newer version has another stage `split`."""

    def newer_text(name: str) -> str:
        text = carried(name)
        if name == "stages/split.py":
            return f"{text}# newer\n"
        if name == "dvc.yaml":
            return text.replace("- reports/split.json", "- reports/splits.json")
        return text

    laid_stages._carried_parts.cache_clear()
    for module in ("laid_stages", "laid_record", "laid_params"):
        monkeypatch.setattr(f"splitlib.laying.{module}.carried", newer_text)
    return project


@pytest.fixture(autouse=True)
def _forget() -> object:
    yield
    laid_stages._carried_parts.cache_clear()


def test_a_version_that_lays_the_same_files_changes_the_record_alone(project: Path) -> None:
    check_laid(project)
    (change,) = plan_to_update(project).changes
    assert change.place == "stages/laid.json"
    plan_to_update(project).write()
    record = read_record(project)
    assert record is not None
    assert record.version == "0.1.1"
    assert plan_to_update(project).changes == ()


def test_stages_of_another_version_are_refused_until_they_are_updated(newer: Path) -> None:
    with pytest.raises(LayingError, match=r"those of splitlib 0\.1\.0, and 0\.1\.1 is installed"):
        check_laid(newer)
    before = (newer / "dvc.yaml").read_text()
    assert main(["update"]) == 0
    check_laid(newer)
    assert (newer / "stages/split.py").read_text().endswith("# newer\n")
    # of the lab's own text, nothing changed
    after = (newer / "dvc.yaml").read_text()
    assert after.replace("reports/splits.json", "reports/split.json") == before


def test_what_somebody_edited_is_shown_and_left(
    newer: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (newer / "stages/split.py").write_text("# mine\n")
    (newer / "stages/audit.py").write_text("# mine\n")
    text = (newer / "dvc.yaml").read_text()
    edited = text.replace("      - stages/split.py\n", "      - stages/split.py\n      - mine.py\n")
    (newer / "dvc.yaml").write_text(edited)
    before = all_files(newer)
    assert main(["update", "--dry-run"]) == 0
    assert all_files(newer) == before
    assert main(["update"]) == 0
    out = capsys.readouterr().out
    assert "-      - mine.py" not in out
    assert "-    - mine.py" in out
    assert "+# newer" in out
    assert "left as you edited it: stages/split.py, dvc.yaml: split\n" in out
    changed = {name for name, content in all_files(newer).items() if content != before[name]}
    assert changed == {"stages/laid.json"}
    check_laid(newer)
    assert main(["update", "--force"]) == 0
    assert (newer / "stages/audit.py").read_text() == carried("stages/audit.py")
    stages = yaml.safe_load((newer / "dvc.yaml").read_text())["stages"]
    assert "mine.py" not in stages["split"]["deps"]
    assert list(stages)[:4] == ["prepare", "featurize", "train", "evaluate"]


@pytest.mark.parametrize("name", ["stages/command.py", "params.schema.json", "dvc.yaml"])
def test_what_is_gone_is_laid_again(project: Path, name: str) -> None:
    before = all_files(project)
    (project / name).unlink()
    assert main(["update"]) == 0
    stages = ("fingerprint", "split", "audit")
    if name == "dvc.yaml":
        found, was = (
            yaml.safe_load(text)["stages"] for text in ((project / name).read_text(), before[name])
        )
        assert found == {stage: was[stage] for stage in stages}
    else:
        assert (project / name).read_bytes() == before[name]


def test_there_is_nothing_to_update_where_nothing_was_laid(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in ("update", "check"):
        assert main([command, str(tmp_path)]) == (1 if command == "update" else 2)
        err = capsys.readouterr().err
        assert "there is no pipeline of splitlib here" in err
        assert "splitlib init lays a pipeline" in err
    assert all_files(tmp_path) == {}


@pytest.mark.parametrize("text", ["{", "{}", '{"version": 1}', "[]", DAMAGED])
def test_a_damaged_record_is_named(text: str, project: Path) -> None:
    (project / "stages/laid.json").write_text(text)
    expected = r"laid\.json: expected what splitlib init wrote"
    with pytest.raises(LayingError, match=expected):
        plan_to_update(project)
    with pytest.raises(LayingError, match=expected):
        plan_to_lay(project, "audit", None, [])
