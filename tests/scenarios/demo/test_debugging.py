"""An editor attaches to the app of the sandbox, stops in `redeploy_step`, and lets it continue."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions import redeploy
from sandbox.azure.fleets.native import write_native
from sandbox.demo.ports import free_port
from tests.scenarios.environment import ROOT
from tests.scenarios.fleets import mixed_fleet
from tests.support.debug_adapter import DebugAdapter

SOURCE = Path(redeploy.__file__)
(BREAKPOINT,) = (
    number
    for number, line in enumerate(SOURCE.read_text(encoding="utf-8").splitlines(), start=1)
    if "await handle_message(" in line
)


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def demo(azurite: object, tmp_path: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """The demo with a small fleet, whose app waits for a debugger."""
    assert azurite is not None  # installed; the demo starts one of its own
    (tmp_path / "fleet.json").write_bytes(write_native(mixed_fleet()))
    command = [
        sys.executable,
        "-m",
        "sandbox.demo",
        "--plain",
        "--fleet",
        str(tmp_path / "fleet.json"),
    ]
    command += ["--out", str(tmp_path / "out"), "--debug", "wait", "--debug-port", str(port)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        yield running
        running.terminate()


def connected(port: int, demo: subprocess.Popen[str]) -> DebugAdapter:
    """A connection as soon as the port listens; fails where the demo has ended before."""
    while demo.poll() is None:
        try:
            return DebugAdapter.connect(port)
        except ConnectionRefusedError:
            time.sleep(0.1)  # another process's port has no event
    raise AssertionError(demo.stdout.read() if demo.stdout else "the demo has ended")


@pytest.mark.timeout(180)
def test_an_editor_stops_in_redeploy_step_and_lets_the_wave_end(
    demo: subprocess.Popen[str], port: int, tmp_path: Path
) -> None:
    # Given an editor that has attached to the port
    adapter = connected(port, demo)
    assert adapter.initialize()["supportsConfigurationDoneRequest"] is True

    # And nothing of the app has run before
    assert "ready on" not in (tmp_path / "out/logs/app.log").read_text(encoding="utf-8")

    # When it sets a breakpoint in redeploy_step
    (found,) = adapter.attach({str(SOURCE): [BREAKPOINT]})
    assert found["verified"] is True

    # Then the app stops there at the first step of a job, and shows the message
    stopped = adapter.event("stopped")
    assert stopped["reason"] == "breakpoint"
    (top, *_) = adapter.request("stackTrace", {"threadId": stopped["threadId"]})["stackFrames"]
    assert (top["name"], top["line"]) == ("redeploy_step", BREAKPOINT)
    step = {
        "expression": "'~' in __import__('json').loads(message.get_body())['job']",
        "frameId": top["id"],
        "context": "watch",
    }
    assert adapter.request("evaluate", step)["result"] == "True"

    # And when the editor lets go, the wave is played to its end
    adapter.request("disconnect", {"terminateDebuggee": False})
    adapter.close()
    said, _ = demo.communicate()
    assert demo.returncode == 0, said[-3000:]
