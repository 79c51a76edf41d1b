"""Runs other programs: to ask them something, or to have them do something; it knows none of them by name."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from toolchain.prepare.failure import NotPrepared

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ANSWER_WITHIN_SECONDS = 20


def answer(*command: str | Path, env: Mapping[str, str] | None = None) -> str | None:
    """What `command` prints, stripped; None if it cannot be started, fails, or hangs.

    A file on PATH proves nothing: version managers leave shims there whose program is not installed.
    """
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=ANSWER_WITHIN_SECONDS,
            env=env,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def do(
    *command: str | Path,
    what: str,
    remedy: str,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> None:
    """Run `command` quietly. If it fails: NotPrepared with `what` went wrong, its last lines and the `remedy`."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            cwd=cwd,
            env=env,
        )
    except OSError as error:
        raise NotPrepared(what, remedy=remedy, output=str(error)) from error
    if done.returncode != 0:
        raise NotPrepared(what, remedy=remedy, output=done.stdout)
