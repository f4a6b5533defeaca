"""Nodes that are the two sides of an animal by their names.

Symmetries of a skeleton are the nodes that change places in a mirror. Many labels files have none.
A flip would then teach a network, in every other example, that a left eye is a right one.
"""

import re
from collections.abc import Iterable, Sequence

_WORD = re.compile("left", re.IGNORECASE)
_LETTER = re.compile(
    r"(?<![A-Za-z])[lL](?![a-z])"  # L_eye, eye_l, lPaw, L1
    r"|(?<=[a-z])L(?![a-z])"  # wingL, forelegL1
)


def unpaired_sides(
    nodes: Sequence[str], symmetries: Iterable[tuple[int, int]]
) -> list[tuple[str, str]]:
    """Pairs of nodes that are left and right by their names, and that no symmetry joins.

    Symmetries are pairs of positions in `nodes`.

    Example:
        >>> unpaired_sides(["left_eye", "right_eye", "wingL", "wingR", "tail"], [(0, 1)])
        [('wingL', 'wingR')]
    """
    paired = {frozenset(pair) for pair in symmetries}
    found = []
    for at, name in enumerate(nodes):
        for mirrored in (_WORD.sub(_right, name), _LETTER.sub(_right, name)):
            other = nodes.index(mirrored) if mirrored in nodes else at
            if other != at and frozenset((at, other)) not in paired:
                found.append((name, mirrored))
    return found


def _right(left: re.Match[str]) -> str:
    """The word or letter of the right side, in the same case."""
    text = left[0]
    other = "right" if len(text) > 1 else "r"
    if text.isupper():
        return other.upper()
    return other.capitalize() if text[0].isupper() else other
