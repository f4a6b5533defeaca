"""Pictures where there is little to draw, or a name that matplotlib would take for mathematics."""

from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from drawn_animals import split_of

from splitlib.evaluation.example_pictures import write_gallery
from splitlib.evaluation.examples_shown import ShownExample
from splitlib.evaluation.figure_pictures import nodes_png

ANIMAL = np.array([[[10.0, 10.0], [30.0, 20.0]]])
PNG = b"\x89PNG"


@pytest.mark.parametrize(
    ("truth", "names"),
    [
        (ANIMAL, ("head", "tail")),
        (ANIMAL, ("cage$1_$2", "$x^$")),
        (np.full((1, 2, 2), np.nan), ("head", "tail")),
        (np.zeros((0, 2, 2)), ("head", "tail")),
    ],
)
def test_nodes_are_drawn(truth: np.ndarray, names: tuple[str, str]) -> None:
    assert nodes_png(truth, names, [0.5, None], [(0, 1)]).startswith(PNG)


@pytest.mark.parametrize("where", ["top.mp4 3", "cage$1_$2.mp4 3"])
def test_examples_are_drawn(where: str, tmp_path: Path) -> None:
    image = np.zeros((40, 60, 1), np.float32)
    examples = {"best": [ShownExample(0, 0, where, "0.5 px")], "worst": []}
    split = split_of(ANIMAL, ANIMAL + 1)
    write_gallery(tmp_path / "gallery.png", split, examples, {0: image}, [(0, 1)])
    with PIL.Image.open(tmp_path / "gallery.png") as gallery:
        assert min(gallery.size) > 100
