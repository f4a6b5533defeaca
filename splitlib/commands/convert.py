"""`splitlib convert`: labels of any format, and videos, to one file with its frames."""

from pathlib import Path

import click

from splitlib.commands.shared import PATH, Command, videos_option
from splitlib.formats.convert_labels import convert


@click.command("convert", cls=Command, example="splitlib convert labels.slp labels.pkg.slp")
@click.argument(
    "source", type=PATH, help="Labels of any format, or the folder of a project or dataset."
)
@click.argument("output", type=PATH, help="The .slp file to write.")
@videos_option("Folders to look for videos and pictures in.")
@click.option(
    "--images/--no-images",
    default=True,
    help="Whether labeled frames are embedded, or videos and pictures stay where they are.",
)
@click.option("--skip-missing", is_flag=True, help="Leave out labels whose picture is missing.")
@click.option(
    "--centroids-as",
    metavar="NODE",
    help="Of frames without instances, make centroids and boxes instances with this node alone, for"
    " head: centroid.",
)
def command(
    source: Path,
    output: Path,
    videos: tuple[Path, ...] | None,
    *,
    images: bool,
    skip_missing: bool,
    centroids_as: str | None,
) -> None:
    """Turn labels of any format into a .slp file with embedded frames."""
    converted = convert(
        source,
        output,
        video_folders=videos or (),
        images=images,
        skip_missing=skip_missing,
        centroids_as=centroids_as,
    )
    converted.warn_of_left_out(source)
    print(converted.summary(output))
