"""Records in files: read in any order what was written, or an error, and nothing else."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from drawn import tries
from hypothesis import given
from hypothesis import strategies as st
from slow import quick_if

from splitlib.inputs.frames.record_files import FRAMING, ReadRecord, RecordFiles, RecordWriter

RECORDS = [b"first", b"x", b"\0\xff\n" * 400, b"last one"]


def written(path: Path, records: Iterable[bytes]) -> list[int]:
    writer = RecordWriter(str(path))
    offsets = [writer.write(record) for record in records]
    writer.close()
    return offsets


def record_files(*files: tuple[Path, list[int]]) -> RecordFiles:
    file = np.repeat(np.arange(len(files)), [len(offsets) for _, offsets in files])
    offset = np.array([at for _, offsets in files for at in offsets], np.int64)
    return RecordFiles(tuple(str(path) for path, _ in files), file, offset)


def read(records: RecordFiles, rows: Iterable[int], threads: int | None = None) -> list[bytes]:
    dataset = tf.data.Dataset.from_tensor_slices(np.array([*rows], np.int64))
    return list(dataset.map(ReadRecord(records), threads).as_numpy_iterator())


@pytest.fixture
def file(tmp_path: Path) -> tuple[Path, list[int]]:
    path = tmp_path / "records"
    return path, written(path, RECORDS)


ORDERS = {
    "forward": [0, 1, 2, 3],
    "backward": [3, 2, 1, 0],
    "some twice, some never": [2, 2, 0, 2, 0],
    "none": [],
}


@pytest.mark.parametrize("threads", [None, 4], ids=["one thread", "four threads"])
@pytest.mark.parametrize("rows", ORDERS.values(), ids=ORDERS)
def test_records_are_read_in_any_order(
    file: tuple[Path, list[int]], rows: list[int], threads: int | None
) -> None:
    assert read(record_files(file), rows, threads) == [RECORDS[row] for row in rows]


def test_records_are_read_without_a_dataset(file: tuple[Path, list[int]]) -> None:
    reader = ReadRecord(record_files(file))
    for row, record in enumerate(RECORDS):
        found = reader(tf.constant(row, tf.int64))
        assert found.shape.as_list() == []
        assert found.numpy() == record


def test_the_type_is_known_before_data_flows(file: tuple[Path, list[int]]) -> None:
    dataset = tf.data.Dataset.range(4).map(ReadRecord(record_files(file)))
    assert dataset.element_spec == tf.TensorSpec((), tf.string)


def test_records_of_several_files_are_read_side_by_side(tmp_path: Path) -> None:
    contents = [[b"a0", b"a1"], [], [b"c0"], [b"d0", b"d1", b"d2"]]
    paths = [tmp_path / f"{i} \N{MOUSE}" for i in range(4)]
    files = [(path, written(path, c)) for path, c in zip(paths, contents, strict=True)]
    rows = [5, 0, 2, 3, 1, 4]
    everything = [record for records in contents for record in records]
    assert read(record_files(*files), rows, 4) == [everything[row] for row in rows]


@tries(15)
@given(st.lists(st.binary(min_size=1, max_size=50), max_size=8))
def test_what_is_read_is_what_tensorflow_reads(tmp_path: Path, records: list[bytes]) -> None:
    path = tmp_path / "records"
    offsets = written(path, records)
    assert list(tf.data.TFRecordDataset(str(path)).as_numpy_iterator()) == records
    assert read(record_files((path, offsets)), range(len(records))) == records


def test_offsets_count_the_bytes_before_each_record(file: tuple[Path, list[int]]) -> None:
    path, offsets = file
    lengths = [len(record) + FRAMING for record in RECORDS]
    assert offsets == [0, *np.cumsum(lengths)[:-1].tolist()]
    assert path.stat().st_size == sum(lengths)


def test_the_same_records_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "other"):
        written(tmp_path / name, RECORDS)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_a_file_that_is_there_is_replaced(file: tuple[Path, list[int]]) -> None:
    path, _ = file
    offsets = written(path, [b"new"])
    assert path.stat().st_size == len(b"new") + FRAMING
    assert read(record_files((path, offsets)), [0]) == [b"new"]


def test_an_empty_record_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="empty"):
        written(tmp_path / "records", [b""])


# --- damage ---------------------------------------------------------------------------------------

# The third record begins behind two others and their framing.
THIRD = len(b"firstx") + 2 * FRAMING
DAMAGED = {
    "the length": THIRD,
    "the checksum of the length": THIRD + 8,
    "the first byte": THIRD + 12,
    "a byte in the middle": THIRD + 600,
    "the last byte": THIRD + 12 + 1199,
    "the checksum of the record": THIRD + 12 + 1200,
}


def unreadable(path: Path, offset: int) -> str:
    return f"{path}: the record at byte {offset} cannot be read"


@pytest.mark.parametrize(
    "at", quick_if(lambda at: at in (THIRD, THIRD + 600), DAMAGED.values()), ids=DAMAGED
)
def test_a_damaged_byte_is_an_error_and_the_other_records_are_read(
    file: tuple[Path, list[int]], at: int
) -> None:
    path, _ = file
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)
    with pytest.raises(tf.errors.InvalidArgumentError, match=unreadable(path, THIRD)):
        read(record_files(file), [2])
    assert read(record_files(file), [3, 1, 0]) == [RECORDS[3], RECORDS[1], RECORDS[0]]


CUT_OFF = {
    "before the record": THIRD,
    "in its length": THIRD + 5,
    "behind its length": THIRD + 12,
    "in the record": THIRD + 700,
    "in its checksum": THIRD + 12 + 1202,
    "at its beginning": 0,
    "gone": None,
}


@pytest.mark.parametrize("length", CUT_OFF.values(), ids=CUT_OFF)
def test_a_file_that_is_cut_off_or_gone_is_an_error_that_names_it(
    file: tuple[Path, list[int]], length: int | None
) -> None:
    path, _ = file
    if length is None:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(tf.errors.InvalidArgumentError, match=unreadable(path, THIRD)):
        read(record_files(file), [2])


def test_an_offset_between_records_is_an_error(file: tuple[Path, list[int]]) -> None:
    path, offsets = file
    with pytest.raises(tf.errors.InvalidArgumentError, match=unreadable(path, 1)):
        read(record_files((path, [offset + 1 for offset in offsets])), [0])
