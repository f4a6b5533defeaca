"""Labels of every format come out as they went in: each point on its own picture."""

import shutil
from pathlib import Path

import pytest
import sleap_io
from foreign_labels import HEIGHT, WIDTH, WRITERS, assert_equal, points_by_gray, truth

from splitlib.errors import VideoNotFoundError
from splitlib.formats.convert_labels import convert
from splitlib.labels import Labels

FORMATS = pytest.mark.parametrize("form", WRITERS)


@FORMATS
@pytest.mark.parametrize("images", [True, False], ids=["embedded", "plain"])
def test_each_point_is_on_its_own_picture(form: str, images: bool, tmp_path: Path) -> None:
    source = WRITERS[form](tmp_path)
    convert(source, tmp_path / "out.slp", images=images)
    labels = Labels.load(tmp_path / "out.slp")
    folder = source if source.is_dir() else source.parent
    assert_equal(points_by_gray(labels, folder), truth())
    assert len(sleap_io.load_file(str(tmp_path / "out.slp"), open_videos=False)) == 8
    states_none = form == "json of sleap" and not images  # its pictures are not looked for
    assert {video.size for video in labels.videos} == {None if states_none else (HEIGHT, WIDTH)}


@FORMATS
def test_another_folder_gives_the_same_bytes(form: str, tmp_path: Path) -> None:
    contents = []
    for name in ("one/project", "another/deeper/project"):
        (tmp_path / name).mkdir(parents=True)
        source = WRITERS[form](tmp_path / name)
        convert(source, tmp_path / name / "out.slp", images=False)
        contents.append((tmp_path / name / "out.slp").read_bytes())
        assert str(tmp_path).encode() not in contents[-1]
    assert contents[0] == contents[1]


@FORMATS
def test_a_missing_picture_is_named_or_skipped(form: str, tmp_path: Path) -> None:
    """The picture of the same name in the other folder is not taken for it."""
    source = WRITERS[form](tmp_path)
    gone = next(path for path in sorted(tmp_path.rglob("*img0010.png")))
    gone.unlink()
    if form == "json of sleap":  # films and pictures of SLEAP may be missing until they are read
        convert(source, tmp_path / "out.slp", images=False)
        return
    with pytest.raises(VideoNotFoundError, match=r"missing: .*img0010") as error:
        convert(source, tmp_path / "out.slp", images=False)
    assert len(str(error.value).splitlines()) <= 3
    assert not (tmp_path / "out.slp").exists()
    done = convert(source, tmp_path / "out.slp", images=False, skip_missing=True)
    assert [Path(name).stem.endswith("img0010") for name in done.missing] == [True]
    folder = source if source.is_dir() else source.parent
    expected = {level: points for level, points in truth().items() if level != 30}
    assert_equal(points_by_gray(Labels.load(tmp_path / "out.slp"), folder), expected)


@pytest.mark.parametrize("form", [form for form in WRITERS if not form.startswith("ultralytics")])
def test_pictures_that_moved_with_their_folders_are_found(form: str, tmp_path: Path) -> None:
    """Those of Ultralytics are where data.yaml says."""
    (tmp_path / "old").mkdir()
    source = WRITERS[form](tmp_path / "old")
    elsewhere = tmp_path / "elsewhere"
    for path in sorted((tmp_path / "old").rglob("*.png")):
        (elsewhere / path.parent.name).mkdir(parents=True, exist_ok=True)
        shutil.move(path, elsewhere / path.parent.name)
    convert(source, tmp_path / "out.slp", video_folders=[elsewhere])
    assert_equal(points_by_gray(Labels.load(tmp_path / "out.slp"), elsewhere), truth())


@pytest.mark.parametrize(
    ("form", "sizes"),
    [(form, {"train": 4, "val": 4}) for form in WRITERS if form.startswith("ultralytics")]
    + [("coco", {})],
)
def test_splits_of_the_source_are_kept(form: str, sizes: dict[str, int], tmp_path: Path) -> None:
    done = convert(WRITERS[form](tmp_path), tmp_path / "out.slp")
    assert done.splits == ({tmp_path / "out.splits.json": sizes} if sizes else {})
    assert ("--from-index" in done.summary(tmp_path / "out.slp")) == bool(sizes)
