"""The whole pipeline in a clone: what runs, what does not run again, and what comes out."""

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sleap_io
import yaml
from places import ROOT
from real_files import shared_path
from synthetic_labels import MadeFrame, MadeLabels, png, user_instance

from splitlib.labels import Labels
from splitlib.split.find_frames import find_frames
from splitlib.split.index import read_index

STAGES = ["split", "audit", "inputs", "train", "evaluate"]
TINY: dict[str, int] = {"epochs": 1, "filters": 4, "depth": 1}
"""Params of a training that takes seconds: what matters here is which stages run."""


def _without_network() -> list[str]:
    """What begins a command that shall not reach any network, where the system has such a thing."""
    command = ["unshare", "--map-root-user", "--net"]
    try:
        can = subprocess.run([*command, "true"], capture_output=True).returncode == 0
    except OSError:
        can = False
    return command if can else []


NO_NETWORK = _without_network()


class CommandError(Exception):
    """A command failed; holds what it printed."""


class Clone:
    """A clone of the project, as its files are now."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        files = self._run("git", "ls-files", "-co", "--exclude-standard", cwd=ROOT).splitlines()
        for name in files:
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / name, folder / name)
        self._run("git", "init", "--quiet", cwd=folder)

    def edit(self, **values: Any) -> None:  # noqa: ANN401 - values of params
        """Change values in params.yaml, by key; keys within braces too."""
        path = self.folder / "params.yaml"
        text = path.read_text()
        for key, value in values.items():
            # at the start of a line or within braces, but not within a comment
            pattern = rf"(?m)(^ *|[{{] ?|^[^#\n]*, ){key}: [^,}}#\n ]+"
            text, n_found = re.subn(pattern, rf"\g<1>{key}: {value}", text, count=1)
            assert n_found == 1, key
        path.write_text(text)

    def repro(self, *stages: str) -> list[str]:
        """Run `dvc repro`, and give the stages that ran after the one that always runs."""
        command = [*NO_NETWORK, sys.executable, "-m", "dvc", "repro"]
        output = self._run(*command, *stages, cwd=self.folder)
        always, *others = re.findall(r"Running stage '(\w+)'", output)
        assert always == "fingerprint"
        return others

    def fails(self) -> str:
        """What a `dvc repro` that fails prints."""
        with pytest.raises(CommandError) as caught:
            self.repro()
        return str(caught.value)

    def read(self, name: str) -> Any:  # noqa: ANN401 - any JSON
        return json.loads((self.folder / name).read_text())

    def _run(self, *command: str, cwd: Path) -> str:
        # stages are run as `python`, which has to be this one
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            command,
            cwd=cwd,
            env={**os.environ, "PATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            raise CommandError(done.stdout)
        return done.stdout


@pytest.mark.skipif(not NO_NETWORK, reason="this system cannot run a command without network")
def test_the_pipeline_runs_where_there_is_no_network() -> None:
    ask = "import socket; socket.create_connection(('127.0.0.1', 1), 1)"
    cut = subprocess.run([*NO_NETWORK, sys.executable, "-c", ask], capture_output=True, text=True)
    assert "unreachable" in cut.stderr  # not "refused": `Clone.repro` reaches not even this machine


def check_results(clone: Clone, source: Path) -> None:
    """All files are there, fit the source, and are read by sleap-io."""
    labels = Labels.load(source)
    counts = clone.read("reports/split.json")["n_frames"]
    assert counts.pop("source") == sum(counts.values()) == len(labels)
    for name in ("train", "val", "test"):
        index = read_index(clone.folder / f"splits/{name}.json")
        part = Labels.load(clone.folder / f"splits/{name}.slp")
        assert part[:] == labels[find_frames(index, labels)]
        theirs = sleap_io.load_slp(str(clone.folder / f"splits/{name}.slp"), open_videos=False)
        assert len(theirs) == len(part) == counts[name]
    assert clone.read("reports/evaluate.json")["error_px"]["n_points"] > 0
    for picture in (
        "inputs/train.png",
        "inputs/val.png",
        "inputs/test.png",
        "evaluate/gallery.png",
    ):
        assert (clone.folder / "plots" / picture).read_bytes().startswith(b"\x89PNG")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    return Clone(tmp_path_factory.mktemp("clone"))


def test_a_clone_makes_the_same_split_to_the_byte(clone: Clone) -> None:
    clone.repro("split")
    recorded, made = (
        yaml.safe_load((folder / "dvc.lock").read_text())["stages"]["split"]["outs"]
        for folder in (ROOT, clone.folder)
    )
    assert made == recorded
    for name in ("train", "val", "test"):
        index = f"splits/{name}.json"
        assert (clone.folder / index).read_bytes() == (ROOT / index).read_bytes()


@pytest.mark.slow
def test_an_edit_runs_what_it_affects_and_no_more(clone: Clone) -> None:
    labels = Labels.load(ROOT / "data/demo.slp")
    labels.extract(range(0, len(labels), 3)).save(clone.folder / "few.slp")
    clone.edit(path="few.slp", **TINY)
    for name in ("splits", "metrics", "reports", "models", "inputs", "plots"):
        shutil.rmtree(clone.folder / name, ignore_errors=True)
    assert clone.repro()[-2:] == ["train", "evaluate"]
    check_results(clone, clone.folder / "few.slp")
    split = (clone.folder / "splits/test.slp").read_bytes()
    weights = (clone.folder / "models/model.weights.h5").read_bytes()

    assert clone.repro() == [], "a second run does nothing"
    clone.edit(epochs=2)
    assert clone.repro() == ["train", "evaluate"]
    assert (clone.folder / "models/model.weights.h5").read_bytes() != weights
    assert (clone.folder / "splits/test.slp").read_bytes() == split

    clone.edit(seed=7)  # the first key of this name: split.seed
    assert clone.repro() == STAGES
    assert (clone.folder / "splits/test.slp").read_bytes() != split
    check_results(clone, clone.folder / "few.slp")


@pytest.mark.slow
def test_labels_of_ones_own_take_one_line(clone: Clone) -> None:
    real = shared_path("oracle/data/mixed_all.pkg.slp")
    shutil.copyfile(real, clone.folder / "mine.slp")
    clone.edit(path="mine.slp", **TINY, groups="frame", gap=0)
    assert clone.repro() == STAGES
    check_results(clone, real)


def write_labels_with_pictures(folder: Path) -> None:
    """Labels of four lists of pictures, which lie beside them, and the animal of each list."""
    frames = tuple(MadeFrame(day, at, (user_instance(),)) for day in range(4) for at in range(5))
    lists = [[f"/lab/day{day}/{at}.png" for at in range(5)] for day in range(4)]
    videos = [{"backend": {"filenames": names}, "filename": names[0]} for names in lists]
    MadeLabels(frames, options={"videos": videos}).write(folder / "labels.slp")
    for day, at in itertools.product(range(4), range(5)):
        (folder / f"day{day}").mkdir(exist_ok=True)
        (folder / f"day{day}/{at}.png").write_bytes(png(day, at))
    rows = ["video,animal", *(f"day{day},{day}" for day in range(4))]
    (folder / "groups.csv").write_text("\n".join(rows))


@pytest.mark.slow
def test_an_edit_of_a_file_that_params_name_runs_what_it_affects(tmp_path: Path) -> None:
    """The files that are no dependency by themselves: groups file, lock, and videos."""
    clone = Clone(tmp_path)
    write_labels_with_pictures(tmp_path)
    clone.edit(path="labels.slp", groups="animal", groups_file="groups.csv", gap=0)
    clone.edit(rotation=0, crop_size=16, **TINY)  # what takes long to trace tells nothing here
    assert clone.repro("inputs") == ["split", "audit", "inputs"]
    assert clone.repro("inputs") == []

    picture = tmp_path / "day2/3.png"
    picture.write_bytes(png(0, 9))
    assert clone.repro("inputs") == ["audit", "inputs"]

    groups = tmp_path / "groups.csv"
    assert splits_of(clone, "day0") != splits_of(clone, "day3")
    groups.write_text(groups.read_text().replace("day3,3", "day3,0"))
    assert clone.repro("audit") == ["split", "audit"]
    assert splits_of(clone, "day0") == splits_of(clone, "day3")

    shutil.copytree(tmp_path / "splits", tmp_path / "earlier")
    clone.edit(lock="earlier")
    clone.repro("audit")
    lock = tmp_path / "earlier/test.json"
    lock.write_text(lock.read_text() + "\n")
    assert clone.repro("audit") == ["split"], "its results are the same"


def splits_of(clone: Clone, video: str) -> list[str]:
    """The splits that hold frames of a video."""
    indexes = {name: clone.read(f"splits/{name}.json") for name in ("train", "val", "test")}
    return [
        name for name, index in indexes.items() if video in {one["key"] for one in index["videos"]}
    ]


def misspell(clone: Clone) -> None:
    path = clone.folder / "params.yaml"
    path.write_text(path.read_text().replace("gap:", "gpa:"))


def damage(clone: Clone) -> None:
    (clone.folder / "mine.slp").write_bytes((ROOT / "data/demo.slp").read_bytes()[:100_000])
    clone.edit(path="mine.slp")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (misspell, r"params\.yaml:\d+: split\.gpa: unknown key; did you mean 'gap'"),
        (damage, "mine.slp: cannot be opened"),
    ],
)
def test_what_stops_a_stage_stops_the_pipeline_with_its_words(
    spoil: Callable[[Clone], None], message: str, clone: Clone
) -> None:
    path = clone.folder / "params.yaml"
    good = path.read_text()
    spoil(clone)
    try:
        assert re.search(message, clone.fails())
    finally:
        path.write_text(good)
    if spoil is damage:
        assert not (clone.folder / "fingerprints/labels.json").exists()
