"""Carrying HDF5 objects from one file to another: whole, or with other rows.

Types are copied before they are used, since a committed type belongs to its file.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from splitlib.slp.container import is_in_heap, iter_types, object_in, reading

Writer = Callable[[h5py.Group, h5py.Group], None]
"""Reads an object of an old group, and writes into a new group what replaces the object."""

# HDF5 ends the process where it cannot write its own header, so a full disk has to be noticed
# before, with these first bytes.
_FIRST_BYTES = 2**16

# Rows of values of no fixed length that are looked at together.
_ROWS = 1000

_ERRNO = re.compile(r"errno = (\d+)")


@contextmanager
def new_file(partial: Path, path: Path) -> Iterator[h5py.File]:
    """A new HDF5 file at `partial` to write to, which errors name by its later path.

    Raises:
        OSError: The file cannot be written, such as on a full disk.
    """
    try:
        partial.write_bytes(bytes(_FIRST_BYTES))
        # The layout that SLEAP 1.x reads, whatever the default of the HDF5 library. There is no
        # upper bound: objects that only later versions can read are carried over as they are.
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
    if not h5py.h5a.get_num_attrs(old.id):  # as of most objects
        return
    for name in sorted(old.attrs, key=_encoded):
        attribute = old.attrs.get_id(name)
        kind, space = attribute.get_type(), attribute.get_space()
        # A type made from the one in memory would have another padding, or alphabet.
        created = h5py.h5a.create(new.id, _encoded(name), kind.copy(), space)
        if space.get_simple_extent_type() != h5py.h5s.NULL:
            base, inner = attribute.dtype.subdtype or (attribute.dtype, ())
            values = np.empty((*attribute.shape, *inner), base)
            in_memory = h5py.h5t.py_create(attribute.dtype)
            attribute.read(values, mtype=in_memory)
            created.write(values, mtype=in_memory)


def set_text(new: h5py.HLObject, name: str, text: bytes) -> None:
    """Replace the text in an attribute, and keep the form of the attribute."""
    kind = _text_type(new.attrs.get_id(name), [text])
    h5py.h5a.delete(new.id, _encoded(name))
    created = h5py.h5a.create(new.id, _encoded(name), kind, h5py.h5s.create(h5py.h5s.SCALAR))
    created.write(np.array(text, created.dtype))


def copy_object(old: h5py.Group, new: h5py.Group, name: str, *, has_heaps: bool = True) -> None:
    """Copy an object of a group with everything below it, as it is.

    `has_heaps` says whether values of no fixed length may be in it, which are read before.
    """
    if old.id.links.get_info(name.encode()).type == h5py.h5l.TYPE_SOFT:
        new[name] = h5py.SoftLink(old.get(name, getlink=True).path)
        return
    if has_heaps:
        _read_heaps(old, name)
    h5py.h5o.copy(old.id, name.encode(), new.id, name.encode())


def copy_group(
    old: h5py.Group, new: h5py.Group, writers: Mapping[str, Writer], *, has_heaps: bool = True
) -> None:
    """Copy attributes and objects of a group; objects named in `writers` are written by these.

    Raises:
        LabelsFileError: An object cannot be read.
    """
    path, place = path_of(old), old.name
    with reading(path, place):
        copy_attributes(old, new)
    for name in sorted(old):
        with reading(path, f"{place.rstrip('/')}/{name}"):
            if name in writers:
                writers[name](old, new)
            else:
                copy_object(old, new, name, has_heaps=has_heaps)


def create_like(
    old: h5py.Dataset,
    new: h5py.Group,
    name: str,
    n_rows: int,
    kind: h5py.h5t.TypeID | None = None,
) -> h5py.Dataset:
    """Create a dataset with layout, filters and attributes of an old one, for other rows.

    `kind` is the type of the values; None stands for that of the old dataset.
    """
    layout, old_space = old.id.get_create_plist(), old.id.get_space()
    shape, maxshape = old_space.get_simple_extent_dims(), old_space.get_simple_extent_dims(True)
    # A dataset with times would get the time of this copy, and the bytes would never repeat.
    layout.set_obj_track_times(False)
    is_chunked = layout.get_layout() == h5py.h5d.CHUNKED
    # Chunks need room for one row.
    is_fixed = maxshape[0] != h5py.h5s.UNLIMITED and (n_rows > 0 or not is_chunked)
    if is_chunked and is_fixed:
        rows, *others = layout.get_chunk()
        layout.set_chunk((min(rows, n_rows), *others))
    limits = (n_rows if is_fixed else h5py.h5s.UNLIMITED, *maxshape[1:])
    space = h5py.h5s.create_simple((n_rows, *shape[1:]), limits)
    own = old.id.get_type().copy() if kind is None else kind
    created = h5py.Dataset(h5py.h5d.create(new.id, name.encode(), own, space, layout))
    copy_attributes(old, created)
    return created


def write_like(
    old: h5py.Dataset, new: h5py.Group, name: str, rows: NDArray[np.generic]
) -> h5py.Dataset:
    """Create a dataset as `create_like` does, and fill it."""
    created = create_like(old, new, name, len(rows))
    if rows.size:
        write_part(created, np.ascontiguousarray(rows), 0)
    return created


def write_part(
    created: h5py.Dataset,
    rows: NDArray[np.generic],
    first: int,
    kind: h5py.h5t.TypeID | None = None,
) -> None:
    """Write rows of a dataset from row `first` on.

    `kind` is the type that the rows have in memory, which takes longer to make than some rows to
    write; None stands for that of their dtype.
    """
    space = created.id.get_space()
    others = (0,) * (rows.ndim - 1)
    space.select_hyperslab((first, *others), rows.shape)
    created.id.write(h5py.h5s.create_simple(rows.shape), space, rows, kind)


def rows_writer(name: str, rows: NDArray[np.int64]) -> Writer:
    """Something that writes only some rows of a dataset."""

    def write(old: h5py.Group, new: h5py.Group) -> None:
        found = object_in(old, name)
        write_like(found, new, name, found[()][rows])

    return write


def write_texts(old: h5py.Dataset, new: h5py.Group, name: str, texts: list[bytes]) -> None:
    """Write other texts in the form of a dataset of texts: of fixed length, or variable."""
    created = create_like(old, new, name, len(texts), _text_type(old.id, texts))
    created.write_direct(np.array(texts, created.dtype))


def _text_type(old: h5py.h5d.DatasetID | h5py.h5a.AttrID, texts: list[bytes]) -> h5py.h5t.TypeID:
    """The type of stored texts, wide enough for other texts."""
    kind = old.get_type().copy()
    if not kind.is_variable_str():
        kind.set_size(max(1, *map(len, texts)))
    return kind


def path_of(found: h5py.HLObject) -> Path:
    """The file of an object."""
    return Path(os.fsdecode(h5py.h5f.get_name(found.id)))  # `found.file` opens the file once more


def _encoded(name: str | bytes) -> bytes:
    return name if isinstance(name, bytes) else name.encode()  # bytes where they are no UTF-8


def _read_heaps(group: h5py.Group, name: str) -> None:
    """Read what an object, and all below it, has in heaps, and so find what is damaged there.

    HDF5 1.14 ends the process where it copies an object and cannot read its heap: it frees the
    message of the error twice (`H5E__clear_entries`).
    """

    def read(found: Any) -> None:  # noqa: ANN401 - of the lower layer of h5py
        if not any(map(is_in_heap, iter_types(found))):
            return
        if isinstance(found, h5py.h5d.DatasetID):
            _read_rows(h5py.Dataset(found))
        for key in range(h5py.h5a.get_num_attrs(found)):
            _read_attribute(h5py.h5a.open(found, index=key))

    place = h5py.h5o.open(group.id, _encoded(name))
    read(place)
    if isinstance(place, h5py.h5g.GroupID):
        h5py.h5o.visit(place, lambda at: read(h5py.h5o.open(place, at)))


def _read_rows(found: h5py.Dataset) -> None:
    if found.shape:
        for start in range(0, len(found), _ROWS):
            found[start : start + _ROWS]
    else:
        found[()]


def _read_attribute(found: h5py.h5a.AttrID) -> None:
    if found.get_space().get_simple_extent_type() != h5py.h5s.NULL:
        found.read(np.empty(found.shape, found.dtype))
