"""`splitlib export`: the frames of a split as TFRecord files."""

from pathlib import Path

import click

from splitlib.commands.shared import PATH, TEXT_PATH, Command, params_option, videos_option
from splitlib.params import load_params


@click.command("export", cls=Command, example="splitlib export splits/train.slp exports/train")
@click.argument("split", type=PATH, help="The .slp file of a split.")
@click.argument(
    "folder", type=TEXT_PATH, help="Where to write: any path of tf.io.gfile, such as gs://..."
)
@params_option("Says which frames are examples.")
@click.option(
    "--shards", type=int, metavar="N", help="Number of files; the default is files of some 128 MiB."
)
@videos_option("Where to look for plain videos; the default is beside labels.path of the params.")
def command(
    split: Path, folder: str, params_path: Path, shards: int | None, videos: tuple[Path, ...] | None
) -> None:
    """Write the frames of a split to TFRecord files, to train on them anywhere."""
    params = load_params(params_path)
    # tensorflow takes longer to load than all other commands to run
    import splitlib.inputs.graph.quiet_tensorflow  # noqa: F401 - before anything else imports it
    from splitlib.inputs.export.write_export import export_frames
    from splitlib.inputs.frames.frame_source import LabelsSource

    source = LabelsSource.load(split, params, videos)
    manifest = export_frames(source, folder, n_shards=shards)
    n_bytes = sum(file.n_bytes for file in manifest.files)
    n_shards = f"{len(manifest.shards)} shard{'s' * (len(manifest.shards) > 1)}"
    print(f"{folder}: {manifest.n_frames} frames in {n_shards}, {n_bytes:,} bytes")
