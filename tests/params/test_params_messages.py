"""Every way in which params.yaml can be wrong, and the message for it."""

from pathlib import Path

import pytest

from splitlib.errors import ParamsError
from splitlib.params import ModelParams, Params, TrainParams, load_params


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def message(text: str) -> str:
    Path("params.yaml").write_text(text, "utf-8")
    with pytest.raises(ParamsError) as error:
        load_params()
    return str(error.value)


REFUSED = {
    # keys
    "unknown key with a near name": (
        "split:\n  seed: 1\n  gruops: block\n",
        "params.yaml:3: split.gruops: unknown key; did you mean 'groups'?",
    ),
    "unknown key without a near name": (
        "model: {widht_multiplier: 2}",
        "params.yaml:1: model.widht_multiplier: unknown key; there are head, filters,"
        " depth, build and options",
    ),
    "unknown section": (
        "split: {}\ntrian: {}\n",
        "params.yaml:2: trian: unknown key; did you mean 'train'?",
    ),
    "key that is no text": (
        "train: {1: 2}",
        "params.yaml:1: train[1]: unknown key; there are epochs, learning_rate, rates,"
        " patience, select, stop_after, loss, optimizer, precision and seed",
    ),
    "duplicate key": (
        "train:\n  seed: 1\n  epochs: 2\n  seed: 3\n",
        "params.yaml:4: train.seed: duplicate key; it is on line 2 already",
    ),
    "duplicate section": (
        "model: {depth: 2}\nmodel: {filters: 2}\n",
        "params.yaml:2: model: duplicate key; it is on line 1 already",
    ),
    "unknown split to hold out": (
        "split: {hold_out: {tset: [a]}}",
        "params.yaml:1: split.hold_out.tset: unknown key; did you mean 'test'?",
    ),
    # types
    "empty section": (
        "split: {}\nmodel:\n",
        "params.yaml:2: model: expected a mapping with the keys head, filters, depth,"
        " build, options, got null",
    ),
    "empty file": (
        "# nothing\n",
        "params.yaml:1: expected a mapping with the keys labels, split, audit, inputs, model, "
        "train, got null",
    ),
    "list for the whole": (
        "- train\n- model\n- split\n- labels\n- inputs\n",
        "params.yaml:1: expected a mapping with the keys labels, split, audit, inputs, model, "
        "train, got a list of 5",
    ),
    "null for a mapping": (
        "model: {options: null}",
        "params.yaml:1: model.options: expected a mapping, got null",
    ),
    "true for a whole number": (
        "split: {seed: true}",
        "params.yaml:1: split.seed: expected a whole number from 0 to 9223372036854775807, "
        "got true",
    ),
    "text for a whole number": (
        "split: {seed: '42'}",
        "params.yaml:1: split.seed: expected a whole number from 0 to 9223372036854775807, "
        "got '42'",
    ),
    "float for a whole number": (
        "train: {epochs: 10.0}",
        "params.yaml:1: train.epochs: expected a whole number from 1 to 1000000000, got 10.0",
    ),
    "true for a number": (
        "train: {learning_rate: true}",
        "params.yaml:1: train.learning_rate: expected a number above 0, got true",
    ),
    "yes for true": (
        "labels: {negative_frames: yes}",
        "params.yaml:1: labels.negative_frames: expected true or false, got 'yes'",
    ),
    "1 for true": (
        "labels: {with_track_only: 1}",
        "params.yaml:1: labels.with_track_only: expected true or false, got 1",
    ),
    "null for a path": (
        "labels: {path: null}",
        "params.yaml:1: labels.path: expected a path or a pattern such as data/*.slp, or a list of "
        "these such as [ann.slp, bob.slp], got null",
    ),
    "no path in a list": (
        "labels: {path: []}",
        "params.yaml:1: labels.path: expected a path or a pattern such as data/*.slp, or a list of "
        "these such as [ann.slp, bob.slp], got []",
    ),
    "null for the path of a lock": (
        "split: {groups_file: 3}",
        "params.yaml:1: split.groups_file: expected a path, or null, got 3",
    ),
    "empty text for a path": (
        "split: {lock: ''}",
        "params.yaml:1: split.lock: expected a path, or null, got ''",
    ),
    "text for a list": (
        "split: {stratify: video}",
        "params.yaml:1: split.stratify: expected auto, or a list such as [video, n_instances],"
        " got 'video'",
    ),
    "number in a list": (
        "split:\n  stratify:\n    - video\n    - 3\n",
        "params.yaml:4: split.stratify[1]: expected video, n_instances, track, identity or"
        " category, or a column of split.groups_file, got 3",
    ),
    "pattern that is no list": (
        "split: {hold_out: {test: '*3*'}}",
        "params.yaml:1: split.hold_out.test: expected a list of video names such as "
        "['*mouse3*'], got '*3*'",
    ),
    "key map that is no list": (
        "inputs: {key_maps: {image: image}}",
        "params.yaml:1: inputs.key_maps: expected a list of mappings, such as "
        "[{instance_image: image}], got a mapping",
    ),
    "no key maps": (
        "inputs: {key_maps: []}",
        "params.yaml:1: inputs.key_maps: expected a list of mappings, such as "
        "[{instance_image: image}], got []",
    ),
    "empty key map": (
        "inputs:\n  key_maps:\n    - {image: image}\n    - {}\n",
        "params.yaml:4: inputs.key_maps[1]: expected a mapping of keys to names, such as "
        "{instance_image: image}, got {}",
    ),
    "key map from a number": (
        "inputs: {key_maps: [{1: image}]}",
        "params.yaml:1: inputs.key_maps[0][1]: expected text as a key, got 1",
    ),
    "key map to a number": (
        "inputs: {key_maps: [{image: [a, 1]}]}",
        "params.yaml:1: inputs.key_maps[0].image: expected text, or a list of texts, got ['a', 1]",
    ),
    # ranges and choices
    "fraction above 1": (
        "split:\n  fractions:\n    train: 1.5\n",
        "params.yaml:3: split.fractions.train: expected a number from 0 to 1, or -1 for all that "
        "is left, got 1.5",
    ),
    "negative fraction": (
        "split: {fractions: {val: -0.5}}",
        "params.yaml:1: split.fractions.val: expected a number from 0 to 1, or -1 for all that "
        "is left, got -0.5",
    ),
    "fraction that is no number": (
        "split: {fractions: {val: .nan}}",
        "params.yaml:1: split.fractions.val: expected a number from 0 to 1, or -1 for all that "
        "is left, got nan",
    ),
    "seed of more than 63 bits": (
        "train: {seed: 9223372036854775808}",
        "params.yaml:1: train.seed: expected a whole number from 0 to 9223372036854775807, "
        "got 9223372036854775808",
    ),
    "enormous number": (
        f"train: {{seed: 0x{'f' * 5000}}}",
        "params.yaml:1: train.seed: expected a whole number from 0 to 9223372036854775807, "
        "got a whole number of 20000 bits",
    ),
    "long text": (
        f"model: {{head: {'a' * 500}}}",
        "params.yaml:1: model.head: expected single_instance, centroid, centered_instance or "
        f"multi_instance, got '{'a' * 60}'...",
    ),
    "infinity": (
        "train: {learning_rate: .inf}",
        "params.yaml:1: train.learning_rate: expected a number above 0, got inf",
    ),
    "zero above which it starts": (
        "inputs: {targets: {sigma: 0}}",
        "params.yaml:1: inputs.targets.sigma: expected a number above 0, got 0",
    ),
    "negative gap": (
        "split: {gap: -1}",
        "params.yaml:1: split.gap: expected a whole number from 0 to 1000000000, got -1",
    ),
    "rotation beyond a half turn": (
        "inputs: {augment: {rotation: 180.5}}",
        "params.yaml:1: inputs.augment.rotation: expected a number from 0 to 180, got 180.5",
    ),
    "choice with a near name": (
        "split: {assignment: stabel}",
        "params.yaml:1: split.assignment: expected exact, stable or chronological, got 'stabel'; "
        "did you mean 'stable'?",
    ),
    "choice without a near name": (
        "inputs: {cache: disk}",
        "params.yaml:1: inputs.cache: expected auto, none or memory, got 'disk'",
    ),
    "points as nobody puts them": (
        "inputs: {scaled_points: slaep}",
        "params.yaml:1: inputs.scaled_points: expected exact or sleap, got 'slaep'; "
        "did you mean 'sleap'?",
    ),
    "null for none": (
        "inputs: {augment: {flip: null}}",
        "params.yaml:1: inputs.augment.flip: expected none, horizontal or vertical, got null",
    ),
    "stride that is no power of two": (
        "inputs: {targets: {output_stride: 3}}",
        "params.yaml:1: inputs.targets.output_stride: expected 1, 2, 4, 8 or 16, got 3",
    ),
    "true for 1": (
        "inputs: {targets: {output_stride: true}}",
        "params.yaml:1: inputs.targets.output_stride: expected 1, 2, 4, 8 or 16, got true",
    ),
    "more than 16 bits of white": (
        "inputs: {white: 65536}",
        "params.yaml:1: inputs.white: expected a whole number from 1 to 65535, or null, got 65536",
    ),
    "a share as white": (
        "inputs: {white: 1.0}",
        "params.yaml:1: inputs.white: expected a whole number from 1 to 65535, or null, got 1.0",
    ),
    "unit of memory": (
        "inputs: {memory_budget: 2 gigs}",
        "params.yaml:1: inputs.memory_budget: expected a number of bytes, or text such as "
        "'2 GiB' or '500 MB', got '2 gigs'",
    ),
    "more memory than can be counted": (
        "inputs: {memory_budget: 9999999999 GB}",
        "params.yaml:1: inputs.memory_budget: expected a number of bytes, or text such as "
        "'2 GiB' or '500 MB', got '9999999999 GB'",
    ),
    "number of folds": (
        "split: {fold: 0, n_folds: 1}",
        "params.yaml:1: split.n_folds: expected a whole number from 2 to 1000000000, all, or null, "
        "got 1",
    ),
    # several keys together
    "two rests": (
        "split:\n  fractions: {train: -1, val: -1}\n",
        "params.yaml:2: split.fractions: expected at most one -1, got it for train and val",
    ),
    "fractions above 1": (
        "split: {fractions: {train: 0.9, val: 0.2}}",
        "params.yaml:1: split.fractions: expected train, val and test to add up to at most 1, "
        "got 0.9 + 0.2 + 0.1 = 1.2",
    ),
    "nothing left for the rest": (
        "split: {fractions: {train: 0.9, val: -1, test: 0.1}}",
        "params.yaml:1: split.fractions.val: expected the others to leave something for -1, "
        "got 0.9 + 0.1 = 1.0",
    ),
    "nothing to train on": (
        "split: {fractions: {train: 0}}",
        "params.yaml:1: split.fractions.train: expected more than 0: nothing to train on "
        "otherwise, got 0",
    ),
    "fold beyond the last": (
        "split: {fold: 5, n_folds: 5}",
        "params.yaml:1: split.fold: expected 0 to 4, as n_folds is 5, got 5",
    ),
    "fold of no number": (
        "split:\n  fold: 5\n  n_folds: null\n",
        "params.yaml:3: split.n_folds: expected a number of folds of at least 6, or all,"
        " as fold is 5, got null",
    ),
    "folds without a fold": (
        "split:\n  n_folds: all\n",
        "params.yaml:1: split.fold: expected 0 or more, as n_folds is all, got null",
    ),
    "group without a file": (
        "split: {groups: blok}",
        "params.yaml:1: split.groups: expected frame, block, video, track or identity, or a column"
        " of split.groups_file, which is null, got 'blok'; did you mean 'block'?",
    ),
    "stratum without a file": (
        "split: {stratify: [video, animal]}",
        "params.yaml:1: split.stratify[1]: expected video, n_instances, track, identity or"
        " category, or a column of split.groups_file, which is null, got 'animal'",
    ),
    "scales in the wrong order": (
        "inputs: {augment: {scale: [1.1, 0.9]}}",
        "params.yaml:1: inputs.augment.scale: expected the lower scale first, got [1.1, 0.9]",
    ),
    "one scale": (
        "inputs: {augment: {scale: [1.1]}}",
        "params.yaml:1: inputs.augment.scale: expected a list of 2 numbers, [low, high], got [1.1]",
    ),
    "crop that the encoder cannot halve": (
        "inputs:\n  targets: {crop_size: 100}\nmodel: {depth: 4}\n",
        "params.yaml:2: inputs.targets.crop_size: expected a multiple of 16, for the encoder "
        "halves it model.depth = 4 times, got 100; the nearest is 96 or 112",
    ),
    "crop below the least": (
        "inputs:\n  targets: {crop_size: 20}\nmodel: {depth: 6}\n",
        "params.yaml:2: inputs.targets.crop_size: expected a multiple of 64, for the encoder "
        "halves it model.depth = 6 times, got 20; the nearest is 64",
    ),
    "crop that cells do not fill": (
        "inputs: {targets: {crop_size: 70, output_stride: 4}}\nmodel: {depth: 2}",
        "params.yaml:1: inputs.targets.crop_size: expected a multiple of 4, the output_stride, "
        "got 70; the nearest is 68 or 72\n"
        "params.yaml:1: inputs.targets.crop_size: expected a multiple of 4, for the encoder "
        "halves it model.depth = 2 times, got 70; the nearest is 68 or 72",
    ),
    "cells coarser than the encoder": (
        "inputs: {targets: {output_stride: 16}}\nmodel: {depth: 3}",
        "params.yaml:1: inputs.targets.output_stride: expected at most 8, the coarsest level of "
        "model.depth = 3, got 16",
    ),
    # no YAML
    "tab": (
        "split:\n\tseed: 3\n",
        "params.yaml:2: expected YAML, got an error: while scanning for the next token, found "
        "character '\\t' that cannot start any token",
    ),
    "bracket that is not closed": (
        "split: {seed: 3\n\nmodel: {}\n",
        "params.yaml:3: expected YAML, got an error: while parsing a flow mapping, expected ',' "
        "or '}', but got ':'",
    ),
    "two documents": (
        "train: {}\n---\nsplit: {}\n",
        "params.yaml:2: expected YAML, got an error: expected a single document in the stream, "
        "but found another document",
    ),
    "unknown alias": (
        "train:\n  seed: *s\n",
        "params.yaml:2: expected YAML, got an error: found undefined alias 's'",
    ),
    "Python object": (
        "train:\n  seed: !!python/name:os.system\n",
        "params.yaml:2: expected YAML, got an error: the tag "
        "tag:yaml.org,2002:python/name:os.system is not one of plain values",
    ),
    "set": (
        "train: !!set {epochs}\n",
        "params.yaml:1: expected YAML, got an error: the tag tag:yaml.org,2002:set is not one "
        "of plain values",
    ),
    "tag that does not fit": (
        "train:\n  seed: !!int many\n",
        "params.yaml:2: expected YAML, got an error: 'many' is no value of the tag "
        "tag:yaml.org,2002:int",
    ),
    "mapping as a key": (
        "train:\n  ? {a: 1}\n  : 2\n",
        "params.yaml:2: expected YAML, got an error: a key is text, and no mapping or list",
    ),
    "merge of a number": (
        "train:\n  <<: 3\n",
        "params.yaml:2: expected YAML, got an error: << merges a mapping, or a list of mappings",
    ),
    "control character": (
        "train:\n  seed: 3\n  epochs: \x00\n",
        "params.yaml:3: expected YAML, got an error: character U+0000 is not allowed",
    ),
    "alias within itself": (
        "train: &t {<<: *t}\n",
        "params.yaml:1: expected YAML, got an error: nested too deep, or an alias within its "
        "own anchor",
    ),
    "nested too deep": (
        "train: " + "[" * 5000,
        "params.yaml:1: expected YAML, got an error: nested too deep, or an alias within its "
        "own anchor",
    ),
}


@pytest.mark.parametrize(("text", "expected"), REFUSED.values(), ids=REFUSED)
def test_refusal_names_line_key_expected_and_found(text: str, expected: str) -> None:
    assert message(text) == expected


def test_all_problems_are_reported_at_once_in_the_order_of_the_file() -> None:
    text = """\
train: {epochs: 0}
split:
  n_folds: 5
  stratify: [vidoe]
  fractions: {train: 0.9, test: 0.9}
inputs:
  bacth_size: 4
  targets: {crop_size: 75}
  augment: {scale: [0, 1]}
  cache: autp
"""
    assert [line.split(": ")[:2] for line in message(text).splitlines()] == [
        ["params.yaml:1", "train.epochs"],
        ["params.yaml:2", "split.fold"],
        ["params.yaml:4", "split.stratify[0]"],
        ["params.yaml:5", "split.fractions"],
        ["params.yaml:7", "inputs.bacth_size"],
        ["params.yaml:8", "inputs.targets.crop_size"],  # for the stride
        ["params.yaml:8", "inputs.targets.crop_size"],  # for the depth
        ["params.yaml:9", "inputs.augment.scale[0]"],
        ["params.yaml:10", "inputs.cache"],
    ]


def test_missing_file_is_named_with_what_to_do() -> None:
    with pytest.raises(ParamsError) as error:
        load_params(Path("config/params.yaml"))
    expected = "no such file; name the params file, or run in the folder that holds it"
    assert str(error.value) == f"{Path('config/params.yaml')}: {expected}"


def test_file_in_another_encoding_is_named_with_the_line() -> None:
    Path("params.yaml").write_bytes("labels:\n  path: caf\xe9.slp\n".encode("latin-1"))
    with pytest.raises(ParamsError) as error:
        load_params()
    assert str(error.value) == "params.yaml:2: expected UTF-8 text, got the byte 0xe9"


def bomb(first: str, following: str) -> str:
    """Sixty anchors, each with two aliases of the one before it."""
    rest = (f"a{i + 1}: &a{i + 1} {following.format(f'*a{i}, *a{i}')}\n" for i in range(60))
    return f"a0: &a0 {first}\n{''.join(rest)}"


BOMBS = {
    "lists": (
        bomb("[x]", "[{}]") + "train: {seed: *a60}\nmodel: {head: *a60}\n",
        ["train.seed: expected a whole number", "model.head: expected single_instance"],
    ),
    "merged mappings": (
        bomb("{epochs: 0}", "{{<<: [{}]}}") + "train: *a60\n",
        ["train.epochs: expected a whole number"],
    ),
}


@pytest.mark.parametrize(("text", "expected"), BOMBS.values(), ids=BOMBS)
def test_aliases_that_unfold_without_end_are_not_unfolded(text: str, expected: list[str]) -> None:
    lines = message(text).splitlines()
    assert all(wanted in line for wanted, line in zip(expected, lines, strict=True))
    assert max(map(len, lines)) < 150


NEAR = {
    "trian": "train",
    "Train": "train",
    "training": "train",
    "splits": "split",
    "lables": "labels",
    "input": "inputs",
    "modell": "model",
    "audti": "audit",
}


@pytest.mark.parametrize(("name", "meant"), NEAR.items(), ids=NEAR)
def test_a_section_with_a_name_near_ours_is_refused(name: str, meant: str) -> None:
    expected = f"params.yaml:2: {name}: unknown key; did you mean {meant!r}?"
    assert message(f"# ours\n{name}: {{seed: 3}}\n") == expected


OWN = ["lab", "common", "x-common", "x-train", "tracking", "train_tracker", "model2", "dataset"]


@pytest.mark.parametrize("name", [*OWN, "evaluate", "2", "null", "plots", "metrics"])
def test_sections_of_a_lab_are_left_alone(name: str) -> None:
    Path("params.yaml").write_text(f"{name}: &a {{epochs: 3, who: [ann, 4]}}\ntrain: {{seed: 3}}\n")
    assert load_params() == Params(train=TrainParams(seed=3))


def test_an_anchor_in_a_section_of_a_lab_serves_ours() -> None:
    Path("params.yaml").write_text("x-net: &net {filters: 8, depth: 2}\nmodel: {<<: *net}\n")
    assert load_params().model == ModelParams(filters=8, depth=2)


def test_arguments_of_params_are_sections_of_ours_alone() -> None:
    with pytest.raises(ParamsError, match="Params: notes: unknown key; there are labels, split"):
        Params(notes={})  # type: ignore[call-arg]
