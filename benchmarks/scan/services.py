"""The simulator and Azurite, each in its own process, and the ways that are run against them."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from benchmarks.scan.fleet import write_fleet
from benchmarks.scan.measuring import Cost, Task
from sandbox.azure.arm.control_client import Control
from sandbox.azure.azurite.launcher import Azurite


class Services:
    """What every way of one fleet is run against."""

    def __init__(self, arm: str, azurite: Azurite, sizes: Sequence[int]) -> None:
        self.arm = arm
        #: a connection string
        self.tables = azurite.connection_string
        self._control = Control(arm)
        self._sizes = sizes

    def set_latency(self, seconds: float) -> None:
        """Let each response of ARM come so late."""
        self._control.switch_off()
        if seconds:
            self._control.switch_on("latency", seconds=seconds)

    def run(
        self, way: str, prefix: str, *, subscriptions: int | None = None, stalls: bool = False
    ) -> tuple[Cost, int]:
        """One way in a fresh process: its cost, and the requests that ARM answered."""
        parts = dict(part.split("=", 1) for part in self.tables.split(";") if part)
        task = Task(
            way=way,
            arm=self.arm,
            tables=parts["TableEndpoint"],
            prefix=prefix,
            subscriptions=subscriptions or len(self._sizes),
            machines=max(self._sizes),
            stalls=stalls,
        )
        before = self._answers()
        done = subprocess.run(  # noqa: S603 - our own module
            [sys.executable, "-m", "benchmarks.scan.way", msgspec.json.encode(task).decode()],
            env=os.environ | {"BENCH_TABLES": self.tables},
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{way} failed:\n{done.stderr.decode()[-3000:]}")
        cost = msgspec.json.decode(done.stdout.splitlines()[-1], type=Cost)
        return cost, self._answers() - before

    def _answers(self) -> int:
        return sum(self._control.status(machines=False)["answers"].values())


@contextmanager
def services(
    folder: Path, sizes: Sequence[int], azurite: Azurite | None = None
) -> Iterator[Services]:
    """Start both for a fleet with subscriptions of these sizes, and end them.

    An Azurite that runs already is used, and stays.
    """
    fleet = folder / f"{len(sizes)} of {sum(sizes)}.json"
    write_fleet(fleet, sizes)
    with ExitStack() as stack:
        tables = azurite or stack.enter_context(Azurite())
        arm = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "sandbox.azure.arm", "--fleet", str(fleet)],
            stdout=subprocess.PIPE,
            text=True,
        )
        stack.callback(_end, arm)
        if arm.stdout is None:
            raise RuntimeError("the simulator has no output")
        greeting = arm.stdout.readline()
        if not greeting.startswith("http"):
            raise RuntimeError(f"the simulator did not start: {greeting}")
        yield Services(greeting.split()[0], tables, sizes)


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()
