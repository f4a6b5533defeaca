"""Models that know the answer, and frames in which they find it: each node has a gray of its own.

A node is a block of 2 x 2 pixels at even places. So a frame at half the size shows it as one pixel
of the same gray, and its point is the middle of the block.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import av
import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from splitlib import __version__
from splitlib.files import sha256_of
from splitlib.inputs.transforms.part_affinity_fields import make_part_affinity_fields
from splitlib.jsonfile import write_json
from splitlib.models.description import DESCRIPTION, ModelDescription
from splitlib.models.storage import WEIGHTS, save_network
from splitlib.slp.create import EmbeddedVideo, create_labels_file
from splitlib.slp.dtypes import FRAMES, INSTANCES, POINTS
from splitlib.slp.png import encode_png

NODES = ("nose", "middle", "tail")
EDGES = ((1, 0), (1, 2))
LEVELS = (60, 90, 120)
"""The gray of each node."""

HEIGHT, WIDTH, CROP = 96, 128, 32

BODY = np.array([[0, -8], [0, 0], [0, 8]], np.float64)
"""An animal, whose middle is its second node."""

Animals = NDArray[np.float64]
"""(n, n_nodes, 2), (x, y) in pixels, each 0.5 more than an even number; NaN where missing."""


def animals_at(*middles: tuple[int, int]) -> Animals:
    """Animals with their middles at even places, and half a pixel more."""
    return BODY + np.array(middles, np.float64).reshape(-1, 1, 2) + 0.5


def gray_frame(animals: Animals, size: tuple[int, int] = (HEIGHT, WIDTH)) -> NDArray[np.uint8]:
    """(height, width, 1), black but for the nodes."""
    frame = np.zeros((*size, 1), np.uint8)
    for animal in animals:
        for (x, y), level in zip(animal, LEVELS, strict=True):
            if not np.isnan(x):
                frame[int(y) : int(y) + 2, int(x) : int(x) + 2] = level
    return frame


def field_frame(animals: Animals) -> NDArray[np.uint8]:
    """(height, width, 3): nodes in red, and in green and blue x and y of a field of all edges."""
    fields = make_part_affinity_fields(
        animals.astype(np.float32),
        edges=EDGES,
        image_size=(HEIGHT, WIDTH),
        output_stride=1,
        sigma=4.0,
    ).numpy()
    both = fields.reshape(HEIGHT, WIDTH, 2, 2).sum(axis=2).clip(-1, 1)
    levels = np.rint((both + 1) * 127.5).astype(np.uint8)
    return np.concatenate([gray_frame(animals), levels], axis=-1)


def bell_of(image: keras.KerasTensor, levels: Sequence[int], name: str) -> keras.KerasTensor:
    """A map for each level: 1 where the first channel of the image has it, and nearly 0 elsewhere.

    It is above 0 beside a node, so that peaks are refined to the middle of its block.
    """
    channels, n = image.shape[-1], len(levels)
    kernel = np.zeros((1, 1, channels, n))
    kernel[..., 0, :] = 255 / 14
    weights = [kernel, -np.array(levels) / 14]
    distance = layers.Conv2D(n, 1, name=f"{name}_distance")
    apart = distance(image)
    distance.set_weights(weights)
    square = layers.Multiply(name=f"{name}_square")([apart, apart])
    minus = layers.Rescaling(-1.0, name=f"{name}_minus")(square)
    return layers.Activation("exponential", name=name)(minus)


def known_network(head: str, channels: int = 1, side: int | None = None) -> keras.Model:
    """The network of a head, for frames of `gray_frame`, or of `field_frame` for multi_instance."""
    image = keras.Input((side, side, channels), name="image")
    levels = LEVELS[1:2] if head == "centroid" else LEVELS
    outputs = {"confmaps": bell_of(image, levels, "maps")}
    if head == "multi_instance":
        draw = layers.Conv2D(2 * len(EDGES), 1, name="fields")
        outputs["pafs"] = draw(image)
        kernel = np.zeros((1, 1, 3, 4))
        kernel[0, 0, 1, ::2] = kernel[0, 0, 2, 1::2] = 2
        draw.set_weights([kernel, -np.ones(4)])
    return keras.Model({"image": image}, outputs)


TARGETS = {
    "single_instance": {"confidence_maps": "confmaps"},
    "centroid": {"centroid_confidence_maps": "confmaps"},
    "centered_instance": {"instance_confidence_maps": "confmaps"},
    "multi_instance": {"confidence_maps": "confmaps", "part_affinity_fields": "pafs"},
}


def known_model(folder: Path, head: Any, **changes: Any) -> Path:  # noqa: ANN401 - see description
    """Write the folder of a model that knows the answer; `changes` are those of its description."""
    is_crop, channels = head == "centered_instance", 3 if head == "multi_instance" else 1
    channels = changes.get("channels", channels)
    save_network(known_network(head, channels, CROP if is_crop else None), folder)
    description = ModelDescription(
        head=head,
        skeleton="mouse",
        nodes=NODES,
        edges=EDGES,
        symmetries=(),
        anchor_node="middle",
        strides={"confmaps": 1} | ({"pafs": 1} if head == "multi_instance" else {}),
        crop_size=CROP if is_crop else None,
        frame_multiple=8,
        scale=1.0,
        scaled_points="exact",
        channels=channels,
        frame_channels=(channels,),
        frame_size=(HEIGHT, WIDTH),
        white=None,
        key_maps=({"instance_image" if is_crop else "image": "image"}, TARGETS[head]),
        build=None,
        options={},
        precision="float32",
        splitlib=__version__,
        weights_sha256=sha256_of(folder / WEIGHTS),
    )
    write_json(folder / DESCRIPTION, asdict(replace(description, **changes)))
    return folder


def write_film(path: Path, frames: Sequence[NDArray[np.uint8]]) -> Path:
    """A film that loses nothing."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("ffv1", rate=25)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "bgr0"
        for frame in frames:
            rgb = np.ascontiguousarray(np.broadcast_to(frame, (*frame.shape[:2], 3)))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def write_labels(
    path: Path,
    labeled: Mapping[int, Animals],
    *,
    film: str | None = None,
    n_films: int = 1,
    draw: Any = gray_frame,  # noqa: ANN401 - from animals to a frame
    **options: Any,  # noqa: ANN401 - those of `create_labels_file`
) -> Path:
    """Labels of frames by their numbers: embedded, or of a film of this name.

    With two films, each has the same labels.
    """
    frames = np.zeros(n_films * len(labeled), FRAMES)
    animals = [animal for _ in range(n_films) for some in labeled.values() for animal in some]
    counts = [len(some) for some in labeled.values()] * n_films
    ends = np.cumsum(counts)
    frames["frame_id"] = np.arange(len(frames))
    frames["video"] = np.repeat(np.arange(n_films), len(labeled))
    frames["frame_idx"] = list(labeled) * n_films
    frames["instance_id_start"], frames["instance_id_end"] = ends - counts, ends
    instances = np.zeros(len(animals), INSTANCES)
    instances["instance_id"] = np.arange(len(animals))
    instances["frame_id"] = np.repeat(frames["frame_id"], counts)
    instances["track"], instances["from_predicted"] = -1, -1
    instances["point_id_start"] = np.arange(len(animals)) * len(NODES)
    instances["point_id_end"] = instances["point_id_start"] + len(NODES)
    points = np.zeros(len(animals) * len(NODES), POINTS)
    points["x"], points["y"] = np.array(animals).reshape(-1, 2).T
    points["visible"] = ~np.isnan(points["x"])
    shown = [encode_png(draw(some)) for some in labeled.values()]
    channels = draw(animals_at()).shape[-1]
    embedded = [
        EmbeddedVideo(shown, np.array(list(labeled)), HEIGHT, WIDTH, channels, f"day{at}.mp4", 100)
        for at in range(n_films)
    ]
    settings = {"nodes": NODES, "edges": EDGES} | options
    create_labels_file(
        path,
        frames=frames,
        instances=instances,
        points=points,
        videos=embedded if film is None else [film],
        **settings,
    )
    return path
