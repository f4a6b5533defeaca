"""Frames keep their split, whatever labs do to their videos."""

import json
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from synthetic_labels import MadeFrame, MadeInstance, MadeLabels, MadePoint, embedded, png

from splitlib.convert.embed_videos import embed
from splitlib.errors import SplitError
from splitlib.labels import Labels
from splitlib.params import LabelsParams, SplitParams
from splitlib.slp.create import EmbeddedVideo
from splitlib.split.index import SourceId, read_index
from splitlib.split.partition import Partition, make_partition, summary
from splitlib.split.write_index import IndexWriter

FILTERS = LabelsParams()
BLOCKS = SplitParams(block_length=10, gap=0)


@dataclass(frozen=True)
class Film:
    """A video with a labeled frame at each number; `who` tells its labels from those of others."""

    path: str | tuple[str, ...]
    numbers: tuple[int, ...]
    who: int


def instance(who: int, number: int) -> MadeInstance:
    x, y = np.random.default_rng((who, number)).uniform(0, 90, 2).tolist()
    return MadeInstance(points=(MadePoint(x, y), MadePoint(y, x)))


def project(path: Path, films: Sequence[Film], *, package: bool = False) -> Labels:
    """A labels file of films, or of lists of pictures that are numbered as the frames."""
    frames = []
    for video, film in enumerate(films):
        places = range(len(film.numbers)) if isinstance(film.path, tuple) else film.numbers
        frames += [
            MadeFrame(video, place, (instance(film.who, number),))
            for place, number in zip(places, film.numbers, strict=True)
        ]
    rows = [in_package(film) if package else {"filename": film.path} for film in films]
    labels = MadeLabels(tuple(frames), n_videos=len(films), options={"videos": rows})
    return Labels.load(labels.write(path))


def in_package(film: Film) -> EmbeddedVideo:
    n = len(film.numbers)
    made = replace(embedded(0, [0]), images=[png(0, 0)] * n, source_filename=film.path)
    return replace(made, frame_numbers=np.array(film.numbers, np.int64))


def split_of(
    labels: Labels, films: Sequence[Film], params: SplitParams
) -> dict[tuple[int, int], str]:
    """The split of each frame, by whose labels it has and its number."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        partition = make_partition(labels, FILTERS, params)
    names = {at: name for name, rows in partition.splits.items() for at in rows.tolist()}
    known = [(film.who, number) for film in films for number in film.numbers]
    return {frame: names[at] for at, frame in enumerate(known) if at in names}


def locked(folder: Path, labels: Labels, params: SplitParams) -> str:
    """The folder of a split of these labels."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        partition = make_partition(labels, FILTERS, params)
    source = SourceId("labels.slp", "0" * 64, len(labels))
    writer = IndexWriter(labels, [source], {})
    for name, rows in partition.splits.items():
        writer.write(folder / f"{name}.json", rows, name)
    return str(folder)


def pictures(folder: str, numbers: Sequence[int]) -> tuple[str, ...]:
    return tuple(f"{folder}/img{number:04d}.png" for number in numbers)


TENS = tuple(range(0, 500, 5))
BEFORE = [Film("/data/day1/top.mp4", TENS, 1), Film("/data/day1/side.mp4", TENS, 2)]
AFTER = {
    "renamed": [Film("/data/day1/top_reencoded.avi", TENS, 1), BEFORE[1]],
    "both renamed, in another order": [Film("b.mp4", TENS, 2), Film("a.mp4", TENS, 1)],
    "moved": [Film("E:\\lab\\top.mp4", TENS, 1), Film("E:\\lab\\side.mp4", TENS, 2)],
    "joined by one of the same name": [*BEFORE, Film("/data/day2/top.mp4", TENS, 3)],
    "replaced under the same name": [
        Film("/data/old/first.mp4", TENS, 1),
        BEFORE[1],
        Film("/data/day1/top.mp4", TENS, 3),
    ],
    "names exchanged": [Film("/data/day1/side.mp4", TENS, 1), Film("/data/day1/top.mp4", TENS, 2)],
    "grown": [Film("/data/day1/top.mp4", (*TENS, *range(1, 300, 7)), 1), BEFORE[1]],
}


@pytest.mark.parametrize("package", [False, True], ids=["films", "package"])
@pytest.mark.parametrize("films", AFTER.values(), ids=AFTER)
def test_a_lock_holds(films: list[Film], package: bool, tmp_path: Path) -> None:
    first = project(tmp_path / "1.slp", BEFORE)
    lock = locked(tmp_path / "lock", first, BLOCKS)
    before = split_of(first, BEFORE, BLOCKS)
    later = project(tmp_path / "2.slp", films, package=package)
    after = split_of(later, films, replace(BLOCKS, lock=lock))
    assert {frame: after.get(frame) for frame in before} == before


def test_what_the_labels_alone_tell_is_said(tmp_path: Path) -> None:
    lock = locked(tmp_path / "lock", project(tmp_path / "1.slp", BEFORE), BLOCKS)
    later = project(tmp_path / "2.slp", AFTER["renamed"])
    partition = make_partition(later, FILTERS, replace(BLOCKS, lock=lock))
    lines = summary(later, partition).splitlines()
    assert lines[-2:] == [
        "  lock: 200 frames stay where they were",
        "  lock: top.mp4 is top_reencoded.avi, by its labels",
    ]


REFUSED = {
    "two films for one": (
        [Film("/x/b.mp4", TENS, 1), Film("/x/c.mp4", TENS, 1), BEFORE[1]],
        r"its video top\.mp4 may be b\.mp4 or c\.mp4",
    ),
    "most is gone": (
        [Film("/data/day1/other.mp4", TENS, 3), BEFORE[1]],
        r"hold 100 of its 200 frames; the others are of top\.mp4 \(100\)\. .*lock_missing: allow",
    ),
}


@pytest.mark.parametrize(("films", "message"), REFUSED.values(), ids=REFUSED)
def test_a_lock_that_cannot_hold_is_refused(
    films: list[Film], message: str, tmp_path: Path
) -> None:
    lock = locked(tmp_path / "lock", project(tmp_path / "1.slp", BEFORE), BLOCKS)
    with pytest.raises(SplitError, match=message):
        split_of(project(tmp_path / "2.slp", films), films, replace(BLOCKS, lock=lock))


def test_two_locked_videos_are_never_one(tmp_path: Path) -> None:
    films = [Film("/s1/a.mp4", TENS, 1), Film("/s2/a.mp4", TENS, 2)]
    lock = locked(tmp_path / "lock", project(tmp_path / "1.slp", films), BLOCKS)
    new = [Film("/x/a.mp4", TENS, 3)]
    with pytest.raises(SplitError, match=r"its videos s1/a\.mp4 and s2/a\.mp4 may both be a\.mp4"):
        split_of(project(tmp_path / "2.slp", new), new, replace(BLOCKS, lock=lock))
    one = [Film("/x/a.mp4", TENS, 2)]
    params = replace(BLOCKS, lock=lock, lock_missing="allow")
    before = split_of(project(tmp_path / "1.slp", films), films, BLOCKS)
    after = split_of(project(tmp_path / "3.slp", one), one, params)
    assert after == {frame: name for frame, name in before.items() if frame[0] == 2}


def test_missing_frames_are_allowed_on_request_and_counted(tmp_path: Path) -> None:
    lock = locked(tmp_path / "lock", project(tmp_path / "1.slp", BEFORE), BLOCKS)
    later = project(tmp_path / "2.slp", BEFORE[1:])
    params = replace(BLOCKS, lock=lock, lock_missing="allow")
    partition = make_partition(later, FILTERS, params)
    assert summary(later, partition).splitlines()[-1] == (
        "  lock: 100 frames stay where they were; 100 of its frames are not in the labels"
    )


numbers = st.lists(st.integers(0, 400), min_size=20, max_size=60, unique=True).map(sorted)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kept=numbers, more=numbers, data=st.data())
@pytest.mark.slow
def test_inserted_and_deleted_pictures_move_no_other(
    kept: list[int], more: list[int], data: st.DataObject, tmp_path: Path
) -> None:
    everything = sorted({*kept, *more})
    some = [Film(pictures("labeled-data/mouseA", kept), tuple(kept), 1)]
    order = data.draw(st.permutations(everything))
    grown = [
        Film(pictures("labeled-data/mouseB", more), tuple(more), 2),
        Film(pictures("D:\\x\\labeled-data\\mouseA".replace("\\", "/"), order), tuple(order), 1),
    ]
    for params in (BLOCKS, replace(BLOCKS, assignment="stable")):
        try:
            first = project(tmp_path / "1.slp", some)
            before = split_of(first, some, params)
        except SplitError:  # too few blocks for three splits
            continue
        later = project(tmp_path / "2.slp", grown)
        if params.assignment == "exact":
            params = replace(params, lock=locked(tmp_path / "lock", first, params))
        after = split_of(later, grown, params)
        assert {frame: after.get(frame) for frame in before} == before


def moved(film: Film, data: st.DataObject) -> Film:
    """The same file in another folder, of a machine of any kind."""
    folder = data.draw(st.sampled_from(["/data/new/", "E:\\lab\\", "", "/mnt/x/y/"]))
    return replace(film, path=folder + str(film.path).replace("\\", "/").rpartition("/")[2])


def renamed(film: Film, data: st.DataObject) -> Film:
    name = data.draw(st.sampled_from(["a.mp4", "top.mp4", "side.avi", f"film{film.who}.mp4"]))
    return moved(replace(film, path=name), data)


def with_more_frames(film: Film, data: st.DataObject) -> Film:
    more = data.draw(st.sets(st.integers(0, 600), min_size=1, max_size=20))
    return replace(film, numbers=tuple(sorted({*film.numbers, *more})))


OPERATIONS = {"move": moved, "grow": with_more_frames, "rename": renamed}


def changed(films: list[Film], what: str, data: st.DataObject) -> list[Film]:
    """The films after a person did one thing to them."""
    if what == "add":
        who = max(film.who for film in films) + 1
        films = [*films, renamed(Film("", TENS[: 10 + who], who), data)]
    elif what == "reorder":
        films = data.draw(st.permutations(films))
    else:
        at = data.draw(st.integers(0, len(films) - 1))
        films = [*films[:at], OPERATIONS[what](films[at], data), *films[at + 1 :]]
    paths = [film.path for film in films]
    return films if len({*paths}) == len(paths) else []  # two videos of one path are one video


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(["add", "reorder", *OPERATIONS]), max_size=4), data=st.data())
@pytest.mark.slow
def test_whatever_is_done_to_films_in_any_order_no_locked_frame_moves(
    steps: list[str], data: st.DataObject, tmp_path: Path
) -> None:
    films, params = BEFORE, BLOCKS
    before = split_of(project(tmp_path / "l.slp", films), films, params)
    for step in steps:
        folder = locked(tmp_path / "lock", project(tmp_path / "l.slp", films), params)
        params = replace(BLOCKS, lock=folder)
        films = changed(films, step, data) or films
        labels = project(tmp_path / "l.slp", films, package=data.draw(st.booleans()))
        after = split_of(labels, films, params)
        assert {frame: after.get(frame) for frame in before} == before
        before = after


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.sampled_from(["add", "reorder", "move", "grow"]), max_size=4),
    data=st.data(),
)
@pytest.mark.slow
def test_under_stable_nothing_that_comes_later_moves_a_frame(
    steps: list[str], data: st.DataObject, tmp_path: Path
) -> None:
    films, params = BEFORE, replace(BLOCKS, assignment="stable")
    before = split_of(project(tmp_path / "l.slp", films), films, params)
    for step in steps:
        films = changed(films, step, data) or films
        labels = project(tmp_path / "l.slp", films, package=data.draw(st.booleans()))
        after = split_of(labels, films, params)
        assert {frame: after.get(frame) for frame in before} == before
        before = after


def test_pictures_of_one_folder_keep_the_gap_even_as_videos_of_their_own(tmp_path: Path) -> None:
    films = [Film(f"/lp/labeled-data/img{n:08d}.png", (0,), n) for n in range(0, 240, 2)]
    labels = project(tmp_path / "a.slp", films)
    partition = make_partition(labels, FILTERS, SplitParams(block_length=30, gap=5))
    time = {name: labels.moments.time[rows] for name, rows in partition.splits.items()}
    for one, other in (("train", "val"), ("train", "test"), ("val", "test")):
        assert np.abs(np.subtract.outer(time[one], time[other])).min() > 5


def test_a_package_keeps_the_names_of_its_pictures(tmp_path: Path) -> None:
    names = pictures("labeled-data/mouseA", TENS[:60])
    for number, name in enumerate(names):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (32, 24), number).save(tmp_path / name)
    films = [Film(tuple(f"/home/ann/{name}" for name in names), TENS[:60], 1)]
    labels = project(tmp_path / "a.slp", films)
    embed(labels, tmp_path / "a.pkg.slp")
    package = Labels.load(tmp_path / "a.pkg.slp")
    assert package.recordings.keys == labels.recordings.keys == ("mouseA",)
    assert package.videos[0].pictures == tuple(name.removeprefix("labeled-data/") for name in names)
    for params in (BLOCKS, replace(BLOCKS, assignment="stable")):
        assert split_of(package, films, params) == split_of(labels, films, params)


def test_one_frame_more_is_a_line_more(tmp_path: Path) -> None:
    stable = replace(BLOCKS, assignment="stable")
    lines: list[set[str]] = []
    for at, films in enumerate((BEFORE, [replace(BEFORE[0], numbers=(*TENS, 233)), BEFORE[1]])):
        ordered = [replace(film, numbers=tuple(sorted(film.numbers))) for film in films]
        labels = project(tmp_path / f"{at}.slp", ordered)
        folder = Path(locked(tmp_path / str(at), labels, stable))
        texts = [(folder / f"{name}.json").read_text() for name in ("train", "val", "test")]
        lines.append({line for text in texts for line in text.splitlines()})
    more = {line.strip() for line in lines[1] - lines[0]}
    begins = sorted(line.partition(":")[0] for line in more)
    assert begins == ['"233"', '"fingerprint"', '"n_frames"']


def test_an_index_of_version_1_still_locks(tmp_path: Path) -> None:
    labels = project(tmp_path / "1.slp", BEFORE)
    partition = make_partition(labels, FILTERS, BLOCKS)
    write_first_version(tmp_path / "lock", labels, partition)
    assert read_index(tmp_path / "lock/train.json").version == 1
    after = split_of(labels, BEFORE, replace(BLOCKS, lock=str(tmp_path / "lock"), seed=7))
    assert after == split_of(labels, BEFORE, BLOCKS)


def write_first_version(folder: Path, labels: Labels, partition: Partition) -> None:
    folder.mkdir()
    for name, rows in partition.splits.items():
        value = {
            "encoding-type": "splitlib-index",
            "encoding-version": "1.0",
            "split": name,
            "source": {"file": "1.slp", "sha256": "0" * 64, "n_frames": len(labels)},
            "params": {},
            "frames": {
                "position": rows.tolist(),
                "video": [labels.videos[at].key for at in labels.video[rows]],
                "frame_idx": labels.frame_idx[rows].tolist(),
            },
        }
        (folder / f"{name}.json").write_text(json.dumps(value))
