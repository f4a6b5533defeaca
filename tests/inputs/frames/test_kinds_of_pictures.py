"""Every kind of picture is read right or refused by name: the rows of a table in docs/inputs.md."""

import io
import json
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import PIL.Image
import pytest
import sleap_io
import tensorflow as tf
import tifffile  # Pillow writes no colours of 16 bits
from numpy.typing import NDArray
from reader_examples import video_of
from slow import quick_if, slow
from synthetic_labels import MadeFrame, MadeLabels, user_instance

from splitlib.convert import embed
from splitlib.convert.turned import turned
from splitlib.errors import ImageError, VideoMismatchError
from splitlib.inputs.export.read_export import ExportedFrames
from splitlib.inputs.export.write_export import export_frames
from splitlib.inputs.frames.decoded_frames import DecodedFrames
from splitlib.inputs.frames.frame_source import LabelsSource
from splitlib.inputs.frames.reader import LabelsReader
from splitlib.labels import Labels
from splitlib.params import InputsParams, Params
from splitlib.slp.png import encode_png

Levels = NDArray[Any]

ROOT = Path(__file__).parents[3]
HEIGHT, WIDTH = 24, 32
SIZE = (HEIGHT, WIDTH)


def noise(most: int, channels: int = 1, dtype: type = np.uint8) -> Levels:
    rng = np.random.default_rng(channels)
    return rng.integers(0, most, (HEIGHT, WIDTH, channels), endpoint=True).astype(dtype)


GRAY, RGB = noise(255), noise(255, 3)
GRAY_16, RGB_16 = noise(65535, dtype=np.uint16), noise(65535, 3, np.uint16)
DEEP_RGBA = np.dstack([RGB_16, GRAY_16])
MASK = GRAY > 100
PALETTE = PIL.Image.fromarray(RGB).quantize(16)
PALETTE_COLOURS = np.asarray(PALETTE.convert("RGB"))
CMYK = PIL.Image.fromarray(RGB).convert("CMYK")


def saved(pixels: Levels | PIL.Image.Image, kind: str = "png", **options: Any) -> bytes:  # noqa: ANN401
    """A picture as Pillow writes it."""
    buffer = io.BytesIO()
    image = PIL.Image.fromarray(pixels.squeeze()) if isinstance(pixels, np.ndarray) else pixels
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def tiff(pixels: Levels, **options: Any) -> bytes:  # noqa: ANN401 - of tifffile
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, pixels.squeeze(), **options)
    return buffer.getvalue()


def with_opacity(mode: str) -> bytes:
    image = PIL.Image.fromarray(RGB if mode == "RGBA" else GRAY[..., 0])
    image.putalpha(PIL.Image.fromarray(RGB[..., 1]))
    return saved(image)


def portable(header: str, pixels: Levels) -> bytes:
    return header.encode() + pixels.astype(pixels.dtype.newbyteorder(">")).tobytes()


def cmyk_jpeg() -> bytes:
    return saved(CMYK, "jpeg", quality=100)


def decoded(content: bytes) -> Levels:
    return np.asarray(PIL.Image.open(io.BytesIO(content)).convert("RGB"))


@dataclass(frozen=True)
class Kind:
    """A picture, and its pixels, or what the message says."""

    row: str  # the first cell of its row in the table
    content: bytes
    pixels: Levels | None = None
    refused: str = ""
    suffix: str = "png"


EIGHT, ONE, FEW = "8 bits, gray or RGB", "1 bit", "2 or 4 bits"
PALETTES, OPACITY, SIXTEEN = "a palette", "opacity (alpha)", "16 bits, gray or RGB"
TWELVE, PORTABLE, WIDE = "10 or 12 bits in 16", "PGM and PPM with a white of their own", "32 bits"
FLOAT, SIGNED, INK = "floats", "signed numbers", "CMYK"
SPACES, INVERTED, PAGES = "LAB and other colours", "TIFF where 0 is white", "several pages"
MIXED, TURNED = "gray pictures among coloured ones", "an orientation in EXIF"
FILMS = "films of 10, 12 and 16 bits"

KINDS = {
    "gray PNG": Kind(EIGHT, saved(GRAY), GRAY),
    "RGB PNG": Kind(EIGHT, saved(RGB), RGB),
    "RGB BMP": Kind(EIGHT, saved(RGB, "bmp"), RGB, suffix="bmp"),
    "RGB TIFF": Kind(EIGHT, tiff(RGB, photometric="rgb"), RGB, suffix="tif"),
    "RGB WebP": Kind(EIGHT, saved(RGB, "webp", lossless=True), RGB, suffix="webp"),
    "gray JPEG": Kind(
        EIGHT, saved(GRAY, "jpeg"), decoded(saved(GRAY, "jpeg"))[..., :1], suffix="jpg"
    ),
    "RGB JPEG": Kind(EIGHT, saved(RGB, "jpeg"), decoded(saved(RGB, "jpeg")), suffix="jpg"),
    "mask PNG": Kind(ONE, saved(MASK), MASK * np.uint8(255)),
    "mask TIFF": Kind(ONE, saved(MASK, "tiff"), MASK * np.uint8(255), suffix="tif"),
    "mask BMP": Kind(ONE, saved(MASK, "bmp"), MASK * np.uint8(255), suffix="bmp"),
    "palette": Kind(PALETTES, saved(PALETTE), PALETTE_COLOURS),
    "palette of 1 bit": Kind(
        PALETTES,
        saved(PIL.Image.fromarray(RGB).quantize(2), bits=1),
        np.asarray(PIL.Image.fromarray(RGB).quantize(2).convert("RGB")),
    ),
    "palette with opacity": Kind(PALETTES, saved(PALETTE, transparency=3), PALETTE_COLOURS),
    "palette TIFF": Kind(PALETTES, saved(PALETTE, "tiff"), PALETTE_COLOURS, suffix="tif"),
    "RGBA": Kind(OPACITY, with_opacity("RGBA"), RGB),
    "LA": Kind(OPACITY, with_opacity("LA"), GRAY),
    "RGB with a clear colour": Kind(
        OPACITY, saved(RGB, transparency=tuple(RGB[0, 0].tolist())), RGB
    ),
    "RGBA of 16 bits": Kind(OPACITY, encode_png(DEEP_RGBA), RGB_16),
    "LA of 16 bits": Kind(OPACITY, encode_png(RGB_16[..., :2]), RGB_16[..., :1]),
    "colours times opacity": Kind(
        OPACITY,
        tiff(DEEP_RGBA, photometric="rgb", extrasamples=["assocalpha"]),
        refused="multiplied by their opacity, with 16 bits; save it as PNG",
        suffix="tif",
    ),
    "RGBA TIFF of 16 bits": Kind(OPACITY, tiff(DEEP_RGBA, photometric="rgb"), RGB_16, suffix="tif"),
    "gray PNG of 16 bits": Kind(SIXTEEN, saved(GRAY_16), GRAY_16),
    "RGB PNG of 16 bits": Kind(SIXTEEN, encode_png(RGB_16), RGB_16),
    "gray TIFF of 16 bits": Kind(SIXTEEN, tiff(GRAY_16), GRAY_16, suffix="tif"),
    "big-endian TIFF": Kind(SIXTEEN, tiff(GRAY_16, byteorder=">"), GRAY_16, suffix="tif"),
    "RGB TIFF of 16 bits": Kind(
        SIXTEEN, tiff(RGB_16, photometric="rgb", compression="zlib"), RGB_16, suffix="tif"
    ),
    "planar TIFF": Kind(
        SIXTEEN,
        tiff(RGB_16.transpose(2, 0, 1), photometric="rgb", planarconfig="separate"),
        RGB_16,
        suffix="tif",
    ),
    "PPM of 16 bits": Kind(SIXTEEN, portable("P6 32 24 65535\n", RGB_16), RGB_16, suffix="ppm"),
    "12 bits": Kind(TWELVE, saved(GRAY_16 >> 4), GRAY_16 >> 4),
    "10 bits, TIFF": Kind(TWELVE, tiff(GRAY_16 >> 6), GRAY_16 >> 6, suffix="tif"),
    "PGM of 15": Kind(
        PORTABLE, portable("P5 32 24 15\n", GRAY % 16), GRAY % 16 * np.uint8(17), suffix="pgm"
    ),
    "whole numbers of 32 bits": Kind(WIDE, tiff(GRAY_16.astype(np.int32)), GRAY_16, suffix="tif"),
    "more than 16 bits": Kind(
        WIDE,
        tiff(GRAY_16.astype(np.int32) * 3),
        refused="int32 values .* expected whole numbers from 0 to 65535, .*; save it with 16 bits",
        suffix="tif",
    ),
    "floats that are whole": Kind(FLOAT, tiff(GRAY_16.astype(np.float32)), GRAY_16, suffix="tif"),
    "shares of 8 bits": Kind(
        FLOAT,
        tiff(GRAY.astype(np.float32) / 255),
        GRAY.astype(np.uint16) * np.uint16(257),
        suffix="tif",
    ),
    "shares of 16 bits": Kind(
        FLOAT, tiff(GRAY_16.astype(np.float32) / 65535), GRAY_16, suffix="tif"
    ),
    "shares of 12 bits": Kind(
        FLOAT,
        tiff((GRAY_16 >> 4).astype(np.float32) / 4095),
        refused="float32 values from .* 16 bits",
        suffix="tif",
    ),
    "shares of more": Kind(
        FLOAT,
        tiff(np.random.default_rng(0).random(SIZE, dtype=np.float32)),
        refused="float32 values from .* or shares of white that 16 bits hold; save",
        suffix="tif",
    ),
    "more than white": Kind(
        FLOAT, tiff(GRAY.astype(np.float32) / 100), refused="float32 values from", suffix="tif"
    ),
    "zeros and ones": Kind(
        FLOAT, tiff(MASK.astype(np.float32)), refused="float32 values from 0", suffix="tif"
    ),
    "not a number": Kind(
        FLOAT,
        tiff(np.full(SIZE, np.nan, np.float32)),
        refused="float32 values from nan",
        suffix="tif",
    ),
    "doubles": Kind(
        FLOAT, tiff(GRAY / 7), refused="no picture of a kind that is read", suffix="tif"
    ),
    "colours as floats": Kind(
        FLOAT,
        tiff(RGB.astype(np.float32), photometric="rgb"),
        refused="no picture of a kind that is read; save it as PNG",
        suffix="tif",
    ),
    "signed bytes": Kind(
        SIGNED, tiff(GRAY.view(np.int8)), refused="levels are signed", suffix="tif"
    ),
    "signed 16 bits": Kind(
        SIGNED, tiff(GRAY_16.view(np.int16)), refused="values from -", suffix="tif"
    ),
    "CMYK JPEG": Kind(INK, cmyk_jpeg(), decoded(cmyk_jpeg()), suffix="jpg"),
    "CMYK JPEG of unknown sign": Kind(
        INK,
        cmyk_jpeg().replace(b"Adobe", b"Other"),
        refused="does not say whether 0 is no ink",
        suffix="jpg",
    ),
    "CMYK TIFF": Kind(INK, saved(CMYK, "tiff"), RGB, suffix="tif"),
    "CMYK of 16 bits": Kind(
        INK, tiff(DEEP_RGBA, photometric="separated"), refused="CMYK with 16", suffix="tif"
    ),
    "JPEG 2000": Kind(
        SPACES, saved(RGB, "jpeg2000"), refused="no picture of a kind that is read", suffix="jp2"
    ),
    "LAB": Kind(
        SPACES, tiff(RGB, photometric="cielab"), refused="colours are LAB, .*save it", suffix="tif"
    ),
    "five channels": Kind(
        SPACES,
        tiff(noise(255, 5), photometric="minisblack", planarconfig="contig"),
        refused="no picture of a kind that is read",
        suffix="tif",
    ),
    "0 is white": Kind(INVERTED, tiff(GRAY, photometric="miniswhite"), 255 - GRAY, suffix="tif"),
    "0 is white, of 16 bits": Kind(
        INVERTED,
        tiff(GRAY_16, photometric="miniswhite"),
        refused="white is 0 in it, with 16 bits; save it as PNG",
        suffix="tif",
    ),
    "two pages": Kind(
        PAGES,
        tiff(np.stack([GRAY, GRAY]), photometric="minisblack"),
        refused="2 pages, expected one picture; save each page",
        suffix="tif",
    ),
    "moving GIF": Kind(
        PAGES,
        saved(PALETTE, "gif", save_all=True, append_images=[PALETTE.rotate(90)]),
        refused="2 pages",
        suffix="png",
    ),
}

TESTED_BELOW = {FEW, MIXED, TURNED, FILMS}
"""Rows with tests of their own, here and in tests/convert/test_films.py."""


def listed(folder: Path, contents: list[bytes], suffix: str = "png", **backend: object) -> Path:
    """Labels of a list of pictures."""
    names = [f"{at}.{suffix}" for at in range(len(contents))]
    folder.mkdir(exist_ok=True)
    for name, content in zip(names, contents, strict=True):
        (folder / name).write_bytes(content)
    row = {"filename": names[0], "backend": {"filename": names[0], "filenames": names, **backend}}
    return labels_of(folder / "labels.slp", row, len(names))


def packed(folder: Path, contents: list[bytes], **options: Any) -> Path:  # noqa: ANN401
    """Labels with pictures embedded as another tool may have done it."""
    folder.mkdir(exist_ok=True)
    return labels_of(folder / "labels.slp", video_of(contents, **options), len(contents))


def labels_of(path: Path, video: object, n_frames: int) -> Path:
    frames = tuple(MadeFrame(0, at, (user_instance(),)) for at in range(n_frames))
    return MadeLabels(frames, options={"videos": [video]}).write(path)


def embedded(path: Path) -> Path:
    """The same labels as a package that splitlib wrote."""
    embed(Labels.load(path), path.parent / "package.slp")
    for picture in path.parent.glob("[0-9].*"):
        picture.unlink()
    return path.parent / "package.slp"


def images_of(path: Path, white: int | None = None) -> list[Levels]:
    reader = LabelsReader(Labels.load(path), white=white)
    reader.check_images()
    return [example["image"] for example in reader.make_dataset().as_numpy_iterator()]


def expected(pixels: Levels, white: int = 65535) -> Levels:
    """What a reader gives."""
    return pixels if pixels.dtype == np.uint8 else pixels.astype(np.float32) / np.float32(white)


def as_list(folder: Path, kind: Kind) -> Path:
    return listed(folder, [kind.content, kind.content], kind.suffix)


def as_package(folder: Path, kind: Kind) -> Path:
    return embedded(as_list(folder, kind))


def as_foreign_package(folder: Path, kind: Kind) -> Path:
    return packed(folder, [kind.content, kind.content], size=SIZE)


WAYS = [as_list, as_package, as_foreign_package]

CASES = [
    pytest.param(
        *(kind, way),
        id=f"{name}, {way.__name__}",
        marks=[] if way == as_list else [pytest.mark.slow],  # packages go the same way
    )
    for name, kind in KINDS.items()
    for way in WAYS
    # embedded pictures are PNG or JPEG
    if way != as_foreign_package or kind.content.startswith((b"\x89PNG", b"\xff\xd8"))
]


@pytest.mark.parametrize(("kind", "way"), CASES)
def test_each_kind_is_read_right_or_refused_by_name(
    kind: Kind, way: Callable[[Path, Kind], Path], tmp_path: Path
) -> None:
    if kind.pixels is None:
        with pytest.raises(ImageError, match=rf"(?s)labels\.slp.*{kind.refused}") as error:
            images_of(way(tmp_path, kind))
        assert "frame 0" in str(error.value) or f"0.{kind.suffix}" in str(error.value)
        return
    for image in images_of(way(tmp_path, kind)):
        assert image.shape == (*SIZE, kind.pixels.shape[2] if kind.pixels.ndim == 3 else 1)
        np.testing.assert_array_equal(image, expected(kind.pixels).reshape(image.shape))


@pytest.mark.parametrize("bits", [2, 4])
@pytest.mark.parametrize("way", WAYS)
def test_gray_of_few_bits_is_stretched(
    bits: int, way: Callable[[Path, Kind], Path], tmp_path: Path
) -> None:
    """No library here writes such a PNG, but its header is easily changed."""
    pixels = GRAY[:, : WIDTH // (8 // bits)]
    shifts = np.arange(8 - bits, -1, -bits)
    levels = (pixels >> shifts) & (2**bits - 1)
    whole = levels.reshape(HEIGHT, WIDTH, 1) * np.uint8(255 // (2**bits - 1))
    kind = Kind(FEW, few_bits(pixels, bits))
    for image in images_of(way(tmp_path, kind)):
        np.testing.assert_array_equal(image, whole)


def few_bits(pixels: Levels, bits: int) -> bytes:
    content = encode_png(pixels)
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, bits, 0, 0, 0, 0)
    part = b"IHDR" + header
    return content[:12] + part + struct.pack(">I", zlib.crc32(part)) + content[33:]


# ---- more than 8 bits


@pytest.mark.parametrize("way", WAYS)
def test_the_level_of_white_becomes_1(way: Callable[[Path, Kind], Path], tmp_path: Path) -> None:
    kind = KINDS["12 bits"]
    assert kind.pixels is not None
    for image in images_of(way(tmp_path, kind), white=4095):
        np.testing.assert_array_equal(image, expected(kind.pixels, 4095))
        assert len(np.unique(image)) == len(np.unique(kind.pixels))


def test_images_of_8_and_16_bits_in_one_file_are_shares_of_their_white(tmp_path: Path) -> None:
    path = packed(tmp_path, [saved(GRAY), encode_png(GRAY_16), saved(GRAY, "jpeg")], size=SIZE)
    shallow, deep, jpeg = images_of(path, white=65535)
    np.testing.assert_array_equal(shallow, GRAY.astype(np.float32) / 255)
    np.testing.assert_array_equal(deep, expected(GRAY_16))
    np.testing.assert_array_equal(
        jpeg[..., 0], decoded(saved(GRAY, "jpeg")).astype(np.float32)[..., 0] / 255
    )


def test_colours_of_16_bits_come_as_rgb_from_a_package_of_opencv(tmp_path: Path) -> None:
    content = encode_png(RGB_16[..., ::-1])
    (image,) = images_of(packed(tmp_path, [content], size=SIZE, channel_order="BGR"))
    np.testing.assert_array_equal(image, expected(RGB_16))


@pytest.mark.parametrize("pixels", [GRAY_16, RGB_16], ids=["gray", "RGB"])
def test_pixels_of_16_bits_that_a_package_holds_unencoded_are_read(
    pixels: Levels, tmp_path: Path
) -> None:
    path = packed(tmp_path, [saved(GRAY)] * 2, size=SIZE)
    with h5py.File(path, "r+") as file:
        attributes = dict(file["video0/video"].attrs)
        del file["video0/video"]
        file["video0/video"] = np.stack([pixels, pixels])
        file["video0/video"].attrs.update({**attributes, "format": "hdf5"})
    for image in images_of(path):
        np.testing.assert_array_equal(image, expected(pixels))


def test_the_largest_level_is_that_of_the_images_of_16_bits(tmp_path: Path) -> None:
    dark = np.minimum(GRAY_16, 4013)
    path = packed(tmp_path, [saved(GRAY), encode_png(dark)], size=SIZE)
    assert LabelsReader(Labels.load(path)).check_images() == 4013
    assert LabelsReader(Labels.load(path), white=4095).check_images() == 4013


@pytest.mark.parametrize(
    ("is_mixed", "white"), [(True, 4095), slow(True, None), slow(False, None), slow(False, 4095)]
)
def test_an_export_gives_every_level_back(
    is_mixed: bool, white: int | None, tmp_path: Path
) -> None:
    deep = encode_png(noise(4095, dtype=np.uint16))
    first = saved(GRAY) if is_mixed else encode_png(GRAY_16)
    path = packed(tmp_path, [first, deep], size=SIZE)
    params = replace(Params(), inputs=InputsParams(white=white))
    source = LabelsSource.load(path, params, None)
    folder = str(tmp_path / "export")
    export_frames(source, folder)
    exported = ExportedFrames.load(folder, params)
    assert exported.dtype == tf.float32
    assert exported.check_images() == source.check_images()
    kept = DecodedFrames(np.ones(2, np.bool_), (*SIZE, 1), tf.float32)
    rows = tf.data.Dataset.range(2).map(exported.graph(kept))
    for example, image in zip(rows, images_of(path, white), strict=True):
        np.testing.assert_array_equal(example["image"], image)


def test_an_export_of_more_than_8_bits_has_a_version_that_older_readers_refuse(
    tmp_path: Path,
) -> None:
    versions = []
    for name, content in (("a", saved(GRAY)), ("b", encode_png(GRAY_16))):
        path = packed(tmp_path / name, [content], size=SIZE)
        export_frames(LabelsSource.load(path, Params(), None), str(tmp_path / name / "export"))
        text = (tmp_path / name / "export/manifest.json").read_text()
        versions.append(json.loads(text)["encoding-version"])
        assert "is_deep" not in text
    assert versions == ["1.0", "1.1"]


@pytest.mark.parametrize("pixels", [GRAY_16, RGB_16], ids=["gray", "RGB"])
def test_sleap_io_reads_a_package_of_16_bits_as_the_documentation_says(
    pixels: Levels, tmp_path: Path
) -> None:
    path = embedded(listed(tmp_path, [encode_png(pixels)]))
    image = sleap_io.load_slp(str(path)).videos[0][0]
    # without OpenCV, Pillow cuts colours down to 8 bits
    stored = pixels if pixels.shape[2] == 1 else (pixels >> 8).astype(np.uint8)
    np.testing.assert_array_equal(image, stored)


# ---- gray and colours


def test_gray_pictures_behind_a_coloured_one_stay_gray_and_lose_nothing(tmp_path: Path) -> None:
    path = listed(tmp_path, [saved(RGB), saved(GRAY)])
    for images in (images_of(path), images_of(embedded(path))):
        for image, pixels in zip(images, (RGB, GRAY), strict=True):
            np.testing.assert_array_equal(image, pixels)


def test_colours_behind_a_gray_picture_are_refused_unless_the_labels_say(tmp_path: Path) -> None:
    contents = [saved(GRAY), saved(RGB)]
    with pytest.raises(ImageError, match=r"1\.png: it has colours, .* switch Grayscale"):
        images_of(listed(tmp_path / "unsaid", contents))
    for is_gray in (False, True):
        path = listed(tmp_path / str(is_gray), contents, grayscale=is_gray)
        for one, other in (images_of(path), images_of(embedded(path))):
            np.testing.assert_array_equal(one, GRAY)
            np.testing.assert_array_equal(other, RGB[..., :1] if is_gray else RGB)


# ---- orientation


def asking(orientation: int, pixels: Levels, kind: str = "png") -> bytes:
    exif = PIL.Image.Exif()
    exif[274] = orientation
    return saved(pixels, kind, exif=exif)


def stating(way: str, folder: Path, content: bytes, size: tuple[int, int] | None) -> Path:
    """Labels of one picture that state a size, or none."""
    if way == "package":
        return packed(folder, [content], size=size or (0, 0), source="top.png")
    shape = {"shape": [1, *size, 3]} if size else {}
    return listed(folder, [content], "img.png", **shape)


@pytest.mark.parametrize("way", ["list", "package"])
@pytest.mark.parametrize("kind", ["png", "jpeg"])
@pytest.mark.parametrize("orientation", quick_if((3, 6).__contains__, range(1, 9)))
def test_the_stated_size_says_whether_a_picture_was_turned(
    orientation: int, kind: str, way: str, tmp_path: Path
) -> None:
    content = asking(orientation, RGB, kind)
    stored = decoded(content)
    shown = turned(stored, orientation)
    if orientation in (2, 3, 4):
        for size in (SIZE, None):
            with pytest.raises(ImageError, match=r"to be turned .* without an orientation"):
                images_of(stating(way, tmp_path / str(size), content, size))
        return
    for at, pixels in enumerate((stored, shown)):
        (image,) = images_of(stating(way, tmp_path / str(at), content, pixels.shape[:2]))
        np.testing.assert_array_equal(image, pixels)


@pytest.mark.parametrize("size", [None, (7, 9)], ids=["no size", "another size"])
@pytest.mark.parametrize("way", ["list", "package"])
def test_a_picture_to_be_turned_is_refused_where_the_size_does_not_tell(
    way: str, size: tuple[int, int] | None, tmp_path: Path
) -> None:
    with pytest.raises(ImageError, match=r"(?s)labels\.slp.*frame 0.* to be turned"):
        images_of(stating(way, tmp_path, asking(6, RGB), size))


def test_a_turned_square_is_refused(tmp_path: Path) -> None:
    square = RGB[:, :HEIGHT]
    with pytest.raises(ImageError, match="does not tell what was labeled"):
        images_of(stating("list", tmp_path, asking(6, square), square.shape[:2]))


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_a_tiff_is_turned_once(orientation: int, tmp_path: Path) -> None:
    """Pillow turns TIFF by itself."""
    content = asking(orientation, RGB, "tiff")
    for at, pixels in enumerate((RGB, turned(RGB, orientation))):
        shape = [1, *pixels.shape]
        (image,) = images_of(listed(tmp_path / str(at), [content], "tif", shape=shape))
        np.testing.assert_array_equal(image, pixels)


def test_pages_of_one_file_are_its_frames(tmp_path: Path) -> None:
    pages = np.stack([GRAY_16[..., 0], GRAY_16[::-1, :, 0]])
    (tmp_path / "stack.tif").write_bytes(tiff(pages, photometric="minisblack"))
    path = labels_of(tmp_path / "labels.slp", "stack.tif", 2)
    for image, page in zip(images_of(path), pages, strict=True):
        np.testing.assert_array_equal(image[..., 0], expected(page))
    with pytest.raises(VideoMismatchError, match=r"stack\.tif has 2 frames, .* need frame 2"):
        images_of(labels_of(tmp_path / "more.slp", "stack.tif", 3))


# ---- the table


def test_the_documentation_has_a_row_for_each_kind() -> None:
    text = (ROOT / "docs" / "inputs.md").read_text()
    table = text.split("## Kinds of pictures")[1].split("\n## ")[0]
    rows = [line.split("|")[1].strip() for line in table.splitlines() if line.startswith("|")]
    assert rows[2:] == list(dict.fromkeys(rows[2:])), "a row is there twice"
    assert set(rows[2:]) == {kind.row for kind in KINDS.values()} | TESTED_BELOW
