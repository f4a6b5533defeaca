"""What all tests share: the hypothesis profile."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "splitlib",
    derandomize=True,  # the same examples on every run: a red test is red for everyone
    deadline=None,  # a busy machine is no failure
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("splitlib")
