"""`python -m sandbox.demo` (`make run`).

The command line, and what happens at signals and failures.
"""

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any

import aiohttp
from rich.console import Console

from sandbox.audit.events import LogError
from sandbox.audit.files import Unreadable
from sandbox.demo.command import Demo, policy_for
from sandbox.demo.open_scene import Show, scene_of
from sandbox.demo.options import BadInput, prepare, read_options
from sandbox.demo.processes.child import ChildFailed

BAD_INPUT = 2
_BY_SIGNAL = 128
_WIDTH_WITHOUT_TERMINAL = 120


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; returns the exit code that docs/sandbox/demo.md lists."""
    console = Console(width=None if sys.stdout.isatty() else _WIDTH_WITHOUT_TERMINAL)
    options = read_options(arguments, is_terminal=console.is_terminal)
    try:
        fleet, policy = prepare(options)
    except BadInput as fault:
        print(fault, file=sys.stderr)
        return BAD_INPUT
    now = datetime.now(UTC)
    if options.scene is not None:
        scene = scene_of(options.scene, now)
        run = Show(options=options, scene=scene, console=console).run
    else:
        text = policy_for(options, policy, now)
        run = Demo(options=options, fleet=fleet, policy=text, console=console).run
    return asyncio.run(_until_signal(run))


async def _until_signal(run: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """The exit code of a run, or that of the signal that ended it.

    Everything is cleared away either way.
    """
    running = asyncio.ensure_future(run())
    ended_by: list[int] = []

    def end(number: int) -> None:
        if not ended_by:  # a second Ctrl-C must not break off the clearing away
            ended_by.append(number)
            running.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, end, number)
    try:
        return await running
    except (ChildFailed, Unreadable, LogError, aiohttp.ClientError) as failed:
        print(failed, file=sys.stderr)
        return BAD_INPUT
    except asyncio.CancelledError:
        print("Stopped; everything that was started has ended.", file=sys.stderr)
        return _BY_SIGNAL + ended_by[0]


if __name__ == "__main__":
    sys.exit(main())
