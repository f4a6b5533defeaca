"""What the stage `inputs` measured once, on its way to the stages that train and evaluate."""

from pathlib import Path
from typing import Any

from splitlib.errors import JsonFileError
from splitlib.inputs.crop_size import crop_side, is_measured, with_crop_size
from splitlib.jsonfile import read_json
from splitlib.params import Params

SPEC = Path("inputs/spec.json")
"""The file, from the project folder."""


def settled_values(params: Params) -> dict[str, int]:
    """The values that were measured, by name, for `SPEC` and metrics: the side of crops if any."""
    return {"crop_size": crop_side(params)} if params.model.head == "centered_instance" else {}


def with_settled(params: Params, path: Path = SPEC) -> Params:
    """The params with what `path` holds in the place of `auto`; params without it as they are.

    Raises:
        JsonFileError: The file is missing, is no JSON, or lacks a value.
        ParamsError: The value is not one that the params take.
    """
    if not is_measured(params):
        return params
    spec: Any = read_json(path)
    size = spec.get("crop_size") if isinstance(spec, dict) else None
    if not isinstance(size, int):
        msg = (
            f"{path}: crop_size: expected the number of pixels that the stage inputs measured, got"
            f" {size!r}; run `dvc repro inputs`"
        )
        raise JsonFileError(msg)
    return with_crop_size(params, size)
