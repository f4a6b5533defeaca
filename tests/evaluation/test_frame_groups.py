"""Groups of the frames of a split, as the split made them."""

from pathlib import Path

import numpy as np
import pytest
from places import ROOT

from splitlib.evaluation.frame_groups import groups_of, video_groups_of
from splitlib.inputs.frames.frame_source import LabelsSource
from splitlib.labels import Labels
from splitlib.params import Params, load_params
from splitlib.split.core.groups import block_groups


@pytest.fixture(scope="module")
def params() -> Params:
    return load_params(ROOT / "params.yaml")


@pytest.fixture
def source(tmp_path: Path, params: Params) -> LabelsSource:
    labels = Labels.load(ROOT / "data" / "demo.slp")
    labels.extract(np.arange(0, len(labels), 7)).save(tmp_path / "some.slp")
    return LabelsSource.load(tmp_path / "some.slp", params, None)


def test_blocks_are_those_of_the_split(source: LabelsSource) -> None:
    groups = groups_of(source, "block", 50)
    video, frame_idx = source.reader.frames
    expected = block_groups(1, source.video_keys, video, frame_idx, block_length=50)
    np.testing.assert_array_equal(groups.number, expected.group)
    assert groups.kind == "block"
    for number, (key, first) in enumerate(zip(groups.video, groups.first, strict=True)):
        mine = groups.number == number
        assert {source.video_keys[at] for at in video[mine]} == {key}
        assert ((frame_idx[mine] >= first) & (frame_idx[mine] < first + 50)).all()


def test_a_frame_is_a_group_where_frames_were_split(source: LabelsSource) -> None:
    groups = groups_of(source, "frame", None)
    assert groups.number.tolist() == list(range(len(source.keys)))


@pytest.mark.parametrize("kind", ["video", "track", "animal"])
def test_what_keeps_videos_together_has_videos_as_groups(source: LabelsSource, kind: str) -> None:
    groups = groups_of(source, kind, None)
    assert groups.kind == "video"
    assert groups.are_split == (kind != "animal")
    np.testing.assert_array_equal(groups.number, video_groups_of(source).number)
    assert list(groups.video) == sorted(set(source.video_keys))
