"""`splitlib predict`: what it prints, and how it ends."""

import json
from pathlib import Path

import pytest
import sleap_io
from known_models import animals_at, gray_frame, known_model, write_film, write_labels

from splitlib.commands.main import main
from splitlib.labels import Labels

FRAMES = {3: animals_at((40, 40), (80, 30)), 4: animals_at(), 9: animals_at((20, 20))}


def arguments(folder: Path, *more: str) -> list[str]:
    model = known_model(folder / "model", "centered_instance")
    centroids = known_model(folder / "centroids", "centroid")
    source = write_labels(folder / "labels.slp", FRAMES)
    output = str(folder / "out.slp")
    return ["predict", str(model), str(source), "-o", output, "--centroids", str(centroids), *more]


def test_predict_writes_a_file_and_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments(tmp_path)) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'out.slp'}: 3 instances in 3 frames\n"
    assert len(sleap_io.load_slp(str(tmp_path / "out.slp"))) == 3


def test_predict_as_json_says_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    limits = ["--max-instances", "1", "--frames", "0:5", "--batch-size", "1", "--min-score", "0.5"]
    assert main(arguments(tmp_path, *limits, "--min-nodes", "3", "--json")) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == {
        "output": str(tmp_path / "out.slp"),
        "frames": 2,
        "instances": 1,
        "points": 3,
    }


def test_predict_takes_films_and_folders_of_films(tmp_path: Path) -> None:
    (tmp_path / "films").mkdir()
    film = write_film(tmp_path / "films" / "film.mkv", [gray_frame(FRAMES[3][:1])] * 3)
    model = str(known_model(tmp_path / "model", "single_instance"))
    output = tmp_path / "out.slp"
    assert main(["predict", model, str(film), "-o", str(output)]) == 0
    assert len(Labels.load(output)) == 3
    labels = write_labels(tmp_path / "labels.slp", {1: FRAMES[3][:1]}, film="film.mkv")
    videos = ["--videos", str(film.parent)]
    assert main(["predict", model, str(labels), "-o", str(output), *videos]) == 0
    assert len(Labels.load(output)) == 1


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--crops-of-labels"], "got both"),
        (["--frames", "x"], "splitlib predict: frames: expected numbers and ranges"),
        (["--frames", "77"], "there is no frame 77; frames are 3 to 9"),
        (["-o", "{folder}/labels.slp/out.slp"], "labels.slp"),
        (["-o", "{folder}/labels.slp"], "would replace what they are made from"),
        (["--centroids", "{folder}/model"], "expected a model with head: centroid"),
    ],
)
def test_a_failed_prediction_is_one_message(
    more: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = arguments(tmp_path, *(one.format(folder=tmp_path) for one in more))
    before = (tmp_path / "labels.slp").read_bytes()
    assert main(line) == 1
    printed = capsys.readouterr()
    assert message in printed.err
    assert printed.err.startswith("splitlib predict: ")
    assert printed.out == ""
    assert not (tmp_path / "out.slp").exists()
    assert (tmp_path / "labels.slp").read_bytes() == before


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("models film.mp4", "Missing option '-o' / '--output'"),
        ("models", "Missing argument 'SOURCE'"),
        ("models film.mp4 -o out.h5", "use a name that ends in .slp"),
        ("models film.mp4 -o out.slp --batch-size 0", "'--batch-size'"),
        ("models film.mp4 -o out.slp --min-score 0", "'--min-score'"),
    ],
)
def test_a_wrong_line_is_exit_code_2(
    line: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", *line.split()]) == 2
    assert message in capsys.readouterr().err
