"""The stage that writes what other stages depend on."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from places import DEMO, ROOT

from splitlib.errors import LayingError
from splitlib.fingerprint.installed_package import package_fingerprint
from splitlib.laying.laying_plan import plan_to_lay
from stages import fingerprint

NAMES = ("code.json", "labels.json", "missing.json", "split.json", "videos.json")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "data").mkdir()
    shutil.copy(DEMO, tmp_path / "data")
    shutil.copy(ROOT / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_another_folder_gives_the_bytes_that_git_keeps(project: Path) -> None:
    fingerprint.main([])
    for name in NAMES:
        path = Path("fingerprints") / name
        assert (project / path).read_bytes() == (ROOT / path).read_bytes()


def test_the_hash_of_the_labels_is_the_one_in_the_indexes(project: Path) -> None:
    fingerprint.main([])
    (record,) = json.loads((project / "fingerprints/labels.json").read_text())["labels"]
    (source,) = json.loads((ROOT / "splits/train.json").read_text())["sources"]
    assert record == {name: source[name] for name in ("file", "sha256")}


def test_the_stage_writes_the_outs_that_dvc_knows(project: Path) -> None:
    fingerprint.main([])
    stage = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]["fingerprint"]
    outs = {name for out in stage["outs"] for name in out}
    assert outs == {"converted", *(f"fingerprints/{name}" for name in NAMES)}
    assert all((project / name).exists() for name in outs)


def test_what_a_machine_remembers_is_ignored_by_git() -> None:
    done = subprocess.run(["git", "check-ignore", "fingerprints/hashes.json"], cwd=ROOT)
    assert done.returncode == 0


def test_only_stages_that_were_laid_name_the_installed_version(project: Path) -> None:
    fingerprint.main([])
    assert not (project / "fingerprints/splitlib.json").exists()
    for name in ("converted", "fingerprints"):
        shutil.rmtree(project / name)
    (project / "params.yaml").unlink()
    plan_to_lay(project, "audit", None, []).write()
    fingerprint.main([])
    record = json.loads((project / "fingerprints/splitlib.json").read_text())
    assert record == package_fingerprint()


def test_stages_of_another_version_are_refused_before_any_work(project: Path) -> None:
    (project / "params.yaml").unlink()
    plan_to_lay(project, "audit", None, []).write()
    record = json.loads((project / "stages/laid.json").read_text())
    record |= {"version": "0.0.9", "files": {}}
    (project / "stages/laid.json").write_text(json.dumps(record))
    with pytest.raises(LayingError, match=r"those of splitlib 0\.0\.9.*\n.*splitlib update"):
        fingerprint.main([])
    assert not (project / "fingerprints").exists()
