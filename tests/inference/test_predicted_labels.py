"""Predictions as a file: what sleap-io reads is what was found, and images are where it says."""

from pathlib import Path

import numpy as np
import pytest
import sleap_io
from known_models import animals_at, gray_frame, known_model, write_film, write_labels

from splitlib.errors import PredictionError
from splitlib.inference.frame_choice import FrameChoice
from splitlib.inference.predicted_labels import Counts, predict_labels
from splitlib.inference.predictor import predict_frames
from splitlib.labels import Labels

FRAMES = {3: animals_at((40, 40), (80, 30)), 4: animals_at(), 9: animals_at((20, 20))}


def predict(model: Path, source: Path, output: Path, **options: object) -> Counts:
    return predict_labels(predict_frames(model, source, **options), output)  # type: ignore[arg-type]


def pair(folder: Path) -> dict[str, Path]:
    """A model of crops, and a model that finds them."""
    return {
        "model": known_model(folder / "model", "centered_instance"),
        "centroids": known_model(folder / "centroids", "centroid"),
    }


def test_sleap_io_reads_points_scores_and_images_of_embedded_frames(tmp_path: Path) -> None:
    frames = {3: FRAMES[3].copy(), 4: FRAMES[4], 9: FRAMES[9]}
    frames[3][0, 2] = np.nan
    source = write_labels(tmp_path / "in" / "labels.slp", frames, n_films=2)
    output = tmp_path / "out" / "predictions.slp"
    counts = predict(source=source, output=output, **pair(tmp_path))
    assert counts == Counts(frames=6, instances=6, points=16)
    labels = sleap_io.load_slp(str(output))
    assert labels.skeleton.node_names == ["nose", "middle", "tail"]
    assert labels.skeleton.edge_names == [("middle", "nose"), ("middle", "tail")]
    assert [video.filename for video in labels.videos] == [source.resolve().as_posix()] * 2
    assert [video.source_video.filename for video in labels.videos] == ["day0.mp4", "day1.mp4"]
    assert labels.tracks == []
    places = [(labels.videos.index(one.video), one.frame_idx) for one in labels]
    assert places == [(video, number) for video in (0, 1) for number in frames]
    for one in labels:
        animals = frames[one.frame_idx]
        np.testing.assert_array_equal(one.image, gray_frame(animals))
        found = sorted(one.instances, key=lambda instance: instance.numpy()[1, 0])
        assert len(found) == len(animals)
        for instance, animal in zip(found, animals, strict=True):
            assert isinstance(instance, sleap_io.PredictedInstance)
            np.testing.assert_allclose(instance.numpy(), animal, atol=0.01)
            missing = np.isnan(animal[:, 0])
            np.testing.assert_array_equal(instance.points["visible"], ~missing)
            np.testing.assert_allclose(instance.points["score"], np.where(missing, 0, 1), atol=1e-4)
            assert instance.score == pytest.approx(1 - missing.mean(), abs=1e-4)
            assert instance.track is None
            assert instance.tracking_score == 0


def test_splitlib_reads_its_own_predictions(tmp_path: Path) -> None:
    source = write_labels(tmp_path / "labels.slp", FRAMES)
    predict(source=source, output=tmp_path / "predictions.slp", **pair(tmp_path))
    labels = Labels.load(tmp_path / "predictions.slp")
    assert len(labels) == 3
    assert not labels.columns.is_user.any()
    assert labels.videos[0].origin == "day0.mp4"
    assert labels.source.format_id == 1.4
    (model, centroids) = labels.provenance["predicted_by"]
    assert (model["head"], centroids["head"]) == ("centered_instance", "centroid")
    # and predicts on them again: the frames are read where the labels were
    again = tmp_path / "again.slp"
    predict(source=tmp_path / "predictions.slp", output=again, **pair(tmp_path))
    np.testing.assert_array_equal(Labels.load(again).columns.xy, labels.columns.xy)


def test_a_film_is_named_with_its_size(tmp_path: Path) -> None:
    # so long that the ffmpeg of sleap-io still runs when it is closed: of one that has ended by
    # itself, imageio leaves the pipes open, which warns at some later time
    shown = [animals_at((20 + 2 * at, 40)) for at in range(40)]
    film = write_film(tmp_path / "film.mkv", [gray_frame(animals) for animals in shown])
    output = tmp_path / "predictions.slp"
    model = known_model(tmp_path / "model", "single_instance")
    assert predict(model, film, output, frames=FrameChoice("4,1")).frames == 2
    labels = sleap_io.load_slp(str(output))
    (video,) = labels.videos
    assert video.filename == film.as_posix()
    assert video.shape == (40, 96, 128, 1)
    assert [one.frame_idx for one in labels] == [1, 4]
    for one in labels:
        np.testing.assert_allclose(one.instances[0].numpy(), shown[one.frame_idx][0], atol=0.01)
        np.testing.assert_array_equal(one.image[..., :1], gray_frame(shown[one.frame_idx]))
    video.close()


def test_the_same_frames_give_the_same_bytes(tmp_path: Path) -> None:
    source, models = write_labels(tmp_path / "labels.slp", FRAMES), pair(tmp_path)
    for name in ("one.slp", "other.slp"):
        predict(source=source, output=tmp_path / name, **models)
    assert (tmp_path / "one.slp").read_bytes() == (tmp_path / "other.slp").read_bytes()


def test_rows_of_plain_videos_are_carried(tmp_path: Path) -> None:
    row = {
        "filename": "film.mkv",
        "backend": {"type": "MediaVideo", "filename": "film.mkv", "grayscale": True, "bgr": True},
        "of_a_newer_version": [1],
    }
    write_film(tmp_path / "film.mkv", [gray_frame(FRAMES[3])] * 4)
    source = write_labels(tmp_path / "labels.slp", {3: FRAMES[3]}, film=row)  # type: ignore[arg-type]
    predict(source=source, output=tmp_path / "out.slp", **pair(tmp_path))
    assert Labels.load(tmp_path / "out.slp").source.videos_json == (row,)


@pytest.mark.parametrize("name", ["labels.slp", "link.slp", "film.mkv"])
def test_what_is_read_is_never_replaced(name: str, tmp_path: Path) -> None:
    write_film(tmp_path / "film.mkv", [gray_frame(FRAMES[3])] * 4)
    source = write_labels(tmp_path / "labels.slp", {3: FRAMES[3]}, film="film.mkv")
    (tmp_path / "link.slp").symlink_to(source)
    before = (tmp_path / name).read_bytes()
    with pytest.raises(PredictionError, match=r"would replace .*; expected another file for -o"):
        predict(source=source, output=tmp_path / name, **pair(tmp_path))
    assert (tmp_path / name).read_bytes() == before


def test_a_run_that_fails_leaves_the_older_file(tmp_path: Path) -> None:
    source = write_labels(tmp_path / "labels.slp", FRAMES)
    output = tmp_path / "predictions.slp"
    output.write_text("older")
    models = pair(tmp_path)
    predictor = predict_frames(models["model"], source, centroids=models["centroids"])
    source.write_bytes(b"changed")
    with pytest.raises(ValueError, match="changed after it was loaded"):
        predict_labels(predictor, output)
    assert output.read_text() == "older"
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == [
        "labels.slp",
        "predictions.slp",
    ]
