"""Fixtures for tests that need Tables or Blobs.

One Azurite per test process, a fresh name for every test.

Azurite lets a table be created again right after its deletion, Azure does not for some 40 s: a test
that relied on it would pass here only. So nothing is cleaned up; every test takes names of its own.
"""

import os
import uuid
from collections.abc import Iterator
from typing import NoReturn

import pytest

from sandbox.azure.azurite.installation import Installation
from sandbox.azure.azurite.launcher import Azurite


def refuse(missing: str, *, in_ci: bool) -> NoReturn:
    """Skip the test on a machine that may lack Azurite, fail it on one that must have it."""
    if in_ci:
        pytest.fail(missing)
    pytest.skip(missing)


@pytest.fixture(scope="session")
def azurite() -> Iterator[Azurite]:
    """A running Azurite, one for each test process.

    Where it is not installed: a skip, but a failure if CI=true.
    """
    missing = Installation().missing()
    if missing is not None:
        refuse(missing, in_ci=os.environ.get("CI") == "true")
    with Azurite() as running:
        yield running


@pytest.fixture
def table_name() -> str:
    """A table name that no other test uses; the table does not exist yet."""
    return unused_name()


@pytest.fixture
def container_name() -> str:
    """A blob container name that no other test uses; the container does not exist yet."""
    return unused_name()


def unused_name() -> str:
    """Fits tables (letters and digits, a letter first) as well as blob containers (lower case)."""
    return f"t{uuid.uuid4().hex}"
