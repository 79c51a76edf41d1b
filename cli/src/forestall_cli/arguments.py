"""The commands and what each takes. Calls nothing."""

import argparse
import getpass
import os
import re
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import NoReturn

from forestall_cli import __version__
from forestall_cli.contact.command import add_arguments as add_first_contact
from forestall_cli.rehearse.command import add_arguments as add_rehearsal

type _Maker = Callable[[str, str], ArgumentParser]

_TARGET = (
    "everything, region:<name>, subscription:<id or name>, group:<subscription>/<name>"
    " or machine:<ARM id>"
)
_NOTHING = "although no open job and no known machine is in the target"
_MOVING = (
    "although its machine moves, or nobody can tell: "
    "others of its group may then start while it is down"
)

_AT_REST = "without the time in which something may be in flight: you know that nothing is"
_JOB = "its id, the 8 letters of it that tables show, or its machine"
_MACHINE = "its name, or its ARM id"
#: no list has a number with more
_MOST_DIGITS = 9
_CODES = (
    "exit codes: 0 fine, 1 refused or not reached, 2 wrong arguments, 3 something needs a person"
)
_INVALID = re.compile(r"invalid choice: '(.*?)' \(choose from (.*)\)", re.DOTALL)
_UNKNOWN = re.compile(r"unrecognized arguments: (.*)", re.DOTALL)


class _Parser(ArgumentParser):
    """A parser that says what was probably meant."""

    def error(self, message: str) -> NoReturn:
        """End the program with 2."""
        super().error(message + _meant(message, self.options()))

    def options(self) -> Iterable[str]:
        """The long options that this parser knows."""
        return [each for each in self._option_string_actions if each.startswith("--")]


def _meant(message: str, options: Iterable[str]) -> str:
    if match := _INVALID.search(message):
        known = [each.strip().strip("'") for each in match[2].split(",")]
        near = get_close_matches(match[1], known, n=1)
    elif match := _UNKNOWN.search(message):
        near = get_close_matches(match[1].split()[0].partition("=")[0], list(options), n=1)
    else:
        near = []
    return f". Did you mean {near[0]}?" if near else ""


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command that was given.

    Ends the program with a usage message where the arguments make none.
    """
    parser = parser_of_commands()
    given = list(sys.argv[1:] if arguments is None else arguments)
    if any(each == "--key" or each.startswith("--key=") for each in given):
        parser.error(
            "a key is no option, because lists of processes show it: set FORESTALL_KEY, name a file"
            " with --key-file (- for standard input), or log in with az"
        )
    return parser.parse_args(given)


def parser_of_commands() -> ArgumentParser:
    """The parser of every command."""
    parser = _Parser(
        prog="forestall",
        description=(
            "Asks a running Forestall app, and gives it an operator's commands. "
            "FORESTALL_URL is the app, and FORESTALL_KEY a function key of it."
        ),
        epilog=_CODES,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"forestall {__version__}")
    _add_common(parser, is_top=True)
    commands = parser.add_subparsers(required=True, dest="command", metavar="COMMAND")

    def query(name: str, what: str) -> ArgumentParser:
        command: ArgumentParser = commands.add_parser(
            name, help=what, description=what, allow_abbrev=False
        )
        _add_common(command, is_top=False)
        return command

    def operator_command(name: str, what: str) -> ArgumentParser:
        command = query(name, what)
        command.description = f"{what}. The audit trail records --by and --reason."
        command.add_argument("--reason", required=True, type=_not_empty, help="why")
        command.add_argument(
            "--by", default=_who(), type=_not_empty, help="who (default: %(default)s)"
        )
        command.add_argument("--yes", "-y", action="store_true", help="do not ask before it")
        return command

    _add_pictures(query)
    _add_queries(query)
    _add_policy(query)
    _add_commands(operator_command)
    return parser


def _add_common(parser: ArgumentParser, *, is_top: bool) -> None:
    """Options before or after the command."""

    def default(value: object) -> object:
        return value if is_top else argparse.SUPPRESS

    group = parser.add_argument_group("options of every command")
    group.add_argument(
        "--url", default=default(None), help="the app (default: FORESTALL_URL, or the sandbox)"
    )
    group.add_argument(
        "--installation", "-i", default=default(None), help="a name of the file config.toml"
    )
    group.add_argument(
        "--key-file", default=default(None), help="a file with the function key; - reads it"
    )
    group.add_argument(
        "--output",
        "-o",
        choices=["table", "wide", "json", "csv", "ids"],
        default=default("table"),
        help="the form (default: table)",
    )
    group.add_argument(
        "--json", action="store_true", default=default(0), help="the same as -o json"
    )
    group.add_argument(
        "--color",
        choices=["auto", "always", "never"],
        default=default("auto"),
        help="colours (default: auto; NO_COLOR switches them off)",
    )
    group.add_argument(
        "--times",
        choices=["local", "utc", "relative"],
        default=default(None),
        help="instants in tables (default: local on a terminal, utc elsewhere)",
    )


def _add_pictures(query: _Maker) -> None:
    query("status", "what needs you, each wave, and each placement; exit code 3: something does")
    watch = query("watch", "the status again and again, until Ctrl-C")
    watch.add_argument(
        "--every", type=_seconds, default=10.0, help="seconds (default: %(default)s)"
    )
    watch.add_argument("--rounds", type=_positive, help="end after so many")
    watch.add_argument("--until-done", action="store_true", help="end when nothing waits or moves")
    query("waves", "each wave in numbers, and when its phase closes")
    report = query("report", "the report of a wave: results, outages, machines left alone")
    report.add_argument("wave", type=_day, help="its day, as `waves` shows it: 2026-11-23")
    report.add_argument("--subscription", help="only of this subscription")
    report.add_argument("--archived", action="store_true", help="also jobs of the archive")
    report.add_argument("--file", help="write it to a file that ends in .html, .csv or .json")
    why = query("why", "one sentence: what a machine does now, and why")
    why.add_argument("machine", help=_MACHINE)
    query("locks", "the locks that are held, waited for or halted")
    doctor = query("doctor", "settings of this command, and whether the app works")
    doctor.add_argument("--local", action="store_true", help="only this command; calls nothing")
    add_first_contact(doctor)
    completion = query("completion", "a script for completion in a shell")
    completion.add_argument("shell", choices=["bash", "zsh", "fish", "powershell"])


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
    plan.add_argument("--policy", nargs="+", metavar="FILE", help="as it would be with these files")
    plan.add_argument("--diff", action="store_true", help="only what --policy changes")
    machines = query("machines", "every machine in an open phase: its job, or why it has none")
    machines.add_argument("--subscription", help="only of this subscription")
    machines.add_argument("--state", help="only in this state, such as left-alone or deferred")
    _add_paging(machines)
    _add_paging(query("semaphores", "every lock: who holds it, who waits, why nothing may start"))
    _add_paging(query("pauses", "the pauses in force"))
    query("targets", "where messages go, and whether they arrive")
    query("calendar", "the secret addresses of the calendar")
    preview = query("preview", "a sample message in a target's form; sends nothing")
    preview.add_argument("target", help="its name in FORESTALL_NOTIFY")
    preview.add_argument("--event", default="failed", help="such as found (default: %(default)s)")
    explain = query("explain", "one machine: its job, its locks, and its audit trail")
    explain.add_argument("machine", help=_MACHINE)


def _add_policy(query: _Maker) -> None:
    policy = query("policy", "check, compare and publish policy files, and show the rules in force")
    actions = policy.add_subparsers(required=True, dest="action", metavar="ACTION")

    def action(name: str, what: str) -> ArgumentParser:
        made: ArgumentParser = actions.add_parser(
            name, help=what, description=what, allow_abbrev=False
        )
        _add_common(made, is_top=False)
        return made

    check = action("check", "every problem of policy files, or what each group would get")
    check.add_argument("--machines", action="store_true", help="also the group of each machine")
    diff = action("diff", "what policy files would change for machines in open waves")
    publish = action("publish", "check policy files, and publish them with your az login")
    publish.add_argument("--by", default=_who(), type=_not_empty, help="who (default: %(default)s)")
    publish.add_argument("--dry-run", action="store_true", help="print the command of az only")
    publish.add_argument("--yes", "-y", action="store_true", help="do not ask before it")
    for each in (check, diff, publish):
        each.add_argument("policy", nargs="+", metavar="FILE", help="a policy file or a folder")
    show = action("show", "the rules of one machine, each with its file and line")
    show.add_argument("machine", help=_MACHINE)
    history = action("history", "the published versions, and which of them is in force")
    history.add_argument("--limit", type=_positive, default=20, help="how many at most")


def _add_paging(command: ArgumentParser) -> None:
    command.add_argument(
        "--limit", type=_positive, default=1000, help="how many at most (default: %(default)s)"
    )
    command.add_argument("--after", help="continue behind this place, as the last line names it")


def _add_commands(operator_command: _Maker) -> None:
    pause = operator_command("pause", "stop new starts")
    pause.add_argument("target", help=_TARGET)
    pause.add_argument("--for", dest="length", metavar="2h", help="how long (default: no end)")
    pause.add_argument("--even-if-nothing", action="store_true", help=_NOTHING)
    operator_command("resume", "continue after a pause").add_argument("target", help=_TARGET)
    for name, what in (
        ("hold", "let machines not start"),
        ("unhold", "let held machines start again"),
    ):
        operator_command(name, what).add_argument("machine", nargs="+", help=_MACHINE)
    go_on = operator_command("go-on", "let jobs start again after stored state was lost")
    go_on.add_argument("--immediately", action="store_true", help=_AT_REST)
    operator_command(
        "lift-halt", "let work in the scope of a failed machine continue"
    ).add_argument("scope", help="such as avset:...")
    operator_command("retry", "continue a parked job").add_argument("job", help=_JOB)
    operator_command(
        "prioritize", "let a waiting job start before the others of its locks"
    ).add_argument("job", help=_JOB)
    window = operator_command(
        "open-window", "let a waiting job start from now on, outside of its change windows too"
    )
    window.add_argument("job", help=_JOB)
    window.add_argument(
        "--for", dest="length", metavar="2h", required=True, help="how long, 4h at most"
    )
    operator_command(
        "reopen", "let an ended job wait again while its self-service phase is open"
    ).add_argument("job", help=_JOB)
    for name, what in (
        ("cancel", "end a job that waits or is parked"),
        (
            "release",
            "release the leases of a parked job whose machine is healthy; the job stays parked",
        ),
    ):
        command = operator_command(name, what)
        command.add_argument("job", help=_JOB)
        command.add_argument("--skip-machine-check", action="store_true", help=_MOVING)
    made = operator_command("calendar-add", "make a secret address of the calendar")
    made.add_argument("name", help="a name for it, to revoke it by")
    made.add_argument("--group", default="", help="only this group (default: all)")
    operator_command("calendar-revoke", "revoke a secret address of the calendar").add_argument(
        "name", help="its name"
    )
    test = operator_command(
        "test", "whether a target gets messages, notices arrive, or a machine is healthy"
    )
    test.add_argument("what", choices=["notify", "notice", "health"], help="what is tested")
    test.add_argument(
        "target", nargs="?", help="of notify: its name in FORESTALL_NOTIFY; of health: the machine"
    )
    add_rehearsal(operator_command("rehearse", "each hop of a deployment once; needs observe mode"))
    lease = operator_command(
        "release-lease", "give back a lease whose job does not exist, or is over"
    )
    lease.add_argument("scope", help="such as avset:...")
    lease.add_argument("token", type=int, help="the number after # in `semaphores`")


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS and int(text)):
        raise argparse.ArgumentTypeError("must be a whole number, at least 1")
    return int(text)


def _day(text: str) -> str:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        raise argparse.ArgumentTypeError("must be a day such as 2026-11-23")
    return text


def _seconds(text: str) -> float:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 86_400):  # noqa: PLR2004
        raise argparse.ArgumentTypeError("must be whole seconds, from 1 to 86400")
    return float(text)


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
