"""Exact frames of compressed videos.

Labels count frames from the first one, and a compressed video knows times only. imageio, and
sleap-io 0.9.5 through imageio, find a frame by the frame rate. This gives a neighbour of the frame
where the rate varies, where frames are stored out of order (MPEG-4, HEVC), or near the end of the
video: labels would silently get the wrong image. So the times of all frames are listed first, which
decodes nothing, and a frame is known by its time.
"""

from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from splitlib.convert.libraries import import_library
from splitlib.convert.pictures import Pixels
from splitlib.convert.turned import UPRIGHT, Size, is_labeled_turned, turned
from splitlib.progress import tracked

SUFFIXES = (".mp4", ".avi", ".mov", ".mj2", ".mkv", ".m4v", ".mpg", ".mpeg", ".webm", ".wmv")


_ORIENTATIONS = {-90: 6, 90: 8, 180: 3, -180: 3}
"""Degrees by which a film is turned to be shown, counterclockwise, and the same in EXIF."""


class MediaFile:
    """An open video file. Frames are read fastest in ascending order.

    `stated` is height and width as the labels state them. They decide whether the labels were made
    on turned frames, where the film asks for it, as those of phones do.

    Raises:
        OSError: The file cannot be opened.
        ValueError: The file is damaged, or not a video.
        LookupError: The file has no video stream.
    """

    def __init__(self, path: Path, stated: Size | None = None) -> None:
        self._av = import_library("av")
        self._stated = stated
        self._path = str(path)
        self._times, self._key_times, self._has_times = self._list_times()
        self._container, self._stream = self._open()
        self._decoder: Iterator[tuple[int, Any]] = iter(())
        self._next = len(self._times)  # the frame that the decoder gives next: none as yet

    @property
    def num_frames(self) -> int:
        """The number of frames."""
        return len(self._times)

    @property
    def img_shape(self) -> tuple[int, int, int]:
        """(height, width, channels) as the container says, before anything is decoded."""
        return int(self._stream.height), int(self._stream.width), 3

    def get_frame(self, frame_idx: int) -> Pixels:
        """A frame, (height, width, channels): uint8 RGB, or uint16, gray or RGB, of deeper films.

        Films with 10 or 12 bits are stretched to the 16 bits of uint16, as their white is known.

        Raises:
            LookupError: The video ends before this frame.
            ValueError: The frame cannot be decoded, its pixels are fractions, or it asks to be
                turned and the labels do not say whether it was.
        """
        if frame_idx >= len(self._times):
            msg = f"the video has {len(self._times)} frames"
            raise LookupError(msg)
        key_frame = self._key_frame_before(frame_idx)
        if not key_frame <= self._next <= frame_idx:
            self._seek(key_frame)
        image = self._decode_until(frame_idx)
        if image is None and key_frame > 0:  # the container jumped too far
            self._seek(0)
            image = self._decode_until(frame_idx)
        if image is None:
            msg = "the video is damaged there"
            raise ValueError(msg)
        return image

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def _open(self) -> tuple[Any, Any]:
        container = self._av.open(self._path)
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        return container, stream

    def _list_times(self) -> tuple[list[int], list[int], bool]:
        """The times of all frames, and of those from which decoding can begin, ascending.

        If the container does not give each frame a time of its own, frames are counted. Then the
        last value is False, the times are the counts, and decoding begins with the first frame.
        """
        container, stream = self._open()
        with container:
            packets = [
                (packet.pts, packet.is_keyframe)
                for packet in tracked(container.demux(stream), "frames listed")
                if packet.size and not packet.is_discard
            ]
        times = {time for time, _ in packets}
        if None not in times and len(times) == len(packets):
            return sorted(times), sorted(time for time, is_key in packets if is_key), True
        container, stream = self._open()
        with container:
            decoded = tracked(container.decode(stream), "frames counted")
            return list(range(sum(1 for _ in decoded))), [], False

    def _key_frame_before(self, frame_idx: int) -> int:
        """The last frame up to this one from which decoding can begin."""
        at = bisect_right(self._key_times, self._times[frame_idx]) - 1
        return bisect_right(self._times, self._key_times[at]) - 1 if at >= 0 else 0

    def _seek(self, frame_idx: int) -> None:
        if frame_idx == 0:  # also for files that cannot be sought in
            self._container.close()
            self._container, self._stream = self._open()
        else:
            self._container.seek(self._times[frame_idx], stream=self._stream)
        self._decoder = self._decode()
        self._next = frame_idx

    def _decode(self) -> Iterator[tuple[int, Any]]:
        """Time and frame, from where the container stands."""
        frames = self._container.decode(self._stream)
        yield from ((f.pts, f) for f in frames) if self._has_times else enumerate(frames)

    def _decode_until(self, frame_idx: int) -> Pixels | None:
        """Decode up to a frame; None if the decoder is past the frame already, or ends before."""
        wanted = self._times[frame_idx]
        for time, frame in self._decoder:
            if time >= wanted:
                self._next = bisect_right(self._times, time)
                return self._as_labeled(frame) if time == wanted else None
        self._next = len(self._times)
        return None

    def _as_labeled(self, frame: Any) -> Pixels:  # noqa: ANN401 - a frame of av
        pixels = _pixels(frame)
        orientation = _ORIENTATIONS.get(round(frame.rotation), UPRIGHT)
        height, width, _ = pixels.shape
        is_turned = is_labeled_turned((height, width), orientation, self._stated)
        return turned(pixels, orientation) if is_turned else pixels


def _pixels(frame: Any) -> Pixels:  # noqa: ANN401 - a frame of av
    """The pixels of a decoded frame, with all the bits of its film."""
    kind, channels = frame.format.name, frame.format.components
    if max(channel.bits for channel in channels) <= 8:
        return np.asarray(frame.to_ndarray(format="rgb24"))
    if "f32" in kind or "f16" in kind:
        msg = f"its pixels are fractions ({kind}), expected levels; save the film with 16 bits"
        raise ValueError(msg)
    if len(channels) > 1:
        return np.asarray(frame.to_ndarray(format="rgb48le"))
    return np.asarray(frame.to_ndarray(format="gray16le"))[..., None]


def film_size(path: Path) -> tuple[int, int, int] | None:
    """Height, width and number of frames as the file of a film says; None if it cannot be read.

    Only the head of the file is read. A film that does not say how long it is has 0 frames here.
    """
    try:
        with import_library("av").open(str(path)) as container:
            stream = container.streams.video[0]
            return int(stream.height), int(stream.width), int(stream.frames)
    except (OSError, ValueError, LookupError):
        return None


def frame_rate(path: Path) -> float | None:
    """Mean frames per second as the file of a film says; None if it does not, or is not read."""
    try:
        with import_library("av").open(str(path)) as container:
            rate = container.streams.video[0].average_rate
            return float(rate) if rate else None
    except (OSError, ValueError, LookupError):
        return None
