"""Trains a model of sleap-nn 0.3, for the scripts beside; runs in a Python that has it."""

import time
from pathlib import Path

import lightning
import sleap_nn
import torch
from omegaconf import OmegaConf
from sleap_nn.config.get_config import get_data_config, get_model_config, get_trainer_config
from sleap_nn.config.training_job_config import TrainingJobConfig
from sleap_nn.training.model_trainer import ModelTrainer

TOOL = f"sleap-nn {sleap_nn.__version__} (torch {torch.__version__})"

MAX_STRIDE, OUTPUT_STRIDE = 16, 2

ROTATION = {"rotation_min": -180.0, "rotation_max": 180.0}
"""Of every example; all are scaled by 0.9 to 1.1 by default, too."""


class Timer(lightning.Callback):
    """Seconds of all steps of each epoch, without validation; on the clock, and of all cores."""

    def __init__(self):
        self.epochs = []

    def on_train_start(self, trainer, module):
        self.begin = time.perf_counter()

    def on_train_epoch_start(self, trainer, module):
        self.start = time.perf_counter(), time.process_time()

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx):
        now = time.perf_counter(), time.process_time()
        self.last = [(end - start) / (batch_idx + 1) for end, start in zip(now, self.start)]

    def on_train_epoch_end(self, trainer, module):
        self.epochs.append(self.last)

    def on_train_end(self, trainer, module):
        self.minutes = (time.perf_counter() - self.begin) / 60


class TimedTrainer(ModelTrainer):
    """Adds a timer to the callbacks of a training run."""

    def _setup_loggers_callbacks(self, **datasets):
        loggers, callbacks = super()._setup_loggers_callbacks(**datasets)
        self.timer = Timer()
        return loggers, [*callbacks, self.timer]


def heads_of(head, sigma):
    """The configuration of a head; strides are those that splitlib has by default."""
    maps = {"sigma": sigma, "output_stride": OUTPUT_STRIDE}
    if head == "bottomup":
        return {head: {"confmaps": maps, "pafs": {"sigma": 15.0, "output_stride": 4}}}
    return {head: {"confmaps": maps}}


def train(task, head, *, scale=1.0):
    """Train a model of one head.

    The task has `train`, `val`, `folder`, `crop_size`, `epochs`, `steps`, `batch_size`, `filters`
    and `sigma`. All else of the network is as in the default UNet of sleap-nn.

    Returns:
        The folder of the model, and the timer.
    """
    network = {"filters": task["filters"], "max_stride": MAX_STRIDE, "output_stride": OUTPUT_STRIDE}
    config = TrainingJobConfig(
        data_config=get_data_config(
            train_labels_path=[task["train"]],
            val_labels_path=[task["val"]],
            data_pipeline_fw="torch_dataset_cache_img_memory",
            ensure_grayscale=True,
            scale=scale,
            crop_size=task["crop_size"] if head == "centered_instance" else None,
            use_augmentations_train=True,
            geometry_aug=ROTATION,
        ),
        model_config=get_model_config(
            backbone_config={"unet": network}, head_configs=heads_of(head, task["sigma"])
        ),
        trainer_config=get_trainer_config(
            batch_size=task["batch_size"],
            trainer_accelerator="cpu",
            enable_progress_bar=False,
            min_train_steps_per_epoch=1,
            train_steps_per_epoch=task["steps"],
            max_epochs=task["epochs"],
            save_ckpt=True,
            ckpt_dir=task["folder"],
            run_name=head,
        ),
    )
    trainer = TimedTrainer.get_model_trainer_from_config(OmegaConf.create(config.to_sleap_nn_cfg()))
    trainer.train()
    return str(Path(task["folder"]) / trainer.config.trainer_config.run_name), trainer.timer
