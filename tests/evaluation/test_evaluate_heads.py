"""Predictions of every kind of model: a network that knows the answer makes no error."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import keras
import numpy as np
import pytest
from places import ROOT
from slow import slow

from splitlib.evaluation.figures import split_figures
from splitlib.evaluation.predictions import evenly_spaced, predict
from splitlib.inputs.input_fn import SplitInputs
from splitlib.inputs.transforms.centroids import instance_centroids
from splitlib.labels import Labels
from splitlib.models.outputs import node_names
from splitlib.params import Head, Params, load_params

TARGET = {
    "single_instance": "confidence_maps",
    "centroid": "centroid_confidence_maps",
    "centered_instance": "instance_confidence_maps",
    "multi_instance": "confidence_maps",
}


def params_for(head: Head, folder: Path, scale: float, scaled_points: str) -> Params:
    """Params whose first key map feeds the targets to the model, which gives them back."""
    path = folder / "params.yaml"
    fed = {TARGET[head]: "maps"} | ({"part_affinity_fields": "fields"} if has_fields(head) else {})
    path.write_text(
        f"model: {{head: {head}}}\n"
        f"inputs: {{scale: {scale}, scaled_points: {scaled_points},"
        f" key_maps: [{fed}, {{scale: unused}}]}}\n".replace("'", "")
    )
    params = load_params(path)
    crop = replace(params.inputs.targets, crop_size=64)
    return replace(params, inputs=replace(params.inputs, targets=crop))


def has_fields(head: Head) -> bool:
    return head == "multi_instance"


def knowing(inputs: SplitInputs) -> keras.Model:
    """A network that gives back the targets that it is fed."""
    outputs = {"confmaps": ("maps", len(node_names(inputs)))}
    if has_fields(inputs.params.model.head):
        outputs["pafs"] = ("fields", 2 * len(inputs.source.skeleton.edges))
    fed = {name: keras.Input((None, None, n), name=name) for name, n in outputs.values()}
    drawn = {key: keras.layers.Identity()(fed[name]) for key, (name, _) in outputs.items()}
    return keras.Model(fed, drawn)


QUICK = {("multi_instance", 0.45, "exact")}
"""A scale of 0.45 makes 86 pixels of 192, which is a little less."""


@pytest.mark.parametrize(
    ("head", "scale", "scaled_points"),
    [
        case if case in QUICK else slow(*case)
        for case in product(TARGET, (1.0, 0.5, 0.45), ("exact", "sleap"))
    ],
)
def test_a_network_that_knows_the_answer_makes_no_error(
    head: Head, scale: float, scaled_points: str, tmp_path: Path
) -> None:
    labels = Labels.load(ROOT / "data" / "demo.slp")
    n_instances = np.bincount(labels.columns.instance_frame, minlength=len(labels))
    alone = np.flatnonzero(n_instances == 1)[:6]
    labels.extract(alone if head == "single_instance" else np.arange(15, 25)).save(
        tmp_path / "few.slp"
    )
    inputs = SplitInputs.load(
        tmp_path / "few.slp", params_for(head, tmp_path, scale, scaled_points)
    )
    evaluated = predict(inputs, knowing(inputs))
    assert len(evaluated.truth) == int(inputs.source.n_instances.sum())
    report = split_figures(evaluated, node_names(inputs))
    # Nodes that lie on each other, or outside of a crop, share a peak or have none.
    assert report["error_px"]["median"] < 0.1 / scale
    assert report["error_px"]["n_missed"] <= 0.1 * report["error_px"]["n_points"]
    assert report["n_missed_instances"] == 0
    assert report["n_extra_instances"] <= 1
    frame = np.repeat(np.arange(inputs.n_frames), inputs.source.n_instances)
    np.testing.assert_array_equal(evaluated.row[evaluated.image], frame)
    labeled = [frame["instances"] for frame in inputs.raw_frames(training=False)]
    if head == "centroid":
        labeled = [instance_centroids(points)[:, None] for points in labeled]
    expected = np.concatenate([points.numpy() for points in labeled])
    np.testing.assert_allclose(evaluated.truth, expected, atol=1e-4)


def test_of_a_long_split_frames_are_measured_at_equal_distances(tmp_path: Path) -> None:
    labels = Labels.load(ROOT / "data" / "demo.slp")
    labels.extract(np.arange(15, 36)).save(tmp_path / "some.slp")
    params = params_for("centered_instance", tmp_path, 1.0, "exact")
    inputs = SplitInputs.load(tmp_path / "some.slp", params)
    assert evenly_spaced(inputs, 100) is inputs
    few = evenly_spaced(inputs, 5)
    wanted = np.arange(5) * inputs.n_frames // 5
    np.testing.assert_array_equal(few.source.keys, inputs.source.keys[wanted])
