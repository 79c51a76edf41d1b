"""A log and a policy out of files, each fault told with the file's name. It judges nothing."""

from collections.abc import Callable
from pathlib import Path

from sandbox.audit.events import LogError, read_events
from sandbox.audit.history import History, replay
from sandbox.audit.rules import OneOffWindow, PolicyError, Rules, read_rules, read_windows


class Unreadable(Exception):
    """A file that cannot be audited; the message names it and says what is wrong."""


def history_of(path: Path) -> History:
    """The history in a log file; raises Unreadable."""
    try:
        with path.open(encoding="utf-8") as lines:
            return replay(read_events(lines))
    except LogError as fault:
        raise Unreadable(f"{path}: {fault}") from fault
    except (OSError, UnicodeDecodeError) as fault:
        raise Unreadable(f"{path}: cannot be read: {fault}") from fault


def rules_of(path: Path) -> Rules:
    """The rules in a policy file; raises Unreadable."""
    return _parsed(path, read_rules)


def windows_of(path: Path) -> tuple[OneOffWindow, ...]:
    """The windows of single machines in a file; raises Unreadable."""
    return _parsed(path, read_windows)


def _parsed[T](path: Path, parse: Callable[[bytes], T]) -> T:
    try:
        return parse(path.read_bytes())
    except PolicyError as fault:
        raise Unreadable(f"{path}: {fault}") from fault
    except OSError as fault:
        raise Unreadable(f"{path}: cannot be read: {fault}") from fault
