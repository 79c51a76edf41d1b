"""Children, their supervisor and the guard, with small processes that stand for the sandbox's."""

import asyncio
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from sandbox.demo.options import ROOT
from sandbox.demo.processes.child import Child, ChildFailed, Guard, Launch, start
from sandbox.demo.processes.guard import groups_left
from sandbox.demo.processes.supervisor import Supervised

#: listens on a free port, says so, and stays; SIGTERM ends it
LISTENS = """
import socket, time
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
print("ready on", s.getsockname()[1], flush=True)
time.sleep(60)
"""
IGNORES_SIGTERM = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)" + LISTENS
#: leaves the listening to a child of its own
HAS_A_CHILD = (
    "import subprocess, sys, time; "
    f"subprocess.Popen([sys.executable, '-c', {LISTENS!r}]); time.sleep(60)"
)


@pytest_asyncio.fixture
async def guard() -> AsyncIterator[Guard]:
    one = await Guard.start(ROOT)
    yield one
    await one.dismiss()


def launch(folder: Path, program: str, *, patience: float = 20.0, grace: float = 5.0) -> Launch:
    return Launch(
        name="the child",
        command=(sys.executable, "-c", program),
        ready=re.compile(r"^ready on (\d+)$", re.MULTILINE),
        environment={},
        folder=folder,
        log=folder / "child.log",
        remedy="Do this or that.",
        start_timeout=patience,
        grace=grace,
    )


def answers(port: str) -> bool:
    with socket.socket() as check:
        return check.connect_ex(("127.0.0.1", int(port))) == 0


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - another process's state has no event
            await asyncio.sleep(0.02)


async def test_a_child_is_ready_when_it_says_so(tmp_path: Path, guard: Guard) -> None:
    child = await start(launch(tmp_path, LISTENS), guard)
    (port,) = child.ready_values
    assert answers(port)

    await child.stop()

    assert child.process.returncode == -signal.SIGTERM
    assert not answers(port)


async def test_a_child_that_ends_before_it_is_ready_is_told_with_its_last_lines(
    tmp_path: Path, guard: Guard
) -> None:
    program = "print('one'); print('the reason'); raise SystemExit(3)"
    with pytest.raises(ChildFailed) as failed:
        await start(launch(tmp_path, program), guard)
    assert str(failed.value) == (
        "the child ended with exit code 3 before it was ready. "
        f"Its last lines ({tmp_path / 'child.log'}):\n    one\n    the reason\nDo this or that."
    )


async def test_a_child_that_never_gets_ready_is_ended(tmp_path: Path, guard: Guard) -> None:
    program = LISTENS.replace("ready on", "port")
    with pytest.raises(ChildFailed, match=r"was not ready within 1 s"):
        await start(launch(tmp_path, program, patience=1), guard)
    port = (tmp_path / "child.log").read_text().split()[1]
    assert not answers(port)


async def test_a_program_that_does_not_exist_is_told(tmp_path: Path, guard: Guard) -> None:
    missing = launch(tmp_path, "")
    wrong = Launch(
        name="it",
        command=("/nowhere/program",),
        ready=missing.ready,
        environment={},
        folder=tmp_path,
        log=missing.log,
        remedy="Install it.",
    )
    with pytest.raises(ChildFailed, match=r"it cannot be started: .*Install it\."):
        await start(wrong, guard)


async def test_a_child_that_ignores_sigterm_is_killed_after_its_grace(
    tmp_path: Path, guard: Guard
) -> None:
    child = await start(launch(tmp_path, IGNORES_SIGTERM, grace=0.2), guard)
    await child.stop()
    assert child.process.returncode == -signal.SIGKILL


async def test_what_a_child_has_started_ends_with_it(tmp_path: Path, guard: Guard) -> None:
    child = await start(launch(tmp_path, HAS_A_CHILD), guard)
    (port,) = child.ready_values
    assert answers(port)
    await child.stop()
    await until(lambda: not answers(port))


async def test_only_what_a_child_said_since_its_own_start_counts(
    tmp_path: Path, guard: Guard
) -> None:
    (tmp_path / "child.log").write_text("ready on 1\n")
    child = await start(launch(tmp_path, LISTENS), guard)
    assert child.ready_values != ("1",)
    await child.stop()


async def supervised(folder: Path, guard: Guard, program: str) -> tuple[Supervised, list[str]]:
    news: list[str] = []
    one = Supervised(launch(folder, program), guard, news.append, pause=0)
    await one.start()
    return one, news


def pid_of(one: Supervised) -> int | None:
    child: Child | None = one.child
    return child.pid if child else None


async def test_a_killed_child_is_started_again_and_said_so(tmp_path: Path, guard: Guard) -> None:
    one, news = await supervised(tmp_path, guard, LISTENS)
    keeping = asyncio.create_task(one.keep())
    first = pid_of(one)

    assert one.kill()
    await until(lambda: pid_of(one) not in (None, first))
    await until(lambda: len(news) == 2)

    assert news[0] == "the child died (signal 9); starting it again, as the platform would"
    assert re.fullmatch(r"the child runs again after \d+\.\d s", news[1])
    assert one.restarts == 1
    assert len(one.start_seconds) == 2
    keeping.cancel()
    await one.stop()
    assert pid_of(one) is None
    assert not one.kill()


async def test_a_child_that_cannot_be_started_again_is_given_up(
    tmp_path: Path, guard: Guard
) -> None:
    marker = tmp_path / "second"
    program = (
        f"import pathlib; p = pathlib.Path({str(marker)!r}); p.exists() and exit(7); p.touch()"
        + LISTENS
    )
    one, _ = await supervised(tmp_path, guard, program)
    one.kill()
    with pytest.raises(ChildFailed, match="ended with exit code 7 before it was ready"):
        await asyncio.wait_for(one.keep(), 30)
    assert one.restarts == 3


DEMO = """
import asyncio, re, sys
from pathlib import Path
from sandbox.demo.processes.child import Guard, Launch, start
async def main(folder):
    guard = await Guard.start(Path.cwd())
    child = await start(Launch(
        name="it", command=(sys.executable, "-c", {listens!r}),
        ready=re.compile(r"^ready on (\\d+)$", re.M),
        environment={{}}, folder=folder, log=folder / "child.log", remedy=""), guard)
    print(child.ready_values[0], flush=True)
    await asyncio.sleep(60)
asyncio.run(main(Path(sys.argv[1])))
"""


async def test_children_of_a_demo_that_is_killed_end_too(tmp_path: Path) -> None:
    demo = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        DEMO.format(listens=LISTENS),
        str(tmp_path),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert demo.stdout is not None
    port = (await demo.stdout.readline()).decode().strip()
    assert answers(port)

    demo.kill()
    await demo.wait()

    await until(lambda: not answers(port))


def test_the_guard_ends_only_groups_that_were_started_and_have_not_ended() -> None:
    assert groups_left(["+11\n", "+12\n", "-11\n", "+13\n"]) == {12, 13}
    assert groups_left([]) == set()
