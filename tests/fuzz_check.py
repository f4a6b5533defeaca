"""What splitlib may do with any file: refuse it with a word, or split it and put it together."""

import traceback
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from splitlib.errors import SplitlibError
from splitlib.labels import Labels
from splitlib.split.merge_splits import merge_splits

Counts = dict[str, int]


@dataclass(frozen=True)
class Finding:
    """What should not have happened.

    Attributes:
        kind: "raw" exception, "count", "unread" (a part that we wrote is refused), "unnamed" (an
            error names no file), "hang" or "crash".
        detail: The exception with its traceback, or the counts.
    """

    kind: str
    detail: str


def check_file(path: Path, folder: Path) -> Finding | None:
    """Load a file, split it in two and merge the parts, which lie in a folder.

    Returns:
        None where all went well, or where a SplitlibError names a file.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _split_and_merge(path, folder)
        except SplitlibError as err:
            names_a_file = ".slp" in str(err)
            return None if names_a_file else Finding("unnamed", traceback.format_exc())
        except Exception:  # the finding that we look for
            return Finding("raw", traceback.format_exc())


def _split_and_merge(path: Path, folder: Path) -> Finding | None:
    labels = Labels.load(path)
    before = _counts(labels)
    parts = [folder / "one.slp", folder / "two.slp"]
    order = np.arange(len(labels))
    for part, chosen in zip(parts, (order[::2], order[1::2][::-1]), strict=True):
        labels.extract(chosen).save(part)
        try:
            Labels.load(part)
        except SplitlibError:
            return Finding("unread", traceback.format_exc())
    _see_all(labels)
    merge_splits(parts, folder / "merged.slp")
    after = _counts(Labels.load(folder / "merged.slp"))
    return None if before == after else Finding("count", f"before: {before}\nafter:  {after}\n")


def _see_all(labels: Labels) -> None:
    """Read what is decoded only when it is asked for."""
    labels[:]
    labels.points_outside()
    for catalog in ("identity", "category"):
        labels.links(catalog)
    has_image = labels.has_image()
    labels.read_images(labels.video[has_image], labels.frame_idx[has_image])


def _counts(labels: Labels) -> Counts:
    columns = labels.columns
    return {
        "frames": len(labels),
        "instances": len(columns.instance_frame),
        "user instances": int(columns.is_user.sum()),
        "negative frames": int(labels.is_negative.sum()),
        "images": int(labels.has_image().sum()),
        **{f"frames with {kind}": int(has.sum()) for kind, has in labels.annotations.items()},
    }
