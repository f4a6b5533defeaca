"""The most similar picture of another split is the one that comparing all cells gives."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from splitlib.audit import duplicates as module
from splitlib.audit.duplicates import duplicates
from splitlib.audit.frame_digests import HEIGHT, WIDTH


def made(seed: int, n: int, *, is_still: bool) -> tuple[Any, Any]:
    """Pictures of a dark animal, of which some are copies; in one arena, or in many."""
    rng = np.random.default_rng(seed)
    arenas = rng.integers(60, 250, (1 if is_still else n, HEIGHT, WIDTH))
    small = np.broadcast_to(arenas, (n, HEIGHT, WIDTH)).astype(np.uint8)
    for picture, (y, x) in zip(small, rng.integers(0, 28, (n, 2)), strict=True):
        picture[y : y + 3, x : x + 3] = 20
    copies = rng.integers(0, n, (2, n // 4))
    small[copies[0]] = small[copies[1]]
    images = SimpleNamespace(
        seen=rng.random(n) < 0.9,
        hash=rng.integers(0, 4, n).astype(np.uint64),
        small=small,
        digest=rng.integers(1, 2**62, n).astype(np.uint64),
    )
    return SimpleNamespace(split=np.sort(rng.integers(0, 3, n))), images


@pytest.mark.parametrize("is_still", [True, False])
@given(seed=st.integers(0, 2**32), n=st.integers(1, 60), piece=st.sampled_from([1, 3, 256]))
def test_as_all_cells_say(seed: int, n: int, piece: int, *, is_still: bool) -> None:
    splits, images = made(seed, n, is_still=is_still)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "PIECE", piece)
        found = duplicates(splits, images, hash_bits=1, gray_levels=10)
    for row, other, bits, levels in zip(
        found.rows, found.other, found.bits, found.levels, strict=True
    ):
        others = np.flatnonzero(images.seen[:row] & (splits.split[:row] < splits.split[row]))
        if not len(others):
            assert other == -1
            continue
        all_bits = np.bitwise_count(images.hash[others] ^ images.hash[row]).astype(int)
        others = others[all_bits <= max(1, all_bits.min())]
        cells = np.abs(images.small[others].astype(int) - images.small[row]).max(axis=(1, 2))
        its_bits = np.bitwise_count(images.hash[others] ^ images.hash[row]).astype(int)
        best = (cells * 65 + its_bits).argmin()
        assert (other, bits, levels) == (others[best], its_bits[best], cells[best])
