"""Frames of plain videos and pictures: found, read as they are, embedded into labels.

Only this room and `formats` import sleap-io and av, where they are needed, because they are slow.
"""

from splitlib.convert.embed_videos import embed
from splitlib.convert.source_frames import read_source_frames
from splitlib.convert.video_frames import read_video_frames

__all__ = ["embed", "read_source_frames", "read_video_frames"]
