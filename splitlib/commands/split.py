"""`splitlib split`: labels into train, val and test files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from splitlib.commands.many_values import ManyValues
from splitlib.commands.shared import (
    PATH,
    TEXT_PATH,
    Command,
    Function,
    json_option,
    labels_argument,
)
from splitlib.errors import SplitlibError
from splitlib.jsonfile import json_text
from splitlib.labels import Labels
from splitlib.params import Fractions, LabelsParams, SplitParams, checked_section
from splitlib.slp.labels_files import labels_files
from splitlib.split.claim import CLAIMS
from splitlib.split.index_lists import read_index_lists
from splitlib.split.open_labels import open_labels
from splitlib.split.partition import (
    SPLITS,
    Partition,
    make_partition,
    partition_of_lists,
    partition_report,
    portable_params,
    summary,
)
from splitlib.split.write_splits import refuse_to_replace, write_split_files

DEFAULTS: dict[str, Any] = {
    **vars(SplitParams()),
    "fractions": tuple(vars(Fractions()).values()),
    "hold_out": (),
}
"""The values of the options where they are not given."""

SETTINGS = tuple(DEFAULTS)
"""Keys of `split` in params.yaml, each of which is an option as well."""


def held_out(text: str) -> tuple[str, str]:
    """`SPLIT=PATTERN`: a split, and the videos that must land in it.

    Raises:
        ValueError: The text has another form.
    """
    name, _, pattern = text.partition("=")
    if not (name and pattern):
        msg = f"expected SPLIT=PATTERN such as 'test=*mouse3*', got {text!r}"
        raise ValueError(msg)
    return name, pattern


def number_or(word: str) -> Callable[[str], int | str]:
    """The type of an option that takes a whole number or this word."""

    def read(text: str) -> int | str:
        try:
            return text if text == word else int(text)
        except ValueError:
            msg = f"expected a whole number or {word}, got {text!r}"
            raise ValueError(msg) from None

    return read


def setting(key: str, help_text: str, **how: Any) -> Callable[[Function], Function]:  # noqa: ANN401
    """The option of a key of SplitParams, with its default."""
    name = f"--{key.replace('_', '-')}"
    return click.option(name, default=DEFAULTS[key], help=help_text, **how)


@click.command("split", cls=Command, example="splitlib split labels.slp splits --seed 42")
@labels_argument("The .slp files to split, or a pattern in quotes such as 'data/*.slp'.")
@click.argument("output", type=PATH, help="The folder for the split files.")
@setting(
    "fractions",
    "Share of each split; one may be -1: all that is left.",
    type=float,
    nargs=len(SPLITS),
    metavar=" ".join(SPLITS).upper(),
)
@setting(
    "train_share",
    "Part of the training groups that is used; val and test stay.",
    type=float,
    metavar="SHARE",
)
@setting("seed", "Another seed gives another split of the same sizes.", type=int, metavar="N")
@setting(
    "groups",
    "What is never torn apart: frame, block, video, track, identity, or a column of --groups-file.",
    metavar="NAME",
)
@setting(
    "block_length",
    "Frames of video in a block.",
    type=number_or("auto"),
    metavar="N|auto",
)
@setting("gap", "Frames of video left unused between splits.", type=int, metavar="N")
@setting(
    "stratify",
    "What is spread evenly: video, n_instances, track, identity, category, or columns of"
    " --groups-file; or auto, or none.",
    cls=ManyValues,
    metavar="NAME ...",
)
@setting(
    "hold_out",
    "Videos that must land in a split, such as 'test=*mouse3*'.",
    cls=ManyValues,
    type=held_out,
    metavar="SPLIT=PATTERN ...",
)
@setting("groups_file", "Columns for each video.", type=TEXT_PATH, metavar="CSV")
@setting(
    "assignment",
    "stable: no frame moves when others are added; chronological: test on the end of each video.",
    type=click.Choice(("exact", "stable", "chronological")),
)
@setting(
    "claim",
    "What held-out frames are said to be, for the audit to check; auto: as groups say.",
    type=click.Choice(("auto", *CLAIMS)),
)
@setting("lock", "Earlier index files: what is in, stays.", type=TEXT_PATH, metavar="FOLDER")
@setting(
    "lock_missing",
    "allow: the labels may lack more than a tenth of the frames of --lock.",
    type=click.Choice(("stop", "allow")),
)
@setting("fold", "Which of the folds is tested on, from 0.", type=int, metavar="N")
@setting("n_folds", "Number of folds, or all.", type=number_or("all"), metavar="N|all")
@click.option(
    "--from-index",
    type=PATH,
    metavar="PATH",
    help="Take the frames from index files (a folder), lists of frames or a training config of"
    " SLEAP (a JSON file), as they are.",
)
@click.option("--predicted", is_flag=True, help="Predicted instances make examples too.")
@json_option
def command(
    labels: tuple[Path, ...],
    output: Path,
    from_index: Path | None,
    *,
    predicted: bool,
    as_json: bool,
    **settings: Any,  # noqa: ANN401 - as SplitParams has them
) -> None:
    """Split labels files into train, val and test files."""
    if output.is_file():
        msg = f"{output} is a file; the last argument is the folder for the split files"
        raise SplitlibError(msg)
    refuse_to_replace(labels_files(labels), output)
    with open_labels(labels, output) as (source, files, _):
        if from_index is None:
            filters = LabelsParams(user_instances_only=not predicted)
            partition, made_by = _computed(source, filters, settings)
        else:
            _refuse_settings({**settings, "predicted": predicted})
            partition, made_by = _listed(source, from_index)
        report = output / "split.json"
        write_split_files(source, partition, made_by, folder=output, report=report, sources=files)
        shown = json_text(partition_report(source, partition)) if as_json else None
        print(shown or summary(source, partition))


def _computed(
    labels: Labels, filters: LabelsParams, settings: dict[str, Any]
) -> tuple[Partition, dict[str, Any]]:
    """The partition of the settings, and what made it."""
    params = split_params(settings)
    partition = make_partition(labels, filters, params)
    return partition, portable_params(filters, params, partition)


def split_params(settings: dict[str, Any]) -> SplitParams:
    """The checked params that the options stand for.

    Raises:
        ParamsError: They are none.
    """
    values = dict(settings)
    values["fractions"] = dict(zip(SPLITS, settings["fractions"], strict=True))
    values["stratify"] = () if settings["stratify"] == ("none",) else settings["stratify"]
    values["hold_out"] = {}
    for name, pattern in settings["hold_out"]:
        values["hold_out"].setdefault(name, []).append(pattern)
    return checked_section(SplitParams, values, "split")


def _listed(labels: Labels, path: Path) -> tuple[Partition, dict[str, Any]]:
    """The partition of `--from-index`, and what made it."""
    return partition_of_lists(labels, read_index_lists(path, labels)), {"from_index": path.name}


def _refuse_settings(given: dict[str, Any]) -> None:
    """Lists decide everything: a setting beside them would have no effect."""
    for key, default in {**DEFAULTS, "predicted": False}.items():
        if given[key] != default:
            msg = (
                f"--{key.replace('_', '-')} has no effect beside --from-index, which takes the"
                " frames as they are listed; leave one of them out"
            )
            raise SplitlibError(msg)
