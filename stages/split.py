"""Split the labels into train, val and test files, with an index for each."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from splitlib.files import atomic_path, sha256_of
from splitlib.index import SourceId, write_index
from splitlib.jsonfile import write_json
from splitlib.labels import Labels
from splitlib.params import load_params
from splitlib.partition import make_partition, partition_report, portable_params, summary
from stages.command import parse_arguments, run

FOLDER = Path("splits")
METRICS = Path("metrics/split.json")


def main(argv: Sequence[str] | None = None) -> None:
    """Write splits/{train,val,test}.slp and .json, and metrics/split.json."""
    params = load_params(parse_arguments(__doc__, argv))
    labels = Labels.load(params.labels.path)
    source = SourceId(labels.path.name, sha256_of(labels.path), len(labels))
    partition = make_partition(labels, params.labels, params.split)
    with ExitStack() as stack:  # all files take their places, or none
        for name, frames in partition.splits.items():
            labels_path = stack.enter_context(atomic_path(FOLDER / f"{name}.slp"))
            index_path = stack.enter_context(atomic_path(FOLDER / f"{name}.json"))
            labels.extract(frames).save(labels_path)
            write_index(
                index_path,
                labels,
                frames,
                split=name,
                source=source,
                params=portable_params(params.labels, params.split),
            )
        report_path = stack.enter_context(atomic_path(METRICS))
        write_json(report_path, partition_report(labels, partition))
    print(summary(labels, partition))


if __name__ == "__main__":
    run(main)
