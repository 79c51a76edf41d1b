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
    "although its machine moves, or nobody can tell: "
    "others of its group may then start while it is down"
)

_AT_REST = "without the time in which something may be in flight: you know that nothing is"


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command that was given.

    Ends the program with a usage message where the arguments make none.
    """
    parser = ArgumentParser(
        prog="forestall",
        description=(
            "Asks a running Forestall app, and gives it an operator's commands. "
            "Set FUNCTION_KEY to a function key."
        ),
    )
    parser.add_argument("--version", action="version", version=f"forestall {__version__}")
    commands = parser.add_subparsers(required=True, dest="command", metavar="COMMAND")

    def query(name: str, what: str) -> ArgumentParser:
        command = commands.add_parser(name, help=what, description=what)
        command.add_argument("--url", default=_SANDBOX, help="the app (default: %(default)s)")
        return command

    def operator_command(name: str, what: str) -> ArgumentParser:
        command = query(name, what)
        command.description = f"{what}. The audit trail records --by and --reason."
        command.add_argument("--reason", required=True, type=_not_empty, help="why")
        command.add_argument(
            "--by", default=_who(), type=_not_empty, help="who (default: %(default)s)"
        )
        return command

    _add_queries(query)
    _add_policy(commands)
    _add_commands(operator_command)
    return parser.parse_args(arguments)


def _add_queries(query: _Maker) -> None:
    notices = query("notices", "the received notices, and what they led to")
    notices.add_argument("id", nargs="?", help="one notice, with its jobs")
    notices.add_argument("--days", type=int, default=30, help="how far back (default: %(default)s)")
    _add_paging(notices)
    jobs = query("jobs", "every job: its state, its next time, and the reason")
    jobs.add_argument("--subscription", help="only of this subscription")
    jobs.add_argument("--state", help="only in this state, such as parked")
    jobs.add_argument(
        "--archived", action="store_true", help="those of the archive; with --subscription"
    )
    _add_paging(jobs)
    plan = query("plan", "when each machine starts, why then, and what cannot fit")
    plan.add_argument("group", nargs="?", help="only of this group")
    plan.add_argument("--json", action="store_true", help="as JSON, with every field")
    plan.add_argument("--policy", nargs="+", metavar="FILE", help="as it would be with these files")
    plan.add_argument("--diff", action="store_true", help="only what --policy changes")
    machines = query("machines", "every machine in an open phase: its job, or why it has none")
    machines.add_argument("--subscription", help="only of this subscription")
    machines.add_argument("--state", help="only in this state, such as left-alone or deferred")
    _add_paging(machines)
    _add_paging(query("semaphores", "every lock: who holds it, who waits, why nothing may start"))
    query("pauses", "the pauses in force")
    query("targets", "where messages go, and whether they arrive")
    query("calendar", "the secret addresses of the calendar")
    preview = query("preview", "a sample message in a target's form; sends nothing")
    preview.add_argument("target", help="its name in FORESTALL_NOTIFY")
    preview.add_argument("--event", default="failed", help="such as found (default: %(default)s)")
    explain = query("explain", "one machine: its job, its locks, and its audit trail")
    explain.add_argument("machine", help="its ARM id")


def _add_policy(commands: "argparse._SubParsersAction[ArgumentParser]") -> None:
    what = "check, compare and publish policy files, and show the rules in force"
    policy = commands.add_parser("policy", help=what, description=what)
    actions = policy.add_subparsers(required=True, dest="action", metavar="ACTION")

    def action(name: str, what: str) -> ArgumentParser:
        made = actions.add_parser(name, help=what, description=what)
        made.add_argument("--url", default=_SANDBOX, help="the app (default: %(default)s)")
        if name != "publish":
            made.add_argument("--json", action="store_true", help="as JSON, with every field")
        return made

    check = action("check", "every problem of policy files, or what each group would get")
    check.add_argument("--machines", action="store_true", help="also the group of each machine")
    diff = action("diff", "what policy files would change for machines in open waves")
    publish = action("publish", "check policy files, and publish them with your az login")
    publish.add_argument("--by", default=_who(), type=_not_empty, help="who (default: %(default)s)")
    publish.add_argument("--dry-run", action="store_true", help="print the command of az only")
    for each in (check, diff, publish):
        each.add_argument("policy", nargs="+", metavar="FILE", help="a policy file or a folder")
    show = action("show", "the rules of one machine, each with its file and line")
    show.add_argument("machine", help="its ARM id")
    history = action("history", "the published versions, and which of them is in force")
    history.add_argument("--limit", type=_positive, default=20, help="how many at most")


def _add_paging(command: ArgumentParser) -> None:
    command.add_argument(
        "--limit", type=_positive, default=1000, help="how many at most (default: %(default)s)"
    )
    command.add_argument("--after", help="continue behind this place, as the last line names it")


def _add_commands(operator_command: _Maker) -> None:
    operator_command("pause", "stop new starts").add_argument("target", help=_TARGET)
    operator_command("resume", "continue after a pause").add_argument("target", help=_TARGET)
    go_on = operator_command("go-on", "let jobs start again after stored state was lost")
    go_on.add_argument("--immediately", action="store_true", help=_AT_REST)
    operator_command(
        "lift-halt", "let work in the scope of a failed machine continue"
    ).add_argument("scope", help="such as avset:...")
    operator_command("retry", "continue a parked job").add_argument("job", help="its id")
    operator_command(
        "prioritize", "let a waiting job start before the others of its locks"
    ).add_argument("job", help="its id")
    operator_command(
        "reopen", "let an ended job wait again while its self-service phase is open"
    ).add_argument("job", help="its id")
    for name, what in (
        ("cancel", "end a job that waits or is parked"),
        (
            "release",
            "release the leases of a parked job whose machine is healthy; the job stays parked",
        ),
    ):
        command = operator_command(name, what)
        command.add_argument("job", help="its id")
        command.add_argument("--skip-machine-check", action="store_true", help=_MOVING)
    made = operator_command("calendar-add", "make a secret address of the calendar")
    made.add_argument("name", help="a name for it, to revoke it by")
    made.add_argument("--group", default="", help="only this group (default: all)")
    operator_command("calendar-revoke", "revoke a secret address of the calendar").add_argument(
        "name", help="its name"
    )
    test = operator_command("test", "send a sample: `forestall test notify crm-teams`")
    test.add_argument("what", choices=["notify"], help="what is tested")
    test.add_argument("target", help="its name in FORESTALL_NOTIFY")
    lease = operator_command(
        "release-lease", "give back a lease whose job does not exist, or is over"
    )
    lease.add_argument("scope", help="such as avset:...")
    lease.add_argument("token", type=int, help="the number after # in `semaphores`")


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a whole number, at least 1")
    return int(text)


def _not_empty(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("must not be empty")
    return text


def _who() -> str:
    """The name of the user who is logged in.

    `user 1000` in a container that has no name for its user.
    """
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # Python 3.13 raises the one, 3.12 the other
        return f"user {os.getuid()}"
