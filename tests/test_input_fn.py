"""Input functions: what a split becomes on its way into a model."""

from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from splitlib.errors import MissingKeyError, SplitError
from splitlib.inputs.input_fn import SplitInputs, make_input_fn
from splitlib.inputs.preview import write_preview
from splitlib.labels import Labels
from splitlib.params import InputsParams, LabelsParams, ModelParams, Params

DEMO = Path(__file__).parents[1] / "data" / "demo.slp"
PARAMS = Params()


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A labels file of 15 frames: with instances of users and of a model, and with none."""
    path = tmp_path_factory.mktemp("labels") / "few.slp"
    Labels.load(DEMO).extract(np.arange(15)).save(path)
    return path


@pytest.fixture(scope="module")
def inputs(few: Path) -> SplitInputs:
    return SplitInputs.load(few, PARAMS)


def instances_of(example: dict[str, np.ndarray]) -> tuple[int, ...]:
    return tuple(int(example[key]) for key in ("video_ind", "frame_ind", "instance_ind"))


def test_every_instance_comes_once_and_in_order(inputs: SplitInputs) -> None:
    examples = list(inputs.examples(training=False).as_numpy_iterator())
    assert len(examples) == inputs.n_instances > 0
    found = [instances_of(example) for example in examples]
    assert found == sorted(set(found))


def test_an_epoch_sees_every_instance_once_before_any_is_seen_twice(few: Path) -> None:
    # With a batch of one, and no buffer to speak of, an epoch is what the order of frames makes it.
    inputs = SplitInputs.load(few, PARAMS)
    n = inputs.n_instances
    examples = [
        instances_of(example)
        for example in islice(inputs.examples(training=True).as_numpy_iterator(), 3 * n)
    ]
    counts = {example: examples.count(example) for example in examples}
    assert len(counts) == n
    # the buffer holds up to n examples, so the borders of epochs are blurred by one epoch at most
    assert set(counts.values()) <= {2, 3, 4}


def test_training_repeats_to_the_bit(few: Path) -> None:
    runs = [
        list(islice(SplitInputs.load(few, PARAMS).mapped(training=True).as_numpy_iterator(), 5))
        for _ in range(2)
    ]
    tf.nest.map_structure(np.testing.assert_array_equal, *runs)


def test_epochs_differ_and_seeds_differ(few: Path) -> None:
    def first_epochs(seed: int) -> list[np.ndarray]:
        params = replace(PARAMS, train=replace(PARAMS.train, seed=seed))
        inputs = SplitInputs.load(few, params)
        frames = inputs.examples(training=True).as_numpy_iterator()
        return [example["instance_image"] for example in islice(frames, 2 * inputs.n_instances)]

    one, other = first_epochs(1), first_epochs(2)
    distinct = {image.tobytes() for image in one}
    assert len(distinct) == len(one), "augmentation is drawn anew in each epoch"
    assert {image.tobytes() for image in other}.isdisjoint(distinct)


def test_batches_have_the_keys_that_the_params_ask_for(few: Path) -> None:
    key_maps = ({"instance_image": "x"}, {"instance_confidence_maps": ("decoder", "maps")})
    params = replace(PARAMS, inputs=InputsParams(key_maps=key_maps, batch_size=4))
    images, targets = next(iter(make_input_fn(few, params, training=True)(None)))
    assert images["x"].shape == (4, 64, 64, 1)
    assert targets["decoder"]["maps"].shape == (4, 32, 32, 13)


def test_a_missing_key_is_named_before_any_data_flows(few: Path) -> None:
    params = replace(
        PARAMS, inputs=InputsParams(key_maps=({"instance_imgae": "x"}, {"instance_points": "y"}))
    )
    with pytest.raises(MissingKeyError, match="did you mean 'instance_image'"):
        make_input_fn(few, params, training=False)(None)


def test_pipelines_share_the_examples_without_overlap(few: Path) -> None:
    input_fn = make_input_fn(few, PARAMS, training=False)
    contexts = [tf.distribute.InputContext(2, at, 2) for at in range(2)]
    shares = [
        [batch for images, _ in input_fn(context) for batch in images["image"].numpy()]
        for context in contexts
    ]
    whole = [image for images, _ in input_fn(None) for image in images["image"].numpy()]
    assert sorted(image.tobytes() for share in shares for image in share) == sorted(
        image.tobytes() for image in whole
    )


def test_steps_cover_every_instance(inputs: SplitInputs) -> None:
    size = inputs.params.inputs.batch_size
    assert (inputs.steps_per_epoch - 1) * size < inputs.n_instances
    assert inputs.steps_per_epoch * size >= inputs.n_instances


def test_labels_without_instances_are_refused_with_the_count(tmp_path: Path) -> None:
    path = tmp_path / "negative.slp"
    Labels.load(DEMO).extract([0, 1, 2, 6, 7]).save(path)
    with pytest.raises(SplitError, match=r"instances in 5 frames, none .* passes the filters"):
        SplitInputs.load(path, PARAMS)
    everything = replace(PARAMS, labels=LabelsParams(user_instances_only=False))
    assert SplitInputs.load(path, everything).n_instances > 0


def test_a_setting_that_is_not_supported_is_named(few: Path) -> None:
    params = replace(PARAMS, model=ModelParams(head="centroid"))
    with pytest.raises(SplitError, match=r"model\.head: centroid is not supported"):
        SplitInputs.load(few, params)
    params = replace(PARAMS, inputs=InputsParams(cache="memory"))
    with pytest.raises(SplitError, match=r"inputs\.cache: memory is not supported"):
        SplitInputs.load(few, params)


def test_a_preview_is_a_picture_and_repeats(inputs: SplitInputs, tmp_path: Path) -> None:
    batch = next(inputs.batches(training=True).as_numpy_iterator())
    for name in ("a.png", "b.png"):
        write_preview(tmp_path / name, batch, [(0, 1)], "title")
    picture = (tmp_path / "a.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert picture == (tmp_path / "b.png").read_bytes()
