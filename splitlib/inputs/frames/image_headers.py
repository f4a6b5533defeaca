"""Sizes of encoded images, read from their headers, with a check that nothing is cut off.

Each part of a PNG has a checksum. So damage shows here, before training starts, where the frame can
still be named. Decoding takes some fifty times as long.
"""

import struct
import zlib

from splitlib.errors import ImageError
from splitlib.slp.png import COLOUR_TYPES, SIGNATURE

_PNG_CHANNELS = {colour: channels for channels, colour in COLOUR_TYPES.items()} | {3: 3}
"""Channels by colour type; type 3 is a palette of RGB colours."""

_JPEG_START, _JPEG_END = b"\xff\xd8", b"\xff\xd9"
_JPEG_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
"""Markers of the segment with the size (ITU T.81, table B.1)."""


def image_size(encoded: bytes) -> tuple[int, int, int]:
    """The height, width and number of channels of a PNG or JPEG image.

    Raises:
        ImageError: The image is neither, is cut off, or has a PNG part that its checksum denies.
    """
    try:
        if encoded.startswith(SIGNATURE):
            return _png_size(encoded)
        if encoded.startswith(_JPEG_START):
            return _jpeg_size(encoded)
    except struct.error as err:
        msg = f"the image is cut off after {len(encoded)} bytes"
        raise ImageError(msg) from err
    found = f"it begins with {encoded[:8]!r}" if encoded else "it is empty"
    msg = f"expected a PNG or JPEG image, {found}"
    raise ImageError(msg)


def _png_size(encoded: bytes) -> tuple[int, int, int]:
    at, name = len(SIGNATURE), b""
    while name != b"IEND":
        length, name = struct.unpack_from(">I4s", encoded, at)
        (checksum,) = struct.unpack_from(">I", encoded, at + 8 + length)
        if zlib.crc32(encoded[at + 4 : at + 8 + length]) != checksum:
            msg = f"part {name.decode('latin-1')!r} of the PNG image at byte {at} is damaged"
            raise ImageError(msg)
        at += 12 + length
    width, height, _depth, colour = struct.unpack_from(">IIBB", encoded, len(SIGNATURE) + 8)
    return height, width, _PNG_CHANNELS.get(colour, 0)


def _jpeg_size(encoded: bytes) -> tuple[int, int, int]:
    if not encoded.endswith(_JPEG_END):
        raise struct.error
    at, marker = 2, 0
    while marker not in _JPEG_FRAMES:
        marker, length = struct.unpack_from(">xBH", encoded, at)
        segment, at = at, at + 2 + length
    height, width, channels = struct.unpack_from(">HHB", encoded, segment + 5)
    return height, width, channels
