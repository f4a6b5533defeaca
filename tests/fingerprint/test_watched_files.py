"""Which fingerprint an edit of a file changes."""

import shutil
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from places import DEMO
from synthetic_labels import MadeFrame, MadeLabels, embedded, user_instance

from splitlib.errors import LabelsFileError
from splitlib.fingerprint.file_hashes import MISSING, FileHashes
from splitlib.fingerprint.watched_files import fingerprints
from splitlib.jsonfile import json_text
from splitlib.params import LabelsParams, Params, SplitParams
from splitlib.slp.create import create_labels_file
from splitlib.slp.dtypes import FRAMES as FRAME_TABLE
from splitlib.slp.dtypes import INSTANCES

FRAMES = tuple(
    MadeFrame(video, frame_idx, (user_instance(),)) for video in (0, 1) for frame_idx in (3, 5)
)
PICTURES = [f"D:\\lab\\day1\\img{at}.png" for at in range(8)]
LABELS = {
    "plain": MadeLabels(FRAMES, n_videos=3),
    "pictures": MadeLabels(
        FRAMES[:2], options={"videos": [{"backend": {"filenames": PICTURES}, "filename": ""}]}
    ),
    "embedded": MadeLabels(FRAMES, options={"videos": [embedded(at, [3, 5]) for at in (0, 1)]}),
    "partly embedded": MadeLabels(
        FRAMES, options={"videos": [embedded(0, [3, 5]), embedded(1, [3])]}
    ),
}
PARAMS = Params(
    labels=LabelsParams(path="data/labels.slp"),
    split=SplitParams(groups_file="groups.csv", lock="earlier"),
)


def write(name: str, content: bytes = b"content") -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def make_project(folder: Path, labels: MadeLabels) -> None:
    """A project in the current folder, with all files beside its labels."""
    labels.write(folder / "data/labels.slp")
    for name in ("groups.csv", *(f"earlier/{name}.json" for name in ("train", "val", "test"))):
        write(name)
    for name in ("day0/video.mp4", "day1/video.mp4", "day2/video.mp4"):
        write(f"data/{name}", name.encode())
    for at in range(8):
        write(f"data/day1/img{at}.png", str(at).encode())


def current(params: Params = PARAMS) -> dict[str, dict[str, Any]]:
    return fingerprints(params, Path("splits"), FileHashes(Path("hashes.json")))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    monkeypatch.chdir(tmp_path)
    return lambda kind: make_project(tmp_path, LABELS[kind])


# kind of labels, file that is edited, fingerprints that change
EDITS = [
    ("plain", "groups.csv", {"split"}),
    ("plain", "earlier/train.json", {"split"}),
    ("plain", "earlier/test.json", {"split"}),
    ("plain", "earlier/train.slp", set()),
    ("plain", "data/day0/video.mp4", {"videos"}),
    ("plain", "data/day1/video.mp4", {"videos"}),
    ("plain", "data/day2/video.mp4", set()),  # no labeled frame is in it
    ("plain", "splits/day1/video.mp4", {"videos"}),  # the folder of the split files goes first
    ("plain", "day1/video.mp4", {"videos"}),  # as it is, seen from the project folder
    ("plain", "video.mp4", set()),
    ("pictures", "data/day1/img0.png", {"videos"}),  # the first decides on colours
    ("pictures", "data/day1/img5.png", {"videos"}),
    ("pictures", "data/day1/img4.png", set()),
    ("embedded", "data/day1/video.mp4", set()),
    ("partly embedded", "data/day0/video.mp4", set()),
    ("partly embedded", "data/day1/video.mp4", {"videos"}),
]


@pytest.mark.parametrize(("kind", "name", "changed"), EDITS)
def test_an_edit_changes_the_fingerprint_of_its_purpose(
    kind: str, name: str, changed: set[str], project: Callable[[str], None]
) -> None:
    project(kind)
    before = current()
    write(name, b"edited!")
    after = current()
    assert {purpose for purpose in before if before[purpose] != after[purpose]} == changed


@pytest.mark.parametrize(("kind", "name", "changed"), [row for row in EDITS if row[2]])
def test_a_file_that_goes_is_missing_and_seen_when_it_comes_back(
    kind: str, name: str, changed: set[str], project: Callable[[str], None]
) -> None:
    project(kind)
    write(name, b"there")
    before = current()
    Path(name).rename("elsewhere")
    (purpose,) = changed
    assert current()[purpose] != before[purpose]
    Path("elsewhere").rename(name)
    assert current() == before


def test_an_edit_of_the_labels_changes_theirs_alone(project: Callable[[str], None]) -> None:
    project("plain")
    before = current()
    frames = (*FRAMES[:3], replace(FRAMES[3], instances=(user_instance(x=9.0),)))
    replace(LABELS["plain"], frames=frames).write(Path("data/labels.slp"))
    after = current()
    assert [purpose for purpose in before if before[purpose] != after[purpose]] == ["labels"]


@pytest.mark.parametrize("kind", LABELS)
def test_a_second_machine_writes_the_same_bytes(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = []
    for machine in ("here", "home/someone/there"):
        (tmp_path / machine).mkdir(parents=True)
        monkeypatch.chdir(tmp_path / machine)
        make_project(tmp_path / machine, LABELS[kind])
        texts.append(json_text(current()))
    assert texts[0] == texts[1]
    assert str(tmp_path) not in texts[0]
    assert "day1\\\\" not in texts[0]


@pytest.mark.parametrize("kind", LABELS)
def test_nothing_but_the_labels_has_to_be_there(kind: str, project: Callable[[str], None]) -> None:
    project(kind)
    for folder in ("earlier", "data/day0", "data/day1", "data/day2"):
        shutil.rmtree(folder)
    Path("groups.csv").unlink()
    found = current()
    assert found["split"]["groups_file"] == MISSING
    assert {*found["split"]["lock"].values()} == {MISSING}
    for video in found["videos"]["labels"][0]["videos"].values():
        assert video["n_missing"] == video["n_files"]


def test_what_params_do_not_name_is_null(project: Callable[[str], None]) -> None:
    project("plain")
    found = current(replace(PARAMS, split=SplitParams()))
    assert found["split"] == {"groups_file": None, "lock": None}


def test_a_url_is_a_missing_video(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    labels = MadeLabels(FRAMES[:2], options={"videos": ["https://example.com/top.mp4"]})
    make_project(tmp_path, labels)
    write("data/top.mp4")
    assert current()["videos"]["labels"][0]["videos"]["top.mp4"]["n_missing"] == 1


def test_the_demo_has_all_in_its_labels() -> None:
    params = Params(labels=LabelsParams(path=str(DEMO)))
    assert current(params)["videos"] == {"labels": [{"file": "demo.slp", "videos": {}}]}


@pytest.mark.parametrize("content", [None, b"no labels"])
def test_labels_that_are_not_there_or_damaged_are_an_error(
    content: bytes | None, project: Callable[[str], None]
) -> None:
    project("plain")
    Path("data/labels.slp").unlink()
    if content:
        write("data/labels.slp", content)
    with pytest.raises(LabelsFileError, match=r"labels\.slp: (there is no|not a) .*labels file"):
        current()


def test_warnings_are_left_to_the_split(project: Callable[[str], None]) -> None:
    project("plain")
    lost = replace(LABELS["plain"], negative=frozenset({(0, 99)}))  # names no labeled frame
    lost.write(Path("data/labels.slp"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        current()


def write_labels_of_pictures(names: list[str]) -> None:
    """Labels in which each picture is a labeled frame."""
    frames = np.zeros(len(names), FRAME_TABLE)
    frames["frame_id"] = frames["frame_idx"] = np.arange(len(names))
    create_labels_file(
        "data/labels.slp",
        frames=frames,
        instances=np.zeros(0, INSTANCES),
        nodes=["head"],
        videos=[{"backend": {"filenames": names}, "filename": names[0]}],
    )


def test_a_list_of_pictures_is_hashed_as_one_and_known_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names = [f"img{at:05}.png" for at in range(50)]
    for name in names:
        write(f"data/day1/{name}", name.encode())
    write_labels_of_pictures([f"/home/someone/projects/flies/day1/{name}" for name in names])
    for _ in range(2):
        hashes = FileHashes(Path("hashes.json"))
        found = fingerprints(Params(labels=PARAMS.labels), Path("splits"), hashes)
        hashes.remember()
    (record,) = found["videos"]["labels"][0]["videos"].values()
    assert (record["n_files"], record["n_missing"]) == (50, 0)


@pytest.mark.parametrize("missing", ["stop", "skip"])
def test_pictures_that_go_are_seen_by_the_split_only_if_they_are_skipped(
    missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names = [f"{at}.png" for at in range(4)]
    Path("data").mkdir()
    write_labels_of_pictures(names)
    params = Params(labels=LabelsParams(path="data/labels.slp", missing=missing))  # type: ignore[arg-type]
    write(f"data/{names[1]}")
    before = current(params)["missing"]
    write(f"data/{names[2]}")
    after = current(params)["missing"]
    assert (before != after) == (missing == "skip")
    assert (before == {}) == (missing == "stop")
