"""Where a frame is seen among its neighbours: the film at this moment, or the picture itself."""

import os.path
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from splitlib.convert.media import frame_rate
from splitlib.convert.source_frames import SourceVideos
from splitlib.errors import VideoMismatchError, VideoNotFoundError
from splitlib.inputs.frames.frame_source import LabelsSource


def film_links(source: LabelsSource, rows: Iterable[int], page: Path) -> dict[int, str]:
    """Addresses for the links of a page, by the row of the frame in the split.

    A browser plays a film from the time that follows "#t=". Only files below the folder that the
    program runs in are linked: a page names no places of one machine. Frames whose film or picture
    is not found there have no address.
    """
    reader = source.reader
    videos = SourceVideos(reader.labels, reader.video_folders)
    of_video, frame_idx = reader.frames
    links = {}
    for row in rows:
        file = _file_of(videos, int(of_video[row]), int(frame_idx[row]))
        if file is None or not file.is_relative_to(Path.cwd()):
            continue
        address = quote(Path(os.path.relpath(file, page.parent.absolute())).as_posix())
        is_film = not reader.videos[of_video[row]].pictures
        rate = frame_rate(file) if is_film else None
        links[row] = f"{address}#t={frame_idx[row] / rate:.3f}" if rate else address
    return links


def _file_of(videos: SourceVideos, video: int, frame_idx: int) -> Path | None:
    """The film of a frame, or its picture of a list; None where it is not found."""
    named = videos.labels.videos[video]
    try:
        if named.pictures:
            return videos.search.find_file(named.pictures[frame_idx])
        found = videos.search.find(video)
    except (VideoNotFoundError, VideoMismatchError):
        return None
    return found if isinstance(found, Path) else None
