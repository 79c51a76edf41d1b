"""Mistakes that a test calling the function directly would not show.

The runtime refuses the whole app.
"""

import textwrap
from pathlib import Path

import pytest

from sandbox.azure.functions_host.errors import IndexingError
from tests.functions.functions_host.app_process import AppProcess

HEAD = """
import functools
import typing
import azure.functions as func
app = func.FunctionApp()
"""
QUEUE = '@app.service_bus_queue_trigger(arg_name="msg", queue_name="q", connection="Bus")\n'
OUT = '@app.service_bus_queue_output(arg_name="out", queue_name="q", connection="Bus")\n'
TIMER = '@app.timer_trigger(arg_name="timer", schedule="0 0 0 * * *")\n'


def app(folder: Path, body: str) -> Path:
    (folder / "function_app.py").write_text(HEAD + textwrap.dedent(body), "utf-8")
    return folder


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(
            QUEUE
            + OUT
            + "def f(msg: func.ServiceBusMessage, out: func.Out[typing.List[str]]) -> None: ...",
            "issubclass() arg 1 must be a class",
            id="an output of a list",
        ),
        pytest.param(
            QUEUE + "def f(message: func.ServiceBusMessage) -> None: ...",
            "parameters are declared in Python but not in the function definition",
            id="a parameter that is no binding",
        ),
        pytest.param(
            QUEUE + "def f(msg: func.ServiceBusMessage, repository=None) -> None: ...",
            "parameters are declared in Python but not in the function definition",
            id="a default parameter for injection",
        ),
        pytest.param(
            QUEUE + "def f(msg: typing.Optional[func.ServiceBusMessage]) -> None: ...",
            "has invalid non-type annotation",
            id="an optional message",
        ),
        pytest.param(
            QUEUE + "def f(msg: dict) -> None: ...",
            "Python type annotation",
            id="a message typed dict",
        ),
        pytest.param(
            "def own(f):\n    def inner(*a, **k):\n        return f(*a, **k)\n    return inner\n"
            + QUEUE
            + "@own\ndef f(msg: func.ServiceBusMessage) -> None: ...",
            "parameters are declared in Python but not in the function definition",
            id="a decorator without functools.wraps",
        ),
        pytest.param(
            "other = func.FunctionApp()\n" + TIMER + "def f(timer: func.TimerRequest) -> None: ...",
            "More than one",
            id="two apps",
        ),
        pytest.param(
            TIMER
            + "def f(timer: func.TimerRequest) -> None: ...\n"
            + TIMER
            + "def f(timer: func.TimerRequest) -> None: ...",
            "does not have a unique function name",
            id="two functions of one name",
        ),
        pytest.param(
            "import no_such_module",
            "No module named 'no_such_module'",
            id="a module that is missing",
        ),
        pytest.param(
            "raise SystemError('at import')", "SystemError: at import", id="an exception at import"
        ),
        pytest.param("", "No functions found", id="no function"),
    ],
)
def test_a_mistake_takes_every_function_down_with_the_runtimes_message(
    tmp_path: Path, body: str, message: str
) -> None:
    with pytest.raises(IndexingError) as caught, AppProcess(app(tmp_path, body)):
        pass
    assert message in str(caught.value)


def test_a_directory_without_an_app_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(IndexingError, match=r"function_app\.py"), AppProcess(tmp_path):
        pass


def test_a_decorator_with_wraps_is_fine(tmp_path: Path) -> None:
    body = (
        (
            "def own(f):\n"
            "    @functools.wraps(f)\n"
            "    def inner(*a, **k):\n        return f(*a, **k)\n    return inner\n"
        )
        + QUEUE
        + "@own\ndef f(msg: func.ServiceBusMessage) -> None: ..."
    )
    with AppProcess(app(tmp_path, body)) as process:
        assert list(process.functions) == ["f"]
