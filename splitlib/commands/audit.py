"""`splitlib audit`: leaks between splits and imbalance."""

from collections.abc import Sequence
from contextlib import ExitStack, nullcontext
from pathlib import Path

import click

from splitlib.audit.audited_splits import AuditedSplits, load_audited
from splitlib.audit.certificate import certificate_of, write_certificate
from splitlib.audit.checks import FAIL, PASS, WARN, Check, make_checks
from splitlib.audit.findings import Findings, audit
from splitlib.audit.listed_splits import load_listed
from splitlib.audit.report import audit_report, verdict
from splitlib.commands.print_tables import cell, columns, print_table
from splitlib.commands.shared import PATH, TEXT_PATH, Command, json_option
from splitlib.console import printable
from splitlib.errors import SplitlibError
from splitlib.jsonfile import json_text
from splitlib.params import AuditParams, Claim, LabelsParams
from splitlib.split.claim import CLAIMS
from splitlib.split.open_labels import open_labels

NO_LABELS = (None, (), ())
"""What is opened where there are no labels to compare with."""

NO_SOURCE = "-"
"""In place of the source labels: there are none to compare with."""

COLOURS = {PASS: "green", WARN: "yellow", FAIL: "bold red"}


@click.command("audit", cls=Command, example="splitlib audit labels.slp splits --report audit")
@click.argument(
    "files",
    type=TEXT_PATH,
    nargs=-1,
    required=True,
    metavar="[LABELS]... SPLITS...",
    help="The .slp files that were split, - for none; then the folder of the split files or of a"
    " model, a JSON file with lists of frames, or one labels file and then the split files, of any"
    " tool, the training split first.",
)
@click.option("--no-images", is_flag=True, help="Do not decode images to find copies.")
@click.option(
    "--images",
    type=click.IntRange(min=1),
    metavar="N",
    help="Look at N images at most, the held-out ones first.",
)
@click.option(
    "--min-distance",
    type=int,
    default=AuditParams().min_distance,
    metavar="N",
    help="Frames of video that held-out frames are away from training.",
)
@click.option(
    "--claim",
    type=click.Choice(["auto", *CLAIMS]),
    default="auto",
    help="What the held-out frames are said to be; without it, what the indexes say.",
)
@click.option("--report", type=PATH, metavar="FOLDER", help="Write pictures and report.html there.")
@click.option(
    "--certificate",
    type=PATH,
    metavar="FOLDER",
    help="Write a page there that a paper can cite, and that `splitlib verify` checks again.",
)
@json_option
def command(
    files: tuple[str, ...],
    min_distance: int,
    claim: Claim,
    report: Path | None,
    certificate: Path | None,
    *,
    no_images: bool,
    images: int | None,
    as_json: bool,
) -> None:
    """Look for leaks between splits and for imbalance, whatever made the splits."""
    labels, splits = labels_and_splits(files)
    params = AuditParams(images=images or not no_images, min_distance=min_distance)
    output = report or (splits[0].parent if _is_list(splits[0]) else splits[0])
    opened = open_labels(labels, output) if labels else nullcontext(NO_LABELS)
    with opened as (source, sources, folders), ExitStack() as parts:
        if _is_list(splits[0]):
            loaded = load_listed(source, splits[0], video_folders=folders)
        else:
            loaded = load_audited(
                source,
                splits,
                video_folders=folders,
                open_part=lambda files: parts.enter_context(open_labels(files, output)).labels,
            )
        found = audit(loaded, LabelsParams(), params, claim)
        checks = make_checks(found, params)
        if report:
            _write_report(report, found, checks, params)
        if certificate:
            value = certificate_of(found, checks, params, sources)
            write_certificate(certificate, value, loaded.parts[0].path.parent)
    if as_json:
        print(json_text(audit_report(found, checks)), end="")
    else:
        _print_checks(loaded, checks)
    if failed := [check.name for check in checks if check.verdict == FAIL]:
        msg = f"failed: {', '.join(failed)}"
        raise SplitlibError(msg)


def labels_and_splits(files: Sequence[str]) -> tuple[list[str], list[Path]]:
    """The labels files and the splits among the arguments.

    The first folder or list of frames begins the splits. Without these, the first file is that of
    the labels.

    Raises:
        click.UsageError: There are no splits.
    """
    begins = (Path(name).is_dir() or _is_list(Path(name)) for name in files)
    n_labels = next((at for at, is_first in enumerate(begins) if is_first), 1)
    labels, splits = files[:n_labels], files[n_labels:]
    if not splits:
        msg = "Missing argument 'SPLITS...'."
        raise click.UsageError(msg, click.get_current_context())
    return [name for name in labels if name != NO_SOURCE], list(map(Path, splits))


def _is_list(path: Path) -> bool:
    return path.suffix.lower() == ".json" and path.is_file()


def _write_report(folder: Path, found: Findings, checks: list[Check], params: AuditParams) -> None:
    # matplotlib takes longer to load than all other commands to run
    from splitlib.audit import html, split_pictures

    pictures = split_pictures.write_pictures(folder, found, params)
    html.write_html(folder / "report.html", found, checks, pictures)


def _print_checks(splits: AuditedSplits, checks: list[Check]) -> None:
    sizes = zip(splits.names, splits.parts, strict=True)
    print(printable(", ".join(f"{name} {len(part)} frames" for name, part in sizes)))
    table = columns("", "", "")
    for check in checks:
        style = COLOURS.get(check.verdict, "")
        table.add_row(cell(check.verdict, style), cell(check.name), cell(check.finding))
        if check.verdict in (WARN, FAIL):
            table.add_row("", "", cell(f"-> {check.advice}"))
    print_table(table)
    print(f"audit: {verdict(checks)}")
