"""The files of a split: per split its labels and its index, and the figures of all."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from splitlib.errors import SplitError
from splitlib.files import files_together
from splitlib.jsonfile import write_json
from splitlib.labels import Labels
from splitlib.slp.labels_files import place_of
from splitlib.split.index import SourceId
from splitlib.split.open_labels import source_ids
from splitlib.split.partition import SPLITS, Partition, partition_report, split_metrics
from splitlib.split.write_index import IndexWriter


def refuse_to_replace(files: Sequence[Path], folder: Path) -> None:
    """Check that no labels that are split are in a file of the split.

    Raises:
        SplitError: Some are; a part of their frames would take the place of all.
    """
    for file in files:
        if file.name in {f"{name}.slp" for name in SPLITS} and place_of(file) == place_of(
            folder / file.name
        ):
            msg = (
                f"{file}: the labels to split would be replaced by the split of this name; name"
                " another folder for the split files"
            )
            raise SplitError(msg)


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

    All files take their places, or none does: `splitlib.files.files_together` says how.

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

    Raises:
        SplitError: The labels are in a file of the split, which would be lost.
        UnfinishedFilesError: Another run writes the same files, and does not end.
        OSError: A file cannot be written; all are as before.
    """
    refuse_to_replace([labels.path], folder)
    index = IndexWriter(labels, source_ids(labels, sources), params)
    with files_together(folder) as part_of:
        for name, frames in partition.splits.items():
            labels.extract(frames).save(part_of(folder / f"{name}.slp"))
            index.write(part_of(folder / f"{name}.json"), frames, name)
        write_json(part_of(report), partition_report(labels, partition))
        if metrics:
            write_json(part_of(metrics), split_metrics(labels, partition))
