"""The index of a split: its form, golden, and what is refused."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from places import ROOT
from synthetic_labels import MadeFrame, MadeInstance, MadeLabels, MadePoint

from splitlib.errors import JsonFileError
from splitlib.jsonfile import read_json
from splitlib.labels import Labels
from splitlib.split.find_frames import find_frames
from splitlib.split.index import SourceId, read_index
from splitlib.split.index_schema import index_schema
from splitlib.split.write_index import IndexWriter

GOLDEN = """{
  "encoding-type": "splitlib-index",
  "encoding-version": "2.0",
  "params": {
    "split": {
      "gap": 5
    }
  },
  "position": [3, 4, 0, 2],
  "sources": [
    {
      "file": "labels.slp",
      "n_frames": 5,
      "sha256": "0000000000000000000000000000000000000000000000000000000000000000"
    }
  ],
  "split": "val",
  "videos": [
    {
      "file": "labels.slp",
      "fingerprint": "92e303a61bda621e",
      "frames": {
        "img0009.png": "0000000000000000",
        "img0052.png": "fc92de62bcff8741"
      },
      "key": "mouseA",
      "n_frames": null,
      "name": "mouseA/img*",
      "size": null
    },
    {
      "file": "labels.slp",
      "fingerprint": "a6d30e716e5ff971",
      "frames": {
        "9": "0000000000000000",
        "10": "fc92de62bcff8741"
      },
      "key": "top.mp4",
      "n_frames": 900,
      "name": "top.mp4",
      "size": [48, 64]
    }
  ]
}
"""


def some_labels(path: Path) -> Labels:
    placed = MadeInstance(points=(MadePoint(1.5, 2.5), MadePoint(40, 7)))
    film = {"filename": "/data/top.mp4", "backend": {"shape": [900, 48, 64, 1]}}
    pictures = {"filename": ["D:\\x\\mouseA\\img0052.png", "D:\\x\\mouseA\\img0009.png"]}
    frames = [(0, 9), (0, 3), (0, 10), (1, 1), (1, 0)]
    made = MadeLabels(
        tuple(MadeFrame(*at, (placed,) if at in ((0, 10), (1, 0)) else ()) for at in frames),
        n_videos=2,
        options={"videos": [film, pictures]},
    )
    return Labels.load(made.write(path))


def write(labels: Labels, path: Path) -> Path:
    source = SourceId("labels.slp", "0" * 64, len(labels))
    writer = IndexWriter(labels, [source], {"split": {"gap": 5}})
    writer.write(path, np.array([0, 2, 3, 4]), "val")
    return path


def test_the_form_is_golden(tmp_path: Path) -> None:
    path = write(some_labels(tmp_path / "labels.slp"), tmp_path / "val.json")
    assert path.read_text() == GOLDEN


def test_an_index_reads_back(tmp_path: Path) -> None:
    labels = some_labels(tmp_path / "labels.slp")
    index = read_index(write(labels, tmp_path / "val.json"))
    assert index.frame == ("img0009.png", "img0052.png", "9", "10")
    assert [index.name(at) for at in (0, 3)] == ["mouseA frame img0009.png", "top.mp4 frame 10"]
    assert find_frames(index, labels).tolist() == [0, 2, 3, 4]
    assert find_frames(index, labels.extract([4, 3, 2, 1, 0])).tolist() == [0, 1, 2, 4]


def test_the_schema_is_that_of_the_docs_and_holds_what_is_written() -> None:
    schema = index_schema()
    assert read_json(ROOT / "docs/index.schema.json") == json.loads(json.dumps(schema))
    jsonschema.validate(json.loads(GOLDEN), schema)
    for name in ("train", "val", "test"):
        jsonschema.validate(read_json(ROOT / f"splits/{name}.json"), schema)


def changed(**values: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    return {**json.loads(GOLDEN), **values}


VIDEO = json.loads(GOLDEN)["videos"][1]
MALFORMED = {
    "a gap in words": (changed(params={"split": {"gap": "many"}}), "gap: expected a number"),
    "no params of a split": (changed(params={"split": 3}), r"params\.split: expected a mapping"),
    "a fraction in words": (
        changed(params={"split": {"fractions": {"val": "x"}}}),
        "val: expected a number, found 'x'",
    ),
    "a digest cut off": (
        changed(videos=[{**VIDEO, "frames": {"9": "00"}}]),
        r"videos\.0\.frames\.9: String should match",
    ),
    "a number as text": (changed(videos=[{**VIDEO, "n_frames": "9"}]), r"videos\.0\.n_frames"),
    "an unknown field": (changed(more=1), "more: "),
    "too few positions": (changed(position=[1]), "position has 1 rows, and videos have 4 frames"),
    "a hash cut off": (
        changed(sources=[{**changed()["sources"][0], "sha256": "ab"}]),
        r"sources\.0\.sha256",
    ),
    "no files": (changed(sources=[]), "sources: "),
    "no videos": ({k: v for k, v in changed().items() if k != "videos"}, "videos: "),
}


@pytest.mark.parametrize(("value", "message"), MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_index_is_refused_by_its_field(
    value: dict[str, Any], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "val.json"
    path.write_text(json.dumps(value))
    with pytest.raises(JsonFileError, match=message):
        read_index(path)
