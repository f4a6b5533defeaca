"""Trains a centered-instance model of SLEAP 1.3 and predicts on crops of the test labels.

Runs in a Python that has SLEAP. The argument is JSON: `train`, `val` and `test` (labels files),
`folder` (to write to), `crop_size`, `epochs`, `steps` (batches of an epoch), `batch_size`,
`filters` (of the UNet) and `sigma`. All else is as SLEAP has it by default. Writes predictions.npz,
and prints a line of JSON.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import sleap
import tensorflow as tf
from sleap.nn.config import (
    CenteredInstanceConfmapsHeadConfig,
    TrainingJobConfig,
    UNetConfig,
)
from sleap.nn.data.providers import LabelsReader
from sleap.nn.inference import TopDownPredictor
from sleap.nn.training import Trainer

MAX_STRIDE, OUTPUT_STRIDE = 16, 2


class Timer(tf.keras.callbacks.Callback):
    """Seconds of all steps of each epoch, without validation; on the clock, and of all cores."""

    def __init__(self):
        super().__init__()
        self.epochs = []

    def on_train_begin(self, logs=None):
        self.begin = time.perf_counter()

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter(), time.process_time()

    def on_train_batch_end(self, batch, logs=None):
        now = time.perf_counter(), time.process_time()
        self.last = [(end - start) / (batch + 1) for end, start in zip(now, self.start)]

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append(self.last)

    def on_train_end(self, logs=None):
        self.minutes = (time.perf_counter() - self.begin) / 60


def config_of(task):
    """The configuration of a training run."""
    config = TrainingJobConfig()
    config.data.instance_cropping.crop_size = task["crop_size"]
    config.model.backbone.unet = UNetConfig(
        filters=task["filters"],
        max_stride=MAX_STRIDE,
        output_stride=OUTPUT_STRIDE,
        up_interpolate=True,  # as in its training profiles
    )
    config.model.heads.centered_instance = CenteredInstanceConfmapsHeadConfig(
        sigma=task["sigma"], output_stride=OUTPUT_STRIDE
    )
    optimization = config.optimization
    optimization.epochs = task["epochs"]
    optimization.batch_size = task["batch_size"]
    optimization.batches_per_epoch = task["steps"]
    augmentation = optimization.augmentation_config
    augmentation.rotate = augmentation.scale = True
    augmentation.rotation_min_angle, augmentation.rotation_max_angle = -180, 180
    augmentation.scale_min, augmentation.scale_max = 0.9, 1.1
    optimization.early_stopping.stop_training_on_plateau = False
    config.outputs.save_outputs = True
    config.outputs.runs_folder, config.outputs.run_name = task["folder"], "run"
    config.outputs.save_visualizations = False
    config.outputs.checkpointing.best_model = True
    return config


def train(task):
    """Train, and tell how long it took."""
    trainer = Trainer.from_config(
        config_of(task), training_labels=task["train"], validation_labels=task["val"]
    )
    trainer.evaluate = lambda: None  # of its own, on train and val
    trainer.setup()
    timer = Timer()
    trainer.optimization_callbacks.append(timer)
    trainer.train()
    return trainer.config.outputs.run_path, timer


def predict(model, task):
    """The points of each labeled instance, in the order of the labels."""
    predictor = TopDownPredictor.from_trained_models(confmap_model_path=model, batch_size=8)
    labels = sleap.load_file(task["test"])
    examples = predictor.predict(LabelsReader(labels), make_labels=False)
    frame_idx, points = [], []
    for example in examples:
        for frame, peaks in zip(example["frame_ind"], example["instance_peaks"]):
            found = np.asarray(peaks)[: len(labels.find(labels.video, int(frame))[0].instances)]
            frame_idx += [int(np.squeeze(frame))] * len(found)
            points.append(found)
    path = Path(task["folder"]) / "predictions.npz"
    np.savez(path, frame_idx=np.array(frame_idx), points=np.concatenate(points))


if __name__ == "__main__":
    task = json.loads(sys.argv[1])
    model, timer = train(task)
    predict(model, task)
    print(
        json.dumps(
            {
                "tool": f"SLEAP {sleap.__version__} (tensorflow {tf.__version__})",
                "step_seconds": [clock for clock, _ in timer.epochs],
                "step_core_seconds": [cores for _, cores in timer.epochs],
                "minutes": timer.minutes,
            }
        )
    )
