"""Two versions of labels: what is counted is what plain values say."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from drawn import tries
from hypothesis import given
from hypothesis import strategies as st
from places import DEMO
from synthetic_labels import MadeFrame, MadeInstance, MadeLabels, MadePoint

from splitlib.labels import Labels
from splitlib.split.compare_labels import LabelsDiff, compare_labels, labels_diff_report

Animal = tuple[float, float]
Plain = dict[int, list[Animal]]
"""Per frame its animals: where the head and the tail of each are; 0 for none."""

PLAIN = st.dictionaries(
    st.integers(0, 4),
    st.lists(st.tuples(st.sampled_from([0.0, 1.0, 2.0]), st.sampled_from([3.0, 4.0])), max_size=3),
    max_size=5,
)


def made(plain: Plain, path: Path) -> Labels:
    frames = tuple(
        MadeFrame(0, at, tuple(instance(animal) for animal in animals))
        for at, animals in sorted(plain.items())
    )
    return Labels.load(MadeLabels(frames, options={"videos": ["a.mp4"]}).write(path))


def instance(animal: Animal) -> MadeInstance:
    head, tail = animal
    return MadeInstance((MadePoint(head, 1.0, visible=head > 0), MadePoint(tail, 2.0)))


def compared(old: Plain, new: Plain) -> LabelsDiff:
    with TemporaryDirectory() as folder:
        one, other = Path(folder) / "a.slp", Path(folder) / "b.slp"
        return compare_labels(made(old, one), made(new, other))


def counted(old: Counter[Any], new: Counter[Any]) -> tuple[int, int, int]:
    added, removed = (new - old).total(), (old - new).total()
    changed = min(added, removed)
    return added - changed, removed - changed, changed


def summed(parts: list[tuple[int, int, int]]) -> list[int]:
    return [sum(part[at] for part in parts) for at in range(3)]


def expected(old: Plain, new: Plain) -> dict[str, list[int]]:
    def sides(at: int, node: int | None) -> tuple[int, int, int]:
        both: list[Counter[Any]] = [
            Counter(one if node is None else one[node] for one in plain.get(at, ()))
            for plain in (old, new)
        ]
        for count in both:
            if node is not None:
                del count[0.0]
        return counted(*both)

    frames = sorted({*old, *new})
    return {
        "frames": [
            len(new.keys() - old.keys()),
            len(old.keys() - new.keys()),
            sum(sorted(old[at]) != sorted(new[at]) for at in old.keys() & new.keys()),
        ],
        "instances": summed([sides(at, None) for at in frames]),
        "points": summed([sides(at, node) for at in frames for node in (0, 1)]),
    }


@given(PLAIN, PLAIN)
@tries(60)
def test_what_is_counted_is_what_plain_values_say(old: Plain, new: Plain) -> None:
    diff = compared(old, new)
    totals = {name: count.sum(axis=0).tolist() for name, count in diff.counts.items()}
    assert totals == expected(old, new)
    assert diff.is_empty == (not any(map(any, totals.values())))


def test_predictions_do_not_count_beside_what_a_person_placed(tmp_path: Path) -> None:
    person = instance((1.0, 3.0))
    model = replace(instance((2.0, 4.0)), is_user=False)
    paths = [tmp_path / "a.slp", tmp_path / "b.slp"]
    for path, animals in zip(paths, [(person,), (person, model)], strict=True):
        MadeLabels((MadeFrame(0, 0, animals),), options={"videos": ["a.mp4"]}).write(path)
    assert compare_labels(*map(Labels.load, paths)).is_empty


def test_a_renamed_video_changes_no_label(tmp_path: Path) -> None:
    frames = (MadeFrame(0, 3, (instance((1.0, 3.0)),)),)
    for name in ("a", "z"):
        made_labels = MadeLabels(frames, options={"videos": [f"{name}.mp4"]})
        made_labels.write(tmp_path / f"{name}.slp")
    diff = compare_labels(*(Labels.load(tmp_path / f"{name}.slp") for name in ("a", "z")))
    assert diff.is_empty
    assert labels_diff_report(diff)["renamed"] == {"a.mp4": "z.mp4"}


def test_a_part_of_the_demo_lacks_the_rest() -> None:
    labels = Labels.load(DEMO)
    report = labels_diff_report(compare_labels(labels.extract(range(400)), labels))
    assert report["n_frames"] == [400, 471]
    assert report["total"]["frames"] == {"added": 71, "removed": 0, "changed": 0}
    assert set(report["videos"]) == {"arena_d.mp4"}
    assert not report["same"]
