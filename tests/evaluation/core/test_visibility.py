"""Precision and recall of visible nodes, beside SLEAP's way to count them."""

import numpy as np
import pytest
from drawn_animals import evaluated_splits
from hypothesis import given

from splitlib.evaluation.core.evaluated import Evaluated
from splitlib.evaluation.core.visibility import visibility


@given(evaluated_splits())
def test_shares_are_counted_node_by_node(evaluated: Evaluated) -> None:
    """As `sleap.nn.evals.compute_visibility_conf` counts the nodes of pairs."""
    n_right = n_wrong = n_missed = 0
    for at in np.flatnonzero(evaluated.is_found):
        for labeled, found in zip(evaluated.truth[at], evaluated.found[at], strict=True):
            is_labeled, is_found = (not np.isnan(point).any() for point in (labeled, found))
            n_right += is_labeled and is_found
            n_wrong += is_found and not is_labeled
            n_missed += is_labeled and not is_found
    shares = visibility(evaluated)
    for share, others in ((shares.precision, n_wrong), (shares.recall, n_missed)):
        if n_right + others:
            assert share == pytest.approx(n_right / (n_right + others))
        else:
            assert share is None
