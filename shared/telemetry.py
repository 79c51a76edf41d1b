"""Logs as events: one name, then its particulars as `key=value`, on one line.

Sends nothing itself; the host collects.

Past tense for facts (`job.redeploying`), `about_to_` before a dangerous call.
"""

import json
import logging
import traceback

_LOG = logging.getLogger("forestall")
#: logs two lines of INFO for each request to a table
_SDKS = logging.getLogger("azure")


def quiet_sdk_loggers() -> None:
    """Let Azure's SDKs log warnings only. A level that somebody has set stays.

    The Functions worker sends every INFO line of every logger, and each line costs money. In a
    large installation the SDKs' own lines would cost more than everything else together.
    """
    if _SDKS.level == logging.NOTSET:
        _SDKS.setLevel(logging.WARNING)


def log_event(event: str, **fields: object) -> None:
    """Log an event at level INFO."""
    if _LOG.isEnabledFor(logging.INFO):
        _LOG.info("%s", _line(event, fields))


def log_warning(event: str, **fields: object) -> None:
    """Log an event that an operator should look at, at level WARNING."""
    _LOG.warning("%s", _line(event, fields))


def log_failure(event: str, failure: BaseException, **fields: object) -> None:
    """Log a bug in the app at level ERROR, with its traceback on the same line.

    Its texts may be an untrusted sender's.
    """
    trace = "".join(traceback.format_exception(failure))
    _LOG.error("%s", _line(event, {**fields, "error": type(failure).__name__, "traceback": trace}))


def _line(event: str, fields: dict[str, object]) -> str:
    shown = (f"{key}={_value(value)}" for key, value in fields.items() if value is not None)
    return " ".join((event, *shown))


def _value(value: object) -> str:
    text = str(value)
    # Untrusted text may have characters that move a terminal's cursor or end a line: these are
    # written as escapes.
    printable = text.isprintable()
    plain = text and printable and not any(c.isspace() or c in '"=' for c in text)
    return text if plain else json.dumps(text, ensure_ascii=not printable)
