"""Functions of the lab that params.yaml names, such as `my_lab.networks:build`."""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from splitlib.errors import ParamsError
from splitlib.params import TrainParams


def own_function(place: str, key: str) -> Callable[..., Any]:
    """Import a function.

    Args:
        place: Module and function, "my_lab.networks:build". The module is looked for in the folder
            of the project, which is the working folder, and among installed packages.
        key: The key of params.yaml that names it, for messages.

    Raises:
        ParamsError: There is no such module or function, or the module cannot be imported.
    """
    module_name, name = place.split(":")
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    importlib.invalidate_caches()  # a module that was written just now
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as err:
        missing = err.name or module_name
        if not f"{module_name}.".startswith(f"{missing}."):
            msg = f"{key}: {module_name} imports {missing}, which is not installed"
            raise ParamsError(msg) from err
        path = f"{module_name.replace('.', '/')}.py"
        msg = f"{key}: there is no module {module_name}: expected {path} in {folder}, or a package"
        raise ParamsError(msg) from err
    except Exception as err:
        msg = f"{key}: the module {module_name} cannot be imported: {type(err).__name__}: {err}"
        raise ParamsError(msg) from err
    function: Callable[..., Any] | None = getattr(module, name, None)
    if function is None or not callable(function):
        known = [
            n for n, value in vars(module).items() if callable(value) and not n.startswith("_")
        ]
        msg = f"{key}: {module_name} has no function {name!r}; it has: {', '.join(known) or 'none'}"
        raise ParamsError(msg)
    return function


def own_optimizer(place: str) -> Callable[[float], keras.optimizers.Optimizer]:
    """The lab's function from a learning rate to an optimizer, which is checked when it is called.

    Raises:
        ParamsError: As of `own_function`; when called also if it fails, makes no optimizer, or one
            with a schedule of its own, as `train.rates` sets the rate of each epoch.
    """
    function = own_function(place, "train.optimizer")

    def optimizer(learning_rate: float) -> keras.optimizers.Optimizer:
        try:
            made = function(learning_rate)
        except Exception as err:
            msg = f"train.optimizer: {place}({learning_rate}) failed: {type(err).__name__}: {err}"
            raise ParamsError(msg) from err
        if not isinstance(made, keras.optimizers.Optimizer):
            msg = (
                f"train.optimizer: expected a keras.optimizers.Optimizer, got {type(made).__name__}"
            )
            raise ParamsError(msg)
        if not hasattr(made.learning_rate, "assign"):
            msg = (
                f"train.optimizer: {place} gives an optimizer with a schedule of its own; give it"
                " the learning rate as it is, and choose train.rates"
            )
            raise ParamsError(msg)
        return made

    return optimizer


def optimizer_of(params: TrainParams) -> Callable[[float], keras.optimizers.Optimizer]:
    """What makes the optimizer of the params: Adam, or the lab's own."""
    return own_optimizer(params.optimizer) if params.optimizer else keras.optimizers.Adam
