"""Keypoints of COCO.

sleap-io 0.9.5 reads the file. It leaves out pictures that it does not find, and takes a picture of
the same name in another folder for one that is missing. So it is handed a copy that names only
pictures that are there, by their whole paths.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from splitlib.errors import LabelsFileError
from splitlib.formats.foreign import Foreign
from splitlib.formats.known_formats import read_json_labels
from splitlib.formats.pictures_beside import find_pictures
from splitlib.formats.sleap_io_reader import load_labels

Json = Mapping[str, Any]


def read_coco(source: Path, folders: Sequence[Path], *, skip_missing: bool) -> Foreign:
    """Read keypoints of COCO.

    Raises:
        LabelsFileError: The file has no keypoints, or contradicts itself.
        VideoNotFoundError: Pictures are missing; the message names them.
    """
    value = read_json_labels(source)
    _check(source, value)
    names = [image["file_name"] for image in value["images"]]
    found = find_pictures(source, source.parent, names, folders, skip_missing=skip_missing)
    images = [
        {**image, "file_name": found[image["file_name"]].as_posix()}
        for image in value["images"]
        if image["file_name"] in found
    ]
    known = {image["id"] for image in value["images"]}
    n_lost = sum(annotation["image_id"] not in known for annotation in value["annotations"])
    with TemporaryDirectory() as temporary:
        copy = Path(temporary) / source.name
        copy.write_text(json.dumps({**value, "images": images}), encoding="utf-8")
        labels = load_labels(copy, source)
    missing = [name for name in names if name not in found]
    left_behind = [f"{n_lost} annotations of pictures that the file does not list"] * (n_lost > 0)
    return Foreign(labels, missing=missing, left_behind=left_behind)


def _check(source: Path, value: Json) -> None:
    """Check what sleap-io would end on without naming it."""
    try:
        n_nodes = {one["id"]: len(one.get("keypoints") or ()) for one in value["categories"]}
        listed = [(one["id"], one["file_name"]) for one in value["images"]]
        annotations = [
            (one["id"], one["category_id"], one["image_id"], len(one.get("keypoints") or ()))
            for one in value["annotations"]
        ]
    except (TypeError, KeyError, AttributeError) as err:
        msg = f"{source}: an image, annotation or category of COCO lacks a field: {err!r}"
        raise LabelsFileError(msg) from err
    if not any(n_nodes.get(category) and n for _, category, _, n in annotations):
        msg = (
            f"{source}: the COCO file has no keypoints: {len(annotations)} annotations in"
            f" {len(n_nodes)} categories, which hold boxes or regions alone; poses need keypoints"
        )
        raise LabelsFileError(msg)
    if len({number for number, _ in listed}) < len(listed):
        msg = f"{source}: two images have the same id; each needs its own"
        raise LabelsFileError(msg)
    for number, category, _, n in annotations:
        if n and n != 3 * n_nodes.get(category, 0):
            msg = (
                f"{source}: annotation {number} has {n} values of keypoints, expected"
                f" {3 * n_nodes.get(category, 0)}: x, y and visibility for each key point of"
                f" category {category}"
            )
            raise LabelsFileError(msg)
