"""Every table of format 1.0 to 2.8 follows its frames, as sleap-io and a slow copy read it."""

import shutil
from pathlib import Path

import pytest
import row_by_row
import sleap_io
from drawn import tries
from every_table import TABLES, labels_of, labels_with_tables, write
from hypothesis import given
from hypothesis import strategies as st
from sleap_io_reader import differences, document_record, frame_records, load, session_records

from splitlib.labels import Labels


@given(labels_with_tables(), st.data())
@tries(150, at_least=25)
@pytest.mark.slow
def test_a_part_holds_the_tables_of_its_frames(
    tmp_path_factory: pytest.TempPathFactory, made: sleap_io.Labels, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("part", numbered=True)
    path = write(made, folder / "a.slp")
    order = data.draw(st.permutations(range(len(made))))
    part = order[: data.draw(st.integers(0, len(order)))]
    Labels.load(path).extract(part).save(folder / "part.slp")
    check_part(path, folder / "part.slp", part)
    shutil.rmtree(folder)


def check_part(path: Path, target: Path, part: list[int]) -> None:
    source, saved = load(path), load(target)
    every = range(len(saved))
    assert differences(frame_records(source, part), frame_records(saved, every)) == []
    assert differences(session_records(source, part), session_records(saved, every)) == []
    assert document_record(saved) == document_record(source)
    assert [one.name for one in saved.static_rois] == [one.name for one in source.static_rois]
    expected = row_by_row.subset(row_by_row.read_tables(path), part)
    found = row_by_row.read_tables(target)
    assert row_by_row.differences(expected, found) == []


@pytest.mark.parametrize("table", TABLES)
def test_each_table_alone_follows_its_frames(table: str, tmp_path: Path) -> None:
    needed = {"score_maps": {"masks", "label_images"}, "sizes": {"label_images"}}
    made = labels_of(7, {table} | needed.get(table, set()), n_frames=8)
    path = write(made, tmp_path / "a.slp")
    for part in ([0, 2, 4, 6], [7, 5, 3, 1], []):
        Labels.load(path).extract(part).save(tmp_path / "part.slp")
        check_part(path, tmp_path / "part.slp", part)
