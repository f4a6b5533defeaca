"""Frames and crops are those that a model is measured on: the same points come of them.

The network is any one; what it draws is compared on both ways.
"""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from places import DEMO
from slow import slow

from splitlib.evaluation.predictions import predict
from splitlib.inference.predictor import predict_frames
from splitlib.inputs.input_fn import SplitInputs
from splitlib.labels import Labels
from splitlib.models.description import write_description
from splitlib.models.storage import save_network
from splitlib.params import Head, load_params

KEY_MAPS = {
    "single_instance": "[{image: image}, {confidence_maps: confmaps}]",
    "centered_instance": "[{instance_image: image}, {instance_confidence_maps: confmaps}]",
}


def any_network(side: int | None) -> keras.Model:
    keras.utils.set_random_seed(1)
    image = keras.Input((side, side, 1), name="image")
    x = keras.layers.Conv2D(8, 9, strides=2, padding="same", activation="tanh", name="x")(image)
    maps = keras.layers.Conv2D(
        13, 5, padding="same", activation="sigmoid", bias_initializer="ones", name="maps"
    )(x)
    return keras.Model({"image": image}, {"confmaps": maps})


@pytest.mark.parametrize(
    ("head", "scale", "scaled_points"),
    [
        ("centered_instance", 0.45, "exact"),
        slow("centered_instance", 1.0, "exact"),
        slow("centered_instance", 0.5, "sleap"),
        ("single_instance", 0.45, "sleap"),
        slow("single_instance", 1.0, "exact"),
        slow("single_instance", 0.45, "exact"),
    ],
)
def test_a_model_finds_the_points_that_it_is_measured_on(
    head: Head, scale: float, scaled_points: str, tmp_path: Path
) -> None:
    labels = Labels.load(DEMO)
    n_instances = np.bincount(labels.columns.instance_frame, minlength=len(labels))
    chosen = (
        np.flatnonzero(n_instances == 1)[:9] if head == "single_instance" else np.arange(15, 30)
    )
    labels.extract(chosen).save(tmp_path / "few.slp")
    (tmp_path / "params.yaml").write_text(
        f"model: {{head: {head}}}\n"
        f"inputs: {{scale: {scale}, scaled_points: {scaled_points}, key_maps: {KEY_MAPS[head]}}}\n"
    )
    params = load_params(tmp_path / "params.yaml")
    targets = replace(params.inputs.targets, crop_size=48)
    params = replace(params, inputs=replace(params.inputs, targets=targets))
    inputs = SplitInputs.load(tmp_path / "few.slp", params)
    is_crop = head == "centered_instance"
    model = any_network(48 if is_crop else None)
    save_network(model, tmp_path)
    write_description(tmp_path, inputs)
    measured = predict(inputs, model)
    parts = list(predict_frames(tmp_path, tmp_path / "few.slp", crops_of_labels=is_crop))
    found = {
        (video, frame): part.found.points[part.found.image == at]
        for part in parts
        for at, (video, frame) in enumerate(zip(part.video, part.frame_idx, strict=True))
    }
    # what belongs to no label by its place was found as well
    image = np.concatenate([measured.image, measured.extra.image])
    every = np.concatenate([measured.found, measured.extra.points])
    is_there = ~np.isnan(every).all(axis=(1, 2))
    places = np.stack(inputs.source.reader.frames, axis=1)[measured.row]  # type: ignore[union-attr]
    apart = [
        abs(found[video, frame] - points).max(axis=(1, 2)).min()  # in a frame the best come first
        for (video, frame), points in zip(
            places[image[is_there]].tolist(), every[is_there], strict=True
        )
    ]
    assert sum(map(len, found.values())) == len(measured.truth)
    # XLA rounds crops in another way, and of two equal peaks either may be the highest
    assert np.mean(np.array(apart) < 0.01) > 0.9
