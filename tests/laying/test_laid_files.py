"""The files that are laid: one source for them, and they fit together."""

import tomllib
from typing import Any

import pytest
import yaml
from places import ROOT

from splitlib.laying import carried_files
from splitlib.laying.laid_lines import needed_lines, with_lines
from splitlib.laying.laid_params import KEPT, lacking, section_texts
from splitlib.laying.laid_record import whole_files
from splitlib.laying.laid_stages import (
    OUT_KINDS,
    STAGES,
    entry_of,
    module_files,
    parsed,
    paths_of,
    plot_texts,
    stage_texts,
)
from splitlib.params import Params, load_params

OURS: dict[str, Any] = yaml.safe_load((ROOT / "dvc.yaml").read_text())


def laid(until: str = "evaluate", params: str = "params.yaml") -> dict[str, Any]:
    return {name: entry_of(text) for name, text in stage_texts(until, params).items()}


def test_the_stages_are_those_of_the_pipeline() -> None:
    assert list(OURS["stages"]) == list(STAGES) == list(laid())


@pytest.mark.parametrize("name", STAGES)
def test_a_laid_stage_differs_in_what_it_depends_on_and_in_nothing_else(name: str) -> None:
    ours, there = dict(OURS["stages"][name]), dict(laid()[name])
    code = [dep for dep in ours.pop("deps") if dep.startswith("splitlib/")]
    version = "fingerprints/splitlib.json"
    deps = there.pop("deps")
    if name == "fingerprint":
        there["outs"] = [out for out in there["outs"] if version not in out]
        assert there == ours
        assert version in paths_of(laid()[name], "outs")
    else:
        assert there == ours
        assert version in deps
    left = {*OURS["stages"][name]["deps"]} - {*code}
    assert {*deps} - {version} == left


@pytest.mark.parametrize("until", STAGES[1:])
def test_all_that_a_laid_stage_depends_on_is_laid_or_made(until: str) -> None:
    outs = {out for entry in laid(until).values() for out in paths_of(entry, *OUT_KINDS)}
    deps = {dep for entry in laid(until).values() for dep in paths_of(entry, "deps")}
    assert deps <= outs | module_files(until).keys()


@pytest.mark.parametrize("until", STAGES[1:])
def test_the_params_have_each_key_that_a_stage_names(until: str) -> None:
    values = parsed("\n".join(section_texts(until, []).values()))
    for entry in laid(until).values():
        assert lacking(entry, "params.yaml", values) == []


def test_the_params_of_all_stages_are_the_defaults(tmp_path: Any) -> None:  # noqa: ANN401
    texts = section_texts("evaluate", [])
    (tmp_path / "params.yaml").write_text("\n".join(texts.values()))
    assert load_params(tmp_path / "params.yaml") == Params()
    assert all(text.count("#") for name, text in texts.items() if name in KEPT)


@pytest.mark.parametrize(
    "labels",
    [
        ["a.slp"],
        ["my labels/day 1.slp"],
        ["data/*.slp"],
        ["*.slp"],
        ["a: b.slp", "c #d.slp"],
        ["1.5"],
        ["true"],
        ["größe/ラベル.slp"],
        ["- a.slp"],
    ],
    ids=str,
)
def test_the_path_of_labels_is_read_as_it_was_typed(labels: list[str]) -> None:
    values = parsed(section_texts("split", labels)["labels"])
    assert values["labels"]["path"] == (labels[0] if len(labels) == 1 else labels)


def test_params_of_another_name_are_those_that_stages_read() -> None:
    for name, entry in laid(params="pose.yaml").items():
        assert entry["cmd"] == f"python -m stages.{name} --params pose.yaml"
        ours = OURS["stages"][name].get("params")
        assert entry.get("params") == ([{"pose.yaml": ours}] if ours else None)
    assert "params.yaml" not in "".join(stage_texts("evaluate", "pose.yaml").values())


def test_plots_are_those_of_the_stages_that_are_laid() -> None:
    assert plot_texts("audit") == []
    plots = yaml.safe_load("".join(plot_texts("evaluate")))
    assert all(plot in OURS["plots"] for plot in plots)
    assert len(plots) == 3


def test_line_ends_of_all_hashed_files_are_fixed() -> None:
    lines = needed_lines(laid())
    assert "/stages/*.py text eol=lf" in lines[".gitattributes"]
    assert "/splits/*.json text eol=lf" in lines[".gitattributes"]
    assert "/checkpoints" in lines[".gitignore"]
    assert "/checkpoints" not in needed_lines(laid("audit"))[".gitignore"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", "a\nb\n"), ("b", "b\na\n"), (" a\nb\n", " a\nb\n"), ("# x\n", "# x\na\nb\n")],
)
def test_lines_that_are_there_are_not_added_again(text: str, expected: str) -> None:
    assert with_lines(text, ["a", "b"]) == expected


def test_the_wheel_carries_all_that_is_laid() -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"][
        "targets"
    ]
    carried = wheel["wheel"]["force-include"]
    assert all(to == f"splitlib/{carried_files.COPIES}/{name}" for name, to in carried.items())
    needed = {"dvc.yaml", "params.yaml", *whole_files("evaluate")}
    assert {name.split("/")[0] for name in needed} == set(carried)


def test_every_module_of_stages_is_laid() -> None:
    modules = {f"stages/{path.name}" for path in (ROOT / "stages").glob("*.py")}
    assert set(module_files("evaluate")) == modules
