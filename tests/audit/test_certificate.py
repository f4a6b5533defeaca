"""Certificates: written, computed again, and refused where anything has changed."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import mlcroissant
import numpy as np
import pytest
from places import DEMO
from slow import slow
from synthetic_labels import MadeFrame, MadeInstance, MadeLabels, MadePoint

from splitlib.audit.certificate import NAMES, check_command, differences, read_certificate
from splitlib.commands.main import main
from splitlib.errors import JsonFileError
from splitlib.files import sha256_of
from splitlib.split.claim import CLAIMS

N = 40
SPLITS = ("train", "val", "test")


def made(n_videos: int = 4) -> MadeLabels:
    """Every tenth frame of some videos, with an animal of two nodes."""
    frames = tuple(
        MadeFrame(video, 10 * at, (MadeInstance((MadePoint(at, at + video), MadePoint(at, 9.0))),))
        for video in range(n_videos)
        for at in range(N)
    )
    return MadeLabels(frames, n_videos=n_videos)


def ran(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with labels, their splits and a certificate."""
    folder = tmp_path_factory.mktemp("certified")
    made().write(folder / "labels.slp")
    assert ran("split", folder / "labels.slp", folder / "splits", "--gap", 0) == 0
    assert certify(folder) == 0
    return folder


def certify(folder: Path, *options: object) -> int:
    files = folder / "labels.slp", folder / "splits", "--certificate", folder / "splits"
    return ran("audit", *files, "--no-images", *options)


def verified(folder: Path) -> int:
    certificate = folder / "splits" / NAMES[0]
    return ran("verify", folder / "labels.slp", folder / "splits", "--certificate", certificate)


def copied(certified: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(certified, tmp_path / "copy"))


def test_a_certificate_is_computed_again_elsewhere(
    certified: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verified(copied(certified, tmp_path)) == 0
    assert f"certificate: verified, {CLAIMS['moments']}" in capsys.readouterr().out
    value = read_certificate(certified / "splits" / NAMES[0])
    sizes = {split["name"]: split["n_frames"] for split in value["splits"]}
    assert sizes == {"train": 130, "val": 15, "test": 15}
    assert value["claim"]["name"] == "moments"
    text = (certified / "splits" / NAMES[1]).read_text()
    hashes = [split[key] for split in value["splits"] for key in ("sha256", "index_sha256")]
    for shown in (*hashes, value["sources"][0]["sha256"], "--certificate splits/certificate.json"):
        assert shown in text
    assert str(certified) not in text


def tamper(path: Path, draw: np.random.Generator) -> None:
    """Change one number of one frame, in place."""
    with h5py.File(path, "r+") as file:
        table, column = (("points", "x"), ("points", "visible"), ("frames", "frame_idx"))[
            int(draw.integers(3))
        ]
        row = int(draw.integers(len(file[table])))
        values = file[table][row]
        values[column] = not values[column] if column == "visible" else values[column] + 1
        file[table][row] = values


def test_any_change_of_a_frame_is_found(certified: Path, tmp_path: Path) -> None:
    survive(certified, tmp_path, 24)


@slow
def test_a_thousand_changes_of_a_frame_are_found(certified: Path, tmp_path: Path) -> None:
    survive(certified, tmp_path, 1000)


def survive(certified: Path, tmp_path: Path, n: int) -> None:
    """Tamper with the labels, a split, or both as somebody would who splits again."""
    folder, draw = copied(certified, tmp_path), np.random.default_rng(0)
    for at in range(n):
        name = ("labels.slp", *(f"splits/{split}.slp" for split in SPLITS))[at % 4]
        tamper(folder / name, draw)
        if name == "labels.slp" and at % 8:
            ran("split", folder / "labels.slp", folder / "splits", "--gap", 0)
        assert verified(folder) == 1, (at, name)
        shutil.rmtree(folder)
        shutil.copytree(certified, folder)


def test_what_differs_is_named(
    certified: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copied(certified, tmp_path)
    ran("split", folder / "labels.slp", folder / "splits", "--gap", 0, "--seed", 7)
    capsys.readouterr()
    assert verified(folder) == 1
    message = capsys.readouterr().err
    assert "certificate.json: the certificate is not of these files:" in message
    assert "params.split.seed: the certificate has 42, found 7" in message
    assert "splits.test.sha256: the certificate has" in message


def edited(certificate: Path, **changes: Any) -> None:  # noqa: ANN401
    certificate.write_text(json.dumps({**read_certificate(certificate), **changes}))


def test_what_was_edited_is_found_and_another_version_is_none(
    certified: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copied(certified, tmp_path)
    certificate = folder / "splits" / NAMES[0]
    edited(certificate, splitlib="9.9")
    assert verified(folder) == 0
    edited(certificate, verdict="pass", claim={"name": "videos", "text": CLAIMS["videos"]})
    assert verified(folder) == 1
    assert "claim.name: the certificate has 'videos', found 'moments'" in capsys.readouterr().err
    edited(certificate, audit={"min_distance": -1})
    assert verified(folder) == 1
    assert "min_distance" in capsys.readouterr().err


OURS = '"encoding-type": "splitlib-certificate", "encoding-version": "1.0"'


@pytest.mark.parametrize(
    "content", ["{}", "[]", '{"encoding-type": "splitlib-index"}', f"{{{OURS}}}"]
)
def test_other_files_are_no_certificates(tmp_path: Path, content: str) -> None:
    path = tmp_path / "file.json"
    path.write_text(content)
    with pytest.raises(JsonFileError, match=r"expected a certificate of version 1\.0"):
        read_certificate(path)


def test_lists_differ_by_the_names_of_their_items() -> None:
    stated = {"checks": [{"name": "a", "value": 1}], "files": [1, 2]}
    assert differences(stated, {"checks": [{"name": "a", "value": 2}], "files": [1]}) == [
        "checks.a.value: the certificate has 1, found 2",
        "files: the certificate has [1, 2], found [1]",
    ]


def test_no_certificate_where_the_audit_fails(
    certified: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copied(certified, tmp_path)
    for name in NAMES:
        (folder / "splits" / name).unlink()
    assert certify(folder, "--claim", "videos") == 1
    message = capsys.readouterr().err
    assert "there is no certificate for a split whose audit failed:\nclaim: " in message
    assert "videos that the model was not trained on" in message
    assert not (folder / "splits" / NAMES[0]).exists()


def test_no_certificate_of_a_claim_that_nobody_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made().write(tmp_path / "labels.slp")
    files = tmp_path / "labels.slp", tmp_path / "splits", "--gap", 0
    assert ran("split", *files, "--claim", "animals") == 0
    assert certify(tmp_path) == 1
    assert "a claim that was not checked (animals): 160 of 160 frames" in capsys.readouterr().err
    assert not list((tmp_path / "splits").glob("certificate*"))


def test_no_certificate_of_another_claim_than_that_of_the_split(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    audited(tmp_path, "--groups", "session")
    capsys.readouterr()
    assert certify(tmp_path, "--claim", "videos") == 1
    message = capsys.readouterr().err
    assert "the split claims sessions" in message
    assert "split again with --claim videos" in message


def test_no_certificate_of_splits_in_two_folders(certified: Path, tmp_path: Path) -> None:
    folder = copied(certified, tmp_path)
    (folder / "other").mkdir()
    for suffix in (".slp", ".json"):
        (folder / f"splits/val{suffix}").rename(folder / f"other/val{suffix}")
    parts = folder / "splits/train.slp", folder / "other/val.slp"
    files = folder / "labels.slp", *parts, "--no-images", "--certificate", tmp_path / "out"
    assert ran("audit", *files) == 1
    assert not (tmp_path / "out").exists()


def test_the_command_of_a_page_is_safe_to_type() -> None:
    value = {"sources": [{"file": "my $(rm) labels.slp"}]}
    assert check_command(value).startswith("splitlib verify 'my $(rm) labels.slp' splits ")


def test_no_certificate_without_indexes(tmp_path: Path) -> None:
    assert ran("split", DEMO, tmp_path / "splits") == 0
    (tmp_path / "splits/val.json").unlink()
    files = DEMO, tmp_path / "splits", "--no-images", "--certificate", tmp_path
    assert ran("audit", *files) == 1


# ---------------------------------------------------------------- claims


GROUPS = "video,animal,session\nvideo0*,a,1\nvideo1*,b,1\nvideo2*,c,2\nvideo3*,c,3\n"

CLAIMED = {
    "blocks": ([], "moments"),
    "videos": (["--groups", "video"], "videos"),
    "animals": (["--groups", "animal"], "animals"),
    "sessions": (["--groups", "session"], "sessions"),
    "future": (["--assignment", "chronological", "--groups", "frame"], "future"),
    "more than auto says": (["--groups", "session", "--claim", "videos"], "videos"),
}


def audited(folder: Path, *options: str) -> dict[str, Any]:
    """The claim in an index, and the checks of the audit by name."""
    labels = replace(made(), options={"videos": [f"video{at}.mp4" for at in range(4)]})
    labels.write(folder / "labels.slp")
    (folder / "groups.csv").write_text(GROUPS)
    files = folder / "labels.slp", folder / "splits", "--groups-file", folder / "groups.csv"
    assert ran("split", *files, "--fractions", 0.5, 0.25, 0.25, "--gap", 0, *options) == 0
    index = json.loads((folder / "splits/train.json").read_text())
    return dict(index["params"]["split"])


@pytest.mark.parametrize(("options", "claim"), CLAIMED.values(), ids=CLAIMED)
def test_splits_claim_what_their_groups_hold_out(
    tmp_path: Path, options: list[str], claim: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audited(tmp_path, *options)["claim"] == claim
    certify(tmp_path)
    capsys.readouterr()
    ran("audit", tmp_path / "labels.slp", tmp_path / "splits", "--no-images", "--json")
    checks = json.loads(capsys.readouterr().out)["checks"]
    assert checks["claim"]["verdict"] == "pass"
    assert checks["videos"]["verdict"] == "pass"  # where videos are held out, that is meant


@pytest.mark.parametrize("claim", ["videos", "animals", "sessions", "future"])
def test_claims_that_do_not_hold_fail(
    tmp_path: Path, claim: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audited(tmp_path, "--claim", claim)["claim"] == claim
    capsys.readouterr()
    assert ran("audit", tmp_path / "labels.slp", tmp_path / "splits", "--no-images") == 1
    shown = capsys.readouterr()
    assert "failed: claim" in shown.err
    assert f"(claim: {claim})" in shown.out


def test_sessions_need_a_column(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made().write(tmp_path / "labels.slp")
    files = tmp_path / "labels.slp", tmp_path / "splits"
    assert ran("split", *files, "--claim", "sessions") == 1
    assert "no column session of split.groups_file" in capsys.readouterr().err
    assert ran("split", *files, "--claim", "animals") == 0
    capsys.readouterr()
    ran("audit", *files, "--no-images")
    assert "160 of 160 frames name no animal" in " ".join(capsys.readouterr().out.split())


# ---------------------------------------------------------------- data cards


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # mlcroissant's own, of rdflib
def test_the_data_card_is_one_that_croissant_reads(certified: Path) -> None:
    card = mlcroissant.Dataset(str(certified / "splits" / NAMES[2]))
    assert not card.metadata.ctx.issues.errors
    wrong = [one for one in card.metadata.ctx.issues.warnings if "is recommended" not in one]
    assert not wrong  # licence, version, date and citation are for the owner of the data to add
    rows = {row["splits/name"]: row for row in card.records("splits")}
    assert {name: row["splits/n_frames"] for name, row in rows.items()} == {
        "train": 130,
        "val": 15,
        "test": 15,
    }
    hashes = {file.name: file.sha256 for file in card.metadata.distribution}
    for name in SPLITS:
        for file in (f"{name}.slp", f"{name}.json"):
            assert hashes[file] == sha256_of(certified / "splits" / file)
