"""Joining the peaks of confidence maps to animals, along part affinity fields: numpy alone.

The method is that of Cao et al. 2017 (arXiv:1611.08050): the fields between two peaks tell whether
an edge of the skeleton joins them; for each edge the best set of pairs is chosen; and the pairs
that meet at a peak are one animal.
"""

from splitlib.inference.grouping.animals import join_peaks
from splitlib.inference.grouping.found_instances import FoundInstances

__all__ = ["FoundInstances", "join_peaks"]
