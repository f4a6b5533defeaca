"""Whole-frame inference: the models of one or two folders, on the frames of labels or of a film."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import PredictionError
from splitlib.inference.bottom_up import bottom_up_finder
from splitlib.inference.centroid_points import (
    anchor_finder,
    centroid_finder,
    labeled_centroids,
)
from splitlib.inference.finders import Finder, PredictSettings
from splitlib.inference.fitting_frames import check_fitting
from splitlib.inference.frame_batches import (
    ImageSource,
    LabelsFrames,
    frame_batches,
    open_source,
)
from splitlib.inference.frame_choice import FrameChoice
from splitlib.inference.grouping import FoundInstances
from splitlib.inference.loaded_model import LoadedModel
from splitlib.inference.read_ahead import read_ahead
from splitlib.inference.single import single_finder
from splitlib.inference.top_down import top_down_finder
from splitlib.progress import tracked
from splitlib.slp.skeletons import node_difference, node_order


@dataclass(frozen=True, eq=False)
class PredictedFrames:
    """Some frames, and the instances that were found in them.

    Attributes:
        video: (n,) int64, position in the list of videos.
        frame_idx: (n,) int64, frame of the video.
        found: The instances in pixels of the video; `found.image` is a position in these frames.
    """

    video: NDArray[np.int64]
    frame_idx: NDArray[np.int64]
    found: FoundInstances


@dataclass(frozen=True, eq=False)
class Predictor:
    """What finds instances in frames.

    Attributes:
        model: The model that says where the nodes are.
        source: The frames.
        finder: From frames to instances.
        settings: How frames are predicted on.
        centroids: The model of centroids, if there is one beside.
    """

    model: LoadedModel
    source: ImageSource
    finder: Finder
    settings: PredictSettings
    centroids: LoadedModel | None = None

    @property
    def models(self) -> list[LoadedModel]:
        """The models, that of the nodes first."""
        return [self.model, *([self.centroids] if self.centroids else [])]

    def __iter__(self) -> Iterator[PredictedFrames]:
        """The frames of the source in batches, each once."""
        white, size = self.model.description.white, self.settings.batch_size
        batches = read_ahead(frame_batches(self.source, size, white))
        known: set[tuple[int, ...]] = set()
        total = len(self.source.frame_idx)
        for batch in tracked(batches, "frames", total, count=lambda batch: len(batch.video)):
            if batch.images.shape[1:] not in known:  # said once, and not for each batch
                known.add(batch.images.shape[1:])
                for model in self.models:
                    check_fitting(batch, model, self.source.name)
            yield PredictedFrames(batch.video, batch.frame_idx, self.finder(batch))


def predict_frames(
    model_folder: str | Path,
    source: str | Path,
    *,
    centroids: str | Path | None = None,
    crops_of_labels: bool = False,
    frames: FrameChoice | None = None,
    video_folders: Sequence[Path] = (),
    settings: PredictSettings | None = None,
) -> Predictor:
    """Predict on frames, which are read, a batch at a time, when the result is gone through.

    Args:
        model_folder: The folder of a model that the stage train wrote.
        source: A labels file (.slp), whose labeled frames are taken, or a film.
        centroids: The folder of a model with `head: centroid`, for one with `centered_instance`.
        crops_of_labels: Whether a `centered_instance` model sees crops around the instances that a
            person placed, instead.
        frames: Which frames; None for all labeled ones, or all of a film.
        video_folders: Where to look for the videos of labels besides the folder of the labels.
        settings: Sizes and limits; None for the defaults.

    Returns:
        What yields `PredictedFrames`. Everything but the frames is checked before.

    Raises:
        SplitlibError: A model, the source or a video cannot be read, or they do not fit together.
            The message says where, what was expected and found, and what to do.
    """
    settings, folder = settings or PredictSettings(), Path(model_folder)
    model = LoadedModel.load(folder)
    beside = None if centroids is None else LoadedModel.load(Path(centroids))
    _check_parts(model, beside, crops_of_labels)
    opened = open_source(Path(source), frames or FrameChoice(), video_folders)
    finder = _finder(model, beside, opened, settings)
    return Predictor(model, opened, finder, settings, beside)


def _finder(
    model: LoadedModel,
    centroids: LoadedModel | None,
    source: ImageSource,
    settings: PredictSettings,
) -> Finder:
    head = model.description.head
    if head == "single_instance":
        return single_finder(model, settings)
    if head == "multi_instance":
        return bottom_up_finder(model, settings)
    if head == "centroid":
        return anchor_finder(model, settings)
    if centroids is not None:
        return top_down_finder(model, centroid_finder(centroids, settings), settings)
    if not isinstance(source, LabelsFrames):
        msg = (
            f"{source.name}: expected a labels file for --crops-of-labels, found a film, which has"
            " no labels; give --centroids FOLDER, a model with head: centroid"
        )
        raise PredictionError(msg)
    return top_down_finder(model, labeled_centroids(source, model.description), settings)


def _check_parts(model: LoadedModel, centroids: LoadedModel | None, crops_of_labels: bool) -> None:
    """Check that the parts that a head needs are given, no others, and that they fit together.

    Raises:
        PredictionError: They do not.
    """
    head, folder = model.description.head, model.folder
    if head != "centered_instance":
        if centroids is not None or crops_of_labels:
            msg = (
                f"{folder}: a model with head: {head} sees whole frames; --centroids and"
                " --crops-of-labels are for models with head: centered_instance; leave them out"
            )
            raise PredictionError(msg)
        return
    if (centroids is None) == (not crops_of_labels):
        found = "neither" if centroids is None else "both"
        msg = (
            f"{folder}: a model with head: centered_instance sees crops around animals; expected"
            f" --centroids FOLDER (a model with head: centroid) or --crops-of-labels, got {found}"
        )
        raise PredictionError(msg)
    if centroids is not None:
        _check_pair(model, centroids)


def _check_pair(model: LoadedModel, centroids: LoadedModel) -> None:
    one, other = centroids.description, model.description
    if one.head != "centroid":
        problem = f"expected a model with head: centroid for --centroids, found head: {one.head}"
        advice = "train one on the same labels"
    elif node_order(one.nodes, other.nodes) is None:
        difference = node_difference(one.nodes, other.nodes)
        problem = f"expected the nodes of {model.folder}, found others ({difference})"
        advice = "train both models on labels of one skeleton"
    elif one.anchor_node != other.anchor_node:
        places = [each.anchor_node or "the middle of an animal" for each in (other, one)]
        problem = (
            f"expected centroids on {places[0]}, on which the crops of {model.folder} are centred,"
            f" found a model that finds {places[1]}"
        )
        advice = "train both with one inputs.targets.anchor_node"
    else:
        return
    msg = f"{centroids.folder}: {problem}; {advice}"
    raise PredictionError(msg)
