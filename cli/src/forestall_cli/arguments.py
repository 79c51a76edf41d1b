"""The commands and what each takes. Calls nothing."""

import argparse
import getpass
import os
from argparse import ArgumentParser
from collections.abc import Callable

from forestall_cli import __version__

type _Maker = Callable[[str, str], ArgumentParser]

_SANDBOX = "http://127.0.0.1:7071"
_TARGET = "everything, subscription:<id>, group:<subscription>/<name> or machine:<ARM id>"
_MOVING = (
    "although its machine moves, or nobody can tell: others of its group may then start while it is down"
)


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command that was given. Ends the program with a usage message where the arguments make none."""
    parser = ArgumentParser(
        prog="forestall",
        description="Asks a running Forestall app, and gives it an operator's commands. Set FUNCTION_KEY to a function key.",
    )
    parser.add_argument("--version", action="version", version=f"forestall {__version__}")
    commands = parser.add_subparsers(required=True, dest="command", metavar="COMMAND")

    def question(name: str, what: str) -> ArgumentParser:
        command = commands.add_parser(name, help=what, description=what)
        command.add_argument("--url", default=_SANDBOX, help="the app (default: %(default)s)")
        return command

    def act(name: str, what: str) -> ArgumentParser:
        command = question(name, f"{what}; who and why go on the audit trail")
        command.add_argument("--reason", required=True, type=_not_empty, help="why")
        command.add_argument("--by", default=_who(), type=_not_empty, help="who (default: %(default)s)")
        return command

    _add_questions(question)
    _add_acts(act)
    return parser.parse_args(arguments)


def _add_questions(question: _Maker) -> None:
    notices = question("notices", "which notices came, and what they led to")
    notices.add_argument("id", nargs="?", help="one notice, with its jobs")
    notices.add_argument("--days", type=int, default=30, help="how far back (default: %(default)s)")
    jobs = question("jobs", "every job: its state, when it is looked at next, and why")
    jobs.add_argument("--subscription", help="only of this subscription")
    jobs.add_argument("--state", help="only in this state, such as parked")
    question("semaphores", "every lock: who holds it, who waits, why nothing may start")
    question("pauses", "the pauses in force")
    explain = question("explain", "one machine: its job, its locks, and its audit trail")
    explain.add_argument("machine", help="its ARM id")


def _add_acts(act: _Maker) -> None:
    act("pause", "let nothing new start").add_argument("target", help=_TARGET)
    act("resume", "go on where it stood").add_argument("target", help=_TARGET)
    act("lift-halt", "let the scope of a failed machine go on").add_argument(
        "scope", help="such as avset:..."
    )
    act("retry", "have a parked job go on").add_argument("job", help="its id")
    for name, what in (
        ("cancel", "give up a job that waits or is parked"),
        ("release", "give a parked job's leases back, its machine being in order; the job stays parked"),
    ):
        command = act(name, what)
        command.add_argument("job", help="its id")
        command.add_argument("--even-though-moving", action="store_true", help=_MOVING)
    lease = act("release-lease", "give back a lease whose job does not exist, or is over")
    lease.add_argument("scope", help="such as avset:...")
    lease.add_argument("token", type=int, help="the number after # in `semaphores`")


def _not_empty(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("must not be empty")
    return text


def _who() -> str:
    """The name of the user who is logged in; `user 1000` in a container that has no name for its user."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # Python 3.13 raises the one, 3.12 the other
        return f"user {os.getuid()}"
