"""KeyMapper: the answers of SLEAP 1.3.3, the deviations from them, and every mistake by name."""

import ast
import json
from collections import OrderedDict
from collections.abc import Callable
from itertools import combinations
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from real_files import shared_path

from splitlib import KeyMapper
from splitlib.errors import KeyMapError, MissingKeyError, SplitlibError

EXAMPLES = {
    "a": np.arange(3, dtype=np.int32),
    "b": np.array([10, 20, 30], np.float32),
    "c": np.array(["x", "y", "z"]),
}


def plain() -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices(EXAMPLES)


# --- SLEAP's answers, replayed --------------------------------------------------------------------


class Deviation(NamedTuple):
    """Where splitlib answers otherwise than SLEAP 1.3.3."""

    sleap: str
    ours: type[SplitlibError] | str  # the error, or the element spec as the oracle writes one
    reason: str


NO_MAP = Deviation("AttributeError when used", KeyMapError, "named when built")
NO_DICTS = Deviation("TypeError in a trace", KeyMapError, "says what the elements are")

DEVIATIONS = {
    "tuple of dicts ({..},{..})": Deviation(
        "AttributeError when used",
        '["tuple", {"x": "TensorSpec([],int32)"}, {"y": "TensorSpec([],float32)"}]',
        "a tuple of dicts is a list of dicts: checked params are tuples",
    ),
    "missing key 'nope'": Deviation(
        "KeyError in a trace", MissingKeyError, "a KeyError too; names the keys that exist"
    ),
    "missing key in second map": Deviation(
        "KeyError in a trace", MissingKeyError, "a KeyError too; names the keys that exist"
    ),
    "duplicate output keys in one map {'a':'x','b':'x'}": Deviation(
        "the last one wins", KeyMapError, "one input would be lost without a word"
    ),
    "empty dict {}": Deviation(
        "InvalidArgumentError when used", KeyMapError, "named when built"
    ),
    "list with empty dict [{'a':'x'},{}]": Deviation(
        "an empty dict among the outputs", KeyMapError, "Keras fails on it later, without a name"
    ),
    "empty list []": Deviation(
        "InvalidArgumentError when used", KeyMapError, "named when built"
    ),
    "None": Deviation("TypeError when used", KeyMapError, "named when built"),
    "list with None [None]": NO_MAP,
    "string 'a'": NO_MAP,
    "list of strings ['a']": NO_MAP,
    "list of pairs [('a','x')]": NO_MAP,
    "int 3": NO_MAP,
    "nested list [[{'a':'x'}]]": NO_MAP,
    "nested output value dict {'a':{'k':'x'}}": Deviation(
        "TypeError when used", KeyMapError, "named when built; a path is a tuple or a list"
    ),
    "output key a tuple {'a':('o','x')}": Deviation(
        "the tuple's text as the key",
        '["tuple", {"o": {"x": "TensorSpec([],int32)"}}]',
        "a path: models with nested inputs and outputs",
    ),
    "output key a list {'a':['x','y']}": Deviation(
        "TypeError when used",
        '["tuple", {"x": {"y": "TensorSpec([],int32)"}}]',
        "a path, as YAML writes it",
    ),
    "output key an int {'a':0}": Deviation(
        "the number as the key", KeyMapError, "inputs and outputs of models have names"
    ),
    "output keys int and str {'a':0,'b':'y'}": Deviation(
        "TypeError when used", KeyMapError, "inputs and outputs of models have names"
    ),
    "output key None {'a':None}": Deviation(
        "None as the key", KeyMapError, "inputs and outputs of models have names"
    ),
    "nested input path key ('outer','a')": Deviation(
        "KeyError in a trace", KeyMapError, "input keys are names; only output keys may be paths"
    ),
    "dataset of tuples, string key": NO_DICTS,
    "dataset of (dict,dict) tuples, key 'a'": NO_DICTS,
    "dataset of bare tensors, string key": NO_DICTS,
    "dataset of bare vectors, int key {0:'x'}": Deviation(
        "element 0 of the vector", KeyMapError, "keys are names; examples are dicts"
    ),
    "non-str input key int dataset {1:'x'} on dict with int key": Deviation(
        "the value at key 1", KeyMapError, "keys are names, in params.yaml as in examples"
    ),
}  # fmt: skip

GIVEN = {
    "dict {'a':'x'}": {"a": "x"},
    "OrderedDict b,a": OrderedDict([("b", "y"), ("a", "x")]),
    "tuple of dicts ({..},{..})": ({"a": "x"}, {"b": "y"}),
    "empty dict {}": {},
    "None": None,
    "string 'a'": "a",
    "int 3": 3,
}
"""What was given where the oracle shows what SLEAP made of it."""


def sparse() -> tf.data.Dataset:
    dense = np.array([[[0, 1], [2, 0]], [[3, 0], [0, 4]]], np.int32)
    rows = {"s": tf.sparse.from_dense(dense), "d": tf.range(2, dtype=tf.int64)}
    rows_of_rows = tf.ragged.constant([[1, 2], [3], [4], [5, 6]])
    ragged = tf.RaggedTensor.from_uniform_row_length(rows_of_rows, 2)
    return tf.data.Dataset.from_tensor_slices(rows | {"r": ragged})


def ragged_batches() -> tf.data.Dataset:
    numbers = tf.data.Dataset.range(4)
    return numbers.map(lambda i: {"x": tf.range(i + 1), "y": i}).ragged_batch(2)


DATASETS: dict[str, Callable[[], tf.data.Dataset]] = {
    "nested input example: key 'outer' holding a dict": lambda: plain().map(
        lambda example: {"outer": example}
    ),
    "dataset of tuples, string key": lambda: plain().map(lambda e: (e["a"], e["b"])),
    "dataset of (dict,dict) tuples, key 'a'": lambda: plain().map(lambda e: (e, e)),
    "dataset of bare tensors, string key": lambda: tf.data.Dataset.range(3),
    "empty dataset (take 0)": lambda: plain().take(0),
    "sparse element": sparse,
    "ragged element": sparse,
    "sparse+ragged in two maps": sparse,
    "after dense_to_ragged_batch": ragged_batches,
    "after batch(2)": lambda: plain().batch(2),
    "after batch(2, drop_remainder)": lambda: plain().batch(2, drop_remainder=True),
    "after repeat(2)": lambda: plain().repeat(2),
}


def oracle() -> dict[str, dict[str, Any]]:
    text = shared_path("oracle/keymapper.json").read_text()
    return {case["case"]: case for case in json.loads(text)["cases"]}


def key_maps_of(case: dict[str, Any]) -> Any:  # noqa: ANN401 - anything a user might give
    return GIVEN[case["case"]] if case["case"] in GIVEN else ast.literal_eval(case["key_maps"])


def answer(case: dict[str, Any]) -> dict[str, Any]:
    """What splitlib answers, in the oracle's words."""
    mapper = KeyMapper(key_maps_of(case))
    dataset = mapper.transform_dataset(DATASETS.get(case["case"], plain)())
    elements = list(dataset)
    return {
        "input_keys": repr(mapper.input_keys),
        "output_keys": repr(mapper.output_keys),
        "element_spec": json.dumps(told(dataset.element_spec)),
        "first": json.dumps(told(elements[0])) if elements else None,
        "n": len(elements),
        "cardinality": int(dataset.cardinality()),
    }


def told(value: Any) -> Any:  # noqa: ANN401 - specs, tensors, and dicts and tuples of them
    """A spec or a value in the oracle's words."""
    if isinstance(value, tuple):
        return ["tuple", *map(told, value)]
    if isinstance(value, dict):
        return {key: told(item) for key, item in value.items()}
    if isinstance(value, tf.TypeSpec):
        return f"{type(value).__name__}({value.shape.as_list()},{value.dtype.name})"
    if isinstance(value, tf.SparseTensor):
        return f"sparse{tf.sparse.to_dense(value).numpy().tolist()}"
    if isinstance(value, tf.RaggedTensor):
        return f"ragged{value.to_list()}"
    plain_value = value.numpy()
    return plain_value.decode() if isinstance(plain_value, bytes) else plain_value.tolist()


def test_the_answer_is_that_of_sleap_or_a_listed_deviation() -> None:
    differing = {}
    for name, case in oracle().items():
        if name in DEVIATIONS or name == "no argument":
            continue
        ours = answer(case)
        sleaps = {key: case.get(key) for key in ours}
        if ours != sleaps:
            differing[name] = (ours, sleaps)
    assert differing == {}


def test_every_deviation_is_a_case_of_the_oracle_and_differs() -> None:
    cases = oracle()
    assert set(DEVIATIONS) <= set(cases)
    silent = [name for name, case in cases.items() if "exception" in case]
    assert set(silent) - set(DEVIATIONS) == {"no argument"}


@pytest.mark.parametrize("name", DEVIATIONS)
def test_a_deviation_answers_as_it_is_listed(name: str) -> None:
    case, deviation = oracle()[name], DEVIATIONS[name]
    if isinstance(deviation.ours, str):
        assert answer(case)["element_spec"] == deviation.ours
        return
    with pytest.raises(deviation.ours):
        answer(case)


def test_an_argument_is_needed() -> None:
    with pytest.raises(TypeError, match="key_maps"):
        KeyMapper()  # type: ignore[call-arg]


# --- what it promises -----------------------------------------------------------------------------


def test_maps_are_copied() -> None:
    path = ["decoder", "x"]
    first: dict[str, Any] = {"a": path}
    maps = [first]
    mapper = KeyMapper(maps)
    first["b"], path[1] = "y", "z"
    maps.append({"c": "c"})
    mapper.output_keys[0].append("more")  # type: ignore[union-attr]
    assert mapper == KeyMapper([{"a": ["decoder", "x"]}])
    assert mapper.output_keys == [["decoder", "x"]]


def test_it_shows_what_it_was_built_with() -> None:
    assert repr(KeyMapper({"a": "x"})) == "KeyMapper(key_maps=[{'a': 'x'}])"


@pytest.mark.parametrize("kind", [dict, OrderedDict, MappingProxyType])
def test_any_mapping_is_a_map(kind: Callable[[dict[str, str]], Any]) -> None:
    assert KeyMapper([kind({"a": "x"})]) == KeyMapper({"a": "x"})


@pytest.mark.parametrize("written", [("decoder", "maps"), ["decoder", "maps"]], ids=repr)
def test_output_keys_give_a_path_as_it_was_written(written: Any) -> None:  # noqa: ANN401
    mapper = KeyMapper([{"a": written, "b": "y"}])
    assert mapper.output_keys == [written, "y"]
    assert type(mapper.output_keys[0]) is type(written)
    assert mapper.output_paths == [[("decoder", "maps"), ("y",)]]


def test_paths_with_a_common_start_share_a_dict() -> None:
    mapper = KeyMapper([{"a": ("out", "x"), "b": ("out", "in", "y"), "c": "z"}])
    assert mapper({"a": 1, "b": 2, "c": 3}) == ({"out": {"x": 1, "in": {"y": 2}}, "z": 3},)


@pytest.mark.parametrize("maps", [{"a": "x"}, [{"a": ("in", "x")}, {"b": "y"}]], ids=str)
def test_an_example_maps_as_a_dataset_does(maps: Any) -> None:  # noqa: ANN401
    mapper = KeyMapper(maps)
    called = [told(mapper(example)) for example in plain()]
    assert called == [told(element) for element in mapper.transform_dataset(plain())]


def test_mapping_and_batching_may_change_places() -> None:
    mapper = KeyMapper([{"a": "x"}, {"b": ("in", "y")}])
    mapped_first = mapper.transform_dataset(plain()).batch(2)
    mapped_last = mapper.transform_dataset(plain().batch(2))
    assert [told(e) for e in mapped_first] == [told(e) for e in mapped_last]


def test_nothing_is_read_to_map_a_dataset() -> None:
    def fail() -> Any:  # noqa: ANN401
        pytest.fail("an element was read")

    spec = {"a": tf.TensorSpec((), tf.int32)}
    unread = tf.data.Dataset.from_generator(fail, output_signature=spec)
    mapped = KeyMapper({"a": "x"}).transform_dataset(unread)
    assert mapped.element_spec == ({"x": tf.TensorSpec((), tf.int32)},)


names = st.text("abcx", min_size=1, max_size=2)
maps = st.lists(st.dictionaries(names, names | st.tuples(names, names), min_size=1), min_size=1)


def in_one_place(one: Any, other: Any) -> bool:  # noqa: ANN401
    paths = [(key,) if isinstance(key, str) else key for key in (one, other)]
    return all(a == b for a, b in zip(*paths, strict=False))


@given(maps)
def test_every_value_arrives_where_its_path_says(key_maps: list[dict[str, Any]]) -> None:
    if any(in_one_place(*pair) for m in key_maps for pair in combinations(m.values(), 2)):
        with pytest.raises(KeyMapError):
            KeyMapper(key_maps)
        return
    example = {key: object() for key_map in key_maps for key in key_map}
    for key_map, mapped in zip(key_maps, KeyMapper(key_maps)(example), strict=True):
        for key, path in key_map.items():
            value: Any = mapped
            for name in [path] if isinstance(path, str) else path:
                value = value[name]
            assert value is example[key]


# --- mistakes -------------------------------------------------------------------------------------

MISTAKES = {
    "nothing": ([], "key_maps is an empty list"),
    "no map": ("image", "key_maps must be a dict or a list of dicts, got str 'image'"),
    "a list in the list": ([["image"]], "key_maps[0] must be a dict of input key: output key, got"),
    "an empty map": ([{"a": "x"}, {}], "key_maps[1] is empty"),
    "an input key that is no string": ([{3: "x"}], "has an input key that is no string: 3"),
    "an output key that is no string": ([{"a": 7}], "key_maps[0] maps 'a' to 7 (int)"),
    "an empty path": ([{"a": ()}], "key_maps[0] maps 'a' to () (tuple)"),
    "a path with a number": ([{"a": ["x", 1]}], "key_maps[0] maps 'a' to ['x', 1] (list)"),
    "two on one name": (
        [{"z": "z"}, {"a": "x", "b": "x"}],
        "key_maps[1] maps both 'a' and 'b' to 'x'; one would be lost",
    ),
    "two on one path": ([{"a": ("o", "x"), "b": ["o", "x"]}], "both 'a' and 'b' to ('o', 'x')"),
    "a name and a path of one name": ([{"a": "x", "b": ("x",)}], "both 'a' and 'b' to 'x'"),
    "a path through a value": (
        [{"a": "decoder", "b": ("decoder", "x")}],
        "key_maps[0] maps 'a' to 'decoder' and 'b' to ('decoder', 'x'): one place cannot hold",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("key_maps", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named_when_built(key_maps: Any, message: str) -> None:  # noqa: ANN401
    with pytest.raises(KeyMapError) as caught:
        KeyMapper(key_maps)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "apply",
    [KeyMapper.transform_dataset, lambda mapper, dataset: mapper(next(iter(dataset)))],
    ids=["dataset", "example"],
)
def test_a_missing_key_comes_with_the_keys_that_exist_and_the_near_one(
    apply: Callable[[KeyMapper, tf.data.Dataset], object],
) -> None:
    mapper = KeyMapper([{"a": "x"}, {"imgae": "y", "scale": "s"}])
    dataset = tf.data.Dataset.from_tensors({"image": 0, "a": 0, "points": 0})
    message = (
        "examples have no 'imgae', 'scale'; they have: 'image', 'a', 'points'. "
        "did you mean 'image'?"
    )
    with pytest.raises(MissingKeyError) as caught:
        apply(mapper, dataset)
    assert str(caught.value) == message
    assert isinstance(caught.value, KeyError)


@pytest.mark.parametrize(
    ("dataset", "found"),
    [
        (lambda: plain().map(lambda e: (e, e)), "got tuple"),
        (lambda: tf.data.Dataset.range(3), "got TensorSpec"),
    ],
    ids=["mapped already", "bare tensors"],
)
def test_elements_that_are_no_dicts_are_named(
    dataset: Callable[[], tf.data.Dataset], found: str
) -> None:
    with pytest.raises(KeyMapError, match=found):
        KeyMapper({"a": "x"}).transform_dataset(dataset())
