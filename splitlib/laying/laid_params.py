"""The sections of params.yaml that a repository gets: the keys that people edit, with comments.

All other keys have their defaults. The text is that of the params.yaml of splitlib itself.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from splitlib.laying.carried_files import carried
from splitlib.laying.laid_stages import parsed, stages_until

KEPT = {
    "labels": ("path", "missing"),
    "split": (
        *("fractions", "seed", "groups", "gap", "groups_file", "hold_out", "lock"),
        *("fold", "n_folds"),  # `dvc exp run --set-param` takes only keys that are there
    ),
    "audit": ("min_distance", "copy_distance", "stop_on"),
    "inputs": ("batch_size", "key_maps", "augment"),
    "model": ("head", "filters", "depth"),
    "train": ("epochs", "learning_rate", "stop_after", "precision", "seed"),
}

FIRST_NEEDED = {
    "labels": "split",
    "split": "split",
    "audit": "audit",
    "inputs": "inputs",
    "model": "inputs",
    "train": "inputs",
}
"""The first stage that reads a section."""

SCHEMA = "# yaml-language-server: $schema=./params.schema.json\n"


def section_texts(last: str, labels: Sequence[str]) -> dict[str, str]:
    """The text of each section that the stages up to one read.

    Args:
        last: The last stage.
        labels: The value of labels.path; none stand for the default.
    """
    stages = stages_until(last)
    text = carried("params.yaml")
    texts = {}
    for name, kept in KEPT.items():
        if FIRST_NEEDED[name] in stages:
            lines = _items(text, name)
            texts[name] = f"{name}:\n" + "".join(lines[key] for key in kept)
    if labels:
        line = f"  path: {_path_text(labels)}   # a file, a list, data/*.slp, or another format"
        texts["labels"] = re.sub(r"(?m)^  path: .*$", lambda _: line, texts["labels"])
    return texts


def lacking(entry: Mapping[str, Any], name: str, values: object) -> list[str]:
    """The params of a file that a stage names, and that the values of the file do not have.

    DVC runs no stage that names such a key.
    """
    named = [
        key
        for item in entry.get("params") or []
        for file, keys in (item.items() if isinstance(item, dict) else [("params.yaml", [item])])
        if file == name
        for key in keys or []
    ]
    return [key for key in named if not _has(values, key.split("."))]


def _has(value: Any, keys: Sequence[str]) -> bool:  # noqa: ANN401 - any YAML
    for key in keys:
        if not isinstance(value, dict) or key not in value:
            return False
        value = value[key]
    return True


def _items(text: str, section: str) -> dict[str, str]:
    """The lines of each key of a section, with those within it."""
    body = re.search(rf"(?m)^{section}:\n((?:  .*\n)+)", text)
    found = re.split(r"(?m)^(?=  \w)", body[1] if body else "")
    return {item.split(":")[0].strip(): item for item in found if item.strip()}


def _path_text(labels: Sequence[str]) -> str:
    texts = [_scalar(name) for name in labels]
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def _scalar(text: str) -> str:
    """A text as YAML has it, in quotes only where it would be read as something else."""
    is_plain = re.fullmatch(r"[\w./*-][\w./* -]*", text) and not text.startswith(("*", "-"))
    if is_plain and parsed(f"a: {text}") == {"a": text}:
        return text
    return json.dumps(text, ensure_ascii=False)
