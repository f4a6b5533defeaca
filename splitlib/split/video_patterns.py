"""The videos that names and patterns claim for a split, and what a name that fits none may mean."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import SplitError
from splitlib.split.video_names import VideoNames, path_text, portable_name

MOST_NAMED = 10
"""Videos, folders or patterns that a text lists."""


class Taken(NamedTuple):
    """The videos that a name or a pattern took.

    Attributes:
        place: Where the name stands, such as `hold_out.test`.
        name: The name or pattern, as it is written there.
        videos: The keys of the videos.
    """

    place: str
    name: str
    videos: list[str]

    def record(self) -> dict[str, Any]:
        """Plain values for the report, without the folders of a machine."""
        return {"place": self.place, "name": portable_name(self.name), "videos": self.videos}


def taken_line(record: Mapping[str, Any]) -> str:
    """A record of `Taken` as a line for a person.

    Example:
        >>> taken_line({"place": "hold_out.test", "name": "*3*", "videos": ["a.mp4", "b.mp4"]})
        'hold_out.test *3*: 2 videos, a.mp4, b.mp4'
    """
    n = len(record["videos"])
    videos = f"{n} video{'s' if n > 1 else ''}, {listed(record['videos'])}"
    return f"{record['place']} {record['name']}: {videos}"


def held_videos(
    hold_out: Mapping[str, Sequence[str]], names: VideoNames, splits: Sequence[str]
) -> tuple[NDArray[np.int64], list[Taken]]:
    """(n_videos,) int64, the split that each video is held for, -1 for none; and who held what.

    Raises:
        SplitError: A name fits no video, or several; or two splits claim a video.
    """
    held, taken = np.full(len(names.keys), -1), []
    for split, patterns in hold_out.items():
        number = splits.index(split)
        for pattern in patterns:
            found = np.array(_claimed(pattern, split, names), np.int64)
            twice = found[(held[found] >= 0) & (held[found] != number)]
            if len(twice):
                msg = (
                    f"split.hold_out: video {names.keys[twice[0]]} is claimed by"
                    f" {splits[held[twice[0]]]} and by {split} ({pattern!r}); keep one of them"
                )
                raise SplitError(msg)
            held[found] = number
            taken.append(Taken(f"hold_out.{split}", pattern, [names.keys[at] for at in found]))
    return held, taken


def _claimed(pattern: str, split: str, names: VideoNames) -> list[int]:
    """Positions of the videos that a pattern of a split claims."""
    found = names.find(pattern)
    if not found.videos:
        msg = f"split.hold_out.{split}: {pattern!r} matches no video; {offer(pattern, names)}"
        raise SplitError(msg)
    if found.by == "end" and len(found.videos) > 1:
        msg = f"split.hold_out.{split}: {several(pattern, found.videos, names)}"
        raise SplitError(msg)
    return found.videos


def several(name: str, videos: Sequence[int], names: VideoNames) -> str:
    """The end of a message about a name without wildcards that fits several videos."""
    keys = listed([names.keys[at] for at in videos])
    return (
        f"{name!r} fits {len(videos)} videos; write one of their names ({keys}), or a pattern with"
        " * for all of them"
    )


def listed(words: Sequence[str]) -> str:
    """The first words of a list, and how many there are beside them.

    Example:
        >>> listed([str(number) for number in range(12)])
        '0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more'
    """
    more = f" and {len(words) - MOST_NAMED} more" if len(words) > MOST_NAMED else ""
    return f"{', '.join(words[:MOST_NAMED])}{more}"


def offer(pattern: str, names: VideoNames) -> str:
    """What was probably meant by a pattern that matches nothing, and which videos there are."""
    near = next((one for one in _tries(pattern, names) if _is_clear(one, names)), None)
    hint = f"did you mean {near!r}? " if near else ""
    folders = names.folders()
    places = f"; their folders are: {listed(folders)}" if folders else ""
    return f"{hint}the videos are: {listed(sorted(set(names.keys)))}{places}"


def _tries(pattern: str, names: VideoNames) -> Iterator[str]:
    """What may have been meant by a pattern: a folder, a wider pattern, a name like one of its."""
    yield f"{pattern.rstrip('/')}/*"
    yield f"*{pattern.strip('*')}*"
    known = [*names.folders(), *(key.split("/")[-1] for key in names.keys)]
    by_lower = {name.lower(): name for name in reversed(known)}
    parts = path_text(pattern)[1:].split("/")
    words = [part.strip("*") for part in parts]
    for at, word in enumerate(words):
        for near in get_close_matches(word.lower(), by_lower) if word else []:
            part = parts[at].replace(word, by_lower[near])
            repaired = "/".join([*parts[:at], part, *parts[at + 1 :]])
            yield from (repaired, f"{repaired}/*")
    yield f"*{words[-1]}*"


def _is_clear(pattern: str, names: VideoNames) -> bool:
    """Whether a pattern takes videos as it stands."""
    found = names.find(pattern)
    return bool(found.videos) and (found.by != "end" or len(found.videos) == 1)
