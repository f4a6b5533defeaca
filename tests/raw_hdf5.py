"""Everything that is in an HDF5 file, as plain values: types, shapes, bytes, attributes, links."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np

Content = dict[str, Any]


def content(path: Path) -> Content:
    """What is at each place of a file: "/frames", "/metadata@json", ..."""
    with h5py.File(path) as file:
        return dict(_object(file, ""))


def content_at(path: Path, *names: str) -> Content:
    """What is at some objects and below them."""
    found = content(path)
    return {place: value for place, value in found.items() if _top(place) in names}


def content_besides(path: Path, *names: str) -> Content:
    """What is at all other objects."""
    found = content(path)
    return {place: value for place, value in found.items() if _top(place) not in names}


def _top(place: str) -> str:
    return place.lstrip("/").partition("/")[0].partition("@")[0]


def _object(found: h5py.HLObject, place: str) -> Iterator[tuple[str, Any]]:
    for name in found.attrs:
        attribute = h5py.h5a.open(found.id, name.encode("utf-8", "surrogateescape"))
        yield f"{place}@{name}", (_type(attribute), attribute.shape, _plain(found.attrs[name]))
    if isinstance(found, h5py.Dataset):
        layout = found.id.get_create_plist()
        filters = [layout.get_filter(at)[0] for at in range(layout.get_nfilters())]
        shape = (found.shape, found.maxshape and [size is None for size in found.maxshape])
        yield place, (_type(found.id), shape, layout.get_layout(), filters, _values(found))
    elif isinstance(found, h5py.Group):
        yield place, "group"
        for name in found:
            yield from _link(found, name, f"{place}/{name}")


def _link(group: h5py.Group, name: str, place: str) -> Iterator[tuple[str, Any]]:
    link = group.get(name, getlink=True)
    if isinstance(link, h5py.SoftLink):
        yield place, ("soft link", link.path)
    else:
        yield from _object(group[name], place)


def _type(found: h5py.h5d.DatasetID | h5py.h5a.AttrID) -> bytes:
    kind = found.get_type()
    return bytes((kind.copy() if kind.committed() else kind).encode())


def _values(found: h5py.Dataset) -> object:
    return _plain(found[()])


def _plain(value: object) -> object:
    """Values that compare by their bits."""
    if isinstance(value, h5py.Empty):
        return "empty"
    array = np.asarray(value)
    if not array.dtype.hasobject:
        return array.tobytes()
    return [_plain(item) if isinstance(item, np.ndarray) else repr(item) for item in array.flat]
