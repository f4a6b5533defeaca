"""What was filmed, and which moment of it a labeled frame shows.

A frame of a film is known by its number. A frame of a picture sequence is known by its picture: its
place in a list says nothing, since lists grow in front and in between, and pictures are deleted.
The folder of a picture names the recording, and the number in its name is its moment: `img0052.png`
is frame 52 of its folder. So pictures of one folder are one recording, also where a labels file
gives each of them a video of its own (as imports of CSV files do).

The number is the part of the digits in a name that varies most among the names of one form in the
folder. Where other digits vary too (`s1_0052.png`, `s2_0052.png`), they tell recordings apart. A
picture without digits in its name is a moment by itself, far from all others.
"""

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from splitlib.slp.ranges import rows_by
from splitlib.slp.videos import HDF5_SUFFIXES, Video, path_parts, video_keys

_DIGITS = re.compile(r"([0-9]+)")
_MOST_DIGITS = 18  # more do not fit into int64
_FAR = 2**52  # moments of pictures without a number are drawn below it


class Picture(NamedTuple):
    """A picture of a sequence: its folder, and its name without the suffix."""

    folder: str
    stem: str


class Recording(NamedTuple):
    """What tells recordings apart.

    Attributes:
        path: Of a film its file, of pictures their folder; "" for none.
        form: How its pictures are called, such as `img*`; "" for a film.
        more: What else tells films of one path apart.
    """

    path: str
    form: str = ""
    more: str = ""


Column: TypeAlias = NDArray[np.int64]
_Shown: TypeAlias = dict[Picture, tuple[Recording, int]]  # recording and time


@dataclass(frozen=True, eq=False)
class Recordings:
    """The recordings of a labels file.

    Attributes:
        keys: A short name of each that is unique in the file and the same on every machine.
        names: The last part of its path: of a film its file, of pictures their folder and form.
            Nothing that is added to the labels changes it, and two recordings may share it.
        paths: The path of each as stored: of a film, or of the folder of the pictures.
        first_video: Position of the first video of each.
        of_video: (n_videos,) int64, the recording of each film; -1 for a picture sequence.
        pictures: For each picture sequence, by position of its video: recording, time and identity
            of each picture, (n_pictures, 3) int64.
    """

    keys: tuple[str, ...]
    names: tuple[str, ...]
    paths: tuple[str, ...]
    first_video: tuple[int, ...]
    of_video: NDArray[np.int64]
    pictures: dict[int, NDArray[np.int64]] = field(default_factory=dict)

    def place(self, video: Column, frame_idx: Column) -> "Moments":
        """What frames show, given as video and frame_idx, (n,) int64 each."""
        if not self.pictures:
            return Moments(self.of_video[video], frame_idx, frame_idx)
        columns = np.stack([self.of_video[video], frame_idx, frame_idx])
        for at, rows in rows_by(video).items():
            if at in self.pictures:
                columns[:, rows] = self.pictures[at][frame_idx[rows]].T
        return Moments(*columns)


class Moments(NamedTuple):
    """What n frames show, as (n,) int64 columns.

    Attributes:
        recording: Position in `Recordings.keys`.
        time: The number of a frame in its film, or that in the name of a picture.
        identity: The number of a frame in its film, or `picture_identity` of a picture. Frames of
            one recording are the same frame if this is the same.
    """

    recording: Column
    time: Column
    identity: Column


def recordings_of(videos: Sequence[Video], last_frame: Sequence[int]) -> Recordings:
    """The recordings that videos show.

    Videos of one path are one recording, as the labels say so themselves.

    Args:
        videos: The videos of a labels file.
        last_frame: The last labeled frame of each video, -1 for none. A list of fewer pictures
            than that is no list of its frames, and the video counts as a film.
    """
    sequences = {
        at: [_picture(name) for name in video.pictures]
        for at, video in enumerate(videos)
        if video.pictures and last_frame[at] < len(video.pictures)
    }
    moments = _moments({picture for pictures in sequences.values() for picture in pictures})
    first: dict[Recording, int] = {}
    for at, video in enumerate(videos):
        shown = [moments[picture][0] for picture in sequences[at]] if at in sequences else ()
        for recording in shown or [_film(at, video)]:
            first.setdefault(recording, at)
    number = {recording: at for at, recording in enumerate(first)}
    of_video = [number.get(_film(at, video), -1) for at, video in enumerate(videos)]
    pictures = {
        at: np.array([_columns(picture, moments, number) for picture in shown], np.int64)
        for at, shown in sequences.items()
    }
    named = _named(list(first))
    return Recordings(*named, tuple(first.values()), np.array(of_video, np.int64), pictures)


def _columns(
    picture: Picture, moments: _Shown, number: dict[Recording, int]
) -> tuple[int, int, int]:
    recording, time = moments[picture]
    return number[recording], time, picture_identity(picture.stem)


def _picture(path: str) -> Picture:
    *folders, name = path_parts(unicodedata.normalize("NFC", path)) or [""]
    return Picture("/".join(folders), name.rpartition(".")[0] or name)


def _film(at: int, video: Video) -> Recording:
    path = video.origin
    if not path:
        return Recording("", more=f"video{at}")
    if not path.lower().endswith(HDF5_SUFFIXES):
        return Recording(path)
    if not video.is_embedded:
        return Recording(path, more=video.dataset or "")
    return Recording(path, more=video.origin_dataset or f"video{at}")


class _Named(NamedTuple):
    keys: tuple[str, ...]
    names: tuple[str, ...]
    paths: tuple[str, ...]


def _named(recordings: Sequence[Recording]) -> _Named:
    """Keys, names and paths of recordings."""
    forms = Counter(each.path for each in recordings if each.form)
    paths, names = [], []
    for path, form, more in recordings:
        *_, last = path_parts(path) or [more]
        names.append("/".join(filter(None, [last, form])))
        is_whole = not form or (path and forms[path] == 1)
        paths.append(path if is_whole else "/".join(filter(None, [path, form])))
    fallbacks = [each.more for each in recordings]
    return _Named(tuple(video_keys(paths, fallbacks)), tuple(names), tuple(paths))


def _moments(pictures: Iterable[Picture]) -> _Shown:
    """What each picture shows."""
    alike: defaultdict[tuple[str, ...], list[tuple[Picture, list[str]]]] = defaultdict(list)
    for picture in sorted(pictures):
        parts = _DIGITS.split(picture.stem)
        alike[picture.folder, *parts[::2]].append((picture, parts))
    moments: _Shown = {}
    for members in alike.values():
        moments |= _of_one_form(members)
    return moments


def _of_one_form(members: Sequence[tuple[Picture, list[str]]]) -> _Shown:
    """The moments of pictures of a folder whose names differ in their digits alone."""
    slot = _number_slot([parts for _, parts in members])
    if slot is None:
        return {
            one: (Recording(one.folder, "*"), picture_identity(one.stem) % _FAR)
            for one, _ in members
        }
    found = {one: (_form(parts, slot, "*"), int(parts[slot])) for one, parts in members}
    if len(set(found.values())) < len(found):  # img1 and img01 are two pictures
        found = {
            one: (_form(parts, slot, "?" * len(parts[slot])), int(parts[slot]))
            for one, parts in members
        }
    return {one: (Recording(one.folder, form), time) for one, (form, time) in found.items()}


def _number_slot(names: Sequence[list[str]]) -> int | None:
    """Which part of names is the number: of the digits that vary most, the longest, the last."""
    best = None
    for slot in range(1, len(names[0]), 2):
        values = {parts[slot] for parts in names}
        longest = max(map(len, values))
        if longest <= _MOST_DIGITS:
            best = max(best or (0, 0, 0), (len(values), longest, slot))
    return best[2] if best else None


def _form(parts: Sequence[str], slot: int, mark: str) -> str:
    return "".join([*parts[:slot], mark, *parts[slot + 1 :]])


def picture_identity(stem: str) -> int:
    """What tells a picture from the others of its recording, by its name without the suffix.

    It is a hash of 63 bits. The same picture in two formats is one picture.
    """
    text = unicodedata.normalize("NFC", stem).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little") >> 1
