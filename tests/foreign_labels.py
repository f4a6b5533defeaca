"""The same small labels in formats of other tools, each in a folder with its pictures.

Two videos, `mouseA` and `mouseB`, of four pictures each. Pictures of both have the same names.
Every picture has a gray level of its own, and every point tells video, picture and node apart.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import yaml

from splitlib.convert.source_frames import SourceVideos
from splitlib.labels import Labels

VIDEOS = ("mouseA", "mouseB")
NUMBERS = (3, 10, 11, 250)
NODES = ("nose", "tail", "ear")
HEIGHT, WIDTH = 40, 64


def picture_name(number: int) -> str:
    return f"img{number:04d}.png"


def pictures() -> Iterator[tuple[str, int]]:
    for video in VIDEOS:
        for number in NUMBERS:
            yield video, number


def gray(video: str, number: int) -> int:
    return 20 + 100 * VIDEOS.index(video) + 10 * NUMBERS.index(number)


def points(video: str, number: int) -> list[tuple[float, float]]:
    """Place of each node; the ear is not labeled in the first picture."""
    at = VIDEOS.index(video) * 20 + NUMBERS.index(number) * 4
    placed = [(at + 1.5, 5.25), (at + 2.0, 10.0), (at + 3.25, 15.5)]
    return placed[:2] if number == NUMBERS[0] else placed


def write_pictures(folder: Path) -> None:
    for video, number in pictures():
        path = folder / video / picture_name(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        PIL.Image.new("L", (WIDTH, HEIGHT), gray(video, number)).save(path)


def write_coco(folder: Path) -> Path:
    write_pictures(folder / "images")
    images, annotations = [], []
    for at, (video, number) in enumerate(pictures()):
        name = f"{video}/{picture_name(number)}"
        images.append({"id": at, "file_name": name, "height": HEIGHT, "width": WIDTH})
        values: list[float] = []
        for x, y in points(video, number):
            values += [x, y, 2]
        values += [0, 0, 0] * (3 - len(values) // 3)
        one = {"id": at, "image_id": at, "category_id": 7, "keypoints": values}
        annotations.append({**one, "bbox": [1, 1, 9, 9], "area": 81, "iscrowd": 0})
    category = {"id": 7, "name": "mouse", "keypoints": NODES, "skeleton": [[1, 2], [1, 3]]}
    value = {"images": images, "annotations": annotations, "categories": [category]}
    return written(folder / "coco.json", value)


def written(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value))
    return path


def write_deeplabcut(folder: Path, separator: str = "/", n_columns: int = 1) -> Path:
    """A project; DeepLabCut has written names of pictures in these three ways."""
    write_pictures(folder / "labeled-data")
    for video in VIDEOS:
        rows: list[list[object]] = [
            ["scorer", *[""] * (n_columns - 1), *["Ann"] * 6],
            ["bodyparts", *[""] * (n_columns - 1), *[n for node in NODES for n in (node, node)]],
            ["coords", *[""] * (n_columns - 1), *["x", "y"] * 3],
        ]
        for number in NUMBERS:
            parts = ["labeled-data", video, picture_name(number)]
            name = parts if n_columns == 3 else [separator.join(parts)]
            values = [value for point in points(video, number) for value in point]
            rows.append([*name, *values, *[""] * (6 - len(values))])
        with (folder / "labeled-data" / video / "CollectedData_Ann.csv").open("w") as file:
            csv.writer(file).writerows(rows)
    sets = {f"C:\\films\\{video}.avi": {"crop": f"0, {WIDTH}, 0, {HEIGHT}"} for video in VIDEOS}
    config = {"Task": "t", "scorer": "Ann", "video_sets": sets, "skeleton": [["nose", "tail"]]}
    (folder / "config.yaml").write_text(yaml.safe_dump({**config, "bodyparts": list(NODES)}))
    return folder


def write_ultralytics(folder: Path, layout: str = "{split}/images", n_values: int = 3) -> Path:
    """A dataset whose train split is mouseA and whose val split is mouseB."""
    of_split = dict(zip(("train", "val"), VIDEOS, strict=True))
    for split, video in of_split.items():
        images = folder / layout.format(split=split)
        labels = folder / layout.format(split=split).replace("images", "labels")
        for number in NUMBERS:
            labels.mkdir(parents=True, exist_ok=True)
            images.mkdir(parents=True, exist_ok=True)
            stem = f"{video}_{Path(picture_name(number)).stem}"
            PIL.Image.new("L", (WIDTH, HEIGHT), gray(video, number)).save(images / f"{stem}.png")
            placed = [(x / WIDTH, y / HEIGHT, 2) for x, y in points(video, number)]
            placed += [(0, 0, 0)] * (3 - len(placed))
            values = [value for point in placed for value in point[:n_values]]
            line = " ".join(map(str, [0, 0.5, 0.5, 0.2, 0.2, *values]))
            (labels / f"{stem}.txt").write_text(f"{line}\n")
    config: dict[str, Any] = {split: layout.format(split=split) for split in of_split}
    config |= {"kpt_shape": [3, n_values], "names": {0: "mouse"}, "node_names": list(NODES)}
    (folder / "data.yaml").write_text(yaml.safe_dump(config))
    return folder


def write_label_studio(folder: Path, address: str = "/data/local-files/?d={path}") -> Path:
    """Tasks of pictures: each key point is an item of its own."""
    write_pictures(folder / "images")
    tasks: list[dict[str, Any]] = [{"id": 99, "data": {"img": "none.png"}, "annotations": []}]
    for at, (video, number) in enumerate(pictures()):
        items = [
            {
                "id": f"{at}-{node}",
                "type": "keypointlabels",
                "original_width": WIDTH,
                "original_height": HEIGHT,
                "value": {"x": x / WIDTH * 100, "y": y / HEIGHT * 100, "keypointlabels": [node]},
            }
            for node, (x, y) in zip(NODES, points(video, number), strict=False)
        ]
        path = f"{video}/{picture_name(number)}"
        given = {"id": 0, "was_cancelled": True, "result": items[:1]}
        annotations = [given, {"id": 1, "result": items}]
        data = {"img": address.format(path=path), "note": "a text"}
        tasks.append({"id": at, "data": data, "annotations": annotations})
    return written(folder / "tasks.json", tasks)


def write_sleap_json(folder: Path) -> Path:
    """JSON of SLEAP, whose list of nodes has another order than its skeleton."""
    write_pictures(folder)
    nodes = [{"name": name, "weight": 1.0} for name in ("ear", "spare", "nose", "tail")]
    ids = [2, 3, 0]  # nose, tail, ear
    spelled = {"py/reduce": [{"py/type": "sleap.skeleton.EdgeType"}, {"py/tuple": [1]}]}
    link = {"edge_insert_idx": 0, "key": 0, "source": 2, "target": 3, "type": spelled}
    skeleton = {
        "directed": True,
        "graph": {"name": "mouse", "num_edges_inserted": 1},
        "links": [link],
        "multigraph": True,
        "nodes": [{"id": number} for number in ids],
    }
    frames = []
    for video, number in pictures():
        placed = {
            str(node): {"x": x, "y": y, "visible": True, "complete": True}
            for node, (x, y) in zip(ids, points(video, number), strict=False)
        }
        instance = {"skeleton": 0, "track": None, "_points": placed}
        frame = {"video": VIDEOS.index(video), "frame_idx": NUMBERS.index(number)}
        frames.append({**frame, "_instances": [instance]})
    videos = [
        {"backend": {"filenames": [f"/old/{video}/{picture_name(n)}" for n in NUMBERS]}}
        for video in VIDEOS
    ]
    value = {"version": "2.0.0", "skeletons": [skeleton], "nodes": nodes, "videos": videos}
    return written(folder / "labels.json", {**value, "labels": frames, "tracks": []})


WRITERS: dict[str, Callable[[Path], Path]] = {
    "coco": write_coco,
    "deeplabcut": write_deeplabcut,
    "deeplabcut of Windows": lambda folder: write_deeplabcut(folder, "\\"),
    "deeplabcut in three columns": lambda folder: write_deeplabcut(folder, n_columns=3),
    "ultralytics": write_ultralytics,
    "ultralytics with images first": lambda folder: write_ultralytics(folder, "images/{split}"),
    "ultralytics without visibility": lambda folder: write_ultralytics(folder, n_values=2),
    "label studio": write_label_studio,
    "label studio on a bucket": lambda folder: write_label_studio(folder, "s3://bucket/{path}"),
    "json of sleap": write_sleap_json,
}
"""A writer of each format, and of the forms of a format; each returns what a user would name."""


def truth() -> dict[int, np.ndarray]:
    """(3, 2) places of the nodes, by the gray level of the picture."""
    return {
        gray(video, number): np.array([*points(video, number), (np.nan, np.nan)][:3])
        for video, number in pictures()
    }


def points_by_gray(labels: Labels, folder: Path) -> dict[int, np.ndarray]:
    """(3, 2) places of the nodes as of `NODES`, by the gray level of the picture that is read."""
    order = [labels.skeletons[0].nodes.index(node) for node in NODES]
    source, found = labels.source, {}
    videos = SourceVideos(labels, [folder])
    for row in range(len(labels)):
        at, frame = int(labels.video[row]), labels.frame_idx[row : row + 1]
        if labels.videos[at].is_embedded:
            (image,) = labels.read_images(labels.video[row : row + 1], frame)
            level = int(np.asarray(PIL.Image.open(io.BytesIO(bytes(image))))[0, 0])
        else:
            (pixels,) = videos.read(at, frame)
            level = int(pixels[0, 0, 0])
        instance = source.instance_start[row]
        first = source.point_start[instance]
        rows = source.points.rows[first : first + 3]
        found[level] = np.stack([rows["x"], rows["y"]], axis=1)[order]
    return found


def assert_equal(found: dict[int, np.ndarray], expected: dict[int, np.ndarray]) -> None:
    assert found.keys() == expected.keys()
    for level, points in expected.items():
        np.testing.assert_allclose(found[level], points, atol=1e-4)
