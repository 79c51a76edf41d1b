"""Service Bus triggers of a running host, over AMQP, with the local broker.

Locks last 1.5 s, two deliveries.
"""

import json
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.azure.servicebus.broker.properties import QueueProperties
from sandbox.azure.servicebus.thread import BrokerThread
from tests.functions.functions_host.bus import Bus
from tests.functions.functions_host.host_process import HostProcess, until
from tests.functions.functions_host.test_invocations import EXAMPLE

LOCK = 1.5  # seconds
DEAD = "orders/$deadletterqueue"


@pytest.fixture(scope="module")
def broker() -> Iterator[BrokerThread]:
    with BrokerThread() as running:
        running.create_queue("orders", QueueProperties(lock_duration=LOCK, max_delivery_count=2))
        running.create_queue("results", QueueProperties())
        yield running


def settings(connection_string: str) -> dict[str, str]:
    return {
        "Bus": connection_string,
        "ORDERS_QUEUE": "orders",
        "RESULTS_QUEUE": "results",
        "SWEEP_SCHEDULE": "0 0 3 1 1 *",
    }


@pytest.fixture(scope="module")
def host(broker: BrokerThread, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    output = tmp_path_factory.mktemp("host") / "output.txt"
    with HostProcess(EXAMPLE, settings(broker.connection_string), output) as process:
        yield process


@pytest.fixture(scope="module")
def bus(broker: BrokerThread) -> Iterator[Bus]:
    with Bus(broker.connection_string, orders="orders", results="results") as opened:
        yield opened


def is_empty(broker: BrokerThread) -> bool:
    return broker.message_count("orders") == 0 and broker.message_count(DEAD) == 0


def test_a_message_reaches_its_function_and_is_completed(
    broker: BrokerThread, host: HostProcess, bus: Bus
) -> None:
    name = uuid.uuid4().hex
    bus.order({"n": 1}, message_id=name, subject="s", application_properties={"tries": 3})
    (result,) = bus.results(1)
    seen = result["seen"]
    assert result["order"] == {"n": 1}
    assert (seen["message_id"], seen["delivery_count"], seen["subject"]) == (name, 1, "s")
    assert seen["properties"] == {"tries": 3}
    until(lambda: is_empty(broker), "the message is completed")
    assert "order.received" in host.text


def test_a_function_that_raises_gets_it_again_and_then_its_dead_letter(
    broker: BrokerThread, host: HostProcess, bus: Bus
) -> None:
    name = uuid.uuid4().hex
    bus.order({"fail": True}, message_id=name)
    (buried,) = bus.results(1)
    assert buried["buried"] == {"fail": True}
    assert buried["seen"]["message_id"] == name
    assert buried["seen"]["properties"]["DeadLetterReason"] == "MaxDeliveryCountExceeded"
    assert host.text.count(f"message_id={name}") == 2
    until(lambda: is_empty(broker), "the dead letter is completed")


def test_a_lock_is_renewed_while_the_function_runs(
    broker: BrokerThread, host: HostProcess, bus: Bus
) -> None:
    name = uuid.uuid4().hex
    bus.order({"take": 2.5 * LOCK}, message_id=name)
    (result,) = bus.results(1)
    assert result["ended"] - result["began"] > 2 * LOCK
    until(lambda: is_empty(broker), "the message is completed")
    assert host.text.count(f"message_id={name}") == 1


def most_at_once(results: list[dict[str, Any]]) -> int:
    moments = [(r["began"], 1) for r in results] + [(r["ended"], -1) for r in results]
    running = 0
    return max(running := running + change for _, change in sorted(moments))


def test_no_more_run_at_once_than_host_json_says(host: HostProcess, bus: Bus) -> None:
    assert host.process.poll() is None
    for n in range(7):
        bus.order({"n": n, "take": 0.7})
    assert most_at_once(bus.results(7)) == 3


def test_no_more_messages_are_locked_than_run(
    broker: BrokerThread, host: HostProcess, bus: Bus
) -> None:
    for n in range(6):
        bus.order({"n": n, "take": 1})
    host.wait_for("Executing function=work")
    until(lambda: broker.lock_count("orders") == 3, "three run")
    assert broker.message_count("orders") >= 3
    most = 0
    while broker.message_count("orders"):
        most = max(most, broker.lock_count("orders"))
        time.sleep(0.01)
    assert most == 3
    bus.results(6)


def test_a_detached_link_is_attached_again(
    broker: BrokerThread, host: HostProcess, bus: Bus
) -> None:
    assert broker.detach_links("orders") >= 1
    bus.order({"n": "after"})
    (result,) = bus.results(1)
    assert result["order"] == {"n": "after"}
    assert host.process.poll() is None


def test_an_array_that_is_put_out_is_one_message_per_element(host: HostProcess, bus: Bus) -> None:
    assert host.ask("/api/orders", "POST", b'[{"n": "a"}, {"n": "b"}]').status == 202
    assert {result["order"]["n"] for result in bus.results(2)} == {"a", "b"}


def test_a_queue_function_can_be_called_by_hand(host: HostProcess, bus: Bus) -> None:
    order = json.dumps({"input": json.dumps({"n": "by hand"})}).encode()
    assert host.ask("/admin/functions/work", "POST", order).status == 202
    (result,) = bus.results(1)
    assert result["order"] == {"n": "by hand"}
    assert result["seen"]["message_id"] is None


def test_stopping_lets_a_running_function_finish_and_takes_nothing_more(
    broker: BrokerThread, tmp_path: Path
) -> None:
    for name in ("last-orders", "last-results"):
        broker.create_queue(name, QueueProperties(lock_duration=LOCK))
    names = {"ORDERS_QUEUE": "last-orders", "RESULTS_QUEUE": "last-results"}
    environment = settings(broker.connection_string) | names
    with (
        HostProcess(EXAMPLE, environment, tmp_path / "output.txt") as host,
        Bus(broker.connection_string, orders="last-orders", results="last-results") as bus,
    ):
        bus.order({"take": 2 * LOCK})
        host.wait_for("order.received")
        host.process.terminate()
        host.wait_for("stopping")
        bus.order({"n": "too late"})
        bus.results(1)
        assert host.wait_end() == 0
    assert broker.message_count("last-orders") == 1
    assert broker.lock_count("last-orders") == 0
