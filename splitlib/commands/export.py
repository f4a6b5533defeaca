"""`splitlib export`: splits as TFRecord files, or in the formats of other tools."""

from pathlib import Path

import click

from splitlib.commands.shared import PATH, TEXT_PATH, Command, params_option, videos_option
from splitlib.errors import ExportError
from splitlib.formats.export_labels import FORMATS, export_labels
from splitlib.params import Params, load_params
from splitlib.slp.labels_files import labels_folders

RECORDS = "tfrecord"

SPLITS = ("train", "val", "test")


@click.command("export", cls=Command, example="splitlib export splits/train.slp exports/train")
@click.argument(
    "split", type=PATH, help="The .slp file of a split, or the folder of all splits (not tfrecord)."
)
@click.argument(
    "folder", type=TEXT_PATH, help="Where to write; TFRecords to any path of tf.io.gfile as well."
)
@click.option(
    "--format",
    "form",
    type=click.Choice((RECORDS, *FORMATS)),
    default=RECORDS,
    help="TFRecords for tf.data, or the format of another tool.",
)
@params_option("Says which frames and instances are examples.")
@click.option(
    "--shards", type=int, metavar="N", help="Number of files; the default is files of some 128 MiB."
)
@videos_option("Where to look for plain videos; the default is beside labels.path of the params.")
def command(
    split: Path,
    folder: str,
    form: str,
    params_path: Path,
    shards: int | None,
    videos: tuple[Path, ...] | None,
) -> None:
    """Write splits as TFRecords, to train on anywhere, or in the format of another tool."""
    params = load_params(params_path)
    if form == RECORDS:
        _export_records(split, folder, params, shards, videos)
        return
    sizes = export_labels(
        split_files(split),
        Path(folder),
        form,
        user_instances_only=params.labels.user_instances_only,
        video_folders=labels_folders(params.labels.path) if videos is None else videos,
    )
    print(f"{folder}: {', '.join(f'{name} {n} frames' for name, n in sizes.items())}")


def split_files(split: Path) -> dict[str, Path]:
    """The files of a split, or of all splits in a folder.

    Raises:
        ExportError: The folder holds no split.
    """
    if not split.is_dir():
        return {split.name.split(".")[0]: split}
    files = {name: split / f"{name}.slp" for name in SPLITS if (split / f"{name}.slp").is_file()}
    if not files:
        msg = f"{split}: expected {', '.join(f'{name}.slp' for name in SPLITS)}, found none of them"
        raise ExportError(msg)
    return files


def _export_records(
    split: Path, folder: str, params: Params, shards: int | None, videos: tuple[Path, ...] | None
) -> None:
    # tensorflow takes longer to load than all other commands to run
    import splitlib.inputs.graph.quiet_tensorflow  # noqa: F401 - before anything else imports it
    from splitlib.inputs.export import write_export

    source = write_export.LabelsSource.load(split, params, videos)
    manifest = write_export.export_frames(source, folder, n_shards=shards)
    n_bytes = sum(file.n_bytes for file in manifest.files)
    n_shards = f"{len(manifest.shards)} shard{'s' * (len(manifest.shards) > 1)}"
    print(f"{folder}: {manifest.n_frames} frames in {n_shards}, {n_bytes:,} bytes")
