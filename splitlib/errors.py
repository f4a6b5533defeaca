"""The errors that splitlib raises.

Every error is a `SplitlibError` and also the built-in error that a caller would expect, so both
``except SplitlibError`` and ``except ValueError`` catch it. A message says where the error is, what
was expected, what was found, and what to do.
"""


class SplitlibError(Exception):
    """Base of all errors that splitlib raises on purpose.

    Command lines print the message alone and exit with code 1.
    """

    def __str__(self) -> str:
        # KeyError would print the repr of its message: quotes and escaped line ends.
        return str(self.args[0]) if len(self.args) == 1 else super().__str__()


class LabelsFileError(SplitlibError, ValueError):
    """A labels file is damaged, contradicts itself, or is not a labels file."""


class LabelsFileNotFoundError(LabelsFileError, FileNotFoundError):
    """There is no labels file at the path."""


class UnsupportedFormatError(LabelsFileError):
    """A labels file is sound, but this version cannot treat something in it faithfully."""


class ImageError(LabelsFileError):
    """An image of a labeled frame is missing or does not decode."""


class VideoNotFoundError(SplitlibError, FileNotFoundError):
    """The frames of a video are needed, and the video file is not found."""


class VideoMismatchError(SplitlibError, ValueError):
    """The file found for a video is not the video that was labeled."""


class MissingExtraError(SplitlibError, ImportError):
    """An optional dependency is needed; the message names the extra that brings it."""


class JsonFileError(SplitlibError, ValueError):
    """A JSON file lacks a field, has a field of the wrong type, or is not JSON."""


class UnfinishedFilesError(SplitlibError, OSError):
    """Files that belong together are of two runs: one was stopped while it replaced them."""


class ExportError(SplitlibError, ValueError):
    """An export of frames cannot be written, is incomplete or damaged, or has other filters."""


class ParamsError(SplitlibError, ValueError):
    """params.yaml holds an unknown key, a value of the wrong type, or one out of range."""


class SplitError(SplitlibError, ValueError):
    """A split that was asked for is impossible."""


class LayingError(SplitlibError, ValueError):
    """The pipeline cannot be laid into a folder, is not there, or is that of another version."""


class TrainingError(SplitlibError, ValueError):
    """A training run cannot go on, such as one whose loss is no number."""


class CheckpointError(TrainingError):
    """The state of an unfinished training run is that of another run, or damaged."""


class PredictionError(SplitlibError, ValueError):
    """A model cannot predict on some frames: they do not fit it, or it lacks a part."""


class KeyMapError(SplitlibError, ValueError):
    """A key map is malformed, or does not fit the model."""


class MissingKeyError(KeyMapError, KeyError):
    """A key map names an input key that the examples do not have."""


class ModelMismatchError(KeyMapError):
    """Mapped examples and a model's inputs and outputs do not fit each other."""
