"""What all tests share: which tests run, and how many examples hypothesis draws.

`pytest` runs the fast tests with few examples; `pytest --thorough` runs every test with many. Tests
that are slow by nature are marked by hand, and tests that draw examples are marked `property` here:
`pytest --thorough -m "slow or property"` runs what `pytest` alone leaves out.
"""

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings

for name, max_examples in (("fast", 12), ("thorough", 60)):
    settings.register_profile(
        name,
        derandomize=True,  # the same examples on every run: a red test is red for everyone
        deadline=None,  # a busy machine is no failure
        max_examples=max_examples,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--thorough", action="store_true", help="run the slow tests too, and draw many examples"
    )


def pytest_configure(config: pytest.Config) -> None:
    thorough = config.getoption("thorough")
    # Here and not in a fixture: `tests/drawn.py` asks for the profile while tests are imported.
    settings.load_profile("thorough" if thorough else "fast")
    is_named = any("::" in arg for arg in config.args)  # who names a test wants it to run
    if not (thorough or is_named or config.option.markexpr):
        config.option.markexpr = "not slow"


@pytest.hookimpl(tryfirst=True)  # before the tests are chosen by their marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and is_hypothesis_test(item.obj):
            item.add_marker("property")
