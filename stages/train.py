"""Train the model on the train split; the val split is watched, and decides nothing."""

import splitlib.inputs.graph.quiet_tensorflow  # noqa: F401 - before anything else imports tensorflow

# isort: split

from collections.abc import Sequence
from pathlib import Path

from splitlib.inputs.input_fn import load_splits
from splitlib.models.build import build_model, check_inputs
from splitlib.models.fit import fit_network, make_repeatable
from splitlib.models.model_pictures import write_table
from splitlib.models.settled_params import with_settled
from splitlib.models.storage import save_network
from splitlib.params import load_params
from stages.command import parse_arguments, run


def main(argv: Sequence[str] | None = None) -> None:
    """Write models/model.json, models/model.weights.h5 and plots/train/curves.csv."""
    params = with_settled(load_params(parse_arguments(__doc__, argv)))
    splits = load_splits(Path("splits"), params, ("train", "val"))
    make_repeatable(params.train.seed)
    model = build_model(splits["train"])
    check_inputs(splits["train"], model)
    records = fit_network(
        model,
        splits["train"].mapped(training=True),
        splits["val"].mapped(training=False) if "val" in splits else None,
        epochs=params.train.epochs,
        steps_per_epoch=splits["train"].steps_per_epoch,
        learning_rate=params.train.learning_rate,
    )
    save_network(model, Path("models"))
    # the plot of dvc.yaml asks for the column, which stays empty without a val split
    write_table(
        Path("plots/train/curves.csv"),
        [{**one, "val_loss": one.get("val_loss")} for one in records],
    )


if __name__ == "__main__":
    run(main)
