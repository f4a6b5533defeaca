"""What Keras says of key maps that do not fit a model, through `fit`, and what is said before.

Each case is a mistake that Keras 3 answers with the wrong words, or with none. The test shows
what it does (the day that it does better, a check may go), and that the mistake is named before.
"""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from places import DEMO
from slow import quick_if

from splitlib import KeyMapper
from splitlib.errors import ModelMismatchError, SplitError
from splitlib.inputs.input_fn import SplitInputs
from splitlib.labels import Labels
from splitlib.models.fit import fit_network
from splitlib.models.schedule import Schedule
from splitlib.params import AugmentParams, InputsParams, Params, TargetParams

NOTHING_DRAWN = AugmentParams(rotation=0, scale=(1.0, 1.0))
PARAMS = Params(inputs=InputsParams(augment=NOTHING_DRAWN, targets=TargetParams(crop_size=64)))


@pytest.fixture(scope="module")
def batches(tmp_path_factory: pytest.TempPathFactory) -> tf.data.Dataset:
    """Batches of real examples without end, with weights beside them."""
    path = tmp_path_factory.mktemp("labels") / "few.slp"
    Labels.load(DEMO).extract(np.arange(15, 25)).save(path)
    inputs = SplitInputs.load(path, PARAMS)

    def weighted(batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        maps = batch["instance_confidence_maps"]
        return batch | {"weight": tf.ones(tf.shape(maps)[:1]), "dark": tf.zeros_like(maps)}

    found: tf.data.Dataset = inputs.batches(training=True).map(weighted)
    return found


def tensors() -> tuple[Any, Any, Any]:
    image = keras.Input((64, 64, 1), name="image")
    zed, alpha = (
        keras.layers.Conv2D(13, 3, strides=2, padding="same", name=name)(image)
        for name in ("zed", "alpha")
    )
    return image, zed, alpha


def one_tensor() -> keras.Model:
    image, zed, _ = tensors()
    return keras.Model({"image": image}, zed)


def one() -> keras.Model:
    image, zed, _ = tensors()
    return keras.Model({"image": image}, {"confmaps": zed})


def two() -> keras.Model:
    image, zed, alpha = tensors()
    return keras.Model({"image": image}, {"zed": zed, "alpha": alpha})


def inputs_in_a_list() -> keras.Model:
    image, zed, _ = tensors()
    return keras.Model([image], {"confmaps": zed})


IMAGE = {"instance_image": "image"}
MAPS = "instance_confidence_maps"
ONE_STEP: dict[str, Any] = {"steps_per_epoch": 1, "verbose": 0, "shuffle": False}


@dataclass(frozen=True)
class Mistake:
    model: Any
    key_maps: list[dict[str, str]]
    in_keras: tuple[type[Exception], str] | None  # None: it trains, without a word
    before: str
    loss: Any = "mse"


MISTAKES: dict[str, Mistake] = {
    "one output as a tensor": Mistake(
        one_tensor,
        [IMAGE, {MAPS: "confmaps"}],
        (TypeError, "Expected float32, but got confmaps of type 'str'"),
        "gives its one output as a bare tensor.*keras#21513",
    ),
    "output misspelt": Mistake(
        one,
        [IMAGE, {MAPS: "confmap"}],
        (TypeError, "Expected float32, but got confmap of type 'str'"),
        "no output 'confmap'; did you mean 'confmaps'",
    ),
    "output missing": Mistake(
        two,
        [IMAGE, {MAPS: "zed"}],
        (KeyError, "can't be found in either the model's output"),
        "nothing is mapped to the model's output 'alpha'",
    ),
    "output extra": Mistake(
        one,
        [IMAGE, {MAPS: "confmaps", "dark": "more"}],
        (ValueError, "different structures"),
        "no output 'more'",
    ),
    "input missing": Mistake(
        one,
        [{"instance_image": "picture"}, {MAPS: "confmaps"}],
        (ValueError, "image"),
        "nothing is mapped to the model's input 'image'",
    ),
    "input extra, inputs in a list": Mistake(
        inputs_in_a_list,
        [IMAGE | {"weight": "weight"}, {MAPS: "confmaps"}],
        None,
        "no input 'weight'",
    ),
    "weight of one output missing": Mistake(
        two,
        [IMAGE, {MAPS: "zed", "dark": "alpha"}, {"weight": "zed"}],
        (KeyError, "alpha"),
        "sample weights.*nothing is mapped to the model's output 'alpha'",
        {"zed": "mse", "alpha": "mse"},
    ),
}


@pytest.mark.filterwarnings("ignore:The structure of `inputs` doesn't match:UserWarning")
@pytest.mark.parametrize(
    "name", quick_if(("output misspelt", "input extra, inputs in a list").__contains__, MISTAKES)
)
def test_a_mistake_is_named_before_fit_says_what_it_says(
    name: str, batches: tf.data.Dataset
) -> None:
    mistake = MISTAKES[name]
    mapper, model = KeyMapper(mistake.key_maps), mistake.model()
    mapped = mapper.transform_dataset(batches)
    with pytest.raises(ModelMismatchError, match=mistake.before):
        mapper.check_model(model, mapped.element_spec)
    model.compile("sgd", mistake.loss)
    if mistake.in_keras is None:
        model.fit(mapped, **ONE_STEP)
        return
    kind, words = mistake.in_keras
    with pytest.raises(kind, match=words):
        model.fit(mapped, **ONE_STEP)


@pytest.mark.filterwarnings("ignore:Your input ran out of data:UserWarning")
def test_keras_trains_on_nothing_and_here_that_is_refused(batches: tf.data.Dataset) -> None:
    mapped = KeyMapper([IMAGE, {MAPS: "confmaps"}]).transform_dataset(batches.take(0))
    model = one()
    model.compile("sgd", "mse")
    assert model.fit(mapped, verbose=0, shuffle=False).history == {}
    with pytest.raises(SplitError, match="the training dataset is empty: its split holds no"):
        fit_network(one(), mapped, schedule=Schedule(1, 0.1))


def test_outputs_of_one_shape_get_their_own_targets_in_this_keras(batches: tf.data.Dataset) -> None:
    # keras 3.5 and 3.6 swapped them where names are not in the order of the alphabet (#20596)
    mapper = KeyMapper([IMAGE, {MAPS: "zed", "dark": "alpha"}])
    model = two()
    mapper.check_model(model)
    for layer in model.layers[1:]:
        layer.set_weights([np.zeros_like(values) for values in layer.get_weights()])
    model.compile(keras.optimizers.SGD(0.0), {"zed": "mse", "alpha": "mse"})
    history = model.fit(mapper.transform_dataset(batches), **ONE_STEP).history
    assert history["alpha_loss"] == [0.0]  # zeros learn zeros: the targets are not swapped
    assert history["zed_loss"][0] > 0
