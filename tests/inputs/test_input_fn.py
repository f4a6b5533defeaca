"""Input functions: what a split becomes on its way into a model."""

import os
import subprocess
import sys
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from places import DEMO, ROOT
from slow import slow

from splitlib.errors import MissingKeyError, SplitError, TrainingError
from splitlib.inputs.heads import HEAD_KEYS
from splitlib.inputs.in_video import points_in_video
from splitlib.inputs.input_fn import InputFunction, Share, SplitInputs, make_input_fn
from splitlib.labels import Labels
from splitlib.params import (
    AugmentParams,
    Head,
    InputsParams,
    LabelsParams,
    ModelParams,
    Params,
    TargetParams,
)

PARAMS = Params(inputs=InputsParams(targets=TargetParams(crop_size=64)))
HEADS: tuple[Head, ...] = ("single_instance", "centroid", "centered_instance", "multi_instance")

Example = dict[str, np.ndarray]


def with_head(head: Head, **inputs: Any) -> Params:  # noqa: ANN401
    return replace(PARAMS, model=ModelParams(head=head), inputs=replace(PARAMS.inputs, **inputs))


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A labels file of 15 frames: with instances of users and of a model, and with none."""
    path = tmp_path_factory.mktemp("labels") / "few.slp"
    Labels.load(DEMO).extract(np.arange(15)).save(path)
    return path


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A labels file of frames with at most one instance that counts."""
    path = tmp_path_factory.mktemp("labels") / "alone.slp"
    labels = Labels.load(DEMO)
    counts = np.bincount(
        labels.columns.instance_frame[labels.columns.is_user], minlength=len(labels)
    )
    negative = np.flatnonzero(labels.is_negative)[:2]
    labels.extract(np.sort([*np.flatnonzero(counts == 1)[:9], *negative])).save(path)
    return path


def labels_for(head: Head, few: Path, alone: Path) -> Path:
    return alone if head == "single_instance" else few


def batches_of(path: Path, params: Params, n: int, *, training: bool = True) -> list[Example]:
    inputs = SplitInputs.load(path, params)
    return list(islice(inputs.batches(training=training).as_numpy_iterator(), n))


_known: dict[str, list[Example]] = {}


def known_batches(path: Path, params: Params, n: int, *, training: bool = True) -> list[Example]:
    """Batches that several tests compare with: making a pipeline takes longer than its batches."""
    key = f"{path} {params} {n} {training}"
    if key not in _known:
        _known[key] = batches_of(path, params, n, training=training)
    return _known[key]


def names(examples: list[Example]) -> list[tuple[int, ...]]:
    keys = [key for key in ("video_ind", "frame_ind", "instance_ind") if key in examples[0]]
    return [tuple(int(example[key]) for key in keys) for example in examples]


def check_equal(one: Any, other: Any) -> None:  # noqa: ANN401
    tf.nest.map_structure(np.testing.assert_array_equal, one, other)


# --- what comes out -------------------------------------------------------------------------------


@pytest.mark.parametrize("head", HEADS)
def test_every_example_comes_once_and_in_order(head: Head, few: Path, alone: Path) -> None:
    inputs = SplitInputs.load(labels_for(head, few, alone), with_head(head))
    found = names(list(inputs.examples(training=False).as_numpy_iterator()))
    assert len(found) == inputs.n_examples > 0
    assert found == sorted(set(found))


SHAPES: dict[Head, dict[str, tuple[int, ...]]] = {
    "single_instance": {
        "image": (192, 192, 1),
        "instances": (1, 13, 2),
        "instance_mask": (1,),
        "confidence_maps": (96, 96, 13),
    },
    "centroid": {
        "image": (192, 192, 1),
        "centroids": (2, 2),
        "centroid_confidence_maps": (96, 96, 1),
    },
    "centered_instance": {
        "instance_image": (64, 64, 1),
        "instance_points": (13, 2),
        "instance_confidence_maps": (32, 32, 13),
    },
    "multi_instance": {
        "image": (192, 192, 1),
        "instances": (2, 13, 2),
        "confidence_maps": (96, 96, 13),
        "part_affinity_fields": (48, 48, 24),
    },
}


@pytest.mark.parametrize(
    ("head", "training"),
    [
        ("single_instance", True),
        ("centroid", False),
        ("centered_instance", True),
        ("multi_instance", False),
        slow("single_instance", False),
        slow("centroid", True),
        slow("centered_instance", False),
        slow("multi_instance", True),
    ],
)
def test_batches_are_dense_and_their_shapes_are_known_before_any_data_flows(
    head: Head, training: bool, few: Path, alone: Path
) -> None:
    inputs = SplitInputs.load(labels_for(head, few, alone), with_head(head, batch_size=4))
    dataset = inputs.batches(training=training)
    batch = next(iter(dataset))
    for key, shape in SHAPES[head].items():
        assert dataset.element_spec[key].shape == (None, *shape)
        assert batch[key].shape == (4, *shape)
    assert set(HEAD_KEYS[head].targets) <= set(batch)


@pytest.mark.slow
def test_frames_are_scaled_and_padded_to_what_the_network_can_halve(few: Path) -> None:
    params = with_head("centroid", scale=0.45)  # 86 pixels of 192
    batch = batches_of(few, params, 1, training=False)[0]
    assert batch["image"].shape == (8, 96, 96, 1)
    assert not batch["image"][:, 86:].any()
    assert not batch["image"][:, :, 86:].any()
    plain = known_batches(few, with_head("centroid"), 1, training=False)[0]
    expected = (plain["centroids"] + 0.5) * (86 / 192) - 0.5  # as much as the image, and not 0.45
    np.testing.assert_allclose(batch["centroids"], expected, rtol=1e-5)
    np.testing.assert_allclose(batch["scale"], np.full((8, 2), 86 / 192), rtol=1e-6)


@pytest.mark.slow
def test_crops_of_scaled_frames_lead_back_to_pixels_of_the_video(few: Path) -> None:
    all_params = [with_head("centered_instance", scale=scale) for scale in (0.5, 1.0)]
    small, plain = (
        points_in_video(batch["instance_points"], batch, params)
        for params in all_params
        for batch in known_batches(few, params, 1, training=False)
    )
    np.testing.assert_allclose(small, plain, atol=1e-3)


def test_an_anchor_node_is_in_the_middle_of_its_crop(few: Path) -> None:
    targets = replace(PARAMS.inputs.targets, anchor_node="thorax")
    batch = batches_of(few, with_head("centered_instance", targets=targets), 1, training=False)[0]
    thorax = Labels.load(few).skeletons[0].nodes.index("thorax")
    points = batch["instance_points"][:, thorax]
    np.testing.assert_allclose(points[~np.isnan(points[:, 0])], 31.5, atol=1e-4)


def test_a_frame_without_animals_has_empty_maps(few: Path) -> None:
    inputs = SplitInputs.load(few, with_head("multi_instance"))
    empty = np.flatnonzero(inputs.source.n_instances == 0)
    assert len(empty)
    for batch in inputs.batches(training=False).as_numpy_iterator():
        is_empty = ~batch["instance_mask"].any(axis=1)
        assert np.isnan(batch["instances"][is_empty]).all()
        assert not batch["confidence_maps"][is_empty].any()
        assert not batch["part_affinity_fields"][is_empty].any()


def test_pictures_join_nodes_of_a_skeleton_and_no_centroids(few: Path) -> None:
    nodes, centroids = (
        SplitInputs.load(few, with_head(head)) for head in ("multi_instance", "centroid")
    )
    assert nodes.edges == nodes.source.skeleton.edges != ()
    assert centroids.edges == ()


# --- chance ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "head", [slow("single_instance"), slow("centroid"), "centered_instance", slow("multi_instance")]
)
def test_an_epoch_has_every_example_once_before_any_comes_twice(
    head: Head, few: Path, alone: Path
) -> None:
    params = with_head(head, augment=AugmentParams(rotation=0, scale=(1.0, 1.0)))
    inputs = SplitInputs.load(labels_for(head, few, alone), params)
    n = inputs.n_examples
    found = names(list(islice(inputs.examples(training=True).as_numpy_iterator(), 3 * n)))
    epochs = [found[at : at + n] for at in range(0, len(found), n)]
    everything = names(list(inputs.examples(training=False).as_numpy_iterator()))
    assert [sorted(epoch) for epoch in epochs] == [sorted(everything)] * 3
    assert epochs[0] != epochs[1] != epochs[2]


def test_batches_run_over_the_border_of_an_epoch_and_none_is_short(few: Path) -> None:
    inputs = SplitInputs.load(few, with_head("centered_instance", batch_size=8))
    assert inputs.n_examples % 8
    n = 2 * inputs.steps_per_epoch
    keys = ["video_ind", "frame_ind", "instance_ind"]
    batches = list(islice(inputs.batches(training=True, keys=keys).as_numpy_iterator(), n))
    assert {len(batch["frame_ind"]) for batch in batches} == {8}
    found = [
        names([dict(zip(keys, one, strict=True))])[0]
        for batch in batches
        for one in zip(*(batch[key] for key in keys), strict=True)
    ]
    assert len(set(found[: inputs.n_examples])) == inputs.n_examples


def test_so_many_epochs_end_and_say_their_length(few: Path) -> None:
    input_fn = make_input_fn(few, PLAIN, training=True)
    n = 2 * input_fn.steps_per_epoch
    two = input_fn(epochs=2)
    assert two.cardinality() == n == len(list(two))


def model_for(input_fn: InputFunction) -> keras.Model:
    """A network that takes what an input function gives, as small as can be."""
    (images, targets) = input_fn.element_spec
    inputs = {key: keras.Input(spec.shape[1:], name=key) for key, spec in images.items()}
    pooled = keras.layers.GlobalAveragePooling2D()(inputs["image"])
    shape = targets["confmaps"].shape[1:]
    maps = keras.layers.Reshape(shape)(keras.layers.Dense(shape.num_elements())(pooled))
    model = keras.Model(inputs, {"confmaps": maps})
    model.compile("sgd", loss="mse", jit_compile=False)
    return model


NO_STEPS: dict[str, Any] = {
    "fit": ("fit", {}),
    "fit for many epochs": slow("fit", {"epochs": 3}),
    "evaluate": ("evaluate", {}),
    "predict": slow("predict", {}),
}


@pytest.mark.filterwarnings("ignore:.shuffle=True. was passed")
@pytest.mark.parametrize(("method", "options"), NO_STEPS.values(), ids=NO_STEPS)
def test_keras_refuses_batches_without_end_where_it_has_no_steps(
    method: str, options: dict[str, int], few: Path
) -> None:
    input_fn = make_input_fn(few, PLAIN, training=True)
    with pytest.raises(
        TrainingError, match=r"no end, .* steps_per_epoch=input_fn\.steps_per_epoch"
    ):
        getattr(model_for(input_fn), method)(input_fn(), **options, verbose=0)


def test_keras_takes_batches_without_end_with_steps_and_batches_that_end_without(
    few: Path,
) -> None:
    input_fn = make_input_fn(few, PLAIN, training=True)
    model, n = model_for(input_fn), input_fn.steps_per_epoch
    given: dict[str, Any] = {"shuffle": False, "verbose": 0}
    model.fit(input_fn(), steps_per_epoch=n, epochs=2, validation_data=input_fn(epochs=1), **given)
    assert model.optimizer.iterations == 2 * n
    model.fit(input_fn(epochs=2), **given)
    assert model.optimizer.iterations == 4 * n
    model.fit(make_input_fn(few, PLAIN, training=False)(), **given)


def test_what_keras_is_not_asked_for_is_as_of_any_dataset(few: Path) -> None:
    batches = make_input_fn(few, PLAIN, training=True)()
    assert batches.cardinality() < 0
    assert batches.take(3).cardinality() in (3, tf.data.UNKNOWN_CARDINALITY)
    plain = SplitInputs.load(few, PLAIN).mapped(training=True)
    assert batches.element_spec == plain.element_spec
    policy = tf.data.experimental.ExternalStatePolicy.IGNORE
    assert batches.options().experimental_external_state_policy == policy


@pytest.mark.parametrize(("epochs", "training"), [(0, True), (1, False)])
def test_epochs_that_make_no_sense_are_refused(epochs: int, training: bool, few: Path) -> None:
    with pytest.raises(ValueError, match="epochs: expected 1 or more, of training batches"):
        make_input_fn(few, PLAIN, training=training)(epochs=epochs)


@pytest.mark.parametrize(
    ("head", "n_seen"), [("centered_instance", 3), slow("centered_instance", 15), ("centroid", 4)]
)
def test_a_run_goes_on_where_it_was(head: Head, n_seen: int, few: Path) -> None:
    inputs = SplitInputs.load(few, with_head(head, batch_size=8))
    first = replace(inputs, n_seen=8 * n_seen).batches(training=True)
    whole = inputs.batches(training=True).skip(n_seen)
    assert 8 * n_seen % inputs.n_examples  # in the middle of an epoch
    for one, other in zip(first.take(3), whole.take(3), strict=True):
        check_equal(one, other)


@pytest.mark.parametrize("at", [0, slow(1)])
@pytest.mark.parametrize("head", [slow("centroid"), "centered_instance"])
def test_one_of_several_pipelines_goes_on_where_it_was(head: Head, at: int, few: Path) -> None:
    inputs, share = SplitInputs.load(few, with_head(head)), Share(at, 2, 4)
    n_seen = inputs.n_examples + 1  # in the third epoch of the pipeline
    first = replace(inputs, n_seen=n_seen).examples(training=True, share=share)
    whole = inputs.examples(training=True, share=share).skip(n_seen)
    for one, other in zip(first.take(9), whole.take(9), strict=True):
        check_equal(one, other)


N_OF_THREE_EPOCHS = 6
"""Batches of 8 frames, of which `few` has 13 that are examples."""

PLAIN_MAPS = ({"image": "image"}, {"centroid_confidence_maps": "confmaps"})
PLAIN = with_head(
    "centroid",
    key_maps=PLAIN_MAPS,
    augment=AugmentParams(rotation=0, scale=(1.0, 1.0), brightness=0.2),
)
"""Params for what holds however frames are augmented: warps take long to trace."""

VARIED = replace(PARAMS.inputs.augment, flip="horizontal", brightness=0.2, contrast=(0.7, 1.3))


@pytest.mark.parametrize(
    "head", [slow("single_instance"), slow("centroid"), "centered_instance", slow("multi_instance")]
)
@pytest.mark.slow
def test_training_repeats_to_the_bit(head: Head, few: Path, alone: Path) -> None:
    params = with_head(head, augment=VARIED)
    path = labels_for(head, few, alone)
    check_equal(batches_of(path, params, 4), known_batches(path, params, 4))


@pytest.mark.slow  # tests/inputs/test_epochs.py has the same of orders
def test_every_iterator_of_an_input_function_begins_anew(few: Path) -> None:
    input_fn = make_input_fn(few, PLAIN, training=True)
    one, other, third = (
        list(islice(dataset.as_numpy_iterator(), 3))
        for dataset in (input_fn(), input_fn(), make_input_fn(few, PLAIN, training=True)())
    )
    check_equal(one, other)
    check_equal(one, third)


@pytest.mark.parametrize(
    "varied",
    [PLAIN, slow(with_head("centroid")), slow(with_head("centered_instance"))],
    ids=["brightness", "frames", "crops"],
)
def test_epochs_differ_and_seeds_differ(varied: Params, few: Path) -> None:
    def first_epochs(seed: int) -> list[bytes]:
        params = replace(varied, train=replace(PARAMS.train, seed=seed))
        inputs = SplitInputs.load(few, params)
        examples = inputs.batches(training=True).unbatch().as_numpy_iterator()
        key = inputs.keys.image
        return [example[key].tobytes() for example in islice(examples, 2 * inputs.n_examples)]

    one, other = first_epochs(1), first_epochs(2)
    assert len(set(one)) == len(one), "augmentation is drawn anew in each epoch"
    assert set(one).isdisjoint(other)


@pytest.mark.slow
def test_the_order_of_the_labels_file_changes_no_pixel(few: Path, tmp_path: Path) -> None:
    labels = Labels.load(few)
    other = tmp_path / "shuffled.slp"
    labels.extract(np.random.default_rng(0).permutation(len(labels))).save(other)
    for one, same in zip(
        known_batches(few, PLAIN, N_OF_THREE_EPOCHS),
        batches_of(other, PLAIN, N_OF_THREE_EPOCHS),
        strict=True,
    ):
        row = {"example_ind": one["example_ind"]}  # counts the rows of the file
        check_equal(one, same | row)


MEMORY: dict[str, Any] = {
    "nothing kept": slow({"cache": "none"}),
    "all kept": slow({"cache": "memory"}),  # as auto does, where there is memory
    "a part kept": {"memory_budget": 250_000},
    "read from a file": slow({"memory_budget": 10_000}),
}


@pytest.mark.parametrize("memory", MEMORY.values(), ids=MEMORY)
def test_memory_changes_no_pixel(memory: dict[str, Any], few: Path) -> None:
    n = N_OF_THREE_EPOCHS
    plain = known_batches(few, PLAIN, n)
    kept = replace(PLAIN, inputs=replace(PLAIN.inputs, **memory))
    check_equal(batches_of(few, kept, n), plain)


RUN = """
import sys
import numpy as np
import tensorflow as tf
from dataclasses import replace
from pathlib import Path
from splitlib.inputs.input_fn import make_input_fn
from splitlib.params import load_params

threads, path, checkpoint, first, last = sys.argv[1:]
if int(threads):
    tf.config.threading.set_inter_op_parallelism_threads(int(threads))
    tf.config.threading.set_intra_op_parallelism_threads(int(threads))
batches = iter(make_input_fn(path, load_params("params.yaml"), training=True)(None))
saved = tf.train.Checkpoint(batches=batches)
if int(first):
    saved.read(checkpoint).assert_consumed()
for at in range(int(first), int(last)):
    inputs, targets = next(batches)
    print(at, hash(inputs["image"].numpy().tobytes() + targets["confmaps"].numpy().tobytes()))
if not int(first):
    saved.write(checkpoint)
"""


def in_a_process(path: Path, *, threads: int, checkpoint: Path, first: int, last: int) -> list[str]:
    arguments = map(str, (threads, path, checkpoint, first, last))
    done = subprocess.run(
        [sys.executable, "-c", RUN, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "0", "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.slow
def test_processes_with_other_threads_agree_and_go_on_in_mid_epoch(
    few: Path, tmp_path: Path
) -> None:
    # 5 of 15 batches: the second process goes on in the middle of an epoch
    whole = in_a_process(few, threads=0, checkpoint=tmp_path / "a", first=0, last=15)
    begun = in_a_process(few, threads=1, checkpoint=tmp_path / "b", first=0, last=5)
    ended = in_a_process(few, threads=7, checkpoint=tmp_path / "b", first=5, last=15)
    assert len(set(whole)) == 15
    assert begun + ended == whole


# --- several pipelines ----------------------------------------------------------------------------


@pytest.mark.parametrize("training", [False, slow(True)], ids=["as it is", "training"])
@pytest.mark.parametrize("n", [slow(1), 2, slow(3), slow(7)])
def test_pipelines_together_see_every_frame_once_per_epoch(
    n: int, training: bool, few: Path
) -> None:
    inputs = SplitInputs.load(few, with_head("centroid"))
    everything = sorted(names(list(inputs.frames(training=False))))
    seen = []
    for at in range(n):
        frames = inputs.frames(training=training, share=Share(at, n, 8))
        seen += names(list(islice(frames, len(range(at, inputs.n_frames, n)))))
    assert sorted(seen) == everything


@pytest.mark.slow
def test_a_context_gives_each_replica_its_part_of_the_batch(few: Path) -> None:
    input_fn = make_input_fn(few, PLAIN, training=True)
    shares = [next(iter(input_fn(tf.distribute.InputContext(2, at, 4)))) for at in range(2)]
    assert [images["image"].shape[0] for images, _ in shares] == [2, 2]


UNSHARED: dict[str, tuple[int, tuple[int, int, int], str]] = {
    "three replicas": (8, (1, 0, 3), r"multiple of 3, .* got 8; the nearest is 9"),
    "twenty pipelines": (20, (20, 0, 20), "20 input pipelines cannot share 13 frames"),
}


@pytest.mark.parametrize(("batch_size", "context", "message"), UNSHARED.values(), ids=UNSHARED)
def test_what_pipelines_cannot_share_is_named(
    batch_size: int, context: tuple[int, int, int], message: str, few: Path
) -> None:
    params = with_head("centroid", batch_size=batch_size, key_maps=PLAIN_MAPS)
    input_fn = make_input_fn(few, params, training=False)
    with pytest.raises(SplitError, match=message):
        input_fn(tf.distribute.InputContext(*context))


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_batches_have_the_keys_that_the_params_ask_for(few: Path) -> None:
    key_maps = ({"instance_image": "x"}, {"instance_confidence_maps": ("decoder", "maps")})
    params = replace(PARAMS, inputs=replace(PARAMS.inputs, key_maps=key_maps, batch_size=4))
    input_fn = make_input_fn(few, params, training=True)
    images, targets = next(iter(input_fn(None)))
    assert images["x"].shape == (4, 64, 64, 1)
    assert targets["decoder"]["maps"].shape == (4, 32, 32, 13)
    assert input_fn.element_spec == input_fn().element_spec
    assert input_fn.steps_per_epoch == -(-input_fn.inputs.n_examples // 4)


MISSING: dict[str, tuple[Params, str]] = {
    "with the one that was meant": (
        with_head(
            "centered_instance", key_maps=({"instance_imgae": "x"}, {"instance_points": "y"})
        ),
        "did you mean 'instance_image'",
    ),
    "with all there are": (
        with_head("centered_instance", key_maps=({"image": "x"},)),
        r"have: .*'video_ind', .*'crop_offset'",
    ),
    "with those of this head": (
        with_head("centroid"),
        r"have no 'instance_image'.* For model\.head: centroid, inputs\.key_maps lead 'image' into"
        r" the model, and 'centroid_confidence_maps' out of it$",
    ),
}


@pytest.mark.parametrize(("params", "message"), MISSING.values(), ids=MISSING)
def test_a_missing_key_is_named_before_any_data_flows(
    params: Params, message: str, few: Path
) -> None:
    with pytest.raises(MissingKeyError, match=message):
        make_input_fn(few, params, training=False)


ASKED: dict[str, Any] = {
    "images and maps of crops": (
        "centered_instance",
        ["instance_image", "instance_confidence_maps"],
        {"instance_patch", "patch_corner", "centroid", "instance", "scale", "frame_seed"},
    ),
    "points of crops and their tracks": slow(
        "centered_instance",
        ["instance_points", "track_ind"],
        {"instance_patch", "patch_corner", "centroid", "instance", "scale", "frame_seed"}
        | {"track_ind"},
    ),
    "no pixels of crops": slow("centered_instance", ["track_ind"], {"track_ind"}),
    "maps of frames": ("centroid", ["centroid_confidence_maps"], {"image", "centroids"}),
    "no maps of frames": slow("centroid", ["frame_ind"], {"frame_ind"}),
}


@pytest.mark.parametrize(("head", "keys", "expected"), ASKED.values(), ids=ASKED)
def test_examples_have_no_more_than_what_is_asked_for_takes(
    head: Head, keys: list[str], expected: set[str], few: Path
) -> None:
    inputs = SplitInputs.load(few, with_head(head, augment=VARIED))
    examples = inputs.examples(training=True, keys=keys)
    assert set(examples.element_spec) == expected


@pytest.mark.slow
def test_what_is_asked_for_is_the_same_as_among_all(few: Path) -> None:
    params = with_head("centered_instance", augment=VARIED)
    mapped = islice(SplitInputs.load(few, params).mapped(training=True).as_numpy_iterator(), 4)
    for (images, targets), batch in zip(mapped, known_batches(few, params, 4), strict=True):
        check_equal(images["image"], batch["instance_image"])
        check_equal(targets["confmaps"], batch["instance_confidence_maps"])


def test_frames_may_be_read_with_some_of_their_keys_alone(few: Path) -> None:
    inputs = SplitInputs.load(few, PARAMS)
    every = inputs.raw_frames(training=False).as_numpy_iterator()
    some = inputs.raw_frames(training=False, keys=("image", "frame_ind")).as_numpy_iterator()
    for frame, part in zip(every, some, strict=True):
        check_equal(part, {key: frame[key] for key in ("image", "frame_ind")})


@pytest.mark.parametrize("keys", [["imge"], ["image", "imge"], "image"])
def test_a_key_that_frames_do_not_have_is_named(keys: list[str], few: Path) -> None:
    inputs = SplitInputs.load(few, PARAMS)
    with pytest.raises(MissingKeyError, match=r"frames have no .*; they have: image, raw_image"):
        inputs.raw_frames(training=False, keys=keys)


MAPS = "instance_confidence_maps"


def instances_in(batches: list[Example]) -> list[tuple[int | bytes, ...]]:
    """Names and values of the instances of some batches, one after the other."""
    keys = ("video_ind", "frame_ind", "instance_ind", "instance_image", "instance_points", MAPS)
    columns = zip(*(np.concatenate([batch[key] for batch in batches]) for key in keys), strict=True)
    return [
        (*map(int, row[:3]), *(np.ascontiguousarray(value).tobytes() for value in row[3:]))
        for row in columns
    ]


@pytest.mark.parametrize("batch_size", [slow(1), 3, slow(29)])
@pytest.mark.slow
def test_an_instance_is_the_same_to_the_bit_in_batches_of_any_size(
    batch_size: int, few: Path
) -> None:
    of_eight = instances_in(known_batches(few, with_head("centered_instance", augment=VARIED), 4))
    params = with_head("centered_instance", augment=VARIED, batch_size=batch_size)
    found = instances_in(batches_of(few, params, -(-len(of_eight) // batch_size)))
    assert len(of_eight) > SplitInputs.load(few, params).n_examples
    assert found[: len(of_eight)] == of_eight


# --- what is refused ------------------------------------------------------------------------------


def test_labels_without_instances_are_refused_with_the_count(tmp_path: Path) -> None:
    path = tmp_path / "predicted.slp"
    Labels.load(DEMO).extract([6, 7]).save(path)
    with pytest.raises(SplitError, match=r"instances in 2 frames, none .* passes the filters"):
        SplitInputs.load(path, PARAMS)
    everything = replace(PARAMS, labels=LabelsParams(user_instances_only=False))
    assert SplitInputs.load(path, everything).n_examples > 0


def test_params_that_are_a_path_are_refused(few: Path) -> None:
    with pytest.raises(TypeError, match=r"those of splitlib\.params\.load_params, got str"):
        make_input_fn(few, "params.yaml", training=True)  # type: ignore[arg-type]


REFUSED: dict[str, tuple[Params, str]] = {
    "crops of more than can be placed": (
        with_head(
            "centered_instance",
            scale=0.1,
            targets=replace(PARAMS.inputs.targets, crop_size=1024),
        ),
        r"crops of 1024 pixels reach over 16,\d+ pixels of the video .* 8,191 is the most",
    ),
    "a batch of more pixels than have an index": (
        with_head(
            "centered_instance",
            scale=0.25,
            batch_size=52,
            targets=replace(PARAMS.inputs.targets, crop_size=1024),
        ),
        r"inputs\.batch_size: crops of 1024 .* holds no more than 51 of them; got 52; use 51 or",
    ),
    "two animals for one": (
        with_head("single_instance"),
        r"frame 12 has 2 instances \(\d+ such frames\), .* use centered_instance, centroid",
    ),
    "no such anchor": (
        with_head("centroid", targets=replace(PARAMS.inputs.targets, anchor_node="torax")),
        "no node 'torax'; its nodes are: head, thorax",
    ),
    "more than memory": (
        with_head("centroid", cache="memory", memory_budget=130_000),
        r"would take 0\.6 MiB for 13 frames, .* or use cache: auto, which keeps 1 of them",
    ),
}


@pytest.mark.parametrize(("params", "message"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_suit_the_labels_is_named(params: Params, message: str, few: Path) -> None:
    with pytest.raises(SplitError, match=message):
        make_input_fn(few, params, training=True)(None)
