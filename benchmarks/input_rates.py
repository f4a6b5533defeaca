"""Rates of input functions, against bare decoding of the same images and against other readers.

All rates of a table are taken in turn, round after round, so that a machine whose speed drifts
changes all of them; the ratio is that of each round, and its median is shown. All give
batches of 8, as a training loop takes them.

Other readers run in a Python of their own: give it in the environment as SLEAP_PYTHON and
SLEAP_NN_PYTHON (with SLEAP 1.3 and sleap-nn 0.3); without, they are left out.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import tensorflow as tf

from benchmarks.made_labels import made_images, make_labels
from splitlib.inputs.input_fn import SplitInputs, make_input_fn
from splitlib.inputs.keys.key_mapper import KeyMapper
from splitlib.labels import Labels
from splitlib.params import AugmentParams, Cache, InputsParams, Params, TargetParams

REAL = Path(__file__).parents[2] / "shared" / "oracle" / "data" / "bench_384x384_500.pkg.slp"
"""500 gray frames of 384 x 384 pixels with two flies each; where it is missing, frames are made."""

ROUNDS = 7
PEERS = Path(__file__).parent / "peers"
READER_MAP = {"image": "image", "instances": "points"}


@dataclass(frozen=True)
class Contender:
    """Something that yields frames.

    Attributes:
        name: What it is.
        batches: A new iterator over its elements, without end.
        frames: Frames in an element.
        per_round: Elements to take in a round.
    """

    name: str
    batches: Callable[[], Iterator[object]]
    frames: float
    per_round: int


def params_of(cache: Cache, batch_size: int = 8) -> Params:
    """The params of the training input that is measured: crops of 128 pixels, all varied."""
    targets = TargetParams(crop_size=128)
    augment = AugmentParams(brightness=0.1, contrast=(0.8, 1.2))
    inputs = InputsParams(targets=targets, augment=augment, cache=cache, batch_size=batch_size)
    return replace(Params(), inputs=inputs)


def contenders(path: Path) -> list[Contender]:
    """What is measured; the first is the limit."""
    labels = Labels.load(path)
    encoded = labels.read_images(labels.video, labels.frame_idx)
    n = len(labels)
    contents = tf.constant([image for image in encoded if isinstance(image, bytes)])

    def bare() -> tf.data.Dataset:
        return (
            tf.data.Dataset.from_tensor_slices(contents)
            .repeat()
            .map(tf.io.decode_png, num_parallel_calls=tf.data.AUTOTUNE)
            .batch(8)
        )

    def reader() -> tf.data.Dataset:
        return SplitInputs.load(path, params_of("none")).raw_frames(training=True).batch(8)

    mapper = KeyMapper([READER_MAP])

    def kept(keys: Iterable[str] | None) -> tf.data.Dataset:
        inputs = SplitInputs.load(path, params_of("memory"))
        return inputs.raw_frames(training=True, keys=keys).batch(8)

    all_kept, some_kept = kept(None), kept(READER_MAP)
    train = {cache: make_input_fn(path, params_of(cache), training=True) for cache in CACHES}
    per_batch = 8 * n / train["none"].inputs.n_examples
    return [
        Contender("bare tf.io.decode_png from memory", lambda: iter(bare()), 8, n // 4),
        Contender("reader, shuffled anew in each epoch", lambda: iter(reader()), 8, n // 4),
        Contender(
            "the same, through KeyMapper",
            lambda: iter(mapper.transform_dataset(reader())),
            8,
            n // 4,
        ),
        Contender("the same frames, kept", lambda: iter(all_kept), 8, 2 * n),
        Contender("images and instances of them alone", lambda: iter(some_kept), 8, 2 * n),
        Contender(
            "training input: crops, warps, maps, batches, key maps",
            lambda: iter(train["none"]()),
            per_batch,
            int(2 * n / per_batch),
        ),
        Contender(
            "training input, frames kept",
            lambda: iter(train["memory"]()),
            per_batch,
            int(2 * n / per_batch),
        ),
    ]


CACHES: tuple[Cache, ...] = ("none", "memory")


def rates(found: list[Contender]) -> dict[str, list[float]]:
    """Frames per second of each contender in each round.

    Nothing else runs meanwhile: an iterator that waits would work ahead, into its buffers and on
    the time of others.
    """
    measured: dict[str, list[float]] = {one.name: [] for one in found}
    for _ in range(ROUNDS):
        for one in found:
            measured[one.name].append(_rate(one))
    return measured


def _rate(one: Contender) -> float:
    batches = one.batches()
    for _ in range(one.per_round // 2):  # what tunes itself is tuned, and buffers are full
        next(batches)
    start = time.perf_counter()
    for _ in range(one.per_round):
        next(batches)
    return one.per_round * one.frames / (time.perf_counter() - start)


def account(path: Path) -> list[str]:
    """Where the time of the training input goes: CPU of all threads per frame, step by step.

    Each line is what a longer pipeline takes beyond the one before it.
    """
    kept, anew = (SplitInputs.load(path, params_of(cache)) for cache in ("memory", "none"))
    per_frame = kept.n_examples / kept.n_frames
    image = replace(kept.params.inputs, key_maps=({"instance_image": "image"},))
    crops = SplitInputs(kept.source, replace(kept.params, inputs=image))
    looked_up = kept.raw_frames(training=True, keys=READER_MAP).batch(8)
    patches = kept.examples(training=True, keys=kept.key_mapper.input_keys).batch(8)
    pipelines = [
        ("looking up a kept frame and its instances, batches", looked_up, 8.0),
        ("cutting out instances, mixing", patches, 8 / per_frame),
        ("crops, warps, brightness, contrast", crops.mapped(training=True), 8 / per_frame),
        ("confidence maps", kept.mapped(training=True), 8 / per_frame),
        ("decoding, in the place of the look-up", anew.mapped(training=True), 8 / per_frame),
    ]
    rows, before = [], 0.0
    for name, dataset, n_frames in pipelines:
        cost = _cpu(dataset, n_frames, kept.n_frames)
        rows.append(f"| {name} | {cost - before:.2f} | {cost:.2f} |")
        before = cost
    return [
        "Where the time of the training input goes: CPU of all threads, ms per frame",
        "",
        "| step | of its own | up to here |",
        "|---|---|---|",
        *rows,
    ]


def _cpu(dataset: tf.data.Dataset, frames: float, n_frames: int) -> float:
    """CPU time for a frame in ms over six epochs, after one that fills what is kept."""
    batches, n = iter(dataset), int(n_frames / frames)
    for _ in range(n):
        next(batches)
    start = time.process_time()
    for _ in range(6 * n):
        next(batches)
    return (time.process_time() - start) / (6 * n) / frames * 1000


def peer_rates(path: Path) -> Iterator[tuple[str, float]]:
    """Frames per second of other readers on the same file, each in its own Python."""
    for name, variable, script in (
        ("SLEAP, LabelsReader", "SLEAP_PYTHON", "sleap_reader.py"),
        ("sleap-nn, reading without targets", "SLEAP_NN_PYTHON", "sleap_nn_reader.py"),
    ):
        python = os.environ.get(variable)
        if python is None:
            continue
        done = subprocess.run(
            [python, str(PEERS / script), str(path)], capture_output=True, text=True, check=True
        )
        yield name, json.loads(done.stdout.splitlines()[-1])["frames_per_s"]


def first_batch(path: Path) -> float:
    """Seconds from the call of an input function to its first batch, tensorflow imported before."""
    input_fn = make_input_fn(path, params_of("auto"), training=True)
    start = time.perf_counter()
    next(iter(input_fn()))
    return time.perf_counter() - start


def from_the_file(path: Path) -> float:
    """Seconds from the path of the labels to the first batch."""
    start = time.perf_counter()
    next(iter(make_input_fn(path, params_of("auto"), training=True)()))
    return time.perf_counter() - start


MEMORY = """
import resource, sys
from benchmarks.input_rates import params_of
from splitlib.inputs.input_fn import make_input_fn
path, cache, epochs = sys.argv[1:]
input_fn = make_input_fn(path, params_of(cache), training=True)
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # KiB
next(iter(input_fn()))  # what tensorflow itself takes is there now
before = peak()
batches = iter(input_fn())
used = []
for epoch in range(int(epochs)):
    for _ in range(input_fn.steps_per_epoch):
        next(batches)
    used.append(peak())
print(before, *used)
"""


def memory(path: Path, cache: str, epochs: int) -> list[float]:
    """Peak memory of a process in MiB after a first batch, and after each epoch."""
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(path), cache, str(epochs)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    return [int(number) / 2**10 for number in done.stdout.split()]


@contextmanager
def measured_frames() -> Iterator[Path]:
    """The labels to measure on: real frames where they are at hand, or made ones."""
    if REAL.exists():
        yield REAL
        return
    with TemporaryDirectory() as folder:
        path = Path(folder) / "frames.slp"
        make_labels(path, 500, images=made_images(50))
        yield path


def measure() -> list[str]:
    """The lines of the report."""
    with measured_frames() as path:
        return [*_rate_lines(path), "", *account(path), "", *_memory_lines(path)]


def _rate_lines(path: Path) -> list[str]:
    starts = [median(start(path) for _ in range(3)) for start in (first_batch, from_the_file)]
    found = contenders(path)
    measured = rates(found)
    bare = np.array(measured[found[0].name])
    rows = [
        f"| {name} | {median(values):,.0f} | {np.median(np.array(values) / bare):.2f} |"
        for name, values in measured.items()
    ]
    reader = median(measured[found[1].name])
    peers = [
        f"| {name} | {rate:,.0f} | {rate / np.median(bare):.2f}; splitlib's reader is"
        f" {reader / rate:.1f} times as fast |"
        for name, rate in peer_rates(path)
    ]
    return [
        f"Input functions: {path.name}, 500 gray frames of 384 x 384 pixels, two instances each",
        "",
        "| what | frames/s | of bare decoding |",
        "|---|---|---|",
        *rows,
        *peers,
        "",
        "SLEAP and sleap-nn are measured where SLEAP_PYTHON and SLEAP_NN_PYTHON name Pythons that"
        " have them.",
        "",
        f"First batch {starts[0]:.2f} s after the call of `input_fn`, {starts[1]:.2f} s after that"
        " of `make_input_fn` with the path of the labels.",
    ]


def _memory_lines(path: Path) -> list[str]:
    lines = [
        "Peak memory over 50 epochs, in MiB: what is added after the first batch",
        "",
        "| frames | encoded | decoded | epoch 1 | 5 | 25 | 50 |",
        "|---|---|---|---|---|---|---|",
    ]
    source = SplitInputs.load(path, params_of("none")).source
    sizes = (
        f"{source.encoded_bytes / 2**20:.0f} | {source.image_size.prod(axis=1).sum() / 2**20:.0f}"
    )
    for cache, text in (("none", "decoded in every epoch"), ("memory", "kept")):
        before, *used = memory(path, cache, 50)
        figures = " | ".join(f"{used[at - 1] - before:.0f}" for at in (1, 5, 25, 50))
        lines.append(f"| {text} | {sizes} | {figures} |")
    return lines


if __name__ == "__main__":
    print("\n".join(measure()))
