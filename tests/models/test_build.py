"""The model of the params, and the check of key maps with the lines of params.yaml."""

from pathlib import Path

import numpy as np
import pytest
from places import ROOT

from splitlib.errors import MissingKeyError, ModelMismatchError
from splitlib.inputs.input_fn import SplitInputs
from splitlib.labels import Labels
from splitlib.models.build import build_model, check_inputs, model_spec
from splitlib.params import Head, load_params

MAPS: dict[Head, str] = {
    "single_instance": "[{image: image}, {confidence_maps: confmaps}]",
    "centroid": "[{image: image}, {centroid_confidence_maps: confmaps}]",
    "centered_instance": "[{instance_image: image}, {instance_confidence_maps: confmaps}]",
    "multi_instance": ("[{image: image}, {confidence_maps: confmaps, part_affinity_fields: pafs}]"),
}


def load(folder: Path, head: Head, maps: str) -> tuple[SplitInputs, Path]:
    labels = Labels.load(ROOT / "data" / "demo.slp")
    alone = np.bincount(labels.columns.instance_frame, minlength=len(labels)) == 1
    rows = np.flatnonzero(alone)[:6] if head == "single_instance" else np.arange(15, 21)
    labels.extract(rows).save(folder / "few.slp")
    path = folder / "params.yaml"
    path.write_text(f"model:\n  head: {head}\ninputs:\n  key_maps: {maps}\n")
    return SplitInputs.load(folder / "few.slp", load_params(path)), path


@pytest.mark.parametrize("head", MAPS)
def test_the_key_maps_of_the_documentation_fit_the_network_of_each_head(
    head: Head, tmp_path: Path
) -> None:
    assert MAPS[head] in (ROOT / "docs" / "inputs.md").read_text()
    inputs, path = load(tmp_path, head, MAPS[head])
    model = build_model(inputs)
    check_inputs(inputs, model, path)
    spec = model_spec(inputs, model)
    assert list(spec["inputs"]) == ["image"]
    for side in spec.values():
        for tensor in side.values():
            assert tensor["example"]["dtype"] == tensor["model"]["dtype"]


def test_keys_of_another_head_are_answered_with_those_that_fit(tmp_path: Path) -> None:
    inputs, path = load(tmp_path, "multi_instance", MAPS["centered_instance"])
    with pytest.raises(MissingKeyError) as caught:
        check_inputs(inputs, build_model(inputs), path)
    lines = str(caught.value).splitlines()
    assert lines[0].startswith(f"{path}:4: key_maps[0]: examples have no 'instance_image'")
    assert lines[-3:] == [
        "Key maps that fit:",
        "    - {image: image}",
        "    - {confidence_maps: confmaps, part_affinity_fields: pafs}",
    ]


def test_a_mismatch_is_named_with_its_line_and_the_maps_that_fit(tmp_path: Path) -> None:
    maps = "\n    - {image: image}\n    - {centroid_confidence_maps: confmap}"
    inputs, path = load(tmp_path, "centroid", maps)
    with pytest.raises(ModelMismatchError) as caught:
        check_inputs(inputs, build_model(inputs), path)
    message = str(caught.value)
    assert f"{path}:6: key_maps[1] (targets): the model has no output 'confmap'" in message
    assert message.endswith("- {image: image}\n    - {centroid_confidence_maps: confmaps}")
