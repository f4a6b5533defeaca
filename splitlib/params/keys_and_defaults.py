"""Every key of params.yaml: its kind, its default, and what it means."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import Field, model_validator

from splitlib.params import rules
from splitlib.params.kinds import (
    Column,
    Count,
    Degrees,
    FoldCount,
    Fraction,
    Frames,
    Frozen,
    FunctionPlace,
    LabelsPath,
    Level,
    Limits,
    NodeName,
    OutputStride,
    Part,
    PathText,
    Positive,
    Range,
    Seed,
    Share,
    Size,
    Strata,
    Switch,
    Text,
)
from splitlib.params.problems import near_section
from splitlib.params.section import Rule, Section, key, section

Assignment: TypeAlias = Literal["exact", "stable", "chronological"]
AuditCheck: TypeAlias = Literal[
    "disjoint",
    "complete",
    "identical",
    "index",
    "distance",
    "claim",
    "exact_duplicates",
    "near_duplicates",
    "videos",
    "n_instances",
    "tracks",
    "visibility",
    "position",
    "scale",
]
Claim: TypeAlias = Literal["auto", "moments", "videos", "animals", "sessions", "future"]
Cache: TypeAlias = Literal["auto", "none", "memory"]
Flip: TypeAlias = Literal["none", "horizontal", "vertical"]
Head: TypeAlias = Literal["single_instance", "centroid", "centered_instance", "multi_instance"]
ScaledPoints: TypeAlias = Literal["exact", "sleap"]
SplitName: TypeAlias = Literal["train", "val", "test"]

MAX_CROP = 16_384  # pixels; a mistyped size stops here and not where memory ends

Patterns: TypeAlias = Annotated[
    tuple[Text, ...], Field(title="a list of video names such as ['*mouse3*']", min_length=1)
]
KeyMap: TypeAlias = Annotated[
    Frozen[Text, Text | Annotated[tuple[Text, ...], Field(title="a list of texts", min_length=1)]],
    Field(title="a mapping of keys to names, such as {instance_image: image}", min_length=1),
]


@section
class LabelsParams(Section):
    """Which labels are split, and which of their frames are examples."""

    path: LabelsPath = key(
        "data/demo.slp",
        "The labels, from the project folder: a file, several files, or a pattern of their names.",
    )
    missing: Literal["stop", "skip"] = key(
        "stop", "Where videos or pictures of labels are missing: stop, or skip their frames."
    )
    user_instances_only: Switch = key(
        True, "Split the frames that a person labelled; predictions make no example."
    )
    with_track_only: Switch = key(False, "Use only instances that have a track.")
    negative_frames: Switch = key(True, "Frames marked as holding no animal are examples too.")


@section
class Fractions(Section):
    """The share of the frames that each split gets."""

    train: Fraction = key(0.8, "Share of the training frames; -1: all that is left.")
    val: Fraction = key(0.1, "Share of the validation frames; -1: all that is left.")
    test: Fraction = key(0.1, "Share of the test frames; -1: all that is left.")
    rules: ClassVar = (Rule(("train", "val", "test"), rules.check_fractions),)


@section
class SplitParams(Section):
    """How frames are assigned to train, val and test."""

    fractions: Fractions = key(Fractions, "Share of the frames for each split; one may be -1.")
    train_share: Part = key(
        1, "Part of the training groups that is used, for learning curves; val and test stay."
    )
    seed: Seed = key(42, "Another seed gives another split of the same sizes.")
    groups: Literal["frame", "block", "video", "track", "identity"] | Column = key(
        "block",
        "What is never torn apart: frame, block, video, track, identity, or a column of"
        " groups_file.",
    )
    block_length: Count | Literal["auto"] = key(
        "auto", "Length of a block, in frames of video; auto: 50 where the labels allow it."
    )
    gap: Frames = key(5, "Frames of video that are kept unused between different splits.")
    stratify: Strata = key(
        "auto",
        "What is spread evenly over the splits: video, n_instances, track, identity, category, or"
        " columns of groups_file; auto: video, where that makes splits more even.",
    )
    groups_file: PathText | None = key(
        None, "CSV file with the column video and others, such as animal or session."
    )
    hold_out: Annotated[
        Frozen[SplitName, Patterns],
        Field(title="a mapping of splits to videos, such as {test: ['*mouse3*']}"),
    ] = key({}, "Videos that must land in a split, by patterns of their names.")
    assignment: Assignment = key(
        "exact",
        "exact: sizes as asked; stable: a frame never moves when others are added; chronological:"
        " each video trains with its past and is tested on its future.",
    )
    claim: Claim = key(
        "auto",
        "What the held-out frames are said to be, and the audit checks: other moments, videos,"
        " animals or sessions than those of training, or their future; auto: as groups say.",
    )
    lock: PathText | None = key(
        None, "Folder of an earlier split: what it assigned stays, new frames are placed."
    )
    lock_missing: Literal["stop", "allow"] = key(
        "stop", "Where the labels lack more than a tenth of the frames of the lock: stop or allow."
    )
    fold: Frames | None = key(None, "Which of n_folds is tested on, counted from 0.")
    n_folds: FoldCount | Literal["all"] | None = key(
        None, "Number of folds of a cross-validation; all: one fold for each group."
    )
    rules: ClassVar = (
        Rule(("fold", "n_folds"), rules.check_fold),
        Rule(("groups", "groups_file"), rules.check_groups),
        Rule(("stratify", "groups_file"), rules.check_stratify),
    )


@section
class LimitParams(Section):
    """Per check of the audit the figures above which it warns and fails."""

    complete: Limits = key(
        (0, 0.1), "Share of the examples that no split holds, without a known reason."
    )
    distance: Limits = key(
        (0, 0.01), "Share of the held-out frames nearer than min_distance to training."
    )
    copyable: Limits = key(
        (0.5, 1), "Share of the held-out points that the label of a training frame would hit."
    )
    near_duplicates: Limits = key(
        (0, 0.05), "Share of the held-out frames with a near copy in another split."
    )
    videos: Limits = key((0.5, 1), "Total variation of the frames by video.")
    n_instances: Limits = key((0.2, 0.5), "Total variation of the number of instances in a frame.")
    tracks: Limits = key((0.5, 1), "Total variation of the instances by track.")
    visibility: Limits = key(
        (0.2, 0.5), "Largest difference of the share in which a node is visible."
    )
    position: Limits = key(
        (0.4, 0.8), "Kolmogorov-Smirnov distance of the places of instances, x or y."
    )
    scale: Limits = key((0.4, 0.8), "Kolmogorov-Smirnov distance of the sizes of instances.")


@section
class AuditParams(Section):
    """What the audit of the splits asks for."""

    min_distance: Frames = key(
        5, "Frames of video that held-out frames are away from training at least."
    )
    copy_distance: Positive = key(
        2.0, "Pixels of the video within which a copied label counts as right."
    )
    images: Switch | Count = key(
        True,
        "Look at the images to find copies of training frames: at all (true), at none, or at so"
        " many frames, the held-out ones first.",
    )
    hash_bits: Annotated[int, Field(strict=True, ge=0, le=64)] = key(
        6, "Bits of 64 in which the picture hashes of near copies may differ."
    )
    gray_levels: Annotated[int, Field(strict=True, ge=0, le=255)] = key(
        10, "Gray levels of 255 by which a cell of near copies may differ."
    )
    limits: LimitParams = key(LimitParams, "When a check warns and fails.")
    stop_on: Annotated[
        tuple[AuditCheck, ...], Field(title="a list of checks such as [disjoint, distance]")
    ] = key(
        ("disjoint", "identical", "index"), "The checks that stop the pipeline where they fail."
    )


@section
class TargetParams(Section):
    """What the network learns to draw: confidence maps and part affinity fields."""

    sigma: Positive = key(2.5, "Spread of a peak, in pixels of the image.")
    output_stride: OutputStride = key(2, "Pixels of the image for one cell of a confidence map.")
    crop_size: Annotated[int, Field(strict=True, ge=1, le=MAX_CROP)] | Literal["auto"] = key(
        "auto",
        "Height and width of the crop around an instance, in pixels; auto: what the labels of the"
        " train split need.",
    )
    anchor_node: NodeName | None = key(
        None, "Node that crops and centroids are centred on; null: the middle of the instance."
    )
    paf_output_stride: OutputStride = key(
        4, "Pixels of the image for one cell of a part affinity field (multi_instance)."
    )
    paf_sigma: Positive = key(
        15, "Spread across an edge of a part affinity field, as SLEAP counts it."
    )
    rules: ClassVar = (Rule(("crop_size", "output_stride"), rules.check_crop_stride),)


@section
class AugmentParams(Section):
    """How training examples are varied."""

    rotation: Degrees = key(180, "Largest rotation either way, in degrees.")
    scale: Range = key((0.9, 1.1), "Range of the factor on the size, [low, high].")
    flip: Flip = key("none", "Mirroring of examples, at random.")
    brightness: Share = key(0, "Largest change of brightness either way, as a share of white.")
    contrast: Range = key(
        (1.0, 1.0), "Range of the factor on differences from the mean brightness, [low, high]."
    )


@section
class InputsParams(Section):
    """How labels become batches of examples."""

    scale: Positive = key(1.0, "Factor on the size of the images, before all else.")
    scaled_points: ScaledPoints = key(
        "exact",
        "Where points lie in scaled images: exact, as the image shows them, or as sleap puts them.",
    )
    ensure_rgb: Switch = key(
        False, "Makes gray images coloured: for splits of which only some have colours."
    )
    white: Level | None = key(
        None,
        "Level that becomes 1 in images of more than 8 bits, such as 4095 for 12 bits in 16;"
        " null: 65535.",
    )
    targets: TargetParams = key(TargetParams, "The maps to learn.")
    batch_size: Count = key(8, "Examples in a batch.")
    cache: Cache = key(
        "auto", "Where decoded frames are kept: auto (within memory_budget), none, or memory."
    )
    memory_budget: Size = key(
        "2 GiB",
        "Bytes for encoded and decoded frames together; beyond it, frames are read as they come.",
    )
    key_maps: Annotated[
        tuple[KeyMap, ...],
        Field(title="a list of mappings, such as [{instance_image: image}]", min_length=1),
    ] = key(
        ({"instance_image": "image"}, {"instance_confidence_maps": "confmaps"}),
        "For the model's inputs, then for its outputs: key of an example to name in the model.",
    )
    augment: AugmentParams = key(AugmentParams, "How training examples are varied.")


@section
class ModelParams(Section):
    """The shape of the network."""

    head: Head = key("centered_instance", "What the network finds.")
    filters: Annotated[int, Field(strict=True, ge=1, le=4096)] = key(
        16, "Filters of the first level of the network."
    )
    depth: Annotated[int, Field(strict=True, ge=1, le=6)] = key(
        4, "Number of times that the encoder halves the image."
    )
    build: FunctionPlace | None = key(
        None, "A function of your own that builds the network, as module:function."
    )
    options: Frozen[Text, Any] = key({}, "Options for that function, by name.")


@section
class TrainParams(Section):
    """How the network is trained."""

    epochs: Count = key(10, "Number of times that every training frame is seen.")
    learning_rate: Positive = key(0.002, "Step size of the optimizer in the first epoch.")
    rates: Literal["cosine", "plateau", "constant"] = key(
        "cosine",
        "Later step sizes: half a cosine wave down to 0; half as large after `patience` epochs"
        " without a better val_loss; or the same.",
    )
    patience: Count = key(5, "Epochs without a better val_loss that make a plateau.")
    select: Literal["last", "val_loss"] = key(
        "last", "Which weights are kept: of the last epoch, or of the one with the best val_loss."
    )
    stop_after: Count | None = key(
        None, "Stop after so many epochs without a better val_loss; null: never."
    )
    loss: FunctionPlace | None = key(
        None, "A loss of your own, as module:function; null: those of splitlib for maps and fields."
    )
    optimizer: FunctionPlace | None = key(
        None, "A function of your own from a learning rate to a Keras optimizer; null: Adam."
    )
    precision: Literal["float32", "mixed_float16", "mixed_bfloat16"] = key(
        "float32", "Type of the numbers inside of the network, as Keras names them."
    )
    seed: Seed = key(42, "Seed of the weights, of the order and of the augmentation.")


@section
class Params(Section):
    """All of params.yaml. Other sections at its top are the lab's own, and are left alone."""

    labels: LabelsParams = key(LabelsParams, "Which labels are split.")
    split: SplitParams = key(SplitParams, "How frames are assigned to splits.")
    audit: AuditParams = key(AuditParams, "What the audit of the splits asks for.")
    inputs: InputsParams = key(InputsParams, "How labels become batches.")
    model: ModelParams = key(ModelParams, "The shape of the network.")
    train: TrainParams = key(TrainParams, "How the network is trained.")
    rules: ClassVar = (
        Rule(
            ("inputs.targets.crop_size", "inputs.targets.output_stride", "model.depth"),
            rules.check_crop_depth,
        ),
        Rule(("inputs.targets.output_stride", "model.depth"), rules.check_stride_depth),
        Rule(
            ("inputs.targets.paf_output_stride", "model.head", "model.depth"),
            rules.check_paf_stride_depth,
        ),
    )

    @model_validator(mode="before")
    @classmethod
    def _leave_alone(cls, values: object) -> object:
        """Drop sections of the lab's own; a name near one of ours stays, to be refused."""
        if not isinstance(values, Mapping):
            return values
        ours = list(cls.__pydantic_fields__)  # type: ignore[attr-defined]
        return {k: v for k, v in values.items() if k in ours or near_section(k, ours)}
