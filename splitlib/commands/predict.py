"""`splitlib predict`: a trained model on whole frames, and what it finds as a labels file."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from splitlib.commands.shared import PATH, Command, json_option, videos_option


def slp_path(_context: click.Context, _option: click.Parameter, path: Path) -> Path:
    """The path of a labels file to write.

    Raises:
        BadParameter: The name is that of another kind of file.
    """
    if path.suffix.lower() != ".slp":
        msg = f"{path}: predictions are labels; use a name that ends in .slp"
        raise click.BadParameter(msg)
    return path


@click.command(
    "predict",
    cls=Command,
    example="splitlib predict models film.mp4 -o predictions.slp --centroids centroids",
)
@click.argument("model", type=PATH, help="The folder of a trained model, such as models.")
@click.argument("source", type=PATH, help="A .slp file, whose labeled frames are taken, or a film.")
@click.option(
    "-o",
    "--output",
    type=PATH,
    callback=slp_path,
    required=True,
    metavar="PATH",
    help="The .slp file to write.",
)
@click.option(
    "--centroids",
    type=PATH,
    metavar="FOLDER",
    help="A model with head: centroid, which finds the animals for one with centered_instance.",
)
@click.option(
    "--crops-of-labels",
    is_flag=True,
    help="Find points of a centered_instance model in crops around the labeled instances.",
)
@click.option(
    "--frames",
    metavar="FRAMES",
    help="Frames by number from 0, such as 0:1000:10 (start, end, step) or 5,20:30.",
)
@click.option("--all-frames", is_flag=True, help="All embedded frames of labels, labeled or not.")
@click.option(
    "--batch-size",
    type=click.IntRange(min=1),
    default=8,
    metavar="N",
    help="Frames at a time; more take more memory.",
)
@click.option(
    "--min-score",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.2,
    metavar="SCORE",
    help="Lowest value of a confidence map that counts as a point.",
)
@click.option(
    "--min-nodes",
    type=click.IntRange(min=1),
    metavar="N",
    help="Leave out instances with fewer points; the default is 3 for multi_instance, else 1.",
)
@click.option(
    "--max-instances",
    type=click.IntRange(min=1),
    metavar="N",
    help="Instances of a frame at most; those with the highest scores are kept.",
)
@videos_option("Folders to look for the videos of labels in.")
@json_option
def command(
    model: Path,
    source: Path,
    output: Path,
    centroids: Path | None,
    frames: str | None,
    batch_size: int,
    min_score: float,
    min_nodes: int | None,
    max_instances: int | None,
    videos: tuple[Path, ...] | None,
    *,
    crops_of_labels: bool,
    all_frames: bool,
    as_json: bool,
) -> None:
    """Find animals in the frames of a video or of labels with a trained model."""
    # tensorflow takes longer to load than all other commands to run
    import splitlib.inputs.graph.quiet_tensorflow  # noqa: F401 - before anything else imports it
    from splitlib.inference import finders, frame_choice, predicted_labels, predictor
    from splitlib.models.fit import make_repeatable

    make_repeatable(0)
    found = predictor.predict_frames(
        model,
        source,
        centroids=centroids,
        crops_of_labels=crops_of_labels,
        frames=frame_choice.FrameChoice(frames or "", all_frames),
        video_folders=videos or (),
        settings=finders.PredictSettings(batch_size, min_score, min_nodes, max_instances),
    )
    counts = predicted_labels.predict_labels(found, output)
    if as_json:
        print(json.dumps({"output": str(output), **asdict(counts)}))
    else:
        print(f"{output}: {counts.instances} instances in {counts.frames} frames")
