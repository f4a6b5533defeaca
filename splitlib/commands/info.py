"""`splitlib info`: what labels files hold."""

import tempfile
from pathlib import Path
from typing import Any

import click
import numpy as np

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
        "videos": [
            {
                "key": video.key,
                "n_frames": int((labels.video == at).sum()),
                "n_images": len(labels.images[at].frame_numbers) if at in labels.images else 0,
            }
            for at, video in enumerate(labels.videos)
        ],
    }
    _add_points_outside(facts, labels)
    return facts


def _add_points_outside(facts: dict[str, Any], labels: Labels) -> None:
    """Add the number of labeled points outside of pictures, and that of each video, if any."""
    outside = labels.points_outside()
    if outside.any():
        facts["n_points_outside_pictures"] = int(outside.sum())
    for at in np.unique(labels.video[outside > 0]).tolist():
        of_video = int(outside[labels.video == at].sum())
        facts["videos"][at]["n_points_outside_pictures"] = of_video


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
