"""The commands and what each takes. Asks nobody anything."""

import argparse
import getpass
import os
from argparse import ArgumentParser
from collections.abc import Callable

type _Maker = Callable[[str, str], ArgumentParser]

_HERE = "http://127.0.0.1:7071"
_TARGET = "everything, subscription:<id>, group:<subscription>/<name> or machine:<ARM id>"
_MOVING = (
    "although its machine moves, or nobody can tell: others of its group may then start while it is down"
)


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command that was given; ends the program with a usage message where it is none."""
    parser = ArgumentParser(
        prog="python -m shared.cli",
        description="Asks a running app, and gives it an operator's word. The function key is read from FUNCTION_KEY.",
    )
    commands = parser.add_subparsers(required=True, dest="command", metavar="COMMAND")

    def question(name: str, what: str) -> ArgumentParser:
        command = commands.add_parser(name, help=what, description=what)
        command.add_argument("--url", default=_HERE, help="the app (default: %(default)s)")
        return command

    def word(name: str, what: str) -> ArgumentParser:
        command = question(name, f"{what}; on the trail with who and why")
        command.add_argument("--reason", required=True, type=_not_empty, help="why")
        command.add_argument(
            "--by", default=_who(), type=_not_empty, help="who says it (default: %(default)s)"
        )
        return command

    _questions(question)
    _words(word)
    return parser.parse_args(arguments)


def _questions(question: _Maker) -> None:
    notices = question("notices", "which notices came, and what they led to")
    notices.add_argument("id", nargs="?", help="one notice, with its jobs")
    notices.add_argument("--days", type=int, default=30, help="how far back (default: %(default)s)")
    jobs = question("jobs", "every job: its state, when it is looked at next, and why")
    jobs.add_argument("--subscription", help="only of this subscription")
    jobs.add_argument("--state", help="only in this state, such as parked")
    question("semaphores", "every lock: who holds it, who waits, why nobody may start")
    question("pauses", "the kill switches that are thrown")
    explain = question("explain", "one machine: its job, its locks, and its whole trail")
    explain.add_argument("machine", help="its ARM id")


def _words(word: _Maker) -> None:
    word("pause", "let nothing new start").add_argument("target", help=_TARGET)
    word("resume", "go on where it stood").add_argument("target", help=_TARGET)
    word("lift-halt", "let the scope of a failed machine go on").add_argument(
        "scope", help="such as avset:..."
    )
    word("retry", "have a parked job go on").add_argument("job", help="its id")
    for name, what in (
        ("cancel", "give up a job that waits or is parked"),
        ("release", "give a parked job's leases back, its machine being in order; the job stays parked"),
    ):
        command = word(name, what)
        command.add_argument("job", help="its id")
        command.add_argument("--even-though-moving", action="store_true", help=_MOVING)
    lease = word("release-lease", "give back a lease whose job does not exist, or is over")
    lease.add_argument("scope", help="such as avset:...")
    lease.add_argument("token", type=int, help="the number behind # in `semaphores`")


def _not_empty(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("must not be empty")
    return text


def _who() -> str:
    """Whoever is logged in; in a container without a name for its user, his number."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"user {os.getuid()}"
