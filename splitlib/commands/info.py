"""`splitlib info`: what labels files hold."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

import splitlib
from splitlib.audit.labels_facts import labels_facts
from splitlib.commands.print_tables import cell, columns, print_table
from splitlib.commands.shared import PATH, Command, json_option, params_option
from splitlib.console import printable
from splitlib.formats.convert_labels import as_slp
from splitlib.formats.write_slp import labels_folder
from splitlib.jsonfile import json_text
from splitlib.params import Params, load_params
from splitlib.split.open_labels import open_labels

USUALLY = "most often, the labels belong to another video, or to another size of it"


OF_VIDEO = {
    "n_frames": "frames",
    "n_images": "embedded images",
    "n_missing": "missing",
    "size": "size",
    "length": "length",
    "key": "video",
}
"""The columns of the table of videos."""


@click.command("info", cls=Command, example="splitlib info labels.slp")
@click.argument("labels", type=PATH, nargs=-1, required=True, help="Labels of any format.")
@params_option("Says how the pipeline would split them; the defaults if there is no such file.")
@json_option
def command(labels: tuple[Path, ...], params_path: Path, *, as_json: bool) -> None:
    """Print what labels hold, and the settings that the pipeline would take."""
    params = load_params(params_path) if params_path.is_file() else Params()
    with TemporaryDirectory() as folder:
        files = [as_slp(path, Path(folder)) for path in labels]
        with open_labels([file for file, _ in files], folder) as (opened, _, _):
            facts = labels_facts(opened, params, [labels_folder(path) for path in labels])
    if missing := [name for _, names in files for name in names]:
        facts["missing_pictures"] = missing
    if as_json:
        print(json_text({"splitlib": splitlib.__version__} | facts), end="")
    else:
        _print_tables(facts)


def _print_tables(facts: dict[str, Any]) -> None:
    table = columns("", "")
    for name, value in facts.items():
        if name not in ("videos", "missing_pictures"):
            table.add_row(cell(_known_as(name), "bold"), cell(_plain(value)))
    table.add_row(cell("videos", "bold"), cell(len(facts["videos"])))
    print_table(table)
    if facts["videos"]:
        print()
        _print_videos(facts["videos"])
    if "missing_pictures" in facts:
        _print_missing(facts["missing_pictures"])


def _print_missing(names: Sequence[str]) -> None:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    print(
        f"\n{len(names)} pictures are missing, and their labels are in none of these figures:"
        f" {', '.join(map(printable, names[:3]))}{more}"
    )


def _print_videos(videos: Sequence[dict[str, Any]]) -> None:
    names = list(OF_VIDEO.values())
    table = columns(*names, numbers=tuple(names[:-1]))
    for video in videos:
        known = {**video, "size": f"{video['width']} x {video['height']}"}
        if video["width"] is None:
            del known["size"]
        row = (known.get(name) for name in OF_VIDEO)
        table.add_row(*(cell("?" if value is None else value) for value in row))
    print_table(table)
    for video in videos:
        if n_outside := video.get("n_points_outside_pictures"):
            told = (
                f"{video['key']}: {n_outside} labeled points lie outside of the picture; {USUALLY}"
            )
            print(printable(told))


def _known_as(name: str) -> str:
    return name.removeprefix("n_").replace("_", " ")


def _plain(value: object) -> str:
    """A value as a phrase."""
    if isinstance(value, dict):
        return ", ".join(f"{_known_as(name)} {_plain(v)}" for name, v in value.items()) or "none"
    if isinstance(value, list):
        are_lists = all(isinstance(one, list) for one in value)
        return ("; " if are_lists else ", ").join(map(_plain, value)) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)
