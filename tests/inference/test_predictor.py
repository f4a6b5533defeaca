"""Models that know the answer find every animal, in whole frames of every source."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from known_models import (
    Animals,
    animals_at,
    field_frame,
    gray_frame,
    known_model,
    write_film,
    write_labels,
)
from numpy.typing import NDArray
from slow import slow

from splitlib.inference import frame_batches
from splitlib.inference.finders import PredictSettings
from splitlib.inference.frame_choice import FrameChoice
from splitlib.inference.predictor import Predictor, predict_frames

FRAMES = {
    3: animals_at((40, 40), (80, 30)),
    4: animals_at(),
    8: animals_at((30, 50)),
    9: animals_at((20, 20), (60, 60), (100, 70)),
}
"""Animals of labeled frames by number."""


def points_of(predictor: Predictor) -> dict[tuple[int, int], NDArray[np.float64]]:
    """The animals of each frame, ordered by place."""
    found = {}
    for batch in predictor:
        for at, key in enumerate(zip(batch.video.tolist(), batch.frame_idx.tolist(), strict=True)):
            points = batch.found.points[batch.found.image == at]
            found[key] = points[np.argsort(np.nan_to_num(points[:, 1, 0]), kind="stable")]
    return found


def assert_finds(predictor: Predictor, frames: dict[int, Animals], atol: float = 0.01) -> None:
    found = points_of(predictor)
    assert list(found) == [(0, number) for number in frames]
    for (_, number), points in found.items():
        expected = frames[number][np.argsort(frames[number][:, 1, 0], kind="stable")]
        assert points.dtype == np.float64
        np.testing.assert_allclose(points, expected, atol=atol)


@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_a_single_animal_is_found(tmp_path: Path, scale: float) -> None:
    frames = {3: animals_at((40, 40)), 8: animals_at((90, 70))}
    frames[8][0, 2] = np.nan
    labels = write_labels(tmp_path / "labels.slp", frames)
    model = known_model(tmp_path / "model", "single_instance", scale=scale)
    assert_finds(predict_frames(model, labels), frames, atol=0.5 if scale < 1 else 0.01)


@pytest.mark.parametrize("centroid_scale", [1.0, slow(0.5)])
def test_crops_around_found_centroids_show_every_animal(
    tmp_path: Path, centroid_scale: float
) -> None:
    labels = write_labels(tmp_path / "labels.slp", FRAMES)
    model = known_model(tmp_path / "model", "centered_instance")
    centroids = known_model(tmp_path / "centroids", "centroid", scale=centroid_scale)
    found = predict_frames(model, labels, centroids=centroids)
    # crops that are not centred on the half of a pixel show blocks between their grays
    assert_finds(found, FRAMES, atol=0.01 if centroid_scale == 1 else 0.6)


def test_crops_of_labels_show_every_labeled_animal(tmp_path: Path) -> None:
    labels = write_labels(tmp_path / "labels.slp", FRAMES)
    model = known_model(tmp_path / "model", "centered_instance")
    assert_finds(predict_frames(model, labels, crops_of_labels=True), FRAMES)


def test_animals_at_the_border_are_found(tmp_path: Path) -> None:
    frames = {0: animals_at((0, 8), (126, 86), (60, 86)), 1: animals_at((2, 8), (64, 8))}
    labels = write_labels(tmp_path / "labels.slp", frames)
    model = known_model(tmp_path / "model", "centered_instance")
    centroids = known_model(tmp_path / "centroids", "centroid")
    found = predict_frames(model, labels, centroids=centroids)
    # a peak at the border stays on the grid: half a pixel
    assert_finds(found, frames, atol=0.51)


def test_peaks_are_joined_to_every_animal(tmp_path: Path) -> None:
    frames = {3: FRAMES[3], 4: FRAMES[4], 9: FRAMES[9].copy()}
    frames[9][0, 0] = np.nan
    labels = write_labels(tmp_path / "labels.slp", frames, draw=field_frame)
    model = known_model(tmp_path / "model", "multi_instance")
    assert_finds(predict_frames(model, labels, settings=PredictSettings(min_nodes=2)), frames)
    # by itself, an animal of three nodes has all of them
    whole = {number: animals[~np.isnan(animals).any((1, 2))] for number, animals in frames.items()}
    assert_finds(predict_frames(model, labels), whole)


def test_centroids_alone_are_points_of_their_node(tmp_path: Path) -> None:
    labels = write_labels(tmp_path / "labels.slp", FRAMES)
    only_middles = {number: animals.copy() for number, animals in FRAMES.items()}
    for animals in only_middles.values():
        animals[:, [0, 2]] = np.nan
    assert_finds(predict_frames(known_model(tmp_path / "model", "centroid"), labels), only_middles)


@pytest.mark.parametrize("size", [1, 3])
def test_frames_of_a_film_are_read_a_batch_at_a_time(tmp_path: Path, size: int) -> None:
    shown = [animals_at((20 + 8 * at, 40)) for at in range(7)]
    film = write_film(tmp_path / "film.mkv", [gray_frame(animals) for animals in shown])
    model = known_model(tmp_path / "model", "single_instance")
    settings = PredictSettings(batch_size=size)
    predictor = predict_frames(model, film, settings=settings)
    assert_finds(predictor, dict(enumerate(shown)))
    assert [len(batch.video) for batch in predictor] == ([1] * 7 if size == 1 else [3, 3, 1])
    some = predict_frames(model, film, frames=FrameChoice("1:6:2"), settings=settings)
    assert_finds(some, {at: shown[at] for at in (1, 3, 5)})


def test_labels_lead_to_their_film(tmp_path: Path) -> None:
    shown = [animals_at((20 + 8 * at, 40)) for at in range(7)]
    (tmp_path / "films").mkdir()
    write_film(tmp_path / "films" / "film.mkv", [gray_frame(animals) for animals in shown])
    labeled = {2: shown[2], 5: shown[5]}
    labels = write_labels(tmp_path / "labels.slp", labeled, film="elsewhere/film.mkv")
    model = known_model(tmp_path / "model", "single_instance")
    assert_finds(predict_frames(model, labels, video_folders=(tmp_path / "films",)), labeled)


def test_a_model_of_coloured_frames_takes_gray_ones_if_it_was_trained_on_both(
    tmp_path: Path,
) -> None:
    labels = write_labels(tmp_path / "labels.slp", FRAMES)
    model = known_model(tmp_path / "model", "centroid", channels=3, frame_channels=(1, 3))
    assert len(points_of(predict_frames(model, labels))) == len(FRAMES)


def test_coloured_frames_become_gray_with_a_warning(tmp_path: Path) -> None:
    shown = [np.repeat(gray_frame(animals_at((40, 40))), 3, axis=-1) for _ in range(3)]
    shown[0][0, 0] = (255, 0, 0)
    film = write_film(tmp_path / "film.mkv", shown)
    model = known_model(tmp_path / "model", "single_instance")
    with pytest.warns(UserWarning, match="made gray"):
        found = points_of(predict_frames(model, film))
    np.testing.assert_allclose(found[0, 2], animals_at((40, 40)), atol=0.01)


@pytest.mark.parametrize("most", [1, 2])
def test_no_more_instances_than_asked(tmp_path: Path, most: int) -> None:
    labels = write_labels(tmp_path / "labels.slp", FRAMES)
    model = known_model(tmp_path / "model", "centered_instance")
    centroids = known_model(tmp_path / "centroids", "centroid")
    settings = PredictSettings(max_instances=most)
    found = points_of(predict_frames(model, labels, centroids=centroids, settings=settings))
    assert {key[1]: len(points) for key, points in found.items()} == {
        number: min(len(animals), most) for number, animals in FRAMES.items()
    }


@pytest.mark.parametrize("is_film", [False, True])
def test_no_more_frames_are_read_than_a_batch_needs(
    is_film: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame_batches, "CHUNK", 4)
    shown = {at: animals_at((20 + 4 * at, 40)) for at in range(20)}
    if is_film:
        frames = [gray_frame(animals) for animals in shown.values()]
        source = write_film(tmp_path / "film.mkv", frames)
    else:
        source = write_labels(tmp_path / "labels.slp", shown)
    opened = frame_batches.open_source(source, FrameChoice())
    read: list[int] = []

    class Counted:
        video, frame_idx = opened.video, opened.frame_idx

        def images(self, white: int) -> Iterator[tuple[int, frame_batches.Images]]:
            for row, image in opened.images(white):
                read.append(row)
                yield row, image

    batches = frame_batches.frame_batches(Counted(), 3, None)  # type: ignore[arg-type]
    for n in range(1, 7):
        assert len(next(batches).video) == 3
        assert len(read) <= 3 * n + 1
