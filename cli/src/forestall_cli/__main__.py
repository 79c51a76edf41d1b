"""Runs one command: `forestall jobs --url https://APP.azurewebsites.net`.

The function key is read from the environment variable FUNCTION_KEY, so that no list of processes
shows it.
"""

import os
import sys

from forestall_cli.arguments import parse
from forestall_cli.client import ApiClient, ApiError
from forestall_cli.commands import COMMANDS


def main(arguments: list[str] | None = None) -> int:
    """Print what the app answered. Returns the exit code.

    0: done. 1: the app refuses or cannot be reached, and standard error has the reason. 130:
    Ctrl-C. Ends the program with 2 and a usage message where the arguments make no command.
    """
    given = parse(arguments)
    app = ApiClient(url=given.url, key=os.environ.get("FUNCTION_KEY", "").strip())
    try:
        print(COMMANDS[given.command](app, given), flush=True)
    except BrokenPipeError:
        # The reader has seen enough, as in `forestall jobs | head`.
        # At its end the interpreter would write once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except ApiError as fault:
        print(fault, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; a command that was sent may have been done", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
