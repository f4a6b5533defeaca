"""KeyMapper.from_model: the key maps that fit, or the names that a person has to choose from."""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from places import DEMO

from splitlib import KeyMapper
from splitlib.errors import KeyMapError, ModelMismatchError
from splitlib.inputs.heads import HEAD_KEYS
from splitlib.inputs.input_fn import SplitInputs
from splitlib.models.build import build_model
from splitlib.params import Head, ModelParams, Params


@pytest.mark.parametrize("head", ["centroid", "centered_instance", "multi_instance"])
def test_the_network_of_each_head_gets_its_own_keys(head: Head) -> None:
    inputs = SplitInputs.load(DEMO, Params(model=ModelParams(head=head)))
    model = build_model(inputs)
    mapper = KeyMapper.from_model(model, inputs.element_spec)
    keys = HEAD_KEYS[head]
    names = ("confmaps", "pafs")
    assert mapper.key_maps == [
        {keys.image: "image"},
        dict(zip(keys.targets, names, strict=False)),
    ]
    mapped = mapper.transform_dataset(inputs.batches(training=True))
    model.compile("sgd", "mse" if len(keys.targets) == 1 else {"confmaps": "mse", "pafs": "mse"})
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


def test_a_model_that_no_key_fits_is_named() -> None:
    image = keras.Input((5, 5, 2), name="image")
    model = keras.Model({"image": image}, {"maps": keras.layers.Conv2D(3, 3)(image)})
    with pytest.raises(KeyMapError, match="the model's input 'image' beyond doubt, none has its"):
        KeyMapper.from_model(model, SPECS)


def test_the_shapes_that_do_not_fit_are_named() -> None:
    image = keras.Input((8, 8, 1), name="picture")
    maps = keras.layers.Conv2D(3, 3, strides=4, padding="same")(image)
    model = keras.Model({"picture": image}, {"part": maps})
    expected = (
        r"the model's output 'part' beyond doubt, none has its shape and type, which are"
        r" \(None, 2, 2, 3\) float32; 'part_maps' has \(None, .*\) float32; change the model, or"
    )
    with pytest.raises(KeyMapError, match=expected) as caught:
        KeyMapper.from_model(model, SPECS)
    assert "edge_maps" not in str(caught.value)  # near by shape alone


def test_two_inputs_of_one_key_are_named() -> None:
    one, other = (keras.Input((8, 8, 1), name=name) for name in ("image", "image2"))
    maps = keras.layers.Conv2D(3, 3)(keras.layers.Add()([one, other]))
    model = keras.Model({"image": one, "image2": other}, {"part_maps": maps})
    specs = {"image": tf.TensorSpec((None, 8, 8, 1)), "part_maps": tf.TensorSpec((None, 6, 6, 3))}
    with pytest.raises(KeyMapError, match=r"both inputs 'image' and 'image2' .* would be 'image'"):
        KeyMapper.from_model(model, specs)


def test_specs_of_a_mapped_dataset_are_refused() -> None:
    mapped = ({"picture": tf.TensorSpec(())}, {"part": tf.TensorSpec(())})
    with pytest.raises(KeyMapError, match=r"such as input_fn\.inputs\.element_spec; got those of"):
        KeyMapper.from_model(model_of("part"), mapped)  # type: ignore[arg-type]


def test_a_model_that_cannot_be_fed_is_refused_even_where_names_fit() -> None:
    image = keras.Input((8, 8, 1), name="image")
    bare = keras.Model(image, keras.layers.Conv2D(3, 3, name="maps")(image))
    with pytest.raises(ModelMismatchError, match="keras#21513"):
        KeyMapper.from_model(bare, ["image", "maps"])


def test_keys_of_arrays_count_as_they_are() -> None:
    dataset = tf.data.Dataset.from_tensor_slices({"image": np.zeros((2, 8, 8, 1), np.float32)})
    with pytest.raises(KeyMapError, match="output 'part'"):
        KeyMapper.from_model(model_of("part"), dataset.element_spec)
