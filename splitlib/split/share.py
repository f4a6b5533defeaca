"""A part of the training frames, for learning curves: smaller parts are in larger ones."""

import math

import numpy as np
from numpy.typing import NDArray

from splitlib.split.assign import Assignment
from splitlib.split.examples import TRAIN


def beyond_share(assigned: Assignment) -> NDArray[np.bool_]:
    """(n,) bool, the training examples beyond `split.train_share`.

    Whole groups stay, in the order of their keys, up to the first one that would be too many; there
    is always one. So val and test do not change, and each share holds all smaller ones.
    """
    share = assigned.params.train_share
    trains = (assigned.split == TRAIN) & ~assigned.lost
    if share == 1:
        return np.zeros(len(trains), bool)
    size = np.bincount(assigned.group[trains], minlength=len(assigned.key))
    order = np.lexsort((np.arange(len(size)), assigned.key))
    order = order[size[order] > 0]
    most = math.ceil(share * int(size.sum()))
    stays = np.cumsum(size[order]) <= most
    stays[:1] = True
    is_spare = np.zeros(len(size), bool)
    is_spare[order[~stays]] = True
    return np.asarray(trains & is_spare[assigned.group])
