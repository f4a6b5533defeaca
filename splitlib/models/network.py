"""A small encoder and decoder that draws confidence maps.

The shape is that of the U-Net (Ronneberger, Fischer and Brox 2015), as in SLEAP: the encoder sees
the whole animal on its coarsest level, the decoder gives back the place of each part, down to the
resolution that is asked for.
"""

import math

import keras
from keras import layers

from splitlib.errors import ParamsError
from splitlib.inputs.key_paths import OutputKey, key_path, nest

START_LOGIT = -4.0
"""Every map starts at 0.02: near 0, as most of a confidence map is."""


def build_network(
    *,
    image_shape: tuple[int, int, int],
    n_nodes: int,
    filters: int,
    depth: int,
    output_stride: int,
    input_key: OutputKey = "image",
    output_key: OutputKey = "confmaps",
) -> keras.Model:
    """A new network, with weights drawn from Keras's global seed.

    Args:
        image_shape: (height, width, channels); height and width are multiples of 2**depth.
        n_nodes: Confidence maps to draw.
        filters: Channels at the resolution of the image; each level below has twice as many.
        depth: Number of times that the encoder halves the image, >= 1.
        output_stride: Pixels of the image for one of the maps: a power of two, at most 2**depth.
        input_key: Name of the input, a path where the model takes nested dicts.
        output_key: Name of the output, likewise.

    Returns:
        A model from {input_key: (n, height, width, channels)} with values in [0, 1] to
        {output_key: (n, height / output_stride, width / output_stride, n_nodes)}, values in [0, 1].

    Raises:
        ParamsError: The image cannot be halved so often, or the output stride is not on a level.
    """
    _check_levels(image_shape, depth, output_stride)
    image = keras.Input(image_shape, name=key_path(input_key)[-1])
    levels = _encode(image, filters, depth)
    features = _decode(levels, filters, down_to=int(math.log2(output_stride)))
    maps = layers.Conv2D(
        n_nodes,
        1,
        activation="sigmoid",
        bias_initializer=keras.initializers.Constant(START_LOGIT),
        name="confidence_maps",
    )(features)
    # Dicts on both sides: a bare output takes no dict of targets (keras-team/keras#21513).
    return keras.Model(
        inputs=nest([(key_path(input_key), image)]),
        outputs=nest([(key_path(output_key), maps)]),
        name="network",
    )


def _check_levels(image_shape: tuple[int, int, int], depth: int, output_stride: int) -> None:
    height, width, _ = image_shape
    if height % 2**depth or width % 2**depth:
        msg = f"an image of {width} x {height} pixels cannot be halved {depth} times (model.depth)"
        raise ParamsError(msg)
    strides = [2**level for level in range(depth + 1)]
    if output_stride not in strides:
        msg = (
            f"inputs.targets.output_stride must be one of {strides} for model.depth {depth}, "
            f"got {output_stride}"
        )
        raise ParamsError(msg)


def _encode(image: keras.KerasTensor, filters: int, depth: int) -> list[keras.KerasTensor]:
    """The image, and what the encoder makes of it at 1/2, 1/4, ... of its size."""
    levels = [image]
    for level in range(1, depth + 1):
        n_filters = filters * 2**level
        x = _convolve(levels[-1], n_filters, f"encoder{level}_down", strides=2)
        levels.append(_convolve(x, n_filters, f"encoder{level}"))
    return levels


def _decode(levels: list[keras.KerasTensor], filters: int, *, down_to: int) -> keras.KerasTensor:
    """From the last of the levels back to the one numbered `down_to`."""
    x = levels[-1]
    for level in range(len(levels) - 2, down_to - 1, -1):
        n_filters = filters * 2**level
        x = layers.UpSampling2D(2, interpolation="bilinear", name=f"decoder{level}_up")(x)
        x = layers.Concatenate(name=f"decoder{level}_skip")([x, levels[level]])
        x = _convolve(x, n_filters, f"decoder{level}_join")
        x = _convolve(x, n_filters, f"decoder{level}")
    return x


def _convolve(
    x: keras.KerasTensor, n_filters: int, name: str, *, strides: int = 1
) -> keras.KerasTensor:
    # Every layer has a name: Keras would number them by what was built before in the process.
    x = layers.Conv2D(
        n_filters,
        3,
        strides=strides,
        padding="same",
        use_bias=False,  # the normalization adds one
        kernel_initializer="he_normal",
        name=f"{name}_conv",
    )(x)
    # A running mean over some ten batches: short trainings have few.
    x = layers.BatchNormalization(momentum=0.9, name=f"{name}_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(x)
