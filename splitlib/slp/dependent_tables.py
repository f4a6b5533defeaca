"""All tables that refer to frames and instances, besides the core tables.

Their order matters: what belongs to annotations follows the annotations.
"""

from dataclasses import dataclass

import h5py
import numpy as np
from numpy.typing import NDArray

from splitlib.slp.annotations import annotation_writers
from splitlib.slp.catalogs import check_catalogs
from splitlib.slp.hdf5copy import Writer
from splitlib.slp.owned_tables import owned_writers
from splitlib.slp.parts import Numbering, Parts, one_part
from splitlib.slp.selection import select
from splitlib.slp.sessions import session_writers
from splitlib.slp.source import SlpFile


@dataclass(frozen=True, eq=False)
class DependentTables:
    """What is written of these tables.

    Attributes:
        writers: By the name of an object at the root of the file.
        numbers: By the name of a table, the new numbers of its rows.
    """

    writers: dict[str, Writer]
    numbers: dict[str, Numbering]


def dependent_tables(parts: Parts) -> DependentTables:
    """The tables with the rows of the frames that stay.

    Raises:
        LabelsFileError: A row points outside of its table, or a table is broken.
        ValueError: Several files contradict one another.
    """
    check_catalogs(parts)
    writers, numbers = annotation_writers(parts)
    for more, own in (owned_writers(parts, numbers), session_writers(parts)):
        writers |= more
        numbers |= own
    return DependentTables(writers, numbers)


def kept_rows(
    source: SlpFile, file: h5py.File, frames: NDArray[np.int64]
) -> dict[str, tuple[int, int]]:
    """For each table that refers to frames, the rows that some frames keep, and all of its rows.

    Raises:
        LabelsFileError: A row points outside of its table, or a table is broken.
    """
    tables = dependent_tables(one_part(source, file, select(source, frames)))
    return {name: (int((one.new >= 0).sum()), len(one.new)) for name, one in tables.numbers.items()}
