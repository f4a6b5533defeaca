"""One labels file or several, as they are named, and what is said of them."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from synthetic_labels import MadeFrame, MadeLabels, small_package, user_instance

from splitlib.commands.main import main
from splitlib.errors import LabelsFileNotFoundError, SplitError
from splitlib.labels import Labels
from splitlib.slp.labels_files import labels_files, labels_folders
from splitlib.split.find_frames import find_frames
from splitlib.split.index import read_index
from splitlib.split.open_labels import open_labels, temporary_folder

SPLITS = ("train", "val", "test")

pytestmark = pytest.mark.filterwarnings("default:.* frames are labeled in two")


def write(path: Path, video: str, n: int = 40, x: float = 0.0, step: int = 1) -> Path:
    frames = tuple(MadeFrame(0, at * step, (user_instance(x=x + at * step),)) for at in range(n))
    return MadeLabels(frames, options={"videos": [video]}).write(path)


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def texts(files: list[Path]) -> list[str]:
    return [file.as_posix() for file in files]


# what is asked for; the files that are found
LISTED: dict[str, tuple[str | list[str], list[str]]] = {
    "a pattern": ("data/*.slp", ["data/a.slp", "data/b.slp"]),
    "names and a pattern": (
        ["x.slp", "data/b.slp", "data/*.slp"],
        ["x.slp", "data/b.slp", "data/a.slp"],
    ),
    "any depth": ("data/**/c.slp", ["data/sub/c.slp"]),
    "one file by three names": (["x.slp", "./x.slp", "data/../x.slp"], ["x.slp"]),
    "a name of no file": ("nowhere.slp", ["nowhere.slp"]),
    "a name with brackets": ("a[1].slp", ["a[1].slp"]),
    "a pattern with brackets": ("a[12].slp", ["a1.slp"]),
}


@pytest.mark.parametrize(("asked", "found"), LISTED.values(), ids=LISTED)
def test_files_come_as_they_are_listed_and_those_of_a_pattern_by_their_text(
    asked: str | list[str], found: list[str]
) -> None:
    names = ("data/b.slp", "data/a.slp", "data/sub/c.slp", "x.slp", "data/n.txt")
    for name in (*names, "a[1].slp", "a1.slp"):
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    Path("data/z.slp").mkdir()
    assert texts(labels_files(asked)) == found


FOLDERS: dict[str, tuple[list[str], tuple[str, ...]]] = {
    "of a file": (["x.slp"], (".",)),
    "of a pattern": (["data/*.slp"], ("data",)),
    "above the first pattern": (["gone/*/*.slp"], ("gone",)),
    "of each, in order": (["x.slp", "data/*.slp", "gone/*/*.slp"], (".", "data", "gone")),
}


@pytest.mark.parametrize(("asked", "folders"), FOLDERS.values(), ids=FOLDERS)
def test_folders_of_labels_are_those_that_no_pattern_is_in(
    asked: list[str], folders: tuple[str, ...]
) -> None:
    assert labels_folders(asked) == tuple(map(Path, folders))


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("data/*.slp", r"data/\*\.slp: no labels file .*looked in .*/data, which does not exist"),
        ("*.slp", r"\*\.slp: no labels file matches .*, which has no such file"),
        ([], "expected the path of a labels file, got none"),
    ],
)
def test_a_pattern_without_a_file_is_refused(pattern: str | list[str], message: str) -> None:
    with pytest.raises(LabelsFileNotFoundError, match=message):
        labels_files(pattern)


def test_one_file_is_opened_where_it_is() -> None:
    path = small_package().write(Path("a.slp"))
    with open_labels(path, "splits") as (labels, sources, folders):
        assert (labels.path, sources, folders) == (path, (), (Path(),))


def test_several_files_are_joined_for_as_long_as_they_are_needed() -> None:
    write(Path("ann/labels.slp"), "/d/1/top.mp4", 3)
    write(Path("bob/labels.slp"), "/d/2/top.mp4", 2)
    with open_labels("*/labels.slp", "splits/new") as (labels, sources, folders):
        assert labels.path.name == "labels.slp and 1 more"
        assert [(one.file, one.n_frames) for one in sources] == [
            ("ann/labels.slp", 3),
            ("bob/labels.slp", 2),
        ]
        assert folders == (Path("ann"), Path("bob"))
        assert labels.video.tolist() == [0, 0, 0, 1, 1]
    assert sorted(map(str, Path().iterdir())) == ["ann", "bob"]


def test_the_temporary_folder_goes_with_an_error() -> None:
    files = [write(Path(f"{name}.slp"), f"/d/{name}.mp4", 3) for name in "ab"]
    with pytest.raises(KeyboardInterrupt), open_labels(files, "splits"):
        raise KeyboardInterrupt
    assert sorted(map(str, Path().iterdir())) == ["a.slp", "b.slp"]


def test_a_temporary_folder_is_within_the_output() -> None:
    Path("out").mkdir()
    with temporary_folder("out") as folder:
        assert folder.parent == Path("out").absolute()
    assert not list(Path("out").iterdir())


def test_the_same_frames_are_counted_and_bare_names_are_named() -> None:
    write(Path("a/1.slp"), "top.mp4", 6)
    write(Path("b/2.slp"), "top.mp4", 4, step=2)
    write(Path("b/3.slp"), "top.mp4", 2, x=0.25)
    with (
        pytest.warns(UserWarning, match=r"1 videos by the same relative path \(top.mp4\)"),
        pytest.warns(UserWarning, match="4 frames are labeled in two or more .*, 2 of them alike"),
        open_labels("?/?.slp", "out") as opened,
    ):
        assert len(opened.labels) == 12


def test_splits_are_not_taken_for_labels() -> None:
    write(Path("a.slp"), "/d/a.mp4", 90)
    assert main(["split", "a.slp", "out", "--block-length", "5", "--gap", "0"]) == 0
    with pytest.raises(SplitError, match=r"out/test\.slp is a split that was written into out"):
        open_labels("**/*.slp", "out").__enter__()


def split(*arguments: str) -> dict[str, Labels]:
    assert main(["split", *arguments, "out"]) == 0
    return {name: Labels.load(f"out/{name}.slp") for name in SPLITS}


def test_the_index_says_which_file_each_frame_is_of(capsys: pytest.CaptureFixture[str]) -> None:
    write(Path("ann.slp"), "/d/1/top.mp4", 60)
    write(Path("bob.slp"), "/d/2/top.mp4", 60, x=0.5)
    write(Path("cid.slp"), "/d/1/top.mp4", 60, x=0.25, step=2)
    parts = split("[abc]*.slp", "--block-length", "10", "--gap", "2")
    printed = capsys.readouterr()
    assert "ann.slp and 2 more: 180 labeled frames" in printed.out
    assert "30 frames are labeled in two or more of the files, 0 of them alike" in printed.err
    indexes = {name: read_index(f"out/{name}.json") for name in SPLITS}
    for name, index in indexes.items():
        assert [(one.file, one.n_frames) for one in index.sources] == [
            (f"{person}.slp", 60) for person in ("ann", "bob", "cid")
        ]
        assert len(index.video) == len(parts[name])
        named = [(video.key, video.file) for video in index.videos]
        assert named == sorted(set(named))
        for at, video in enumerate(index.videos):
            source = Labels.load(video.file)
            assert set(index.identity[index.video == at]) <= set(source.frame_idx.tolist())
    files = {video.file for index in indexes.values() for video in index.videos}
    assert files == {"ann.slp", "bob.slp", "cid.slp"}


@pytest.mark.filterwarnings("ignore:100 frames are labeled in two")
def test_a_frame_of_two_files_is_in_one_split(capsys: pytest.CaptureFixture[str]) -> None:
    write(Path("ann.slp"), "/d/top.mp4", 100)
    write(Path("bob.slp"), "/d/top.mp4", 100, x=0.5)
    parts = split("ann.slp", "bob.slp", "--groups", "frame", "--gap", "0")
    assert main(["verify", "ann.slp", "bob.slp", "out"]) == 0
    assert main(["verify", "bob.slp", "ann.slp", "out"]) == 1
    assert "was made of ann.slp, bob.slp in this order" in capsys.readouterr().err
    for part in parts.values():
        twice = np.unique(part.frame_idx, return_counts=True)[1]
        assert set(twice.tolist()) == {2}
    with open_labels(["ann.slp", "bob.slp"], "out") as (labels, _, _):
        for name, part in parts.items():
            rows = find_frames(read_index(f"out/{name}.json"), labels)
            assert labels.extract(rows)[:] == part[:]
    frames = [set(part.frame_idx.tolist()) for part in parts.values()]
    assert sum(map(len, frames)) == len(set.union(*frames)) == 100


def test_the_same_files_give_the_same_bytes_wherever_they_are(tmp_path: Path) -> None:
    written = []
    for place in ("here", "there/deeper"):
        folder = tmp_path / place
        folder.mkdir(parents=True)
        os.chdir(folder)
        write(Path("data/a.slp"), "/d/1/top.mp4", 50)
        small_package().write(Path("data/b.slp"))
        split("data/*.slp", "--block-length", "5", "--gap", "0")
        written.append(
            [Path(f"out/{name}.{kind}").read_bytes() for name in SPLITS for kind in ("slp", "json")]
        )
    assert written[0] == written[1]


def test_a_lock_holds_when_files_come(capsys: pytest.CaptureFixture[str]) -> None:
    write(Path("a.slp"), "/d/1/top.mp4", 100)
    before = split("a.slp", "--gap", "0", "--block-length", "5")
    Path("out").rename("v1")
    write(Path("b.slp"), "/d/2/top.mp4", 100, x=0.5)
    write(Path("c.slp"), "/d/1/top.mp4", 100, x=0.25)
    after = split("?.slp", "--gap", "0", "--block-length", "5", "--lock", "v1")
    assert "200 frames stay where they were" in capsys.readouterr().out
    for name in SPLITS:
        of_a = {key for key, video in enumerate(after[name].videos) if "/1/" in video.origin}
        rows = np.isin(after[name].video, list(of_a))
        assert set(after[name].frame_idx[rows].tolist()) == set(before[name].frame_idx.tolist())


def test_info_of_several_files(capsys: pytest.CaptureFixture[str]) -> None:
    write(Path("a.slp"), "/d/1/top.mp4", 5)
    write(Path("b.slp"), "/d/2/top.mp4", 7)
    assert main(["info", "a.slp", "b.slp", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert [video["n_frames"] for video in facts["videos"]] == [5, 7]


@pytest.mark.filterwarnings("ignore:1 frames are labeled in two")
def test_a_mark_that_another_file_contradicts_is_warned_of() -> None:
    animal, none = (MadeFrame(0, 3, made) for made in ((user_instance(),), ()))
    options = {"videos": ["/d/top.mp4"]}
    one = MadeLabels((animal,), options=options).write(Path("a.slp"))
    negative = frozenset({(0, 3)})
    other = MadeLabels((none,), negative=negative, options=options).write(Path("b.slp"))
    with (
        pytest.warns(UserWarning, match="1 rows with animals are of frames that another"),
        open_labels([one, other], "out") as opened,
    ):
        assert len(opened.labels) == 2


def test_videos_without_a_path_are_warned_of() -> None:
    files = []
    for name in "ab":
        made = MadeLabels((MadeFrame(0, 1),), options={"videos": [{"filename": "", "backend": {}}]})
        files.append(made.write(Path(f"{name}.slp")))
    with (
        pytest.warns(UserWarning, match="2 of the files have videos without a path"),
        open_labels(files, "out") as opened,
    ):
        assert opened.labels.moments.recording.tolist() == [0, 1]
