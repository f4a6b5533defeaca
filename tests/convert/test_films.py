"""Films of more than 8 bits, and films that ask to be turned."""

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from splitlib.convert import read_video_frames
from splitlib.errors import ImageError

HEIGHT, WIDTH = 48, 64


def levels(bits: int, channels: int) -> NDArray[np.uint16]:
    shape = (HEIGHT, WIDTH, channels)
    return np.random.default_rng(bits).integers(0, 2**bits, shape, dtype=np.uint16)


def write_film(
    path: Path,
    frame: NDArray[Any],
    pixels: str,
    given: str,
    *,
    codec: str = "ffv1",
    rotation: int = 0,
) -> Path:
    """A film of one frame, stored without loss as `pixels`; `given` is the frame's own format."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = frame.shape[1], frame.shape[0], pixels
        if rotation:
            stream.set_display_rotation(rotation)
        made = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame.squeeze()), format=given)
        container.mux(stream.encode(made))
        container.mux(stream.encode(None))
    return path


def read(path: Path, size: tuple[int, int] | None = None) -> NDArray[Any]:
    (image,) = read_video_frames(path, np.array([0]), size=size)
    return image


@pytest.mark.parametrize(
    ("pixels", "given", "channels"),
    [("gray16le", "gray16le", 1), ("gbrp16le", "rgb48le", 3)],
    ids=["gray", "colours"],
)
def test_films_of_16_bits_give_the_very_levels(
    pixels: str, given: str, channels: int, tmp_path: Path
) -> None:
    stored = levels(16, channels)
    image = read(write_film(tmp_path / "film.mkv", stored, pixels, given))
    assert image.dtype == np.uint16
    np.testing.assert_array_equal(image, stored)


@pytest.mark.parametrize(
    ("pixels", "bits", "channels"),
    [("gray10le", 10, 1), ("gray12le", 12, 1), ("gbrp10le", 10, 3), ("gbrp12le", 12, 3)],
)
def test_films_of_10_and_12_bits_are_stretched_and_lose_no_level(
    pixels: str, bits: int, channels: int, tmp_path: Path
) -> None:
    stored = levels(bits, channels)
    given = "rgb48le" if channels == 3 else "gray16le"
    wide = stored << (16 - bits) | stored >> (2 * bits - 16)
    image = read(write_film(tmp_path / "film.mkv", wide, pixels, given))
    assert image.dtype == np.uint16
    assert len(np.unique(image)) == len(np.unique(stored))
    np.testing.assert_allclose(image / 65535, stored / (2**bits - 1), atol=1e-3)


def test_a_film_of_10_bits_and_little_colour_keeps_more_than_256_levels(tmp_path: Path) -> None:
    """The usual kind: YUV, as H.265 stores it."""
    ramp = np.linspace(0, 65535, HEIGHT * WIDTH).astype(np.uint16).reshape(HEIGHT, WIDTH, 1)
    image = read(write_film(tmp_path / "film.mkv", ramp, "yuv420p10le", "gray16le"))
    assert image.dtype == np.uint16
    assert image.shape == (HEIGHT, WIDTH, 1)
    assert len(np.unique(image)) > 800
    np.testing.assert_allclose(image / 65535, ramp / 65535, atol=4e-3)


def test_a_film_of_fractions_is_refused(tmp_path: Path) -> None:
    frame = np.random.default_rng(0).random((HEIGHT, WIDTH), dtype=np.float32)
    path = write_film(tmp_path / "film.mov", frame, "grayf32le", "grayf32le", codec="exr")
    with pytest.raises(ImageError, match=r"film\.mov: frame 0 .* fractions .* 16 bits"):
        read(path)


def colours() -> NDArray[np.uint8]:
    shape = (HEIGHT, WIDTH, 3)
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize("rotation", [-90, 90])
@pytest.mark.parametrize("is_turned", [True, False], ids=["turned", "as stored"])
def test_the_stated_size_says_whether_a_film_was_turned(
    rotation: int, is_turned: bool, tmp_path: Path
) -> None:
    stored = colours()
    path = write_film(
        tmp_path / "film.mov", stored, "rgb24", "rgb24", codec="png", rotation=rotation
    )
    size = (WIDTH, HEIGHT) if is_turned else (HEIGHT, WIDTH)
    expected = np.rot90(stored, rotation // 90) if is_turned else stored
    np.testing.assert_array_equal(read(path, size), expected)


@pytest.mark.parametrize(("rotation", "size"), [(90, None), (180, None), (180, (HEIGHT, WIDTH))])
def test_a_film_that_asks_to_be_turned_is_refused_where_the_labels_do_not_tell(
    rotation: int, size: tuple[int, int] | None, tmp_path: Path
) -> None:
    path = tmp_path / "film.mov"
    write_film(path, colours(), "rgb24", "rgb24", codec="png", rotation=rotation)
    with pytest.raises(ImageError, match=r"film\.mov: frame 0 .* turned .* without an orientation"):
        read(path, size)
