"""What a run decides between epochs, and that it goes on after a kill as if nothing was."""

from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray
from slow import slow

from splitlib.errors import CheckpointError, SplitError, TrainingError
from splitlib.models.checkpoint import Checkpoint
from splitlib.models.fit import fit_network
from splitlib.models.network import build_network, confidence_output
from splitlib.models.schedule import Record, Schedule, best_epoch

# Training without graphs is asked for below; that it does not hold for tf.data is known.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Even though the .tf.config.experimental_run_func"),
    pytest.mark.usefixtures("without_graphs"),
]

BATCHES = 3


@pytest.fixture
def without_graphs() -> Any:  # noqa: ANN401 - an iterator
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def network(seed: int) -> keras.Model:
    keras.utils.set_random_seed(seed)
    return build_network(
        image_shape=(8, 8, 1), outputs=[confidence_output(2, 2)], filters=2, depth=1
    )


def batch(at: int) -> tuple[dict[str, NDArray[np.float32]], dict[str, NDArray[np.float32]]]:
    rng = np.random.default_rng(at)
    image = rng.random((2, 8, 8, 1)).astype(np.float32)
    return {"image": image}, {"confmaps": image[:, ::2, ::2].repeat(2, axis=3)}


def batches(first: int, n: int) -> tf.data.Dataset:
    parts = [batch(first + at) for at in range(n)]
    stacked = tf.nest.map_structure(lambda *values: np.stack(values), *parts)
    return tf.data.Dataset.from_tensor_slices(stacked)


def after(n_epochs: int) -> tf.data.Dataset:
    return batches(n_epochs * BATCHES, 100)


def val() -> tf.data.Dataset:
    return batches(1000, 2)


def run(model: keras.Model, schedule: Schedule, checkpoint: Checkpoint | None) -> list[Record]:
    return fit_network(
        model, after, val(), schedule=schedule, steps_per_epoch=BATCHES, checkpoint=checkpoint
    )


def checkpoint_of(folder: Path, **of: object) -> Checkpoint:
    return Checkpoint(folder, {"train": {"seed": 1, **of}})


# --- going on -------------------------------------------------------------------------------------


class KilledError(Exception):
    """Stands for the end of the process."""


def kill_after(n_epochs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """End the process when the state of so many epochs is written."""
    save = Checkpoint.save

    def save_and_end(
        self: Checkpoint,
        model: keras.Model,
        best: list[NDArray[Any]],
        records: Sequence[Record],
    ) -> None:
        save(self, model, best, records)
        if len(records) == n_epochs:
            raise KilledError

    monkeypatch.setattr(Checkpoint, "save", save_and_end)


SCHEDULES = {
    "cosine": Schedule(4, 1e-2),
    "best": Schedule(4, 1e-2, select="val_loss"),
    "plateau": Schedule(5, 0.3, rates="plateau", patience=1, select="val_loss", stop_after=3),
}


@pytest.mark.parametrize(
    ("name", "n_before"),
    [case if case == ("plateau", 1) else slow(*case) for case in product(SCHEDULES, (1, 3))],
)
def test_a_killed_run_goes_on_to_the_same_bytes(
    name: str, n_before: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule = SCHEDULES[name]
    whole = network(1)
    records = run(whole, schedule, None)
    checkpoint = checkpoint_of(tmp_path)
    with monkeypatch.context() as patch:
        kill_after(n_before, patch)
        with pytest.raises(KilledError):
            run(network(1), schedule, checkpoint)
    again = network(2)  # other weights, which the state replaces
    assert run(again, schedule, checkpoint) == records
    for one, other in zip(whole.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    (tmp_path / ".run-0123456789abcdef.npz").touch()  # as a kill in the midst of a write leaves it
    checkpoint.clear()
    assert list(tmp_path.iterdir()) == []


def test_the_figures_are_told_after_each_epoch_and_when_a_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []

    def train() -> None:
        fit_network(
            network(1),
            after,
            schedule=Schedule(3, 1e-2),
            steps_per_epoch=BATCHES,
            checkpoint=checkpoint_of(tmp_path),
            watch=lambda records: told.append(len(records)),
        )

    with monkeypatch.context() as patch:
        kill_after(2, patch)
        with pytest.raises(KilledError):
            train()
    assert told == [1]
    train()
    assert told == [1, 2, 3]


def test_a_run_that_was_killed_at_its_very_end_is_not_trained_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, schedule = network(1), Schedule(2, 1e-2)
    with monkeypatch.context() as patch:
        kill_after(2, patch)
        with pytest.raises(KilledError):
            run(model, schedule, checkpoint_of(tmp_path))
    again = network(2)
    assert len(run(again, schedule, checkpoint_of(tmp_path))) == 2
    np.testing.assert_array_equal(model.get_weights()[0], again.get_weights()[0])


def test_the_state_of_another_run_is_refused(tmp_path: Path) -> None:
    model = network(1)
    run(model, Schedule(1, 1e-2), checkpoint_of(tmp_path, epochs=10))
    with pytest.raises(CheckpointError, match=r"train\.epochs \(10 there, 20 here\).* delete"):
        checkpoint_of(tmp_path, epochs=20).restore(model)
    assert checkpoint_of(tmp_path, epochs=10).restore(model) is not None


def test_a_damaged_state_is_refused(tmp_path: Path) -> None:
    model = network(1)
    run(model, Schedule(1, 1e-2), checkpoint_of(tmp_path))
    path = checkpoint_of(tmp_path).path
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(CheckpointError, match="cannot be read"):
        checkpoint_of(tmp_path).restore(model)


# --- what is decided ------------------------------------------------------------------------------


def records_of(*losses: float) -> list[Record]:
    return [{"epoch": at + 1, "val_loss": loss} for at, loss in enumerate(losses)]


def test_the_rate_falls_to_zero_as_half_a_wave() -> None:
    rates = [Schedule(10, 1e-3).rate([{}] * done) for done in range(10)]
    assert rates[0] == 1e-3
    assert rates == sorted(rates, reverse=True)
    assert 0 < rates[-1] < 3e-5
    assert Schedule(1, 1e-3).rate([]) == 1e-3
    assert Schedule(9, 1e-3, rates="constant").rate([{}] * 8) == 1e-3


@pytest.mark.parametrize(
    ("losses", "n_halved"),
    [
        ([], 0),
        ([3, 2, 1], 0),
        ([1, 2, 2], 1),
        ([1, 2, 2, 2], 1),
        ([1, 2, 2, 2, 2], 2),
        ([1, 2, 2, 0.5, 2, 2], 2),
    ],
)
def test_a_plateau_halves_the_rate(losses: list[float], n_halved: int) -> None:
    schedule = Schedule(99, 1.0, rates="plateau", patience=2)
    assert schedule.rate(records_of(*losses)) == 0.5**n_halved


def test_training_stops_where_nothing_gets_better() -> None:
    schedule = Schedule(99, 1.0, stop_after=2)
    assert not schedule.is_over(records_of(2, 1, 1))
    assert schedule.is_over(records_of(2, 1, 1, 1))
    assert Schedule(2, 1.0).is_over(records_of(1, 1))
    assert best_epoch(records_of(3, 1, 1)) == 1


def test_the_weights_of_the_best_epoch_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    model, losses, seen = network(1), [2.0, 1.0, 3.0], []

    def fit(*_: object, callbacks: list[keras.callbacks.Callback], **__: object) -> None:
        (callback,) = callbacks
        callback.set_model(model)
        for epoch, loss in enumerate(losses):
            model.set_weights([np.full_like(value, loss) for value in model.get_weights()])
            callback.on_epoch_end(epoch, {"loss": 0.0, "val_loss": loss})
            seen.append(model.stop_training)

    monkeypatch.setattr(model, "fit", fit)
    run(model, Schedule(3, 1.0, select="val_loss"), None)
    assert all((value == 1.0).all() for value in model.get_weights())
    assert seen == [False, False, True]


def test_what_is_decided_by_validation_needs_validation() -> None:
    with pytest.raises(SplitError, match="the val split has none"):
        fit_network(network(1), batches(0, 1), schedule=Schedule(1, 1.0, select="val_loss"))


def test_a_loss_that_is_no_number_is_named(tmp_path: Path) -> None:
    def broken(n_epochs: int) -> tf.data.Dataset:
        good = after(n_epochs)
        nan = good.map(lambda x, y: ({"image": x["image"] * np.nan}, y))
        return good.take(4).concatenate(nan) if n_epochs == 0 else nan

    with pytest.raises(
        TrainingError, match=r"nan in batch 2 of epoch 2; .* those of epoch 1, kept"
    ):
        fit_network(
            network(1),
            broken,
            schedule=Schedule(3, 1e-2),
            steps_per_epoch=BATCHES,
            checkpoint=checkpoint_of(tmp_path),
        )


def test_a_validation_loss_that_is_no_number_is_named(tmp_path: Path) -> None:
    nan = val().map(lambda x, y: ({"image": x["image"] * np.nan}, y))
    with pytest.raises(TrainingError, match="the val_loss is nan after epoch 1; "):
        fit_network(network(1), batches(0, 2), nan, schedule=Schedule(2, 1e-2))


def test_the_state_of_a_network_of_another_shape_is_refused(tmp_path: Path) -> None:
    run(network(1), Schedule(1, 1e-2), checkpoint_of(tmp_path))
    outputs = [confidence_output(5, 2)]
    other = build_network(image_shape=(8, 8, 1), outputs=outputs, filters=2, depth=1)
    other.compile("adam", "mse")
    with pytest.raises(CheckpointError, match="of another network"):
        checkpoint_of(tmp_path).restore(other)
