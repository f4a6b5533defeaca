"""Labels files of any format that belong together, such as the COCO files of a dataset."""

import re
from collections.abc import Mapping, Sequence
from os.path import commonpath
from pathlib import Path

from splitlib.errors import LabelsFileError, SplitError
from splitlib.formats.known_formats import Format, format_of
from splitlib.formats.read_foreign import read_foreign
from splitlib.formats.write_slp import labels_folder, write_slp

WORDS = {
    "train": ("train", "training"),
    "val": ("val", "valid", "validation", "dev"),
    "test": ("test", "testing"),
}
"""What splits are called in the names of files and folders."""

PLACES = ("*.json", "annotations/*.json", "*/*.json")
"""Where the files of a COCO dataset lie in its folder."""


def coco_files(folder: Path) -> list[Path]:
    """The COCO files of a dataset, those whose names tell a split; [] for none."""
    for pattern in PLACES:
        files = [path for path in sorted(folder.glob(pattern)) if split_word(path)]
        if found := [path for path in files if _is_coco(path)]:
            return found
    return []


def _is_coco(path: Path) -> bool:
    try:
        return format_of(path) == Format.COCO
    except LabelsFileError:
        return False


def split_word(path: Path) -> str | None:
    """The split that the name of a file tells, or else that of its folder; None for none.

    Example:
        >>> split_word(Path("person_keypoints_train2017.json")), split_word(Path("valid/coco.json"))
        ('train', 'val')
    """
    for name in (path.name, path.parent.name):
        words = re.split("[^a-z]+", name.lower())
        for split, own in WORDS.items():
            if not set(own).isdisjoint(words):
                return split
    return None


def named_splits(files: Sequence[Path]) -> dict[str, Path]:
    """Files by their splits: by their names, or the training split first where no name tells it.

    Raises:
        SplitError: Two files are the same split.
    """
    told: Sequence[str | None] = [split_word(path) for path in files]
    if not any(told) and len(files) <= len(WORDS):
        told = list(WORDS)[: len(files)]
    if "train" not in told and list(told).count(None) == 1:  # the rest is what was trained on
        told = [word or "train" for word in told]
    names = [word or path.name for word, path in zip(told, files, strict=True)]
    for name in names:
        same = [str(path) for path, own in zip(files, names, strict=True) if own == name]
        if len(same) > 1:
            msg = f"{' and '.join(same)} are both the split {name!r}; name one file for each split"
            raise SplitError(msg)
    return dict(zip(names, files, strict=True))


def side_by_side(files: Mapping[str, Path], folder: Path) -> tuple[dict[str, Path], list[str]]:
    """Labels of any format as .slp files whose pictures are named from one folder.

    Args:
        files: The labels of each split.
        folder: Gets the files that have to be converted, without images.

    Returns:
        The .slp file of each split, and the pictures that are missing.

    Raises:
        LabelsFileError: Labels cannot be read.
        VideoNotFoundError: All pictures are missing.
    """
    root = common_folder(list(files.values()))
    converted: dict[str, Path] = {}
    missing: list[str] = []
    for name, source in files.items():
        form = format_of(source)
        if form == Format.SLEAP:
            converted[name] = source
            continue
        foreign = read_foreign(source, form, [root], skip_missing=True)
        converted[name] = folder / f"{name}.slp"
        write_slp(foreign, root, converted[name])
        missing += foreign.missing
    return converted, missing


def common_folder(files: Sequence[Path]) -> Path:
    """The folder that holds all of some files."""
    return Path(commonpath([labels_folder(path).absolute() for path in files]))
