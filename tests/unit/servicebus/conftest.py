"""A virtual clock, and queues on it."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.azure.servicebus.broker.properties import QueueProperties
from sandbox.azure.servicebus.broker.queue import Queue
from tests.unit.servicebus.virtual_time import VirtualTime

type MakeQueue = Callable[..., Queue]


@pytest.fixture
def time() -> VirtualTime:
    return VirtualTime()


@pytest.fixture
def make_queue(time: VirtualTime) -> MakeQueue:
    def make(**properties: Any) -> Queue:
        return Queue("q", QueueProperties(**properties), time.agenda)

    return make
