"""Runs one command: `forestall jobs --url https://APP.azurewebsites.net`.

The function key is read from the environment variable FORESTALL_KEY or from a file, so that no list
of processes shows it.
"""

import os
import sys
from argparse import Namespace
from collections.abc import Sequence

from forestall_cli.access.azure_login import token_of
from forestall_cli.access.settings import Settings, settings_of
from forestall_cli.arguments import parse
from forestall_cli.client import ApiClient
from forestall_cli.commands import COMMANDS
from forestall_cli.completion.scripts import script_of
from forestall_cli.contact import command as first_contact
from forestall_cli.errors import ApiError, UsageError
from forestall_cli.look.doctor import doctor
from forestall_cli.look.watch import watch
from forestall_cli.output.answer import FINE, INTERRUPTED, REFUSED, USAGE, Answer
from forestall_cli.output.printed import printed
from forestall_cli.terminal.streams import OutputFailed, close_output, complain, write


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what the app answered. Returns the exit code.

    0: fine. 1: the app refuses or cannot be reached, and standard error has the reason. 2: the
    arguments or settings make no command. 3: something needs a person. 130: Ctrl-C.
    """
    try:
        return _run(_parsed(arguments))
    except ApiError as fault:
        complain(str(fault))
        return REFUSED
    except (UsageError, OutputFailed) as fault:
        complain(f"forestall: {fault}")
        return USAGE if isinstance(fault, UsageError) else REFUSED
    except KeyboardInterrupt:
        complain("interrupted; a command that was sent may have been done")
        return INTERRUPTED


def _parsed(arguments: Sequence[str] | None) -> Namespace:
    try:
        return parse(arguments)
    except SystemExit:
        # The help or the usage message was written; its reader may have gone.
        try:
            sys.stdout.flush()
        except (OSError, AttributeError):
            close_output()
        raise


def _run(given: Namespace) -> int:
    if given.command == "completion":
        write(script_of(given.shell))
        return FINE
    if given.command == "doctor" and first_contact.is_asked_for(given):
        write(first_contact.contact(given))
        return FINE
    settings = settings_of(given, os.environ)
    for warning in settings.warnings:
        complain(f"warning: {warning}")
    if given.command == "doctor":
        return _show(doctor(settings, None if given.local else _app(settings)), given)
    app = _app(settings)
    if given.command == "watch":
        return watch(app, every=given.every, rounds=given.rounds, until_done=given.until_done)
    return _show(COMMANDS[given.command](app, given), given)


def _app(settings: Settings) -> ApiClient:
    key, api = settings.key.value, settings.api.value
    token = token_of(api) if api and not key else ""
    return ApiClient(url=settings.url.value, key=key, token=token)


def _show(answer: Answer, given: Namespace) -> int:
    text, complaints = printed(answer, given)
    write(text)
    for each in complaints:
        complain(each)
    return answer.code


if __name__ == "__main__":
    sys.exit(main())
