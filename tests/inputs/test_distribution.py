"""Several replicas, machines and workers: the recipes of docs/distribution.md, run and counted."""

import json
import os
import re
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from places import ROOT
from slow import slow

from splitlib.inputs.frames.frame_order import epoch_order
from splitlib.inputs.input_fn import Share, SplitInputs
from splitlib.labels import Labels
from splitlib.params import ModelParams, load_params

TIMEOUT = 480
"""Seconds after which a process is given up: many times what it takes on a busy machine."""

RECIPES = {
    code.partition("\n")[0].removeprefix("# ").partition(":")[0]: code
    for code in re.findall(
        r"^```python\n(.*?)^```",
        (ROOT / "docs/distribution.md").read_text(),
        re.DOTALL | re.MULTILINE,
    )
}
TWO_DEVICES = """
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with params and splits: 12 frames to train on, 9 to validate on."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "splits").mkdir()
    labels = Labels.load(ROOT / "data/demo.slp")
    frames = labels.example_inds(
        user_instances_only=True, with_track_only=False, negative_frames=True
    )
    labels.extract(frames[:12]).save(folder / "splits/train.slp")
    labels.extract(frames[12:21]).save(folder / "splits/val.slp")
    text = (ROOT / "params.yaml").read_text()
    assert "cache: auto" in text  # decoded frames that are kept must hinder no recipe
    for old, new in (
        ("batch_size: 8", "batch_size: 4"),
        ("filters: 16", "filters: 4"),
        ("depth: 4", "depth: 1"),
        ("rotation: 180", "rotation: 0"),  # what takes long to trace tells nothing here
        ("scale: 1.0 ", "scale: 0.5 "),
        ("crop_size: auto", "crop_size: 32"),
        ("scale: [0.9, 1.1]", "scale: [1, 1]"),
        ("brightness: 0 ", "brightness: 0.5 "),
        ("contrast: [1.0, 1.0]", "contrast: [0.8, 1.2]"),  # no two epochs are the same
        ("epochs: 10", "epochs: 3"),
        ("learning_rate: 2.0e-3", "learning_rate: 1.0e-2"),
    ):
        assert old in text
        text = text.replace(old, new)
    (folder / "params.yaml").write_text(text)
    return folder


@contextmanager
def python(
    code: str, folder: Path, *arguments: str, **environment: str
) -> Iterator[subprocess.Popen[str]]:
    """A process that runs code; it ends with the block at the latest."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": path,
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "CUDA_VISIBLE_DEVICES": "",
            **environment,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def output_of(process: subprocess.Popen[str]) -> list[str]:
    printed, errors = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 0, printed + errors
    return printed.splitlines()


def followed_by(recipe: str, proof: str) -> str:
    return f"{RECIPES[recipe]}\nimport distribution_proofs as proofs\n{proof}\n"


def free_ports(n: int) -> list[int]:
    sockets = [socket.socket() for _ in range(n)]
    try:
        for each in sockets:
            each.bind(("localhost", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def test_every_recipe_is_run() -> None:
    assert sorted(RECIPES) == [
        "dispatcher.py",
        "resume.py",
        "train_on_gpus.py",
        "train_on_machines.py",
        "train_with_service.py",
        "worker.py",
    ]


@pytest.mark.slow
def test_replicas_under_fit_see_every_frame_once_per_epoch_and_go_on_in_mid_epoch(
    project: Path,
) -> None:
    trained = TWO_DEVICES + followed_by("train_on_gpus.py", "proofs.prove_gpus(strategy, model)")
    resumed = followed_by("resume.py", "proofs.prove_resumed(expected, resumed, strategy)")
    with python(trained + resumed, project) as process:
        *_, fitted, continued = map(json.loads, output_of(process)[-2:])
    assert fitted["replicas"] == 2
    assert fitted["losses"][-1] < fitted["losses"][0]
    assert len(fitted["val_losses"]) == 3
    assert fitted["counts"] == [[1] * 12] * 3
    assert continued == {"same": True, "parts": 4}  # images and maps of two replicas


@pytest.mark.slow
def test_two_machines_see_every_frame_once_per_epoch_and_agree(project: Path) -> None:
    hosts = [f"localhost:{port}" for port in free_ports(2)]
    code = followed_by("train_on_machines.py", "proofs.prove_machines(strategy, model)")

    def machine(index: int) -> Any:  # noqa: ANN401 - a context manager
        task = {"cluster": {"worker": hosts}, "task": {"type": "worker", "index": index}}
        return python(code, project, TF_CONFIG=json.dumps(task))

    with machine(0) as first, machine(1) as second:
        (*losses, found), (*same, other) = output_of(first), output_of(second)
    assert losses == same
    fell = [float(line.rpartition(" ")[2]) for line in losses]
    assert len(fell) == 3
    assert fell[-1] < fell[0]
    proof = json.loads(found)
    assert proof == json.loads(other)
    assert [sorted(epoch) for epoch in proof["epochs"]] == [list(range(12))] * 3
    assert proof["epochs"][0] != proof["epochs"][1]


@pytest.mark.slow
def test_workers_of_a_service_send_every_frame_once_per_epoch(project: Path) -> None:
    code = followed_by("train_with_service.py", "proofs.prove_service(sys.argv[1])")
    with python(RECIPES["dispatcher.py"], project, "0") as dispatcher:
        target = ready(dispatcher)
        host = target.removeprefix("grpc://")
        one, other = (f"localhost:{port}" for port in free_ports(2))
        with (
            python(RECIPES["worker.py"], project, host, one) as first,
            python(RECIPES["worker.py"], project, host, other) as second,
        ):
            assert [ready(first), ready(second)] == [one, other]
            with python(code, project, target) as trainer:
                found = json.loads(output_of(trainer)[-1])
    assert sorted(found["once"]) == list(range(12))
    assert Counter(found["from_each"]) == dict.fromkeys(range(12), 2)
    assert sorted(found["crops"]) == sorted(found["local_crops"])
    sent, epochs = ([tuple(frame) for frame in found[key]] for key in ("sent", "local"))
    assert len(set(epochs)) == 2 * 12, "augmentation is drawn anew in each epoch"
    # How far a worker is ahead is a matter of luck, and so is how many epochs it takes until the
    # slower one has sent what it has in hand.
    assert len(set(sent)) == len(sent), "a frame came twice in an epoch"
    assert set(epochs) <= set(sent), "a frame was left out of an epoch, or has other pixels"


def ready(process: subprocess.Popen[str]) -> str:
    """The address that a server prints when it listens."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("ready at "), line
    return line.split()[-1]


# --- shares ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def inputs(project: Path) -> SplitInputs:
    params = replace(load_params(project / "params.yaml"), model=ModelParams(head="centroid"))
    return SplitInputs.load(project / "splits/train.slp", params)


@pytest.mark.parametrize("n", [slow(1), 2, slow(5)])
@pytest.mark.slow
def test_shares_are_every_nth_frame_of_the_order_of_each_epoch(n: int, inputs: SplitInputs) -> None:
    keys = tf.constant(inputs.source.keys)
    orders = [epoch_order(keys, inputs.params.train.seed, epoch).numpy() for epoch in range(3)]
    for at in range(n):
        expected = np.concatenate([order[at::n] for order in orders])
        frames = inputs.frames(training=True, share=Share(at, n, 8)).as_numpy_iterator()
        rows = [int(frame["example_ind"]) for frame in islice(frames, len(expected))]
        assert rows == expected.tolist()


@pytest.mark.parametrize("at", [slow(0), 1, slow(2)])
@pytest.mark.slow
def test_a_share_repeats_to_the_bit_and_has_the_pixels_of_the_whole(
    at: int, inputs: SplitInputs
) -> None:
    def pixels(share: Share | None, n: int) -> list[tuple[int, bytes]]:
        frames = islice(inputs.frames(training=True, share=share).as_numpy_iterator(), n)
        return [(int(frame["example_ind"]), frame["image"].tobytes()) for frame in frames]

    part = pixels(Share(at, 3, 8), 8)
    assert part == pixels(Share(at, 3, 8), 8)
    assert set(part) <= set(pixels(None, 24))
