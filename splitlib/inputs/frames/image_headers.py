"""Headers of encoded images: sizes and kinds, with a check that nothing is cut off.

Each part of a PNG has a checksum. So damage shows here, before training starts, where the frame can
still be named. Decoding takes some fifty times as long.
"""

import struct
import zlib
from typing import NamedTuple

from splitlib.errors import ImageError
from splitlib.slp.png import COLOUR_TYPES, SIGNATURE

_PNG_CHANNELS = {colour: channels for channels, colour in COLOUR_TYPES.items()} | {3: 3}
"""Channels by colour type; type 3 is a palette of RGB colours."""

_GRAY, _RGB = 0, 2
"""Colour types of PNG without opacity and without a palette."""

_JPEG_START, _JPEG_END = b"\xff\xd8", b"\xff\xd9"
_JPEG_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
"""Markers of the segment with the size (ITU T.81, table B.1)."""


_APP1 = 0xE1
"""Marker of the segment that EXIF stands in (EXIF 2.3, section 4.5.4)."""


class ImageHeader(NamedTuple):
    """What the header of an encoded image says."""

    height: int
    width: int
    channels: int
    bits: int  # of each channel
    is_plain: bool  # gray or RGB of 8 or 16 bits, which graphs decode right
    has_exif: bool  # whether it may ask to be turned


def image_header(encoded: bytes) -> ImageHeader:
    """The header of a PNG or JPEG image.

    Raises:
        ImageError: The image is neither, is cut off, or has a PNG part that its checksum denies.
    """
    try:
        if encoded.startswith(SIGNATURE):
            return _png_header(encoded)
        if encoded.startswith(_JPEG_START):
            return _jpeg_header(encoded)
    except struct.error as err:
        msg = f"the image is cut off after {len(encoded)} bytes"
        raise ImageError(msg) from err
    found = f"it begins with {encoded[:8]!r}" if encoded else "it is empty"
    msg = f"expected a PNG or JPEG image, {found}"
    raise ImageError(msg)


def _png_header(encoded: bytes) -> ImageHeader:
    at, name, parts = len(SIGNATURE), b"", set()
    while name != b"IEND":
        length, name = struct.unpack_from(">I4s", encoded, at)
        (checksum,) = struct.unpack_from(">I", encoded, at + 8 + length)
        if zlib.crc32(encoded[at + 4 : at + 8 + length]) != checksum:
            msg = f"part {name.decode('latin-1')!r} of the PNG image at byte {at} is damaged"
            raise ImageError(msg)
        parts.add(name)
        at += 12 + length
    width, height, depth, colour = struct.unpack_from(">IIBB", encoded, len(SIGNATURE) + 8)
    is_plain = depth >= 8 and colour in (_GRAY, _RGB) and b"tRNS" not in parts
    channels = _PNG_CHANNELS.get(colour, 0)
    return ImageHeader(height, width, channels, depth, is_plain, b"eXIf" in parts)


def _jpeg_header(encoded: bytes) -> ImageHeader:
    if not encoded.endswith(_JPEG_END):
        raise struct.error
    at, marker, has_exif = 2, 0, False
    while marker not in _JPEG_FRAMES:
        marker, length = struct.unpack_from(">xBH", encoded, at)
        segment, at = at, at + 2 + length
        has_exif = has_exif or marker == _APP1
    bits, height, width, channels = struct.unpack_from(">BHHB", encoded, segment + 4)
    is_plain = bits == 8 and channels in (1, 3)
    return ImageHeader(height, width, channels, bits, is_plain, has_exif)
