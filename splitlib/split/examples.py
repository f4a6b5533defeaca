"""The frames to split, as columns."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from splitlib.labels import Labels
from splitlib.params import LabelsParams
from splitlib.slp.videos import is_picture
from splitlib.split.label_digests import label_digests
from splitlib.split.video_names import stored_paths

SPLITS = ("train", "val", "test")
TRAIN, VAL, TEST = range(3)


CATALOGS = ("identity", "category")
"""Lists of a labels file by which it tells animals, or kinds of them, apart."""


class Held(NamedTuple):
    """Which identities or categories examples hold, of which each may hold several.

    Attributes:
        row: (m,) int64, an example.
        number: (m,) int64, the number of what it holds.
    """

    row: NDArray[np.int64]
    number: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Examples:
    """The frames to split, as columns.

    Attributes:
        video_keys: The key of each recording of the labels, a film or a folder of pictures.
        video_names: The name of each that nothing later changes; two may share it.
        video: (n,) int64, index into `video_keys`.
        frame_idx: (n,) int64, time in the recording: the frame of a film, the number of a picture.
        identity: (n,) int64, the same for the same frame of a recording.
        n_instances: (n,) int64, instances that count under the filters.
        track_row: (m,) int64, for each such instance with a track the example that holds it.
        track: (m,) int64, the track of each of these instances.
        digest: (n,) uint64, the digest of the labels of each; None where nobody asks for it.
        video_paths: The stored paths of each video, by which patterns find it; [] for keys alone.
        held: What instances that count, and other annotations, have of the `CATALOGS` that somebody
            asked for.
    """

    video_keys: list[str]
    video_names: list[str]
    video: NDArray[np.int64]
    frame_idx: NDArray[np.int64]
    identity: NDArray[np.int64]
    n_instances: NDArray[np.int64]
    track_row: NDArray[np.int64]
    track: NDArray[np.int64]
    digest: NDArray[np.uint64] | None = None
    video_paths: list[tuple[str, ...]] = field(default_factory=list)
    held: Mapping[str, Held] = field(default_factory=dict)


def examples_of(
    labels: Labels,
    filters: LabelsParams,
    indices: NDArray[np.int64],
    *,
    with_digests: bool = False,
    catalogs: Collection[str] = (),
) -> Examples:
    """The columns of the examples at these positions of the labels.

    `catalogs` says which of `CATALOGS` are asked for.
    """
    columns = labels.columns
    video, time, identity = labels.moments
    counted = columns.instances_that_count(
        user_instances_only=filters.user_instances_only, with_track_only=filters.with_track_only
    )
    number = np.full(len(labels), -1)
    number[indices] = np.arange(len(indices))
    row = number[columns.instance_frame]
    counted = counted & (row >= 0)
    tracked = counted & (columns.track >= 0)
    return Examples(
        video_keys=list(labels.recordings.keys),
        video_names=list(labels.recordings.names),
        video=video[indices],
        frame_idx=time[indices],
        identity=identity[indices],
        n_instances=np.bincount(row[counted], minlength=len(indices)),
        track_row=row[tracked],
        track=columns.track[tracked].astype(np.int64),
        digest=label_digests(labels)[indices] if with_digests else None,
        video_paths=paths_of_recordings(labels),
        held={name: _held(labels, name, number, counted) for name in catalogs},
    )


def _held(labels: Labels, name: str, number: NDArray[np.int64], counted: NDArray[np.bool_]) -> Held:
    """What the examples hold; `number` is the example of each frame of the labels, -1 for none."""
    links = labels.links(name)
    row = number[links.frame]
    # annotations are of no instance, and no filter is for them
    counts = (row >= 0) & np.append(counted, True)[links.instance]
    return Held(row[counts], links.entry[counts])


def paths_of_recordings(labels: Labels) -> list[tuple[str, ...]]:
    """For each recording all paths by which people may name it."""
    recordings = labels.recordings
    paths = [{path} - {""} for path in recordings.paths]
    for at, video in enumerate(labels.videos):
        if at not in recordings.pictures:
            paths[recordings.of_video[at]].update(stored_paths(video))
            continue
        of_films = [names[0] for names in video.chain if not is_picture(names[0])]
        for number, first in zip(
            *np.unique(recordings.pictures[at][:, 0], return_index=True), strict=True
        ):
            paths[number].update([video.pictures[first], *of_films])
    return [tuple(sorted(own)) for own in paths]
