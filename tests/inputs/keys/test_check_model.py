"""KeyMapper.check_model: what fits trains, and what does not is named, all of it at once."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from slow import slow

from splitlib import KeyMapper
from splitlib.errors import ModelMismatchError


def tensors() -> tuple[Any, Any, Any]:
    """An input of 8 x 8 pixels, an output of 4 x 4, and one of 2 numbers."""
    image = keras.Input((8, 8, 1), name="image")
    maps = keras.layers.Conv2D(3, 3, strides=2, padding="same", name="maps")(image)
    offset = keras.layers.Dense(2, name="offset")(keras.layers.Flatten()(image))
    return image, maps, offset


def dicts() -> keras.Model:
    image, maps, offset = tensors()
    return keras.Model({"image": image}, {"maps": maps, "offset": offset}, name="net")


def nested() -> keras.Model:
    image, maps, offset = tensors()
    return keras.Model({"in": {"image": image}}, {"out": {"maps": maps}, "offset": offset})


def lists() -> keras.Model:
    image, maps, offset = tensors()
    return keras.Model([image], [maps, offset])


def one_output() -> keras.Model:
    image, maps, _ = tensors()
    return keras.Model({"image": image}, {"maps": maps})


def bare() -> keras.Model:
    image, maps, _ = tensors()
    return keras.Model(image, maps)


def sequential() -> keras.Model:
    return keras.Sequential([keras.Input((8, 8, 1), name="image"), keras.layers.Conv2D(3, 3)])


EXAMPLES = {
    "crop": np.zeros((6, 8, 8, 1), np.float32),
    "maps": np.zeros((6, 4, 4, 3), np.float32),
    "offset": np.zeros((6, 2), np.float32),
    "weight": np.ones(6, np.float32),
    "maps_weight": np.ones((6, 1, 1), np.float32),
}


def dataset(**other: Any) -> tf.data.Dataset:  # noqa: ANN401
    return tf.data.Dataset.from_tensor_slices(EXAMPLES | other)


NAMES = {"maps": "maps", "offset": "offset"}
FITTING: dict[str, Any] = {
    "dicts": slow(dicts, [{"crop": "image"}, NAMES]),
    "one output in a dict": slow(one_output, [{"crop": "image"}, {"maps": "maps"}]),
    "nested dicts": (
        nested,
        [{"crop": ("in", "image")}, {"maps": ["out", "maps"], "offset": "offset"}],
    ),
    "lists": slow(lists, [{"crop": "image"}, NAMES]),
    "weights": (dicts, [{"crop": "image"}, NAMES, {"maps_weight": "maps", "weight": "offset"}]),
}


@pytest.mark.parametrize(("build", "key_maps"), FITTING.values(), ids=FITTING)
def test_what_fits_trains(build: Callable[[], keras.Model], key_maps: list[dict[str, Any]]) -> None:
    mapper, model = KeyMapper(key_maps), build()
    mapped = mapper.transform_dataset(dataset())
    mapper.check_model(model)
    mapper.check_model(model, mapped.element_spec)
    mapper.check_model(model, mapped.batch(3).element_spec)
    model.compile("sgd", "mse")
    model.fit(mapped.batch(3), verbose=0, shuffle=False)


@pytest.mark.parametrize("build", [dicts, bare])
def test_a_single_map_is_compared_with_the_inputs_alone(build: Callable[[], keras.Model]) -> None:
    KeyMapper({"crop": "image"}).check_model(build())


INPUTS, TARGETS = "key_maps[0] (inputs)", "key_maps[1] (targets)"
MISMATCHES: dict[str, tuple[Callable[[], keras.Model], list[dict[str, Any]], list[str]]] = {
    "input missing": (
        dicts,
        [{"crop": "picture"}, NAMES],
        [
            f"{INPUTS}: the model has no input 'picture'",
            f"{INPUTS}: nothing is mapped to the model's input 'image'",
        ],
    ),
    "input misspelt": (
        dicts,
        [{"crop": "imgae"}, NAMES],
        [f"{INPUTS}: the model has no input 'imgae'; did you mean 'image'?"],
    ),
    "extra input": (
        dicts,
        [{"crop": "image", "weight": "w"}, NAMES],
        [f"{INPUTS}: the model has no input 'w'"],
    ),
    "extra input to a list of inputs": (
        lists,
        [{"crop": "image", "weight": "w"}, NAMES],
        [f"{INPUTS}: the model has no input 'w'"],
    ),
    "output not fed": (
        dicts,
        [{"crop": "image"}, {"maps": "maps"}],
        [f"{TARGETS}: nothing is mapped to the model's output 'offset'"],
    ),
    "output misspelt": (
        dicts,
        [{"crop": "image"}, {"maps": "Maps", "offset": "offsets"}],
        [
            f"{TARGETS}: the model has no output 'Maps'; did you mean 'maps'?",
            f"{TARGETS}: the model has no output 'offsets'; did you mean 'offset'?",
        ],
    ),
    "path instead of name": (
        dicts,
        [{"crop": ("in", "image")}, NAMES],
        [f"{INPUTS}: the model has no input ('in', 'image'); did you mean 'image'?"],
    ),
    "name instead of path": (
        nested,
        [{"crop": ("in", "image")}, NAMES],
        [f"{TARGETS}: the model has no output 'maps'; did you mean ('out', 'maps')?"],
    ),
    "weight missing": (
        dicts,
        [{"crop": "image"}, NAMES, {"weight": "maps"}],
        ["key_maps[2] (sample weights): nothing is mapped to the model's output 'offset'"],
    ),
    "too many maps": (
        dicts,
        [{"crop": "image"}, NAMES, NAMES, {"crop": "image"}],
        ["there are 4 key maps; a model takes inputs, targets and sample weights"],
    ),
    "everything at once": (
        dicts,
        [{"crop": "img", "weight": "w"}, {"offset": "offset"}],
        [
            f"{INPUTS}: the model has no input 'img'; did you mean 'image'?",
            f"{INPUTS}: the model has no input 'w'",
            f"{TARGETS}: nothing is mapped to the model's output 'maps'",
        ],
    ),
}


@pytest.mark.parametrize(("build", "key_maps", "problems"), MISMATCHES.values(), ids=MISMATCHES)
def test_every_mismatch_is_named(
    build: Callable[[], keras.Model], key_maps: list[dict[str, Any]], problems: list[str]
) -> None:
    with pytest.raises(ModelMismatchError) as caught:
        KeyMapper(key_maps).check_model(build())
    _, *lines, names = str(caught.value).split("\n")
    assert lines == [f"- {problem}" for problem in problems]
    assert names.startswith("The model takes ")


def test_the_message_names_the_model_and_what_it_takes_and_gives() -> None:
    with pytest.raises(ModelMismatchError) as caught:
        KeyMapper({"crop": "x"}).check_model(dicts())
    message = str(caught.value)
    assert message.startswith("the key maps do not fit the model 'net':")
    assert message.endswith("The model takes 'image' and gives 'maps', 'offset'.")


@pytest.mark.parametrize("build", [bare, sequential], ids=["tensor", "sequential"])
def test_a_single_bare_output_is_explained(build: Callable[[], keras.Model]) -> None:
    with pytest.raises(ModelMismatchError, match=r"keras#21513.*\{'maps': output\}") as caught:
        KeyMapper([{"crop": "image"}, {"maps": "maps"}]).check_model(build())
    assert "Expected float32, but got maps" in str(caught.value)


def test_a_bare_output_fails_in_keras_as_the_message_says() -> None:
    # The day that Keras takes it, the check may go.
    model, mapper = bare(), KeyMapper([{"crop": "image"}, {"maps": "maps"}])
    model.compile("sgd", "mse")
    inputs, targets = next(iter(mapper.transform_dataset(dataset().batch(3))))
    with pytest.raises(TypeError, match="Expected float32, but got maps of type 'str'"):
        model.train_on_batch(inputs["image"], targets)


SPECS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "image too large": (
        {"crop": np.zeros((6, 9, 8, 1), np.float32)},
        [f"{INPUTS}: 'image' has shape (9, 8, 1), the model's input has (8, 8, 1)"],
    ),
    "image without channels": (
        {"crop": np.zeros((6, 8, 8), np.float32)},
        [f"{INPUTS}: 'image' has shape (8, 8), the model's input has (None, 8, 8, 1)"],
    ),
    "image of bytes": (
        {"crop": np.zeros((6, 8, 8, 1), np.uint8)},
        [f"{INPUTS}: 'image' is uint8, the model's input is float32"],
    ),
    "maps of another stride": (
        {"maps": np.zeros((6, 8, 8, 3), np.float32)},
        [f"{TARGETS}: 'maps' has shape (8, 8, 3), the model's output has (4, 4, 3)"],
    ),
    "target of text": (
        {"offset": np.full((6, 2), "x")},
        [f"{TARGETS}: 'offset' is string, the model's output is float32"],
    ),
    "both sides": (
        {"crop": np.zeros((6, 8, 8, 3), np.uint8), "offset": np.zeros((6, 3), np.float32)},
        [
            f"{INPUTS}: 'image' has shape (8, 8, 3), the model's input has (8, 8, 1)",
            f"{INPUTS}: 'image' is uint8, the model's input is float32",
            f"{TARGETS}: 'offset' has shape (3,), the model's output has (2,)",
        ],
    ),
}


@pytest.mark.parametrize(("other", "problems"), SPECS.values(), ids=SPECS)
def test_shapes_and_types_are_compared(other: dict[str, Any], problems: list[str]) -> None:
    mapper = KeyMapper([{"crop": "image"}, NAMES])
    spec = mapper.transform_dataset(dataset(**other)).element_spec
    with pytest.raises(ModelMismatchError) as caught:
        mapper.check_model(dicts(), spec)
    assert str(caught.value).split("\n")[1:-1] == [f"- {problem}" for problem in problems]


def of_any_size() -> keras.Model:
    image = keras.Input((None, None, 1), name="image")
    return keras.Model({"image": image}, {"maps": keras.layers.Conv2D(3, 1)(image)})


DOUBLES = {"crop": np.zeros((6, 8, 8, 1), np.float64)}
FITTING_SPECS: dict[str, tuple[Callable[[], keras.Model], dict[str, Any], dict[str, Any]]] = {
    "batches of any size": (dicts, {}, {"batch_size": 4}),
    "batches of one size": (dicts, {}, {"batch_size": 4, "drop_remainder": True}),
    "other floats": (dicts, DOUBLES, {"batch_size": 4}),
    "a dimension that is not known": (of_any_size, {}, {}),
    "class numbers without the shape of the output": (dicts, {"offset": np.zeros(6, int)}, {}),
}


@pytest.mark.parametrize(("build", "other", "batches"), FITTING_SPECS.values(), ids=FITTING_SPECS)
def test_specs_that_fit_pass(
    build: Callable[[], keras.Model], other: dict[str, Any], batches: dict[str, Any]
) -> None:
    targets = {"maps": "maps"} if build is of_any_size else NAMES
    mapper = KeyMapper([{"crop": "image"}, targets])
    mapped = mapper.transform_dataset(dataset(**other))
    mapper.check_model(build(), (mapped.batch(**batches) if batches else mapped).element_spec)


@pytest.mark.parametrize(
    ("shape", "fits"),
    [
        ((8,), True),
        ((8, 4, 4), True),
        ((8, 4, 4, 1), True),
        ((8, 1, 1), True),
        ((None, None, None), True),
        ((8, 2), False),
        ((8, 4, 3), False),
        ((8, 4, 4, 3), False),
    ],
)
def test_weights_are_of_examples_or_of_cells(shape: tuple[int | None, ...], fits: bool) -> None:
    maps = [{"image": "image"}, {"maps": "maps", "offset": "offset"}]
    mapper = KeyMapper([*maps, {"weight": "maps", "one": "offset"}])
    spec = (
        {"image": tf.TensorSpec((8, 8, 8, 1))},
        {"maps": tf.TensorSpec((8, 4, 4, 3)), "offset": tf.TensorSpec((8, 2))},
        {"maps": tf.TensorSpec(shape), "offset": tf.TensorSpec((8,))},
    )
    if fits:
        mapper.check_model(dicts(), spec)
        return
    message = r"key_maps\[2\] \(sample weights\): 'maps' has shape .*\(None,\) or \(None, 4, 4\)"
    with pytest.raises(ModelMismatchError, match=message):
        mapper.check_model(dicts(), spec)


def test_the_spec_of_a_dataset_that_is_not_mapped_is_named() -> None:
    with pytest.raises(ModelMismatchError, match="element_spec is not that of a mapped dataset"):
        KeyMapper({"crop": "image"}).check_model(dicts(), dataset().element_spec)


@pytest.mark.parametrize("release", ["3.5.0", "3.6.0"])
def test_keras_releases_that_swap_targets_are_refused(
    monkeypatch: pytest.MonkeyPatch, release: str
) -> None:
    monkeypatch.setattr(keras, "__version__", release)
    with pytest.raises(ModelMismatchError, match=rf"keras {release} swaps the targets.*#20596"):
        KeyMapper([{"crop": "image"}, NAMES]).check_model(dicts())


def test_a_model_that_tells_nothing_of_itself_is_named() -> None:
    unbuilt = keras.Sequential([keras.layers.Dense(2)], name="dense")
    with pytest.raises(ModelMismatchError, match="the model 'dense' does not tell its inputs"):
        KeyMapper({"crop": "image"}).check_model(unbuilt)
