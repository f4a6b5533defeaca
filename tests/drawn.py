"""How many examples a property is tried on, where the number of the profile does not suit it."""

from hypothesis import settings

FAST_SHARE = 5
"""`pytest` draws one example of so many that `pytest --thorough` draws."""


def is_thorough() -> bool:
    """Whether tests run under --thorough."""
    return settings.get_current_profile_name() == "thorough"


def tries(n: int, *, at_least: int = 3) -> settings:
    """Settings of a test: n examples under --thorough, and a share of them without."""
    return settings(max_examples=n if is_thorough() else max(n // FAST_SHARE, at_least))
