"""The description of a model: what is trained is what is read."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from places import DEMO

from splitlib.errors import ParamsError
from splitlib.inputs.input_fn import SplitInputs
from splitlib.labels import Labels
from splitlib.models.build import build_model, network_spec
from splitlib.models.description import load_described, read_description, write_description
from splitlib.models.storage import save_network
from splitlib.params import Head, Params, load_params

HEADS: tuple[Head, ...] = ("single_instance", "centroid", "centered_instance", "multi_instance")


def inputs_of(head: Head, folder: Path, **model: object) -> SplitInputs:
    """Two frames of the demo, each with one animal."""
    labels = Labels.load(DEMO)
    alone = np.flatnonzero(np.bincount(labels.columns.instance_frame, minlength=len(labels)) == 1)
    labels.extract(alone[:2]).save(folder / "few.slp")
    (folder / "params.yaml").write_text("inputs: {targets: {crop_size: 64}, ensure_rgb: true}")
    params: Params = load_params(folder / "params.yaml")
    small = replace(params.model, head=head, filters=2, depth=2, **model)  # type: ignore[arg-type]
    return SplitInputs.load(folder / "few.slp", replace(params, model=small))


@pytest.mark.parametrize("head", HEADS)
def test_a_folder_tells_what_the_model_is(head: Head, tmp_path: Path) -> None:
    inputs = inputs_of(head, tmp_path)
    model = build_model(inputs)
    save_network(model, tmp_path)
    write_description(tmp_path, inputs)
    description = read_description(tmp_path)
    assert description.spec == network_spec(inputs)
    assert description.nodes == inputs.source.skeleton.nodes
    assert description.edges == inputs.source.skeleton.edges
    assert description.frame_size == (192, 192)
    assert description.frame_channels == (1,)  # which become coloured
    assert description.channels == 3
    assert description.frame_multiple == 4
    loaded = load_described(tmp_path, description)
    for one, other in zip(loaded.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_same_network_has_the_same_description(tmp_path: Path) -> None:
    inputs = inputs_of("centroid", tmp_path)
    save_network(build_model(inputs), tmp_path)
    texts = []
    for _ in range(2):
        write_description(tmp_path, inputs)
        texts.append((tmp_path / "description.json").read_bytes())
    assert texts[0] == texts[1]


def test_a_network_of_the_lab_is_built_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "described_lab.py").write_text(
        "import keras\n"
        "def build(spec):\n"
        "    image = keras.Input(spec.image_shape, name='image')\n"
        "    n = spec.options['width'] + len(spec.nodes)\n"
        "    x = keras.layers.Conv2D(n, 3, strides=2, padding='same', name='x')(image)\n"
        "    maps = keras.layers.Conv2D(len(spec.nodes), 1, activation='sigmoid', name='m')(x)\n"
        "    return keras.Model({'image': image}, {'confmaps': maps})\n"
    )
    monkeypatch.chdir(tmp_path)
    inputs = inputs_of(
        "centered_instance", tmp_path, build="described_lab:build", options={"width": 3}
    )
    model = build_model(inputs)
    folder = tmp_path / "models"
    folder.mkdir()
    save_network(model, folder, lambda: build_model(inputs))
    write_description(folder, inputs)
    loaded = load_described(folder, read_description(folder))
    image = {"image": np.ones((1, 64, 64, 3), np.float32)}
    np.testing.assert_array_equal(loaded(image)["confmaps"], model(image)["confmaps"])
    assert keras.config.dtype_policy().name == "float32"
    gone = replace(read_description(folder), build="described_nowhere:build")
    with pytest.raises(ParamsError, match=r"(?s)no module described_nowhere.*of that project"):
        load_described(folder, gone)
