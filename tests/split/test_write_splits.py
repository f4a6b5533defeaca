"""The files of a split take their places together, or none does."""

from pathlib import Path

import pytest
from places import DEMO

from splitlib.labels import Labels
from splitlib.params import LabelsParams, SplitParams
from splitlib.split.partition import make_partition
from splitlib.split.write_splits import write_split_files


@pytest.mark.parametrize("name", ["train.slp", "val.slp", "test.json", "report.json", "m.json"])
def test_where_one_file_cannot_be_replaced_all_stay(name: str, tmp_path: Path) -> None:
    labels = Labels.load(DEMO)
    partition = make_partition(labels, LabelsParams(), SplitParams())
    (tmp_path / "train.slp").write_text("earlier")
    (tmp_path / name).unlink(missing_ok=True)
    (tmp_path / name / "inside").mkdir(parents=True)
    before = {path: path.is_file() and path.read_text() for path in tmp_path.rglob("*")}
    with pytest.raises(IsADirectoryError, match=name):
        write_split_files(
            labels,
            partition,
            {},
            folder=tmp_path,
            report=tmp_path / "report.json",
            metrics=tmp_path / "m.json",
        )
    after = {path: path.is_file() and path.read_text() for path in tmp_path.rglob("*")}
    assert after == before
