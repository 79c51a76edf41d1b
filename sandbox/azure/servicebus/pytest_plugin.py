"""Fixtures: one broker for the whole test session, and queues with fresh names for each test.

Register it in a conftest: pytest_plugins = ["sandbox.azure.servicebus.pytest_plugin"]. It creates
no clients: tests use the real azure-servicebus SDK with `service_bus.connection_string`.
"""

import gc
import uuid
import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Protocol

import pytest

from sandbox.azure.servicebus.broker.properties import QueueProperties
from sandbox.azure.servicebus.thread import BrokerThread


class NewQueue(Protocol):
    """Makes a queue for one test."""

    def __call__(self, **properties: Any) -> str:
        """The random name of a new queue.

        Properties as in QueueProperties, e.g. lock_duration=1.0 (seconds).
        """


@pytest.fixture(scope="session")
def service_bus() -> Iterator[BrokerThread]:
    """A broker in a thread of this process, on a free port of 127.0.0.1."""
    with BrokerThread() as broker:
        yield broker


@pytest.fixture
def new_queue(service_bus: BrokerThread) -> Iterator[NewQueue]:
    """Queues that exist for one test."""
    names: list[str] = []

    def create(**properties: Any) -> str:
        name = f"q-{uuid.uuid4().hex[:12]}"
        service_bus.create_queue(name, replace(QueueProperties(), **properties))
        names.append(name)
        return name

    yield create
    for name in names:
        service_bus.delete(name)


@pytest.fixture
def sdk_leaves_sockets_open() -> Iterator[None]:
    """For tests that cut or detach.

    Azure-servicebus 7.15.0 does not close the sockets of connections that it lost.

    Python warns of them when they are collected, which may be in some later test: collect them in
    this one, and let its warnings of this one kind pass.
    """
    with warnings.catch_warnings():
        for text in ("unclosed", "loop is closed"):
            warnings.filterwarnings("ignore", message=text, category=ResourceWarning)
        yield
        gc.collect()
