"""`python -m sandbox.azure.functions_host` in a process of its own, as a person would start it."""

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from types import TracebackType
from typing import Self

REPOSITORY = Path(__file__).parents[3]
PATIENCE = 30.0  # seconds; a deadline, not a wait


def until[T](condition: Callable[[], T | None], what: str, patience: float = PATIENCE) -> T:
    """The first value of `condition` that is true, polled.

    AssertionError with `what` at the deadline.
    """
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"not within {patience} s: {what}")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back of an HTTP request."""

    status: int
    headers: Message
    body: bytes


class HostProcess:
    """A host whose output is kept in a file; use `with`, which waits until it is ready."""

    def __init__(
        self, app: Path, environment: Mapping[str, str], output: Path, *arguments: str
    ) -> None:
        self._app = app
        self._environment = environment
        self._output = output
        self._arguments: Sequence[str] = arguments or ("--port", "0")

    def __enter__(self) -> Self:
        self.start()
        self.wait_ready()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)

    def start(self) -> None:
        """Start the process."""
        command = [
            sys.executable,
            "-m",
            "sandbox.azure.functions_host",
            "--app",
            str(self._app),
            *self._arguments,
        ]
        with self._output.open("w", encoding="utf-8") as file:
            self.process = subprocess.Popen(
                command,
                cwd=REPOSITORY,
                env={**os.environ, **self._environment},
                stdout=file,
                stderr=subprocess.STDOUT,
            )

    def wait_ready(self) -> None:
        """Wait for the line that names the port."""
        until(lambda: self.process.poll() is not None or self._port(), "the host is ready")
        port = self._port()
        assert port, self.text
        self.url = f"http://127.0.0.1:{port}"

    def _port(self) -> str | None:
        found = re.search(r"ready on http://127\.0\.0\.1:(\d+)", self.text)
        return found[1] if found else None

    @property
    def text(self) -> str:
        """Everything the host has written so far."""
        return self._output.read_text("utf-8")

    def wait_for(self, pattern: str) -> str:
        """Wait until a line matches."""
        found = until(lambda: re.search(pattern, self.text), f"{pattern!r} in:\n{self.text}")
        return found[0]

    def stop(self) -> int:
        """Ask it to stop, as a service manager would; its exit code."""
        self.process.terminate()
        return self.process.wait(PATIENCE)

    def wait_end(self) -> int:
        """The exit code of a host that ends by itself."""
        return self.process.wait(PATIENCE)

    def ask(
        self,
        path: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send an HTTP request; an error status is a reply like any other."""
        url = self.url + path
        request = urllib.request.Request(url, data=body, method=method, headers=dict(headers or {}))
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as response:
                return Reply(response.status, response.headers, response.read())
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, error.headers, error.read())
