"""What a network has to be, as a builder of the lab is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from splitlib.params import Head


@dataclass(frozen=True)
class NetworkSpec:
    """What the examples are, and what has to be drawn from them.

    Attributes:
        head: `model.head` of the params.
        image_shape: (height, width, channels) of an image with values in [0, 1]; height and width
            are None for whole frames, which are padded to multiples of 2**`model.depth`.
        nodes: What the confidence maps show, in their order; ("centroid",) for `head: centroid`.
        edges: Pairs of positions in the nodes of the skeleton that part affinity fields join, in
            their order; empty for other heads than multi_instance.
        strides: Pixels of the image for one cell: of "confmaps", and for multi_instance of "pafs".
        options: `model.options` of the params.
    """

    head: Head
    image_shape: tuple[int | None, int | None, int]
    nodes: tuple[str, ...]
    edges: tuple[tuple[int, int], ...]
    strides: Mapping[str, int]
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def channels(self) -> dict[str, int]:
        """Maps that each output has: one for each node, two for each edge."""
        return {
            name: len(self.nodes) if name == "confmaps" else 2 * len(self.edges)
            for name in self.strides
        }
