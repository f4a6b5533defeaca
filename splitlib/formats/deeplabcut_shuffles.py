"""The train and test frames of the shuffles of a DeepLabCut project.

A shuffle is a pickle of DeepLabCut with positions in the labels of all videos, sorted by video and
picture. A pickle can run any code, so only plain values and numpy arrays are made of it. The labels
may have grown since: the pictures that the pickle names for training tell whether they have.

Source: `create_training_dataset` in `generate_training_dataset/trainingsetmanipulation.py` of
DeepLabCut 2.3 and 3.0.
"""

import pickle
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

_NAME = re.compile(r"Documentation_data-.+_(\d+shuffle\d+)\.pickle$")

_HARMLESS = {
    *(("numpy", name) for name in ("ndarray", "dtype")),
    *((f"numpy.{core}.multiarray", "_reconstruct") for core in ("core", "_core")),
    *((f"numpy.{core}.multiarray", "scalar") for core in ("core", "_core")),
    *((f"numpy.{core}.numeric", "_frombuffer") for core in ("core", "_core")),
    ("_codecs", "encode"),
}
"""What a pickle of arrays and plain values names. Nothing of it runs code from the file."""


DAMAGE = (
    *(pickle.UnpicklingError, OSError, EOFError, ImportError),
    *(ValueError, TypeError, LookupError, AttributeError),
)
"""What reading a damaged pickle raises."""


class _Arrays(pickle.Unpickler):
    """Reads plain values and numpy arrays, and refuses everything else."""

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - as of pickle
        if (module, name) not in _HARMLESS:
            msg = f"it names {module}.{name}, which is no array"
            raise pickle.UnpicklingError(msg)
        return super().find_class(module, name)


def read_shuffles(
    root: Path, pictures: Sequence[tuple[str, str]]
) -> tuple[dict[str, dict[str, list[int]]], list[str]]:
    """The shuffles of a project.

    Args:
        root: The folder of the project.
        pictures: Video and name of the picture of each labeled frame, all that the tables list.

    Returns:
        Per shuffle, such as "95shuffle1", the positions of its train and test frames in `pictures`;
        and the shuffles that are damaged or of other labels, a phrase each.
    """
    order = sorted(range(len(pictures)), key=lambda at: pictures[at])
    shuffles: dict[str, dict[str, list[int]]] = {}
    unusable: list[str] = []
    for path in sorted((root / "training-datasets").glob("*/*/Documentation_data-*.pickle")):
        named = _NAME.search(path.name)
        if named is None:
            continue
        try:
            records, train, test = _read(path)
        except DAMAGE as err:
            unusable.append(f"{named[1]}, whose file is not read: {err}")
            continue
        if not _fits(records, train, test, [pictures[at] for at in order]):
            unusable.append(f"{named[1]}, which was made of other labels")
            continue
        lists = {"train": train, "test": test}
        shuffles[named[1]] = {name: [order[at] for at in own] for name, own in lists.items()}
    return shuffles, unusable


def _read(path: Path) -> tuple[Any, list[int], list[int]]:
    """The records of the training pictures, and the positions of train and test."""
    with path.open("rb") as file:
        records, train, test, *_ = _Arrays(file).load()
    # DeepLabCut fills up lists with -1 where all shuffles are to have equal sizes
    lists = ([int(at) for at in np.ravel(one) if int(at) != -1] for one in (train, test))
    return records, *lists


def _fits(
    records: object, train: Sequence[int], test: Sequence[int], ordered: Sequence[tuple[str, str]]
) -> bool:
    """Whether the positions are of these pictures, as far as the records tell."""
    both = [*train, *test]
    if sorted(both) != sorted(set(both) & set(range(len(ordered)))):
        return False
    trained = {ordered[at] for at in train}
    return all(name in trained for name in _named(records))


def _named(records: object) -> Iterator[tuple[str, str]]:
    """Video and picture of each record; a picture is a path, or its parts."""
    for record in records if isinstance(records, list | tuple) else ():
        image = record.get("image") if isinstance(record, Mapping) else None
        parts = re.split(r"[\\/]", image) if isinstance(image, str) else list(image or ())
        if len(parts) >= 2:
            yield str(parts[-2]), str(parts[-1])
