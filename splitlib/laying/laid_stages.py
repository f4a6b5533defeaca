"""The stages of the pipeline as they stand in the dvc.yaml of another repository.

They are those of the dvc.yaml of splitlib itself, as text, so that its comments come along. Where
the source of splitlib is not at hand, a stage depends on `fingerprints/splitlib.json`: it names the
version that is installed.
"""

import re
import textwrap
from functools import cache
from typing import Any

import yaml

from splitlib.errors import LayingError
from splitlib.laying.carried_files import carried
from splitlib.params import yaml12

STAGES = ("fingerprint", "split", "audit", "inputs", "train", "evaluate")
"""Each needs those before it."""

HELPERS = {
    "fingerprint": ("__init__", "command", "summary"),
    "inputs": ("load_tensorflow",),
    "evaluate": ("alike_runs", "fold_table", "learning_curve"),
}
"""Modules that come along with a stage, besides its own."""

OUT_KINDS = ("outs", "metrics", "plots")

_SOURCE = re.compile(r"(?m)^ +- splitlib/\S+\n")
_PARAMS = re.compile(r"(?m)(?<=^    params:\n)((?:      .*\n)+)")
_VERSION = "      - fingerprints/splitlib.json   # which splitlib is installed\n"


def stages_until(last: str) -> tuple[str, ...]:
    """The stages up to one, from the first."""
    return STAGES[: STAGES.index(last) + 1]


def module_files(last: str) -> dict[str, str]:
    """The text of each file in `stages/` that the stages up to one need, by its place."""
    stages = stages_until(last)
    modules = [*stages, *(name for stage in stages for name in HELPERS.get(stage, ()))]
    return {(place := f"stages/{name}.py"): carried(place) for name in sorted(modules)}


def stage_texts(last: str, params: str) -> dict[str, str]:
    """The entry of each stage up to one as YAML without indentation, by its name.

    Args:
        last: The last stage.
        params: The name of the params file.
    """
    own, _ = _carried_parts()
    return {name: _of_lab(name, own[name], params) for name in stages_until(last)}


def plot_texts(last: str) -> list[str]:
    """The plots of the stages up to one that need more than their file, as items of a list."""
    _, plots = _carried_parts()
    of_stages = [f"plots/{name}/" for name in stages_until(last)]
    return [item for item in plots if any(f" {folder}" in item for folder in of_stages)]


def entry_of(text: str) -> Any:  # noqa: ANN401 - any YAML
    """The value of the entry of a stage."""
    (value,) = parsed(text).values()
    return value


def parsed(text: str, name: str = "YAML") -> Any:  # noqa: ANN401 - any YAML
    """The value of a YAML text, which DVC reads as version 1.2.

    Raises:
        LayingError: It is no YAML; the message calls it by the name.
    """
    try:
        return yaml.load(text, Loader=yaml12.Loader)
    except (yaml.YAMLError, ValueError) as err:
        msg = f"{name}: expected YAML, got an error: {' '.join(str(err).split())}"
        raise LayingError(msg) from err


def paths_of(entry: dict[str, Any], *kinds: str) -> dict[str, dict[str, Any]]:
    """The files that a stage names under some keys such as "outs", each with its options."""
    named: dict[str, dict[str, Any]] = {}
    for kind in kinds:
        for item in entry.get(kind) or []:
            named |= {k: v or {} for k, v in item.items()} if isinstance(item, dict) else {item: {}}
    return named


@cache
def _carried_parts() -> tuple[dict[str, str], list[str]]:
    """Stages and plots of the dvc.yaml of splitlib, without indentation."""
    _, stages, plots = re.split(r"(?m)^stages:\n|^plots:\n", carried("dvc.yaml"))
    texts = [textwrap.dedent(text).rstrip() + "\n" for text in re.split(r"(?m)^(?=  \w)", stages)]
    items = [textwrap.dedent(text) for text in re.split(r"(?m)^(?=  - )", plots)]
    return {text.split(":")[0]: text for text in texts if text.strip()}, [i for i in items if i]


def _of_lab(name: str, text: str, params: str) -> str:
    """The entry of a stage that depends on the installed package, and reads a params file."""
    text = textwrap.indent(text, "  ")
    without = _SOURCE.sub("", text)
    if name == "fingerprint":
        mark = "      - fingerprints/videos.json"
        found = without.replace(mark, _VERSION.replace(".json", ".json: {cache: false}") + mark)
    else:
        start = text.index("      - splitlib/")
        found = without[:start] + _VERSION + without[start:]
    if params != "params.yaml":
        found = _PARAMS.sub(lambda m: f"      - {params}:\n{textwrap.indent(m[1], ' ' * 4)}", found)
        found = found.replace(f"stages.{name}\n", f"stages.{name} --params {params}\n")
        found = found.replace("params.yaml", params)
    return textwrap.dedent(found)
