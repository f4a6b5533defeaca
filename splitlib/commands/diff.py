"""`splitlib diff`: two versions of a split or of labels, side by side."""

from contextlib import ExitStack
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from splitlib.commands.print_tables import cell, columns, print_table
from splitlib.commands.shared import PATH, Command, end_with, json_option
from splitlib.console import printable
from splitlib.errors import SplitError
from splitlib.jsonfile import json_text
from splitlib.labels import Labels
from splitlib.split.comparability import COMPARABLE
from splitlib.split.compare_labels import HOW, LabelsDiff, compare_labels, labels_diff_report
from splitlib.split.compare_splits import (
    Change,
    SplitDiff,
    by_video,
    changes,
    compare_splits,
    ranges,
    relabelled,
    sizes,
    split_diff_report,
)
from splitlib.split.split_versions import SplitVersion, open_version

MOST_RUNS = 6
"""Runs of frames that a line names."""


@click.command(
    "diff", cls=Command, judges=True, example="splitlib diff HEAD~1:splits splits --picture d.png"
)
@click.argument(
    "old",
    metavar="A",
    help="The old version: the folder of a split, REV:FOLDER of git, or a .slp file.",
)
@click.argument("new", metavar="B", help="The new version, likewise.")
@click.option(
    "--picture",
    type=PATH,
    metavar="PATH",
    help="Draw both splits of each video into this PNG.",
)
@json_option
def command(old: str, new: str, picture: Path | None, *, as_json: bool) -> None:
    """Compare two versions of a split or of labels, and say whether their figures compare."""
    with ExitStack() as stack:
        versions = [stack.enter_context(open_version(name)) for name in (old, new)]
        before, after = versions
        if isinstance(before, SplitVersion) and isinstance(after, SplitVersion):
            split_diff = compare_splits(before, after)
            _show_splits(split_diff, picture, as_json=as_json)
            end_with(int(split_diff.verdict.code != COMPARABLE))
        elif isinstance(before, Labels) and isinstance(after, Labels):
            labels_diff = compare_labels(before, after)
            _show_labels(labels_diff, picture, as_json=as_json)
            end_with(int(not labels_diff.is_empty))
        else:
            msg = (
                f"{old} and {new}: one is a split, and the other is a labels file.\n"
                "Expected two folders of splits, or two .slp files.\n"
                "Nothing was changed. splitlib audit LABELS SPLITS compares labels with a split."
            )
            raise SplitError(msg)


def _show_splits(diff: SplitDiff, picture: Path | None, *, as_json: bool) -> None:
    if picture is not None:
        # matplotlib takes longer to load than all other commands to run
        from splitlib.audit.diff_picture import write_diff_picture

        write_diff_picture(picture, diff)
    if as_json:
        print(json_text(split_diff_report(diff)), end="")
    else:
        _print_splits(diff)


def _print_splits(diff: SplitDiff) -> None:
    _print_sizes(diff)
    if diff.is_empty:
        print("\nno frame differs")
    else:
        print()
        _print_videos(diff)
        print()
        _print_changes(diff)
    for old, new in diff.frames.renamed.items():
        print(printable(f"{old} is {new} now: it holds the same labels"))
    if diff.relabelled is None:
        print("an index of version 1 has no digests: re-labelled frames are not found")
    verdict = diff.verdict
    print(f"\n{verdict.code}: {verdict.finding}")
    if verdict.advice:
        print(f"-> {verdict.advice}")


def _print_sizes(diff: SplitDiff) -> None:
    table = columns("split", "old", "new", numbers=("old", "new"))
    for name, (old, new) in sizes(diff).items():
        table.add_row(cell(name), cell(old), cell(new))
    print_table(table)


def _print_videos(diff: SplitDiff) -> None:
    """The videos in which something differs, and how many are left out."""
    counts = by_video(diff)
    shown = {key: own for key, own in counts.items() if sum(own.values()) > own["kept"]}
    shown |= {key: own for key, own in counts.items() if own.get("relabelled")}
    names = list(next(iter(counts.values())))
    table = columns("video", *names, numbers=names)
    for key, own in shown.items():
        table.add_row(cell(key), *(cell(own[name]) for name in names))
    print_table(table)
    if n_same := len(counts) - len(shown):
        print(
            "1 other video is as it was"
            if n_same == 1
            else f"{n_same} other videos are as they were"
        )


def _print_changes(diff: SplitDiff) -> None:
    table = columns("", "", "", "", "")
    for change in changes(diff):
        n = len(change.frames)
        table.add_row(
            cell(_what(change)),
            cell(_frames(n)),
            cell(_blocks(change.n_blocks)),
            cell(change.video),
            cell(_runs(diff, change.frames)),
        )
    for video, rows in relabelled(diff):
        where = (cell(video), cell(_runs(diff, rows)))
        table.add_row(cell("re-labelled"), cell(_frames(len(rows))), "", *where)
    print_table(table)


def _what(change: Change) -> str:
    if not change.before:
        return f"came to {change.after}"
    return f"{change.before} -> {change.after}" if change.after else f"went from {change.before}"


def _blocks(n: int | None) -> str:
    return "" if n is None else f"in {n} block{'s' * (n != 1)}"


def _frames(n: int) -> str:
    return f"{n} frame{'s' * (n != 1)}"


def _runs(diff: SplitDiff, rows: NDArray[np.int64]) -> str:
    """Frames in words, from the first to the last of each run."""
    runs = ranges(diff, rows)
    more = f" and {len(runs) - MOST_RUNS} more runs" if len(runs) > MOST_RUNS else ""
    return ", ".join(runs[:MOST_RUNS]) + more


def _show_labels(diff: LabelsDiff, picture: Path | None, *, as_json: bool) -> None:
    if picture is not None:
        msg = "--picture draws splits, and these are labels; leave it out"
        raise SplitError(msg)
    report = labels_diff_report(diff)
    if as_json:
        print(json_text(report), end="")
        return
    if diff.is_empty:
        print("no label differs")
        return
    names = [f"{thing} {how}" for thing in diff.counts for how in HOW]
    table = columns("video", *names, numbers=names)
    for key, things in {**report["videos"], "all": report["total"]}.items():
        table.add_row(cell(key), *(cell(n) for counts in things.values() for n in counts.values()))
    print_table(table)
    for old, new in diff.frames.renamed.items():
        print(printable(f"{old} is {new} now: it holds the same labels"))
