"""Labels of Label Studio: key points of pictures, or those that sleap-io exported of videos.

sleap-io 0.9.5 reads the tasks that it wrote itself, and takes the order of nodes from a set. Label
Studio names pictures by where its server keeps them. So sleap-io is handed a copy in which every
task names its picture as a file, and a skeleton with its nodes in alphabetical order.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, unquote, urlparse

import numpy as np

from splitlib.convert.libraries import import_library
from splitlib.errors import LabelsFileError
from splitlib.formats.foreign import Foreign
from splitlib.formats.known_formats import read_json_labels
from splitlib.formats.pictures_beside import find_pictures
from splitlib.formats.sleap_io_reader import load_labels
from splitlib.slp.videos import is_picture

Task = dict[str, Any]

_UPLOAD = re.compile(r"^[0-9a-f]{8}-")
"""What Label Studio puts before the name of an uploaded file."""


def read_label_studio(source: Path, folders: Sequence[Path], *, skip_missing: bool) -> Foreign:
    """Read tasks with key points.

    Raises:
        LabelsFileError: No task has key points, or a task names neither picture nor video.
        VideoNotFoundError: Pictures are missing; the message names them.
    """
    tasks = [task for task in read_json_labels(source) if isinstance(task, dict)]
    done = [labeled for task in tasks if (labeled := _labeled(task)) is not None]
    nodes = sorted({name for task in done for name in _nodes(task)})
    if not nodes:
        msg = f"{source}: none of the {len(tasks)} tasks of Label Studio has key points"
        raise LabelsFileError(msg)
    names = {id(task): _picture(task, source) for task in done if "video" not in _meta(task)}
    unique = list(dict.fromkeys(names.values()))
    found = find_pictures(source, source.parent, unique, folders, skip_missing=skip_missing)
    kept = [task for task in done if id(task) not in names or names[id(task)] in found]
    for task in kept:
        if id(task) in names:
            task["meta"] = {"video": _still(found[names[id(task)]], task)}
    with TemporaryDirectory() as temporary:
        copy = Path(temporary) / source.name
        copy.write_text(json.dumps(kept), encoding="utf-8")
        labels = load_labels(copy, source, skeleton=nodes)
    labels = _with_one_video_each(labels)
    n_undone = len(tasks) - len(done)
    left_behind = [f"{n_undone} tasks without labels"] * (n_undone > 0)
    return Foreign(labels, missing=[n for n in unique if n not in found], left_behind=left_behind)


def _labeled(task: Task) -> Task | None:
    """A task with the first of its annotations that was not cancelled; None where there is none."""
    given = task.get("annotations", task.get("completions")) or []
    kept = [one for one in given if not one.get("was_cancelled") and one.get("result")]
    if not kept:
        return None
    return {**task, "annotations": [{**kept[0], "result": _related(kept[0]["result"])}]}


def _related(items: Sequence[Task]) -> list[Any]:
    """Key points and the boxes that they belong to; a box without key points is no animal."""
    parents = [
        {"type": "relation", "from_id": item["id"], "to_id": item["parentID"], "direction": "right"}
        for item in items
        if item.get("parentID") and item.get("type") == "keypointlabels"
    ]
    relations = parents or [item for item in items if item.get("type") == "relation"]
    related = {end for one in relations for end in (one["from_id"], one["to_id"])}
    points = [item for item in items if item.get("type") == "keypointlabels"]
    boxes = [i for i in items if i.get("type") == "rectanglelabels" and i.get("id") in related]
    ends = {item["id"] for item in (*points, *boxes)}
    return [*boxes, *points, *(r for r in relations if {r["from_id"], r["to_id"]} <= ends)]


def _nodes(task: Task) -> Iterator[str]:
    for item in task["annotations"][0]["result"]:
        if item["type"] == "keypointlabels":
            yield from item["value"]["keypointlabels"]


def _meta(task: Task) -> Mapping[str, Any]:
    meta = task.get("meta")
    return meta if isinstance(meta, dict) else {}


def _picture(task: Task, source: Path) -> str:
    """The path of a picture, in the form in which it lies beside the labels."""
    data = task.get("data")
    for text in data.values() if isinstance(data, dict) else ():
        path = _path_of(text) if isinstance(text, str) else ""
        if is_picture(path):
            return path
    msg = f"{source}: task {task.get('id', '?')} names neither a picture nor a video in its data"
    raise LabelsFileError(msg)


def _path_of(text: str) -> str:
    """The path in a URL of Label Studio.

    Example:
        >>> _path_of("/data/upload/1/1a2b3c4d-mouse_01.png")
        'mouse_01.png'
        >>> _path_of("/data/local-files/?d=day1/01.png"), _path_of("s3://bucket/day1/01.png")
        ('day1/01.png', 'day1/01.png')
    """
    url = urlparse(text.replace("\\", "/"))
    local = parse_qs(url.query).get("d", [""])[0]
    path = local or unquote(url.path)
    folder, _, name = path.rpartition("/")
    is_upload = "/upload/" in f"{folder}/"
    return _UPLOAD.sub("", name) if is_upload else path.lstrip("/")


def _still(path: Path, task: Task) -> dict[str, Any]:
    """A picture as sleap-io names the frame of a video."""
    items = task["annotations"][0]["result"]
    sizes = [(i["original_height"], i["original_width"]) for i in items if "original_width" in i]
    height, width = sizes[0] if sizes else (0, 0)
    return {"filename": path.as_posix(), "frame_idx": 0, "shape": [1, height, width, 3]}


def _with_one_video_each(labels: Any) -> Any:  # noqa: ANN401 - of sleap-io
    """Labels in which frames of one file share their video: sleap-io gives each its own."""
    videos: dict[str, Any] = {}
    for frame in labels.labeled_frames:
        own = frame.video
        if isinstance(own.backend, list | tuple):  # sleap-io hands on the shape as a backend
            own.backend_metadata["shape"] = list(own.backend)
            own.backend = None
        frame.video = videos.setdefault(str(own.filename), own)
        for instance in frame.instances:  # sleap-io puts nodes without a point at 0, 0
            instance.points["xy"][~instance.points["visible"]] = np.nan
    sleap_io = import_library("sleap_io")
    return sleap_io.Labels(labels.labeled_frames, skeletons=labels.skeletons)
