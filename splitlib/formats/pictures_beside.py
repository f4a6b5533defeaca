"""The pictures that labels of another format name: found, or all named that are missing."""

from collections.abc import Sequence
from pathlib import Path

from splitlib.errors import VideoNotFoundError
from splitlib.progress import tracked
from splitlib.slp.video_files import VideoSearch
from splitlib.slp.videos import PICTURE_SUFFIXES, Video, is_picture

PLACES = ("", "images", "imgs", "data/images")
"""Folders beside labels in which pictures lie."""

MOST_NAMED = 100
"""Missing pictures that a message names."""


def find_pictures(
    source: Path, root: Path, names: Sequence[str], folders: Sequence[Path], *, skip_missing: bool
) -> dict[str, Path]:
    """The file of each picture that is there.

    A picture is looked for by its whole name, and by ever shorter ends of it, as `VideoSearch`
    does. An end that two pictures share finds neither.

    Args:
        source: The labels, for the message.
        root: The folder of the labels, where `PLACES` are looked into.
        names: Pictures as the labels name them.
        folders: Where else to look.
        skip_missing: Whether labels may do without some of their pictures.

    Raises:
        VideoNotFoundError: Pictures are missing. The message names them. With `skip_missing` it is
            raised only where all of them are.
    """
    places = [root / place for place in PLACES]
    videos = (Video(key=source.name, filenames=tuple(names)),)
    search = VideoSearch(videos, [*filter(Path.is_dir, places), *folders])
    found = {}
    for name in tracked(names, "pictures found", total=len(names)):
        if path := search.found(name):
            found[name] = path
    missing = [name for name in names if name not in found]
    if missing and not (skip_missing and found):
        raise VideoNotFoundError(_missing_message(source, missing, len(names), search.places))
    return found


def is_there(root: Path, name: str) -> bool:
    """Whether a picture lies in one of `PLACES`; a name without a suffix stands for any kind."""
    names = [name] if is_picture(name) else [name + suffix for suffix in PICTURE_SUFFIXES]
    return any((root / place / each).is_file() for place in PLACES for each in names)


def _missing_message(source: Path, missing: Sequence[str], n_names: int, places: str) -> str:
    more = f" and {len(missing) - MOST_NAMED} more" * (len(missing) > MOST_NAMED)
    advice = "put them there, name their folder (--videos)"
    if len(missing) < n_names:
        advice += ", or go on without their labels: labels.missing: skip (--skip-missing)"
    return (
        f"{source}: {len(missing)} of {n_names} pictures are missing:"
        f" {', '.join(missing[:MOST_NAMED])}{more}\n"
        f"They were looked for in {places}.\n{advice[0].upper()}{advice[1:]}."
    )
