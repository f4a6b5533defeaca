"""Videos of an index among those of labels, by their keys.

A key has as many folders as it needs to be unique. So it grows when another video of the same name
comes, and shrinks when that one goes.
"""

from collections import defaultdict
from collections.abc import Sequence

from splitlib.split.core.hashing import normal_key


def match_keys(wanted: Sequence[str], present: Sequence[str]) -> list[int]:
    """The position in `present` of each key: of the same, or of the only one that it is an end of.

    -1 stands for a key that is not there, or that several keys end in.

    Example:
        >>> match_keys(["top.mp4", "s1/a.mp4"], ["day1/top.mp4", "a.mp4", "b.mp4"])
        [0, 1]
    """
    return [found[0] if len(found) == 1 else -1 for found in alike_keys(wanted, present)]


def alike_keys(wanted: Sequence[str], present: Sequence[str]) -> list[list[int]]:
    """The positions in `present` that each key may stand for: the same alone, else all ends."""
    keys = [normal_key(key) for key in present]
    same = {key: at for at, key in enumerate(keys)}
    of_name: defaultdict[str, list[int]] = defaultdict(list)
    for at, key in enumerate(keys):
        of_name[key.rpartition("/")[2]].append(at)
    return [_alike(normal_key(key), keys, same, of_name) for key in wanted]


def _alike(
    key: str, keys: Sequence[str], same: dict[str, int], of_name: dict[str, list[int]]
) -> list[int]:
    if key in same:
        return [same[key]]
    near = of_name.get(key.rpartition("/")[2], [])
    return [at for at in near if keys[at].endswith(f"/{key}") or key.endswith(f"/{keys[at]}")]
