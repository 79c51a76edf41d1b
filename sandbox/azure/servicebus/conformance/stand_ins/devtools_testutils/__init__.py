"""Stands in for the test tooling of Microsoft's repository.

Always live, never recorded, with a token that says nothing.
"""

import os
import time
import uuid
from collections.abc import Callable
from typing import Any, Self

from azure.core.credentials import AccessToken

_ONE_HOUR = 3600


class _Credential:
    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        """The broker does not check tokens of Microsoft Entra."""
        return AccessToken("not-a-token", int(time.time()) + _ONE_HOUR)

    def close(self) -> None:
        """Nothing is open."""


class _AsyncCredential:
    async def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        """The broker does not check tokens of Microsoft Entra."""
        return AccessToken("not-a-token", int(time.time()) + _ONE_HOUR)

    async def close(self) -> None:
        """Nothing is open."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        pass


def get_credential(*, is_async: bool = False, **_options: Any) -> Any:
    """A credential for tests that want one."""
    return _AsyncCredential() if is_async else _Credential()


class AzureRecordedTestCase:
    """Base class of the tests."""

    is_live = True

    @staticmethod
    def await_prepared_test(test: Callable[..., Any]) -> Callable[..., Any]:
        """pytest-asyncio awaits them."""
        return test

    def create_random_name(self, name: str) -> str:
        """A fresh name."""
        return name + uuid.uuid4().hex[:8]

    get_resource_name = create_random_name


AzureMgmtRecordedTestCase = AzureRecordedTestCase


def recorded_by_proxy(test: Callable[..., Any]) -> Callable[..., Any]:
    """Nothing is recorded."""
    return test


# The name is Microsoft's.
def CachedResourceGroupPreparer(*_args: Any, **_options: Any) -> Callable[[Any], Any]:  # noqa: N802
    """The broker has no resource groups."""
    return lambda test: test


RandomNameResourceGroupPreparer = CachedResourceGroupPreparer


def set_custom_default_matcher(**_options: Any) -> None:
    """Nothing is recorded, so nothing is matched."""


def get_random_bytes(count: int) -> bytes:
    """Random bytes."""
    return os.urandom(count)
