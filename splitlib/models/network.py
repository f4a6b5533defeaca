"""A small encoder and decoder that draws confidence maps and part affinity fields.

The shape is that of the U-Net (Ronneberger, Fischer and Brox 2015), as in SLEAP, but for the joins.
The coarsest level of the encoder sees the whole animal; the decoder finds the place of each part
again, up to the resolution of the outputs.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import keras
from keras import layers

from splitlib.errors import ParamsError
from splitlib.inputs.keys.key_paths import OutputKey, key_path, nest, written

START_LOGIT = -4.0
"""Every map starts at 0.02, as most values of a confidence map are near 0."""

Shape = tuple[int | None, int | None, int]
"""Height, width and channels; None for images of any size."""


@dataclass(frozen=True)
class MapsOutput:
    """One output of a network."""

    key: OutputKey  # name of the output, or a path if the model gives nested dicts
    layer: str  # name of the layer that draws the output
    channels: int  # number of maps
    stride: int  # pixels of the image for one cell: a power of two, at most 2**depth
    values: Literal["share", "signed"] = "share"  # from 0 to 1, or of either sign


def confidence_output(n_maps: int, stride: int, key: OutputKey = "confmaps") -> MapsOutput:
    """The output of a network that draws confidence maps."""
    return MapsOutput(key, "confidence_maps", n_maps, stride)


def fields_output(n_edges: int, stride: int, key: OutputKey = "pafs") -> MapsOutput:
    """The output of a network that draws part affinity fields."""
    return MapsOutput(key, "part_affinity_fields", 2 * n_edges, stride, "signed")


def build_network(
    *,
    image_shape: Shape,
    outputs: Sequence[MapsOutput],
    filters: int,
    depth: int,
    input_key: OutputKey = "image",
) -> keras.Model:
    """Build a network, with weights drawn from Keras's global seed.

    Args:
        image_shape: (height, width, channels); height and width are multiples of 2**depth, or None
            for images of any such size.
        outputs: The outputs to draw.
        filters: Channels at the resolution of the image; each level below has twice as many.
        depth: Number of times that the encoder halves the image, >= 1.
        input_key: Name of the input, or a path if the model takes nested dicts.

    Returns:
        A model from {input_key: (n, height, width, channels)} with values in [0, 1] to a dict with
        (n, height / stride, width / stride, channels) for each output.

    Raises:
        ParamsError: The image cannot be halved `depth` times, or no level has an output's stride.
    """
    _check_levels(image_shape, depth, outputs)
    image = keras.Input(image_shape, name=key_path(input_key)[-1])
    levels = _encode(image, filters, depth)
    features = _decode(levels, filters)
    drawn = [(key_path(to.key), _draw(features[int(math.log2(to.stride))], to)) for to in outputs]
    # Dicts on both sides: a bare output takes no dict of targets (keras-team/keras#21513).
    return keras.Model(
        inputs=nest([(key_path(input_key), image)]), outputs=nest(drawn), name="network"
    )


def _draw(features: keras.KerasTensor, output: MapsOutput) -> keras.KerasTensor:
    is_share = output.values == "share"
    return layers.Conv2D(
        output.channels,
        1,
        activation="sigmoid" if is_share else None,
        bias_initializer=keras.initializers.Constant(START_LOGIT if is_share else 0.0),
        dtype="float32",  # whatever the precision inside: peaks are found to parts of a pixel
        name=output.layer,
    )(features)


def _check_levels(image_shape: Shape, depth: int, outputs: Sequence[MapsOutput]) -> None:
    height, width = (length or 0 for length in image_shape[:2])
    if height % 2**depth or width % 2**depth:
        msg = f"an image of {width} x {height} pixels cannot be halved {depth} times (model.depth)"
        raise ParamsError(msg)
    strides = [2**level for level in range(depth + 1)]
    for output in outputs:
        if output.stride not in strides:
            msg = (
                f"inputs.targets.output_stride must be one of {strides} for model.depth {depth}, "
                f"got {output.stride} for {written(key_path(output.key))}"
            )
            raise ParamsError(msg)


def _encode(image: keras.KerasTensor, filters: int, depth: int) -> list[keras.KerasTensor]:
    """The image, and the encoder's features at 1/2, 1/4, ... of its size."""
    levels = [image]
    for level in range(1, depth + 1):
        n_filters = filters * 2**level
        x = _convolve(levels[-1], n_filters, f"encoder{level}_down", strides=2)
        levels.append(_convolve(x, n_filters, f"encoder{level}"))
    return levels


def _decode(levels: list[keras.KerasTensor], filters: int) -> list[keras.KerasTensor]:
    """The decoder's features at 1, 1/2, 1/4, ... of the size of the image, made from the last on.

    Coarse features get the channels of the finer level, are enlarged, and are added to it. The
    U-Net joins both by their channels instead, which takes a third more of the time of a step. That
    time is better spent on one more level, whose features see the whole animal: on a film of two
    flies it halves the points that are far off.

    Levels finer than the finest output are no part of the model: Keras keeps what outputs need.
    """
    decoded = [levels[-1]]
    for level in range(len(levels) - 2, -1, -1):
        n_filters = filters * 2**level
        x = _mix_channels(decoded[0], n_filters, f"decoder{level}_coarse")
        x = layers.UpSampling2D(2, interpolation="bilinear", name=f"decoder{level}_up")(x)
        # the image itself has other channels
        fine = levels[level] if level else _mix_channels(levels[0], n_filters, "decoder0_image")
        x = layers.Add(name=f"decoder{level}_skip")([x, fine])
        x = _convolve(x, n_filters, f"decoder{level}_join")
        decoded.insert(0, _convolve(x, n_filters, f"decoder{level}"))
    return decoded


def _mix_channels(x: keras.KerasTensor, n_filters: int, name: str) -> keras.KerasTensor:
    return layers.Conv2D(n_filters, 1, use_bias=False, kernel_initializer="he_normal", name=name)(x)


def _convolve(
    x: keras.KerasTensor, n_filters: int, name: str, *, strides: int = 1
) -> keras.KerasTensor:
    # Every layer has a name: Keras numbers layers without one, across all networks of the process.
    x = layers.Conv2D(
        n_filters,
        3,
        strides=strides,
        padding="same",
        use_bias=False,  # the normalization adds one
        kernel_initializer="he_normal",
        name=f"{name}_conv",
    )(x)
    # Momentum 0.9 is a running mean over some ten batches: short trainings have few.
    x = layers.BatchNormalization(momentum=0.9, name=f"{name}_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(x)
