"""Every key of params.yaml: its kind, its default, and what it means."""
# ruff: noqa: RUF009 - `key` is dataclasses.field, which ruff knows by that name only

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Literal, TypeAlias, get_args

from splitlib.params import rules
from splitlib.params.containers import either, list_of, map_of
from splitlib.params.kinds import (
    MAX_INT64,
    choice,
    exactly,
    null,
    number,
    positive,
    size,
    switch,
    text,
    whole,
)
from splitlib.params.section import Rule, Section, key, section

Assignment: TypeAlias = Literal["exact", "stable"]
AuditCheck: TypeAlias = Literal[
    "disjoint",
    "complete",
    "identical",
    "index",
    "distance",
    "exact_duplicates",
    "near_duplicates",
    "videos",
    "n_instances",
    "tracks",
    "visibility",
    "position",
    "scale",
]
Cache: TypeAlias = Literal["auto", "none", "memory"]
Flip: TypeAlias = Literal["none", "horizontal", "vertical"]
Head: TypeAlias = Literal["single_instance", "centroid", "centered_instance", "multi_instance"]
OutputStride: TypeAlias = Literal[1, 2, 4, 8, 16]
SplitName: TypeAlias = Literal["train", "val", "test"]

MANY = 1_000_000_000  # more frames, folds or epochs than anybody has; their sums stay in int64
MAX_CROP = 16_384  # pixels; a mistyped size stops here and not where memory ends

_SEED = whole(0, MAX_INT64)
_FRACTION = either(number(0, 1), exactly(-1, "for all that is left"))
_PATH = either(text("a path"), null())
_LIMITS = list_of(number(0, 1), "a list of 2 shares, [warn, fail]", low=2, high=2)
_COLUMN = text("a column of split.groups_file")


@dataclass(frozen=True)
class LabelsParams(Section):
    """Which labels are split, and which of their frames are examples."""

    path: str = key(text("a path"), "data/demo.slp", "The labels file, from the project folder.")
    user_instances_only: bool = key(
        switch(), True, "Split the frames that a person labelled; predictions make no example."
    )
    with_track_only: bool = key(switch(), False, "Use only instances that have a track.")
    negative_frames: bool = key(
        switch(), True, "Frames marked as holding no animal are examples too."
    )


@dataclass(frozen=True)
class Fractions(Section):
    """The share of the frames that each split gets."""

    train: float = key(_FRACTION, 0.8, "Share of the training frames; -1: all that is left.")
    val: float = key(_FRACTION, 0.1, "Share of the validation frames; -1: all that is left.")
    test: float = key(_FRACTION, 0.1, "Share of the test frames; -1: all that is left.")
    rules: ClassVar = (Rule(("train", "val", "test"), rules.check_fractions),)


@dataclass(frozen=True)
class SplitParams(Section):
    """How frames are assigned to train, val and test."""

    fractions: Fractions = key(
        section(Fractions), {}, "Share of the frames for each split; one may be -1."
    )
    seed: int = key(_SEED, 42, "Another seed gives another split of the same sizes.")
    groups: str = key(
        either(choice(rules.GROUPS), _COLUMN),
        "block",
        "What is never torn apart: frame, block, video, track, or a column of groups_file.",
    )
    block_length: int = key(whole(1, MANY), 50, "Length of a block, in frames of video.")
    gap: int = key(
        whole(0, MANY), 5, "Frames of video that are kept unused between different splits."
    )
    stratify: tuple[str, ...] = key(
        list_of(either(choice(rules.STRATA), _COLUMN), "a list such as [video, n_instances]"),
        [],
        "What is spread evenly over the splits: video, n_instances, or columns of groups_file.",
    )
    groups_file: str | None = key(
        _PATH, None, "CSV file with the column video and others, such as animal or session."
    )
    hold_out: Mapping[SplitName, tuple[str, ...]] = key(
        map_of(
            list_of(text(), "a list of video names such as ['*mouse3*']", low=1),
            "a mapping of splits to videos, such as {test: ['*mouse3*']}",
            keys=get_args(SplitName),
        ),
        {},
        "Videos that must land in a split, by patterns of their names.",
    )
    assignment: Assignment = key(
        choice(get_args(Assignment)),
        "exact",
        "exact: sizes as asked; stable: a frame never moves when others are added.",
    )
    lock: str | None = key(
        _PATH, None, "Folder of an earlier split: what it assigned stays, new frames are placed."
    )
    fold: int | None = key(
        either(whole(0, MANY), null()), None, "Which of n_folds is tested on, counted from 0."
    )
    n_folds: int | Literal["all"] | None = key(
        either(whole(2, MANY), choice(("all",)), null()),
        None,
        "Number of folds of a cross-validation; all: one fold for each group.",
    )
    rules: ClassVar = (
        Rule(("fold", "n_folds"), rules.check_fold),
        Rule(("groups", "groups_file"), rules.check_groups),
        Rule(("stratify", "groups_file"), rules.check_stratify),
    )


@dataclass(frozen=True)
class LimitParams(Section):
    """Per check of the audit the figures above which it warns and fails."""

    complete: tuple[float, float] = key(
        _LIMITS, [0, 0.1], "Share of the examples that no split holds, without a known reason."
    )
    distance: tuple[float, float] = key(
        _LIMITS, [0, 0.01], "Share of the held-out frames nearer than min_distance to training."
    )
    near_duplicates: tuple[float, float] = key(
        _LIMITS, [0, 0.05], "Share of the held-out frames with a near copy in another split."
    )
    videos: tuple[float, float] = key(_LIMITS, [0.5, 1], "Total variation of the frames by video.")
    n_instances: tuple[float, float] = key(
        _LIMITS, [0.2, 0.5], "Total variation of the number of instances in a frame."
    )
    tracks: tuple[float, float] = key(
        _LIMITS, [0.5, 1], "Total variation of the instances by track."
    )
    visibility: tuple[float, float] = key(
        _LIMITS, [0.2, 0.5], "Largest difference of the share in which a node is visible."
    )
    position: tuple[float, float] = key(
        _LIMITS, [0.4, 0.8], "Kolmogorov-Smirnov distance of the places of instances, x or y."
    )
    scale: tuple[float, float] = key(
        _LIMITS, [0.4, 0.8], "Kolmogorov-Smirnov distance of the sizes of instances."
    )
    rules: ClassVar = tuple(
        Rule((name,), partial(rules.check_limits, name))
        for name in (
            "complete",
            "distance",
            "near_duplicates",
            "videos",
            "n_instances",
            "tracks",
            "visibility",
            "position",
            "scale",
        )
    )


@dataclass(frozen=True)
class AuditParams(Section):
    """What the audit of the splits asks for."""

    min_distance: int = key(
        whole(0, MANY), 5, "Frames of video that held-out frames are away from training at least."
    )
    images: bool = key(switch(), True, "Decode all frames to find copies of training frames.")
    hash_bits: int = key(
        whole(0, 64), 6, "Bits of 64 in which the picture hashes of near copies may differ."
    )
    gray_levels: int = key(
        whole(0, 255), 10, "Gray levels of 255 by which a cell of near copies may differ."
    )
    limits: LimitParams = key(section(LimitParams), {}, "When a check warns and fails.")
    stop_on: tuple[AuditCheck, ...] = key(
        list_of(choice(get_args(AuditCheck)), "a list of checks such as [disjoint, distance]"),
        ["disjoint", "identical", "index"],
        "The checks that stop the pipeline where they fail.",
    )


@dataclass(frozen=True)
class TargetParams(Section):
    """What the network learns to draw: confidence maps and part affinity fields."""

    sigma: float = key(positive(), 2.5, "Spread of a peak, in pixels of the image.")
    output_stride: OutputStride = key(
        choice(get_args(OutputStride)), 2, "Pixels of the image for one cell of a confidence map."
    )
    crop_size: int = key(
        whole(1, MAX_CROP), 64, "Height and width of the crop around an instance, in pixels."
    )
    anchor_node: str | None = key(
        either(text("the name of a node"), null()),
        None,
        "Node that crops and centroids are centred on; null: the middle of the instance.",
    )
    paf_output_stride: OutputStride = key(
        choice(get_args(OutputStride)),
        4,
        "Pixels of the image for one cell of a part affinity field (multi_instance).",
    )
    paf_sigma: float = key(
        positive(), 15, "Spread across an edge of a part affinity field, as SLEAP counts it."
    )
    rules: ClassVar = (Rule(("crop_size", "output_stride"), rules.check_crop_stride),)


@dataclass(frozen=True)
class AugmentParams(Section):
    """How training examples are varied."""

    rotation: float = key(number(0, 180), 180, "Largest rotation either way, in degrees.")
    scale: tuple[float, float] = key(
        list_of(positive(), "a list of 2 numbers, [low, high]", low=2, high=2),
        [0.9, 1.1],
        "Range of the factor on the size, [low, high].",
    )
    flip: Flip = key(choice(get_args(Flip)), "none", "Mirroring of examples, at random.")
    brightness: float = key(
        number(0, 1), 0, "Largest change of brightness either way, as a share of white."
    )
    contrast: tuple[float, float] = key(
        list_of(positive(), "a list of 2 numbers, [low, high]", low=2, high=2),
        [1.0, 1.0],
        "Range of the factor on differences from the mean brightness, [low, high].",
    )
    rules: ClassVar = (
        Rule(("scale",), partial(rules.check_range, "scale")),
        Rule(("contrast",), partial(rules.check_range, "contrast")),
    )


@dataclass(frozen=True)
class InputsParams(Section):
    """How labels become batches of examples."""

    scale: float = key(positive(), 1.0, "Factor on the size of the images, before all else.")
    ensure_rgb: bool = key(
        switch(), False, "Makes gray images coloured: for splits of which only some have colours."
    )
    targets: TargetParams = key(section(TargetParams), {}, "The maps to learn.")
    batch_size: int = key(whole(1, MANY), 8, "Examples in a batch.")
    cache: Cache = key(
        choice(get_args(Cache)),
        "auto",
        "Where decoded frames are kept: auto (within memory_budget), none, or memory.",
    )
    memory_budget: int = key(
        size(),
        "2 GiB",
        "Bytes for encoded and decoded frames together; beyond it, frames are read as they come.",
    )
    key_maps: tuple[Mapping[str, str | tuple[str, ...]], ...] = key(
        list_of(
            map_of(
                either(text(), list_of(text(), "a list of texts", low=1)),
                "a mapping of keys to names, such as {instance_image: image}",
                low=1,
            ),
            "a list of mappings, such as [{instance_image: image}]",
            low=1,
        ),
        [{"instance_image": "image"}, {"instance_confidence_maps": "confmaps"}],
        "For the model's inputs, then for its outputs: key of an example to name in the model.",
    )
    augment: AugmentParams = key(section(AugmentParams), {}, "How training examples are varied.")


@dataclass(frozen=True)
class ModelParams(Section):
    """The shape of the network."""

    head: Head = key(choice(get_args(Head)), "centered_instance", "What the network finds.")
    filters: int = key(whole(1, 4096), 16, "Filters of the first level of the network.")
    depth: int = key(whole(1, 6), 3, "Number of times that the encoder halves the image.")


@dataclass(frozen=True)
class TrainParams(Section):
    """How the network is trained."""

    epochs: int = key(whole(1, MANY), 10, "Number of times that every training frame is seen.")
    learning_rate: float = key(positive(), 0.001, "Step size of the optimizer.")
    seed: int = key(_SEED, 42, "Seed of the weights, of the order and of the augmentation.")


@dataclass(frozen=True)
class Params(Section):
    """All of params.yaml."""

    labels: LabelsParams = key(section(LabelsParams), {}, "Which labels are split.")
    split: SplitParams = key(section(SplitParams), {}, "How frames are assigned to splits.")
    audit: AuditParams = key(section(AuditParams), {}, "What the audit of the splits asks for.")
    inputs: InputsParams = key(section(InputsParams), {}, "How labels become batches.")
    model: ModelParams = key(section(ModelParams), {}, "The shape of the network.")
    train: TrainParams = key(section(TrainParams), {}, "How the network is trained.")
    rules: ClassVar = (
        Rule(
            ("inputs.targets.crop_size", "inputs.targets.output_stride", "model.depth"),
            rules.check_crop_depth,
        ),
        Rule(
            ("inputs.targets.output_stride", "model.depth"),
            partial(rules.check_stride_depth, "output_stride"),
        ),
        Rule(
            ("inputs.targets.paf_output_stride", "model.head", "model.depth"),
            rules.check_paf_stride_depth,
        ),
    )
