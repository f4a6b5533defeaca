"""The hash of `splitlib.inputs.graph.graph_hash` in whole numbers of Python, as a reference."""

GAMMA = 0x9E3779B97F4A7C15


def plain_mix(z: int) -> int:
    """SplitMix64's finalizer."""
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
    return z ^ (z >> 31)


def plain_step(state: int, number: int) -> int:
    """The state after a number is mixed in."""
    return plain_mix(state ^ plain_mix((number + 1) * GAMMA % 2**64))
