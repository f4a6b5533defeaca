"""What labels state of a video, to tell whether the file that was found is the one labeled."""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from splitlib.errors import VideoMismatchError

DECODERS_DIFFER = 2
"""Frames by which the lengths of one video differ between decoders, at its end: some count a frame
that others cannot decode."""


@dataclass(frozen=True)
class LabeledVideo:
    """What labels state of a video.

    Attributes:
        name: The labels file and the key of the video, for warnings.
        searched: What was looked for and where, for messages.
        size: (height, width) in pixels; None where the labels do not say. Of a list of images it is
            the size of the first, because SLEAP and sleap-io look at no other.
        n_frames: Its length; None where the labels do not say.
        is_least: Whether the video may well be longer than `n_frames`. A package does not always
            know how long the video is that its frames were taken from.
        last_asked: The last frame that is to be read.
        last_labeled: The last frame with labels.
        begins_with_first: Whether the images that are read begin with the first of the list.
    """

    name: str
    searched: str
    size: tuple[int, int] | None
    n_frames: int | None
    is_least: bool
    last_asked: int
    last_labeled: int
    begins_with_first: bool = False

    def check_size(self, sizes: Iterable[tuple[int, ...]], file: Path) -> None:
        """Check that one of some pictures has the size that the labels state.

        Args:
            sizes: (height, width) of each picture; no more are looked at than are needed.
            file: The file of the first of them, for the message.

        Raises:
            VideoMismatchError: None has this size.
        """
        if self.size is None:
            return
        found = []
        for size in sizes:
            if size == self.size:
                return
            found.append(size)
        if found:
            stated, first = (f"{height} x {width}" for height, width in (self.size, found[0]))
            self._refuse(
                f"{file} has pictures of {first} pixels (height x width), and the labels state"
                f" {stated}: the file is another video, or another size of this one"
            )

    def check_length(self, n_frames: int, file: Path) -> None:
        """Check that a video is as long as the labels need, and warn of another length than stated.

        Raises:
            VideoMismatchError: The video ends before a frame that is labeled or asked for.
        """
        if self.last_asked >= n_frames or self.last_labeled >= n_frames + DECODERS_DIFFER:
            stated = "" if self.n_frames is None else f", which state {self.n_frames},"
            self._refuse(
                f"{file} has {n_frames} frames, and the labels{stated} need frame"
                f" {max(self.last_asked, self.last_labeled)}: the file is another video, or was cut"
            )
        longer = n_frames - (n_frames if self.n_frames is None else self.n_frames)
        if longer < -DECODERS_DIFFER or (longer > DECODERS_DIFFER and not self.is_least):
            warnings.warn(
                f"{self.name}: {file} has {n_frames} frames, and the labels state {self.n_frames}:"
                " it may be another recording; look at some frames: splitlib preview",
                stacklevel=2,
            )

    def _refuse(self, found: str) -> NoReturn:
        msg = f"{found}; {self.searched}; put the video that was labeled in its place"
        raise VideoMismatchError(msg)
