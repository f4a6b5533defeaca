"""Frames of plain videos, and labels of other formats.

Only this part of the package imports sleap-io and av. Both are optional, since nothing else needs
them if the images are embedded in the labels file.
"""

from splitlib.convert.embed_videos import embed
from splitlib.convert.formats import convert
from splitlib.convert.source_frames import read_source_frames
from splitlib.convert.video_frames import read_video_frames

__all__ = ["convert", "embed", "read_source_frames", "read_video_frames"]
