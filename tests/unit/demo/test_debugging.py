"""How the app is started for a debugger."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.demo.debugging import START_TIMEOUT
from sandbox.demo.launches import Launches
from sandbox.demo.options import BadInput, Options, prepare, read_options
from sandbox.demo.processes.child import Launch


def options(tmp_path: Path, *more: str) -> Options:
    return read_options(["--out", str(tmp_path / "out"), *more], is_terminal=False)


def app(tmp_path: Path, *more: str) -> Launch:
    return Launches(options=options(tmp_path, *more)).app(7071, {"A": "b"})


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_without_the_option_nothing_of_a_debugger_is_started(tmp_path: Path) -> None:
    launch = app(tmp_path)
    assert "debugpy" not in launch.command
    assert launch.environment["A"] == "b"
    assert "AzureFunctionsJobHost__functionTimeout" not in launch.environment
    assert launch.start_timeout < START_TIMEOUT
    assert options(tmp_path).limit == 300


@pytest.mark.parametrize(
    ("given", "listens"),
    [
        (["--debug"], ["--listen", "127.0.0.1:9091"]),
        (["--debug", "attach", "--debug-port", "9092"], ["--listen", "127.0.0.1:9092"]),
        (["--debug", "wait"], ["--listen", "127.0.0.1:9091", "--wait-for-client"]),
    ],
)
def test_the_same_command_runs_under_debugpy(
    tmp_path: Path, given: list[str], listens: list[str]
) -> None:
    python, *plain = app(tmp_path).command
    debugged = list(app(tmp_path, *given).command)
    assert debugged == [python, "-X", "frozen_modules=off", "-m", "debugpy", *listens, *plain]


def test_neither_the_host_nor_the_run_gives_up_at_a_breakpoint(tmp_path: Path) -> None:
    assert (
        app(tmp_path, "--debug").environment["AzureFunctionsJobHost__functionTimeout"] == "04:00:00"
    )
    assert options(tmp_path, "--debug").limit == START_TIMEOUT
    assert options(tmp_path, "--debug", "--limit", "7").limit == 7


def test_an_app_that_waits_may_take_hours_to_be_ready(tmp_path: Path) -> None:
    assert app(tmp_path, "--debug", "wait").start_timeout == START_TIMEOUT
    assert app(tmp_path, "--debug").start_timeout == app(tmp_path).start_timeout


@pytest.mark.parametrize(("given", "said"), [("attach", "can attach"), ("wait", "waits until")])
def test_the_user_is_shown_the_address(tmp_path: Path, given: str, said: str) -> None:
    line = str(options(tmp_path, "--debug", given).debugging)
    assert said in line
    assert "127.0.0.1:9091" in line
    assert "docs/debugging.md" in line


def test_a_port_that_is_in_use_is_said_before_anything_is_started(
    tmp_path: Path, taken: int
) -> None:
    with pytest.raises(BadInput, match=f"Port {taken} is in use"):
        prepare(options(tmp_path, "--debug", "--debug-port", str(taken)))
