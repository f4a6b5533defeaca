"""What every transform promises, whatever it does."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pytest
import tensorflow as tf
from slow import quick_if, slow
from transform_examples import (
    Example,
    as_numpy,
    crops_of,
    float_frame_of,
    frame_of,
    in_map,
    with_unknown_sizes,
)

from splitlib.errors import KeyMapError, MissingKeyError
from splitlib.inputs.transforms.centroids import InstanceCentroids
from splitlib.inputs.transforms.confidence_maps import (
    CentroidConfidenceMaps,
    ConfidenceMaps,
    InstanceConfidenceMaps,
)
from splitlib.inputs.transforms.instance_crops import InstanceCrops
from splitlib.inputs.transforms.instance_patches import PATCH_KEYS, InstancePatches
from splitlib.inputs.transforms.intensity import IntensityRanges, VaryIntensity
from splitlib.inputs.transforms.normalize import Normalize
from splitlib.inputs.transforms.padding import PadInstances, PadToStride
from splitlib.inputs.transforms.part_affinity_fields import PartAffinityFields
from splitlib.inputs.transforms.resize import Resize
from splitlib.inputs.transforms.transform import Transform
from splitlib.inputs.transforms.warps import WarpFrames, WarpRanges

Frames = Callable[..., Example]


def cropped(n_instances: int, frame_ind: int = 30) -> Example:
    return crops_of(frame_of(n_instances, frame_ind))


def patches_of(n_instances: int, frame_ind: int = 30) -> Example:
    return InstancePatches(16, 0.5, WARPS)(frame_of(n_instances, frame_ind))


@dataclass(frozen=True)
class Case:
    """A transform, what it is made for, and which keys of that it replaces by others."""

    transform: Transform
    made_for: Frames
    replaced: frozenset[str] = frozenset()

    @property
    def example(self) -> Example:
        return self.made_for(2)


WARPS = WarpRanges(180, (0.9, 1.1), "horizontal", (0, 2, 1))
INTENSITIES = IntensityRanges(0.4, (0.5, 2.0))
REPLACED_BY_PATCHES = frozenset(
    {
        "image",
        "raw_image_size",
        "instances",
        "centroids",
        "skeleton_inds",
        "track_inds",
        "n_tracks",
    }
)
REPLACED_BY_CROPS = frozenset(PATCH_KEYS)
CASES: dict[str, Case] = {
    "Normalize": Case(Normalize(1), frame_of),
    "Normalize, of crops": Case(Normalize(1, key="instance_image"), cropped),
    "Resize": Case(Resize(0.75), frame_of),
    "PadToStride": Case(PadToStride(16, 40, 52), frame_of),
    "PadInstances": Case(PadInstances(4), frame_of),
    "InstanceCentroids": Case(InstanceCentroids(), frame_of),
    "InstanceCentroids, of an anchor": Case(InstanceCentroids(2), frame_of),
    "WarpFrames": Case(WarpFrames(WARPS), float_frame_of),
    "VaryIntensity": Case(VaryIntensity(INTENSITIES), float_frame_of),
    "VaryIntensity, of crops": Case(VaryIntensity(INTENSITIES, key="instance_image"), cropped),
    "InstancePatches": Case(InstancePatches(16), frame_of, REPLACED_BY_PATCHES),
    "InstanceCrops": Case(InstanceCrops(16, 0.5), patches_of, REPLACED_BY_CROPS),
    "InstanceCrops, warped": Case(InstanceCrops(16, 0.5, WARPS), patches_of, REPLACED_BY_CROPS),
    "ConfidenceMaps": Case(ConfidenceMaps(2, 2.5), frame_of),
    "CentroidConfidenceMaps": Case(CentroidConfidenceMaps(4, 2.5), frame_of),
    "InstanceConfidenceMaps": Case(InstanceConfidenceMaps(1, 2.5), cropped),
    "PartAffinityFields": Case(PartAffinityFields(((0, 1), (1, 2)), 2, 9.0), frame_of),
}
PADDED_WITH_INSTANCES = {"centroids", "skeleton_inds", "track_inds"}

parametrize_cases = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
LIKE_OTHERS = {
    "Normalize, of crops",
    "InstanceCentroids, of an anchor",
    "PadToStride",
    "VaryIntensity, of crops",
    "InstanceCrops",
    "CentroidConfidenceMaps",
    "InstanceConfidenceMaps",
}
parametrize_kinds = pytest.mark.parametrize(
    "case",
    [slow(case) if name in LIKE_OTHERS else case for name, case in CASES.items()],
    ids=CASES,
)
"""The cases, of which those that build a graph for a transform that another case has are slow."""

IN_GRAPHS = {"InstanceCentroids", "PadInstances", "InstanceCrops, warped", "PartAffinityFields"}
parametrize_few = pytest.mark.parametrize(
    "case", [case if name in IN_GRAPHS else slow(case) for name, case in CASES.items()], ids=CASES
)
"""The cases, of which few are quick, for what `frames of any number` show nearly as well."""


def test_every_transform_is_among_the_cases() -> None:
    here = {type(case.transform) for case in CASES.values()}
    assert here == {kind for kind in kinds_of(Transform) if not kind.__name__.startswith("_")}


def kinds_of(parent: type) -> Iterator[type]:
    kinds: list[type] = parent.__subclasses__()
    for kind in kinds:
        yield kind
        yield from kinds_of(kind)


@parametrize_cases
def test_output_keys_are_there_and_other_keys_are_kept(case: Case) -> None:
    before, after = case.example, case.transform(case.example)
    assert set(case.transform.output_keys) <= set(after)
    assert set(after) == (set(before) - case.replaced) | set(case.transform.output_keys)
    if case.replaced:
        return  # crops: their own tests tell what is kept of the frame
    changed = set(case.transform.output_keys)
    if isinstance(case.transform, PadInstances):
        changed |= PADDED_WITH_INSTANCES
    for key in set(before) - changed:
        np.testing.assert_array_equal(after[key], before[key])


@parametrize_cases
def test_the_example_that_is_given_stays_as_it_is(case: Case) -> None:
    example = case.example
    tensors, values = dict(example), as_numpy(example)
    case.transform(example)
    assert list(example) == list(tensors)
    for key, tensor in tensors.items():
        assert example[key] is tensor
        np.testing.assert_array_equal(tensor, values[key])


# --- keys -----------------------------------------------------------------------------------------


@parametrize_cases
def test_a_missing_key_is_named_with_the_one_that_was_meant(case: Case) -> None:
    for key in case.transform.input_keys:
        example = {f"{name}_" if name == key else name: v for name, v in case.example.items()}
        for call in (case.transform, transformed_dataset_of(case.transform)):
            with pytest.raises(MissingKeyError) as caught:
                call(example)
            message = str(caught.value)
            assert message.startswith(f"{type(case.transform).__name__}: examples have no {key!r}")
            assert message.endswith(f"did you mean {key + '_'!r}?")


def transformed_dataset_of(transform: Transform) -> Callable[[Example], tf.data.Dataset]:
    return lambda example: transform.transform_dataset(tf.data.Dataset.from_tensors(example))


def test_where_no_key_is_near_the_message_has_those_there_are_and_guesses_none() -> None:
    with pytest.raises(MissingKeyError) as caught:
        Normalize()({"x": tf.zeros(1), "y": tf.zeros(1)})
    assert str(caught.value) == "Normalize: examples have no 'image'; they have: 'x', 'y'"


@parametrize_cases
@pytest.mark.parametrize("example", [tf.zeros(3), (tf.zeros(3),), [1], None], ids=lambda e: type(e))
def test_what_is_no_dict_is_refused(case: Case, example: object) -> None:
    name = type(case.transform).__name__
    message = f"^{name} takes examples that are dicts, got {type(example).__name__}$"
    with pytest.raises(KeyMapError, match=message):
        case.transform(example)  # type: ignore[arg-type]


@parametrize_cases
def test_a_dataset_of_what_is_no_dict_is_refused(case: Case) -> None:
    with pytest.raises(KeyMapError, match="takes examples that are dicts, got TensorSpec"):
        case.transform.transform_dataset(tf.data.Dataset.range(3))


# --- datasets -------------------------------------------------------------------------------------


def assert_same(one: Example, other: Example) -> None:
    assert set(one) == set(other)
    for key, value in one.items():
        np.testing.assert_allclose(value, other[key], atol=1e-6, err_msg=key)
        assert np.asarray(value).dtype == np.asarray(other[key]).dtype


@parametrize_few
def test_a_dataset_holds_what_calls_give_in_order(case: Case) -> None:
    examples = [case.made_for(2, frame_ind) for frame_ind in range(5)]
    stacked = {key: tf.stack([example[key] for example in examples]) for key in examples[0]}
    transformed = case.transform.transform_dataset(tf.data.Dataset.from_tensor_slices(stacked))
    for element, example in zip(transformed.as_numpy_iterator(), examples, strict=True):
        assert_same(element, as_numpy(case.transform(example)))


@parametrize_kinds
def test_frames_of_any_number_of_instances_are_taken(case: Case) -> None:
    examples = [case.made_for(n_instances) for n_instances in (0, 3, 1)]
    unknown = tf.nest.map_structure(spec_of_any_number, *examples)
    dataset = tf.data.Dataset.from_generator(lambda: examples, output_signature=unknown)
    transformed = case.transform.transform_dataset(dataset).as_numpy_iterator()
    for element, example in zip(transformed, examples, strict=True):
        assert_same(element, as_numpy(case.transform(example)))


def spec_of_any_number(*tensors: tf.Tensor) -> tf.TensorSpec:
    """What tensors share: lengths of axes that differ are unknown."""
    lengths = zip(*(tensor.shape for tensor in tensors), strict=True)
    shape = [axis[0] if len(set(axis)) == 1 else None for axis in lengths]
    return tf.TensorSpec(shape, tensors[0].dtype)


@parametrize_few
def test_a_graph_that_knows_of_no_instances_takes_them(case: Case) -> None:
    example = case.made_for(0)
    assert_same(in_map(case.transform, example), as_numpy(case.transform(example)))


@parametrize_kinds
def test_a_graph_that_knows_no_size_foretells_types_and_ranks(case: Case) -> None:
    dataset = tf.data.Dataset.from_tensors(case.example)
    unknown = dataset.map(lambda example: tf.nest.map_structure(with_unknown_sizes, example))
    spec = case.transform.transform_dataset(unknown).element_spec
    for key, value in case.transform(case.example).items():
        assert spec[key].dtype == value.dtype, key
        assert spec[key].shape.rank == len(value.shape), key
        assert spec[key].shape.is_compatible_with(value.shape), key


@parametrize_few
def test_the_graph_calls_no_python_and_no_stateful_chance(case: Case) -> None:
    traced = tf.function(case.transform).get_concrete_function(case.example)
    graph = traced.graph.as_graph_def()
    kinds = {node.op for node in graph.node}
    kinds |= {node.op for function in graph.library.function for node in function.node_def}
    assert not {kind for kind in kinds if "PyFunc" in kind}
    assert all(kind.startswith("Stateless") for kind in kinds if "Random" in kind)


BATCHED = {
    "Normalize",
    "InstanceCentroids",
    "InstanceCentroids, of an anchor",
    "ConfidenceMaps",
    "CentroidConfidenceMaps",
    "InstanceConfidenceMaps",
    "PartAffinityFields",
}


@pytest.mark.parametrize("name", sorted(BATCHED))
def test_a_batch_is_transformed_as_its_examples(name: str) -> None:
    case = CASES[name]
    examples = [case.made_for(2, frame_ind) for frame_ind in range(3)]
    batch = {key: tf.stack([example[key] for example in examples]) for key in examples[0]}
    transformed = as_numpy(case.transform(batch))
    for at, example in enumerate(examples):
        one = {key: value[at] for key, value in transformed.items()}
        assert_same(one, as_numpy(case.transform(example)))


# --- chance ---------------------------------------------------------------------------------------

RANDOM = ["WarpFrames", "VaryIntensity", "VaryIntensity, of crops", "InstanceCrops, warped"]


@pytest.mark.parametrize("name", quick_if(lambda name: name == "VaryIntensity", RANDOM))
def test_order_and_threads_change_no_draw(name: str) -> None:
    case = CASES[name]
    examples = [case.made_for(2, frame_ind) for frame_ind in range(6)]
    stacked = {key: tf.stack([example[key] for example in examples]) for key in examples[0]}
    image = "image" if "image" in case.transform.output_keys else "instance_image"

    def images(order: list[int], threads: int | None) -> dict[int, bytes]:
        dataset = tf.data.Dataset.from_tensor_slices(order).map(
            lambda i: (i, case.transform({key: value[i] for key, value in stacked.items()})),
            num_parallel_calls=threads,
        )
        return {int(i): element[image].numpy().tobytes() for i, element in dataset}

    in_order = images(list(range(6)), None)
    assert len(set(in_order.values())) == 6
    assert images([3, 0, 5, 1, 4, 2], 4) == in_order


@pytest.mark.parametrize("name", RANDOM)
def test_another_seed_changes_the_draw_and_the_same_does_not(name: str) -> None:
    case = CASES[name]
    image = "image" if "image" in case.transform.output_keys else "instance_image"

    def drawn(number: int) -> bytes:
        seed = case.example["frame_seed"] * 0 + number
        pixels: bytes = case.transform(case.example | {"frame_seed": seed})[image].numpy().tobytes()
        return pixels

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
