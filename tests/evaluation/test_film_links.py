"""The links from the page of an evaluation into films and to pictures."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import PIL.Image
import pytest
from synthetic_labels import MadeFrame, MadeInstance, MadeLabels, MadePoint

from splitlib.evaluation.film_links import film_links
from splitlib.inputs.frames.frame_source import LabelsSource
from splitlib.params import Params

PAGE = Path("plots/evaluate/report.html")
RATE = Fraction(25, 2)
FRAMES = tuple(MadeFrame(0, at, (MadeInstance((MadePoint(), MadePoint())),)) for at in (0, 3, 5))


def write_film(path: Path) -> None:
    path.parent.mkdir(parents=True)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("ffv1", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 32, 16, "gray"
        for level in range(8):
            gray = np.full((16, 32), level * 30, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(gray, format="gray")))
        container.mux(stream.encode())


def links(video: Any, labels: Path) -> dict[int, str]:  # noqa: ANN401 - as of MadeLabels
    path = MadeLabels(FRAMES, options={"videos": [video]}).write(labels)
    source = LabelsSource.load(path, Params(), (labels.parent,))
    return film_links(source, range(len(FRAMES)), PAGE)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "a project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_a_frame_of_a_film_is_linked_by_its_time(project: Path) -> None:
    write_film(project / "my data/fly #1.mkv")
    expected = "../../my%20data/fly%20%231.mkv#t="
    assert links("D:/elsewhere/fly #1.mkv", project / "my data/labels.slp") == {
        0: f"{expected}0.000",
        1: f"{expected}0.240",
        2: f"{expected}0.400",
    }


def test_a_picture_of_a_list_is_linked_itself(project: Path) -> None:
    names = [f"pictures/img{at:02}.png" for at in range(6)]
    (project / "pictures").mkdir()
    for name in names[:4]:
        PIL.Image.fromarray(np.zeros((8, 8), np.uint8)).save(project / name)
    video = {"backend": {"type": "ImageVideo", "filename": names[0], "filenames": names}}
    assert links(video, project / "labels.slp") == {
        0: "../../pictures/img00.png",
        1: "../../pictures/img03.png",  # the last one is not there
    }


def test_no_place_of_this_machine_gets_into_a_page(project: Path, tmp_path: Path) -> None:
    write_film(tmp_path / "outside/fly.mkv")
    assert links("fly.mkv", tmp_path / "outside/labels.slp") == {}
    assert links("missing.mkv", project / "labels.slp") == {}
