"""Models and frames that do not fit: an explained stop before anything is written."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from known_models import (
    animals_at,
    field_frame,
    gray_frame,
    known_model,
    write_film,
    write_labels,
)

from splitlib.errors import SplitlibError
from splitlib.inference.frame_choice import FrameChoice
from splitlib.inference.predictor import predict_frames
from splitlib.jsonfile import read_json, write_json
from splitlib.labels import Labels
from splitlib.models.description import DESCRIPTION
from splitlib.models.storage import ARCHITECTURE, WEIGHTS

ONE = {3: animals_at((40, 40))}

Arguments = dict[str, Any]


def whole(folder: Path, head: str = "single_instance", **changes: object) -> Arguments:
    """Arguments of `predict_frames` for a model of whole frames and labels that fit."""
    draw = field_frame if head == "multi_instance" else gray_frame
    return {
        "model_folder": known_model(folder / "model", head, **changes),
        "source": write_labels(folder / "labels.slp", ONE, draw=draw),
    }


def crops(folder: Path, **changes: object) -> Arguments:
    """Arguments for a model of crops and one of centroids, whose description has changes."""
    arguments = whole(folder, "centered_instance")
    return {**arguments, "centroids": known_model(folder / "centroids", "centroid", **changes)}


def without(name: str) -> Callable[[Path], Arguments]:
    def arguments(folder: Path) -> Arguments:
        made = whole(folder)
        (folder / "model" / name).unlink()
        return made

    return arguments


def weights_of_another(folder: Path) -> Arguments:
    made = whole(folder)
    other = known_model(folder / "other", "centroid")
    shutil.copy(other / WEIGHTS, folder / "model" / WEIGHTS)
    return made


def described(folder: Path, change: Callable[[dict[str, Any]], object]) -> Arguments:
    made = whole(folder)
    path = folder / "model" / DESCRIPTION
    description = read_json(path)
    change(description)
    write_json(path, description)
    return made


def no_json(folder: Path) -> Arguments:
    made = whole(folder)
    (folder / "model" / DESCRIPTION).write_text("{")
    return made


def film_of(folder: Path, name: str = "film.mkv", head: str = "single_instance") -> Arguments:
    write_film(folder / "film.mkv", [gray_frame(ONE[3])] * 4)
    return {**whole(folder, head), "source": folder / name}


def small_film(folder: Path) -> Arguments:
    write_film(folder / "film.mkv", [gray_frame(animals_at((12, 12)), (24, 40))] * 2)
    return {**crops(folder), "source": folder / "film.mkv"}


def labels_without_film(folder: Path) -> Arguments:
    source = write_labels(folder / "plain.slp", ONE, film="/data/day1/top.mp4")
    return {**whole(folder), "source": source}


def other_labels(folder: Path) -> Arguments:
    source = write_labels(folder / "other.slp", ONE, nodes=("nose", "middle", "ear"))
    made = whole(folder, "centered_instance")
    return {**made, "source": source, "crops_of_labels": True}


def damaged_film(folder: Path) -> Arguments:
    (folder / "film.mp4").write_bytes(b"no film")
    return {**whole(folder), "source": folder / "film.mp4"}


CASES: dict[str, tuple[Callable[[Path], Arguments], str]] = {
    "no description": (without(DESCRIPTION), r"expected the folder of a trained model.*dvc repro"),
    "no weights": (without(WEIGHTS), r"there are no weights; fetch the model \(dvc pull\)"),
    "no layers": (without(ARCHITECTURE), r"model.json: cannot be read"),
    "no folder": (
        lambda folder: {**whole(folder), "model_folder": folder / "nowhere"},
        "nowhere: expected the folder of a trained model",
    ),
    "weights of another model": (weights_of_another, "found those of another model"),
    "a description that is no JSON": (no_json, "description.json:1:2: expected JSON"),
    "a description of another version": (
        lambda folder: described(folder, lambda found: found.pop("scale")),
        "missing or unknown: scale; train again with this version",
    ),
    "a builder that is not found": (
        lambda folder: whole(folder, build="no_lab.networks:build"),
        r"there is no module no_lab.*\n.*in the folder of that project",
    ),
    "a skeleton without edges": (
        lambda folder: whole(folder, "multi_instance", edges=()),
        "expected a skeleton with edges, along which peaks are joined.*found no edges",
    ),
    "more than an image": (
        lambda folder: whole(folder, key_maps=({"image": "image", "scale": "s"}, {})),
        "takes the image alone",
    ),
    "crops that nobody finds": (
        lambda folder: whole(folder, "centered_instance"),
        "expected --centroids FOLDER .* or --crops-of-labels, got neither",
    ),
    "crops that two find": (
        lambda folder: {**crops(folder), "crops_of_labels": True},
        "got both",
    ),
    "centroids for whole frames": (
        lambda folder: {**whole(folder), "crops_of_labels": True},
        "a model with head: single_instance sees whole frames",
    ),
    "centroids of another head": (
        lambda folder: {
            **crops(folder),
            "centroids": known_model(folder / "single", "single_instance"),
        },
        "expected a model with head: centroid for --centroids, found head: single_instance",
    ),
    "other nodes": (
        lambda folder: crops(folder, nodes=("nose", "middle", "ear")),
        r"centroids: expected the nodes of .*only here: ear; only there: tail",
    ),
    "another anchor": (
        lambda folder: crops(folder, anchor_node=None),
        "expected centroids on middle.*finds the middle of an animal; train both",
    ),
    "middles as the main model": (
        lambda folder: whole(folder, "centroid", anchor_node=None),
        "finds the middles of animals, and no node of them; give it as --centroids",
    ),
    "crops of the labels of a film": (
        lambda folder: {
            **film_of(folder, head="centered_instance"),
            "crops_of_labels": True,
        },
        "expected a labels file for --crops-of-labels, found a film",
    ),
    "crops of labels of other nodes": (other_labels, "only here: ear; only there: tail"),
    "no such film": (
        lambda folder: film_of(folder, "nowhere.mp4"),
        "nowhere.mp4: there is no such video",
    ),
    "a damaged film": (damaged_film, "film.mp4: it cannot be opened as a video"),
    "no such labels": (
        lambda folder: {**whole(folder), "source": folder / "nowhere.slp"},
        "there is no such labels file",
    ),
    "a missing film": (
        labels_without_film,
        r"videos or pictures are missing: /data/day1/top.mp4\n.*\n.*--videos FOLDER",
    ),
    "another kind of file": (
        lambda folder: {**whole(folder), "source": folder / "labels.json"},
        r"expected a labels file \(.slp\) or a film .*splitlib convert",
    ),
    "no such frame": (
        lambda folder: {**film_of(folder), "frames": FrameChoice("2,7")},
        "there is no frame 7; frames are 0 to 3",
    ),
    "no frame at all": (
        lambda folder: {**film_of(folder), "frames": FrameChoice("9:")},
        "there is no frame to predict on, which has frames 0 to 3; frames: 9:",
    ),
    "gray frames for a coloured model": (
        lambda folder: whole(folder, channels=3),
        "expected coloured frames.*found gray ones",
    ),
    "frames smaller than a crop": (
        small_film,
        r"96 x 128 pixels or more, found 24 x 40 .*less than a crop of 32 pixels",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_does_not_fit_is_an_explained_stop(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make, message = CASES[name]
    arguments = make(tmp_path)
    with pytest.raises(SplitlibError, match=f"(?s){message}") as caught:
        list(predict_frames(**arguments))
    assert str(caught.value).count("\n") <= 2
    assert "Traceback" not in str(caught.value)


def test_small_frames_are_fine_if_the_model_was_trained_on_small_frames(tmp_path: Path) -> None:
    write_film(tmp_path / "film.mkv", [gray_frame(animals_at((12, 12)), (24, 40))] * 2)
    model = known_model(tmp_path / "model", "centered_instance", frame_size=(24, 24))
    centroids = known_model(tmp_path / "centroids", "centroid")
    (batch,) = predict_frames(model, tmp_path / "film.mkv", centroids=centroids)
    np.testing.assert_allclose(batch.found.points[0, 1], [12.5, 12.5], atol=0.01)


@pytest.mark.parametrize("text", ["a", "1:2:3:4", "1;2", "3:0:0", "-1", "1,,2", "1:2:-1", " "])
def test_frames_that_are_no_numbers_are_refused(text: str) -> None:
    with pytest.raises(SplitlibError, match="expected numbers and ranges such as 0:1000:10"):
        FrameChoice(text)


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("", [0, 2, 5, 9]),
        ("2", [2]),
        ("9,0", [0, 9]),
        ("0:6", [0, 2, 5]),
        ("::2", [0, 2]),
        ("1:", [2, 5, 9]),
        (":3,9", [0, 2, 9]),
        ("0:99:5", [0, 5]),
    ],
)
def test_frames_are_chosen_by_their_numbers(text: str, chosen: list[int]) -> None:
    found = FrameChoice(text).among(np.array([5, 0, 2, 9, 2]), "film.mp4")
    assert found.tolist() == chosen


def test_all_embedded_frames_of_labels_can_be_chosen(tmp_path: Path) -> None:
    path = write_labels(tmp_path / "labels.slp", {3: animals_at(), 8: animals_at((40, 40))})
    labels = Labels.load(path).extract([1])
    assert [column.tolist() for column in FrameChoice().of_labels(labels)] == [[0], [8]]
    every = FrameChoice(beyond_labels=True).of_labels(labels)
    assert [column.tolist() for column in every] == [[0, 0], [3, 8]]
