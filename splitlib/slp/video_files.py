"""Finding video files whose paths were written on somebody else's machine.

A labels file keeps the paths that its writer saw: POSIX or Windows or a mixture of both, absolute
or relative to an unknown folder. The ends of these paths are often the same on this machine. So
ever shorter ends are looked for beside the labels file and in the folders above it.

An end that two paths of the labels share does not say which of the two a file is. So the files of
all videos are looked for together, such an end finds nothing, and no file serves two paths.

Nothing is opened here, and nothing is fetched: a URL is refused, and only regular files are found.
"""

import os
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from splitlib.errors import VideoMismatchError, VideoNotFoundError
from splitlib.slp.videos import Video, path_parts

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:[\\/]")  # two characters at least: "C:/" is a drive
_DRIVE = re.compile(r"^[A-Za-z]:")

ADVICE = (
    "put the video beside the labels file, name its folder (--videos of commands, video_folders in"
    " Python), or embed its frames into the labels on a machine that has it: splitlib convert"
)


StoredPath = tuple[str, str]
"""The folder and the name in a path of any system, with slashes of one kind."""


@dataclass(frozen=True, eq=False)
class VideoSearch:
    """The search for the files of all videos of a labels file.

    The path of a video is tried as it is, and then without its root. Then ever shorter ends of the
    path are tried. Each is looked for in the folders. An end that names a folder itself is also
    looked for in all folders above them. So ``D:/data/day1/top.mp4`` is found as ``day1/top.mp4``
    beside the labels or beside their folder, and as ``top.mp4`` beside the labels.

    An end does not count if another path of the labels ends so, too: beside labels with a second
    video ``D:/data/day2/top.mp4``, a file ``top.mp4`` may be either of them.

    What is found is kept, so a search serves one task, and the next task begins another.

    Attributes:
        videos: The videos of the labels file.
        folders: Where to look: the folder of the labels file first.
    """

    videos: Sequence[Video]
    folders: Sequence[str | Path]

    def find(self, video: int) -> Path | list[Path]:
        """Find the file of a video, given by its position, or the files of a list of images.

        Returns:
            The absolute path of a regular file; a list of paths for several names.

        Raises:
            VideoNotFoundError: There is no such file, no name at all, or the name is a URL. The
                message says what was looked for, where, and what to do.
            VideoMismatchError: As of `check_own_file`.
        """
        names = self.videos[video].filenames
        if not names:
            msg = f"the labels give no path for the video; {ADVICE}"
            raise VideoNotFoundError(msg)
        found = [self.find_file(name) for name in names]
        self.check_own_file(video)
        return found if len(found) > 1 else found[0]

    def find_file(self, name: str) -> Path:
        """Find one file, as `find` does.

        Raises:
            VideoNotFoundError: As of `find`.
        """
        if _URL.match(name):
            msg = (
                f"{name} is a URL, and nothing is read from the network; download it, then {ADVICE}"
            )
            raise VideoNotFoundError(msg)
        doubtful = None
        for place, end in self._places(name):
            # A pipe or a device would block. Path.is_file raises for long names.
            if os.path.isfile(place):  # noqa: PTH113
                if not end or self._namesake(name, end) is None:
                    return Path(os.path.abspath(place))  # noqa: PTH100 - resolve follows links
                doubtful = doubtful or (place, end)
        raise VideoNotFoundError(self._not_found(name, doubtful))

    def found(self, name: str) -> Path | None:
        """The file of `find_file`; None where it is not found."""
        with suppress(VideoNotFoundError):
            return self.find_file(name)
        return None

    def check_own_file(self, video: int) -> None:
        """Check that no other path of the labels leads to the file of a video.

        Videos of one path share their file, because the labels say so. Of a list of images only the
        first is compared, because lists may be long.

        Raises:
            VideoMismatchError: The message names both videos, and where they were looked for.
        """
        file = self._first_file(video)
        if file is None:
            return
        name = self.videos[video].filenames[0]
        for path, other in self._owners[_identity(file)].items():
            if path != _stored(name):
                msg = (
                    f"{file} is found for two videos: for {name!r}, which is this one, and for"
                    f" {self.videos[other].filenames[0]!r}, which is {self.videos[other].key}; both"
                    f" were looked for in {self.places}; give each its own file, or name one file"
                    " in the labels where the two are one video"
                )
                raise VideoMismatchError(msg)

    @property
    def places(self) -> str:
        """Where files are looked for, for messages."""
        return ", ".join(os.path.abspath(folder) for folder in self.folders) or "no folder"  # noqa: PTH100

    def _first_file(self, video: int) -> Path | None:
        """The file of a video, or of the first of its images; None where it is not found."""
        names = self.videos[video].filenames
        return self.found(names[0]) if names else None

    @cached_property
    def _owners(self) -> dict[tuple[int, ...], dict[StoredPath, int]]:
        """Per file that is found, the paths that lead there, each with its first video."""
        owners: defaultdict[tuple[int, ...], dict[StoredPath, int]] = defaultdict(dict)
        for at, video in enumerate(self.videos):
            if file := self._first_file(at):
                owners[_identity(file)].setdefault(_stored(video.filenames[0]), at)
        return owners

    @cached_property
    def _shared_ends(self) -> dict[StoredPath, tuple[int, str]]:
        """How many names at its end a path shares with another path of the labels, at most.

        Per path with the other path; paths that share no end are left out.
        """
        given = {_stored(name): name for video in self.videos for name in video.filenames}
        backwards = {path: _parts(name)[::-1] for path, name in given.items()}
        shared: dict[StoredPath, tuple[int, str]] = {}
        # In an order by the ends, a path stands beside the path that it shares most with.
        for pair in pairwise(sorted(given, key=lambda path: backwards[path])):
            n = len(os.path.commonprefix([backwards[p] for p in pair]))  # noqa: RUF071 - of lists
            for path, other in (pair, pair[::-1]):
                if n > shared.get(path, (0, ""))[0]:
                    shared[path] = n, given[other]
        return shared

    def _namesake(self, name: str, end: Path) -> str | None:
        """Another path of the labels with this end; None where there is none."""
        n_shared, other = self._shared_ends.get(_stored(name), (0, ""))
        return other if len(end.parts) <= n_shared else None

    @cached_property
    def _bases(self) -> tuple[list[Path], list[Path]]:
        """The folders, and all folders above them."""
        folders = [Path(os.path.abspath(folder)) for folder in self.folders]  # noqa: PTH100
        return folders, [above for folder in folders for above in folder.parents]

    @cached_property
    def _listed(self) -> dict[tuple[Path, str], bool]:
        """What is known of folders: whether one has a name. Most paths begin alike."""
        return {}

    def _places(self, name: str) -> Iterator[tuple[str, Path | None]]:
        """Where a file may be, the likeliest place first, each with the end of the path.

        The end is None for the path as the labels give it.
        """
        yield name, None
        parts = _parts(name)
        is_relative = not _stored(name)[0].startswith("/") and not _DRIVE.match(name)
        if is_relative:
            yield str(Path(*parts)), None  # with the separators of this machine
        folders, above = self._bases
        for end in _ends(parts):
            is_whole = is_relative and len(end.parts) == len(parts)
            # a bare name might be another file in a folder further up
            for folder in folders + (above if len(end.parts) > 1 else []):
                if self._has(folder, end.parts[0]):
                    yield str(folder / end), None if is_whole else end

    def _has(self, folder: Path, name: str) -> bool:
        if (folder, name) not in self._listed:
            self._listed[folder, name] = os.path.lexists(folder / name)
        return self._listed[folder, name]

    def _not_found(self, name: str, doubtful: tuple[str, Path] | None) -> str:
        ends = [end for end in _ends(_parts(name)) if self._namesake(name, end) is None]
        listed, advice = " or ".join(map(str, ends)) or "a file", ADVICE
        if doubtful:
            place, end = doubtful
            own = "give both the same path in the labels if they are one video"
            if ends:
                own = f"put the video as {ends[-1]} beside the labels file"
            advice = (
                f"{place} is not taken, because the labels name another file that ends so:"
                f" {self._namesake(name, end)!r}; {own}"
            )
        return (
            f"{name!r} is not to be found: neither there, nor as {listed} in {self.places}, nor"
            f" with a folder name in the folders above; {advice}"
        )


def _stored(path: str) -> StoredPath:
    drive = _DRIVE.match(path)
    rest = _DRIVE.sub("", path)
    *folders, name = path_parts(rest) or [""]
    root = "/" if rest.startswith(("/", "\\")) else ""
    return (drive[0].upper() if drive else "") + root + "/".join(folders), name


def _identity(file: Path) -> tuple[int, ...]:
    """What two names of one file share, whatever links there are."""
    found = file.stat()
    # The size too: some network drives number several files alike.
    return found.st_dev, found.st_ino, found.st_size


def _parts(name: str) -> list[str]:
    """The names in a path of any system, without root and drive."""
    return path_parts(_DRIVE.sub("", name))


def _ends(parts: Sequence[str]) -> Iterator[Path]:
    """The whole path and its ends, longest first, without ends that begin with ``..``."""
    for start in range(len(parts)):
        if start == 0 or parts[start] != "..":
            yield Path(*parts[start:])
