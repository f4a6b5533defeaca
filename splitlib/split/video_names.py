"""The names that people give videos: a key, the end of a stored path, a pattern like `*mouse3*`."""

import os
import re
from bisect import bisect_left
from collections.abc import Sequence
from fnmatch import translate
from typing import Literal, NamedTuple

from splitlib.slp.videos import Video, path_parts
from splitlib.split.core.hashing import normal_key

WILDCARD = re.compile(r"[*?\[]")

ABSOLUTE = re.compile(r"[/\\~]|[A-Za-z]:|\w+://")
"""How a path begins that holds on one machine."""

NOTHING = "/" + "\0" * 8
"""A file that nobody has. A pattern that it matches says nothing of a name (`*`, `[!a]*`)."""


class Found(NamedTuple):
    """The videos of a name.

    Attributes:
        videos: Positions of the videos, ascending.
        by: Whether the name is their key, the end of their paths, or a pattern.
    """

    videos: list[int]
    by: Literal["key", "end", "pattern"]


class VideoNames:
    r"""The videos of the labels, to be found by name.

    - The key of a video is a name of this video, whatever else it fits.
    - A name without wildcards is the end of a stored path, from the border of a folder on.
    - In a pattern, `*` stands for any text, folders included, `?` for one letter, `[ab]` for an a
      or a b. A pattern begins at the border of a folder. If it begins with a separator, it begins
      where the path does.
    - Folders that all videos share tell none from another, so a pattern is looked for behind them,
      and in whole paths only if it is nowhere there. A pattern that any text matches (`*`, `[!a]*`)
      is looked for in keys.

    Separators of all systems are alike, and letters in one or two code points are, too.

    Example:
        >>> paths = [[r"E:\data\mouse1\a.mp4"], ["/data/mouse3/b.mp4"]]
        >>> names = VideoNames(["a.mp4", "b.mp4"], paths)
        >>> names.find("*mouse3*").videos, names.find("mouse1/a.mp4").videos
        ([1], [0])
    """

    def __init__(self, keys: Sequence[str], paths: Sequence[Sequence[str]] = ()) -> None:
        """`keys` has the key of each video; `paths`, where given, the stored paths of each."""
        self.keys = list(keys)
        self._keys = [(path_text(key), at) for at, key in enumerate(keys)]
        self._by_key: dict[str, list[int]] = {}
        for text, at in self._keys:
            self._by_key.setdefault(text, []).append(at)
        pairs = {(path_text(path), at) for at, own in enumerate(paths) for path in own}
        self._paths = sorted(pair for pair in pairs if pair[0] != "/")
        self._shared = _shared_folders([text for text, _ in self._paths])
        n_shared = len(self._shared)
        below = {(text[n_shared:], at) for text, at in self._paths}
        self._below = sorted(below.union(self._keys))
        ends = sorted({(text[::-1], at) for text, at in [*self._keys, *self._paths]})
        self._file_names = {end[: end.index("/")][::-1] for end, _ in ends}
        self._ends, self._end_videos = [end for end, _ in ends], [at for _, at in ends]

    def find(self, name: str) -> Found:
        """The videos of a name: that of this very key, else by the ends of paths, else by pattern.

        A name with brackets is first taken as it is.
        """
        text = path_text(name)
        if text in self._by_key:
            return Found(self._by_key[text], "key")
        named = self._ending_in(text)
        if named or not WILDCARD.search(text):
            return Found(named, "end")
        return Found(self._matching(text, from_start=name[0] in "/\\"), "pattern")

    def folders(self) -> list[str]:
        """The names of all folders, those that tell videos apart first."""
        shared = set(self._shared.split("/"))
        names = {name for text, _ in self._paths for name in text.split("/")[1:-1]}
        return sorted(names, key=lambda name: (name in shared, name))

    def _ending_in(self, text: str) -> list[int]:
        """Videos with a path that ends in a text; texts begin with the border of a folder."""
        if text.rpartition("/")[2] not in self._file_names:
            return []
        end = text[::-1]  # in order, ends that are alike stand together
        first = bisect_left(self._ends, end)
        last = bisect_left(self._ends, end[:-1] + chr(ord("/") + 1), first)
        return sorted(set(self._end_videos[first:last]))

    def _matching(self, text: str, *, from_start: bool) -> list[int]:
        glob = text if from_start else "*" + text.removeprefix("/*")
        fits = re.compile(translate(glob)).match
        piece = max(re.split("[*?]", glob.partition("[")[0]), key=len)  # what each match has
        first = self._paths if from_start else self._keys if fits(NOTHING) else self._below
        for paths in (first, self._paths):
            found = sorted({at for path, at in paths if piece in path and fits(path)})
            if found:
                break
        return found


def path_text(path: str) -> str:
    r"""The path as it is compared: in Unicode NFC, each part after a "/", the drive in capitals.

    Example:
        >>> path_text(r"e:\data\cam.mp4"), path_text("data/./cam.mp4")
        ('/E:/data/cam.mp4', '/data/cam.mp4')
    """
    text = "/" + normal_key(path).replace("\\", "/")
    if not ("//" in text or "/." in text or text.endswith("/") or text[2:3] == ":"):
        return text  # as most are
    parts = path_parts(text)
    if parts and len(parts[0]) == 2 and parts[0][1] == ":":
        parts[0] = parts[0].upper()
    return "/" + "/".join(parts)


def stored_paths(video: Video) -> tuple[str, ...]:
    """The paths that the labels give for a video and for those it came from.

    Of the images in one folder, the first stands for all.
    """
    first: dict[str, str] = {}
    for path in video.filenames:
        first.setdefault(path.replace("\\", "/").rpartition("/")[0], path)
    return (*first.values(), *(names[0] for names in video.chain))


def portable_name(name: str) -> str:
    r"""The name without the folders of a machine, for files that others read.

    Example:
        >>> portable_name("*/mouse3/*"), portable_name(r"E:\data\mouse3\*.mp4")
        ('*/mouse3/*', '.../*.mp4')
    """
    return f".../{path_parts(name)[-1]}" if ABSOLUTE.match(name) and path_parts(name) else name


def _shared_folders(texts: Sequence[str]) -> str:
    """The folders in which all paths begin, "" for none."""
    folders = [text.split("/")[:-1] for text in texts]
    return "/".join(os.path.commonprefix(folders)) if folders else ""  # noqa: RUF071 - lists
