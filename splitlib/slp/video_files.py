"""Finding video files whose paths were written on somebody else's machine.

A labels file keeps the paths that its writer saw: POSIX or Windows or a mixture of both, absolute
or relative to an unknown folder. The ends of these paths are often the same on this machine. So
ever shorter ends are looked for beside the labels file and in the folders above it.

Nothing is opened here, and nothing is fetched: a URL is refused, and only regular files are found.
"""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from splitlib.errors import VideoNotFoundError
from splitlib.slp.videos import path_parts

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:[\\/]")  # two characters at least: "C:/" is a drive
_DRIVE = re.compile(r"^[A-Za-z]:")

ADVICE = (
    "put the video beside the labels file, name its folder (--videos of commands, video_folders in"
    " Python), or embed its frames into the labels on a machine that has it: splitlib convert"
)


def find_video(filenames: Sequence[str], folders: Sequence[str | Path]) -> Path | list[Path]:
    """Find the file of a video, or the files of a list of images.

    The path is tried as it is, and then without its root. Then ever shorter ends of the path are
    tried. Each is looked for in the folders. An end that names a folder itself is also looked for
    in all folders above them. So ``D:/data/day1/top.mp4`` is found as ``day1/top.mp4`` beside the
    labels or beside their folder, and as ``top.mp4`` beside the labels.

    Args:
        filenames: Paths as a labels file gives them: one, or one for each image.
        folders: Where to look: the folder of the labels file first.

    Returns:
        The absolute path of a regular file; a list of paths for several names.

    Raises:
        VideoNotFoundError: There is no such file, no name at all, or the name is a URL. The message
            says what was looked for, where, and what to do.
    """
    if not filenames:
        msg = f"the labels give no path for the video; {ADVICE}"
        raise VideoNotFoundError(msg)
    found = [find_file(name, folders) for name in filenames]
    return found if len(found) > 1 else found[0]


def find_file(name: str, folders: Sequence[str | Path]) -> Path:
    """Find one file, as `find_video` does."""
    places = [Path(folder) for folder in folders]
    if _URL.match(name):
        msg = f"{name} is a URL, and nothing is read from the network; download it, then {ADVICE}"
        raise VideoNotFoundError(msg)
    for place in _places(name, places):
        # A pipe or a device would block. Path.is_file raises for long names and unreadable folders.
        if os.path.isfile(place):  # noqa: PTH113
            return Path(os.path.abspath(place))  # noqa: PTH100 - Path.resolve would follow links
    raise VideoNotFoundError(_not_found(name, places))


def find_files(names: Iterable[str], folders: Sequence[str | Path]) -> Iterator[Path | None]:
    """Find files as `find_file` does; None stands for a file that is not found.

    Names of one folder have the same places to look in. These are looked up once per folder, so ten
    thousand images take a fraction of a second.
    """
    places = [Path(folder) for folder in folders]
    known: dict[str, list[str]] = {}
    for name in names:
        base = next(reversed(_parts(name)), "")
        head = name[: name.rindex(base)]
        if head not in known:
            known[head] = _existing_folders(name, places)
        tried = [os.path.join(folder, base) for folder in known[head]]  # noqa: PTH118
        if "\\" in name:  # which is part of a name on POSIX
            tried.insert(0, os.path.abspath(name))  # noqa: PTH100 - as in find_file
        found = None if _URL.match(name) else next(filter(os.path.isfile, tried), None)
        yield None if found is None else Path(found)


def _existing_folders(name: str, places: Sequence[Path]) -> list[str]:
    """The absolute folders in which a file may be, as far as they exist, the likeliest first."""
    folders = dict.fromkeys(os.path.abspath(place.parent) for place in _places(name, places))  # noqa: PTH100
    return [folder for folder in folders if os.path.isdir(folder)]  # noqa: PTH112 - as in find_file


def _places(name: str, folders: Sequence[Path]) -> Iterator[Path]:
    """Where a file may be, the likeliest place first."""
    yield Path(name)
    parts = _parts(name)
    if not name.startswith(("/", "\\")) and not _DRIVE.match(name):
        yield Path(*parts)  # with the separators of this machine
    for end in _ends(parts):
        for folder in folders:
            yield folder / end
        if len(end.parts) > 1:  # a bare name might be another file in a folder further up
            for folder in folders:
                yield from (above / end for above in folder.absolute().parents)


def _parts(name: str) -> list[str]:
    """The names in a path of any system, without root and drive."""
    return path_parts(_DRIVE.sub("", name))


def _ends(parts: Sequence[str]) -> Iterator[Path]:
    """The whole path and its ends, longest first, without ends that begin with ``..``."""
    for start in range(len(parts)):
        if start == 0 or parts[start] != "..":
            yield Path(*parts[start:])


def _not_found(name: str, folders: Sequence[Path]) -> str:
    ends = [str(end) for end in _ends(_parts(name))]
    places = ", ".join(str(folder.absolute()) for folder in folders) or "no folder"
    return (
        f"{name!r} is not to be found: neither there, nor as {' or '.join(ends) or 'a file'} in"
        f" {places}, nor with a folder name in the folders above; {ADVICE}"
    )
