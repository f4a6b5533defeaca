"""Labels of other formats in a pipeline: converted once, and again where something changed."""

import json
from pathlib import Path

import pytest
from foreign_labels import NODES, WRITERS, write_coco, write_deeplabcut, write_ultralytics
from synthetic_labels import small_labels

from splitlib.errors import LabelsFileError, VideoNotFoundError
from splitlib.files import sha256_of
from splitlib.formats.converted_files import keep_converted
from splitlib.labels import Labels
from splitlib.slp.labels_files import MEMORY, files_to_read, labels_folders


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    return tmp_path


def keep(*paths: str | Path, skip_missing: bool = False) -> list[str]:
    """What is converted now."""
    return [
        source.as_posix()
        for source in keep_converted(list(paths), sha256_of, skip_missing=skip_missing)
    ]


@pytest.mark.parametrize("form", WRITERS)
def test_labels_are_converted_once_and_again_where_they_change(form: str) -> None:
    source = WRITERS[form](Path("data"))
    assert keep(source) == [source.as_posix()]
    (converted,) = files_to_read([source])
    before = sha256_of(converted)
    assert keep(source) == []
    change(source)
    assert keep(source) == [source.as_posix()]
    assert sha256_of(converted) != before


def change(source: Path) -> None:
    """Rename a node, as an editor would."""
    files = (
        [p for p in source.rglob("*") if p.suffix in (".csv", ".yaml")]
        if source.is_dir()
        else [source]
    )
    for path in files:
        path.write_text(path.read_text().replace(NODES[2], "paw"))


def test_labels_in_the_layout_of_slp_are_read_as_they_are() -> None:
    small_labels().write(Path("data/a.slp"))
    assert keep("data/a.slp") == []
    assert files_to_read("data/a.slp") == [Path("data/a.slp")]
    assert json.loads(MEMORY.read_text()) == {}


def test_sources_of_equal_names_become_files_of_different_names() -> None:
    sources = []
    for name in ("one", "two"):
        (Path("data") / name).mkdir()
        sources.append(write_coco(Path("data") / name))
    assert len(keep(*sources)) == 2
    assert files_to_read(sources) == [Path("converted/coco.slp"), Path("converted/coco-2.slp")]


@pytest.mark.parametrize("name", ["", "config.yaml"])
def test_a_project_is_called_by_its_folder(name: str) -> None:
    source = write_deeplabcut(Path("data")) / name
    assert files_to_read(source) == [Path("converted/data.slp")]
    assert labels_folders(source) == (Path("data"),)


def test_what_is_no_longer_named_is_removed() -> None:
    source = write_ultralytics(Path("data"))
    keep(source)
    assert sorted(p.name for p in Path("converted").iterdir()) == [
        *("data.slp", "data.splits.json", "sources.json")
    ]
    small_labels().write(Path("a.slp"))
    keep("a.slp")
    assert [p.name for p in Path("converted").iterdir()] == ["sources.json"]


@pytest.mark.parametrize("form", [form for form in WRITERS if form != "json of sleap"])
def test_a_picture_that_is_there_again_is_taken_in(form: str) -> None:
    source = WRITERS[form](Path("data"))
    (gone, *_) = sorted(Path("data").rglob("*img0010.png"))
    content = gone.read_bytes()
    gone.unlink()
    with pytest.raises(VideoNotFoundError, match=r"1 (of 8 )?pictures"):
        keep(source)
    assert len(keep(source, skip_missing=True)) == 1
    ((path, record),) = json.loads(MEMORY.read_text()).items()
    assert [Path(name).stem.endswith("img0010") for name in record["missing"]] == [True]
    assert str(Path.cwd()) not in MEMORY.read_text()
    assert keep(source, skip_missing=True) == []
    gone.write_bytes(content)
    assert len(keep(source, skip_missing=True)) == 1
    assert len(Labels.load(Path("converted") / path)) == 8


def test_where_converting_fails_the_former_file_stays() -> None:
    source = write_coco(Path("data"))
    keep(source)
    before = sha256_of(Path("converted/coco.slp"))
    source.write_text("{}")
    with pytest.raises(LabelsFileError, match="expected labels of COCO"):
        keep(source)
    assert sha256_of(Path("converted/coco.slp")) == before


@pytest.mark.parametrize("memory", ["", "[1]", '{"coco.slp": 3}'])
def test_a_damaged_memory_converts_again(memory: str) -> None:
    source = write_coco(Path("data"))
    keep(source)
    MEMORY.write_text(memory)
    assert len(keep(source)) == 1
