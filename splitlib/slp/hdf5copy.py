"""Carrying HDF5 objects from one file to another: whole, or with other rows."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

Writer = Callable[[h5py.File, h5py.File], None]
"""Writes into the new file what replaces a root object of the old one."""

# A full disk is noticed with the first bytes: where HDF5 cannot write its own header it ends the
# process, later on.
_FIRST_BYTES = 2**16

_ERRNO = re.compile(r"errno = (\d+)")


@contextmanager
def new_file(partial: Path, path: Path) -> Iterator[h5py.File]:
    """A new HDF5 file to write to.

    Args:
        partial: Where it is written.
        path: Where it will be, for messages.

    Raises:
        OSError: It cannot be written, such as on a full disk.
    """
    try:
        partial.write_bytes(bytes(_FIRST_BYTES))
        # The layout that SLEAP 1.x reads, whatever the default of the HDF5 library. No upper bound:
        # what only later versions can read is carried over as it is.
        with h5py.File(partial, "w", libver=("earliest", "latest")) as file:
            yield file
    except (OSError, RuntimeError) as err:
        found = _ERRNO.search(str(err))
        code = int(found.group(1)) if found else getattr(err, "errno", None)
        if not code:
            raise
        raise OSError(code, os.strerror(code), str(path)) from err


def copy_attributes(old: h5py.HLObject, new: h5py.HLObject) -> None:
    """Copy all attributes, with their types."""
    for name in sorted(old.attrs, key=_encoded):
        attribute = old.attrs.get_id(name)
        kind, space = attribute.get_type(), attribute.get_space()
        # By its own type: one made from the type in memory has another padding, or alphabet.
        created = h5py.h5a.create(new.id, _encoded(name), _own(kind), space)
        if space.get_simple_extent_type() != h5py.h5s.NULL:
            base, inner = attribute.dtype.subdtype or (attribute.dtype, ())
            values = np.empty((*attribute.shape, *inner), base)
            in_memory = h5py.h5t.py_create(attribute.dtype)
            attribute.read(values, mtype=in_memory)
            created.write(values, mtype=in_memory)


def set_text(new: h5py.HLObject, name: str, text: bytes) -> None:
    """Put another text into an attribute that holds one, in the form that it has."""
    kind = _own(new.attrs.get_id(name).get_type())
    if not kind.is_variable_str():
        kind.set_size(max(1, len(text)))
    h5py.h5a.delete(new.id, _encoded(name))
    created = h5py.h5a.create(new.id, _encoded(name), kind, h5py.h5s.create(h5py.h5s.SCALAR))
    created.write(np.array(text, created.dtype))


def copy_object(old: h5py.Group, new: h5py.Group, name: str) -> None:
    """Copy an object of a group with everything below it, as it is."""
    link = old.get(name, getlink=True)
    if isinstance(link, h5py.SoftLink):
        new[name] = h5py.SoftLink(link.path)
        return
    h5py.h5o.copy(old.id, name.encode(), new.id, name.encode())


def create_like(
    old: h5py.Dataset,
    new: h5py.Group,
    name: str,
    n_rows: int,
    kind: h5py.h5t.TypeID | None = None,
) -> h5py.Dataset:
    """Create a dataset of the same type, layout, filters and attributes, for other rows.

    Args:
        old: The dataset to follow.
        new: The group to create it in.
        name: Its name there.
        n_rows: Length of its first axis.
        kind: Another type; None for that of the old dataset.
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
    own = _own(old.id.get_type()) if kind is None else kind
    created = h5py.Dataset(h5py.h5d.create(new.id, name.encode(), own, space, layout))
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
    kind = _own(old.id.get_type())
    if not kind.is_variable_str():
        kind.set_size(max(map(len, texts)))
    created = create_like(old, new, name, len(texts), kind)
    created.write_direct(np.array(texts, created.dtype))


def _own(kind: h5py.h5t.TypeID) -> h5py.h5t.TypeID:
    """A type of its own: one that is committed belongs to its file."""
    return kind.copy()


def _encoded(name: str | bytes) -> bytes:
    return name if isinstance(name, bytes) else name.encode()  # bytes where they are no UTF-8


def object_with_references(file: h5py.File) -> str | None:
    """The name of an object that holds references to others, itself or in an attribute, or None.

    References are addresses in their own file, which a copy cannot keep.
    """
    if _refers(file):
        return "/"
    name: str | None = file.visititems(lambda _, found: found.name if _refers(found) else None)
    return name


def _refers(found: h5py.HLObject) -> bool:
    holders = [h5py.h5a.open(found.id, index=at) for at in range(h5py.h5a.get_num_attrs(found.id))]
    if isinstance(found, h5py.Dataset):
        holders.append(found.id)
    return any(_holds_references(holder.get_type()) for holder in holders)


def _holds_references(kind: h5py.h5t.TypeID) -> bool:
    if isinstance(kind, h5py.h5t.TypeCompoundID):
        members = range(kind.get_nmembers())
        return any(_holds_references(kind.get_member_type(at)) for at in members)
    if isinstance(kind, h5py.h5t.TypeArrayID | h5py.h5t.TypeVlenID):
        return _holds_references(kind.get_super())
    return isinstance(kind, h5py.h5t.TypeReferenceID)
