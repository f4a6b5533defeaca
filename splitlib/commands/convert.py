"""`splitlib convert`: labels of any format, and videos, to one file with its frames."""

from pathlib import Path

import click

from splitlib.commands.shared import PATH, Command, videos_option
from splitlib.convert import convert
from splitlib.labels import Labels


@click.command("convert", cls=Command, example="splitlib convert labels.slp labels.pkg.slp")
@click.argument("source", type=PATH, help="Labels, in any format that sleap-io reads.")
@click.argument("output", type=PATH, help="The .slp file to write.")
@videos_option("Folders to look for videos in.")
def command(source: Path, output: Path, videos: tuple[Path, ...] | None) -> None:
    """Turn labels of any format into a labels file with embedded frames."""
    convert(source, output, video_folders=videos or ())
    print(f"{output}: {len(Labels.load(output))} labeled frames")
