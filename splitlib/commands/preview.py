"""`splitlib preview`: a picture of what a model is fed."""

from pathlib import Path

import click

from splitlib.commands.shared import TEXT_PATH, Command, params_option, videos_option
from splitlib.params import load_params


def png_path(_context: click.Context, _option: click.Parameter, name: str) -> Path:
    """The path of a PNG file to write.

    Raises:
        BadParameter: The name is that of another kind of file.
    """
    if not name.lower().endswith(".png"):
        msg = f"{name}: pictures are PNG; use a name that ends in .png"
        raise click.BadParameter(msg)
    return Path(name)


@click.command("preview", cls=Command, example="splitlib preview splits/train.slp -o preview.png")
@click.argument(
    "labels", type=TEXT_PATH, help="A .slp file, such as splits/train.slp, or an export."
)
@click.option(
    "-o",
    "--output",
    type=TEXT_PATH,
    callback=png_path,
    required=True,
    metavar="PATH",
    help="The PNG to write.",
)
@params_option("What the model is fed.")
@click.option("--plain", is_flag=True, help="Examples as they are, in the order of the labels.")
@videos_option("Where to look for plain videos; the default is beside labels.path of the params.")
def command(
    labels: str, output: Path, params_path: Path, videos: tuple[Path, ...] | None, *, plain: bool
) -> None:
    """Draw examples as the model will see them: images, points, skeletons and maps."""
    params = load_params(params_path)
    # tensorflow takes longer to load than all other commands to run
    import splitlib.inputs.graph.quiet_tensorflow  # noqa: F401 - before anything else imports it
    from splitlib.inputs import batch_pictures, split_inputs

    inputs = split_inputs.SplitInputs.load(labels, params, video_folders=videos)
    how = "as it is" if plain else "augmented, as for training"
    title = f"{Path(labels).name}, {params.model.head}, {how}"
    shown = batch_pictures.for_preview(inputs, training=not plain)
    batch_pictures.write_preview(output, shown, title, training=not plain)
    print(f"{output}: {inputs.n_examples} examples of {inputs.n_frames} frames")
    if shown.params != params:
        side = shown.params.inputs.targets.crop_size
        print(
            f"crop_size: auto is {side} pixels for these labels; a pipeline takes what train needs"
        )
