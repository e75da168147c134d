"""At how many of its fault points a story is killed: some of each kind with every run, all of them where an option asks for it."""

from __future__ import annotations

import pytest

from tests.crash.crashes import EVERY_POINT


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the option; it is known where this folder is named on the command line."""
    parser.getgroup("crash").addoption("--every-point", action="store_true", help="kill a process at every fault point")


@pytest.fixture
def switches(request: pytest.FixtureRequest) -> list[str]:
    """Return what the killing is told about how much it is to do."""
    return [EVERY_POINT] if request.config.getoption("--every-point", default=False) else []
