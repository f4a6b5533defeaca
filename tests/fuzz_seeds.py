"""The sound files that mutants are made of: every table of every format, in each form of HDF5."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from every_table import TABLES, labels_of, write
from synthetic_labels import replace_dataset, small_labels, small_package, to_layout

N_FRAMES = 7
Make = Callable[[Path], object]


def write_seeds(folder: Path) -> list[Path]:
    """Write all seeds into a folder; the same files on every run with the same libraries."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in SEEDS.items():
        make(folder / f"{name}.slp")
    return [folder / f"{name}.slp" for name in SEEDS]


def _tables(seed: int, *without: str) -> Make:
    return lambda path: write(labels_of(seed, set(TABLES) - {*without}, N_FRAMES), path)


def _package(layout: str) -> Make:
    return lambda path: to_layout(small_package().write(path), layout)


def _format(number: float) -> Make:
    return lambda path: replace(small_labels(), format_id=number).write(path)


def _texts_of_any_length(path: Path) -> None:
    """Texts in a global heap, as sleap-io writes them, in datasets and in attributes."""
    small_package().write(path)
    kind = h5py.string_dtype()
    with h5py.File(path, "r+") as file:
        for name in ("videos_json", "tracks_json", "suggestions_json"):
            replace_dataset(file, name, file[name][()].astype(object), dtype=kind, maxshape=(None,))
        file.create_dataset("notes", data=[["a", "bc"], ["", "d"]], dtype=kind, compression="gzip")
        file["metadata"].attrs.create("more", ["a", "b" * 300], dtype=kind)


def _newest_hdf5(path: Path) -> None:
    """The tables of HDF5 1.8 and on: object headers with checksums, dense groups, fractal heaps."""
    write(labels_of(3, set(TABLES), N_FRAMES), path)
    old_path = path.rename(path.with_suffix(".old"))
    with h5py.File(old_path) as old, h5py.File(path, "w", libver="latest") as new:
        for key, value in old.attrs.items():
            new.attrs[key] = value
        for name in old:
            old.copy(name, new)
        many = new.create_group("many")
        for at in range(20):  # beyond 8 links, and 8 attributes, HDF5 keeps them in a fractal heap
            many[f"link{at}"] = h5py.SoftLink("/frames")
            many.attrs[f"attribute{at}"] = at
    old_path.unlink()


def _matrices(path: Path) -> None:
    """Tables without types of their own, as sleap-io.js writes them."""
    small_labels().write(path)
    with h5py.File(path, "r+") as file:
        for name in ("frames", "instances", "points", "pred_points"):
            rows = file[name][()]
            columns: Any = rows.dtype.names
            del file[name]
            file[name] = np.stack([rows[column].astype(float) for column in columns], axis=1)
            file[name].attrs["field_names"] = np.array(columns, "S")


def _chunked(path: Path) -> None:
    """Compressed tables of several chunks."""
    small_labels().write(path)
    with h5py.File(path, "r+") as file:
        for name in ("frames", "instances", "points"):
            options = {"chunks": (2,), "maxshape": (None,), "compression": "gzip", "shuffle": True}
            replace_dataset(file, name, file[name][()], **options)


SEEDS: dict[str, Make] = {
    **{f"tables{seed}": _tables(seed) for seed in (3, 5, 8)},
    "one-size": _tables(4, "sizes"),
    "sessions": _tables(6, "label_images", "masks", "score_maps"),
    **{f"format{number}": _format(number) for number in (1.0, 1.1, 1.2, 1.4)},
    "package": lambda path: small_package().write(path),
    **{f"package-{layout}": _package(layout) for layout in ("vlen", "gzip", "pixels")},
    "texts": _texts_of_any_length,
    "newest": _newest_hdf5,
    "matrices": _matrices,
    "chunked": _chunked,
}
"""Makers of the files by name."""
