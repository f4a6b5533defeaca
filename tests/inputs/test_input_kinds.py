"""Input functions where labels are of several kinds: skeletons, colours, opacity, tiny images."""

import json
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import h5py
import keras
import numpy as np
import PIL.Image
import pytest
from reader_examples import Pixels, coloured, encoded, video_of
from slow import slow
from synthetic_labels import MadeFrame, MadeInstance, MadeLabels, MadePoint

from splitlib.errors import ModelMismatchError, SplitError, UnsupportedFormatError
from splitlib.inputs.frames.reader import LabelsReader
from splitlib.inputs.input_fn import SplitInputs
from splitlib.labels import Labels
from splitlib.models.build import build_model, check_inputs
from splitlib.params import Head, InputsParams, LabelsParams, ModelParams, Params
from splitlib.params.keys_and_defaults import AugmentParams, TargetParams
from splitlib.slp.png import encode_png
from splitlib.slp.skeletons import united

PLACES = ((5.0, 5.0), (20.0, 20.0), (5.0, 20.0))
SIZE = (32, 32)
Example = dict[str, np.ndarray]


def with_head(
    head: Head, anchor: str | None = None, flip: str = "none", scale: float = 1.0, **inputs: object
) -> Params:
    targets = TargetParams(
        output_stride=1, paf_output_stride=1, crop_size=16, anchor_node=anchor, sigma=1.0
    )
    augment = AugmentParams(
        rotation=0.0,
        scale=(1.0, 1.0),
        flip=flip,  # type: ignore[arg-type]
        brightness=inputs.pop("brightness", 0.0),  # type: ignore[arg-type]
    )
    parts = {"targets": targets, "augment": augment, "scale": scale, **inputs}
    made = InputsParams(**parts)  # type: ignore[arg-type]
    return replace(Params(), model=ModelParams(head, depth=1), inputs=made)


def animal(*, is_user: bool = True, n_nodes: int = 3) -> MadeInstance:
    return MadeInstance(tuple(MadePoint(x, y) for x, y in PLACES[:n_nodes]), is_user=is_user)


def labels_of(
    path: Path,
    images: Sequence[Sequence[bytes]],
    frames: Sequence[Sequence[MadeInstance]],
    *,
    size: tuple[int, int] = SIZE,
    channels: Sequence[int] = (1,),
    **options: object,
) -> Path:
    """A labels file whose frames are those of its videos, in order."""
    videos = [
        video_of(list(of_video), size=size, channels=n, source=f"{at}.mp4")
        for at, (of_video, n) in enumerate(zip(images, channels, strict=True))
    ]
    places = [(at, row) for at, of_video in enumerate(images) for row in range(len(of_video))]
    made = tuple(
        MadeFrame(at, row, tuple(instances))
        for (at, row), instances in zip(places, frames, strict=True)
    )
    return MadeLabels(made, n_nodes=3, options={"videos": videos, **options}).write(path)


def gray(n: int, size: tuple[int, int] = SIZE) -> list[bytes]:
    return [encoded(coloured(at, size=size), mode="L") for at in range(n)]


def first_batch(path: Path, params: Params) -> Example:
    inputs = SplitInputs.load(path, params)
    batch: Example = next(inputs.batches(training=False).as_numpy_iterator())
    return batch


# --- skeletons ------------------------------------------------------------------------------------


def add_skeleton(path: Path, nodes: list[int], skeleton_of: list[int], edges: int = 0) -> None:
    """A second skeleton of nodes of the first one, in another order, for some of the instances."""
    with h5py.File(path, "r+") as file:
        metadata = json.loads(bytes(file["metadata"].attrs["json"]))
        first = metadata["skeletons"][0]
        links = [
            {
                **first["links"][0],
                "source": nodes[at],
                "target": nodes[at + 1],
                "edge_insert_index": at,
            }
            for at in range(edges)
        ]
        second = {**first, "nodes": [{"id": node} for node in nodes], "links": links}
        metadata["skeletons"].append(second)
        del file["metadata"].attrs["json"]
        file["metadata"].attrs["json"] = np.bytes_(json.dumps(metadata))
        instances = file["instances"][()]
        instances["skeleton"] = skeleton_of
        file["instances"][...] = instances


@pytest.mark.slow
def test_nodes_in_another_order_are_mapped_by_name(tmp_path: Path) -> None:
    path = labels_of(tmp_path / "a.slp", [gray(2)], [[animal()], [animal()]], edges=[(0, 1)])
    alone = first_batch(path, with_head("single_instance"))
    add_skeleton(path, [2, 0, 1], [0, 1])
    both = first_batch(path, with_head("single_instance"))
    order = [1, 2, 0]  # where node0, node1 and node2 are in the second skeleton
    np.testing.assert_array_equal(both["instances"][0], alone["instances"][0])
    np.testing.assert_array_equal(both["instances"][1], alone["instances"][1][..., order, :])


def test_all_splits_have_one_order_of_nodes_and_edges(tmp_path: Path) -> None:
    """A split may hold instances of the second skeleton alone."""
    path = labels_of(tmp_path / "a.slp", [gray(2)], [[animal()], [animal()]], edges=[(0, 1)])
    add_skeleton(path, [2, 0, 1], [0, 1], edges=2)
    labels = Labels.load(path)
    skeletons = []
    for row in (0, 1):
        labels.extract([row]).save(tmp_path / f"{row}.slp")
        inputs = SplitInputs.load(tmp_path / f"{row}.slp", with_head("multi_instance"))
        skeletons.append(inputs.source.skeleton)
    assert skeletons == [labels.skeletons[0]] * 2


def test_edges_that_the_first_skeleton_lacks_are_those_of_the_next(tmp_path: Path) -> None:
    path = labels_of(tmp_path / "a.slp", [gray(1)], [[animal()]], edges=[(0, 1)])
    add_skeleton(path, [2, 0, 1], [1], edges=2)
    first, second = Labels.load(path).skeletons
    assert united([replace(first, edges=()), second], 0).edges == ((2, 0), (0, 1))


def test_other_nodes_are_refused_with_the_difference(tmp_path: Path) -> None:
    path = labels_of(tmp_path / "a.slp", [gray(2)], [[animal()], [animal()]], edges=[(0, 1)])
    add_skeleton(path, [2, 0, 1], [0, 1])
    with h5py.File(path, "r+") as file:
        metadata = json.loads(bytes(file["metadata"].attrs["json"]))
        metadata["nodes"].append({"name": "paw", "weight": 1.0})
        metadata["skeletons"][1]["nodes"][0]["id"] = 3
        file["metadata"].attrs["json"] = np.bytes_(json.dumps(metadata))
    message = "frame 0 .here. and .* frame 1 .there.: only here: node2; only there: paw; put"
    for refused in (
        lambda: first_batch(path, with_head("single_instance")),
        lambda: LabelsReader.from_filename(path).make_dataset(),
    ):
        with pytest.raises(UnsupportedFormatError, match=message):
            refused()
    assert len(list(LabelsReader(Labels.load(path), [1]).make_dataset())) == 1


@pytest.mark.slow
def test_copies_of_a_skeleton_are_one(tmp_path: Path) -> None:
    path = labels_of(tmp_path / "a.slp", [gray(2)], [[animal()], [animal()]], edges=[(0, 1)])
    alone = first_batch(path, with_head("multi_instance"))
    add_skeleton(path, [0, 1, 2], [0, 1])
    both = first_batch(path, with_head("multi_instance"))
    np.testing.assert_array_equal(both["confidence_maps"], alone["confidence_maps"])
    np.testing.assert_array_equal(both["part_affinity_fields"], alone["part_affinity_fields"])


@pytest.mark.slow
def test_the_skeleton_is_that_of_the_instances_that_pass_the_filters(tmp_path: Path) -> None:
    frames = [[animal(), animal(is_user=False)], [animal()]]
    path = labels_of(tmp_path / "a.slp", [gray(2)], frames, edges=[(0, 1)])
    add_skeleton(path, [2, 0, 1], [1, 0, 1], edges=2)  # the prediction alone has the first one
    with h5py.File(path, "r+") as file:
        metadata = json.loads(bytes(file["metadata"].attrs["json"]))
        metadata["nodes"].append({"name": "paw", "weight": 1.0})
        metadata["skeletons"][1]["nodes"][0]["id"] = 3
        metadata["skeletons"][1]["links"][0]["source"] = 3
        file["metadata"].attrs["json"] = np.bytes_(json.dumps(metadata))
    inputs = SplitInputs.load(path, with_head("multi_instance"))
    assert inputs.source.skeleton.nodes == ("paw", "node0", "node1")
    batch = first_batch(path, with_head("multi_instance"))
    assert batch["part_affinity_fields"].shape[-1] == 4
    anchored = first_batch(path, with_head("centroid", anchor="paw"))
    np.testing.assert_array_equal(anchored["centroids"][:, 0], [PLACES[0]] * 2)
    everything = replace(
        with_head("multi_instance"), labels=LabelsParams(user_instances_only=False)
    )
    with pytest.raises(UnsupportedFormatError, match="different nodes"):
        first_batch(path, everything)


# --- colours --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_gray_split_beside_a_coloured_one_is_explained_and_can_be_made_coloured(
    tmp_path: Path,
) -> None:
    rgb = [encoded(coloured(at, size=SIZE)) for at in range(2)]
    frames = [[animal()]] * 4
    train = labels_of(tmp_path / "train.slp", [rgb, gray(2)], frames, channels=(3, 1))
    val = labels_of(tmp_path / "val.slp", [gray(2)], frames[:2])
    maps = ({"image": "image"}, {"confidence_maps": "confmaps"})
    params = with_head("single_instance", key_maps=maps)
    model = build_model(SplitInputs.load(train, params))
    assert model.inputs[0].shape[-1] == 3
    with pytest.raises(ModelMismatchError, match=r"1\).*3\)(.|\n)*set inputs\.ensure_rgb: true"):
        check_inputs(SplitInputs.load(val, params), model)
    params = replace(params, inputs=replace(params.inputs, ensure_rgb=True))
    for path in (train, val):
        check_inputs(SplitInputs.load(path, params), model)
    image = first_batch(val, params)["image"]
    np.testing.assert_array_equal(image, np.repeat(image[..., :1], 3, axis=-1))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("head", "mode", "channels"),
    [
        slow("single_instance", "RGBA", 3),
        slow("single_instance", "LA", 1),
        slow("centered_instance", "RGBA", 3),
        ("centered_instance", "LA", 1),
    ],
)
def test_opacity_is_no_colour(head: Head, mode: str, channels: int, tmp_path: Path) -> None:
    def with_opacity(pixels: Pixels) -> bytes:
        image = PIL.Image.fromarray(pixels).convert(mode)
        image.putalpha(PIL.Image.fromarray(pixels[..., 0]))
        path = tmp_path / "image.png"
        image.save(path)
        return path.read_bytes()

    pixels = [coloured(at, size=SIZE) for at in range(2)]
    frames = [[animal()]] * 2
    clear, opaque = (
        first_batch(labels_of(tmp_path / name, [images], frames, channels=(n,)), with_head(head))
        for name, images, n in (
            ("clear.slp", [with_opacity(each) for each in pixels], channels + 1),
            ("opaque.slp", [encoded(each, mode=mode[:-1]) for each in pixels], channels),
        )
    )
    key = "image" if head == "single_instance" else "instance_image"
    assert clear[key].shape[-1] == channels
    np.testing.assert_array_equal(clear[key], opaque[key])


# --- more than 8 bits -----------------------------------------------------------------------------


HEADS = [
    "centered_instance",
    *map(slow, ("single_instance", "centroid", "multi_instance")),
]


@pytest.mark.parametrize("cache", ["none", "memory"])
@pytest.mark.slow
@pytest.mark.parametrize("head", HEADS)
def test_16_bits_give_the_batches_of_8_and_more_levels(
    head: Head, cache: str, tmp_path: Path
) -> None:
    """Two epochs: the second one takes decoded frames out of memory."""
    pixels = [coloured(at, size=SIZE)[..., :1] for at in range(2)]
    videos = {
        "shallow": [encode_png(each) for each in pixels],
        "deep": [encode_png(each.astype(np.uint16) * 257) for each in pixels],
        "of a camera": [encode_png(each.astype(np.uint16) * 16 + 7) for each in pixels],
    }
    params = with_head(head, cache=cache, white=65535)
    key = "instance_image" if head == "centered_instance" else "image"
    images = {}
    for name, images_of in videos.items():
        path = labels_of(tmp_path / name, [images_of], [[animal()]] * 2, edges=[(0, 1)])
        inputs = SplitInputs.load(path, params)
        batches = [next(iter(inputs.batches(training=False)))[key].numpy() for _ in range(2)]
        np.testing.assert_array_equal(*batches)
        images[name] = batches[0]
    assert images["deep"].dtype == np.float32
    np.testing.assert_allclose(images["deep"], images["shallow"], atol=1e-6)
    white = replace(params, inputs=replace(params.inputs, white=4095))
    np.testing.assert_allclose(
        first_batch(path, white)[key], images["of a camera"] * 65535 / 4095, rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.slow
def test_brightness_and_contrast_vary_16_bits_as_they_vary_8(head: Head, tmp_path: Path) -> None:
    pixels = coloured(0, size=SIZE)[..., :1]
    params = with_head(head, brightness=0.3)
    made = []
    for name, image in (("a", pixels), ("b", pixels.astype(np.uint16) * 257)):
        path = labels_of(tmp_path / name, [[encode_png(image)]], [[animal()]], edges=[(0, 1)])
        inputs = SplitInputs.load(path, params)
        key = "instance_image" if head == "centered_instance" else "image"
        made.append(next(iter(inputs.batches(training=True)))[key].numpy())
    np.testing.assert_allclose(made[0], made[1], atol=1e-5)
    assert not np.allclose(made[1], first_batch(path, params)[key])


# --- sizes, anchors and flips ---------------------------------------------------------------------


@pytest.mark.parametrize("head", ["single_instance", "centroid"])
def test_a_pixel_is_left_of_images_that_are_made_too_small(head: Head, tmp_path: Path) -> None:
    path = labels_of(tmp_path / "a.slp", [gray(1, (5, 30))], [[animal()]], size=(5, 30))
    batch = first_batch(path, with_head(head, scale=0.1))
    assert batch["image"].shape == (1, 2, 4, 1)  # 1 x 3, padded to what the network can halve
    assert batch["image"][0, 0, :3].any()
    assert not batch["image"][0, 1:].any()


FLIPS: dict[str, tuple[Head, str | None, str, list[tuple[int, int]], str | None]] = {
    "sides of frames": ("single_instance", None, "horizontal", [], "are two sides"),
    "sides of crops": ("centered_instance", None, "horizontal", [], "are two sides"),
    "sides that are paired": ("single_instance", None, "horizontal", [(1, 2)], None),
    "crops centred on a side": (
        "centered_instance",
        "eyeL",
        "horizontal",
        [(1, 2)],
        "change places",
    ),
    "crops centred on the middle": ("centered_instance", "tail", "horizontal", [(1, 2)], None),
    "crops that are not flipped": ("centered_instance", "eyeL", "none", [(1, 2)], None),
    "centroids, found after the flip": ("centroid", "eyeL", "horizontal", [(1, 2)], None),
}
REFUSED = {
    "are two sides": r"augment\.flip: 'eyeL' and 'eyeR' are two sides",
    "change places": r"anchor_node: 'eyeL' and 'eyeR' change places",
}


@pytest.mark.parametrize(
    ("head", "anchor", "flip", "symmetries", "refused"), FLIPS.values(), ids=FLIPS
)
def test_a_flip_that_would_exchange_sides_is_refused(
    head: Head,
    anchor: str | None,
    flip: str,
    symmetries: list[tuple[int, int]],
    refused: str | None,
    tmp_path: Path,
) -> None:
    path = labels_of(
        tmp_path / "a.slp",
        [gray(1)],
        [[animal()]],
        nodes=["tail", "eyeL", "eyeR"],
        symmetries=symmetries,
    )
    inputs = SplitInputs.load(path, with_head(head, anchor, flip))
    expectation = pytest.raises(SplitError, match=REFUSED[refused]) if refused else nullcontext()
    with expectation:
        inputs.batches(training=True, keys=["frame_ind"])


# --- chance ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, slow(42), slow(2**63 - 1)])
@pytest.mark.slow
def test_crops_come_in_one_order_whatever_the_seed_of_tensorflow(seed: int, tmp_path: Path) -> None:
    path = labels_of(tmp_path / "a.slp", [gray(12)], [[animal(), animal()]] * 12)
    params = with_head("centered_instance", batch_size=24)
    params = replace(params, train=replace(params.train, seed=seed))
    orders = set()
    for other in (1, 2):
        keras.utils.set_random_seed(other)
        batches = SplitInputs.load(path, params).batches(training=True, keys=["frame_ind"])
        orders.add(next(batches.as_numpy_iterator())["frame_ind"].tobytes())
    assert len(orders) == 1
