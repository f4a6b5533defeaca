"""Random labels with any of the tables that sleap-io writes."""

from pathlib import Path
from typing import Any

import numpy as np
import shapely  # type: ignore[import-untyped]
import sleap_io
from hypothesis import strategies as st
from sleap_io.model.instance import Instance3D, PredictedInstance3D

TABLES = (
    *("masks", "rois", "bboxes", "centroids", "label_images", "score_maps"),
    *("identities", "categories", "embeddings", "events", "sessions", "sizes", "negative"),
)
HEIGHT, WIDTH = 6, 7


class Draw:
    """Random numbers, of which a failing test shows the seed alone."""

    def __init__(self, seed: int, tables: set[str]) -> None:
        self.random = np.random.default_rng(seed)
        self.tables = tables

    def has(self, table: str, share: float = 0.6) -> bool:
        return table in self.tables and bool(self.random.random() < share)

    def n(self, below: int) -> int:
        return int(self.random.integers(below))

    def one_of(self, items: list[Any]) -> Any:  # noqa: ANN401
        return items[self.n(len(items))] if items and self.random.random() < 0.7 else None

    def text(self) -> str:
        return str(self.random.choice(["", "a", "ä b", '"x"']))


@st.composite
def labels_with_tables(draw: st.DrawFn) -> sleap_io.Labels:
    tables = draw(st.sets(st.sampled_from(TABLES)))
    return labels_of(draw(st.integers(0, 2**32 - 1)), tables)


def labels_of(seed: int, tables: set[str], n_frames: int | None = None) -> sleap_io.Labels:
    """Labels with some tables; names of videos, tracks and the like tell them apart."""
    it = Draw(seed, tables)
    skeleton = sleap_io.Skeleton(["a", "b"])
    videos = [sleap_io.Video(f"v{at}.mp4", open_backend=False) for at in range(1 + it.n(3))]
    tracks = [sleap_io.Track(f"t{at}") for at in range(it.n(3))]
    names = {
        kind: [make(f"{kind}{at}", {"k": f"about {at}"} if at else {}) for at in range(1 + it.n(3))]
        if kind in tables
        else []
        for kind, make in (("identities", sleap_io.Identity), ("categories", sleap_io.Category))
    }
    count = 1 + it.n(9) if n_frames is None else n_frames
    places = it.random.permutation(len(videos) * 12)[:count].tolist()
    frames = [
        frame_of(it, videos[place % len(videos)], place // len(videos), skeleton, tracks, names)
        for place in places
    ]
    statics = [roi(it, video=videos[0], name=f"static{at}") for at in range(it.n(3))]
    labels = sleap_io.Labels(
        frames,
        videos=videos,
        skeletons=[skeleton],
        tracks=tracks,
        rois=statics if "rois" in tables else [],
        **names,
    )
    if "events" in tables:
        add_events(it, labels)
    if "sessions" in tables:
        add_sessions(it, labels)
    return labels


def frame_of(
    it: Draw,
    video: sleap_io.Video,
    frame_idx: int,
    skeleton: sleap_io.Skeleton,
    tracks: list[sleap_io.Track],
    names: dict[str, list[Any]],
) -> sleap_io.LabeledFrame:
    instances: list[Any] = []
    for _ in range(it.n(4)):
        points = it.random.integers(0, 9, (2, 2)).astype(float)
        track = it.one_of(tracks)
        if instances and it.n(2):
            own = sleap_io.PredictedInstance.from_numpy(points, skeleton=skeleton, score=0.5)
            instances[-1].from_predicted = (
                own if isinstance(instances[-1], sleap_io.Instance) else None
            )
        else:
            own = sleap_io.Instance.from_numpy(points, skeleton=skeleton)
        own.track = track
        instances.append(own)
    for own in instances:
        if isinstance(own, sleap_io.PredictedInstance):
            own.from_predicted = None
    frame = sleap_io.LabeledFrame(video=video, frame_idx=frame_idx, instances=instances)
    frame.is_negative = not instances and it.has("negative")
    made: dict[str, Any] = {
        "masks": lambda: masks(it, instances),
        "bboxes": lambda: [bbox(it, instances)],
        "centroids": lambda: [centroid(it, instances)],
        "rois": lambda: [roi(it, instance=it.one_of(instances), name=it.text())],
        "label_images": lambda: [label_image(it, instances, tracks)],
    }
    for table, make in made.items():
        for _ in range(it.n(3)):
            if table in it.tables:
                getattr(frame, table).extend(make())
    annotations = (frame.masks, frame.bboxes, frame.centroids, frame.rois)
    for own in (*instances, *(one for some in annotations for one in some)):
        who_and_what(it, own, names)
        if own not in instances:
            own.track, own.source = it.one_of(tracks), it.text()
    return frame


def who_and_what(it: Draw, own: Any, names: dict[str, list[Any]]) -> None:  # noqa: ANN401
    if it.has("identities"):
        own.identity, own.identity_score = it.one_of(names["identities"]), it.one_of([0.5, 0.25])
    if it.has("categories"):
        own.category, own.category_score = it.one_of(names["categories"]), it.one_of([0.5, 0.25])
    for kind, n in (("identity", 3), ("category", 2)):
        if it.has("embeddings", 0.4):
            vector = it.random.random(n).astype(np.float32)
            setattr(own, f"{kind}_embedding", sleap_io.Embedding(vector))


def masks(it: Draw, instances: list[Any]) -> list[Any]:
    options = {"name": it.text(), "instance": it.one_of(instances), "scale": (0.5, 2.0)}
    scores = it.random.random((HEIGHT, WIDTH)).astype(np.float32)
    guess = sleap_io.PredictedSegmentationMask.from_numpy(
        it.random.random((HEIGHT, WIDTH)) < 0.5, score=0.25, **options
    )
    guess.score_map = scores if it.has("score_maps") else None
    own = sleap_io.UserSegmentationMask.from_numpy(scores < 0.5, name=it.text())
    own.from_predicted = guess
    return [own, guess][: 1 + it.n(2)] if it.n(2) else [guess]


def bbox(it: Draw, instances: list[Any]) -> Any:  # noqa: ANN401
    sides = {"x1": it.n(5), "y1": it.n(5), "x2": 5 + it.n(5), "y2": 6, "angle": it.random.random()}
    options = {**sides, "name": it.text(), "instance": it.one_of(instances)}
    if it.n(2):
        return sleap_io.PredictedBoundingBox(score=it.random.random(), **options)
    return sleap_io.UserBoundingBox(**options)


def centroid(it: Draw, instances: list[Any]) -> Any:  # noqa: ANN401
    options = {"z": it.one_of([1.5]), "name": it.text(), "instance": it.one_of(instances)}
    if it.n(2):
        return sleap_io.PredictedCentroid(it.n(9), 2.5, score=0.5, **options)
    return sleap_io.UserCentroid(it.n(9), 2.5, **options)


def roi(it: Draw, **options: Any) -> Any:  # noqa: ANN401
    return sleap_io.UserROI(shapely.box(0, 0, 1 + it.n(5), 2), **options)


def label_image(it: Draw, instances: list[Any], tracks: list[Any]) -> Any:  # noqa: ANN401
    height = HEIGHT + it.n(2) * ("sizes" in it.tables)  # of several sizes: stored as bytes
    pixels = it.random.integers(0, 3, (height, WIDTH)).astype(np.int32)
    objects = {
        label: sleap_io.LabelImage.Info(
            track=it.one_of(tracks),
            category=it.text(),
            name=it.text(),
            instance=it.one_of(instances),
        )
        for label in (1, 2)[: it.n(3)]
    }
    if it.n(2):
        scores = it.random.random((height, WIDTH)).astype(np.float32)
        made = sleap_io.PredictedLabelImage(data=pixels, objects=objects, score=0.5)
        made.score_map = scores if it.has("score_maps") else None
        return made
    return sleap_io.UserLabelImage(data=pixels, objects=objects, source=it.text())


def add_events(it: Draw, labels: sleap_io.Labels) -> None:
    kinds = [sleap_io.EventType(name=f"e{at}", description="ä b" * at) for at in range(2)]
    for _ in range(1 + it.n(3)):
        first = it.n(9)
        options = {
            **{"type": kinds[it.n(2)], "video": labels.videos[it.n(len(labels.videos))]},
            **{"start_frame": first, "end_frame": first + it.n(3), "name": it.text()},
            **{"subject": it.one_of([*labels.tracks, *labels.identities])},
        }
        if it.n(2):
            scores = it.random.random(options["end_frame"] - first + 1).astype(np.float32)
            event = sleap_io.PredictedEvent(score=0.5, scores=scores, **options)
        else:
            event = sleap_io.UserEvent(**options)
        labels.events.append(event)
    labels.event_types.extend(kinds)


def add_sessions(it: Draw, labels: sleap_io.Labels) -> None:
    """A session whose cameras are the videos, with groups of instances of one frame number."""
    cameras = [sleap_io.Camera(name=f"c{at}") for at in range(len(labels.videos))]
    session = sleap_io.RecordingSession(camera_group=sleap_io.CameraGroup(cameras=cameras))
    for camera, video in zip(cameras, labels.videos, strict=True):
        session.add_video(video, camera)
    moments: dict[int, list[Any]] = {}
    for frame in labels:
        moments.setdefault(frame.frame_idx, []).append(frame)
    for frame_idx, frames in moments.items():
        groups = instance_groups(it, labels, cameras, frames)
        if groups:
            by_camera = {cameras[labels.videos.index(frame.video)]: frame for frame in frames}
            metadata = {"note": it.text()} if it.n(2) else {}
            group = sleap_io.FrameGroup(
                frame_idx=frame_idx,
                instance_groups=groups,
                labeled_frame_by_camera=by_camera,
                metadata=metadata,
            )
            session.frame_groups[frame_idx] = group
    labels.sessions.append(session)


def instance_groups(
    it: Draw, labels: sleap_io.Labels, cameras: list[Any], frames: list[Any]
) -> list[Any]:
    groups = []
    for at in range(max(len(frame.instances) for frame in frames)):
        views = {
            cameras[labels.videos.index(frame.video)]: frame.instances[at]
            for frame in frames
            if at < len(frame.instances) and it.n(4)
        }
        if not views:
            continue
        points = it.random.random((2, 3))
        skeleton = labels.skeletons[0]
        space = [
            None,
            Instance3D(points=points, skeleton=skeleton, score=0.5),
            PredictedInstance3D(points=points, skeleton=skeleton, point_scores=points[:, 0]),
        ][it.n(3)]
        groups.append(
            sleap_io.InstanceGroup(
                instance_by_camera=views,
                score=it.one_of([0.5]),
                instance_3d=space,
                identity=it.one_of(labels.identities),
                metadata={"k": it.text()} if it.n(2) else {},
            )
        )
    return groups


def write(labels: sleap_io.Labels, path: Path) -> Path:
    sleap_io.save_slp(labels, str(path), save_embedding_vectors=True)
    return path
