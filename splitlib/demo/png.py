"""Grey images as PNG files: the three chunks that a PNG must have, and one row filter.

The pixels are the same everywhere, and the bytes wherever zlib compresses as the classic one does.
Source: PNG specification, third edition (W3C), sections 5, 9 and 11.
"""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SUB = 1  # row filter: each pixel less its left neighbour; smallest of the five on the demo


def encode_png(image: NDArray[np.uint8]) -> bytes:
    """The PNG file of a (height, width) uint8 image."""
    height, width = image.shape
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)  # 8 bits, grey, not interlaced
    rows = np.full((height, 1 + width), _SUB, np.uint8)
    rows[:, 1:] = np.diff(image, axis=1, prepend=np.uint8(0))  # uint8 wraps, as PNG wants it
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b"")]
    return _SIGNATURE + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
