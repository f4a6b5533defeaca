"""Pixels as PNG files: the three chunks that a PNG must have, and one row filter.

No other library is needed, so that frames can be embedded wherever splitlib runs. Compression is
lossless. The bytes are the same wherever zlib compresses as the classic one does.
Source: PNG specification, third edition (W3C), sections 5, 9 and 11.
"""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from splitlib.errors import ImageError

SIGNATURE = b"\x89PNG\r\n\x1a\n"

COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}
"""From the number of channels to the colour type: grey, grey and alpha, RGB, RGB and alpha."""

_SUB = 1  # row filter: each pixel minus its left neighbour; one for all rows keeps this short


def encode_png(image: NDArray[np.uint8] | NDArray[np.uint16], *, level: int = 6) -> bytes:
    """The PNG file of an image.

    Args:
        image: (height, width) or (height, width, channels) uint8 or uint16 with 1 to 4 channels.
        level: Compression, from 0 (none, fast) to 9 (smallest, slow).

    Raises:
        ImageError: The image has another number of channels, or no pixels.
    """
    if image.ndim == 2:
        image = image[..., None]
    height, width, channels = image.shape
    if channels not in COLOUR_TYPES or not image.size:
        msg = f"a PNG has pixels and 1 to 4 channels, got an image of shape {image.shape}"
        raise ImageError(msg)
    depth = 8 * image.itemsize
    header = struct.pack(">IIBBBBB", width, height, depth, COLOUR_TYPES[channels], 0, 0, 0)
    # the bytes of each pixel, the high byte of 16 bits first
    stored = np.ascontiguousarray(image, image.dtype.newbyteorder(">")).view(np.uint8)
    stored = stored.reshape(height, width, -1)
    rows = np.full((height, 1 + width * stored.shape[2]), _SUB, np.uint8)
    differences = np.diff(stored, axis=1, prepend=np.uint8(0))  # uint8 wraps, as PNG wants it
    rows[:, 1:] = differences.reshape(height, -1)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), level)), (b"IEND", b"")]
    return SIGNATURE + b"".join(_chunk(name, data) for name, data in chunks)


def png_size(encoded: bytes) -> tuple[int, int] | None:
    """(height, width) as a PNG begins with them; None for what is no PNG."""
    if not encoded.startswith(SIGNATURE) or len(encoded) < len(SIGNATURE) + 16:
        return None
    width, height = struct.unpack_from(">II", encoded, len(SIGNATURE) + 8)
    return height, width


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
