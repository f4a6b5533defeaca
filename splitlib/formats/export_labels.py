"""Splits in the formats of other tools, with their pictures: COCO, Ultralytics, .slp packages.

sleap-io 0.9.5 writes the labels. Pictures are written here, because sleap-io finds frames of films
by their rate. Ultralytics is told here which nodes change places in a mirror, because sleap-io says
that none does.
"""

import io
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import yaml

from splitlib.convert.embed_videos import embed
from splitlib.convert.libraries import import_library
from splitlib.convert.pictures import decode_picture
from splitlib.errors import ExportError
from splitlib.files import atomic_folder, read_together
from splitlib.labels import Labels
from splitlib.progress import tracked
from splitlib.slp.png import encode_png
from splitlib.slp.skeletons import Skeleton

FORMATS = ("coco", "ultralytics", "slp-pkg")

MARK = ".splitlib-export"
"""A file that tells that a folder is an export, which may be replaced."""


class Picture(NamedTuple):
    """A picture that was written: its path from the folder of the export, height and width."""

    path: str
    height: int
    width: int


def export_labels(
    splits: Mapping[str, Path],
    folder: Path,
    form: str,
    *,
    user_instances_only: bool = True,
    video_folders: Sequence[Path] = (),
) -> dict[str, int]:
    """Write splits in the format of another tool.

    Args:
        splits: The .slp file of each split.
        folder: The folder to write. An earlier export there is replaced as a whole.
        form: One of `FORMATS`.
        user_instances_only: Whether predicted instances are left out; a package keeps all.
        video_folders: Where plain videos may lie.

    Returns:
        The number of frames of each split.

    Raises:
        ExportError: The folder holds other files, or splits have skeletons of different nodes.
        ImageError, VideoNotFoundError, VideoMismatchError: A frame has no image.
    """
    with read_together(splits.values()):
        loaded = {name: Labels.load(path) for name, path in splits.items()}
    loaded = {name: labels for name, labels in loaded.items() if len(labels)}
    skeleton = _one_skeleton(loaded)
    _check_replaceable(folder)
    with atomic_folder(folder) as new:
        for name, labels in loaded.items():
            if form == "slp-pkg":
                embed(labels, new / f"{name}.pkg.slp", video_folders=video_folders)
                continue
            with TemporaryDirectory(dir=new) as temporary:
                package = Path(temporary) / "labels.pkg.slp"
                embed(labels, package, video_folders=video_folders)
                pictures = _write_pictures(Labels.load(package), new, name)
                frames = _frames(package, user_instances_only=user_instances_only)
                write = _write_coco if form == "coco" else _write_ultralytics
                write(frames, pictures, new, name)
        if form == "ultralytics":
            _write_config(new / "data.yaml", skeleton, list(loaded))
        (new / MARK).touch()
    return {name: len(labels) for name, labels in loaded.items()}


def _one_skeleton(loaded: Mapping[str, Labels]) -> Skeleton:
    skeletons = [skeleton for labels in loaded.values() for skeleton in labels.skeletons]
    if len({skeleton.nodes for skeleton in skeletons}) != 1:
        msg = (
            f"expected splits with one skeleton, found {len(skeletons)} that differ in their nodes"
        )
        raise ExportError(msg)
    return skeletons[0]


def _check_replaceable(folder: Path) -> None:
    """Check that the folder holds nothing but such an export."""
    is_other = folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).is_file()
    if is_other or folder.is_file():
        msg = f"{folder} holds files that are no such export; name an empty or a new folder"
        raise ExportError(msg)


def _write_pictures(package: Labels, folder: Path, split: str) -> list[Picture]:
    """Write the picture of each frame as PNG, colours as RGB."""
    pictures = []
    (folder / split / "images").mkdir(parents=True)
    for row in tracked(range(len(package)), "pictures written", total=len(package)):
        at, frame = int(package.video[row]), int(package.frame_idx[row])
        (image,) = package.read_images(
            package.video[row : row + 1], package.frame_idx[row : row + 1]
        )
        if isinstance(image, bytes):
            image = decode_picture(io.BytesIO(image), package.videos[at].size)
            if package.images[at].channel_order == "BGR" and image.shape[2] == 3:
                image = image[..., ::-1]
        stem = re.sub(r"[^\w.-]+", "_", package.videos[at].key)
        path = f"{split}/images/{stem}_{frame:06d}.png"
        if (folder / path).exists():  # two rows of one frame, or two keys that read alike
            path = f"{split}/images/{stem}_{frame:06d}_{row}.png"
        (folder / path).write_bytes(encode_png(image))
        pictures.append(Picture(path, *image.shape[:2]))
    return pictures


def _frames(package: Path, *, user_instances_only: bool) -> Any:  # noqa: ANN401 - of sleap-io
    """`sleap_io.Labels` of a package, frame by frame as in the file."""
    sio = import_library("sleap_io")
    labels = sio.load_slp(str(package), open_videos=False)
    if user_instances_only:
        for frame in labels:
            frame.instances = [i for i in frame.instances if type(i) is sio.Instance]
    return labels


def _write_coco(labels: Any, pictures: Sequence[Picture], folder: Path, split: str) -> None:  # noqa: ANN401
    coco = import_library("sleap_io.io.coco")
    value = coco.convert_labels(labels, [picture.path for picture in pictures])
    for image, picture in zip(value["images"], pictures, strict=True):
        image.update(height=picture.height, width=picture.width)
    (folder / f"{split}.json").write_text(json.dumps(value), encoding="utf-8")


def _write_ultralytics(
    labels: Any,  # noqa: ANN401 - of sleap-io
    pictures: Sequence[Picture],
    folder: Path,
    split: str,
) -> None:
    write = import_library("sleap_io.io.ultralytics").write_label_file
    (folder / split / "labels").mkdir()
    for frame, picture in zip(labels, pictures, strict=True):
        path = folder / split / "labels" / f"{Path(picture.path).stem}.txt"
        write(path, frame, labels.skeleton, (picture.height, picture.width))


def _write_config(path: Path, skeleton: Skeleton, splits: Sequence[str]) -> None:
    """data.yaml. `flip_idx` has the node that each node becomes in a mirror."""
    flip = list(range(len(skeleton.nodes)))
    for one, other in skeleton.symmetries:
        flip[one], flip[other] = other, one
    config = {
        "path": ".",
        **{split: f"{split}/images" for split in splits},
        "names": {0: skeleton.name or "animal"},
        "kpt_shape": [len(skeleton.nodes), 3],
        "flip_idx": flip,
        "node_names": list(skeleton.nodes),
        "skeleton": [list(edge) for edge in skeleton.edges],
    }
    path.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
