"""A warning for labels that no single model can learn: instances of different nodes."""

import warnings

import numpy as np
from numpy.typing import NDArray

from splitlib.labels import Labels
from splitlib.slp.skeletons import first_alike, node_difference


def warn_of_skeletons(labels: Labels, counts: NDArray[np.bool_]) -> None:
    """Warn where instances that count, (n_instances,) bool, have skeletons of different nodes.

    Such labels split well, and the stage inputs refuses their splits.
    """
    kind = np.array(first_alike(labels.skeletons), np.int64)[labels.columns.skeleton[counts]]
    kinds, n_instances = np.unique(kind, return_counts=True)
    if len(kinds) < 2:
        return
    first, second = (labels.skeletons[at] for at in kinds[:2].tolist())
    sizes = " and ".join(map(str, n_instances[:2].tolist()))
    warnings.warn(
        f"{labels.path.name}: instances have skeletons of different nodes, {first.name!r} (here)"
        f" and {second.name!r} (there), with {sizes} instances:"
        f" {node_difference(first.nodes, second.nodes)}. The split holds both, and no model learns"
        " both: the stage inputs will refuse it, so put the skeletons into separate labels files",
        stacklevel=3,
    )
