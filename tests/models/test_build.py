"""The model of the params, and the check of key maps with the lines of params.yaml."""

from pathlib import Path

import numpy as np
import pytest
from places import ROOT
from slow import quick_if

from splitlib.errors import KeyMapError, MissingKeyError, ModelMismatchError
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
    inputs = f"  key_maps: {maps}\n  targets: {{crop_size: 64}}\n"
    path.write_text(f"model:\n  head: {head}\ninputs:\n{inputs}")
    return SplitInputs.load(folder / "few.slp", load_params(path)), path


@pytest.mark.parametrize("head", quick_if(lambda head: head != "centroid", MAPS))
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


REFUSED: dict[str, tuple[Head, str, type[KeyMapError], str, list[str]]] = {
    "keys of another head": (
        "multi_instance",
        MAPS["centered_instance"],
        MissingKeyError,
        ":4: key_maps[0]: examples have no 'instance_image'",
        ["- {image: image}", "- {confidence_maps: confmaps, part_affinity_fields: pafs}"],
    ),
    "an output that the model does not have": (
        "centroid",
        "\n    - {image: image}\n    - {centroid_confidence_maps: confmap}",
        ModelMismatchError,
        ":6: key_maps[1] (targets): the model has no output 'confmap'",
        ["- {image: image}", "- {centroid_confidence_maps: confmaps}"],
    ),
}


@pytest.mark.parametrize(
    ("head", "maps", "error", "problem", "fitting"), REFUSED.values(), ids=REFUSED
)
def test_maps_that_do_not_fit_are_named_with_their_line_and_those_that_fit(
    head: Head,
    maps: str,
    error: type[KeyMapError],
    problem: str,
    fitting: list[str],
    tmp_path: Path,
) -> None:
    inputs, path = load(tmp_path, head, maps)
    with pytest.raises(error) as caught:
        check_inputs(inputs, build_model(inputs), path)
    assert f"{path}{problem}" in str(caught.value)
    end = ["Key maps that fit:", *(f"    {line}" for line in fitting)]
    assert str(caught.value).splitlines()[-3:] == end
