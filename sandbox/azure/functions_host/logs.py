"""Log lines of the host and, passed through, of the app.

One compact line an event, `key=value` after the text.

2026-01-01T00:05:00.012Z INFO  [3f1c9a52] job.redeploying job=17 (app.redeploy)

The id in brackets is the start of the invocation id. No sampling, no categories: host.json's
`logging.logLevel.default` is the only level that is read.
"""

import logging
import sys
from datetime import UTC, datetime

import azure_functions_runtime as runtime  # type: ignore[import-untyped]

HOST_LOGGER = "functions_host"
LEVELS = {
    "trace": logging.DEBUG,
    "debug": logging.DEBUG,
    "information": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
    "none": logging.CRITICAL + 1,
}
COLOURS = {logging.WARNING: "\x1b[33m", logging.ERROR: "\x1b[31m", logging.CRITICAL: "\x1b[31m"}
TRACE = "stack_trace"  # an `extra` of this name is written below the line, as a traceback is
STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", TRACE}
# Loggers below which only warnings are shown. The runtime writes two lines an invocation, the SDKs
# one a request and one a reconnection; the host has its own line for each of these.
QUIET = ("azure", "aiohttp.access", "asyncio")


class LineFormatter(logging.Formatter):
    """Makes the line; `colour` marks warnings and errors."""

    def __init__(self, *, colour: bool) -> None:
        super().__init__()
        self._colour = colour

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line, and its traceback, if any, below it."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")[:-6]
        invocation = runtime.invocation_id_cv.get()
        parts = [
            f"{moment}Z {record.levelname:<7}",
            f"[{invocation[:8] if invocation else 'host':<8}]",
        ]
        parts += [record.getMessage(), *fields(record)]
        if record.name != HOST_LOGGER:
            parts.append(f"({record.name})")
        line = " ".join(parts)
        trace = (
            self.formatException(record.exc_info) if record.exc_info else vars(record).get(TRACE)
        )
        if trace:
            line += "\n" + trace
        start = COLOURS.get(record.levelno, "") if self._colour else ""
        return f"{start}{line}\x1b[0m" if start else line


def fields(record: logging.LogRecord) -> list[str]:
    """What was given as `extra`, as key=value; texts with a blank are quoted."""
    extra = {name: value for name, value in vars(record).items() if name not in STANDARD}
    return [f"{name}={_shown(value)}" for name, value in extra.items()]


def _shown(value: object) -> str:
    text = str(value)
    return repr(text) if " " in text or not text else text


def set_up(level: str, *, plain: bool) -> None:
    """Send every log line to standard output, from `level` (a name of .NET's) on.

    Replaces earlier handlers.
    """
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(LineFormatter(colour=not plain and sys.stdout.isatty()))
    logging.basicConfig(
        handlers=[handler], level=LEVELS.get(level.lower(), logging.INFO), force=True
    )
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
