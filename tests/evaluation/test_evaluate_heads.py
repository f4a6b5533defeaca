"""Predictions of every kind of model: a network that knows the answer makes no error."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from places import ROOT
from slow import slow
from splitlib.models.predictions import metrics_of, metrics_report, node_names, predict

from splitlib.inputs.input_fn import SplitInputs
from splitlib.inputs.transforms.centroids import instance_centroids
from splitlib.labels import Labels
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
    path.write_text(
        f"model: {{head: {head}}}\n"
        f"inputs: {{scale: {scale}, scaled_points: {scaled_points},"
        f" key_maps: [{{{TARGET[head]}: maps}}, {{scale: unused}}]}}\n"
    )
    params = load_params(path)
    crop = replace(params.inputs.targets, crop_size=64)
    return replace(params, inputs=replace(params.inputs, targets=crop))


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
    maps = keras.Input((None, None, len(node_names(inputs))), name="maps")
    model = keras.Model({"maps": maps}, {"confmaps": keras.layers.Identity()(maps)})
    predictions = predict(inputs, model)
    assert len(predictions.truth) == int(inputs.source.n_instances.sum())
    metrics = metrics_of(predictions, node_names(inputs))
    report = metrics_report(metrics, len(predictions.truth), predictions.n_extra)
    # Nodes that lie on each other, or outside of a crop, share a peak or have none.
    assert report["error_px"]["median"] < 0.1 / scale
    assert report["error_px"]["n_missed"] <= 0.1 * report["error_px"]["n_points"]
    shown = predictions.images[predictions.image]
    assert len(shown) == len(predictions.truth)
    assert tf.reduce_max(shown) <= 1
    labeled = [frame["instances"] for frame in inputs.raw_frames(training=False)]
    if head == "centroid":
        labeled = [instance_centroids(points)[:, None] for points in labeled]
    expected = np.concatenate([points.numpy() for points in labeled])
    np.testing.assert_allclose(predictions.truth_in_video, expected, atol=1e-4)
