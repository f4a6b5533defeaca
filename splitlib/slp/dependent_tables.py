"""All tables that refer to frames and instances, besides the core tables.

Their order matters: what belongs to annotations follows the annotations.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import h5py
import numpy as np
from numpy.typing import NDArray

from splitlib.slp.annotation_specs import OWNED, TABLES
from splitlib.slp.annotations import annotation_writers
from splitlib.slp.catalogs import CATALOGS, check_catalogs
from splitlib.slp.container import reading
from splitlib.slp.hdf5copy import Writer
from splitlib.slp.owned_tables import owned_writers
from splitlib.slp.parts import Numbering, Parts, one_part
from splitlib.slp.selection import Selection, select
from splitlib.slp.sessions import session_writers
from splitlib.slp.source import SlpFile
from splitlib.slp.stored_images import check_unchanged

_DEPENDENT = {*OWNED, *(spec.name for spec in TABLES), "sessions_json"}


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
    try:
        return _of_all_kinds(parts)
    except (OSError, RuntimeError):  # of h5py, where stored values are damaged
        with reading(parts.sources[0].path, "/"):
            raise


def _of_all_kinds(parts: Parts) -> DependentTables:
    check_catalogs(parts)
    writers, numbers = annotation_writers(parts)
    for more, own in (owned_writers(parts, numbers), session_writers(parts)):
        writers |= more
        numbers |= own
    return DependentTables(writers, numbers)


def dependent_writers(source: SlpFile, file: h5py.File, selection: Selection) -> dict[str, Writer]:
    """The writers of these tables with the rows of some frames of a file, which is open.

    Raises:
        LabelsFileError: As `dependent_tables`.
    """
    if not {*_DEPENDENT, *CATALOGS}.intersection(source.root_names):  # as in most files
        return {}
    return dependent_tables(one_part(source, file, selection)).writers


def kept_rows(
    source: SlpFile, choices: Sequence[NDArray[np.int64]]
) -> dict[str, tuple[int, list[int]]]:
    """For each table that refers to frames, its rows, and how many of them some frames keep.

    Each of the choices is (n,) int64 rows of /frames. Tables without rows are left out.

    Raises:
        LabelsFileError: A row points outside of its table, a table is broken, or the file was
            changed since it was read.
    """
    if not set(source.root_names) & _DEPENDENT:
        return {}
    check_unchanged(source)
    with h5py.File(source.path, "r") as file:
        found = [
            dependent_tables(one_part(source, file, select(source, frames))).numbers
            for frames in choices
        ]
    return {
        name: (len(one.new), [int((own[name].new >= 0).sum()) for own in found])
        for name, one in found[0].items()
        if len(one.new)
    }
