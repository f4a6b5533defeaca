"""The stage `train` on several devices, and on several machines: two processes on loopback."""

import json
import os
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from places import DEMO, ROOT

from splitlib.labels import Labels

pytestmark = pytest.mark.slow

TIMEOUT = 480
"""Seconds after which a process is given up: many times what it takes on a busy machine."""

CLOSE = 1e-4
"""How far apart losses and weights may be that are sums in another order: some 1e-6 were seen, and
Adam makes some 1e-5 of that where a gradient is nearly zero."""

SMALL = (
    ("batch_size: 8", "batch_size: 4"),
    ("filters: 16", "filters: 4"),
    ("depth: 4", "depth: 1"),
    ("rotation: 180", "rotation: 0"),  # what takes long to trace tells nothing here
    ("scale: 1.0 ", "scale: 0.5 "),
    ("crop_size: auto", "crop_size: 32"),
    ("epochs: 10", "epochs: 3"),
    ("select: last", "select: val_loss"),
    ("learning_rate: 2.0e-3", "learning_rate: 1.0e-2"),
)
CENTROIDS = (
    ("model:\n  head: centered_instance", "model:\n  head: centroid"),
    ("- {instance_image: image}", "- {image: image}"),
    ("- {instance_confidence_maps: confmaps}", "- {centroid_confidence_maps: confmaps}"),
)


def make_project(folder: Path, *changes: tuple[str, str]) -> None:
    """Params and splits: 12 frames to train on, and 9 to validate on, which do not fill batches."""
    (folder / "splits").mkdir(parents=True)
    labels = Labels.load(DEMO)
    frames = labels.example_inds(
        user_instances_only=True, with_track_only=False, negative_frames=True
    )
    labels.extract(frames[:12]).save(folder / "splits/train.slp")
    labels.extract(frames[12:21]).save(folder / "splits/val.slp")
    text = (ROOT / "params.yaml").read_text()
    for old, new in (*SMALL, *changes):
        assert old in text, old
        text = text.replace(old, new, 1)
    (folder / "params.yaml").write_text(text)


def start(folder: Path, proof: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", f"import training_proofs as proofs\nproofs.{proof}()"],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")]),
            "CUDA_VISIBLE_DEVICES": "",
            **environment,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def results(process: subprocess.Popen[str]) -> list[dict[str, Any]]:
    """The lines of JSON among what a proof prints."""
    try:
        printed, errors = process.communicate(timeout=TIMEOUT)
    finally:
        process.kill()
    assert process.returncode == 0, printed + errors
    return [json.loads(line) for line in printed.splitlines() if line.startswith("{")]


def check_close(one: list[dict[str, float]], other: list[dict[str, float]]) -> None:
    assert len(one) == len(other) == 3
    for here, there in zip(one, other, strict=True):
        assert here == pytest.approx(there, rel=CLOSE)
    assert one[-1]["loss"] < one[0]["loss"]


@pytest.mark.parametrize("changes", [(), CENTROIDS], ids=["crops", "frames"])
def test_two_devices_train_as_one_and_repeat_to_the_byte(
    changes: tuple[tuple[str, str], ...], tmp_path: Path
) -> None:
    make_project(tmp_path / "project", *changes)
    before, found = results(start(tmp_path, "prove_devices"))
    assert found["what"] == "2 CPUs"
    check_close(found["curves"]["one"], found["curves"]["two"])
    assert 0 < found["apart"] < CLOSE, "the devices added up in the order of one"
    made = found["files"]
    weights = "models/model.weights.h5"
    assert set(made["one"]) >= {"models/model.json", weights, "plots/train/curves.csv"}
    assert made["two"] == made["again"], "the same seed"
    assert made["two"] == made["killed"], "a run that goes on"
    assert before["kept"] == ["checkpoints/run.npz"]
    assert made["two"]["models/model.json"] == made["one"]["models/model.json"]
    assert made["two"][weights] != made["one"][weights]
    assert [sorted(rows) for rows in found["epochs"]] == [list(range(12))] * 3
    assert found["epochs"][0] != found["epochs"][1]


def test_devices_that_cannot_share_a_batch_are_refused(tmp_path: Path) -> None:
    make_project(tmp_path / "project")
    (found,) = results(start(tmp_path, "prove_uneven"))
    assert "inputs.batch_size: expected a multiple of 3, the number of rep" in found["message"]
    assert "got 4; the nearest is 3, or let CUDA_VISIBLE_DEVICES name fewer" in found["message"]


def free_ports(n: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(n)]
        for each in sockets:
            each.bind(("localhost", 0))
        return [each.getsockname()[1] for each in sockets]


def test_two_machines_train_as_one_and_go_on_after_a_kill(tmp_path: Path) -> None:
    hosts = [f"localhost:{port}" for port in free_ports(2)]
    started = []
    for index in range(2):
        make_project(tmp_path / str(index) / "project", *CENTROIDS)
        task = {"cluster": {"worker": hosts}, "task": {"type": "worker", "index": index}}
        folder = tmp_path / str(index)
        started.append(start(folder, "prove_machines", TF_CONFIG=json.dumps(task)))
    alone = tmp_path / "alone"
    make_project(alone / "project", *CENTROIDS)
    (first, last), (second,) = map(results, started)
    (one,) = results(start(alone, "prove_one"))
    check_close(one["curves"], first["curves"])
    assert first["what"] == "1 CPU on each of 2 machines; this one is 1"
    assert second["what"].endswith("this one is 2")
    assert len({*first["weights"], *second["weights"]}) == 1, "on both, and after the kill"
    assert "models/model.weights.h5" in first["files"]
    assert second["files"] == {}, "the first machine writes"
    assert "checkpoints/run.npz" in first["kept"]
    assert second["kept"] == []
    epochs = list(zip(first["epochs"], second["epochs"], strict=True))
    assert [sorted([*here, *there]) for here, there in epochs] == [list(range(12))] * 3
    for found in (first, second):
        assert found["refused"].startswith("TF_CONFIG: the machines differ in settings")
    assert "train.epochs (3 there, 4 here)" in second["refused"]
    assert last["lost"].startswith("another machine has stopped, or cannot be reached, after epoch")
