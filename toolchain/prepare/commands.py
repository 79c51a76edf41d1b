"""Runs other programs, either to ask them something or to have them do something."""

from __future__ import annotations

import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

ANSWER_WITHIN_SECONDS = 20
LAST_LINES = 30


class NotPrepared(Exception):
    """The text is for people: what failed, what the failed program printed, and what to do."""


def answer(*command: str | Path) -> str | None:
    """What `command` prints, stripped; None if it cannot be started, fails or hangs.

    A file on PATH proves nothing: version managers leave shims there whose program is not
    installed.
    """
    done = _run(command, stderr=subprocess.DEVNULL, timeout=ANSWER_WITHIN_SECONDS)
    return done.stdout.strip() if done.returncode == 0 else None


def do(
    *command: str | Path,
    what: str,
    remedy: str,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> None:
    """Run `command` quietly.

    If it fails: NotPrepared with `what` failed, its last lines and the `remedy`.
    """
    done = _run(command, stderr=subprocess.STDOUT, cwd=cwd, env=env)
    if done.returncode != 0:
        printed = [f"    | {line}" for line in done.stdout.strip().splitlines()[-LAST_LINES:]]
        raise NotPrepared("\n".join([what, *printed, f"  What to do: {remedy}"]))


@contextmanager
def step(what: str) -> Iterator[None]:
    """Print `what` before the block, and how many seconds it took after it.

    Nothing after a failure.
    """
    print(f"{what} ...", flush=True)
    started = time.monotonic()
    yield
    print(f"  done in {time.monotonic() - started:.1f} s", flush=True)


def _run(command: Sequence[str | Path], **options: Any) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            check=False,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            **options,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(command, 127, stdout=str(error))
