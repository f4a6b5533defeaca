"""One animal in a whole frame: the highest value of each map."""

import numpy as np
import tensorflow as tf

from splitlib.inference.finders import Finder, PredictSettings
from splitlib.inference.frame_batches import FrameBatch
from splitlib.inference.grouping import FoundInstances
from splitlib.inference.loaded_model import LoadedModel
from splitlib.inference.whole_frames import in_video, on_frames
from splitlib.models.peaks import find_peaks


def single_finder(model: LoadedModel, settings: PredictSettings) -> Finder:
    """Finds one instance in each frame, of a model with `head: single_instance`."""
    description = model.description

    def read(maps: dict[str, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        stride = description.strides["confmaps"]
        return find_peaks(maps["confmaps"], output_stride=stride, threshold=settings.min_score)

    graph = on_frames(model, read)

    def find(batch: FrameBatch) -> FoundInstances:
        (peaks, values), scale = graph(batch.images)
        points = in_video(peaks.numpy(), scale.numpy(), description)
        scores = np.where(np.isnan(points[..., 0]), 0.0, values.numpy())
        return settings.kept(FoundInstances(np.arange(len(points)), points, scores))

    return find
