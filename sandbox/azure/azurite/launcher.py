"""One Azurite process: started on free ports of 127.0.0.1, waited for, stopped.

It keeps everything in memory: what was stored is gone when it stops. It never restarts a process
that died.
"""

import asyncio
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Self

from sandbox.azure.azurite.installation import Installation

HOST = "127.0.0.1"
POLL_SECONDS = 0.02
STOP_WITHIN_SECONDS = 5.0
OUTPUT_LINES = 15

# Microsoft publishes this account for every emulator of Azure Storage; it opens nothing in Azure.
# https://learn.microsoft.com/azure/storage/common/storage-connect-azurite
ACCOUNT = "devstoreaccount1"
ACCOUNT_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)

# "Azurite Table service is successfully listening at http://127.0.0.1:36317"; printed with --silent
# as well, once the socket accepts connections, and with the port that the system chose for port 0.
_LISTENING = re.compile(
    r"^Azurite (\w+) service is successfully listening at http://[\d.]+:(\d+)", re.MULTILINE
)


class AzuriteNotStarted(Exception):
    """Azurite could not be started.

    The message says why and what to do, with what Azurite printed.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """TCP ports of the three services; 0 lets the system choose a free one."""

    blob: int = 0
    queue: int = 0
    table: int = 0

    def connection_string(self) -> str:
        """What the Azure SDKs and the Functions settings take."""
        parts = {
            "DefaultEndpointsProtocol": "http",
            "AccountName": ACCOUNT,
            "AccountKey": ACCOUNT_KEY,
            "BlobEndpoint": f"http://{HOST}:{self.blob}/{ACCOUNT}",
            "QueueEndpoint": f"http://{HOST}:{self.queue}/{ACCOUNT}",
            "TableEndpoint": f"http://{HOST}:{self.table}/{ACCOUNT}",
        }
        return "".join(f"{key}={value};" for key, value in parts.items())


class Azurite:
    """A private Azurite, as a context manager (`with` and `async with`) or with `start` and `stop`.

    The process ends with the process that started it, however that one ends: it holds a pipe whose
    other end is Azurite's standard input (exit_with_parent.cjs). A child that was forked without
    exec would keep the pipe open.
    """

    def __init__(
        self,
        *,
        ports: Ports | None = None,
        installation: Installation | None = None,
        start_within_seconds: float = 60.0,
    ) -> None:
        self._wanted = ports or Ports()
        self._installation = installation or Installation()
        self._start_within = start_within_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._output: IO[bytes] | None = None
        self._ports: Ports | None = None

    @property
    def ports(self) -> Ports:
        """The ports in use. Raises AzuriteNotStarted while it is not running."""
        if self._ports is None:
            raise AzuriteNotStarted("Azurite is not running: start it first.")
        return self._ports

    @property
    def connection_string(self) -> str:
        """Connection string of all three services.

        Raises AzuriteNotStarted while it is not running.
        """
        return self.ports.connection_string()

    @property
    def pid(self) -> int | None:
        """Id of the process, None while it is not running."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Return when all three services accept connections.

        Raises AzuriteNotStarted; then nothing is left running.

        A second start is refused, and the first continues.
        """
        self._refuse_second_start()
        try:
            for _ in self._starting():
                time.sleep(POLL_SECONDS)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the process, if need be by force, and return when it is gone. Idempotent."""
        process, self._process, self._ports = self._process, None, None
        if process is not None:
            _end(process)
        if self._output is not None:
            self._output.close()
            self._output = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        self._refuse_second_start()
        try:
            for _ in self._starting():
                await asyncio.sleep(POLL_SECONDS)
        except BaseException:
            self.stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await asyncio.to_thread(self.stop)

    def _refuse_second_start(self) -> None:
        if self._process is not None:
            raise AzuriteNotStarted(
                "Azurite is already running: stop it first, or make another one."
            )

    def _starting(self) -> Iterator[None]:
        """Start the process, then yield as often as it is worth while to look again."""
        self._process, self._output = self._spawn()
        deadline = time.monotonic() + self._start_within
        while (ports := _listening(self._printed())) is None:
            if self._process.poll() is not None:
                raise AzuriteNotStarted(
                    self._failure(f"ended with code {self._process.returncode} while starting")
                )
            if time.monotonic() > deadline:
                raise AzuriteNotStarted(
                    self._failure(f"did not listen within {self._start_within:g} s")
                )
            yield
        self._ports = ports

    def _spawn(self) -> tuple[subprocess.Popen[bytes], IO[bytes]]:
        missing = self._installation.missing()
        if missing is not None:
            raise AzuriteNotStarted(missing)
        # stop() closes it; a pipe would fill up unread.
        output = tempfile.TemporaryFile()  # noqa: SIM115
        files = self._installation
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("AZURITE_")
        }
        process = subprocess.Popen(  # noqa: S603 - our own files, no shell
            [
                str(files.node),
                "--require",
                str(files.guard),
                str(files.program),
                *_options(self._wanted),
            ],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            # AZURITE_ACCOUNTS would change the account, AZURITE_DB the place of the data
            env=environment,
            start_new_session=True,  # Ctrl-C reaches its owner, which stops it in its own order
        )
        return process, output

    def _printed(self) -> str:
        if self._output is None:
            return ""
        self._output.seek(0)
        return self._output.read().decode(errors="replace")

    def _failure(self, what: str) -> str:
        lines = self._printed().strip().splitlines()[-OUTPUT_LINES:]
        return "\n".join(
            [f"Azurite {what}. It printed:", *(f"    | {line}" for line in lines or ["nothing"])]
        )


def _options(ports: Ports) -> list[str]:
    options = ["--inMemoryPersistence", "--skipApiVersionCheck", "--silent", "--disableTelemetry"]
    for service, port in (("blob", ports.blob), ("queue", ports.queue), ("table", ports.table)):
        options += [f"--{service}Host", HOST, f"--{service}Port", str(port)]
    return options


def _listening(printed: str) -> Ports | None:
    """The ports once all three services have said that they listen."""
    said = {service.lower(): int(port) for service, port in _LISTENING.findall(printed)}
    if said.keys() < {"blob", "queue", "table"}:
        return None
    return Ports(blob=said["blob"], queue=said["queue"], table=said["table"])


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_WITHIN_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdin is not None:
        process.stdin.close()
