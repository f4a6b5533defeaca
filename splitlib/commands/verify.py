"""`splitlib verify`: whether split files are those of their labels."""

from collections.abc import Sequence
from pathlib import Path

import click

from splitlib.audit.audited_splits import load_audited
from splitlib.audit.certificate import (
    Certificate,
    audit_params_of,
    certificate_of,
    differences,
    read_certificate,
)
from splitlib.audit.checks import make_checks
from splitlib.audit.findings import audit
from splitlib.commands.print_tables import cell, columns, print_table
from splitlib.commands.shared import PATH, Command, json_option, labels_argument
from splitlib.errors import SplitError
from splitlib.files import read_together
from splitlib.jsonfile import json_text
from splitlib.labels import Labels
from splitlib.params import LabelsParams
from splitlib.split.index import SourceId
from splitlib.split.open_labels import open_labels
from splitlib.split.partition import SPLITS
from splitlib.split.verify_split import check_order, verify_split


@click.command("verify", cls=Command, example="splitlib verify labels.slp splits")
@labels_argument("The .slp files that were split.")
@click.argument("splits", type=PATH, help="The folder of the split files.")
@click.option(
    "--certificate",
    type=PATH,
    metavar="FILE",
    help="Check certificate.json of `splitlib audit --certificate` as well.",
)
@json_option
def command(
    labels: tuple[Path, ...], splits: Path, certificate: Path | None, *, as_json: bool
) -> None:
    """Check that split files hold the frames of the source that their indexes name."""
    stated = read_certificate(certificate) if certificate else None
    parts = [splits / f"{name}{suffix}" for name in SPLITS for suffix in (".slp", ".json")]
    with read_together(parts), open_labels(labels, splits) as (source, files, folders):
        for name in SPLITS:
            check_order(splits, name, files)
        checked = {name: verify_split(source, splits, name) for name in SPLITS}
        if certificate and stated:
            _check_certificate(certificate, stated, source, splits, files, folders)
    if as_json:
        print(json_text({"n_frames": checked}), end="")
        return
    table = columns("split", "frames", "", numbers=("frames",))
    for name, n_frames in checked.items():
        table.add_row(cell(name), cell(n_frames), cell("verified", "green"))
    print_table(table)
    if stated:
        print(f"certificate: verified, {stated['claim']['text']}")


def _check_certificate(
    path: Path,
    stated: Certificate,
    source: Labels,
    splits: Path,
    files: Sequence[SourceId],
    folders: Sequence[Path],
) -> None:
    """Compute a certificate anew, and compare.

    Raises:
        SplitError: It states something else.
    """
    params = audit_params_of(stated, path)
    found = audit(load_audited(source, [splits], video_folders=folders), LabelsParams(), params)
    now = certificate_of(found, make_checks(found, params), params, files)
    if differing := differences(stated, now):
        listed = "\n".join(f"  {line}" for line in differing)
        msg = (
            f"{path}: the certificate is not of these files:\n{listed}\n"
            "Take the labels and splits that it was written for, or write another one"
        )
        raise SplitError(msg)
