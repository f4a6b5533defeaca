"""Memory of input functions: it does not grow, however many epochs are read."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from places import DEMO, ROOT

from splitlib.labels import Labels

RUN = """
import resource, sys
from dataclasses import replace
from splitlib.inputs.input_fn import make_input_fn
from splitlib.params import Params

path, cache = sys.argv[1:]
params = Params()
params = replace(params, inputs=replace(params.inputs, cache=cache))
input_fn = make_input_fn(path, params, training=True)
batches = iter(input_fn())
for epoch in range(50):
    for _ in range(input_fn.steps_per_epoch):
        next(batches)
    if epoch in (4, 49):
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)  # KiB
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the peak is counted in KiB on Linux alone")
@pytest.mark.parametrize("cache", ["none", "memory"])
def test_fifty_epochs_take_no_more_memory_than_five(cache: str, tmp_path: Path) -> None:
    path = tmp_path / "few.slp"
    Labels.load(DEMO).extract(np.arange(60)).save(path)
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(path), cache],
        cwd=ROOT,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    early, late = (int(peak) / 1024 for peak in done.stdout.split())
    # decoded once more in each of 45 epochs, or kept once more, the frames would take 90 MiB
    assert late - early < 20
