"""Recording sessions of several cameras follow the labeled frames that they name."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from raw_hdf5 import content
from real_files import shared_path
from sleap_io_reader import load
from synthetic_labels import small_labels

from splitlib.errors import LabelsFileError
from splitlib.labels import Labels

MEMBERS = "camcorder_to_lf_and_inst_idx_map"
MULTIVIEW = "data/talmolab+sleap-io.js/tests/data/slp/multiview.slp"


def sessions(path: Path) -> list[Any]:
    with h5py.File(path) as file:
        return [json.loads(row) for row in file["sessions_json"][()]]


def with_sessions(folder: Path, *rows: object) -> Path:
    path = small_labels().write(folder / "a.slp")
    with h5py.File(path, "r+") as file:
        file["sessions_json"] = np.array([json.dumps(row).encode() for row in rows])
    return path


def group(**members: list[Any]) -> dict[str, Any]:
    return {MEMBERS: members, "score": 0.5}


def session(*frame_groups: list[Any]) -> dict[str, Any]:
    groups = [{"frame_idx": at, "instance_groups": own} for at, own in enumerate(frame_groups)]
    return {"calibration": {"x": 1}, "camcorder_to_video_idx_map": {"0": "1"},
            "frame_group_dicts": groups}  # fmt: skip


def test_members_name_the_new_rows_and_those_that_are_gone_go(tmp_path: Path) -> None:
    path = with_sessions(
        tmp_path,
        session([group(a=["4", "1"], b=["1", "0"]), group(a=["2", "0"])], [group(b=[5, 0])]),
        session([group(a=[0, 0])]),
        {"no groups": True},
    )
    Labels.load(path).extract([5, 4]).save(tmp_path / "part.slp")
    first, second, third = sessions(tmp_path / "part.slp")
    assert first == {
        "calibration": {"x": 1},
        "camcorder_to_video_idx_map": {"0": "1"},
        "frame_group_dicts": [
            {"frame_idx": 0, "instance_groups": [group(a=["1", "1"])]},
            {"frame_idx": 1, "instance_groups": [group(b=[0, 0])]},
        ],
    }
    assert second["frame_group_dicts"] == []
    assert third == {"no groups": True}


def test_sessions_without_groups_are_carried_over_bit_by_bit(tmp_path: Path) -> None:
    path = with_sessions(tmp_path, {"calibration": {}, "frame_group_dicts": []}, {"b": [1, None]})
    Labels.load(path).extract([0]).save(tmp_path / "part.slp")
    assert content(tmp_path / "part.slp")["/sessions_json"] == content(path)["/sessions_json"]


@pytest.mark.parametrize(
    "part", [range(0, 24, 2), range(23, 0, -2), range(24)], ids=["even", "odd, reversed", "all"]
)
def test_real_sessions_name_the_same_instances(part: range, tmp_path: Path) -> None:
    path = shared_path(MULTIVIEW)
    source = load(path)
    members = places(source)
    Labels.load(path).extract(list(part)).save(tmp_path / "part.slp")
    saved = places(load(tmp_path / "part.slp"))
    kept = {source_key(source, row) for row in part}
    expected = [{place for place in group if place[:2] in kept} for group in members]
    assert saved == [group for group in expected if group]


def source_key(labels: Any, row: int) -> tuple[int, int]:  # noqa: ANN401
    frame = labels[row]
    return (labels.videos.index(frame.video), frame.frame_idx)


def places(labels: Any) -> list[set[tuple[int, int, int]]]:  # noqa: ANN401
    """Per group of instances: video, frame and position of each member."""
    where = {
        id(instance): (labels.videos.index(frame.video), frame.frame_idx, at)
        for frame in labels
        for at, instance in enumerate(frame.instances)
    }
    return [
        {where[id(instance)] for instance in group.instances}
        for own in labels.sessions
        for frame_group in own.frame_groups.values()
        for group in frame_group.instance_groups
    ]


BROKEN: dict[str, tuple[object, str]] = {
    "frame past the end": (session([group(a=[6, 0])]), "names labeled frame 6, but /frames has 6"),
    "negative frame": (session([group(a=[-1, 0])]), "names labeled frame -1"),
    "text for a frame": (session([group(a=["x", 0])]), "names labeled frame 'x'"),
    "fraction of a frame": (session([group(a=[1.5, 0])]), "names labeled frame 1.5"),
    "no list": (session([group(a=5)]), "row 0 is malformed: TypeError"),  # type: ignore[arg-type]
    "empty list": (session([group(a=[])]), "row 0 is malformed: IndexError"),
    "members in a list": (session([{MEMBERS: [1]}]), "row 0 is malformed: AttributeError"),
    "a number for a group": (session([5]), "row 0 is malformed: AttributeError"),
    "groups in an object": ({"frame_group_dicts": {"a": 1}}, "row 0 is malformed"),
}


@pytest.mark.parametrize(("row", "problem"), BROKEN.values(), ids=BROKEN.keys())
def test_broken_sessions_are_named(row: object, problem: str, tmp_path: Path) -> None:
    labels = Labels.load(with_sessions(tmp_path, row)).extract([0])
    with pytest.raises(LabelsFileError, match=f"a.slp: /sessions_json {problem}"):
        labels.save(tmp_path / "part.slp")
    assert not (tmp_path / "part.slp").exists()


@pytest.mark.parametrize("row", [[1], 5, None, "x"], ids=repr)
def test_rows_that_are_no_sessions_stay(row: object, tmp_path: Path) -> None:
    path = with_sessions(tmp_path, row, session([group(a=[0, 0])]))
    Labels.load(path).extract([0]).save(tmp_path / "part.slp")
    assert sessions(tmp_path / "part.slp")[0] == row


def damage(file: h5py.File) -> None:
    file["sessions_json"] = np.array([b"{oops"])


@pytest.mark.parametrize("edit", [damage])
def test_sessions_that_are_no_json_are_named(
    edit: Callable[[h5py.File], None], tmp_path: Path
) -> None:
    path = small_labels().write(tmp_path / "a.slp")
    with h5py.File(path, "r+") as file:
        edit(file)
    with pytest.raises(LabelsFileError, match="/sessions_json row 0 is no JSON"):
        Labels.load(path).save(tmp_path / "part.slp")
