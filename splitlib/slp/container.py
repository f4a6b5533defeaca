"""Opening a labels file without trusting it.

A labels file comes from somebody else's machine. The file may be cut short, be something else with
the right name, or point at other files. Nothing outside of the file is ever read or copied.
External links, external storage and virtual datasets are refused: they turn the bytes of another
file into coordinates, and a copy would carry these bytes away.
"""

import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import h5py

from splitlib.errors import (
    LabelsFileError,
    LabelsFileNotFoundError,
    SplitlibError,
    UnsupportedFormatError,
)
from splitlib.slp.global_heaps import Extent, check_heaps, plain_extents

HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"

_Object = Any  # an object of the lower layer of h5py, which has no annotations

# h5py raises these errors for a damaged file, whose metadata decodes to nonsense.
_DAMAGE = (OSError, RuntimeError, ValueError, TypeError, KeyError, IndexError, OverflowError)

# Deflate turns at most 1032 bytes into one: a dataset that claims more was never written.
_MAX_COMPRESSION = 1032

# Levels of groups in a file; the format needs three. HDF5 copies groups by recursion, and a tower
# of groups would end the process.
_MAX_DEPTH = 32


class Contents(NamedTuple):
    """What the objects of a file hold.

    Attributes:
        refers: Name of an object with references to others, itself or in an attribute; None where
            there is none. References are addresses in their own file, which a copy cannot keep.
        has_heaps: Whether an object has values of no fixed length, such as texts.
    """

    refers: str | None
    has_heaps: bool


@contextmanager
def open_labels_file(path: Path) -> Iterator[tuple[h5py.File, Contents]]:
    """Open a labels file for reading.

    Yields:
        The open HDF5 file, in which every object lies within the file itself; and what its objects
        hold.

    Raises:
        LabelsFileNotFoundError: There is no such file.
        LabelsFileError: The path is not a regular file, or the file is damaged or not HDF5.
        UnsupportedFormatError: An object lies in another file.
    """
    _check_is_hdf5(path)
    try:
        file = h5py.File(path, "r")
    except OSError as err:
        msg = f"{path}: cannot be opened: {err}; the file is cut short or damaged, restore a copy"
        raise LabelsFileError(msg) from err
    with file:
        with reading(path, "/"):
            contents = _check_objects(file, path)
        yield file, contents


def is_labels_file(path: Path) -> bool:
    """Whether a file has the metadata and the frames of a labels file.

    Raises:
        LabelsFileError: The file is damaged, or is no HDF5 file.
        UnsupportedFormatError: An object lies in another file.
    """
    with open_labels_file(path) as (file, _):
        return {"metadata", "frames"} <= set(file)


@contextmanager
def reading(path: Path, name: str) -> Iterator[None]:
    """Turn what h5py raises on damaged data into an error that names file and object.

    Raises:
        LabelsFileError: The block failed to read something.
        OSError: The system refused, such as a full disk where the block writes.
    """
    try:
        yield
    except SplitlibError:
        raise
    except _DAMAGE as err:
        if isinstance(err, OSError) and err.errno:
            raise
        reason = err.args[0] if isinstance(err, KeyError) else err  # str() would quote it
        msg = f"{path}: {name} cannot be read: {reason}; restore a copy of the file"
        raise LabelsFileError(msg) from err


def optional_dataset(
    file: h5py.Group, name: str, path: Path, *, is_read: bool = True
) -> h5py.Dataset | None:
    """The dataset of a name in a file or group, or None where there is none.

    Filters are checked if `is_read`, when the values will be read and not only the shape.

    Raises:
        LabelsFileError: The object is not a dataset, or claims rows that were never stored.
        UnsupportedFormatError: The dataset is compressed in a way that is not installed.
    """
    with reading(path, f"{file.name.rstrip('/')}/{name}"):
        if name not in file:
            return None
        found = object_in(file, name)
        if not isinstance(found, h5py.Dataset):
            kind = type(found).__name__
            msg = f"{path}: {found.name} is expected to be a dataset, it is a {kind}"
            raise LabelsFileError(msg)
        _check_is_stored(found, path)
        if is_read:
            check_filters(found, path)
        return found


def object_in(group: h5py.Group, name: str) -> Any:  # noqa: ANN401 - of any class of h5py
    """`group[name]`, which for a dataset opens the file once more to learn how it was opened.

    Raises:
        KeyError: There is no such object.
    """
    found = h5py.h5o.open(group.id, name.encode())
    return h5py.Dataset(found) if isinstance(found, h5py.h5d.DatasetID) else group[name]


def check_filters(found: h5py.Dataset, path: Path) -> None:
    """Make sure that a dataset can be decompressed here.

    Raises:
        UnsupportedFormatError: A filter of the dataset is not installed. HDF5 itself would name a
            folder for plug-ins instead.
    """
    layout = found.id.get_create_plist()
    for at in range(layout.get_nfilters()):
        number, _, _, label = layout.get_filter(at)
        if not h5py.h5z.filter_avail(number):
            filter_name = label.decode(errors="replace") or "without a name"
            msg = (
                f"{path}: {found.name} is compressed with HDF5 filter {number} ({filter_name}),"
                " which is not installed; save the labels again with SLEAP"
            )
            raise UnsupportedFormatError(msg)


def iter_types(found: _Object) -> Iterator[h5py.h5t.TypeID]:
    """The types of an object's attributes and values, each before the types of its parts."""
    yield from _with_parts(_attribute_types(found))
    yield from _with_parts(_value_types(found))


def _attribute_types(found: _Object) -> list[h5py.h5t.TypeID]:
    return [
        h5py.h5a.open(found, index=at).get_type() for at in range(h5py.h5a.get_num_attrs(found))
    ]


def _value_types(found: _Object) -> list[h5py.h5t.TypeID]:
    return [found.get_type()] if isinstance(found, h5py.h5d.DatasetID) else []


def _with_parts(types: Iterable[h5py.h5t.TypeID]) -> Iterator[h5py.h5t.TypeID]:
    kinds = list(types)
    while kinds:
        kind = kinds.pop()
        yield kind
        if isinstance(kind, h5py.h5t.TypeCompoundID):
            kinds += _members(kind)
        elif isinstance(kind, h5py.h5t.TypeArrayID | h5py.h5t.TypeVlenID):
            kinds.append(kind.get_super())


def is_in_heap(kind: h5py.h5t.TypeID) -> bool:
    """Whether values of a type lie in a global heap, as texts of any length do."""
    if isinstance(kind, h5py.h5t.TypeStringID):
        return bool(kind.is_variable_str())
    return isinstance(kind, h5py.h5t.TypeVlenID | h5py.h5t.TypeReferenceID)


def _members(kind: h5py.h5t.TypeCompoundID) -> list[h5py.h5t.TypeID]:
    return [kind.get_member_type(at) for at in range(kind.get_nmembers())]


CONVERTED = "converted"
"""The folder of a pipeline in which labels of other formats stand as .slp files."""


def how_to_fetch(path: Path) -> str:
    """What makes or fetches a file that is not here; "" where neither the pipeline nor DVC does."""
    if path.parent.name == CONVERTED:
        return "; labels of other formats become one first: dvc repro fingerprint"
    known = path.with_name(path.name + ".dvc").is_file()
    return f"; DVC has it: dvc pull {path}" if known else ""


def _check_is_hdf5(path: Path) -> None:
    """Look at the first bytes, so that the error can say what the file is instead."""
    try:
        mode = path.stat().st_mode
    except OSError as err:
        msg = f"{path}: there is no such labels file ({err.strerror}){how_to_fetch(path)}"
        raise LabelsFileNotFoundError(msg) from err
    if not stat.S_ISREG(mode):  # opening a named pipe would wait for ever
        msg = (
            f"{path}: expected a labels file, found a folder or a device; a project or a"
            f" dataset becomes one: splitlib convert {path} labels.slp"
        )
        raise LabelsFileError(msg)
    try:
        with path.open("rb") as file:
            head = file.read(64)
    except OSError as err:
        msg = f"{path}: the labels file cannot be opened: {err.strerror}"
        raise LabelsFileError(msg) from err
    if not head.startswith(HDF5_SIGNATURE):
        msg = (
            f"{path}: not a labels file: {_what_is_it(head)}; a .slp file is an HDF5 file;"
            f" labels of other formats become one: splitlib convert {path} labels.slp"
        )
        raise LabelsFileError(msg)


def _what_is_it(head: bytes) -> str:
    if not head:
        return "it is empty"
    if head.startswith(b"version https://git-lfs"):
        return "it is a git-lfs pointer (fetch the file itself with `git lfs pull`)"
    if head.startswith(b"\x1f\x8b"):
        return "it is compressed with gzip"
    if head.lstrip().startswith(b"{"):
        return "it is JSON, such as that of COCO, Label Studio, or SLEAP before 1.0"
    return f"it starts with {head[:8]!r}"


def _check_objects(file: h5py.File, path: Path) -> Contents:
    """Look at every object once, before anything is read from it."""
    plain: list[Extent] = []
    referring: list[str] = []
    has_heaps = is_compressed = False
    for found, place in _objects_inside(file, path):
        attributes = list(_with_parts(_attribute_types(found)))
        values = list(_with_parts(_value_types(found)))
        _check_types([*attributes, *values], path, place)
        if any(isinstance(one, h5py.h5t.TypeReferenceID) for one in (*attributes, *values)):
            referring.append(place)
        is_plain = not any(map(is_in_heap, values))
        has_heaps = has_heaps or not is_plain or any(map(is_in_heap, attributes))
        if values and is_plain:
            plain += plain_extents(found)
        elif values:
            is_compressed |= found.get_create_plist().get_nfilters() > 0
    if has_heaps and file.id.get_create_plist().get_sizes() != (8, 8):
        _refuse(path, "/", "has addresses of an unusual size")
    if has_heaps:
        check_heaps(path, None if is_compressed else plain)
    return Contents(min(referring, default=None), has_heaps)


def _objects_inside(file: h5py.File, path: Path) -> Iterator[tuple[_Object, str]]:
    """All objects with their places. Groups that hold themselves, or other files, are refused.

    These are objects of the lower layer of h5py: a file may have tens of thousands.
    """
    root = h5py.h5o.open(file.id, b"/")
    seen = {_address(root)}
    groups: list[tuple[_Object, str]] = [(root, "")]
    yield root, "/"
    while groups:
        parent, above = groups.pop()
        if above.count("/") >= _MAX_DEPTH:
            _refuse(path, above, f"is nested deeper than {_MAX_DEPTH} groups")
        for name in _names(parent, path, above):
            place = f"{above}/{name.decode()}"
            child = _open_inside(parent, name, path, place)
            if isinstance(child, h5py.h5g.GroupID):
                if _address(child) in seen:
                    _refuse(path, place, "is a second link to a group that is reached already")
                seen.add(_address(child))
                groups.append((child, place))
            if child is not None:
                yield child, place


def _open_inside(parent: h5py.h5g.GroupID, name: bytes, path: Path, place: str) -> _Object | None:
    """Open an object that lies within the file; None for a link by name to another."""
    kind = parent.links.get_info(name).type
    if kind == h5py.h5l.TYPE_EXTERNAL:
        _refuse(path, place, "is a link into another file")
    if kind == h5py.h5l.TYPE_SOFT:
        return None
    found = h5py.h5o.open(parent, name)
    if isinstance(found, h5py.h5d.DatasetID):
        _check_own_bytes(found, path, place)
    return found


def _names(group: h5py.h5g.GroupID, path: Path, place: str) -> list[bytes]:
    """The names in a group, in the order in which they are stored.

    In any other order HDF5 1.14 makes a table of all links first, and where one of them is damaged
    it frees those that it never read: the process ends (`H5G__dense_iterate`). All links that are
    read here, and as many as the group claims, are sound in any order.
    """
    names: list[bytes] = []
    group.links.iterate(names.append, order=h5py.h5.ITER_NATIVE)
    if len(names) != group.get_num_objs():
        msg = f"{path}: {place or '/'} claims links that it has not; restore a copy of the file"
        raise LabelsFileError(msg)
    return names


def _check_types(types: list[h5py.h5t.TypeID], path: Path, place: str) -> None:
    """Refuse numbers that reach beyond their own bytes: they would overwrite what is beside them.

    HDF5 and h5py do not look: the process ends, or goes on with other values.
    """
    for kind in types:
        members = _members(kind) if isinstance(kind, h5py.h5t.TypeCompoundID) else []
        if _is_beyond_itself(kind) or any(map(_is_wider_in_memory, members)):
            msg = f"{path}: {place} has a broken type; restore a copy of the file"
            raise LabelsFileError(msg)


def _is_beyond_itself(kind: h5py.h5t.TypeID) -> bool:
    if not isinstance(kind, h5py.h5t.TypeIntegerID | h5py.h5t.TypeFloatID):
        return False
    return bool(kind.get_offset() + kind.get_precision() > 8 * kind.get_size())


def _is_wider_in_memory(kind: h5py.h5t.TypeID) -> bool:
    """A float of no standard form becomes a wider one, in a row with no room for it."""
    is_number = isinstance(kind, h5py.h5t.TypeFloatID | h5py.h5t.TypeArrayID)
    return is_number and kind.dtype.itemsize > kind.get_size()


def _check_own_bytes(found: h5py.h5d.DatasetID, path: Path, place: str) -> None:
    layout = found.get_create_plist()
    if layout.get_external_count():
        _refuse(path, place, "keeps its bytes in another file (external storage)")
    if layout.get_layout() == h5py.h5d.VIRTUAL:
        _refuse(path, place, "is put together from other files (a virtual dataset)")


def _refuse(path: Path, place: str, why: str) -> None:
    msg = f"{path}: {place} {why}; only plain files that hold all of their data are read"
    raise UnsupportedFormatError(msg)


def _address(group: _Object) -> int:
    return int(h5py.h5o.get_info(group).addr)


def _check_is_stored(found: h5py.Dataset, path: Path) -> None:
    """Refuse a dataset that claims more bytes than can be stored, before it is read."""
    space = found.id.get_space()
    n_values = space.get_simple_extent_npoints()
    if space.get_simple_extent_type() == h5py.h5s.NULL or not n_values:
        return
    claimed = n_values * found.id.dtype.itemsize
    stored = found.id.get_storage_size()
    limit = stored * (_MAX_COMPRESSION if found.id.get_create_plist().get_nfilters() else 1)
    if claimed > limit:
        msg = (
            f"{path}: {found.name} claims {found.shape[0]:,} rows ({claimed:,} bytes), but"
            f" {stored:,} bytes are stored; the file is damaged"
        )
        raise LabelsFileError(msg)
