"""Log lines."""

import logging

import azure_functions_runtime as runtime  # type: ignore[import-untyped]

from sandbox.azure.functions_host.logs import HOST_LOGGER, LineFormatter


def line(
    name: str, message: str, *, level: int = logging.INFO, colour: bool = False, **extra: object
) -> str:
    record = logging.makeLogRecord(
        {
            "name": name,
            "msg": message,
            "levelno": level,
            "levelname": logging.getLevelName(level),
            "created": 0.0,
            **extra,
        }
    )
    return LineFormatter(colour=colour).format(record)


def test_a_line_has_the_time_the_level_and_what_was_given() -> None:
    assert line(HOST_LOGGER, "Executed", result="Succeeded", reason="a b", empty="") == (
        "1970-01-01T00:00:00.000Z INFO    [host    ] Executed result=Succeeded "
        "reason='a b' empty=''"
    )


def test_a_line_of_the_app_has_its_logger_and_the_invocation() -> None:
    token = runtime.invocation_id_cv.set("0123456789abcdef")
    try:
        text = line("app.jobs", "job.redeploying", job=17)
    finally:
        runtime.invocation_id_cv.reset(token)
    assert text.endswith("[01234567] job.redeploying job=17 (app.jobs)")


def test_a_stack_trace_stands_below_the_line() -> None:
    text = line(
        HOST_LOGGER, "Executed", level=logging.ERROR, error="boom", stack_trace="Traceback:\n  x"
    )
    assert text.splitlines()[1:] == ["Traceback:", "  x"]
    assert "error=boom" in text.splitlines()[0]


def test_only_warnings_and_errors_are_coloured() -> None:
    assert line("x", "m", level=logging.ERROR, colour=True).startswith("\x1b[31m")
    assert "\x1b" not in line("x", "m", colour=True)
    assert "\x1b" not in line("x", "m", level=logging.ERROR)
