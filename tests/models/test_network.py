"""The network: its shapes and names, that it learns, and that it learns the same each time."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray
from places import ROOT

from splitlib import KeyMapper
from splitlib.errors import ParamsError, SplitError
from splitlib.inputs.transforms.confidence_maps import make_confidence_maps
from splitlib.models.fit import (
    FIELD_WEIGHT,
    PEAK_WEIGHT,
    confidence_loss,
    fields_loss,
    fit_network,
    make_repeatable,
)
from splitlib.models.network import build_network, confidence_output, fields_output
from splitlib.models.peaks import find_peaks
from splitlib.models.schedule import Schedule
from splitlib.models.storage import load_network, save_network

Floats = NDArray[np.float32]

# Training without graphs is asked for below; that it does not hold for tf.data is known.
pytestmark = pytest.mark.filterwarnings("ignore:Even though the .tf.config.experimental_run_func")

SIZE = 24
OUTPUT = ("n_maps", "stride", "key")


def small(**other: Any) -> keras.Model:  # noqa: ANN401
    output = {"n_maps": 2, "stride": 2} | {key: other.pop(key) for key in OUTPUT if key in other}
    options: dict[str, Any] = {"image_shape": (SIZE, SIZE, 1), "filters": 4, "depth": 2}
    return build_network(**options | {"outputs": [confidence_output(**output)]} | other)


def blobs(n: int, seed: int = 0) -> tuple[Floats, Floats]:
    """Images (n, SIZE, SIZE, 1) with a broad and a narrow blob, and their points (n, 2, 2)."""
    points = np.random.default_rng(seed).uniform(5, SIZE - 6, (n, 2, 2)).astype(np.float32)
    broad, narrow = (
        make_confidence_maps(points, image_size=SIZE, output_stride=1, sigma=sigma)
        for sigma in (3.0, 1.5)
    )
    images = 0.6 * broad[..., :1] + 0.4 * narrow[..., 1:]
    return images.numpy(), points


def batches(n: int, *, batch_size: int = 8) -> tf.data.Dataset:
    images, points = blobs(n)
    maps = make_confidence_maps(points, image_size=SIZE, output_stride=2, sigma=2.5)
    mapper = KeyMapper([{"crop": "image"}, {"maps": "confmaps"}])
    examples = tf.data.Dataset.from_tensor_slices({"crop": images, "maps": maps})
    return mapper.transform_dataset(examples.batch(batch_size))


# --- what is built --------------------------------------------------------------------------------

LEVELS: dict[str, tuple[tuple[int, int, int], int, int]] = {
    "half resolution": ((24, 24, 1), 2, 2),
    "full resolution": ((24, 24, 1), 2, 1),
    "coarsest level": ((24, 24, 1), 2, 4),
    "one level": ((6, 6, 1), 1, 2),
    "colour, not square": ((16, 40, 3), 3, 4),
}


@pytest.mark.parametrize(("image_shape", "depth", "output_stride"), LEVELS.values(), ids=LEVELS)
def test_maps_have_the_size_of_the_image_by_the_stride(
    image_shape: tuple[int, int, int], depth: int, output_stride: int
) -> None:
    model = small(image_shape=image_shape, depth=depth, stride=output_stride, n_maps=5)
    height, width, _ = image_shape
    maps = model({"image": np.zeros((2, *image_shape), np.float32)})["confmaps"]
    assert maps.shape == (2, height // output_stride, width // output_stride, 5)


def test_an_untrained_network_sees_next_to_nothing_anywhere() -> None:
    maps = small()({"image": blobs(3)[0]})["confmaps"].numpy()
    assert maps.min() >= 0
    assert np.median(maps) < 0.05


@pytest.mark.parametrize(
    ("image", "maps"),
    [
        ("picture", "heat"),
        (("encoder", "image"), ("decoder", "maps")),
        (("encoder", "image"), ["decoder", "maps"]),
    ],
    ids=repr,
)
def test_inputs_and_outputs_have_the_names_and_paths_of_the_key_maps(image: Any, maps: Any) -> None:  # noqa: ANN401
    model = small(input_key=image, key=maps)
    mapper = KeyMapper([{"crop": image}, {"maps": maps}])
    mapper.check_model(model)
    inputs, _ = mapper({"crop": blobs(1)[0], "maps": np.zeros(())})
    drawn = model(inputs)
    for name in [maps] if isinstance(maps, str) else maps:
        drawn = drawn[name]
    assert drawn.shape == (1, SIZE // 2, SIZE // 2, 2)


def test_a_network_is_the_same_whatever_was_built_before() -> None:
    assert small().to_json() == small().to_json()


IMPOSSIBLE: dict[str, tuple[dict[str, Any], str]] = {
    "image": ({"image_shape": (24, 20, 1), "depth": 3}, "20 x 24 pixels cannot be halved 3 times"),
    "stride below the levels": (
        {"depth": 2, "stride": 8},
        r"output_stride must be one of \[1, 2, 4\] for model.depth 2, got 8",
    ),
    "stride between the levels": ({"depth": 2, "stride": 3}, "got 3"),
}


@pytest.mark.parametrize(("options", "message"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_impossible_levels_are_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ParamsError, match=message):
        small(**options)


# --- how it learns --------------------------------------------------------------------------------


def test_the_loss_is_zero_for_a_perfect_prediction_and_grows_with_the_error() -> None:
    target = make_confidence_maps(
        tf.constant([[[9.3, 5.2], [3.0, 4.0]]]), image_size=16, output_stride=2, sigma=2.5
    )
    losses = [
        float(tf.reduce_mean(confidence_loss(target, (1 - share) * target + share * 0.02)))
        for share in (0.0, 0.1, 0.5, 1.0)
    ]
    assert losses[0] == pytest.approx(0, abs=1e-7)
    assert losses == sorted(losses)
    assert losses[-1] > 0.1


def test_the_loss_is_the_weighted_excess_of_the_cross_entropy() -> None:
    rng = np.random.default_rng(0)
    y, p = rng.uniform(0.01, 0.99, (2, 2, 3, 4, 5))
    cross = -(y * np.log(p) + (1 - y) * np.log(1 - p))
    least = -(y * np.log(y) + (1 - y) * np.log(1 - y))
    expected = ((1 + PEAK_WEIGHT * y) * (cross - least)).mean(axis=-1)
    found = confidence_loss(tf.constant(y, tf.float32), tf.constant(p, tf.float32))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.slow
def test_it_learns_to_find_blobs_to_less_than_a_pixel() -> None:
    keras.utils.set_random_seed(1)
    model = small(filters=8, depth=1)
    images, points = blobs(32, seed=1)
    val = batches(32)
    history = fit_network(model, batches(128), val, schedule=Schedule(6, 1e-2))
    found, _ = find_peaks(model({"image": images})["confmaps"], output_stride=2)
    errors = np.linalg.norm(found - points, axis=-1)
    assert np.median(errors) < 1
    assert history[-1]["val_loss"] < history[0]["val_loss"]


@pytest.fixture
def without_graphs() -> Iterator[None]:
    """Training calls its steps one by one: making a graph of them takes longer than a few steps."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


few_steps = pytest.mark.usefixtures("without_graphs")

unmeasured = batches(16).filter(lambda inputs, targets: True)
HISTORIES: dict[str, tuple[tf.data.Dataset, tf.data.Dataset | None, list[str]]] = {
    "validation": (batches(8), batches(8), ["val_loss"]),
    "no validation": (batches(8), None, []),
    "of a length that is not known": (unmeasured, unmeasured, ["val_loss"]),
}


@few_steps
@pytest.mark.parametrize(("train", "val", "more"), HISTORIES.values(), ids=HISTORIES)
def test_history_has_a_record_for_each_epoch(
    train: tf.data.Dataset, val: tf.data.Dataset | None, more: list[str]
) -> None:
    history = fit_network(small(depth=1), train, val, schedule=Schedule(2, 1e-3))
    assert [list(record) for record in history] == [
        ["epoch", "learning_rate", "loss", *more] for _ in range(2)
    ]
    assert [record["epoch"] for record in history] == [1, 2]
    assert [record["learning_rate"] for record in history] == [1e-3, 5e-4]
    json.dumps(history, allow_nan=False)


def test_the_length_of_a_filtered_dataset_is_not_known() -> None:
    assert unmeasured.cardinality() == tf.data.UNKNOWN_CARDINALITY


@few_steps
def test_an_epoch_of_an_endless_dataset_has_as_many_steps_as_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    endless = batches(16).repeat()
    fit_network(small(depth=1), endless, schedule=Schedule(2, 1e-3), steps_per_epoch=3)
    assert capsys.readouterr().out.count("3/3") == 2


@pytest.mark.parametrize(
    ("train", "val", "name"),
    [
        (batches(8).take(0), None, "training"),
        (batches(8).filter(lambda inputs, targets: False), None, "training"),
        (batches(8), batches(8).take(0), "validation"),
    ],
    ids=["no training", "no training after a filter", "no validation"],
)
def test_an_empty_dataset_is_refused(
    train: tf.data.Dataset, val: tf.data.Dataset | None, name: str
) -> None:
    with pytest.raises(SplitError, match=f"the {name} dataset is empty"):
        fit_network(small(), train, val, schedule=Schedule(1, 1e-3))


# --- what is kept ---------------------------------------------------------------------------------


def test_a_network_comes_back_from_its_files(tmp_path: Path) -> None:
    model = small(input_key="picture", key=("decoder", "maps"))
    trained = tmp_path / "models"
    save_network(model, trained)
    image = {"picture": blobs(2)[0]}
    again = load_network(trained)(image)["decoder"]["maps"]
    np.testing.assert_array_equal(again, model(image)["decoder"]["maps"])
    assert sorted(file.name for file in trained.iterdir()) == ["model.json", "model.weights.h5"]


@few_steps
def test_the_files_hold_nothing_of_the_training_but_its_weights(tmp_path: Path) -> None:
    model = small()
    fit_network(model, batches(8), schedule=Schedule(1, 1e-3))
    save_network(model, tmp_path / "trained")
    bare = small()
    bare.set_weights(model.get_weights())
    save_network(bare, tmp_path / "bare")
    for name in ("model.json", "model.weights.h5"):
        assert (tmp_path / "trained" / name).read_bytes() == (tmp_path / "bare" / name).read_bytes()


def test_a_seed_draws_the_weights_and_sums_are_repeatable(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []  # for the whole process, which has other tests to run
    monkeypatch.setattr(tf.config.experimental, "enable_op_determinism", lambda: asked.append(True))

    def weights(seed: int) -> bytes:
        make_repeatable(seed)
        return b"".join(value.tobytes() for value in small(depth=1).get_weights())

    assert weights(2**40) == weights(2**40) != weights(2**40 + 1)
    assert len(asked) == 3


TRAIN_AND_SAVE = """
import sys
from pathlib import Path
from test_network import batches, small
from splitlib.models.fit import fit_network, make_repeatable
from splitlib.models.schedule import Schedule
from splitlib.models.storage import save_network
make_repeatable(2**40 + 1)
save_network(small(depth=2), Path(sys.argv[1], "other_seed"))
make_repeatable(2**40)
model = small(depth=2)
fit_network(model, batches(64).shuffle(4, seed=1), schedule=Schedule(2, 1e-2))
save_network(model, Path(sys.argv[1], "trained"))
make_repeatable(2**40)
save_network(small(depth=2), Path(sys.argv[1], "untrained"))
"""


@pytest.mark.slow
def test_the_same_run_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    folders = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "models")]
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", TRAIN_AND_SAVE, str(tmp_path / name)],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(folders), "TF_CPP_MIN_LOG_LEVEL": "3"},
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        for name in ("one", "two")
    ]
    for run in runs:
        _, errors = run.communicate()
        assert run.returncode == 0, errors.decode()
    weights = {
        name: {file.parent.name: file.read_bytes() for file in (tmp_path / name).glob("*/*.h5")}
        for name in ("one", "two")
    }
    assert weights["one"] == weights["two"]
    assert len(set(weights["one"].values())) == 3  # the seed and the training leave their mark


# --- more than one output -------------------------------------------------------------------------


@pytest.mark.parametrize(("height", "width"), [(16, 24), (40, 8)])
def test_maps_and_fields_come_from_two_levels_of_one_network_for_frames_of_any_size(
    height: int, width: int
) -> None:
    outputs = [confidence_output(3, 2), fields_output(5, 4)]
    model = small(image_shape=(None, None, 1), outputs=outputs)
    drawn = model({"image": np.zeros((1, height, width, 1), np.float32)})
    assert drawn["confmaps"].shape == (1, height // 2, width // 2, 3)
    assert drawn["pafs"].shape == (1, height // 4, width // 4, 10)


@few_steps
def test_each_output_learns_by_its_own_loss() -> None:
    model = small(outputs=[fields_output(1, 4), confidence_output(2, 2)])
    images, _ = blobs(4)
    targets = {
        "confmaps": np.zeros((4, 12, 12, 2), np.float32),
        "pafs": np.full((4, 6, 6, 2), 3.0, np.float32),
    }
    dataset = tf.data.Dataset.from_tensors(({"image": images}, targets))
    (record,) = fit_network(model, dataset, schedule=Schedule(1, 1e-9))
    drawn = model({"image": images}, training=True)
    weight = 1 + FIELD_WEIGHT * np.sqrt(3.0**2 + 3.0**2)
    fields = weight * np.mean(((drawn["pafs"].numpy() - 3.0) ** 2).sum(axis=-1))
    maps = float(tf.reduce_mean(confidence_loss(targets["confmaps"], drawn["confmaps"])))
    assert record["loss"] == pytest.approx(fields + maps, rel=0.05)


def test_fields_count_more_where_there_is_an_edge() -> None:
    target = np.zeros((1, 1, 2, 4), np.float32)
    target[0, 0, 0, :2] = 0.6, 0.8  # the first edge, a vector of length 1
    loss = fields_loss(tf.constant(target), tf.zeros_like(target)).numpy()
    assert loss[0, 0].tolist() == pytest.approx([(1 + FIELD_WEIGHT) / 2, 0])
    assert fields_loss(tf.constant(target), tf.constant(target)).numpy().max() == 0
