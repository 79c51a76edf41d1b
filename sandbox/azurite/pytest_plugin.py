"""Fixtures for tests that need Tables or Blobs: one Azurite per test process, a fresh name for every test.

Azurite lets a table be created again right after its deletion, Azure does not for some 40 s: a test that relied on
it would pass here only. So nothing is cleaned up; every test takes names of its own.
"""

import os
import uuid
from collections.abc import Iterator

import pytest

from sandbox.azurite.installation import Installation
from sandbox.azurite.launcher import Azurite


@pytest.fixture(scope="session")
def azurite() -> Iterator[Azurite]:
    """A running Azurite. Where it is not installed: a skip, but a failure where CI=true."""
    missing = Installation().missing()
    if missing is not None and os.environ.get("CI") == "true":
        pytest.fail(missing)
    if missing is not None:
        pytest.skip(missing)
    with Azurite() as running:
        yield running


@pytest.fixture
def table_name() -> str:
    """A table name that no other test uses; the table does not exist yet."""
    return f"t{uuid.uuid4().hex}"


@pytest.fixture
def container_name() -> str:
    """A blob container name that no other test uses; the container does not exist yet."""
    return f"c{uuid.uuid4().hex}"
