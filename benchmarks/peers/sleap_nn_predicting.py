"""Frames per second of sleap-nn 0.3 on labels with embedded frames; runs in a Python that has it.

The argument is JSON as for `sleap_nn_training`, and `labels`, to be predicted on. Models are
trained in `folder` where they are not there yet. The batch size of each kind is the fastest of
`BATCH_SIZES`. Then each line of the input names a kind, and is answered by a line of JSON. Reading
of the labels file and writing of another is not counted.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import sleap_io
from sleap_nn.inference.predictor import Predictor
from sleap_nn_model import TOOL, train

BATCH_SIZES = (4, 8, 16)

KINDS = {
    "bottom-up": ["bottomup"],
    "top-down": ["centroid", "centered_instance"],
    "crops of labels": ["centered_instance"],
}
"""The heads of each kind."""

SCALES = {"centroid": 0.5}
"""Of the frames; 1 for other heads."""


def trained(task, head):
    """The folder of a model, which is trained where there is none."""
    folder = Path(task["folder"]) / head
    if not (folder / "best.ckpt").exists():
        train(task, head, scale=SCALES.get(head, 1.0))
    return str(folder)


def measured(predictor, labels):
    """The rate, the time of all cores for a frame, and what was found."""
    start = time.perf_counter(), time.process_time()
    found = predictor.predict(labels)
    clock, cores = (
        end - begin for end, begin in zip((time.perf_counter(), time.process_time()), start)
    )
    points = [instance.numpy() for frame in found for instance in frame.instances]
    return {
        "frames_per_s": len(labels) / clock,
        "core_ms": cores / len(labels) * 1000,
        "instances": len(points) / len(labels),
        "points": float(np.isfinite(np.array(points)[..., 0]).sum() / len(labels)) if points else 0,
    }


def fastest(models, labels):
    """The predictor of the batch size that is the fastest, and that size."""
    rates = {}
    for size in BATCH_SIZES:
        predictor = Predictor.from_model_paths(models, batch_size=size)
        measured(predictor, labels)  # warm
        rates[size] = measured(predictor, labels)["frames_per_s"], predictor
    size = max(rates, key=lambda size: rates[size][0])
    return rates[size][1], size


if __name__ == "__main__":
    task = json.loads(sys.argv[1])
    models = {kind: [trained(task, head) for head in heads] for kind, heads in KINDS.items()}
    labels = sleap_io.load_slp(task["labels"])
    predictors = {kind: fastest(folders, labels) for kind, folders in models.items()}
    sizes = {kind: size for kind, (_, size) in predictors.items()}
    print(json.dumps({"tool": TOOL, "batch_sizes": sizes}), flush=True)
    for line in sys.stdin:
        print(json.dumps(measured(predictors[line.strip()][0], labels)), flush=True)
