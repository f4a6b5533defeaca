"""Labels made for tests: what they hold as plain Python values, and a file that holds the same.

The plain values are the expectation: they are never read back from a file.
"""

import io
import math
import pickle
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import PIL.Image
from hypothesis import strategies as st
from numpy.typing import NDArray

from splitlib.labels import Instance, LabeledFrame, Labels
from splitlib.slp.create import EmbeddedVideo, create_labels_file
from splitlib.slp.dtypes import (
    FRAMES,
    INSTANCES,
    INSTANCES_1_1,
    NEGATIVE_FRAMES,
    POINTS,
    PRED_POINTS,
    PREDICTED,
    USER,
)

Plain = dict[str, Any]

WRITTEN: dict[bytes, bytes] = {}
"""Files by the labels they were made of: many tests begin with the same few."""

MOST_KEPT = 200


@dataclass(frozen=True)
class MadePoint:
    x: float = 1.5
    y: float = 2.5
    visible: bool = True
    complete: bool = False
    score: float = 0.5


@dataclass(frozen=True)
class MadeInstance:
    points: tuple[MadePoint, ...]
    is_user: bool = True
    track: int = -1
    score: float = 0.25
    tracking_score: float = 0.75
    origin: tuple[int, int] | None = None  # frame and position in it


@dataclass(frozen=True)
class MadeFrame:
    video: int = 0
    frame_idx: int = 0
    instances: tuple[MadeInstance, ...] = ()


@dataclass(frozen=True)
class MadeLabels:
    frames: tuple[MadeFrame, ...]
    n_nodes: int = 2
    n_videos: int = 1
    n_tracks: int = 0
    negative: frozenset[tuple[int, int]] = frozenset()
    format_id: float = 1.4
    frame_order: tuple[int, ...] = ()
    """In which order the instances of frames are stored; () for that of the frames."""
    reverse_points: bool = False
    options: Plain = field(default_factory=dict)

    def write(self, path: Path) -> Path:
        """Write a labels file; what was written before is copied."""
        made = pickle.dumps(self)
        if made in WRITTEN:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(WRITTEN[made])
            return path
        self._create(path)
        if len(WRITTEN) < MOST_KEPT and path.stat().st_size < 1_000_000:
            WRITTEN[made] = path.read_bytes()
        return path

    def _create(self, path: Path) -> None:
        frames, instances = self._frames_and_instances()
        has_scores = self.format_id >= 1.2
        negative = np.array(sorted(self.negative), NEGATIVE_FRAMES)
        options: Plain = {
            "nodes": [f"node{at}" for at in range(self.n_nodes)],
            "videos": [f"day{at}/video.mp4" for at in range(self.n_videos)],
            "tracks": [f"track{at}" for at in range(self.n_tracks)],
            "negative_frames": negative if self.negative else None,
        }
        create_labels_file(
            path,
            frames=frames,
            instances=instances
            if has_scores
            else instances[list(INSTANCES_1_1.names or ())].astype(INSTANCES_1_1),
            points=self._points(USER, POINTS),
            pred_points=self._points(PREDICTED, PRED_POINTS),
            format_id=self.format_id,
            **(options | self.options),
        )

    @property
    def _stored(self) -> list[tuple[int, int]]:
        """Frame and position of each instance, in the order of /instances."""
        return [(at, n) for at in self._order for n in range(len(self.frames[at].instances))]

    @property
    def _order(self) -> Sequence[int]:
        return self.frame_order or range(len(self.frames))

    def _frames_and_instances(self) -> tuple[NDArray[np.void], NDArray[np.void]]:
        row_of = {place: row for row, place in enumerate(self._stored)}
        frames = np.zeros(len(self.frames), FRAMES)
        stop = 0
        for at in self._order:
            frame = self.frames[at]
            start, stop = stop, stop + len(frame.instances)
            frames[at] = (at, frame.video, frame.frame_idx, start, stop)
        instances = np.zeros(len(self._stored), INSTANCES)
        for row, (at, n) in enumerate(self._stored):
            made = self.frames[at].instances[n]
            first = self._of_kind(made.is_user).index((at, n)) * self.n_nodes
            instances[row] = (
                row,
                USER if made.is_user else PREDICTED,
                at,
                0,
                made.track,
                -1 if made.origin is None else row_of[made.origin],
                made.score,
                first,
                first + self.n_nodes,
                made.tracking_score,
            )
        return frames, instances

    def _of_kind(self, is_user: bool) -> list[tuple[int, int]]:
        """Frame and position of the instances of a kind, in the order of their points."""
        stored = [
            (at, n) for at, n in self._stored if self.frames[at].instances[n].is_user == is_user
        ]
        return stored[::-1] if self.reverse_points else stored

    def _points(self, kind: int, dtype: np.dtype[np.void]) -> NDArray[np.void]:
        rows = [
            (p.x, p.y, p.visible, p.complete, p.score)[: len(dtype.names or ())]
            for at, n in self._of_kind(kind == USER)
            for p in self.frames[at].instances[n].points
        ]
        return np.array(rows, dtype)

    def expected(self, rows: Sequence[int]) -> list[Plain]:
        """What views of some frames have to say, in this order."""
        return [self._expected_frame(self.frames[row], row, set(rows)) for row in rows]

    def _expected_frame(self, frame: MadeFrame, row: int, kept: set[int]) -> Plain:
        shift = 0.5 if self.format_id < 1.1 else 0.0
        return {
            "video": frame.video,
            "frame_idx": frame.frame_idx,
            "is_negative": (frame.video, frame.frame_idx) in self.negative,
            "instances": [
                {
                    "is_user": made.is_user,
                    "track": None if made.track < 0 else f"track{made.track}",
                    "score": repr(float(np.float32(made.score))),
                    "tracking_score": repr(float(np.float32(made.tracking_score)))
                    if self.format_id >= 1.2
                    else "nan",
                    "from_predicted": made.origin[1]
                    if made.origin and made.origin[0] == row
                    else None,
                    "xy": [
                        (repr(p.x - shift * made.is_user), repr(p.y - shift * made.is_user))
                        for p in made.points
                    ],
                    "visible": [p.visible for p in made.points],
                    "scores": ["nan" if made.is_user else repr(p.score) for p in made.points],
                }
                for made in frame.instances
            ],
        }


def found(labels: Labels, frames: Sequence[LabeledFrame]) -> list[Plain]:
    """What views say, as plain values."""
    positions = {video: at for at, video in enumerate(labels.videos)}
    return [
        {
            "video": positions[frame.video],
            "frame_idx": frame.frame_idx,
            "is_negative": frame.is_negative,
            "instances": [_plain_instance(instance) for instance in frame.instances],
        }
        for frame in frames
    ]


def _plain_instance(instance: Instance) -> Plain:
    return {
        "is_user": instance.is_user,
        "track": instance.track and instance.track.name,
        "score": repr(instance.score),
        "tracking_score": repr(instance.tracking_score),
        "from_predicted": instance.from_predicted,
        "xy": [(repr(x), repr(y)) for x, y in instance.points.tolist()],
        "visible": instance.visible.tolist(),
        "scores": [repr(score) for score in instance.point_scores.tolist()],
    }


coordinates = st.one_of(
    st.floats(-10, 1000, width=32), st.just(math.nan), st.sampled_from([0.0, -0.0, math.inf])
)
scores = st.one_of(st.floats(0, 1, width=32), st.just(math.nan))
points = st.builds(MadePoint, coordinates, coordinates, st.booleans(), st.booleans(), scores)


@st.composite
def made_labels(draw: st.DrawFn) -> MadeLabels:
    """Labels with everything that may occur in a sound file.

    Frames in any order and several times, frames without instances, instances in any order on disk,
    links to any instance, negative frames, points that are NaN or not visible.
    """
    n_nodes, n_videos, n_tracks = draw(st.integers(1, 3)), draw(st.integers(1, 3)), 2
    instance = st.builds(
        MadeInstance,
        points=st.tuples(*[points] * n_nodes),
        is_user=st.booleans(),
        track=st.integers(-1, n_tracks - 1),
        score=scores,
        tracking_score=scores,
    )
    frame = st.builds(
        MadeFrame,
        video=st.integers(0, n_videos - 1),
        frame_idx=st.integers(0, 4),
        instances=st.lists(instance, max_size=3).map(tuple),
    )
    frames = draw(st.lists(frame, max_size=7))
    places = [(at, n) for at, frame in enumerate(frames) for n in range(len(frame.instances))]
    origins = st.none() if not places else st.one_of(st.none(), st.sampled_from(places))
    linked = [
        replace(
            frame, instances=tuple(replace(made, origin=draw(origins)) for made in frame.instances)
        )
        for frame in frames
    ]
    keys = sorted({(frame.video, frame.frame_idx) for frame in frames})
    return MadeLabels(
        tuple(linked),
        n_nodes=n_nodes,
        n_videos=n_videos,
        n_tracks=n_tracks,
        negative=draw(st.frozensets(st.sampled_from(keys))) if keys else frozenset(),
        format_id=draw(st.sampled_from([1.0, 1.1, 1.2, 1.4])),
        frame_order=tuple(draw(st.permutations(range(len(frames))))),
        reverse_points=draw(st.booleans()),
    )


def user_instance(*, n_nodes: int = 2, track: int = -1, x: float = 1.5) -> MadeInstance:
    return MadeInstance((MadePoint(x=x),) * n_nodes, track=track)


def predicted_instance(*, n_nodes: int = 2, track: int = -1, x: float = 1.5) -> MadeInstance:
    return MadeInstance((MadePoint(x=x),) * n_nodes, is_user=False, track=track)


def small_labels() -> MadeLabels:
    """Six frames of two videos, among them one without instances and one predicted only."""
    user, predicted = user_instance(track=1), predicted_instance(track=0, x=7.0)
    return MadeLabels(
        (
            MadeFrame(0, 4, (replace(user, origin=(0, 1)), predicted)),
            MadeFrame(1, 7, (user_instance(x=3.0),)),
            MadeFrame(0, 2, (predicted,)),
            MadeFrame(1, 9),
            MadeFrame(0, 3, (user, user_instance(x=9.0))),
            MadeFrame(1, 8, (user_instance(x=5.0),)),
        ),
        n_videos=2,
        n_tracks=2,
        negative=frozenset({(1, 9)}),
    )


HEIGHT, WIDTH = 6, 8


def gray_level(video: int, frame_idx: int) -> int:
    """The gray of a made image: tells video and frame apart."""
    return 10 + 40 * video + frame_idx


def png(video: int, frame_idx: int) -> bytes:
    """An encoded image, larger for higher frames."""
    pixels = np.full((HEIGHT, WIDTH), gray_level(video, frame_idx), np.uint8)
    pixels[0, : frame_idx % WIDTH] = range(frame_idx % WIDTH)
    buffer = io.BytesIO()
    PIL.Image.fromarray(pixels).save(buffer, format="png")
    return buffer.getvalue()


def embedded(video: int, frame_numbers: Sequence[int]) -> EmbeddedVideo:
    """Made images of frames of a video."""
    return EmbeddedVideo(
        images=[png(video, frame) for frame in frame_numbers],
        frame_numbers=np.array(frame_numbers, np.int64),
        height=HEIGHT,
        width=WIDTH,
        channels=1,
        source_filename=f"day{video}/video.mp4",
        n_frames=20,
    )


def small_package(**options: object) -> MadeLabels:
    """`small_labels` with embedded images, one of them of a suggested frame of each video."""
    videos = [embedded(0, [2, 3, 4, 11]), embedded(1, [7, 8, 9, 12])]
    defaults: Plain = {"videos": videos, "suggestions": [(0, 11), (1, 12), (1, 7)]}
    return replace(small_labels(), options=defaults | options)


def replace_dataset(file: h5py.File, name: str, data: object, **options: Any) -> h5py.Dataset:  # noqa: ANN401
    """Put other data in the place of a dataset, and keep its attributes."""
    attributes = dict(file[name].attrs)
    del file[name]
    created = file.create_dataset(name, data=data, **options)
    created.attrs.update(attributes)
    return created


def to_layout(path: Path, layout: str, video: str = "video0") -> Path:
    """Store the images of a video in another of the forms that occur."""
    with h5py.File(path, "r+") as file:
        rows = file[f"{video}/video"][()]
        if layout == "vlen":
            data = np.empty(len(rows), object)
            data[:] = [np.trim_zeros(row, "b") for row in rows]
            created = replace_dataset(file, f"{video}/video", data, dtype=h5py.vlen_dtype(np.int8))
        elif layout == "gzip":
            created = replace_dataset(
                file, f"{video}/video", rows, chunks=(1, rows.shape[1]), compression="gzip"
            )
        elif layout == "pixels":
            decoded = [decode(row.tobytes()) for row in rows]
            created = replace_dataset(
                file, f"{video}/video", np.stack(decoded)[..., None], compression="gzip"
            )
            created.attrs["format"] = "hdf5"
    return path


def decode(image: bytes) -> NDArray[np.uint8]:
    return np.asarray(PIL.Image.open(io.BytesIO(image)))
