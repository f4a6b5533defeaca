"""Nodes that look like the two sides of an animal, by their names.

A skeleton says which nodes change places in a mirror, and many labels files leave it unsaid. A flip
would then teach a network that a left eye is a right one, in every other example.
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
    """Pairs of nodes that are named as left and right, and that no symmetry joins.

    Args:
        nodes: Names of the nodes.
        symmetries: Pairs of positions in `nodes`.

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
    """The other side, in capitals where the one is."""
    text = left[0]
    other = "right" if len(text) > 1 else "r"
    if text.isupper():
        return other.upper()
    return other.capitalize() if text[0].isupper() else other
