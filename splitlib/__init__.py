"""Splits of SLEAP pose labels, and the tf.data input functions that train on them.

Names are imported when first used: ``import splitlib`` costs a few milliseconds, and tensorflow is
loaded only by the names that need it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOME = {
    "Labels": "splitlib.labels",
    "split_labels": "splitlib.sleap_splits",
    "split_labels_reader": "splitlib.sleap_splits",
    "split_labels_train_val": "splitlib.sleap_splits",
    "SplitlibError": "splitlib.errors",
    "KeyMapper": "splitlib.inputs.keys.key_mapper",
    "LabelsReader": "splitlib.inputs.frames.reader",
    "make_input_fn": "splitlib.inputs.input_fn",
}

__all__ = [
    # labels and splits, without tensorflow
    "Labels",
    "split_labels",
    "split_labels_train_val",
    "split_labels_reader",
    "SplitlibError",
    # input functions, with tensorflow
    "KeyMapper",
    "LabelsReader",
    "make_input_fn",
]

if TYPE_CHECKING:
    from splitlib.errors import SplitlibError
    from splitlib.inputs.frames.reader import LabelsReader
    from splitlib.inputs.input_fn import make_input_fn
    from splitlib.inputs.keys.key_mapper import KeyMapper
    from splitlib.labels import Labels
    from splitlib.sleap_splits import split_labels, split_labels_reader, split_labels_train_val


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    msg = f"module 'splitlib' has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
