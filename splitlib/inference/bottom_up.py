"""All animals of whole frames at once: peaks of all nodes, joined along part affinity fields."""

import tensorflow as tf

from splitlib.errors import PredictionError
from splitlib.inference.finders import Finder, PredictSettings
from splitlib.inference.frame_batches import FrameBatch
from splitlib.inference.grouping import FoundInstances, join_peaks
from splitlib.inference.grouping.animals import least_nodes
from splitlib.inference.loaded_model import LoadedModel
from splitlib.inference.whole_frames import in_video, on_frames
from splitlib.models.peaks import find_scored_peaks


def bottom_up_finder(model: LoadedModel, settings: PredictSettings) -> Finder:
    """Finds all instances of each frame, of a model with `head: multi_instance`.

    Raises:
        PredictionError: The skeleton has no edges, or the model draws no fields.
    """
    description = model.description
    _check_edges(model)

    def read(maps: dict[str, tf.Tensor]) -> tuple[tf.Tensor, ...]:
        stride = description.strides["confmaps"]
        peaks = find_scored_peaks(
            maps["confmaps"], output_stride=stride, threshold=settings.min_score
        )
        return (*peaks, maps["pafs"])

    graph = on_frames(model, read)

    def find(batch: FrameBatch) -> FoundInstances:
        (peaks, where, scores, fields), scale = graph(batch.images)
        joined = join_peaks(
            peaks.numpy(),
            scores.numpy(),
            where.numpy(),
            fields.numpy(),
            edges=description.edges,
            output_stride_of_fields=description.strides["pafs"],
            n_nodes=len(description.nodes),
            min_nodes=1,
        )
        points = in_video(joined.points, scale.numpy(), description)
        found = FoundInstances(joined.image, points, joined.point_scores)
        return settings.kept(found, least_nodes(len(description.nodes)))

    return find


def _check_edges(model: LoadedModel) -> None:
    edges, strides = model.description.edges, model.description.strides
    if edges and "pafs" in strides:
        return
    found = "edges, and a model without fields" if edges else "no edges"
    msg = (
        f"{model.folder}: expected a skeleton with edges, along which peaks are joined to animals,"
        f" found {found}; add edges in SLEAP and train again, or train centroid and"
        " centered_instance models"
    )
    raise PredictionError(msg)
