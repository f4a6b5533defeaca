"""`splitlib lint`: a verdict on the splits that models and datasets of any tool have."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from splitlib.audit.better_split import BetterSplit, better_split, leak_of
from splitlib.audit.checks import FAIL, SKIP, WARN
from splitlib.audit.judged_pairs import (
    CLEAN,
    DOUBTFUL,
    LEAKS,
    JudgedPair,
    Linted,
    caveats,
    lint,
    lint_report,
    worst_finding,
)
from splitlib.commands.find_splits import FoundSplits, find_splits
from splitlib.commands.print_tables import cell, columns, print_table
from splitlib.commands.shared import PATH, Command, end_with, json_option
from splitlib.console import printable
from splitlib.jsonfile import json_text
from splitlib.params import AuditParams

NOT_JUDGED = "not judged"

STYLES = {CLEAN: "green", DOUBTFUL: "yellow", LEAKS: "bold red"}


@dataclass(frozen=True)
class Judged:
    """Splits with their verdict.

    Attributes:
        found: The splits.
        linted: The verdict; None where there are fewer than two splits.
        better: The change that helps most; None where none is needed or helps.
    """

    found: FoundSplits
    linted: Linted | None
    better: BetterSplit | None

    @property
    def verdict(self) -> str:
        """The verdict in a word or two."""
        return self.linted.verdict if self.linted else NOT_JUDGED


@click.command("lint", cls=Command, judges=True, example="splitlib lint models/centroid")
@click.argument(
    "paths",
    type=PATH,
    nargs=-1,
    required=True,
    metavar="PATH...",
    help="The folder of a model of SLEAP or sleap-nn, of split files, of a DeepLabCut project, or"
    " of a dataset of Ultralytics or COCO; data.yaml; or the labels files of the splits.",
)
@click.option("--no-images", is_flag=True, help="Do not decode images to find copies.")
@json_option
def command(paths: tuple[Path, ...], *, no_images: bool, as_json: bool) -> None:
    """Judge the splits that a model or dataset of any tool has; nothing is written."""
    params = AuditParams(images=not no_images)
    with TemporaryDirectory() as folder, ExitStack() as stack:
        judged = [_judge(found, params) for found in find_splits(paths, Path(folder), stack)]
    if as_json:
        print(json_text({"splits": [_report(one, params) for one in judged]}), end="")
    else:
        for at, one in enumerate(judged):
            print("\n" * (at > 0), end="")
            _print(one, params)
    verdicts = {one.verdict for one in judged}
    end_with(1 if LEAKS in verdicts else 2 if verdicts <= {NOT_JUDGED} else 0)


def _judge(found: FoundSplits, params: AuditParams) -> Judged:
    if found.splits is None:
        return Judged(found, None, None)
    linted = lint(found.splits, params)
    if not linted.pairs:
        why = "Fewer than two splits have frames, so there is nothing to compare."
        return Judged(replace(found, notes=(why, *found.notes)), None, None)
    if linted.verdict == CLEAN or found.labels is None:
        return Judged(found, linted, None)
    return Judged(found, linted, better_split(found.labels, found.splits, params))


def _advice(judged: Judged, params: AuditParams) -> list[str]:
    """The one change that helps most: in words, as a line of params.yaml, and to type."""
    linted, better = judged.linted, judged.better
    if linted is None or linted.verdict == CLEAN:
        return []
    if better is None:
        return [_checks_advice(linted)]
    now = leak_of(linted.splits, params)
    return [
        f"Split {better.title}, with a gap of {params.min_distance} frames. Measured on these"
        f" labels: copyable {now.copyable:.0%} -> {better.leak.copyable:.0%}, held-out frames near"
        f" training {now.n_near} -> {better.leak.n_near}.",
        f"params.yaml: split: {{{_setting(better.settings)}, gap: {params.min_distance}}}",
        *f"{judged.found.how_to_split} {_options(better.settings)}".split("\n"),
    ]


def _checks_advice(linted: Linted) -> str:
    """What the audit advises on the worst check, where no other split leaks less."""
    checks = [check for pair in linted.pairs for check in pair.checks.values()]
    worst = min(checks, key=lambda check: {FAIL: 0, WARN: 1}.get(check.verdict, 2))
    return worst.advice


def _setting(settings: Mapping[str, Any]) -> str:
    names = ("groups", "assignment")
    return ", ".join(f"{name}: {settings[name]}" for name in names if name in settings)


def _options(settings: Mapping[str, Any]) -> str:
    shares = " ".join(f"{share:g}" for share in settings["fractions"].values())
    chosen = [f"--{name} {settings[name]}" for name in ("groups", "assignment") if name in settings]
    return " ".join([*chosen, f"--gap {settings['gap']}", f"--fractions {shares}"])


def _report(judged: Judged, params: AuditParams) -> dict[str, Any]:
    better = judged.better
    return {
        "name": judged.found.name,
        "verdict": judged.verdict,
        **(lint_report(judged.linted) if judged.linted else {}),
        "advice": _advice(judged, params),
        "notes": list(judged.found.notes),
        "better": better
        and {
            "split": dict(better.settings),
            "n_frames": dict(better.sizes),
            "n_near": better.leak.n_near,
            "copyable": round(better.leak.copyable, 6),
        },
    }


def _print(judged: Judged, params: AuditParams) -> None:
    linted, found = judged.linted, judged.found
    if linted is None:
        first, *more = found.notes
        print(printable(f"{found.name}: {NOT_JUDGED}: {first}"))
        _print_notes(more)
        return
    _print_verdict(judged, linted)
    _print_pairs(linted, params)
    _print_notes([*caveats(linted), *found.notes])
    for at, line in enumerate(_advice(judged, params)):
        print(printable(f"{'-> ' if at == 0 else '   '}{line}"))


def _print_verdict(judged: Judged, linted: Linted) -> None:
    verdict = cell(linted.verdict, STYLES[linted.verdict])
    table = columns("")
    table.add_row(cell(f"{judged.found.name}: ") + verdict + cell(f": {worst_finding(linted)}"))
    print_table(table)
    print(printable(", ".join(f"{name} {n} frames" for name, n in linted.sizes.items())))


def _print_pairs(linted: Linted, params: AuditParams) -> None:
    near = f"nearer than {params.min_distance}"
    names = ("splits", "verdict", "nearest", near, "same frame", "same image", "alike", "copyable")
    table = columns(*names, numbers=names[2:])
    for pair in linted.pairs:
        row = [
            "other video" if pair.nearest is None else f"{pair.nearest} frames",
            f"{pair.n_near(params.min_distance)} of {len(pair.found.splits.parts[1])}",
            pair.n_same,
            *_twins(pair),
            f"{pair.copyable:.0%}",
        ]
        verdict = cell(pair.verdict, STYLES[pair.verdict])
        table.add_row(cell(" - ".join(pair.names)), verdict, *map(cell, row))
    print_table(table)


def _twins(pair: JudgedPair) -> list[str]:
    """Frames with the very image, and with nearly the image, of a frame of the other split."""
    found = pair.found.duplicates
    checks = [pair.checks[f"{name}_duplicates"] for name in ("exact", "near")]
    if found is None:
        return ["?", "?"]
    counts = (len(found.exact), len(found.near))
    return [
        "?" if check.verdict == SKIP else str(n) for check, n in zip(checks, counts, strict=True)
    ]


def _print_notes(notes: list[str]) -> None:
    for note in notes:
        print(printable(note))
