"""Trains a centered-instance model of sleap-nn 0.3 and predicts on crops of the test labels.

Runs in a Python that has sleap-nn. The argument is JSON: `train`, `val` and `test` (labels files),
`folder` (to write to), `crop_size`, `epochs`, `steps` (batches of an epoch), `batch_size`,
`filters` (of the UNet) and `sigma`. All else is as sleap-nn has it by default. Writes
predictions.npz, and prints a line of JSON.
"""

import json
import sys
from pathlib import Path

import numpy as np
import sleap_io
from sleap_nn.inference.predictor import Predictor
from sleap_nn_model import TOOL, train


def predict(model, task):
    """The points of each labeled instance, in the order of the labels."""
    labels = sleap_io.load_slp(task["test"])
    n_instances = {frame.frame_idx: len(frame.instances) for frame in labels}
    frame_idx, points = [], []
    for batch in Predictor.from_model_paths([model]).predict(labels, make_labels=False):
        for frame, found in zip(batch.frame_indices.tolist(), batch.pred_keypoints.numpy()):
            frame_idx += [frame] * n_instances[frame]
            points.append(found[: n_instances[frame]])
    path = Path(task["folder"]) / "predictions.npz"
    np.savez(path, frame_idx=np.array(frame_idx), points=np.concatenate(points))


if __name__ == "__main__":
    task = json.loads(sys.argv[1])
    model, timer = train(task, "centered_instance")
    predict(model, task)
    print(
        json.dumps(
            {
                "tool": TOOL,
                "step_seconds": [clock for clock, _ in timer.epochs],
                "step_core_seconds": [cores for _, cores in timer.epochs],
                "minutes": timer.minutes,
            }
        )
    )
