"""The server on its thread: only on 127.0.0.1, by the real clock, and gone without a trace."""

import socket
import threading
import time

import pytest

from sandbox.azure.servicebus.broker.errors import BrokerError
from sandbox.azure.servicebus.broker.properties import QueueProperties
from sandbox.azure.servicebus.server import Server
from sandbox.azure.servicebus.thread import BrokerThread
from sandbox.azure.servicebus.wire.faults import Fault, Faults
from tests.unit.servicebus.virtual_time import Receiver, content


def test_it_listens_on_the_loopback_only_and_says_so_in_its_connection_string() -> None:
    with BrokerThread() as broker:
        assert broker.connection_string == (
            f"Endpoint=sb://127.0.0.1:{broker.port};SharedAccessKeyName=RootManageSharedAccessKey;"
            "SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true;"
        )
        with socket.create_connection(("127.0.0.1", broker.port)) as client:
            assert client.getpeername()[0] == "127.0.0.1"
            assert broker.call(lambda server: [s.getsockname()[0] for s in _sockets(server)]) == [
                "127.0.0.1"
            ]


def _sockets(server: Server) -> list[socket.socket]:
    assert server._listener is not None
    return list(server._listener.sockets)


def test_a_broker_that_ends_cuts_its_clients_and_leaves_no_thread() -> None:
    before = set(threading.enumerate())  # other tests share a broker of their own
    with BrokerThread() as broker:
        started = set(threading.enumerate()) - before
        (own,) = (thread for thread in started if thread.name == "sandbox-servicebus")
        client = socket.create_connection(("127.0.0.1", broker.port))
        client.sendall(b"AMQP\x00\x01\x00\x00")
        assert client.recv(8) == b"AMQP\x00\x01\x00\x00"
        port = broker.port

    with client:
        assert _ended(client)
    assert not own.is_alive()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def _ended(client: socket.socket) -> bool:
    client.settimeout(5)
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


def test_timers_run_by_the_real_clock() -> None:
    with BrokerThread() as broker:
        broker.create_queue("q", QueueProperties(default_time_to_live=0.05))
        broker.call(lambda server: server.namespace.queue("q").accept([content("a")]))
        assert broker.message_count("q") == 1

        deadline = time.monotonic() + 5
        while broker.message_count("q") and time.monotonic() < deadline:
            time.sleep(0.01)

        assert broker.message_count("q") == 0


def test_counts_are_of_a_queue_or_of_its_dead_letters() -> None:
    with BrokerThread() as broker:
        broker.create_queue("q")
        broker.call(lambda server: server.namespace.queue("q").accept([content("a"), content("b")]))
        broker.call(_lock_one)

        assert (broker.message_count("q"), broker.lock_count("q")) == (2, 1)
        assert broker.message_count("q/$deadletterqueue") == 0
        broker.delete("q")
        with pytest.raises(BrokerError):
            broker.message_count("q")


def _lock_one(server: Server) -> None:
    queue = server.namespace.queue("q")
    queue.competing.join(Receiver(credit=1))
    queue.dispatch()


def test_a_fault_strikes_as_often_as_planned_at_its_entity_only() -> None:
    faults = Faults()
    faults.plan(Fault.SERVER_BUSY, "q", times=2)
    faults.plan(Fault.SERVER_BUSY, "Q")

    assert not faults.triggers(Fault.SERVER_BUSY, "other")
    assert not faults.triggers(Fault.SEND_RESPONSE_LOST, "q")
    assert [faults.triggers(Fault.SERVER_BUSY, "q") for _ in range(4)] == [True, True, True, False]
