"""python -m sandbox.azure.servicebus.benchmark.

How fast the stand-in is under the real SDK, in a process of its own.

The figures are of the pair: the SDK uses more time than the broker, which the last column shows.
They say nothing about Azure. Needs azure-servicebus, and Linux for the memory and processor
figures.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from azure.servicebus import ServiceBusClient, ServiceBusMessage, ServiceBusReceiveMode, aio

_BODY = b"x" * 200
_CONFIG = '{"UserConfig": {"Namespaces": [{"Queues": [{"Name": "q"}]}]}}'
_BATCH = 100
_DEEP = 20_000


@dataclass(frozen=True, slots=True)
class BrokerProcess:
    """A running stand-in."""

    pid: int
    connection_string: str
    started_in: float

    @property
    def processor_seconds(self) -> float:
        """User and system time so far."""
        fields = (
            Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        )
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def memory(self) -> float:
        """Resident MB."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def running() -> Iterator[BrokerProcess]:
    """Start a broker with one queue, and stop it after."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as config:
        config.write(_CONFIG)
        config.flush()
        command = [
            sys.executable,
            "-m",
            "sandbox.azure.servicebus",
            "--config",
            config.name,
            "--port",
            "0",
        ]
        began = time.perf_counter()
        # The command is our own.
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
            assert process.stdout is not None  # noqa: S101 - for the type checker
            _, connection_string = process.stdout.readline(), process.stdout.readline().strip()
            yield BrokerProcess(process.pid, connection_string, time.perf_counter() - began)
            process.terminate()


def _measure(broker: BrokerProcess, label: str, count: int, work: Callable[[], object]) -> None:
    began, before = time.perf_counter(), broker.processor_seconds
    work()
    took = time.perf_counter() - began
    share = (broker.processor_seconds - before) / took
    print(f"{label:<44} {count / took:8,.0f} /s   broker {share:4.0%} of a core", flush=True)


def _with_sync_sdk(broker: BrokerProcess, count: int) -> None:
    with (
        ServiceBusClient.from_connection_string(broker.connection_string) as client,
        client.get_queue_sender("q") as sender,
        client.get_queue_receiver("q") as receiver,
    ):

        def send_singly() -> None:
            for _ in range(count):
                sender.send_messages(ServiceBusMessage(_BODY))

        def receive(at_once: int, messages: int) -> None:
            left = messages
            while left:
                for message in receiver.receive_messages(min(at_once, left), max_wait_time=5):
                    receiver.complete_message(message)
                    left -= 1

        def send_batches(batches: int) -> None:
            for _ in range(batches):
                sender.send_messages([ServiceBusMessage(_BODY) for _ in range(_BATCH)])

        _measure(broker, "sync: send one by one", count, send_singly)
        _measure(broker, "sync: receive 1 and complete", count // 2, lambda: receive(1, count // 2))
        _measure(
            broker,
            "sync: receive 100, complete each",
            count // 2,
            lambda: receive(100, count - count // 2),
        )
        _measure(
            broker, "sync: send in batches of 100", count, lambda: send_batches(count // _BATCH)
        )
        _measure(
            broker, "sync: receive and delete, prefetch 500", count, lambda: _drain(client, count)
        )
        send_batches(_DEEP // _BATCH)
        print(f"memory with {_DEEP:,} queued messages of 200 bytes {broker.memory:.0f} MB")
        began = time.perf_counter()
        receiver.peek_messages(100, sequence_number=_deep_number(count))
        print(f"peek 100 behind 19,000 others {(time.perf_counter() - began) * 1e3:.0f} ms")


def _deep_number(count: int) -> int:
    return 2 * (count // _BATCH * _BATCH) + 19_000


def _drain(client: ServiceBusClient, count: int) -> None:
    mode = ServiceBusReceiveMode.RECEIVE_AND_DELETE
    with client.get_queue_receiver("q", receive_mode=mode, prefetch_count=500) as receiver:
        left = count // _BATCH * _BATCH
        while left > 0:
            left -= len(receiver.receive_messages(200, max_wait_time=5))


async def _with_asyncio_sdk(broker: BrokerProcess, count: int) -> None:
    async with (
        aio.ServiceBusClient.from_connection_string(broker.connection_string) as client,
        client.get_queue_sender("q") as sender,
    ):
        began = time.perf_counter()
        for _ in range(count):
            await sender.send_messages(ServiceBusMessage(_BODY))
        print(f"{'asyncio: send one by one':<44} {count / (time.perf_counter() - began):8,.0f} /s")


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.azure.servicebus.benchmark", description=__doc__
    )
    parser.add_argument("--messages", type=int, default=4_000)
    count = parser.parse_args().messages
    with running() as broker:
        print(f"started in {broker.started_in:.2f} s, memory {broker.memory:.0f} MB")
        _with_sync_sdk(broker, count)
        asyncio.run(_with_asyncio_sdk(broker, count))


if __name__ == "__main__":
    main()
