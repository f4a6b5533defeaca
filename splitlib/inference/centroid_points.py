"""Centroids: one point for each animal, of a model or of labels."""

from dataclasses import replace

import numpy as np
import tensorflow as tf

from splitlib.errors import PredictionError
from splitlib.inference.finders import Finder, PredictSettings
from splitlib.inference.frame_batches import FrameBatch, LabelsFrames
from splitlib.inference.grouping import FoundInstances
from splitlib.inference.loaded_model import LoadedModel
from splitlib.inference.whole_frames import in_video, on_frames
from splitlib.inputs.frames.frame_instances import frame_instances
from splitlib.inputs.transforms.centroids import instance_centroids
from splitlib.models.description import ModelDescription
from splitlib.models.peaks import find_scored_peaks
from splitlib.slp.ranges import expand, frame_positions
from splitlib.slp.skeletons import node_difference, node_order


def centroid_finder(model: LoadedModel, settings: PredictSettings) -> Finder:
    """Finds the centroids of frames as instances of one node, of a model with `head: centroid`."""
    description = model.description

    def read(maps: dict[str, tf.Tensor]) -> tuple[tf.Tensor, ...]:
        stride = description.strides["confmaps"]
        peaks = maps["confmaps"]
        return find_scored_peaks(peaks, output_stride=stride, threshold=settings.min_score)

    graph = on_frames(model, read)
    settings = replace(settings, min_nodes=1)

    def find(batch: FrameBatch) -> FoundInstances:
        (points, where, scores), scale = graph(batch.images)
        return settings.kept(
            FoundInstances(
                where.numpy()[:, 0].astype(np.int64),
                in_video(points.numpy(), scale.numpy(), description)[:, None],
                scores.numpy().astype(np.float64)[:, None],
            )
        )

    return find


def anchor_finder(model: LoadedModel, settings: PredictSettings) -> Finder:
    """Finds centroids as instances of which only the anchor node has a point.

    Raises:
        PredictionError: The model was trained on the middles of animals, which are no node.
    """
    description, find_centroids = model.description, centroid_finder(model, settings)
    if description.anchor_node is None:
        msg = (
            f"{model.folder}: this model finds the middles of animals, and no node of them; give it"
            " as --centroids beside a centered_instance model, or train it on a node"
            " (inputs.targets.anchor_node)"
        )
        raise PredictionError(msg)
    node, n_nodes = description.nodes.index(description.anchor_node), len(description.nodes)

    def find(batch: FrameBatch) -> FoundInstances:
        found = find_centroids(batch)
        points = np.full((len(found), n_nodes, 2), np.nan)
        scores = np.zeros((len(found), n_nodes))
        points[:, node], scores[:, node] = found.points[:, 0], found.point_scores[:, 0]
        return FoundInstances(found.image, points, scores)

    return find


def labeled_centroids(source: LabelsFrames, description: ModelDescription) -> Finder:
    """Finds the centroids of the instances that a person placed, with a score of 1.

    Raises:
        PredictionError: The labels have other nodes than the model.
    """
    labels = source.labels
    instances = frame_instances(
        labels, user_instances_only=True, with_track_only=False, n_unlabeled=0
    )
    if len(labels.columns.is_user) and not len(instances.kind):
        msg = (
            f"{labels.path}: expected instances that a person placed for --crops-of-labels, found"
            " predictions alone; give other labels, or --centroids FOLDER"
        )
        raise PredictionError(msg)
    nodes = labels.skeletons[int(instances.kind[0])].nodes if len(instances.kind) else ()
    if nodes and node_order(nodes, description.nodes) is None:
        msg = (
            f"{labels.path}: expected the nodes of the model for --crops-of-labels, found others"
            f" ({node_difference(nodes, description.nodes)}); give labels that the model fits"
        )
        raise PredictionError(msg)
    anchor = description.anchor_node
    middles = instance_centroids(
        tf.constant(instances.points), nodes.index(anchor) if nodes and anchor else None
    ).numpy()

    def find(batch: FrameBatch) -> FoundInstances:
        rows = frame_positions(batch.video, batch.frame_idx, labels.video, labels.frame_idx)
        first, last = (np.where(rows < 0, 0, instances.bounds[rows + n]) for n in (0, 1))
        centroids = middles[expand(first, last)].astype(np.float64)
        image = np.repeat(np.arange(len(rows)), last - first)
        return FoundInstances(image, centroids[:, None], np.ones((len(image), 1)))

    return find
