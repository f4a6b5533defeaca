"""Audit the splits: leaks between them, imbalance, and whether they are those of the labels."""

from collections.abc import Sequence
from pathlib import Path

from splitlib.audit.audited_splits import load_audited
from splitlib.audit.checks import make_checks, stopping
from splitlib.audit.findings import audit
from splitlib.audit.html import write_html
from splitlib.audit.report import audit_metrics, audit_summary, write_audit
from splitlib.audit.split_pictures import write_pictures
from splitlib.errors import SplitError
from splitlib.jsonfile import write_json
from splitlib.params import load_params
from splitlib.slp.labels_files import files_to_read, labels_folders
from splitlib.split.open_labels import open_labels
from stages.command import parse_arguments, run


def main(argv: Sequence[str] | None = None) -> None:
    """Write audit.json in metrics and reports; pictures and report.html in plots/audit."""
    params = load_params(parse_arguments(__doc__, argv))
    plots = Path("plots/audit")
    folders = labels_folders(params.labels.path)
    with open_labels(files_to_read(params.labels.path), plots) as (labels, _, _):
        splits = load_audited(labels, [Path("splits")], video_folders=folders)
        found = audit(splits, params.labels, params.audit)
        checks = make_checks(found, params.audit)
        write_audit(Path("reports/audit.json"), found, checks)
        write_json(Path("metrics/audit.json"), audit_metrics(found, checks))
        write_html(plots / "report.html", found, checks, write_pictures(plots, found, params.audit))
        print(audit_summary(found, checks))
    if failed := stopping(checks, params.audit):
        listed = "\n".join(f"  {check.name}: {check.finding} {check.advice}" for check in failed)
        msg = (
            f"the audit of the splits failed (audit.stop_on in params.yaml names the checks that"
            f" stop the pipeline):\n{listed}"
        )
        raise SplitError(msg)


if __name__ == "__main__":
    run(main)
