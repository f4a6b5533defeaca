"""How many instances have the node that crops and centroids are placed on."""

import numpy as np

from splitlib.errors import SplitError
from splitlib.inputs.input_fn import SplitInputs
from splitlib.inputs.instance_offsets import anchor_ind

FEW = 0.9
"""Share of the instances below which a missing anchor is worth a word."""


def anchor_warning(inputs: SplitInputs, *, training: bool) -> str | None:
    """What is placed elsewhere as `inputs.targets.anchor_node` is not labeled; None for little.

    Raises:
        SplitError: The skeleton has no such node; or with `training`, no instance has it.
    """
    if inputs.params.model.head not in ("centered_instance", "centroid"):
        return None
    anchor, nodes = anchor_ind(inputs.source, inputs.params), inputs.source.skeleton.nodes
    n = len(inputs.source.points)
    n_labeled = (~np.isnan(inputs.source.points).any(axis=-1)).sum(axis=0)
    if anchor is None or n_labeled[anchor] >= FEW * n:
        return None
    best = int(n_labeled.argmax())
    found = (
        f"inputs.targets.anchor_node: {nodes[anchor]!r} is labeled in {n_labeled[anchor]} of {n}"
        " instances"
    )
    advice = f"{nodes[best]!r} is labeled in {n_labeled[best]}, and null takes the middle in all"
    if training and not n_labeled[anchor]:
        msg = f"{found} of {inputs.source.name}, so nothing can be centred on it; {advice}"
        raise SplitError(msg)
    return f"{found}; the middle of the labeled points takes its place in the others; {advice}"
