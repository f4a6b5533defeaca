"""What labels hold, as plain values: what a user asks first, and what the pipeline would do."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from splitlib.audit.distance import labelling_step
from splitlib.convert.media import film_size
from splitlib.convert.source_frames import SourceVideos
from splitlib.errors import SplitlibError
from splitlib.labels import Labels
from splitlib.params import Params
from splitlib.slp.frames_at_hand import missing_frames
from splitlib.slp.video_files import VideoSearch
from splitlib.split.partition import SPLITS, make_partition


def labels_facts(labels: Labels, params: Params, folders: Sequence[Path] = ()) -> dict[str, Any]:
    """What labels hold.

    Args:
        labels: The labels.
        params: How the pipeline would split them.
        folders: Where videos may lie, besides the folder of the labels.

    Returns:
        Counts of frames and instances, skeletons, a record per video, and under "settings" what the
        split would be, or why there would be none.
    """
    columns, n_user = labels.columns, np.zeros(len(labels), np.int64)
    counts = columns.instances_that_count(user_instances_only=True, with_track_only=False)
    np.add.at(n_user, columns.instance_frame[counts], 1)
    n_instances = np.diff(columns.instance_bounds)
    facts: dict[str, Any] = {
        "file": labels.path.name,
        "format_id": labels.source.format_id,
        "n_frames": len(labels),
        "n_user_labeled_frames": len(labels.user_labeled_frame_inds),
        "n_predicted_frames": int(((n_instances > 0) & (n_user == 0)).sum()),
        "n_empty_frames": int(((n_instances == 0) & ~labels.is_negative).sum()),
        "n_negative_frames": int(labels.is_negative.sum()),
        "n_user_instances": int(columns.is_user.sum()),
        "n_predicted_instances": int((~columns.is_user).sum()),
        "user_instances_per_frame": _histogram(n_user[n_user > 0]),
        "labelling_step": labelling_step(labels.moments.recording, labels.moments.time),
        "n_tracks": len(labels.tracks),
        "n_suggestions": len(labels.suggestions),
        "skeletons": [list(skeleton.nodes) for skeleton in labels.skeletons],
        "settings": _settings(labels, params),
        "videos": _videos(labels, folders),
    }
    n_outside = int(labels.points_outside().sum())
    return facts | ({"n_points_outside_pictures": n_outside} if n_outside else {})


def _histogram(numbers: NDArray[np.int64]) -> dict[str, int]:
    """How many frames have each number of instances."""
    values, n_frames = np.unique(numbers, return_counts=True)
    return {str(value): n for value, n in zip(values.tolist(), n_frames.tolist(), strict=True)}


def _settings(labels: Labels, params: Params) -> dict[str, Any]:
    """The settings that a split would take, and its sizes; or why there would be none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            partition = make_partition(labels, params.labels, params.split)
    except SplitlibError as err:
        return {"refused": str(err)}
    taken = partition.params or params.split
    settings: dict[str, Any] = {"groups": taken.groups}
    if "block_length" in partition.notes:
        settings["block_length"] = taken.block_length
    settings |= {"gap": taken.gap, "stratify": list(taken.stratify)}
    return settings | {"n_frames": {name: len(partition.splits[name]) for name in SPLITS}}


def _videos(labels: Labels, folders: Sequence[Path]) -> list[dict[str, Any]]:
    """The films and folders of pictures with their frames, images, and points outside, if any."""
    recordings, recording = labels.recordings, labels.moments.recording
    n = len(recordings.keys)
    n_frames = np.bincount(recording, minlength=n).tolist()
    n_outside = np.bincount(recording, labels.points_outside(), minlength=n).astype(int).tolist()
    missing = missing_frames(labels.source, folders)[labels.frame_rows]
    n_missing = np.bincount(recording, missing, minlength=n).astype(int).tolist()
    n_images = _n_images(labels).tolist()
    search = SourceVideos(labels, folders).search
    videos: list[dict[str, Any]] = []
    for at, key in enumerate(recordings.keys):
        first = recordings.first_video[at]
        video, is_film = labels.videos[first], recordings.of_video[first] >= 0
        height, width = video.size or (None, None)
        length = video.n_frames if is_film else None
        if is_film and not video.is_embedded and None in (height, length):
            height, width, length = _of_file(search, video.filenames, (height, width, length))
        videos.append(
            {
                "key": key,
                "n_frames": n_frames[at],
                "n_images": n_images[at],
                "n_missing": n_missing[at],
                "height": height,
                "width": width,
                "length": length,
            }
        )
        if n_outside[at]:
            videos[at]["n_points_outside_pictures"] = n_outside[at]
    return videos


def _of_file(
    search: VideoSearch, names: Sequence[str], stated: tuple[int | None, int | None, int | None]
) -> tuple[int | None, int | None, int | None]:
    """Height, width and length of a film as the labels state them, else as its file says."""
    file = search.found(names[0]) if names else None
    found = (film_size(file) if file else None) or (None, None, None)
    height, width, length = (one or other or None for one, other in zip(stated, found, strict=True))
    return height, width, length


def _n_images(labels: Labels) -> NDArray[np.int64]:
    """(n_recordings,) int64, embedded images."""
    counts = np.zeros(len(labels.recordings.keys), np.int64)
    for at, images in labels.images.items():
        numbers = images.frame_numbers
        if at in labels.recordings.pictures:  # images without labels may be of no picture
            n_pictures = len(labels.recordings.pictures[at])
            numbers = numbers[(numbers >= 0) & (numbers < n_pictures)]
        shown = labels.recordings.place(np.full(len(numbers), at), numbers)
        np.add.at(counts, shown.recording, 1)
    return counts
