"""A stage for black-box scenarios.

Simulator, broker and Azurite around the app, which runs in a process of its own.

What a scenario asserts it reads from the simulator's log of what truly happened, or from the app's
HTTP operations.
"""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from sandbox.azure.arm.background import Running
from sandbox.azure.servicebus.thread import BrokerThread

ROOT = Path(__file__).resolve().parents[2]

#: seconds for minutes; the same rules as in production
POLICY: dict[str, Any] = {
    "timing": {
        "expected_duration": "PT20S",
        "neighbour_views_kept": "PT0S",
        "sweep_period": "PT0S",
        "poll_interval": "PT0.4S",
        "recheck_interval": "PT2S",
        "grace_period": "PT6S",
        "lease_duration": "PT10S",
        "operation_timeout": "PT60S",
        "verify_timeout": "PT8S",
        "bake_time": "PT0.3S",
    },
    "limits": {"slots": 2, "cool_down": "PT0.5S"},
}


@dataclass(slots=True, kw_only=True)
class AppProcess:
    """The app under the host stand-in: started, killed and started again at will."""

    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    url: str = ""
    starts: int = 0

    def start(self) -> None:
        """Start it and wait until it answers; raises with the end of its log if it does not."""
        command = [sys.executable, "-m", "sandbox.azure.functions_host"]
        command += ["--app", str(ROOT), "--port", "0", "--plain"]
        output = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, **self.environment}, stdout=log, stderr=log
            )
        self.starts += 1
        self.url = self._wait_for_url(output)

    def kill(self) -> None:
        """End it as a crash would: no handler runs, nothing is flushed."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it as a scale-in would."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        if self.process is None:
            return
        self.process.send_signal(number)
        self.process.wait(30)
        self.process = None

    def _wait_for_url(self, output: int) -> str:
        """The address that the host names when it is ready, in what it has said since the start."""
        urls: list[str] = []

        def ready() -> bool:
            ended = self.process is None or self.process.poll() is not None
            lines = self.log.read_bytes()[output:].decode(errors="replace")
            urls.extend(
                line.split()[2] for line in lines.splitlines() if line.startswith("ready on ")
            )
            assert urls or not ended, f"the app did not start: {lines[-2000:]}"
            return bool(urls)

        wait_until(ready, seconds=30, what="the start of the app")
        return urls[0]


@dataclass(slots=True, kw_only=True)
class ScenarioEnvironment:
    """Everything a scenario plays with."""

    arm: Running
    broker: BrokerThread
    app: AppProcess
    policy: Mapping[str, Any] = field(default_factory=lambda: POLICY)

    def get(self, path: str) -> Any:
        """What an operator gets from the app; None while it does not answer."""
        try:
            with urlopen(f"{self.app.url}/api/v1/{path}", timeout=10) as response:
                return json.load(response)
        except (HTTPError, URLError, ConnectionError, TimeoutError):
            return None

    def post(self, path: str, body: object) -> Any:
        """What an operator asks of the app."""
        request = Request(
            f"{self.app.url}/api/v1/{path}", data=json.dumps(body).encode(), method="POST"
        )
        with urlopen(request, timeout=10) as response:
            return json.load(response)

    def jobs(self) -> list[dict[str, Any]]:
        """The app's jobs, as an operator sees them."""
        response = self.get("jobs")
        return response["jobs"] if response else []

    def calls(self) -> list[dict[str, Any]]:
        """Every performMaintenance that reached Azure, in order."""
        return [dict(each) for each in self.arm.events("redeploy.requested")]

    def accepted(self) -> list[str]:
        """The machines whose call was accepted, in order."""
        return [str(each["machine"]) for each in self.calls() if each["accepted"]]

    def still_scheduled(self) -> list[str]:
        """Eligible machines that are not maintained yet, as they truly are."""
        machines = {
            str(each["machine"])
            for each in self.arm.events("machine.loaded")
            if each.get("eligible")
        }
        return sorted(
            machines - {str(each["machine"]) for each in self.arm.events("maintenance.cleared")}
        )

    def settings(self) -> dict[str, str]:
        """The settings that the app runs with."""
        return dict(self.app.environment)


def wait_until(condition: Callable[[], object], *, seconds: float = 60.0, what: str = "it") -> None:
    """Return as soon as the condition holds; fail with its name when the deadline passes."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen within {seconds:.0f} s")
        time.sleep(0.1)  # between two looks at a condition, under the deadline above


def settings_for(
    *, arm: Running, broker: BrokerThread, tables: str, policy: Mapping[str, Any], mode: str = "act"
) -> dict[str, str]:
    """The app's settings on this stage; its tables have names of their own."""
    return {
        **arm.environment,
        "StateStorage": tables,
        "AzureWebJobsStorage": tables,
        "ServiceBusConnection": broker.connection_string,
        "FORESTALL_SUBSCRIPTIONS": "*",
        "FORESTALL_MODE": mode,
        "FORESTALL_NEW_UNTIL": "2100-01-01T00:00:00Z",
        "FORESTALL_POLICY": json.dumps(policy),
        "FORESTALL_TABLE_PREFIX": f"t{secrets.token_hex(6)}",
        "SCAN_SCHEDULE": "*/2 * * * * *",
        "RECOVER_SCHEDULE": "*/2 * * * * *",
        "FUNCTIONS_WORKER_RUNTIME": "python",
    }
