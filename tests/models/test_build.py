"""The model of the params, and the check of key maps with the lines of params.yaml."""

import re
from pathlib import Path

import numpy as np
import pytest
from places import ROOT
from slow import quick_if

from splitlib.errors import KeyMapError, MissingKeyError, ModelMismatchError
from splitlib.inputs.input_fn import SplitInputs
from splitlib.labels import Labels
from splitlib.models.build import build_model, check_inputs, model_spec
from splitlib.models.fitting_head import head_of_key_maps, key_map_lines, single_animal_hint
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


@pytest.mark.parametrize("head", quick_if(lambda head: head == "multi_instance", MAPS))
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


@pytest.mark.parametrize("head", MAPS)
def test_the_key_maps_of_each_head_stand_in_params_to_be_taken(head: Head) -> None:
    text = (ROOT / "params.yaml").read_text()
    commented = [line.replace("- ", "# - ", 1) for line in key_map_lines(head)]
    assert "\n".join([f"    # model.head: {head}", *commented]) + "\n" in text
    assert [line.strip().removeprefix("- ") for line in key_map_lines(head)] == re.findall(
        r"\{.*?\}", MAPS[head]
    )


# the head that params name, the head whose key maps they have; what is said
OTHERS: dict[str, tuple[Head, Head, str]] = {
    "maps of crops": ("single_instance", "centered_instance", "those of model.head: centered_"),
    "maps of whole pictures": ("centered_instance", "single_instance", "of model.head: single_"),
    "maps without fields": ("multi_instance", "single_instance", "of model.head: single_instance"),
}


@pytest.mark.parametrize(("head", "maps_of", "text"), OTHERS.values(), ids=OTHERS)
def test_key_maps_of_another_head_are_named_with_those_that_fit(
    tmp_path: Path, head: Head, maps_of: Head, text: str
) -> None:
    inputs, path = load(tmp_path, head, MAPS[maps_of])
    with pytest.raises(KeyMapError) as caught:
        check_inputs(inputs, build_model(inputs), path)
    said = str(caught.value)
    assert text.replace("those of", "the key maps of") in said
    assert "\n".join(key_map_lines(head)) in said


@pytest.mark.parametrize(
    ("head", "alone", "is_said"),
    [
        pytest.param("centered_instance", True, True, id="one animal"),
        pytest.param("centered_instance", False, False, id="several"),
        pytest.param("single_instance", True, False, id="one animal, and its head"),
    ],
)
def test_one_animal_in_each_frame_is_said_with_the_lines_to_paste(
    tmp_path: Path, head: Head, alone: bool, is_said: bool
) -> None:
    labels = Labels.load(ROOT / "data" / "demo.slp")
    n_instances = np.bincount(labels.columns.instance_frame, minlength=len(labels))
    labels.extract(np.flatnonzero((n_instances == 1) | (not alone))[:30]).save(tmp_path / "a.slp")
    path = tmp_path / "params.yaml"
    path.write_text(f"model:\n  head: {head}\ninputs:\n  key_maps: {MAPS[head]}\n")
    inputs = SplitInputs.load(tmp_path / "a.slp", load_params(path))
    hint = single_animal_hint({"train": inputs})
    assert bool(hint) == is_said
    if hint:
        pasted = "\n".join(hint.splitlines()[1:])
        path.write_text(pasted)
        assert load_params(path).model.head == "single_instance"
        assert head_of_key_maps(load_params(path)) is None


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
