"""Frames per second of SLEAP's LabelsReader; runs in a Python that has SLEAP 1.3."""

import json
import sys
import time

from sleap.nn.data.providers import LabelsReader

dataset = LabelsReader.from_filename(sys.argv[1]).make_dataset()
for _ in dataset.take(50):
    pass
start, n = time.perf_counter(), 0
for _ in dataset:
    n += 1
print(json.dumps({"frames_per_s": n / (time.perf_counter() - start)}))
