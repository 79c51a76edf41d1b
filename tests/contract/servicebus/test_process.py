"""The broker as a process.

What it prints, what it serves, how it ends, and what it says when it cannot start.
"""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.servicebus import ServiceBusClient, ServiceBusMessage

ROOT = Path(__file__).parents[3]
CONFIG = ROOT / "sandbox" / "demo" / "servicebus.json"


def _start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "sandbox.azure.servicebus", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    with _start("--config", str(CONFIG), "--port", "0") as process:
        yield process
        process.kill()


def _lines(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline().strip() for _ in range(2)]


def test_it_says_that_it_is_a_stand_in_serves_the_products_queues_and_ends_when_asked(
    process: subprocess.Popen[str],
) -> None:
    announcement, connection_string = _lines(process)
    assert announcement.startswith("Stand-in for Azure Service Bus (not Azure;")
    assert "scans, redeploys, notifications" in announcement

    with (
        ServiceBusClient.from_connection_string(connection_string) as client,
        client.get_queue_sender("redeploys") as sender,
        client.get_queue_receiver("redeploys") as receiver,
    ):
        sender.send_messages(ServiceBusMessage("x"))
        (message,) = receiver.receive_messages(1, max_wait_time=5)
        receiver.complete_message(message)

    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0


def test_a_port_that_is_taken_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with _start("--config", str(CONFIG), "--port", str(port)) as process:
            _, errors = process.communicate(timeout=20)

    assert process.returncode == 2
    assert (
        errors
        == f"Cannot listen on 127.0.0.1:{port}: Address already in use. Choose another --port.\n"
    )


def test_a_bad_configuration_is_one_line_for_each_problem(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(
        '{"UserConfig": {"Namespaces": [{"Queues": [{"Name": "q", '
        '"Properties": {"Lock": 1}}, {}]}]}}'
    )

    with _start("--config", str(config)) as process:
        _, errors = process.communicate(timeout=20)

    assert process.returncode == 2
    assert errors.splitlines() == [
        f"{config}: Queues[0] 'q': Lock is no property of the emulator's Config.json",
        f"{config}: Queues[1]: needs a Name of letters, digits and ._/- , not None",
    ]
