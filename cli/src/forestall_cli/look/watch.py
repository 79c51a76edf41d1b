"""`watch`: the status again and again. A terminal shows one picture; a pipe gets each change."""

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

from forestall_cli.client import ApiClient
from forestall_cli.errors import ApiError
from forestall_cli.look.fleet import numbers
from forestall_cli.look.status import read_picture, status_of
from forestall_cli.output.answer import FINE, REFUSED
from forestall_cli.output.printed import terminal_width
from forestall_cli.terminal.cells import cut
from forestall_cli.terminal.streams import complain, is_terminal, write

_CLEAR = "\x1b[H\x1b[2J"


def watch(
    app: ApiClient,
    *,
    every: float,
    rounds: int | None,
    until_done: bool,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Show the status every so many seconds. Returns the exit code of the last one.

    `rounds`: how often at most. `until_done`: end when nothing waits or moves.
    """
    shown, code, done_rounds = "", FINE, 0
    while True:
        now = datetime.now(UTC)
        try:
            picture = read_picture(app)
        except ApiError as fault:
            complain(f"{now:%H:%M:%S} UTC: {fault}")
            code = REFUSED
        else:
            answer = status_of(picture, app.url, now)
            code = answer.code
            if not _show(answer.text, shown):
                return code
            shown = answer.text
            counted = numbers(picture.jobs)
            if until_done and not counted.waiting and not counted.moving:
                return code
        done_rounds += 1
        if rounds is not None and done_rounds >= rounds:
            return code
        sleep(every)


def _show(text: str, before: str) -> bool:
    width = terminal_width()
    if width is not None and is_terminal(sys.stdout):
        lines = [cut(line, width) for line in text.split("\n")]
        return write(_CLEAR + "\n".join(lines) + "\n")
    return text == before or write(f"{text}\n\n")
