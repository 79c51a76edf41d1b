"""Fixtures of all tests of the use cases."""

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="package")
def quiet_log() -> Iterator[None]:
    """Thousands of runs per test would fill the captured log without a reader."""
    logger = logging.getLogger("forestall")
    logger.disabled = True
    yield
    logger.disabled = False
