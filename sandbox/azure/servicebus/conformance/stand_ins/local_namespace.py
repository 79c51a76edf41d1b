"""The namespace that a test process works with.

A broker in a thread, with the access policies that the tests expect.
"""

import functools
from typing import Any

from sandbox.azure.servicebus.broker.properties import QueueProperties
from sandbox.azure.servicebus.broker.tokens import Claim, Policy
from sandbox.azure.servicebus.config import duration
from sandbox.azure.servicebus.server import KEY, KEY_NAME
from sandbox.azure.servicebus.thread import BrokerThread

POLICIES = {
    KEY_NAME: Policy(key=KEY),
    "listen-only": Policy(key="listen-only-key", claims=frozenset({Claim.LISTEN})),
    "send-only": Policy(key="send-only-key", claims=frozenset({Claim.SEND})),
}

_DEFAULT_LOCK = "PT30S"  # the lock duration that the tests' own preparers ask of Azure


@functools.cache
def broker() -> BrokerThread:
    """The broker of this process. It lives as long as the process does."""
    running = BrokerThread().__enter__()
    running.call(lambda server: setattr(server.namespace, "policies", POLICIES))
    return running


def properties(options: dict[str, Any], lock: str = _DEFAULT_LOCK) -> QueueProperties:
    """What a preparer's arguments mean for a queue."""
    return QueueProperties(
        lock_duration=duration(options.get("lock_duration", lock)) or 0.0,
        requires_session=options.get("requires_session", False),
        requires_duplicate_detection=options.get("requires_duplicate_detection", False),
        dead_letters_expired=options.get("dead_lettering_on_message_expiration", False),
    )
