"""Pictures of every kind as pixels of one of two types, or refused by name.

Pillow decodes them. It cuts colours of 16 bits down to 8 without a word, so av decodes those. What
is no gray and no colours of 8 or 16 bits is refused: a guess would look like a picture, too.
"""

from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from PIL.ImageFile import ImageFile
from PIL.TiffImagePlugin import TiffImageFile

from splitlib.convert.libraries import UNREADABLE, import_library
from splitlib.convert.turned import BACK, UPRIGHT, Size, is_labeled_turned, turned
from splitlib.errors import ImageError

Pixels = NDArray[np.uint8] | NDArray[np.uint16]

WHITE_16 = 65535
"""The largest level of 16 bits."""

_ROUNDING = 0.01
"""Distance from a level of 16 bits that float32 gives to its share of white, at most 1/2**24 of it,
and what a program adds that divides in two steps."""

FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "DIB", "GIF", "WEBP", "PPM")
"""Formats of Pillow whose depth is known here."""

_BECOMES = {
    **dict.fromkeys(("1", "L", "LA"), "L"),
    **dict.fromkeys(("P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr"), "RGB"),
}
"""Modes of Pillow with 8 bits or fewer, and the mode that their pixels are read in."""

_LEVELS = ("I", "I;16", "I;16B", "I;16L", "I;16N", "F")
"""Modes of Pillow with one channel of more than 8 bits."""

_CUT_DOWN = ("RGB", "RGBA", "RGBX", "LA")
"""Modes of Pillow in which colours of 16 bits come with 8."""

_BITS, _PHOTOMETRIC, _EXTRA, _SAMPLE_FORMAT, _ORIENTATION = 258, 262, 338, 339, 274
"""Tags of TIFF 6.0; the last one is that of EXIF as well."""

_WHITE_IS_ZERO, _PREMULTIPLIED, _SIGNED = 0, 1, 2
"""Values of `_PHOTOMETRIC`, `_EXTRA` and `_SAMPLE_FORMAT`."""


def decode_picture(file: BinaryIO, stated: Size | None, page: int | None = None) -> Pixels:
    """Decode a picture, turned if the labels were made on the turned one.

    The arguments, pixels and errors are those of `stored_picture`. `stated` is height and width as
    the labels state them, which decide about the orientation.

    Raises:
        ImageError: Also if they do not decide.
    """
    pixels, orientation = stored_picture(file, page)
    height, width, _ = pixels.shape
    is_turned = is_labeled_turned((height, width), orientation, stated)
    return turned(pixels, orientation) if is_turned else pixels


def stored_picture(file: BinaryIO, page: int | None = None) -> tuple[Pixels, int]:
    """Decode a picture as it is stored; `docs/inputs.md` says what becomes of each kind.

    Args:
        file: The encoded picture.
        page: The page of a file with several; None for a file that must have one.

    Returns:
        (height, width, channels), gray or RGB: uint8 from 0 to 255, or uint16 where the picture
        has more than 8 bits, with the levels of the picture; and its orientation.

    Raises:
        ImageError: The picture is damaged or of a kind that cannot be read right.
        MissingExtraError: Colours of 16 bits need av, which is not installed.
    """
    try:
        with Image.open(file, formats=FORMATS) as image:
            _choose_page(image, page)
            bits = _bits(image)
            _check_kind(image, bits)
            orientation = _orientation(image)  # may load the picture, which forgets its bits
            is_cut_down = bits > 8 and image.mode in _CUT_DOWN
            pixels = _deep_colours(file, page) if is_cut_down else _stored_pixels(image)
    except ImageError:
        raise
    except UnidentifiedImageError as err:
        msg = "it is no picture of a kind that is read; save it as PNG of 8 or 16 bits, gray or RGB"
        raise ImageError(msg) from err
    except (*UNREADABLE, SyntaxError, Image.DecompressionBombError) as err:
        msg = f"{str(err) or type(err).__name__}; save it again, as PNG of 8 or 16 bits"
        raise ImageError(msg) from err
    return pixels[..., None] if pixels.ndim == 2 else pixels, orientation


def asks_to_be_turned(file: BinaryIO) -> bool:
    """Whether an encoded picture has an orientation other than upright."""
    try:
        with Image.open(file, formats=FORMATS) as image:
            return _orientation(image) != UPRIGHT
    except (*UNREADABLE, SyntaxError, Image.DecompressionBombError):
        return False  # the decoder says what is wrong with it


def _choose_page(image: ImageFile, page: int | None) -> None:
    if page is not None:
        _turn_to(image, page)
        return
    n_pages = getattr(image, "n_frames", 1)
    if n_pages > 1 and image.format != "MPO":  # whose first picture is the photograph
        msg = f"it has {n_pages} pages, expected one picture; save each page as a file of its own"
        raise ImageError(msg)


def _turn_to(image: ImageFile, page: int) -> None:
    try:
        image.seek(page)
    except EOFError as err:
        msg = f"it has no page {page}, counted from 0; name the file that the labels were made on"
        raise ImageError(msg) from err


def _orientation(image: ImageFile) -> int:
    found = image.getexif().get(_ORIENTATION, UPRIGHT)
    return found if isinstance(found, int) and found in range(1, 9) else UPRIGHT


def _stored_pixels(image: ImageFile) -> NDArray[Any]:
    """The pixels as they are stored, (height, width) or with channels, uint8 or uint16."""
    orientation = _orientation(image) if image.format == "TIFF" else UPRIGHT
    if image.mode in _LEVELS:
        pixels: NDArray[Any] = as_levels(np.asarray(image))
    else:
        pixels = np.asarray(image.convert(_BECOMES[image.mode]))
    return turned(pixels, BACK.get(orientation, orientation))  # Pillow turns TIFF by itself


def _bits(image: ImageFile) -> int:
    """Bits of each channel of a picture, 8 for fewer."""
    if image.format == "TIFF":
        return max(8, *_tag(image, _BITS))
    arguments = image.tile[0].args if image.tile else ()
    listed = (arguments,) if isinstance(arguments, str) else arguments or (None,)
    if image.format == "PPM":  # whose decoder takes the largest level
        return 16 if isinstance(listed[-1], int) and listed[-1] > 255 else 8
    return 16 if image.format == "PNG" and "16B" in str(listed[0]) else 8


def _check_kind(image: ImageFile, bits: int) -> None:
    """Refuse pictures that Pillow would read, but not right."""
    is_tiff = image.format == "TIFF"
    if image.mode not in _BECOMES and image.mode not in _LEVELS:
        what = f"its colours are {image.mode}, expected gray, RGB, a palette or CMYK"
    elif image.mode == "CMYK" and not is_tiff and "adobe" not in image.info:
        what = "its colours are CMYK, and it does not say whether 0 is no ink or all of it"
    elif bits > 8 and image.mode not in (*_LEVELS, *_CUT_DOWN):
        what = f"its colours are {image.mode} with {bits} bits"
    elif is_tiff and bits > 8 and _tag(image, _PHOTOMETRIC)[0] == _WHITE_IS_ZERO:
        what = f"white is 0 in it, with {bits} bits"
    elif is_tiff and bits > 8 and _tag(image, _EXTRA)[0] == _PREMULTIPLIED:
        what = f"its colours are multiplied by their opacity, with {bits} bits"
    elif is_tiff and bits == 8 and _SIGNED in _tag(image, _SAMPLE_FORMAT):
        what = "its levels are signed, from -128 to 127"
    else:
        return
    msg = f"{what}; save it as PNG, gray or RGB"
    raise ImageError(msg)


def _tag(image: ImageFile, tag: int) -> tuple[int, ...]:
    """A tag of a TIFF picture with one value or several; (-1,) where it is not there."""
    found = image.tag_v2.get(tag, -1) if isinstance(image, TiffImageFile) else -1
    return found if isinstance(found, tuple) else (found,)


def as_levels(values: NDArray[Any]) -> NDArray[np.uint16]:
    """Numbers of any type as levels of 16 bits: whole numbers as they are, shares times white.

    Zeros and ones alone may be either, so they are refused as floats.

    Raises:
        ImageError: They are not whole, or not from 0 to 65535, and no shares that 16 bits hold.
    """
    low, high = values.min(initial=0), values.max(initial=0)
    is_float = values.dtype.kind == "f"
    if 0 <= low <= high <= WHITE_16:
        if _are_whole(values, 0) and not (is_float and 0 < high <= 1):
            return values.astype(np.uint16)
        shares = values * np.float64(WHITE_16)
        if high <= 1 and _are_whole(shares, _ROUNDING) and not _are_whole(values, 0):
            return np.rint(shares).astype(np.uint16)
    msg = (
        f"it has {values.dtype} values from {low} to {high}, expected whole numbers from 0 to"
        f" {WHITE_16}, or shares of white that 16 bits hold; save it with 16 bits (uint16), by one"
        " factor for all pictures"
    )
    raise ImageError(msg)


def _are_whole(values: NDArray[Any], error: float) -> bool:
    return values.dtype.kind != "f" or bool((abs(values - np.rint(values)) <= error).all())


def _deep_colours(file: BinaryIO, page: int | None) -> NDArray[np.uint16]:
    """Colours of 16 bits, or gray with opacity, without opacity."""
    if page:
        msg = f"page {page} has colours of more than 8 bits; save each page as a file of its own"
        raise ImageError(msg)
    file.seek(0)
    with import_library("av").open(file) as container:
        frame = next(container.decode(video=0))
    name = frame.format.name
    if name.startswith("ya16"):
        return np.asarray(frame.to_ndarray(format="gray16le"))
    if not name.startswith(("rgb48", "rgba64", "gbrp16", "gbrap16")):
        msg = f"its pixels are {name}, expected RGB of 16 bits; save it as PNG of 16 bits"
        raise ImageError(msg)
    has_opacity = name.startswith(("rgba", "gbra"))
    return np.asarray(frame.to_ndarray(format="rgba64le" if has_opacity else "rgb48le")[..., :3])
