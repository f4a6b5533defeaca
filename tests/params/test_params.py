"""params.yaml: what is read, what is refused and in which words, and the schema for editors."""

import io
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from places import ROOT
from ruamel.yaml import YAML

from splitlib.errors import ParamsError
from splitlib.jsonfile import json_text
from splitlib.params import (
    AugmentParams,
    Fractions,
    InputsParams,
    LabelsParams,
    ModelParams,
    Params,
    SplitParams,
    TargetParams,
    TrainParams,
    load_params,
    params_dict,
)
from splitlib.params.document import read_yaml
from splitlib.params.write_schema import params_schema

SCHEMA = jsonschema.Draft7Validator(params_schema())


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def load(text: str) -> Params:
    Path("params.yaml").write_text(text, "utf-8")
    return load_params()


def load_or_message(text: str) -> Params | str:
    try:
        return load(text)
    except ParamsError as err:
        return str(err)


# ---------------------------------------------------------------- the project's own file


def test_committed_params_are_the_defaults_and_name_every_key() -> None:
    def keys(value: object) -> object:
        return {k: keys(v) for k, v in value.items()} if isinstance(value, Mapping) else None

    document, _ = read_yaml(ROOT / "params.yaml")
    assert load_params(ROOT / "params.yaml") == Params()
    assert keys(document) == keys(params_dict(Params()))


def test_committed_schema_is_current() -> None:
    # python -m splitlib.params.write_schema writes it anew.
    text = (ROOT / "params.schema.json").read_text("utf-8")
    assert text == json_text(params_schema())


def test_committed_params_fit_the_schema_that_they_name() -> None:
    first_line = (ROOT / "params.yaml").read_text("utf-8").splitlines()[0]
    assert first_line == "# yaml-language-server: $schema=./params.schema.json"
    document, _ = read_yaml(ROOT / "params.yaml")
    jsonschema.Draft7Validator.check_schema(params_schema())
    SCHEMA.validate(document)


def test_every_key_of_the_schema_has_a_description() -> None:
    def keys(schema: dict[str, Any]) -> list[dict[str, Any]]:
        found = list(schema.get("properties", {}).values())
        return found + [inner for key in found for inner in keys(key)]

    assert all(key["description"].endswith(".") for key in keys(params_schema()))


# ---------------------------------------------------------------- what is read


def test_keys_that_are_left_out_have_their_defaults() -> None:
    params = load("split: {seed: 7, fractions: {val: -1}}\ntrain: {}\n")
    split = SplitParams(seed=7, fractions=Fractions(train=0.8, val=-1, test=0.1))
    assert params == Params(split=split)


def test_values_are_frozen() -> None:
    maps = [{"image": ["encoder", "image"]}]
    params = InputsParams(key_maps=maps)  # type: ignore[arg-type]
    maps[0]["image"].append("more")
    assert params.key_maps[0]["image"] == ("encoder", "image")
    with pytest.raises(TypeError):
        params.key_maps[0]["image"] = "other"  # type: ignore[index]
    with pytest.raises(FrozenInstanceError):
        params.batch_size = 3  # type: ignore[misc]


SIZES = {
    "2 GiB": 2 * 1024**3,
    "500 MB": 500_000_000,
    "1.5kB": 1500,
    "0.5 kib": 512,
    "3 TiB": 3 * 1024**4,
    "10 B": 10,
    "12345": 12345,
    "0": 0,
}


@pytest.mark.parametrize(("text", "n_bytes"), SIZES.items(), ids=SIZES)
def test_memory_budget_is_a_number_of_bytes(text: str, n_bytes: int) -> None:
    assert load(f"inputs: {{memory_budget: {text}}}").inputs.memory_budget == n_bytes


LEGAL = {
    "fractions add up to 1 in decimals": "split: {fractions: {train: 0.7, val: 0.2, test: 0.1}}",
    "frames are left over": "split: {fractions: {train: 0.1, val: 0, test: 0}}",
    "the rest is for training": "split: {fractions: {train: -1}}",
    "a gap longer than a block": "split: {block_length: 3, gap: 4}",
    "a column of a file": "split: {groups: animal, stratify: [day], groups_file: a.csv}",
    "the last fold": "split: {fold: 4, n_folds: 5}",
    "as many folds as groups": "split: {fold: 400, n_folds: all}",
    "held-out videos": "split: {hold_out: {test: ['*3*'], val: [a.mp4, b.mp4]}}",
    "largest seed": "train: {seed: 9223372036854775807}",
    "crop of a deep network": "inputs: {targets: {crop_size: 192}}\nmodel: {depth: 6}",
    "whole numbers for numbers": "inputs: {augment: {rotation: 0, scale: [1, 1]}}",
    "points as in SLEAP": "inputs: {scale: 0.5, scaled_points: sleap}",
    "merge keys": "train: &t {epochs: 3}\nsplit: {fractions: &f {train: -1}}\n"
    "inputs: {augment: {<<: [{rotation: 5}, {rotation: 6}], flip: none}}",
    "an alias": "train: {seed: &s 5}\nsplit: {seed: *s}",
    "JSON": '{"train": {"epochs": 3, "learning_rate": 1e-3}}',
    "a byte order mark and CRLF": "\ufefftrain:\r\n  epochs: 3\r\n",
}


@pytest.mark.parametrize("text", LEGAL.values(), ids=LEGAL)
def test_legal_params_are_read_and_fit_the_schema(text: str) -> None:
    load(text)
    document, problems = read_yaml("params.yaml")
    assert not problems
    SCHEMA.validate(document)


def test_merged_keys_give_way_to_those_before_them() -> None:
    text = "train: {<<: [&a {epochs: 3, seed: 1}, {seed: 2, learning_rate: 2}], epochs: 4}"
    assert load(text).train == TrainParams(epochs=4, seed=1, learning_rate=2.0)


# ---------------------------------------------------------------- params made in Python


PYTHON_REFUSED = {
    "wrong type": (
        lambda: SplitParams(seed=True),
        "SplitParams: seed: expected a whole number from 0 to 9223372036854775807, got true",
    ),
    "several keys together": (
        lambda: Fractions(train=0.9, val=0.2),
        "Fractions: expected train, val and test to add up to at most 1, got 0.9 + 0.2 + 0.1 = 1.2",
    ),
    "two values": (
        lambda: ModelParams(filters=0, depth=7),
        "ModelParams: filters: expected a whole number from 1 to 4096, got 0\n"
        "ModelParams: depth: expected a whole number from 1 to 6, got 7",
    ),
    "sections that do not fit each other": (
        lambda: Params(
            model=ModelParams(depth=6), inputs=InputsParams(targets=TargetParams(crop_size=32))
        ),
        "Params: inputs.targets.crop_size: expected a multiple of 64, for the encoder halves it "
        "model.depth = 6 times, got 32; the nearest is 64",
    ),
    "section of another kind": (
        lambda: Params(train=3),  # type: ignore[arg-type]
        "Params: train: expected a mapping with the keys epochs, learning_rate, rates,"
        " patience, select, stop_after, loss, optimizer, precision, seed, got 3",
    ),
}


@pytest.mark.parametrize(("make", "expected"), PYTHON_REFUSED.values(), ids=PYTHON_REFUSED)
def test_params_made_in_python_pass_the_same_checks(
    make: Callable[[], object], expected: str
) -> None:
    with pytest.raises(ParamsError) as error:
        make()
    assert str(error.value) == expected


def test_replaced_params_pass_the_same_checks() -> None:
    assert replace(SplitParams(), fold=1, n_folds=3).fold == 1
    with pytest.raises(ParamsError, match="SplitParams: n_folds: expected a number of folds"):
        replace(SplitParams(), fold=1)


def test_params_dict_is_json_in_the_order_of_declaration() -> None:
    split = SplitParams(hold_out={"test": ("*3*",)}, stratify=("video",))
    assert json.dumps(params_dict(split)) == (
        '{"fractions": {"train": 0.8, "val": 0.1, "test": 0.1}, "train_share": 1.0, "seed": 42, '
        '"groups": "block", "block_length": "auto", "gap": 5, "stratify": ["video"], '
        '"groups_file": null, "hold_out": {"test": ["*3*"]}, "assignment": "exact", '
        '"claim": "auto", "lock": null, "lock_missing": "stop", "fold": null, "n_folds": null}'
    )
    maps = params_dict(InputsParams(key_maps=({"image": ("a", "b")},)))["key_maps"]
    assert json.dumps(maps) == '[{"image": ["a", "b"]}]'


def test_import_costs_no_numpy_and_no_tensorflow() -> None:
    code = (
        "import sys, splitlib.params; "
        "print({'numpy', 'h5py', 'tensorflow', 'dvc', 'jsonschema'} & set(sys.modules))"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert output.stdout == "set()\n"


# ---------------------------------------------------------------- YAML 1.2


# As text in params.yaml, as value. All but the last four are also what DVC makes of them.
SCALARS: dict[str, object] = {
    "1e-05": 1e-05,
    "1e5": 1e5,
    "1E5": 1e5,
    "1.0e-3": 1e-3,
    "1e+5": 1e5,
    ".5": 0.5,
    "5.": 5.0,
    "-.5": -0.5,
    "1.e5": 1e5,
    ".inf": float("inf"),
    "-.INF": float("-inf"),
    "+1": 1,
    "-0": 0,
    "012": 12,
    "08": 8,
    "0o17": 15,
    "0x1F": 31,
    "0o8": "0o8",
    "1:30": "1:30",
    "1.2.3": "1.2.3",
    "true": True,
    "False": False,
    "TRUE": True,
    "TRue": "TRue",
    "yes": "yes",
    "no": "no",
    "on": "on",
    "Off": "Off",
    "y": "y",
    "null": None,
    "Null": None,
    "~": None,
    "": None,
    "none": "none",
    "'1'": "1",
    "!!str 1": "1",
    "!!float 1": 1.0,
    "2 GiB": "2 GiB",
    # DVC has numbers and a date here, by rules that are not in the core schema of YAML 1.2. As text
    # they are refused where a number belongs.
    "1_000": "1_000",
    "0b11": "0b11",
    "-0x1F": "-0x1F",
    "2024-01-01": "2024-01-01",
}
NOT_AS_DVC = list(SCALARS)[-4:]


def same(a: object, b: object) -> bool:
    return type(a) is type(b) and a == b


@pytest.mark.parametrize(("text", "value"), SCALARS.items(), ids=lambda x: repr(x))
def test_scalars_are_read_as_yaml_1_2(text: str, value: object) -> None:
    Path("params.yaml").write_text(f"a: {text}\n")
    read, problems = read_yaml("params.yaml")
    assert isinstance(read, dict)
    assert same(read["a"], value)
    assert problems == []


@pytest.mark.parametrize("text", [text for text in SCALARS if text not in NOT_AS_DVC])
def test_scalars_are_read_as_dvc_reads_them(text: str) -> None:
    assert same(YAML(typ="safe").load(f"a: {text}\n")["a"], SCALARS[text])


@pytest.mark.parametrize("text", [".nan", ".NaN", ".NAN"])
def test_not_a_number_is_one_of_the_numbers(text: str) -> None:
    Path("params.yaml").write_text(f"[{text}]")
    read, _ = read_yaml("params.yaml")
    assert repr(read) == "[nan]"


# ---------------------------------------------------------------- properties


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1)
COUNT = st.integers(1, 1000)
SEED = st.integers(0, 2**63 - 1)
POSITIVE = st.floats(0, exclude_min=True, allow_infinity=False)


@st.composite
def fractions(draw: st.DrawFn) -> Fractions:
    """Fractions in thousandths, one of them perhaps -1."""
    train = draw(st.integers(1, 999))
    val = draw(st.integers(0, 999 - train))
    test = draw(st.integers(0, 999 - train - val))
    values = [train / 1000, val / 1000, test / 1000]
    rest = draw(st.sampled_from([None, 0, 1, 2]))
    if rest is not None:
        values[rest] = -1
    return Fractions(*values)


def split_params() -> st.SearchStrategy[SplitParams]:
    column = st.none() | TEXT
    folds = st.none() | st.tuples(st.integers(0, 9), st.integers(10, 20) | st.just("all"))
    return st.builds(
        lambda column, folds, **keys: SplitParams(
            **keys,
            groups=column or "video",
            stratify=(column or "n_instances",),
            groups_file=column and "groups.csv",
            fold=folds and folds[0],
            n_folds=folds and folds[1],
        ),
        column,
        folds,
        fractions=fractions(),
        seed=SEED,
        block_length=COUNT,
        gap=COUNT,
        hold_out=st.dictionaries(
            st.sampled_from(["train", "val", "test"]), st.lists(TEXT, min_size=1)
        ),
        assignment=st.sampled_from(["exact", "stable"]),
        lock=st.none() | TEXT,
    )


def inputs_params() -> st.SearchStrategy[InputsParams]:
    names = TEXT | st.lists(TEXT, min_size=1)
    return st.builds(
        InputsParams,
        targets=st.builds(
            TargetParams,
            sigma=POSITIVE,
            output_stride=st.sampled_from([1, 2]),
            crop_size=st.integers(1, 256).map(lambda n: 64 * n),
        ),
        scaled_points=st.sampled_from(["exact", "sleap"]),
        white=st.none() | st.integers(1, 65535),
        batch_size=COUNT,
        cache=st.sampled_from(["auto", "none", "memory"]),
        memory_budget=SEED,
        key_maps=st.lists(st.dictionaries(TEXT, names, min_size=1), min_size=1, max_size=3),
        augment=st.builds(
            AugmentParams,
            rotation=st.floats(0, 180),
            scale=st.tuples(POSITIVE, POSITIVE).map(sorted),
            flip=st.sampled_from(["none", "horizontal", "vertical"]),
        ),
    )


PARAMS = st.builds(
    Params,
    labels=st.builds(
        LabelsParams,
        path=TEXT | st.lists(TEXT, min_size=1, max_size=3),
        user_instances_only=st.booleans(),
        with_track_only=st.booleans(),
        negative_frames=st.booleans(),
    ),
    split=split_params(),
    inputs=inputs_params(),
    model=st.builds(
        ModelParams,
        head=st.sampled_from(["single_instance", "centroid", "centered_instance"]),
        filters=COUNT,
        depth=st.integers(1, 6),
    ),
    train=st.builds(TrainParams, epochs=COUNT, learning_rate=POSITIVE, seed=SEED),
)


@given(PARAMS)
def test_params_written_by_dvc_come_back(params: Params) -> None:
    stream = io.StringIO()
    YAML().dump(params_dict(params), stream)
    assert load(stream.getvalue()) == params


@given(PARAMS)
def test_params_written_as_json_come_back(params: Params) -> None:
    assert load(json_text(params_dict(params))) == params


@given(PARAMS)
def test_params_made_of_their_own_values_are_the_same(params: Params) -> None:
    assert replace(params) == params
    SCHEMA.validate(params_dict(params))


ODD = st.sampled_from(
    [None, True, 0, 1, -1, 2, 5, 64, 0.5, 1e-05, 1e9, "", "x", "all", "none", "block", "2 GB",
     [], [1, 2], [2, 1], ["video"], {}, {"test": ["a"]}, {"train": 1}, [{"a": "b"}]]
)  # fmt: skip
KEYS = [(section, name) for section, values in params_dict(Params()).items() for name in values]


@given(st.dictionaries(st.sampled_from(KEYS), ODD, min_size=1, max_size=3))
def test_schema_takes_whatever_is_loaded(values: dict[tuple[str, str], object]) -> None:
    document: dict[str, dict[str, object]] = {}
    for (section, name), value in values.items():
        document.setdefault(section, {})[name] = value
    loaded = load_or_message(json_text(document))
    if isinstance(loaded, Params):
        SCHEMA.validate(document)


@given(st.text(st.sampled_from("abt:,-[]{}&*<>!#'\" \n0.|?%@~")))
def test_any_text_is_loaded_or_refused_with_its_line(text: str) -> None:
    loaded = load_or_message(text)
    assert isinstance(loaded, Params) or all(
        line.startswith("params.yaml:") for line in loaded.splitlines()
    )
