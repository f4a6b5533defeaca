"""Lines that a repository gets in .gitignore, .gitattributes and .dvcignore."""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from splitlib.laying.laid_stages import OUT_KINDS, paths_of


def needed_lines(stages: Mapping[str, Any]) -> dict[str, list[str]]:
    """The lines of each file, for the entries of stages.

    Only what splitlib itself writes is named: other files of the repository are its own.
    """
    ignored = ["__pycache__/", "/fingerprints/hashes.json"]  # DVC adds its own outs by itself
    return {
        ".gitignore": [*ignored, *(["/checkpoints"] if "train" in stages else [])],
        ".gitattributes": [f"{name} text eol=lf" for name in _hashed(stages)] + ["*.slp binary"],
        ".dvcignore": ["__pycache__", "*.pyc"],
    }


def with_lines(text: str, lines: Sequence[str]) -> str:
    """A text with those lines after it that it lacks."""
    there = {line.strip() for line in text.splitlines()}
    added = [line for line in lines if line not in there]
    if not added:
        return text
    end = "" if not text or text.endswith("\n") else "\n"
    return text + end + "".join(f"{line}\n" for line in added)


def _hashed(stages: Mapping[str, Any]) -> list[str]:
    """Patterns of the files that git keeps and DVC hashes: other line ends would change them."""
    names = {"params.schema.json"}
    for entry in stages.values():
        outs = paths_of(entry, *OUT_KINDS)
        names |= {name for name, options in outs.items() if options.get("cache") is False}
        names |= {name for name in paths_of(entry, "deps") if name.startswith("stages/")}
    paths = [PurePosixPath(name) for name in names]
    return sorted({f"/{path.with_name(f'*{path.suffix}')}" for path in paths if path.parent.name})
