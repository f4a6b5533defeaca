"""`splitlib info`: what labels files hold."""

import tempfile
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from splitlib.commands.print_tables import cell, columns, print_table
from splitlib.commands.shared import PATH, Command, json_option
from splitlib.console import printable
from splitlib.jsonfile import json_text
from splitlib.labels import Labels
from splitlib.split.open_labels import open_labels

USUALLY = "most often, the labels belong to another video, or to another size of it"


@click.command("info", cls=Command, example="splitlib info labels.slp")
@click.argument("labels", type=PATH, nargs=-1, required=True, help="The .slp files.")
@json_option
def command(labels: tuple[Path, ...], *, as_json: bool) -> None:
    """Print what labels files hold."""
    with open_labels(labels, tempfile.gettempdir()) as (opened, _, _):
        facts = labels_facts(opened)
    if as_json:
        print(json_text(facts), end="")
    else:
        _print_tables(facts)


def labels_facts(labels: Labels) -> dict[str, Any]:
    """What a labels file holds, as plain values."""
    columns = labels.columns
    facts: dict[str, Any] = {
        "file": labels.path.name,
        "format_id": labels.source.format_id,
        "n_frames": len(labels),
        "n_user_labeled_frames": len(labels.user_labeled_frame_inds),
        "n_negative_frames": int(labels.is_negative.sum()),
        "n_user_instances": int(columns.is_user.sum()),
        "n_predicted_instances": int((~columns.is_user).sum()),
        "n_tracks": len(labels.tracks),
        "n_suggestions": len(labels.suggestions),
        "skeletons": [list(skeleton.nodes) for skeleton in labels.skeletons],
        "videos": _videos(labels),
    }
    n_outside = int(labels.points_outside().sum())
    return facts | ({"n_points_outside_pictures": n_outside} if n_outside else {})


def _videos(labels: Labels) -> list[dict[str, Any]]:
    """The films and folders of pictures with their frames, images, and points outside, if any."""
    recordings, recording = labels.recordings, labels.moments.recording
    n = len(recordings.keys)
    n_frames = np.bincount(recording, minlength=n).tolist()
    n_outside = np.bincount(recording, labels.points_outside(), minlength=n).astype(int).tolist()
    n_images = _n_images(labels).tolist()
    videos: list[dict[str, Any]] = []
    for at, key in enumerate(recordings.keys):
        videos.append({"key": key, "n_frames": n_frames[at], "n_images": n_images[at]})
        if n_outside[at]:
            videos[at]["n_points_outside_pictures"] = n_outside[at]
    return videos


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


def _print_tables(facts: dict[str, Any]) -> None:
    table = columns("", "")
    for name, value in facts.items():
        if name != "videos":
            known_as = name.removeprefix("n_").replace("_", " ")
            table.add_row(cell(known_as, "bold"), cell(_plain(value)))
    table.add_row(cell("videos", "bold"), cell(len(facts["videos"])))
    print_table(table)
    if not facts["videos"]:
        return
    videos = columns("frames", "embedded images", "video", numbers=("frames", "embedded images"))
    for video in facts["videos"]:
        videos.add_row(cell(video["n_frames"]), cell(video["n_images"]), cell(video["key"]))
    print()
    print_table(videos)
    for video in facts["videos"]:
        if n_outside := video.get("n_points_outside_pictures"):
            told = (
                f"{video['key']}: {n_outside} labeled points lie outside of the picture; {USUALLY}"
            )
            print(printable(told))


def _plain(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(", ".join(nodes) for nodes in value) or "none"
    return str(value)
