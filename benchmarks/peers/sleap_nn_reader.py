"""Frames per second of sleap-nn's data set; runs in a Python that has sleap-nn 0.3.

What it reads and prepares before it draws targets is what a reader of frames does. The faster of no
worker and two workers counts.
"""

import json
import sys
import time

import sleap_io
import torch
from omegaconf import OmegaConf
from sleap_nn.data.custom_datasets import BottomUpDataset
from sleap_nn.data.providers import get_max_height_width, process_lf
from torch.utils.data import DataLoader


class Frames(BottomUpDataset):
    """The data set without its targets."""

    def __getitem__(self, index: int) -> dict:
        place = self.lf_idx_list[index]
        frame = self.labels_list[place["labels_idx"]][place["lf_idx"]]
        example = process_lf(
            instances_list=frame.instances,
            img=frame.image,
            frame_idx=place["frame_idx"],
            video_idx=place["video_idx"],
            max_instances=self.max_instances,
            user_instances_only=self.user_instances_only,
        )
        return self._apply_common_preprocessing(example)


def rate(path: str, workers: int) -> float:
    labels = sleap_io.load_slp(path)
    frames = Frames(
        labels=[labels],
        max_stride=16,
        ensure_grayscale=True,
        scale=1.0,
        apply_aug=False,
        max_hw=get_max_height_width(labels),
        cache_img=None,
        confmap_head_config=OmegaConf.create(
            {"sigma": 5.0, "output_stride": 4, "anchor_part": None, "part_names": None}
        ),
        pafs_head_config=OmegaConf.create({"sigma": 15.0, "output_stride": 8, "edges": None}),
    )
    loader = DataLoader(frames, batch_size=4, num_workers=workers)
    start = time.perf_counter()
    n = sum(len(batch["image"]) for batch in loader)
    return n / (time.perf_counter() - start)


torch.set_num_threads(1)  # more threads than this only wait for each other here
print(json.dumps({"frames_per_s": max(rate(sys.argv[1], workers) for workers in (0, 2))}))
