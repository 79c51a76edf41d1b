"""The broker goes away under a running host, in every way it can, and comes back."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.azure.servicebus.broker.properties import QueueProperties
from sandbox.azure.servicebus.thread import BrokerThread
from tests.functions.functions_host.bus import Bus
from tests.functions.functions_host.host_process import PATIENCE, REPOSITORY, HostProcess, until
from tests.functions.functions_host.test_invocations import EXAMPLE

KEY = (
    "SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE;"
    "UseDevelopmentEmulator=true;"
)
SETTINGS = {"ORDERS_QUEUE": "orders", "RESULTS_QUEUE": "results", "SWEEP_SCHEDULE": "0 0 3 1 1 *"}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def accepts(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def broker_process(port: int, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A broker that can be killed; the `with` kills it."""
    queues = [
        {"Name": name, "Properties": {"LockDuration": "PT5S"}} for name in ("orders", "results")
    ]
    config = folder / "servicebus.json"
    config.write_text(
        json.dumps({"UserConfig": {"Namespaces": [{"Name": "n", "Queues": queues}]}}), "utf-8"
    )
    command = [
        sys.executable,
        "-m",
        "sandbox.azure.servicebus",
        "--config",
        str(config),
        "--port",
        str(port),
    ]
    with (folder / "broker.txt").open("ab") as output:
        process = subprocess.Popen(command, cwd=REPOSITORY, stdout=output, stderr=output)
    try:
        until(lambda: accepts(port), "the broker listens")
        yield process
    finally:
        process.kill()
        process.wait(PATIENCE)


def works(connection_string: str, secret: str) -> bool:
    """Whether an order goes through the host and its result comes back."""
    with Bus(connection_string, orders="orders", results="results") as bus:
        bus.order({"n": secret})
        return bool(bus.results(1)[0]["order"] == {"n": secret})


def test_a_broker_that_was_killed_is_found_again_when_it_is_back(tmp_path: Path) -> None:
    port = free_port()
    connection = f"Endpoint=sb://127.0.0.1:{port};{KEY}"
    with HostProcess(EXAMPLE, SETTINGS | {"Bus": connection}, tmp_path / "output.txt") as host:
        host.wait_for("queue cannot be read")  # Given no broker at all
        with broker_process(port, tmp_path):
            assert works(connection, "first")
        seen = host.text.count("queue cannot be read")
        until(
            lambda: host.text.count("queue cannot be read") > seen,
            "the host notices that the broker is gone",
        )
        with broker_process(port, tmp_path):
            assert works(connection, "second")
            host.wait_for("broker is back")
        assert host.stop() == 0
        assert "Traceback" not in host.text
        assert host.text.count("queue cannot be read") < 60  # it waits between attempts


def test_a_message_whose_connection_was_cut_comes_again_and_is_completed(tmp_path: Path) -> None:
    """It could not be completed, so it is delivered at least once more; it is never lost."""
    with BrokerThread() as broker:
        broker.create_queue("orders", QueueProperties(lock_duration=2))
        broker.create_queue("results", QueueProperties())
        settings = SETTINGS | {"Bus": broker.connection_string}
        with HostProcess(EXAMPLE, settings, tmp_path / "output.txt") as host:
            with Bus(broker.connection_string, orders="orders", results="results") as bus:
                bus.order({"take": 1})
                host.wait_for("order.received")
            assert broker.cut_connections() >= 1
            until(lambda: broker.message_count("orders") == 0, "the message is completed after all")
            assert host.process.poll() is None
            assert "Traceback" not in host.text
