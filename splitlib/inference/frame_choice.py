"""Which frames of a video or of labels are predicted on."""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import PredictionError
from splitlib.labels import Labels

_PART = re.compile(r"(\d+)|(\d*):(\d*)(?::([1-9]\d*))?")


@dataclass(frozen=True)
class FrameChoice:
    """Frames by their numbers in the video, from 0.

    Attributes:
        text: Numbers and ranges, such as "0:1000:10" or "5,20:30"; a range is start:stop:step, with
            the stop left out of it, as in Python. "" for all.
        beyond_labels: Whether all embedded frames of labels are meant, and not only labeled ones.
    """

    text: str = ""
    beyond_labels: bool = False

    def __post_init__(self) -> None:
        if any(not _PART.fullmatch(part) for part in self._parts):
            msg = (
                "frames: expected numbers and ranges such as 0:1000:10 or 5,20:30, got"
                f" {self.text!r}"
            )
            raise PredictionError(msg)

    @property
    def _parts(self) -> list[str]:
        return self.text.split(",") if self.text else []

    def among(self, frame_idx: NDArray[np.int64], name: str) -> NDArray[np.int64]:
        """The chosen ones of (n,) int64 frames, ascending, each once.

        Raises:
            PredictionError: None is chosen, or a number is not among them.

        Example:
            >>> FrameChoice("1,2:6:2").among(np.arange(5), "film.mp4").tolist()
            [1, 2, 4]
        """
        known = np.unique(frame_idx)
        if not self.text:
            chosen = known
        else:
            chosen = np.unique(
                np.concatenate([self._of(part, known, name) for part in self._parts])
            )
        if not len(chosen):
            span = f", which has frames {known[0]} to {known[-1]}" if len(known) else ""
            msg = f"{name}: there is no frame to predict on{span}; frames: {self.text or 'all'}"
            raise PredictionError(msg)
        return chosen

    def of_labels(self, labels: Labels) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Video and number of the chosen frames of labels, (n,) int64 each, in order.

        Raises:
            PredictionError: None is chosen, or a number is that of no frame.
        """
        video, frame_idx = [labels.video], [labels.frame_idx]
        if self.beyond_labels:
            for at, images in labels.images.items():
                video.append(np.full(len(images.frame_numbers), at))
                frame_idx.append(images.frame_numbers)
        pairs = np.stack([np.concatenate(video), np.concatenate(frame_idx)], axis=1)
        pairs = np.unique(pairs, axis=0)
        pairs = pairs[np.isin(pairs[:, 1], self.among(pairs[:, 1], str(labels.path)))]
        return pairs[:, 0], pairs[:, 1]

    def _of(self, part: str, known: NDArray[np.int64], name: str) -> NDArray[np.int64]:
        if ":" not in part:
            number = int(part)
            if number not in known:
                there = f"frames are {known[0]} to {known[-1]}" if len(known) else "it has none"
                msg = f"{name}: there is no frame {number}; {there}"
                raise PredictionError(msg)
            return np.array([number])
        start, stop, step = (
            int(number) if number else None for number in (part + ":").split(":")[:3]
        )
        numbers = np.arange(int(known.max(initial=-1)) + 1)[slice(start, stop, step)]
        return np.intersect1d(numbers, known)
