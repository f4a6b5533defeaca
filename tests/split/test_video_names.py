"""Videos found by names: keys, ends of stored paths, patterns; and what is said of wrong names."""

import json
import unicodedata
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from synthetic_labels import MadeFrame, MadeInstance, MadeLabels, MadePoint

from splitlib.commands.main import main
from splitlib.errors import SplitError
from splitlib.params import LabelsParams, SplitParams
from splitlib.slp.videos import Video, parse_videos, video_keys
from splitlib.split.examples import SPLITS
from splitlib.split.partition import portable_params
from splitlib.split.video_names import VideoNames, stored_paths
from splitlib.split.video_patterns import held_videos


def of_paths(*paths: str) -> VideoNames:
    return VideoNames(video_keys(paths), [[path] for path in paths])


MICE = of_paths(
    r"E:\data\mouse1\2024-01-11_cam.mp4",
    r"E:\data\mouse3\2024-01-13_cam.mp4",
    r"E:\data\mouse3\2024-02-13_cam.mp4",
)
SAME_NAME = of_paths("/lab/mouse1/cam.mp4", "/lab/mouse3/cam.mp4", "/lab/side.mp4")
MIXED = of_paths("/lab/mouse3/a.mp4", "/lab/mouse1/a.mp4", "/lab/mouse3/b.mp4")
IN_MOUSE_LAB = of_paths("/home/mouse3lab/mouse1.mp4", "/home/mouse3lab/mouse3.mp4")
TWICE = of_paths("/a/cam.mp4", "/a/cam.mp4", "/b/top.mp4")
NEGATED = of_paths("/one/a.mp4", "/two/b.mp4")
OF_ROOTS = of_paths("/data/a.mp4", "/backup/data/b.mp4", "rel/c[1].mp4", "rel/c1.mp4")

# names; the name that is looked for; positions of its videos
FOUND = [
    (MICE, "*mouse3*", [1, 2]),
    (MICE, "mouse3/*", [1, 2]),
    (MICE, r"mouse3\*", [1, 2]),
    (MICE, "*/mouse3/*", [1, 2]),
    (MICE, "E:/data/mouse3/*", [1, 2]),
    (MICE, r"e:\data\mouse3\*", [1, 2]),
    (MICE, "mouse3/2024-01-13_cam.mp4", [1]),
    (MICE, r"mouse3\2024-01-13_cam.mp4", [1]),
    (MICE, r"E:\data\mouse3\2024-01-13_cam.mp4", [1]),
    (MICE, "./2024-01-13_cam.mp4", [1]),
    (MICE, "13_cam.mp4", []),  # an end of the name, and no border of a folder
    (MICE, "use3/*", []),
    (MICE, "*Mouse3*", []),  # letters are as they are
    (MICE, "*data*", [0, 1, 2]),  # nothing else has it
    (MICE, "mouse3", []),
    (MICE, "/", []),
    (MICE, "?", []),
    (SAME_NAME, "cam.mp4", [0, 1]),
    (SAME_NAME, "mouse3/cam.mp4", [1]),
    (SAME_NAME, "lab/mouse3/cam.mp4", [1]),
    (MIXED, "*mouse3*", [0, 2]),
    (IN_MOUSE_LAB, "*mouse3*", [1]),  # a folder that all share tells nothing
    (IN_MOUSE_LAB, "*mouse3*.mp4", [1]),
    (IN_MOUSE_LAB, "/home/*/mouse?.mp4", [0, 1]),
    (TWICE, "cam.mp4", [0]),  # the very key
    (TWICE, "cam.mp4#2", [1]),
    (TWICE, "a/cam.mp4", [0, 1]),
    (TWICE, "*cam*", [0, 1]),
    (TWICE, "*#2", [1]),
    (NEGATED, "[!a]*", [1]),  # any folder is something else than an a
    (NEGATED, "[ab].mp4", [0, 1]),
    (NEGATED, "*", [0, 1]),
    (OF_ROOTS, "data/*", [0, 1]),
    (OF_ROOTS, "/data/*", [0]),
    (OF_ROOTS, "c[1].mp4", [2]),
    (OF_ROOTS, "*c[1].mp4", [3]),
]


@pytest.mark.parametrize(("names", "name", "videos"), FOUND)
def test_a_name_finds_its_videos(names: VideoNames, name: str, videos: list[int]) -> None:
    assert names.find(name).videos == videos


parts = st.lists(st.sampled_from(["a", "b", "ab", "Ü", "m3"]), min_size=1, max_size=4)
separators = st.sampled_from("/\\")
paths = st.builds(
    lambda root, parts, sep: root + sep.join(parts) + ".mp4",
    st.sampled_from(["", "/", "C:\\", "C:/"]),
    parts,
    separators,
)
globs = st.text("ab3Üm*?[]!/.", min_size=1, max_size=8)


def by_key(pattern: str, keys: list[str]) -> list[int]:
    """The videos of a pattern of keys alone."""
    exact = [at for at, key in enumerate(keys) if key == pattern]
    return exact or [at for at, key in enumerate(keys) if fnmatchcase(key, pattern)]


@given(paths=st.lists(paths, min_size=1, max_size=6))
def test_a_key_is_the_name_of_its_video_alone(paths: list[str]) -> None:
    names = of_paths(*paths)
    assert [names.find(key).videos for key in names.keys] == [[at] for at in range(len(paths))]
    decomposed = unicodedata.normalize("NFD", names.keys[0])
    assert names.find(decomposed).videos == [0]


@given(paths=st.lists(paths, min_size=1, max_size=6), pattern=globs)
@example(paths=["a/a.mp4", "b/a.mp4"], pattern="*a*")
def test_what_a_pattern_matches_by_keys_it_still_matches(paths: list[str], pattern: str) -> None:
    names = of_paths(*paths)
    assume(names.find(pattern).by != "end")
    assert set(by_key(pattern, names.keys)) <= set(names.find(pattern).videos)


@given(
    stems=st.lists(st.text("ab3_", min_size=1, max_size=4), min_size=1, max_size=6, unique=True),
    pattern=globs.filter(lambda text: "/" not in text),
    folder=parts,
)
def test_in_one_folder_patterns_are_of_keys(
    stems: list[str], pattern: str, folder: list[str]
) -> None:
    names = of_paths(*(f"/{'/'.join(folder)}/{stem}" for stem in stems))
    assert sorted(names.keys) == sorted(stems)
    old = by_key(pattern, names.keys)
    assert not old or names.find(pattern).videos == old


@given(paths=st.lists(paths, min_size=1, max_size=6), data=st.data())
def test_a_name_is_the_end_of_a_path_in_whole_parts(paths: list[str], data: st.DataObject) -> None:
    split = [path.replace("\\", "/").lstrip("/").split("/") for path in paths]
    chosen = data.draw(st.sampled_from(split))
    end = chosen[-data.draw(st.integers(1, len(chosen))) :]
    name = data.draw(separators).join(end)
    names = of_paths(*paths)
    found = names.find(name)
    if found.by == "end":
        assert found.videos == [at for at, one in enumerate(split) if one[-len(end) :] == end]
    else:
        assert [names.keys[at] for at in found.videos] == ["/".join(end)]


@given(paths=st.lists(paths, min_size=1, max_size=6), pattern=globs)
def test_separators_are_alike(paths: list[str], pattern: str) -> None:
    other = [path.replace("\\", "|").replace("/", "\\").replace("|", "/") for path in paths]
    turned = pattern.replace("/", "\\")
    assert of_paths(*paths).find(pattern) == of_paths(*other).find(turned)


def chained_videos() -> tuple[Video, ...]:
    """A video that was merged from a package of a film, and a list of images."""
    real = {"filename": "/raw/mouse7/top.mp4"}
    package = {"filename": r"D:\packages\day2\one.pkg.slp", "source_video": real}
    source = {"filename": "/tmp/merged.slp", "source_video": package}
    row = {"filename": ".", "backend": {"filename": ".", "dataset": "video0/video"}}
    images = {"backend": {"filename": [f"/img/mouse{n // 4}/{n}.png" for n in range(8)]}}
    return parse_videos([row, images], [source, None], Path("x.slp"))


CHAINED = {
    "merged.slp": [0],
    "mouse7/top.mp4": [0],
    "day2/one.pkg.slp": [0],
    "*mouse7*": [0],
    "*/day2/*": [0],
    "*mouse1*": [1],
}


@pytest.mark.parametrize(("name", "found"), CHAINED.items(), ids=CHAINED)
def test_the_whole_chain_of_a_video_is_found(name: str, found: list[int]) -> None:
    videos = chained_videos()
    names = VideoNames([video.key for video in videos], [stored_paths(video) for video in videos])
    assert names.find(name).videos == found


def test_a_list_of_images_is_told_by_those_of_each_folder() -> None:
    assert stored_paths(chained_videos()[1]) == (
        "/img/mouse0/0.png",
        "/img/mouse1/4.png",
        "/img/mouse0/0.png",
    )


@pytest.mark.parametrize("name", ["video0", "video*", "*0"])
def test_a_video_without_a_path_is_found_by_its_key(name: str) -> None:
    names = VideoNames(["video0", "a.mp4"], [stored_paths(Video("video0", ())), ["/x/a.mp4"]])
    assert names.find(name).videos == [0]


# names; hold_out; what is said
REFUSED = [
    (SAME_NAME, {"test": ["cam.mp4"]}, r"test: 'cam.mp4' fits 2 .* \(mouse1/cam.mp4, mouse3/cam.m"),
    (TWICE, {"test": ["a/cam.mp4"]}, r"fits 2 videos; .* \(cam.mp4, cam.mp4#2\)"),
    (
        MICE,
        {"test": ["*mouse3*"], "val": ["mouse3/*"]},
        r"by test and by val \('mouse3/\*'",
    ),
    (
        MICE,
        {"test": ["*mouse4*"]},
        r"no video; did you mean '\*mouse\d\*'\? the videos are:",
    ),
    (MICE, {"test": ["*Mouse3*"]}, r"did you mean '\*mouse3\*'\?"),
    (MICE, {"test": ["Mouse3/*cam.mp4"]}, r"did you mean 'mouse3/\*cam.mp4'\?"),
    (MICE, {"test": ["mouse3"]}, r"did you mean 'mouse3/\*'\?"),
    (MICE, {"test": ["E:/data/mouse3/"]}, r"did you mean 'E:/data/mouse3/\*'\?"),
    (MICE, {"test": ["mouse"]}, r"did you mean '\*mouse\*'\?"),
    (MICE, {"test": ["*zzz*"]}, r"; their folders are: mouse1, mouse3, E:, data$"),
    (MICE, {"test": ["mouse1/2024-01-13_cam.mp4"]}, "did you mean 'mouse3/2024-01-13_cam.mp4'"),
    (of_paths("/d/x.mp4"), {"test": ["/e/x.mp4"]}, r"did you mean '\*x.mp4\*'"),
]


@pytest.mark.parametrize(("names", "hold_out", "message"), REFUSED)
def test_a_name_of_no_or_several_videos_is_refused(
    names: VideoNames, hold_out: dict[str, list[str]], message: str
) -> None:
    with pytest.raises(SplitError, match=message):
        held_videos(hold_out, names, SPLITS)


def test_a_listing_is_short() -> None:
    names = of_paths(*(f"/lab/mouse{n}/cam{n}.mp4" for n in range(500)))
    with pytest.raises(SplitError) as error:
        held_videos({"test": ["*zzz*"]}, names, SPLITS)
    assert "and 490 more; their folders are: mouse0, mouse1, " in str(error.value)
    assert len(str(error.value)) < 600


@pytest.fixture(scope="module")
def mice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Labels of six videos, two of each mouse, which only the folder names."""
    instance = MadeInstance((MadePoint(), MadePoint()))
    frames = tuple(MadeFrame(n // 20, 9 * (n % 20), (instance,)) for n in range(120))
    videos = [rf"E:\secret\mouse{n // 2}\2024-0{n}_cam.mp4" for n in range(6)]
    made = MadeLabels(frames, n_videos=6, options={"videos": videos})
    return made.write(tmp_path_factory.mktemp("mice") / "labels.slp")


def test_the_report_says_which_videos_a_pattern_took(
    mice: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "secret" / "g.csv"
    table.parent.mkdir()
    table.write_text(
        "video,animal\n*mouse0*,m0\n*mouse1*,m1\n2024-04_cam.mp4,m2\n*/mouse2/*,m2\nz*,m9\n"
    )
    out = tmp_path / "out"
    held = [r"test=E:\secret\mouse2\*", "test=*mouse2*"]
    groups = ["--groups", "animal", "--groups-file", str(table)]
    assert main(["split", str(mice), str(out), "--hold-out", *held, *groups]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[5:] == [
        "  hold_out.test .../*: 2 videos, 2024-04_cam.mp4, 2024-05_cam.mp4",
        "  hold_out.test *mouse2*: 2 videos, 2024-04_cam.mp4, 2024-05_cam.mp4",
        "  g.csv *mouse0*: 2 videos, 2024-00_cam.mp4, 2024-01_cam.mp4",
        "  g.csv *mouse1*: 2 videos, 2024-02_cam.mp4, 2024-03_cam.mp4",
        "  g.csv */mouse2/*: 1 video, 2024-05_cam.mp4",
    ]
    report = json.loads((out / "split.json").read_text())
    assert report["named"][1] == {
        "place": "hold_out.test",
        "name": "*mouse2*",
        "videos": ["2024-04_cam.mp4", "2024-05_cam.mp4"],
    }
    for path in out.glob("*.json"):
        assert "secret" not in path.read_text()
    assert json.loads((out / "test.json").read_text())["params"]["split"]["hold_out"] == {
        "test": [".../*", "*mouse2*"]
    }


def test_many_patterns_are_cut_short_on_the_console(
    mice: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    held = [f"test=*mouse2*{'*' * n}" for n in range(12)]
    assert main(["split", str(mice), str(tmp_path / "out"), "--hold-out", *held]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6 + 10 + 1
    assert lines[-1] == "  and 2 more patterns, as the report says"


OF_A_MACHINE = {
    "/home/somebody/m3/*": ".../*",
    r"\\server\somebody\a.mp4": ".../a.mp4",
    "~/somebody/b": ".../b",
    "*/m3/a.mp4": "*/m3/a.mp4",
}


@pytest.mark.parametrize(("pattern", "kept"), OF_A_MACHINE.items(), ids=OF_A_MACHINE)
def test_folders_of_a_machine_stay_out_of_params(pattern: str, kept: str) -> None:
    params = SplitParams(hold_out={"test": (pattern,)})
    text = json.dumps(portable_params(LabelsParams(), params))
    assert "somebody" not in text
    assert f'"hold_out": {{"test": ["{kept}"]}}' in text
