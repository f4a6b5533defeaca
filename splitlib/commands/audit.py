"""`splitlib audit`: leaks between splits and imbalance."""

from pathlib import Path

import click

from splitlib.audit.audited_splits import AuditedSplits, load_audited
from splitlib.audit.checks import FAIL, PASS, WARN, Check, make_checks
from splitlib.audit.findings import Findings, audit
from splitlib.audit.report import audit_report, verdict
from splitlib.commands.print_tables import cell, columns, print_table
from splitlib.commands.shared import PATH, TEXT_PATH, Command, json_option
from splitlib.console import printable
from splitlib.errors import SplitlibError
from splitlib.jsonfile import json_text
from splitlib.params import AuditParams, LabelsParams

NO_SOURCE = "-"
"""In place of the source labels: there are none to compare with."""

COLOURS = {PASS: "green", WARN: "yellow", FAIL: "bold red"}


@click.command("audit", cls=Command, example="splitlib audit labels.slp splits --report audit")
@click.argument("source", type=TEXT_PATH, help="The .slp file that was split; - for none.")
@click.argument(
    "splits",
    type=PATH,
    nargs=-1,
    required=True,
    help="The folder of the split files, or the files, of any tool, the training split first.",
)
@click.option("--no-images", is_flag=True, help="Do not decode images to find copies.")
@click.option(
    "--min-distance",
    type=int,
    default=AuditParams().min_distance,
    metavar="N",
    help="Frames of video that held-out frames are away from training.",
)
@click.option("--report", type=PATH, metavar="FOLDER", help="Write pictures and report.html there.")
@json_option
def command(
    source: str,
    splits: tuple[Path, ...],
    min_distance: int,
    report: Path | None,
    *,
    no_images: bool,
    as_json: bool,
) -> None:
    """Look for leaks between splits and for imbalance, whatever made the splits."""
    loaded = load_audited(None if source == NO_SOURCE else source, splits)
    params = AuditParams(images=not no_images, min_distance=min_distance)
    found = audit(loaded, LabelsParams(), params)
    checks = make_checks(found, params)
    if report:
        _write_report(report, found, checks, params)
    if as_json:
        print(json_text(audit_report(found, checks)), end="")
    else:
        _print_checks(loaded, checks)
    if failed := [check.name for check in checks if check.verdict == FAIL]:
        msg = f"failed: {', '.join(failed)}"
        raise SplitlibError(msg)


def _write_report(folder: Path, found: Findings, checks: list[Check], params: AuditParams) -> None:
    # matplotlib takes longer to load than all other commands to run
    from splitlib.audit.html import write_html
    from splitlib.audit.split_pictures import write_pictures

    write_html(folder / "report.html", found, checks, write_pictures(folder, found, params))


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
