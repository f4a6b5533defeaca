"""The order of frames: a keyed hash, not a generator.

A random generator ranks a frame by its position in the file and by the number of frames beside it.
If one labeled frame is added, the videos are saved in another order, or numpy is updated, every
frame gets another rank. Here the rank of a frame is a hash of the seed, the key of its video and
its number in the video. So the rank

- is the same on every machine, in every version of Python and numpy, in every order of the file;
- stays the same when frames and videos are added or removed;
- is unrelated between videos, numbers, seeds and kinds of things (see below).

How the hash is made, with the reasons:

- BLAKE2b (RFC 7693, in Python's hashlib) condenses kind, seed and video key to 64 bits, once per
  video. It is a cryptographic hash, so keys that differ by one letter are unrelated, and it is
  specified to the bit. Python's `hash()` differs from run to run; CRC and Adler sums of similar
  names are similar.
- The finaliser of SplitMix64 (Steele, Lea & Flood 2014, doi:10.1145/2660193.2660195; constants by
  D. Stafford) mixes in the number. It is a handful of operations on uint64 columns: a million
  frames take milliseconds, where a hash object for each would take seconds. Each operation can be
  undone, so two frames of one video never share a key. Frames of different videos share one in
  about 3 of 100 million projects of a million frames; then `groups` ranks them by video key.
- The number is mixed before it meets the 64 bits of the video, and the result is mixed once more.
  Otherwise all videos would use the same stream of SplitMix64, entered at different places.
- The kind of thing (`domain`) is hashed too, so block 3 and frame 3 of a video are unrelated.
- Video keys are normalised to Unicode NFC, because macOS used to store file names decomposed: "é"
  in one or two code points is the same video. The separators of a key are always "/".

Tests pin these bits. A change of them moves frames between the splits of existing projects, so it
is a breaking change.
"""

import hashlib
import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

GAMMA = np.uint64(0x9E3779B97F4A7C15)  # odd, from the golden ratio: 0, 1, 2 ... lie far apart
MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
MIX_2 = np.uint64(0x94D049BB133111EB)


def frame_keys(
    seed: int,
    video_keys: Sequence[str],
    video: NDArray[np.int64],
    number: NDArray[np.int64],
    *,
    domain: str = "frame",
) -> NDArray[np.uint64]:
    """A 64-bit key for each frame (or block of frames), by which they are ranked.

    Args:
        seed: Any whole number.
        video_keys: The key of each video.
        video: (n,) int64, index into `video_keys`.
        number: (n,) int64, the number within the video, such as the frame_idx of a frame.
        domain: The kind of thing that is numbered; equal numbers of two domains get unrelated keys.

    Returns:
        (n,) uint64, each computed from seed, domain, video key and number alone.

    Example:
        >>> import numpy as np
        >>> keys = frame_keys(42, ["a.mp4", "b.mp4"], np.array([0, 0, 1]), np.array([0, 1, 0]))
        >>> [f"{key:016x}" for key in keys.tolist()]
        ['5ae06ff262a32896', '48b21905687b15e4', 'fd7a4deeab2a1f56']
    """
    salts = np.array([_salt(seed, domain, key) for key in video_keys], dtype=np.uint64)
    numbers = number.astype(np.uint64)
    return mix(salts[video] ^ mix(numbers * GAMMA + GAMMA))  # + GAMMA: 0 would be mixed to 0


def normal_key(video_key: str) -> str:
    """The video key in Unicode NFC, so that every file system gives the same text.

    Example:
        >>> normal_key("e\u0301.mp4") == "\u00e9.mp4"
        True
    """
    return unicodedata.normalize("NFC", video_key)


def _salt(seed: int, domain: str, video_key: str) -> int:
    # no seed, domain or file name contains NUL, so no two triples give the same text
    text = f"{domain}\0{int(seed)}\0{normal_key(video_key)}"
    return word_of_text(text)


def word_of_text(text: str) -> int:
    """A hash of 64 bits of a text in UTF-8."""
    # surrogatepass: file names that are no valid Unicode reach Python as lone surrogates
    return word_of(text.encode("utf-8", "surrogatepass"))


def word_of(content: bytes) -> int:
    """A hash of bytes, of 64 bits."""
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little")


def mix(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of SplitMix64 for (n,) uint64; products wrap at 64 bits."""
    shifted = z >> np.uint64(30)
    mixed = z ^ shifted
    mixed *= MIX_1
    for shift, factor in ((27, MIX_2), (31, None)):  # in place: fresh memory takes longer
        np.right_shift(mixed, np.uint64(shift), out=shifted)
        mixed ^= shifted
        if factor is not None:
            mixed *= factor
    return mixed
