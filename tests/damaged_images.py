"""Encoded images, damaged so that only their pixels, or only a checksum, can tell."""

import struct
import zlib


def flip_byte(image: bytes, at: int) -> bytes:
    return image[:at] + bytes([image[at] ^ 0xFF]) + image[at + 1 :]


def forge(image: bytes) -> bytes:
    """Damage the compressed pixels of a PNG, and make the checksum fit."""
    at = image.index(b"IDAT")
    (length,) = struct.unpack(">I", image[at - 4 : at])
    pixels = flip_byte(image[at : at + 4 + length], 4 + length // 2)
    return image[:at] + pixels + struct.pack(">I", zlib.crc32(pixels)) + image[at + 8 + length :]
