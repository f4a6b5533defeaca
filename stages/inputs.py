"""Check that the examples of the splits fit the model, and draw some of them."""

import stages.load_tensorflow  # noqa: F401 - before anything else imports tensorflow

# isort: split

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

from splitlib.inputs.batch_pictures import write_preview
from splitlib.inputs.brightest import check_white
from splitlib.inputs.crop_reach import CropReach, crop_reach
from splitlib.inputs.crop_size import is_measured
from splitlib.inputs.input_fn import SplitInputs, load_splits
from splitlib.inputs.inputs_report import inputs_metrics, inputs_report, points_outside_pictures
from splitlib.inputs.placed_anchors import anchor_warning
from splitlib.jsonfile import write_json
from splitlib.models.build import build_model, check_inputs, check_maps_range, model_spec
from splitlib.models.fitting_head import single_animal_hint
from splitlib.models.own_code import optimizer_of, own_function
from splitlib.models.settled_params import SPEC, settled_values
from splitlib.params import load_params
from stages.command import parse_arguments, run

HOW = ", which hold 99 of 100 points of each node at any drawn rotation (crop_size: auto)"


def main(argv: Sequence[str] | None = None) -> None:
    """Write inputs.json in metrics and reports, inputs/spec.json and plots/inputs/*.png."""
    path = parse_arguments(__doc__, argv)
    params = load_params(path)
    splits = load_splits(Path("splits"), params)
    model = build_model(splits["train"])
    settings = settled_values(splits["train"].params)
    optimizer_of(params.train)(params.train.learning_rate)  # one that makes no sense is refused now
    if params.train.loss is not None:
        own_function(params.train.loss, "train.loss")
    uses_own = params.model.build is not None and params.train.loss is None
    if settings:
        print(f"crops of {settings['crop_size']} pixels{HOW if is_measured(params) else ''}")
    reaches: dict[str, CropReach] = {}
    brightest: dict[str, int] = {}
    for name, inputs in splits.items():
        check_inputs(inputs, model, path)
        if uses_own and name == "train":
            check_maps_range(inputs, model)
        most = inputs.source.check_images()
        if inputs.source.dtype.is_floating:
            brightest[name] = most
        training = name == "train"
        title = "train, augmented" if training else f"{name}, as it is"
        write_preview(Path(f"plots/inputs/{name}.png"), inputs, title, training=training)
        n_instances = int(inputs.source.n_instances.sum())
        print(f"{name:<5} {inputs.n_frames} frames, {n_instances} instances; {inputs.cache}")
        if reach := crop_reach(inputs):
            reaches[name] = reach
        for doubt in doubts(inputs, reach, training=training):
            warnings.warn(f"{name}: {doubt}", stacklevel=1)
    if hint := single_animal_hint(splits):
        print(hint)
    if warning := check_white(brightest, params.inputs.white):
        warnings.warn(warning, stacklevel=1)
    report = inputs_report(splits, reaches, brightest)
    write_json(SPEC, {**settings, **model_spec(splits["train"], model)})
    write_json(Path("reports/inputs.json"), report)
    write_json(Path("metrics/inputs.json"), {**settings, **inputs_metrics(report)})


def doubts(inputs: SplitInputs, reach: CropReach | None, *, training: bool) -> Iterator[str]:
    """What of the labels of a split does not reach the model as one would think."""
    if n_outside := points_outside_pictures(inputs):
        yield (
            f"{n_outside} labeled points lie outside of the picture; most often, the labels belong"
            " to another video, or to another size of it"
        )
    if warning := anchor_warning(inputs, training=training):
        yield warning
    if reach and (warning := reach.warning()):
        yield warning


if __name__ == "__main__":
    run(main)
