"""KeyMapper.from_model: the key maps that fit, or the names that a person has to choose from."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from places import DEMO
from slow import slow

from splitlib import KeyMapper
from splitlib.errors import KeyMapError, ModelMismatchError
from splitlib.inputs.heads import HEAD_KEYS
from splitlib.inputs.input_fn import SplitInputs
from splitlib.models.build import build_model
from splitlib.params import Head, InputsParams, ModelParams, Params, TargetParams


@pytest.mark.slow
@pytest.mark.parametrize("head", [slow("centroid"), "centered_instance", slow("multi_instance")])
def test_the_network_of_each_head_gets_its_own_keys(head: Head) -> None:
    inputs = SplitInputs.load(
        DEMO,
        Params(
            model=ModelParams(head=head, filters=4, depth=1),
            inputs=InputsParams(targets=TargetParams(paf_output_stride=2, crop_size=64)),
        ),
    )
    model = build_model(inputs)
    mapper = KeyMapper.from_model(model, inputs.element_spec)
    keys = HEAD_KEYS[head]
    names = ("confmaps", "pafs")
    assert mapper.key_maps == [
        {keys.image: "image"},
        dict(zip(keys.targets, names, strict=False)),
    ]
    mapped = mapper.transform_dataset(inputs.batches(training=True))
    losses = "mse" if len(keys.targets) == 1 else {"confmaps": "mse", "pafs": "mse"}
    model.compile("sgd", losses, run_eagerly=True)  # one step: a graph would take longer
    model.fit(mapped, steps_per_epoch=1, verbose=0, shuffle=False)


SPECS = {
    "picture": tf.TensorSpec((None, 8, 8, 1), tf.float32),
    "points": tf.TensorSpec((None, 3, 2), tf.float32),
    "part_maps": tf.TensorSpec((None, 4, 4, 3), tf.float32),
    "edge_maps": tf.TensorSpec((None, 4, 4, 3), tf.float32),
    "weights": tf.RaggedTensorSpec((None, None), tf.float32),
    "numbers": tf.TensorSpec((None, 8, 8, 1), tf.int32),
}


def model_of(*outputs: Any) -> keras.Model:  # noqa: ANN401 - a name or a path
    image = keras.Input((8, 8, 1), name="image")
    maps = [keras.layers.Conv2D(3, 3, strides=2, padding="same")(image) for _ in outputs]
    named: dict[str, Any] = {}
    for output, values in zip(outputs, maps, strict=True):
        if isinstance(output, str):
            named[output] = values
        else:
            named[output[0]] = {output[1]: values}
    return keras.Model({"image": image}, named)


FITTING: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "same name": (["edge_maps"], {"edge_maps": "edge_maps"}),
    "word of the key": (["edge"], {"edge_maps": "edge"}),
    "near name": (["partmaps"], {"part_maps": "partmaps"}),
    "path": ([("decoder", "part")], {"part_maps": ("decoder", "part")}),
    "two": (["part", "edge"], {"part_maps": "part", "edge_maps": "edge"}),
}


@pytest.mark.parametrize(("outputs", "expected"), FITTING.values(), ids=FITTING)
def test_shape_and_name_decide(outputs: list[Any], expected: dict[str, Any]) -> None:
    mapper = KeyMapper.from_model(model_of(*outputs), SPECS)
    assert mapper.key_maps == [{"picture": "image"}, expected]


def test_names_alone_will_do() -> None:
    keys = ["instance_image", "confmaps", "points"]
    mapper = KeyMapper.from_model(model_of("confmaps"), keys)
    assert mapper.key_maps == [{"instance_image": "image"}, {"confmaps": "confmaps"}]


DOUBTFUL: dict[str, tuple[Any, str]] = {
    "two of one shape": ("heat", "several may be meant: 'part_maps', 'edge_maps'"),
    "a word of both": ("maps", "several may be meant: 'part_maps', 'edge_maps'"),
}


@pytest.mark.parametrize(("output", "message"), DOUBTFUL.values(), ids=DOUBTFUL)
def test_doubt_is_left_to_a_person(output: str, message: str) -> None:
    with pytest.raises(KeyMapError, match=message):
        KeyMapper.from_model(model_of(output), SPECS)


def of_another_shape() -> keras.Model:
    image = keras.Input((5, 5, 2), name="image")
    return keras.Model({"image": image}, {"maps": keras.layers.Conv2D(3, 3)(image)})


def of_another_stride() -> keras.Model:
    image = keras.Input((8, 8, 1), name="picture")
    maps = keras.layers.Conv2D(3, 3, strides=4, padding="same")(image)
    return keras.Model({"picture": image}, {"part": maps})


def of_two_inputs() -> keras.Model:
    one, other = (keras.Input((8, 8, 1), name=name) for name in ("image", "image2"))
    maps = keras.layers.Conv2D(3, 3)(keras.layers.Add()([one, other]))
    return keras.Model({"image": one, "image2": other}, {"part_maps": maps})


def bare() -> keras.Model:
    image = keras.Input((8, 8, 1), name="image")
    return keras.Model(image, keras.layers.Conv2D(3, 3, name="maps")(image))


NOT_FITTING: dict[str, tuple[Callable[[], keras.Model], Any, type[KeyMapError], str]] = {
    "no key has the shape": (
        of_another_shape,
        SPECS,
        KeyMapError,
        "the model's input 'image' beyond doubt, none has its",
    ),
    "a key has the name and another shape": (
        of_another_stride,
        SPECS,
        KeyMapError,
        r"the model's output 'part' beyond doubt, none has its shape and type, which are"
        r" \(None, 2, 2, 3\) float32; 'part_maps' has \(None, [^)]*\) float32; change the model, or"
        r"((?!edge_maps).)*$",  # near by shape alone
    ),
    "two inputs of one key": (
        of_two_inputs,
        {"image": tf.TensorSpec((None, 8, 8, 1)), "part_maps": tf.TensorSpec((None, 6, 6, 3))},
        KeyMapError,
        r"both inputs 'image' and 'image2' .* would be 'image'",
    ),
    "specs of a mapped dataset": (
        lambda: model_of("part"),
        ({"picture": tf.TensorSpec(())}, {"part": tf.TensorSpec(())}),
        KeyMapError,
        r"such as input_fn\.inputs\.element_spec; got those of",
    ),
    "a model that cannot be fed": (bare, ["image", "maps"], ModelMismatchError, "keras#21513"),
    "arrays with too few keys": (
        lambda: model_of("part"),
        tf.data.Dataset.from_tensor_slices(
            {"image": np.zeros((2, 8, 8, 1), np.float32)}
        ).element_spec,
        KeyMapError,
        "output 'part'",
    ),
}


@pytest.mark.parametrize(
    ("build", "specs", "error", "message"), NOT_FITTING.values(), ids=NOT_FITTING
)
def test_what_does_not_fit_is_named(
    build: Callable[[], keras.Model],
    specs: Any,  # noqa: ANN401 - what a user may give
    error: type[KeyMapError],
    message: str,
) -> None:
    with pytest.raises(error, match=message):
        KeyMapper.from_model(build(), specs)
