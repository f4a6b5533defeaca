"""The split functions of SLEAP's `sleap.nn.data.training`, seeded and exact.

They take fractions and return labels, for work outside of the pipeline. The pipeline itself uses
`partition`, with groups and gaps. `docs/sleap-api.md` lists the differences from SLEAP 1.3.3, with
the reasons. Labels of sleap-io are split into labels of sleap-io; they are recognised by their
class, so nothing of sleap-io is imported.
"""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from splitlib.slp.videos import shown_path, video_keys
from splitlib.split.core.exact import assign_exact
from splitlib.split.core.groups import frame_groups
from splitlib.split.core.sizes import split_sizes, train_val_sizes

if TYPE_CHECKING:
    from splitlib.inputs.frames.reader import LabelsReader

AnyLabels = TypeVar("AnyLabels")
"""`splitlib.Labels` or `sleap_io.Labels`."""


def split_labels(
    labels: AnyLabels, split_fractions: Sequence[float], *, seed: int | None = None
) -> tuple[AnyLabels, ...]:
    """Split labels by fractions, at random and without replacement.

    Args:
        labels: `splitlib.Labels`, or `sleap_io.Labels`.
        split_fractions: One fraction per split. A split gets `ceil(fraction * n)` frames. One
            fraction may be -1, for all frames that are left; 0 gives an empty split.
        seed: The same seed gives the same split, on every machine. None draws a seed.

    Returns:
        One labels object per fraction, of the kind that was given, with all videos, tracks and
        skeletons. Frames keep their order. Rows of one video frame go to one split, so sizes can be
        off by a row if a file holds a frame in several rows.

    Raises:
        SplitError: The fractions are impossible, or there are fewer frames than splits that need
            one (see `split.core.sizes.split_sizes`).

    Example:
        ``train, val, test = split_labels(labels, [0.8, 0.1, -1], seed=42)``
    """
    n = len(labels)  # type: ignore[arg-type]
    chosen = _split_frames(_frames(labels), split_sizes(n, split_fractions), seed)
    return tuple(_extract(labels, indices) for indices in chosen)


def split_labels_train_val(
    labels: AnyLabels, validation_fraction: float, *, seed: int | None = None
) -> tuple[AnyLabels, list[int], AnyLabels, list[int]]:
    """Split labels into training and validation.

    Args:
        labels: `splitlib.Labels`, or `sleap_io.Labels`.
        validation_fraction: Validation gets `round(n * fraction)` frames, at least one, and leaves
            at least one for training. A single frame goes to both.
        seed: The same seed gives the same split, on every machine. None draws a seed.

    Returns:
        `(labels_train, idx_train, labels_val, idx_val)`: the labels, and their positions in
        `labels` as ascending lists, so that `labels[idx_train] == labels_train[:]`.

    Raises:
        SplitError: There are no frames, or the fraction is no number from 0 to 1.
    """
    n = len(labels)  # type: ignore[arg-type]
    sizes = train_val_sizes(n, validation_fraction)
    frames = _frames(labels)
    train, val = ([np.zeros(1, np.int64)] * 2) if n == 1 else _split_frames(frames, sizes, seed)
    return _extract(labels, train), train.tolist(), _extract(labels, val), val.tolist()


def split_labels_reader(
    reader: "LabelsReader", split_fractions: Sequence[float], *, seed: int | None = None
) -> "tuple[LabelsReader, ...]":
    """Split the examples of a reader by fractions, without copying labels.

    Args:
        reader: A reader, of all its labels or of some `example_indices`. `sleap_io.Labels` are
            taken as well, and split as `split_labels` does.
        split_fractions: As for `split_labels`.
        seed: As for `split_labels`.

    Returns:
        One reader per fraction, over the same labels and with the same flags. Only their
        `example_indices` differ, which are subsets of the reader's own if it has any.

    Raises:
        SplitError: As for `split_labels`.
    """
    if _is_sleap_io(reader):
        return split_labels(reader, split_fractions, seed=seed)
    frames = Frames([video.key for video in reader.videos], *reader.frames)
    chosen = _split_frames(frames, split_sizes(len(reader), split_fractions), seed)
    return tuple(replace(reader, example_indices=reader.indices[split]) for split in chosen)


class Frames(NamedTuple):
    """The n frames to split, as the columns that `frame_groups` takes."""

    video_keys: list[str]
    video: NDArray[np.int64]
    frame_idx: NDArray[np.int64]


def _split_frames(
    frames: Frames, sizes: Sequence[int], seed: int | None
) -> list[NDArray[np.int64]]:
    """Positions of the frames of each split, ascending; rows of one video frame stay together."""
    groups = frame_groups(secrets.randbits(63) if seed is None else seed, *frames)
    split = assign_exact(groups, sizes)[groups.group]
    return [np.flatnonzero(split == number) for number in range(len(sizes))]


def _frames(labels: Any) -> Frames:  # noqa: ANN401 - of either library
    if not _is_sleap_io(labels):
        return Frames([video.key for video in labels.videos], labels.video, labels.frame_idx)
    position = {id(video): at for at, video in enumerate(labels.videos)}
    return Frames(
        video_keys([_path_of(video) for video in labels.videos]),
        np.array([position[id(frame.video)] for frame in labels], np.int64),
        np.array([frame.frame_idx for frame in labels], np.int64),
    )


def _path_of(video: Any) -> str:  # noqa: ANN401 - sleap_io.Video
    """The path that names a video of sleap-io; embedded frames have that of their source."""
    source = getattr(video, "source_video", None)
    name = (source if source is not None else video).filename
    return shown_path([str(each) for each in (name if isinstance(name, list) else [name])])


def _extract(labels: Any, indices: NDArray[np.int64]) -> Any:  # noqa: ANN401 - of either library
    if not _is_sleap_io(labels):
        return labels.extract(indices)
    # its own `extract` drops videos and tracks without frames, which would change positions
    return type(labels)(
        labeled_frames=[labels[int(at)] for at in indices],
        videos=list(labels.videos),
        skeletons=list(labels.skeletons),
        tracks=list(labels.tracks),
        suggestions=list(labels.suggestions),
        provenance=dict(labels.provenance),
    )


def _is_sleap_io(labels: object) -> bool:
    return type(labels).__module__.split(".")[0] == "sleap_io"
