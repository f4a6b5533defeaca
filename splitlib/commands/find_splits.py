"""The splits that models and datasets of any tool have, opened without a change of anything.

Labels of other formats are converted into a temporary folder, without their images.
"""

import shlex
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from splitlib.audit.audited_splits import AuditedSplits, audited_splits, load_audited
from splitlib.audit.listed_splits import load_listed
from splitlib.errors import SplitError, SplitlibError
from splitlib.formats.convert_labels import convert
from splitlib.formats.known_formats import Format, format_of
from splitlib.formats.labels_side_by_side import (
    coco_files,
    common_folder,
    named_splits,
    side_by_side,
)
from splitlib.formats.training_config import NAMES as CONFIGS
from splitlib.formats.training_config import TrainingConfig, read_training_config
from splitlib.formats.write_slp import labels_folder
from splitlib.labels import Labels
from splitlib.split.open_labels import open_labels

EXPECTED = (
    "Expected the folder of a model of SLEAP or sleap-nn, of split files, of a DeepLabCut project,"
    " or of a dataset of Ultralytics or COCO; data.yaml; or the labels files of two splits."
)
NOTHING_CHANGED = "Nothing was changed. splitlib lint --help has an example."


@dataclass(frozen=True)
class FoundSplits:
    """Splits that were found, or the reason why there is nothing to judge.

    Attributes:
        name: What they are called.
        splits: The splits; None where there are fewer than two.
        labels: All labels of them, to try other splits on; None where they cannot be joined.
        how_to_split: The beginning of the command that splits them anew.
        notes: What else is worth knowing, a sentence each; the reason where there are no splits.
    """

    name: str
    splits: AuditedSplits | None
    labels: Labels | None = None
    how_to_split: str = ""
    notes: tuple[str, ...] = ()


def find_splits(paths: Sequence[Path], folder: Path, stack: ExitStack) -> Iterator[FoundSplits]:
    """Open the splits that somebody named.

    Args:
        paths: A folder, a config of a dataset, or the labels files of the splits.
        folder: A temporary folder for what is converted.
        stack: Keeps files open that are joined for as long as they are read.

    Raises:
        SplitError: There are no splits; the message has three lines.
    """
    try:
        yield from _found(paths, folder, stack)
    except (SplitlibError, OSError) as err:
        named = " and ".join(map(str, paths))
        why = str(err).split("\n")[0]
        first = why if any(str(path) in why for path in paths) else f"{named}: {why}"
        msg = f"{first}\n{EXPECTED}\n{NOTHING_CHANGED}"
        raise SplitError(msg) from err


def _found(paths: Sequence[Path], folder: Path, stack: ExitStack) -> Iterator[FoundSplits]:
    if len(paths) > 1:
        yield _of_files(named_splits(paths), paths, folder, stack)
        return
    path = paths[0].parent if paths[0].name in CONFIGS else paths[0]
    if path.is_dir() and any(path.glob("*.slp")):
        yield _of_slp_folder(path, folder, stack)
    elif path.is_dir() and (files := coco_files(path)):
        yield _of_files(named_splits(files), [path], folder, stack)
    elif path.is_dir() and (path / "train.json").is_file():
        msg = f"{path}: the folder has index files, and not the labels; dvc pull fetches them"
        raise SplitError(msg)
    else:
        yield from _of_dataset(path, folder)


def _of_slp_folder(path: Path, folder: Path, stack: ExitStack) -> FoundSplits:
    """The folder of a model, or of split files."""
    config = read_training_config(path)
    notes = _drawn(config)
    try:
        splits = load_audited(None, [path], open_part=lambda some: _joined(some, folder, stack))
    except SplitError as err:
        return FoundSplits(str(path), None, notes=(f"{err}.", *notes))
    labels = _all_labels(splits, folder, stack)
    named = config.labels if config and config.labels else ("labels.slp",)
    return FoundSplits(str(path), splits, labels, _split_command(named), notes)


def _of_files(
    files: dict[str, Path], named: Sequence[Path], folder: Path, stack: ExitStack
) -> FoundSplits:
    """Labels files, one for each split."""
    name = " and ".join(map(str, named))
    if len(files) < 2:
        return FoundSplits(name, None, notes=(f"There is one split only: {', '.join(files)}.",))
    slp, missing = side_by_side(files, folder)
    root = common_folder(list(files.values()))
    splits = audited_splits(None, _loaded(slp), video_folders=[root])
    labels = _all_labels(splits, folder, stack)
    are_slp = all(slp[split] == files[split] for split in files)
    given = files.values() if are_slp else [f"{split}.slp" for split in files]
    converts = [_convert_command(path, f"{split}.slp", missing) for split, path in files.items()]
    how = "\n".join([*(converts * (not are_slp)), _split_command(list(map(str, given)))])
    return FoundSplits(name, splits, labels, how, _left_out(missing))


def _loaded(files: dict[str, Path]) -> dict[str, Labels]:
    """The labels of each split: train first, val and test last."""
    order = ("train", "", "val", "test")
    names = sorted(files, key=lambda name: order.index(name if name in order else ""))
    return {name: Labels.load(files[name]) for name in names}


def _of_dataset(path: Path, folder: Path) -> Iterator[FoundSplits]:
    """A source that brings its splits along: a project of DeepLabCut, a dataset of Ultralytics."""
    if format_of(path) == Format.SLEAP:
        why = "One labels file holds no splits; name the folder of a model, or two files."
        yield FoundSplits(str(path), None, notes=(why,))
        return
    done = convert(path, folder / "labels.slp", images=False, skip_missing=True)
    notes = (*_left_out(done.missing), *(f"Left behind: {one}." for one in done.left_behind))
    if not done.splits:
        why = f"These labels of {done.form} bring no splits along."
        yield FoundSplits(str(path), None, notes=(why, *notes))
    labels = Labels.load(folder / "labels.slp")
    how = f"{_convert_command(path, 'labels.slp', done.missing)}\n{_split_command(['labels.slp'])}"
    for lists in done.splits:
        name = ".".join(lists.name.split(".")[1:-2])
        called = f"{path}, shuffle {name}" if name else str(path)
        try:
            splits = load_listed(labels, lists, video_folders=[labels_folder(path)])
        except SplitError as err:
            why = str(err).replace(f"{lists}: ", "")
            yield FoundSplits(called, None, notes=(f"{why}.", *notes))
            continue
        yield FoundSplits(called, splits, labels, how, notes)


def _joined(files: Sequence[Path], folder: Path, stack: ExitStack) -> Labels:
    return stack.enter_context(open_labels(list(files), folder)).labels


def _all_labels(splits: AuditedSplits, folder: Path, stack: ExitStack) -> Labels | None:
    """All labels of some splits; None where they cannot be joined."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that frames are in two files is found by the checks
            return _joined([part.path for part in splits.parts], folder, stack)
    except SplitlibError:
        return None


def _drawn(config: TrainingConfig | None) -> tuple[str, ...]:
    if config is None or config.drawn is None:
        return ()
    return (
        f"Its training_config says that {config.drawn:.0%} of the frames were drawn at random for"
        " validation, frame by frame.",
    )


def _left_out(missing: Sequence[str]) -> tuple[str, ...]:
    if not missing:
        return ()
    more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
    return (
        f"Labels of {len(missing)} missing pictures are left out: {', '.join(missing[:3])}{more}.",
    )


def _convert_command(source: Path, output: str, missing: Sequence[str]) -> str:
    skips = " --skip-missing" if missing else ""
    return f"splitlib convert {shlex.quote(str(source))} {output}{skips}"


def _split_command(labels: Sequence[str]) -> str:
    return f"splitlib split {' '.join(map(shlex.quote, labels))} splits"
