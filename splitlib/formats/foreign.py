"""Labels of another format, as they are handed from their reader to their writer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, eq=False)
class Foreign:
    """Labels of another format.

    Attributes:
        labels: `sleap_io.Labels`. Pictures and videos have the whole paths of this machine.
        splits: The splits that the source brings along, by their name ("" for the only ones): per
            split the positions of its frames in the labels.
        missing: Pictures that are not there, as the source names them. Their labels are left out.
        left_behind: What the source holds and the labels do not, a phrase each.
    """

    labels: Any
    splits: Mapping[str, Mapping[str, Sequence[int]]] = field(default_factory=dict)
    missing: Sequence[str] = ()
    left_behind: Sequence[str] = ()
