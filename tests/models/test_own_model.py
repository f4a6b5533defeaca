"""A network, a loss and an optimizer of one's own, named in params.yaml."""

import contextlib
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest
from places import DEMO, ROOT

from splitlib.errors import ModelMismatchError, ParamsError, TrainingError
from splitlib.evaluation.predictions import predict
from splitlib.fingerprint.code_files import code_fingerprint
from splitlib.fingerprint.file_hashes import FileHashes
from splitlib.inputs.input_fn import SplitInputs
from splitlib.labels import Labels
from splitlib.models.build import build_model, check_inputs, check_maps_range, network_spec
from splitlib.models.own_code import own_function, own_optimizer
from splitlib.models.storage import load_network, save_network
from splitlib.params import Params, load_params
from stages import evaluate, inputs, split, train

NETWORKS = """
import keras
from keras import layers, ops

def build(spec, *, last="sigmoid"):
    image = keras.Input(spec.image_shape, name="picture")
    x = image
    for level in range(spec.strides["confmaps"].bit_length() - 1):
        x = layers.Conv2D(spec.options.get("width", 4), 3, 2, "same", activation="relu")(x)
    x = Shift(lambda: 0.25)(x)
    maps = layers.Conv2D(len(spec.nodes), 1, activation=last, name="my_maps")(x)
    return keras.Model({"picture": image}, {"head": {"maps": maps}})

class Shift(layers.Layer):  # a layer that Keras neither knows nor can describe
    def __init__(self, by=lambda: 0.5):
        super().__init__()
        self.by = by

    def call(self, x):
        return x + self.by()

def linear(spec):
    return build(spec, last=None)

def nothing(spec):
    return "no model"

def broken(spec):
    raise ValueError("width has to be even")

def loss(target, predicted):
    return ops.mean(ops.square(target - predicted), axis=-1)

def optimizer(learning_rate):
    return keras.optimizers.SGD(learning_rate, momentum=0.9)

def scheduled(learning_rate):
    return keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(learning_rate, 10))

def no_optimizer(learning_rate):
    return learning_rate

def takes_nothing():
    return keras.optimizers.SGD()
"""

MAPS = "[{instance_image: picture}, {instance_confidence_maps: [head, maps]}]"


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a package of the lab, and 60 frames of the demo."""
    (tmp_path / "my_lab").mkdir()
    (tmp_path / "my_lab" / "networks.py").write_text(NETWORKS)
    labels = Labels.load(DEMO)
    labels.extract(range(0, len(labels), 8)).save(tmp_path / "labels.slp")
    monkeypatch.chdir(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "path", [*sys.path])
        yield tmp_path
    for name in [name for name in sys.modules if name.split(".")[0] == "my_lab"]:
        del sys.modules[name]


def params_of(folder: Path, build: str = "build", **sections: str) -> Params:
    model = f"{{build: 'my_lab.networks:{build}', options: {{width: 6, weights: w.txt}}}}"
    texts = {
        "labels": "{path: labels.slp}",
        "inputs": f"{{key_maps: {MAPS}, targets: {{crop_size: 48}}}}",
        "model": model,
        "train": "{epochs: 1}",
        **sections,
    }
    path = folder / "params.yaml"
    path.write_text("".join(f"{name}: {text}\n" for name, text in texts.items()))
    return load_params(path)


def inputs_of(folder: Path, build: str = "build", **sections: str) -> SplitInputs:
    return SplitInputs.load(folder / "labels.slp", params_of(folder, build, **sections))


def test_the_builder_is_told_what_the_network_has_to_be(lab: Path) -> None:
    of = inputs_of(lab)
    spec = network_spec(of)
    assert spec.image_shape == (48, 48, 1)
    assert spec.nodes == of.source.skeleton.nodes
    assert spec.channels == {"confmaps": 13}
    assert spec.options["width"] == 6
    model = build_model(of)
    check_inputs(of, model)
    check_maps_range(of, model)
    assert model.layers[1].filters == 6
    maps = "[{image: picture}, {confidence_maps: a, part_affinity_fields: b}]"
    several = inputs_of(lab, model="{head: multi_instance}", inputs=f"{{key_maps: {maps}}}")
    assert network_spec(several).channels == {"confmaps": 13, "pafs": 24}
    assert network_spec(several).image_shape == (None, None, 1)


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("my_lab.nets:build", "there is no module my_lab.nets: expected my_lab/nets.py in"),
        ("my_lab.networks:make", "has no function 'make'; it has: build, Shift, linear"),
        ("my_lab.needs:build", "my_lab.needs imports nowhere_to_be_found, which is not installed"),
        ("my_lab.typo:build", "my_lab.typo cannot be imported: SyntaxError"),
    ],
)
def test_a_function_that_is_not_found_is_named(place: str, message: str, lab: Path) -> None:
    (lab / "my_lab" / "needs.py").write_text("import nowhere_to_be_found\n")
    (lab / "my_lab" / "typo.py").write_text("def build(:\n")
    with pytest.raises(ParamsError, match=r"model\.build: ") as error:
        own_function(place, "model.build")
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        ("nothing", "expected a keras.Model of my_lab.networks:nothing, got str"),
        ("broken", "failed with ValueError: width has to be even"),
    ],
)
def test_a_builder_that_gives_no_model_is_named(build: str, message: str, lab: Path) -> None:
    with pytest.raises(ParamsError, match=message):
        build_model(inputs_of(lab, build))


def test_key_maps_of_another_network_are_named_with_those_that_fit(lab: Path) -> None:
    maps = "[{instance_image: image}, {instance_confidence_maps: confmaps}]"
    wrong = inputs_of(lab, inputs=f"{{key_maps: {maps}, targets: {{crop_size: 48}}}}")
    with pytest.raises(ModelMismatchError) as error:
        check_inputs(wrong, build_model(wrong))
    assert "- {instance_image: picture}" in str(error.value)


def test_maps_that_are_no_shares_are_refused_for_our_loss(lab: Path) -> None:
    of = inputs_of(lab, "linear")
    with pytest.raises(ModelMismatchError, match="end the output with a sigmoid"):
        check_maps_range(of, build_model(of))


@pytest.mark.slow
def test_layers_that_keras_does_not_know_come_back(lab: Path) -> None:
    of = inputs_of(lab)
    model = build_model(of)
    save_network(model, lab / "models", lambda: build_model(of))
    again = load_network(lab / "models", lambda: build_model(of))
    found, expected = predict(of, again), predict(of, model)
    np.testing.assert_array_equal(found.found, expected.found)


@pytest.mark.slow
def test_weights_of_another_network_are_named(lab: Path) -> None:
    save_network(build_model(of := inputs_of(lab)), lab / "models", lambda: build_model(of))
    other = inputs_of(lab, model="{build: 'my_lab.networks:build', options: {width: 8}}")
    with pytest.raises(TrainingError, match="weights of another network"):
        load_network(lab / "models", lambda: build_model(other))


def test_an_edit_of_the_module_or_of_a_file_of_the_options_is_seen(lab: Path) -> None:
    def found() -> dict[str, object]:
        return code_fingerprint(params_of(lab), FileHashes(lab / "hashes.json"))

    first = found()
    assert first.keys() == {"model.build"}
    (lab / "w.txt").write_text("weights")
    second = found()
    assert second.keys() == {"model.build", "model.options"}
    (lab / "my_lab" / "helper.py").write_text("WIDTH = 3\n")
    third = found()
    assert third != second
    assert code_fingerprint(load_params(ROOT / "params.yaml"), FileHashes(lab / "h.json")) == {}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("scheduled", "choose train.rates"),
        ("no_optimizer", "expected a keras.optimizers.Optimizer, got float"),
        ("takes_nothing", r"takes_nothing\(0.1\) failed: TypeError"),
    ],
)
def test_an_optimizer_that_makes_no_sense_is_named(name: str, message: str, lab: Path) -> None:
    optimizer = own_optimizer(f"my_lab.networks:{name}")
    with pytest.raises(ParamsError, match=message):
        optimizer(0.1)


def test_one_key_map_alone_is_refused(lab: Path) -> None:
    of = inputs_of(lab, inputs="{key_maps: [{instance_image: picture}], targets: {crop_size: 48}}")
    with pytest.raises(ModelMismatchError, match="expected one for the inputs and one for"):
        check_inputs(of, build_model(of))


def files_of(folder: Path, module: str) -> set[str]:
    params = params_of(folder, model=f"{{build: '{module}:build', options: {{from: weights}}}}")
    found = code_fingerprint(params, FileHashes(folder / "hashes.json"))
    return {name for record in found.values() for name in record}


def test_the_files_are_those_that_python_imports(lab: Path) -> None:
    (lab / "models").mkdir()  # of the pipeline, beside a module of the same name
    (lab / "models.py").write_text("import blocks, numpy\nfrom my_lab import networks\n")
    (lab / "blocks.py").write_text("import splitlib\n")
    (lab / "weights" / "parts").mkdir(parents=True)
    (lab / "weights" / "parts" / "0.bin").touch()
    expected = {"models.py", "blocks.py", "my_lab/networks.py", "weights/parts/0.bin"}
    assert files_of(lab, "models") == expected
    assert files_of(lab, "keras") == {"keras", "weights/parts/0.bin"}
    assert files_of(lab, "nowhere") == {"nowhere", "weights/parts/0.bin"}


@pytest.mark.slow
@pytest.mark.parametrize("loss", ["null", "my_lab.networks:loss"])
def test_the_stages_train_and_measure_it(loss: str, lab: Path) -> None:
    params_of(
        lab,
        train=f"{{epochs: 2, loss: {loss}, optimizer: 'my_lab.networks:optimizer'}}",
        split="{block_length: 10}",
    )
    with warnings.catch_warnings(), contextlib.suppress(SystemExit):
        warnings.simplefilter("ignore")
        for stage in (split, inputs, train, evaluate):
            stage.main([])
    assert (lab / "reports/evaluate.json").exists()
    assert keras.config.dtype_policy().name == "float32"
