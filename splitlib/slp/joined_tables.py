"""The tables of several labels files one after the other, renumbered, in the form of format 1.4."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from splitlib.slp.columns import MIDPIXEL_FORMAT
from splitlib.slp.dtypes import FRAMES, INSTANCES, POINTS, PRED_POINTS, PREDICTED, USER
from splitlib.slp.ranges import bounds, renumber
from splitlib.slp.selection import Selection
from splitlib.slp.skeletons import Skeleton, node_order
from splitlib.slp.source import SlpFile

Column = NDArray[np.int64]


class _Before(NamedTuple):
    """Rows of each table that other files hold before those of a file."""

    frames: int
    instances: int
    points: int
    pred_points: int


@dataclass(frozen=True, eq=False)
class JoinedPart:
    """A file, and where its videos, tracks and nodes are in the joined file.

    Attributes:
        source: The file.
        selection: All of its frames, with their instances in the order of the frames.
        skeleton: The skeleton of the joined file.
        videos: (n_videos,) int64, the new position of each video.
        tracks: (n_tracks + 1,) int64, the new position of each track, and -1.
    """

    source: SlpFile
    selection: Selection
    skeleton: Skeleton
    videos: Column
    tracks: Column

    @property
    def is_user(self) -> NDArray[np.bool_]:
        """(n_instances,) whether a person placed the instance."""
        return self.source.is_user[self.selection.instances]

    def sizes(self) -> list[int]:
        """The rows of the file in each table, as `_Before`."""
        n_nodes, is_user = len(self.skeleton.nodes), self.is_user
        n_user, n_predicted = int(is_user.sum()), int((~is_user).sum())
        return [len(self.source.frames), len(is_user), n_user * n_nodes, n_predicted * n_nodes]

    def frames(self, before: _Before) -> NDArray[np.void]:
        """The rows of /frames."""
        starts = self.selection.instance_bounds + before.instances
        return _table(
            FRAMES,
            frame_id=np.arange(len(self.source.frames)) + before.frames,
            video=self.videos[self.source.video],
            frame_idx=self.source.frame_idx,
            instance_id_start=starts[:-1],
            instance_id_end=starts[1:],
        )

    def instances(self, before: _Before, kind: np.dtype[np.void]) -> NDArray[np.void]:
        """The rows of /instances."""
        rows, stored = self.selection.instances, self.source.instances
        of_frame = np.diff(self.selection.instance_bounds)
        origin = renumber(stored.ints("from_predicted")[rows], self.selection.new_instance)
        n_nodes, is_user = len(self.skeleton.nodes), self.is_user
        place = np.where(is_user, bounds(is_user.astype(np.int64))[:-1], np.cumsum(~is_user) - 1)
        start = place * n_nodes + np.where(is_user, before.points, before.pred_points)
        return _table(
            kind,
            instance_id=np.arange(len(rows)) + before.instances,
            instance_type=stored.ints("instance_type")[rows],
            frame_id=np.repeat(np.arange(len(of_frame)), of_frame) + before.frames,
            skeleton=np.zeros(len(rows), np.int64),
            track=self.tracks[stored.ints("track")[rows]],
            from_predicted=np.where(origin < 0, -1, origin + before.instances),
            score=stored.numbers("score")[rows],
            point_id_start=start,
            point_id_end=start + n_nodes,
            tracking_score=stored.numbers("tracking_score")[rows]
            if stored.has("tracking_score")
            else np.full(len(rows), np.nan),
        )

    def points(self, of: int) -> NDArray[np.void]:
        """The points of the instances of a kind, in the order of the nodes of the skeleton."""
        stored = self.source.points if of == USER else self.source.pred_points
        rows = self.selection.instances[self.is_user == (of == USER)]
        order = self._orders()[self.source.instances.ints("skeleton")[rows]]
        found = stored.rows.take((self.source.point_start[rows, np.newaxis] + order).reshape(-1))
        shift = 0.5 if of == USER and self.source.format_id < MIDPIXEL_FORMAT else 0.0
        return _table(
            POINTS if of == USER else PRED_POINTS,
            x=found["x"] - shift if shift else found["x"],
            y=found["y"] - shift if shift else found["y"],
            visible=found["visible"] != 0,
            complete=found["complete"] != 0,
            **({} if of == USER else {"score": found["score"]}),
        )

    def _orders(self) -> Column:
        """(n_skeletons, n_nodes) int64, per skeleton of the file where each node is in it."""
        none = [0] * len(self.skeleton.nodes)  # no instance has this skeleton
        orders = [node_order(own.nodes, self.skeleton.nodes) for own in self.source.skeletons]
        shape = (len(orders), len(none))
        return np.array([order or none for order in orders], np.int64).reshape(shape)


def _table(kind: np.dtype[np.void], **columns: NDArray[Any]) -> NDArray[np.void]:
    """(n,) rows of a table, of its (n,) columns."""
    rows = np.zeros(len(next(iter(columns.values()))), kind)
    for name, values in columns.items():
        rows[name] = values
    return rows


def joined_tables(parts: Sequence[JoinedPart]) -> dict[str, Any]:
    """The rows of all files, renumbered."""
    sizes = np.array([part.sizes() for part in parts], np.int64)
    before = [_Before(*row) for row in (np.cumsum(sizes, axis=0) - sizes).tolist()]
    kind = _instance_kind(parts)
    pairs = list(zip(parts, before, strict=True))
    return {
        "frames": np.concatenate([part.frames(n) for part, n in pairs]),
        "instances": np.concatenate([part.instances(n, kind) for part, n in pairs]),
        "points": np.concatenate([part.points(USER) for part in parts]),
        "pred_points": np.concatenate([part.points(PREDICTED) for part in parts]),
    }


def _instance_kind(parts: Iterable[JoinedPart]) -> np.dtype[np.void]:
    """`INSTANCES`, with wider scores where a file has such ones."""
    tables = [part.source.instances for part in parts]
    kinds = {name: INSTANCES[name] for name in INSTANCES.names or ()}
    for name in ("score", "tracking_score"):
        stored = [table.rows.dtype[name] for table in tables if table.has(name)]
        kinds[name] = np.result_type(np.float32, *stored).newbyteorder("<")
    return np.dtype(list(kinds.items()))
