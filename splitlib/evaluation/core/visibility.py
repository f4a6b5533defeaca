"""Whether a model finds the nodes that were labeled, and no others."""

from dataclasses import dataclass

import numpy as np

from splitlib.evaluation.core.evaluated import Evaluated


@dataclass(frozen=True)
class Visibility:
    """Shares of nodes in instances that were found.

    Source: `compute_visibility_conf` of sleap/nn/evals.py, SLEAP 1.3.3.

    Attributes:
        precision: Of the found nodes, those that are labeled; None where none was found.
        recall: Of the labeled nodes, those that were found; None where none is labeled.
    """

    precision: float | None
    recall: float | None


def visibility(evaluated: Evaluated) -> Visibility:
    """The figures of the labeled instances for which something was found."""
    paired = evaluated.is_found
    labeled = ~np.isnan(evaluated.truth[paired]).any(axis=-1)
    found = ~np.isnan(evaluated.found[paired]).any(axis=-1)
    n_both, n_found, n_labeled = (int(mask.sum()) for mask in (labeled & found, found, labeled))
    return Visibility(
        n_both / n_found if n_found else None, n_both / n_labeled if n_labeled else None
    )
