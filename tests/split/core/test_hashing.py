"""Keys of frames: pinned to the bit, a function of the frame alone, and without pattern."""

import hashlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from splitlib.split.core.hashing import frame_keys

# seed, domain, video key, number: key. Never to be edited: another value moves frames between the
# splits of every project there is.
PINNED: dict[str, tuple[int, str, str, int, int]] = {
    "first frame": (42, "frame", "a.mp4", 0, 0x5AE06FF262A32896),
    "second frame": (42, "frame", "a.mp4", 1, 0x48B21905687B15E4),
    "block": (42, "block", "a.mp4", 0, 0x89DDA72EA1E1AAF3),
    "video": (42, "video", "a.mp4", 0, 0x922DFFA1369474FF),
    "folders": (0, "frame", "session 1/cam_a.mp4", 1234, 0xC534E31928AC679B),
    "umlaut": (7, "frame", "M\u00e4use.avi", 99, 0x71EFF6EE582C0FF2),
    "negative seed": (-1, "frame", "a.mp4", 5, 0x0019ADCD66C17604),
    "large seed": (2**80, "frame", "a.mp4", 5, 0xDBC40AE7B04E03D3),
    "large number": (1, "frame", "a.mp4", 2**62, 0x550D62028C7944C0),
    "no valid text": (1, "frame", "caf\udce9.mp4", 5, 0xE2C786119C0690A2),
    "no name": (1, "frame", "", 5, 0x7DEBA3E0D45F5BD7),
}


def key_of(seed: int, domain: str, video_key: str, number: int) -> int:
    keys = frame_keys(seed, [video_key], np.array([0]), np.array([number]), domain=domain)
    return int(keys[0])


def plain_key(seed: int, domain: str, video_key: str, number: int) -> int:
    """The key by whole numbers of Python, step by step."""

    def mix(z: int) -> int:
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
        return z ^ (z >> 31)

    text = f"{domain}\0{seed}\0{video_key}".encode("utf-8", "surrogatepass")
    salt = int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")
    return mix(salt ^ mix((number + 1) * 0x9E3779B97F4A7C15 % 2**64))


@pytest.mark.parametrize(
    ("seed", "domain", "video_key", "number", "key"), PINNED.values(), ids=PINNED.keys()
)
def test_keys_are_pinned(seed: int, domain: str, video_key: str, number: int, key: int) -> None:
    assert key_of(seed, domain, video_key, number) == key


@given(st.integers(), st.sampled_from(["frame", "block"]), st.integers(0, 2**63 - 1))
def test_keys_are_those_of_the_plain_computation(seed: int, domain: str, number: int) -> None:
    assert key_of(seed, domain, "a.mp4", number) == plain_key(seed, domain, "a.mp4", number)


def test_keys_are_uint64_and_none_of_no_frames() -> None:
    none = np.array([], np.int64)
    assert frame_keys(1, [], none, none).shape == (0,)
    assert frame_keys(1, ["a"], none, none).dtype == np.uint64


frames = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 10**6)), min_size=1, max_size=30)


@given(frames)
def test_other_frames_change_no_key(rows: list[tuple[int, int]]) -> None:
    video_keys = ["d", "a", "c", "b"]
    video, number = np.array(rows).T
    keys = frame_keys(42, video_keys, video, number)
    alone = [key_of(42, "frame", video_keys[v], i) for v, i in rows]
    assert keys.tolist() == alone


def test_the_order_of_videos_changes_no_key() -> None:
    video, number = np.array([0, 1, 1, 2]), np.array([5, 5, 6, 7])
    there = frame_keys(42, ["a", "b", "c"], video, number)
    back = frame_keys(42, ["c", "b", "a"], 2 - video, number)
    assert there.tolist() == back.tolist()


SAME: dict[str, tuple[tuple[Any, str], tuple[Any, str]]] = {
    "accents stored in two ways": ((1, "M\u00e4use.avi"), (1, "Ma\u0308use.avi")),
    "seeds of two types": ((np.int64(42), "a"), (42, "a")),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME)
def test_a_name_and_a_seed_have_one_key_however_they_are_stored(
    one: tuple[Any, str], other: tuple[Any, str]
) -> None:
    assert key_of(one[0], "frame", one[1], 3) == key_of(other[0], "frame", other[1], 3)


# --- no pattern: fixed data, bounds of five standard deviations ---

N = 100_000
NUMBERS = np.arange(N)
DRAWN = {
    "a video": (42, "a.mp4", "frame"),
    "the next seed": (43, "a.mp4", "frame"),
    "a similar name": (42, "b.mp4", "frame"),
    "blocks": (42, "a.mp4", "block"),
}


def drawn_keys(name: str) -> NDArray[np.uint64]:
    seed, video_key, domain = DRAWN[name]
    return frame_keys(seed, [video_key], np.zeros(N, np.int64), NUMBERS, domain=domain)


@pytest.mark.parametrize("shift", [0, 28, 56])
@pytest.mark.parametrize("name", DRAWN)
def test_each_byte_of_the_keys_is_uniform(name: str, shift: int) -> None:
    byte = (drawn_keys(name) >> np.uint64(shift)) & np.uint64(255)
    counts = np.bincount(byte.astype(np.int64), minlength=256)
    chi_square = ((counts - N / 256) ** 2 / (N / 256)).sum()
    assert abs(chi_square - 255) < 5 * np.sqrt(2 * 255)


@pytest.mark.parametrize("other", ["the next seed", "a similar name", "blocks"])
def test_keys_of_other_seeds_videos_and_domains_are_unrelated(other: str) -> None:
    here, there = drawn_keys("a video"), drawn_keys(other)
    correlation = np.corrcoef(here.astype(np.float64), there.astype(np.float64))[0, 1]
    assert abs(correlation) < 5 / np.sqrt(N)
    assert not np.isin(here, there).any()


@pytest.mark.parametrize("distance", [1, 2, 50, 1024])
def test_keys_of_neighbouring_frames_are_unrelated(distance: int) -> None:
    keys = drawn_keys("a video").astype(np.float64)
    assert abs(np.corrcoef(keys[distance:], keys[:-distance])[0, 1]) < 5 / np.sqrt(N)


@pytest.mark.parametrize("bit", range(17))
def test_each_bit_of_a_key_depends_on_each_bit_of_the_number(bit: int) -> None:
    keys = drawn_keys("a video")
    flipped = np.flatnonzero((NUMBERS ^ (1 << bit)) < N)
    change = keys[flipped] ^ keys[NUMBERS[flipped] ^ (1 << bit)]
    share = np.unpackbits(change.view(np.uint8).reshape(-1, 8), axis=1).mean(axis=0)
    assert np.abs(share - 0.5).max() < 5 * 0.5 / np.sqrt(len(flipped) / 2)


def test_no_two_frames_of_a_video_share_a_key() -> None:
    assert len(np.unique(drawn_keys("a video"))) == N
