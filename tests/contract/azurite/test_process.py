"""Azurite as a process.

It starts on free ports, says why if it cannot, and never outlives its owner.
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from azure.data.tables import TableServiceClient

from sandbox.azure.azurite import Azurite, AzuriteNotStarted, Ports
from sandbox.azure.azurite.installation import Installation
from sandbox.azure.azurite.launcher import HOST

ROOT = Path(__file__).parents[3]
PATIENCE_SECONDS = 20


@pytest.fixture(autouse=True)
def _installed(azurite: Azurite) -> None:
    """Skips or fails like every other test that needs it."""


def accepts(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=5).close()
    except OSError:
        return False
    return True


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_all_three_services_accept_when_it_has_started(azurite: Azurite) -> None:
    ports = azurite.ports
    assert [accepts(port) for port in (ports.blob, ports.queue, ports.table)] == [True, True, True]


def test_two_run_side_by_side_and_know_nothing_of_each_other(
    azurite: Azurite, table_name: str
) -> None:
    with Azurite() as other:
        with TableServiceClient.from_connection_string(azurite.connection_string) as service:
            service.create_table(table_name)
        with TableServiceClient.from_connection_string(other.connection_string) as service:
            assert [table.name for table in service.list_tables()] == []


def test_stopped_it_is_gone_and_stopping_again_does_nothing() -> None:
    running = Azurite()
    running.start()
    ports = running.ports
    running.stop()
    assert not accepts(ports.table)
    assert running.pid is None
    running.stop()


def test_it_can_be_started_again_after_it_was_stopped() -> None:
    one = Azurite()
    for _ in range(2):
        with one:
            assert accepts(one.ports.table)


async def test_it_is_an_async_context_manager_too() -> None:
    async with Azurite() as running:
        table = running.ports.table
        assert accepts(table)
    assert not accepts(table)


async def test_a_start_that_is_cancelled_leaves_no_process() -> None:
    one = Azurite()
    starting = asyncio.create_task(one.__aenter__())
    await asyncio.sleep(
        0
    )  # the task runs up to its first wait: the process is there, the services are not yet
    pid = one.pid
    assert pid is not None
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_second_start_is_refused_and_the_first_goes_on() -> None:
    with Azurite() as running:
        with pytest.raises(AzuriteNotStarted, match="already running"):
            running.start()
        assert accepts(running.ports.table)


def test_a_port_that_is_taken_is_named_in_the_error(azurite: Azurite) -> None:
    taken = azurite.ports.table
    with pytest.raises(AzuriteNotStarted, match=rf"(?s)ended with code 1 while starting.*{taken}"):
        Azurite(ports=Ports(table=taken)).start()


def test_a_start_that_takes_too_long_is_given_up() -> None:
    slow = Azurite(start_within_seconds=0)
    with pytest.raises(AzuriteNotStarted, match="did not listen within 0 s"):
        slow.start()
    assert slow.pid is None


def test_where_it_is_not_installed_the_error_says_what_to_do(tmp_path: Path) -> None:
    absent = Azurite(installation=Installation(node=tmp_path / "node"))
    with pytest.raises(AzuriteNotStarted, match="make prepare"):
        absent.start()


def test_accounts_of_the_user_s_own_environment_do_not_reach_it(
    monkeypatch: pytest.MonkeyPatch, table_name: str
) -> None:
    monkeypatch.setenv("AZURITE_ACCOUNTS", "somebody:c2VjcmV0")
    with (
        Azurite() as running,
        TableServiceClient.from_connection_string(running.connection_string) as service,
    ):
        assert service.create_table(table_name).table_name == table_name


OWNER = """
import time
from sandbox.azure.azurite import Azurite
azurite = Azurite()
azurite.start()
print(azurite.ports.table, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_its_owner_however_that_one_is_killed(how: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER], cwd=ROOT, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        table = int(owner.stdout.readline())
        assert accepts(table)
        owner.send_signal(how)
        owner.wait()
    assert eventually(lambda: not accepts(table))


def test_in_the_foreground_it_prints_its_connection_string_and_stops_on_ctrl_c() -> None:
    command = [sys.executable, "-m", "sandbox.azure.azurite"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as foreground:
        assert foreground.stdout is not None
        printed = foreground.stdout.readline().strip()
        with TableServiceClient.from_connection_string(printed) as service:
            assert list(service.list_tables()) == []
        foreground.send_signal(signal.SIGINT)
        assert foreground.wait(PATIENCE_SECONDS) == 0
