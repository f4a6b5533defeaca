"""A word where crops and centroids are not placed on the node that was named."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from places import DEMO

from splitlib.errors import SplitError
from splitlib.inputs.frames.frame_source import LabelsSource
from splitlib.inputs.input_fn import SplitInputs
from splitlib.inputs.placed_anchors import anchor_warning
from splitlib.labels import Labels
from splitlib.params import Head, InputsParams, ModelParams, Params, TargetParams


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("labels") / "some.slp"
    Labels.load(DEMO).extract(np.arange(30)).save(path)
    return path


class WithoutNode(LabelsSource):
    """Labels in which all but some instances lack the thorax."""

    n_with = 0

    @property
    def points(self) -> np.ndarray:
        points = super().points.copy()
        points[self.n_with :, self.skeleton.nodes.index("thorax")] = np.nan
        return points


def inputs_of(path: Path, head: Head, anchor: str | None, n_with: int | None = None) -> SplitInputs:
    targets = TargetParams(anchor_node=anchor, crop_size=64)
    params = Params(inputs=InputsParams(targets=targets), model=ModelParams(head=head))
    inputs = SplitInputs.load(path, params)
    if n_with is None:
        return inputs
    assert isinstance(inputs.source, LabelsSource)
    source = WithoutNode(inputs.source.reader, inputs.source.filters)
    object.__setattr__(source, "n_with", n_with)
    return replace(inputs, source=source)


@pytest.mark.parametrize("head", ["centered_instance", "centroid"])
def test_a_node_that_is_rarely_labeled_is_named_with_a_better_one(some: Path, head: Head) -> None:
    warning = anchor_warning(inputs_of(some, head, "thorax", 3), training=True)
    assert warning is not None
    n = len(inputs_of(some, head, None).source.points)
    assert f"'thorax' is labeled in 3 of {n} instances; the middle" in warning
    assert warning.endswith("and null takes the middle in all")


def test_a_node_that_is_never_labeled_is_refused_where_the_model_learns(some: Path) -> None:
    inputs = inputs_of(some, "centered_instance", "thorax", 0)
    with pytest.raises(SplitError, match=r"'thorax' is labeled in 0 of .* nothing can be centred"):
        anchor_warning(inputs, training=True)
    assert "0 of" in (anchor_warning(inputs, training=False) or "")


@pytest.mark.parametrize(
    ("head", "anchor", "n_with"),
    [
        ("centered_instance", None, 0),
        ("centered_instance", "thorax", None),
        ("single_instance", "thorax", 0),
        ("multi_instance", "thorax", 0),
    ],
)
def test_there_is_no_word_where_all_is_as_named(
    some: Path, head: Head, anchor: str | None, n_with: int | None
) -> None:
    assert anchor_warning(inputs_of(some, head, anchor, n_with), training=True) is None
