"""The files of a split: per split its labels and its index, and the figures of all."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from splitlib.files import atomic_path, sha256_of
from splitlib.jsonfile import write_json
from splitlib.labels import Labels
from splitlib.split.index import SourceId
from splitlib.split.partition import Partition, partition_report, split_metrics
from splitlib.split.write_index import IndexWriter


def write_split_files(
    labels: Labels,
    partition: Partition,
    params: dict[str, Any],
    *,
    folder: Path,
    report: Path,
    metrics: Path | None = None,
    sources: Sequence[SourceId] = (),
) -> None:
    """Write the label file and the index of each split, the report and the metrics.

    All files take their places, or none does: what is there stays where writing one of them fails.

    Args:
        labels: The source.
        partition: Which frame goes where.
        params: What made the partition, as plain values (`partition.portable_params`).
        folder: Gets `train.slp`, `train.json` and so on.
        report: The JSON file with the figures, and the frames left out.
        metrics: The JSON file with the few figures that runs are compared by; None for no such
            file.
        sources: The files that the labels were joined of, in the order of the rows; none for the
            file of the labels itself.
    """
    files = sources or [SourceId(labels.path.name, sha256_of(labels.path), len(labels))]
    index = IndexWriter(labels, files, params)
    with ExitStack() as stack:
        for name, frames in partition.splits.items():
            labels_path = stack.enter_context(atomic_path(folder / f"{name}.slp"))
            index_path = stack.enter_context(atomic_path(folder / f"{name}.json"))
            labels.extract(frames).save(labels_path)
            index.write(index_path, frames, name)
        write_json(stack.enter_context(atomic_path(report)), partition_report(labels, partition))
        if metrics:
            write_json(stack.enter_context(atomic_path(metrics)), split_metrics(labels, partition))
