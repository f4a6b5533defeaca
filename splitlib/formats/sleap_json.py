"""Labels that SLEAP wrote as JSON before .slp files, and that its menu still exports.

Source: `sleap/io/format/labels_json.py` of SLEAP 1.4.1. Coordinates are as in files of format 1.1.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from splitlib.convert.libraries import import_library
from splitlib.errors import LabelsFileError
from splitlib.formats.foreign import Foreign
from splitlib.formats.known_formats import read_json_labels
from splitlib.slp.skeletons import Skeleton, parse_skeletons
from splitlib.slp.videos import parse_videos

Json = Mapping[str, Any]


def read_sleap_json(source: Path, folders: Sequence[Path], *, skip_missing: bool) -> Foreign:
    """Read JSON labels of SLEAP.

    Args:
        source: The file.
        folders: Not looked into: labels of films do without them.
        skip_missing: Of no effect, likewise.

    Raises:
        LabelsFileError: The file is damaged, or refers to what it does not hold.
    """
    value = read_json_labels(source)
    sio = import_library("sleap_io")
    try:
        skeletons = [_skeleton(sio, skeleton) for skeleton in parse_skeletons(value, source)]
        rows = value["videos"]
        listed = [list(one.filenames) for one in parse_videos(rows, [None] * len(rows), source)]
        videos = [
            sio.Video(names[0] if len(names) == 1 else names, open_backend=False)
            for names in listed
        ]
        tracks = [sio.Track(str(row[1])) for row in value.get("tracks") or ()]
        places = [_places(graph) for graph in value["skeletons"]]
        frames = [
            sio.LabeledFrame(
                video=videos[int(frame["video"])],
                frame_idx=int(frame["frame_idx"]),
                instances=_instances(sio, frame, places, skeletons, tracks),
            )
            for frame in value["labels"]
        ]
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as err:
        msg = f"{source}: the JSON labels of SLEAP are damaged: {type(err).__name__}: {err}"
        raise LabelsFileError(msg) from err
    labels = sio.Labels(frames, videos=videos, skeletons=skeletons, tracks=tracks)
    n_suggested = len(value.get("suggestions") or ())
    return Foreign(labels, left_behind=[f"{n_suggested} suggestions"] * (n_suggested > 0))


def _places(graph: Json) -> dict[int, int]:
    """The position in a skeleton of each of its nodes, by their place in the list of all nodes."""
    return {int(node["id"]): at for at, node in enumerate(graph.get("nx_graph", graph)["nodes"])}


def _skeleton(sio: Any, stored: Skeleton) -> Any:  # noqa: ANN401 - of sleap-io
    nodes = stored.nodes
    return sio.Skeleton(
        list(nodes),
        edges=[(nodes[a], nodes[b]) for a, b in stored.edges],
        symmetries=[(nodes[a], nodes[b]) for a, b in stored.symmetries],
        name=stored.name,
    )


def _instances(
    sio: Any,  # noqa: ANN401 - the module
    frame: Json,
    places: Sequence[Mapping[int, int]],
    skeletons: Sequence[Any],
    tracks: Sequence[Any],
) -> list[Any]:
    """The instances of a frame; `places` has the position of each node in each skeleton."""
    instances = []
    for one in frame["_instances"]:
        at, number = int(one["skeleton"]), one.get("track")
        track = None if number is None else tracks[int(number)]
        points = _points(one["_points"], places[at])
        options = {"skeleton": skeletons[at], "track": track}
        if one.get("score") is None:
            instance = sio.Instance.from_numpy(points[:, :2], **options)
        else:
            instance = sio.PredictedInstance.from_numpy(
                points[:, :2], point_scores=points[:, 3], score=float(one["score"]), **options
            )
        instance.points["visible"] = points[:, 2] != 0
        instances.append(instance)
    return instances


def _points(stored: Json, places: Mapping[int, int]) -> NDArray[np.float64]:
    """(n_nodes, 4): x, y, visible, score; NaN, NaN, 0, 0 for nodes without a point."""
    points = np.tile([np.nan, np.nan, 0.0, 0.0], (len(places), 1))
    for node, point in stored.items():
        row = point["x"], point["y"], bool(point.get("visible", True)), point.get("score", 0)
        points[places[int(node)]] = row
    return points
