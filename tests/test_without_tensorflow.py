"""`pip install splitlib` brings no tensorflow and keras: what runs then, and what is said."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from blocked_packages import python_without
from foreign_labels import write_coco, write_ultralytics
from known_models import animals_at, gray_frame, write_film, write_labels
from places import DEMO, ROOT
from slow import quick_if

from splitlib.commands.main import SUMMARIES
from splitlib.extras import TRAIN

COMMANDS = {
    "version": "--version",
    "info": f"info {DEMO} --json",
    "info of a film": "info film.slp",
    "split": f"split {DEMO} splits --seed 1",
    "split again": f"split {DEMO} others --seed 2",
    "verify": f"verify {DEMO} splits",
    "audit": f"audit {DEMO} splits --report audit --certificate certificate --json",
    "verify a certificate": f"verify --certificate certificate/certificate.json {DEMO} splits",
    "split of a film": "split film.slp of_film --groups frame --gap 0",
    "audit of a film": "audit film.slp of_film --json",
    "diff": "diff splits others --picture diff.png",
    "lint": "lint ultralytics",
    "merge": "merge splits/train.slp splits/val.slp -o merged.slp",
    "convert": "convert coco/coco.json coco.slp",
    "convert a film": "convert film.slp film.pkg.slp",
    "export": "export splits exported --format coco",
    "init": "init repository --labels film.slp --until evaluate --yes",
    "check": "check repository",
    "update": "update repository --yes",
    **{f"{name} --help": f"{name} --help" for name in SUMMARIES},
}
"""Command lines that need neither of them, in this order in one process."""

VERDICTS = {"audit of a film", "check", "diff", "lint"}
"""Exit code 1 is what they found out."""

MODULES = {
    "demo": "splitlib.demo --output demo.slp",
    "picture of the demo": "splitlib.demo --picture demo.png",
    "schema of params": "splitlib.params.write_schema",
    "schema of an index": "splitlib.split.index_schema",
    "stage fingerprint": "stages.fingerprint",
    "stage split": "stages.split",
    "stage audit": "stages.audit",
}
"""Programs that need neither of them."""

MAIN = """
import contextlib, io, json
from splitlib.commands.main import main

def run(line):
    text = io.StringIO()
    with contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
        code = main(line.split())
    return code, text.getvalue()

print(json.dumps({name: run(line) for name, line in json.loads(sys.argv[1]).items()}))
"""

MODULE = """
import runpy
_, module, *sys.argv[1:] = sys.argv
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""

TO_TYPE = 'pip install "splitlib[train]"'


@dataclass(frozen=True)
class Place:
    """A folder with labels in it, and what the command lines gave there."""

    folder: Path
    results: dict[str, tuple[int, str]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("place")
    animals = {number: animals_at((20 + number, 20)) for number in range(24)}
    write_film(folder / "film.mkv", [gray_frame(some) for some in animals.values()])
    write_labels(folder / "film.slp", animals, film="film.mkv")
    write_coco(folder / "coco")
    write_ultralytics(folder / "ultralytics")
    (folder / "params.yaml").write_text(f"labels: {{path: {DEMO}}}\n")
    done = python_without(TRAIN, MAIN, json.dumps(COMMANDS), folder=folder)
    assert done.returncode == 0, done.stderr
    return Place(folder, json.loads(done.stdout))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_of_the_split_side_needs_no_tensorflow(name: str, place: Place) -> None:
    code, text = place.results[name]
    assert code in ({0, 1} if name in VERDICTS else {0}), text
    assert "not installed" not in text


@pytest.mark.parametrize("of", ["audit", "audit of a film"])
def test_the_audit_sees_the_images_without_tensorflow(of: str, place: Place) -> None:
    checks = json.loads(place.results[of][1].partition("\nsplitlib audit: failed")[0])["checks"]
    for name in ("exact_duplicates", "near_duplicates"):
        assert checks[name]["value"] is not None
        assert checks[name]["verdict"] in ("pass", "warn", "fail")


@pytest.mark.parametrize("name", quick_if(lambda name: "demo" not in name, MODULES))
def test_a_program_of_the_split_side_needs_no_tensorflow(name: str, place: Place) -> None:
    module, *arguments = MODULES[name].split()
    done = python_without(TRAIN, MODULE, module, *arguments, folder=place.folder)
    assert (done.returncode, done.stderr) == (0, "")


NEEDED = {
    "predict": "predict models film.mkv -o predictions.slp",
    "preview": "preview film.slp -o preview.png",
    "export of records": "export film.slp exported",
}
"""Command lines that need tensorflow."""

assert {line.split()[0] for line in (*COMMANDS.values(), *NEEDED.values())} >= {*SUMMARIES}


@pytest.mark.parametrize("name", NEEDED)
def test_a_command_that_needs_tensorflow_says_what_to_type(name: str, place: Place) -> None:
    lines = json.dumps({name: NEEDED[name]})
    done = python_without(TRAIN, MAIN, lines, folder=place.folder)
    code, text = json.loads(done.stdout)[name]
    assert code == 1
    command = NEEDED[name].split()[0]
    assert text.startswith(f"splitlib {command}: tensorflow and keras are not installed; ")
    assert TO_TYPE in text
    assert text.count("\n") == 1


@pytest.mark.parametrize("stage", ["inputs", "train", "evaluate"])
def test_a_stage_that_needs_tensorflow_says_what_to_type(stage: str, tmp_path: Path) -> None:
    done = python_without(TRAIN, MODULE, f"stages.{stage}", folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("error: tensorflow and keras are not installed; ")
    assert TO_TYPE in done.stderr
    assert done.stderr.count("\n") == 1


NAMES = """
from importlib import import_module
from splitlib.errors import MissingExtraError

for name in sys.argv[1:]:
    module, _, attribute = name.partition(":")
    try:
        getattr(import_module(module), attribute, None)
    except MissingExtraError as err:
        assert isinstance(err, ImportError)
        print(name, err)
"""


def test_names_of_the_api_that_need_tensorflow_say_what_to_type(tmp_path: Path) -> None:
    """Those of the package, and every module of the rooms that use tensorflow."""
    rooms = ("inputs", "models", "inference", "evaluation")
    files = [path for room in rooms for path in (ROOT / "splitlib" / room).rglob("*.py")]
    modules = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in files]
    names = [f"splitlib:{name}" for name in ("KeyMapper", "LabelsReader", "make_input_fn")]
    done = python_without(TRAIN, NAMES, *names, *modules, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    told = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert told.keys() == {*names, *modules}
    assert all(TO_TYPE in text for text in told.values())


def test_one_missing_package_is_named_alone(tmp_path: Path) -> None:
    done = python_without(("keras",), MODULE, "stages.train", folder=tmp_path)
    assert done.stderr.startswith("error: keras is not installed; ")


def test_a_folder_with_the_name_of_a_package_is_not_the_package(tmp_path: Path) -> None:
    (tmp_path / "drawings").mkdir()
    code = "from splitlib.extras import is_installed\nprint(is_installed('drawings'))"
    done = python_without((), f"sys.path.insert(0, '')\n{code}", folder=tmp_path)
    assert done.stdout == "False\n", done.stderr
