import hashlib
import os
from pathlib import Path

import pytest

from splitlib.fingerprint import file_hashes
from splitlib.fingerprint.file_hashes import BLOCK, MISSING, N_BLOCKS, FileHashes, sampled_sha256

LARGE = (N_BLOCKS + 10) * BLOCK


@pytest.fixture(autouse=True)
def all_files_are_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_hashes, "SETTLED", -60.0)


@pytest.fixture
def hashes(tmp_path: Path) -> FileHashes:
    return FileHashes(tmp_path / "memory" / "hashes.json")


def write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


TABLES = {"empty": b"", "a line": b"video,animal\n", "beyond a block": b"a.mp4,m1\n" * BLOCK}


@pytest.mark.parametrize("content", TABLES.values(), ids=TABLES)
def test_a_table_is_hashed_whole(content: bytes, tmp_path: Path, hashes: FileHashes) -> None:
    path = write(tmp_path / "groups.csv", content)
    assert hashes.whole(path) == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("name", ["absent.csv", "folder", "a" * 5000])
def test_what_is_no_file_is_missing(name: str, tmp_path: Path, hashes: FileHashes) -> None:
    (tmp_path / "folder").mkdir()
    assert hashes.whole(tmp_path / name) == MISSING


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 7])
def test_small_files_differ_wherever_they_differ(size: int, tmp_path: Path) -> None:
    content = bytes(size)
    path = write(tmp_path / "top.mp4", content)
    found = {sampled_sha256(path)}
    places = sorted({0, size // 2, size - 1} & {*range(size)})
    for place in places:
        write(path, content[:place] + b"x" + content[place + 1 :])
        found.add(sampled_sha256(path))
    write(path, content + b"\0")
    found.add(sampled_sha256(path))
    assert len(found) == 2 + len(places)


@pytest.mark.parametrize(
    ("place", "is_seen"),
    [(0, True), (BLOCK - 1, True), (LARGE - 1, True), (LARGE - BLOCK, True), (BLOCK + 9, False)],
)
def test_of_large_files_blocks_are_read(place: int, is_seen: bool, tmp_path: Path) -> None:
    path = tmp_path / "top.mp4"
    with path.open("wb") as file:
        file.truncate(LARGE)
    before = sampled_sha256(path)
    with path.open("r+b") as file:
        file.seek(place)
        file.write(b"x")
    assert (sampled_sha256(path) != before) == is_seen


def test_a_large_file_that_grows_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "top.mp4"
    found = set()
    for size in (LARGE, LARGE + 1):
        with path.open("wb") as file:
            file.truncate(size)
        found.add(sampled_sha256(path))
    assert len(found) == 2


def test_the_hash_of_a_list_knows_order_and_gaps(tmp_path: Path, hashes: FileHashes) -> None:
    one, other = write(tmp_path / "0.png", b"one"), write(tmp_path / "1.png", b"other")
    lists: list[list[Path | None]] = [[one, other], [other, one], [one, None], [None, one], [one]]
    assert len({hashes.sampled(paths) for paths in lists}) == len(lists)


def test_the_hash_of_a_list_does_not_depend_on_its_place(tmp_path: Path) -> None:
    found = set()
    for machine in ("here", "there"):
        paths = [write(tmp_path / machine / name, name.encode()) for name in ("0.png", "1.png")]
        found.add(FileHashes(tmp_path / machine / "hashes.json").sampled(paths))
    assert len(found) == 1


def no_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> str:
        pytest.fail(f"{path} was read")

    monkeypatch.setattr(file_hashes, "sha256_of", refuse)
    monkeypatch.setattr(file_hashes, "sampled_sha256", refuse)


def test_a_file_that_did_not_change_is_not_read_again(
    tmp_path: Path, hashes: FileHashes, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "labels.slp", b"labels")
    first = hashes.whole(path), hashes.sampled([path, None])
    hashes.remember()
    no_reading(monkeypatch)
    again = FileHashes(hashes.memory)
    assert (again.whole(path), again.sampled([path, None])) == first


def keep_the_time(path: Path) -> None:
    before = path.stat()
    path.write_bytes(b"Labels")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def replace_it(path: Path) -> None:
    write(path.with_suffix(".new"), b"Labels").replace(path)


@pytest.mark.parametrize("edit", [keep_the_time, replace_it], ids=lambda edit: edit.__name__)
def test_an_edit_that_keeps_the_size_is_seen(
    edit: object, tmp_path: Path, hashes: FileHashes
) -> None:
    path = write(tmp_path / "labels.slp", b"labels")
    before = hashes.whole(path)
    hashes.remember()
    assert callable(edit)
    edit(path)
    assert FileHashes(hashes.memory).whole(path) != before


def test_a_file_that_was_just_written_is_read_again(
    tmp_path: Path, hashes: FileHashes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_hashes, "SETTLED", 60.0)
    hashes.whole(write(tmp_path / "labels.slp", b"labels"))
    hashes.remember()
    assert not hashes.memory.exists()


def test_what_was_not_asked_for_is_forgotten(tmp_path: Path, hashes: FileHashes) -> None:
    for name in ("old.slp", "new.slp"):
        asked = FileHashes(hashes.memory)
        asked.whole(write(tmp_path / name, name.encode()))
        asked.remember()
    assert hashes.memory.read_text().count(":") == 1


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff"])
def test_a_damaged_memory_costs_time_and_nothing_else(content: bytes, tmp_path: Path) -> None:
    memory = write(tmp_path / "hashes.json", content)
    path = write(tmp_path / "labels.slp", b"labels")
    hashes = FileHashes(memory)
    assert hashes.whole(path) == hashlib.sha256(b"labels").hexdigest()
    hashes.remember()
    assert memory.read_bytes().startswith(b"{\n")
