"""Split the labels into train, val and test files, with an index for each."""

from collections.abc import Sequence
from pathlib import Path

from splitlib.params import load_params
from splitlib.slp.frames_at_hand import missing_frames
from splitlib.slp.labels_files import files_to_read, labels_folders
from splitlib.split.open_labels import open_labels
from splitlib.split.partition import make_partition, portable_params, summary
from splitlib.split.write_splits import refuse_to_replace, write_split_files
from stages.command import parse_arguments, run


def main(argv: Sequence[str] | None = None) -> None:
    """Write splits/{train,val,test}.slp and .json, and split.json in metrics and reports."""
    params = load_params(parse_arguments(__doc__, argv))
    folder = Path("splits")
    files = files_to_read(params.labels.path)
    refuse_to_replace(files, folder)
    with open_labels(files, folder) as (labels, sources, _):
        is_skipped = params.labels.missing == "skip"
        folders = labels_folders(params.labels.path)
        missing = missing_frames(labels.source, folders) if is_skipped else None
        partition = make_partition(labels, params.labels, params.split, missing)
        write_split_files(
            labels,
            partition,
            portable_params(params.labels, params.split, partition),
            folder=folder,
            report=Path("reports/split.json"),
            metrics=Path("metrics/split.json"),
            sources=sources,
        )
        print(summary(labels, partition))


if __name__ == "__main__":
    run(main)
