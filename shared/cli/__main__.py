"""Shows notices: `python -m shared.cli notices --url https://APP.azurewebsites.net [--days N] [ID]`.

The function key is read from the environment variable FUNCTION_KEY, so that it stands in no list of processes.
"""

import argparse
import os
import sys

from shared.cli.notices import AskedInVain, ask, story, table


def main() -> int:
    """Print what was asked for; 1, with the reason, where the app does not answer it."""
    options = _options()
    url, key = options.url.rstrip("/"), os.environ.get("FUNCTION_KEY", "")
    try:
        if options.id:
            print(story(ask(f"{url}/api/notices/{options.id}", key)))  # noqa: T201 - a command's output
        else:
            print(table(ask(f"{url}/api/notices?days={options.days}", key)))  # noqa: T201 - as above
    except AskedInVain as fault:
        print(fault, file=sys.stderr)  # noqa: T201 - as above
        return 1
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m shared.cli", description=__doc__)
    commands = parser.add_subparsers(required=True)
    notices = commands.add_parser("notices", help="which notices came, and what they led to")
    notices.add_argument("id", nargs="?", help="one notice, with its jobs")
    notices.add_argument("--url", default="http://127.0.0.1:7071", help="the app (default: %(default)s)")
    notices.add_argument("--days", type=int, default=30, help="how far back (default: %(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
