"""Carrying HDF5 objects from one file to another: whole, or with other rows."""

from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from splitlib.errors import UnsupportedFormatError


def copy_attributes(old: h5py.HLObject, new: h5py.HLObject) -> None:
    """Copy all attributes, with their types."""
    for name in sorted(old.attrs):
        new.attrs.create(name, old.attrs[name], dtype=old.attrs.get_id(name).dtype)


def copy_object(old: h5py.Group, new: h5py.Group, name: str, path: Path) -> None:
    """Copy an object of a group with everything below it, as it is.

    Raises:
        UnsupportedFormatError: It holds references to other objects, which a copy would break.
    """
    link = old.get(name, getlink=True)
    if isinstance(link, h5py.SoftLink):
        new[name] = h5py.SoftLink(link.path)
        return
    _refuse_references(old[name], path)
    h5py.h5o.copy(old.id, name.encode(), new.id, name.encode())


def create_like(old: h5py.Dataset, new: h5py.Group, name: str, n_rows: int) -> h5py.Dataset:
    """Create a dataset of the same type, layout, filters and attributes, for other rows.

    Args:
        old: The dataset to follow.
        new: The group to create it in.
        name: Its name there.
        n_rows: Length of its first axis.
    """
    layout = old.id.get_create_plist()
    # A dataset with times would get the time of this copy: the bytes would never repeat.
    layout.set_obj_track_times(False)
    shape = (n_rows, *old.shape[1:])
    limit = (None if old.maxshape[0] is None else n_rows, *old.maxshape[1:])
    if layout.get_layout() == h5py.h5d.CHUNKED:
        if limit[0] is not None and n_rows == 0:
            limit = (None, *limit[1:])  # chunks need room for one row
        chunk = layout.get_chunk()
        layout.set_chunk((min(chunk[0], limit[0] or chunk[0]), *chunk[1:]))
    space = h5py.h5s.create_simple(
        shape, tuple(h5py.h5s.UNLIMITED if n is None else n for n in limit)
    )
    kind = old.id.get_type()
    if kind.committed():
        kind = kind.copy()
    created = h5py.Dataset(h5py.h5d.create(new.id, name.encode(), kind, space, layout))
    copy_attributes(old, created)
    return created


def write_like(
    old: h5py.Dataset, new: h5py.Group, name: str, rows: NDArray[np.generic]
) -> h5py.Dataset:
    """Create a dataset as `create_like` does, and fill it."""
    created = create_like(old, new, name, len(rows))
    if rows.size:
        created.write_direct(np.ascontiguousarray(rows))
    return created


def write_texts(old: h5py.Dataset, new: h5py.Group, name: str, texts: list[bytes]) -> None:
    """Write other texts in the form of a dataset of texts: of fixed length, or variable."""
    kind = np.dtype(f"S{max(map(len, texts))}") if old.dtype.kind == "S" else h5py.string_dtype()
    copy_attributes(old, new.create_dataset(name, data=np.array(texts, kind)))


def _refuse_references(found: h5py.HLObject, path: Path) -> None:
    """Object and region references hold addresses of their own file."""
    if isinstance(found, h5py.Dataset):
        if found.dtype.kind == "O" and h5py.check_ref_dtype(found.dtype):
            msg = (
                f"{path}: {found.name} holds references to other objects of the file, which a copy"
                " with fewer rows cannot keep; remove it or save the labels again with SLEAP"
            )
            raise UnsupportedFormatError(msg)
    elif isinstance(found, h5py.Group):
        for name in found:
            if not isinstance(found.get(name, getlink=True), h5py.SoftLink):
                _refuse_references(found[name], path)
