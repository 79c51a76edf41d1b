"""The command line: what it says, and its exit codes."""

import json
import socket
from pathlib import Path

from tests.functions.functions_host.host_process import HostProcess

TIMER = """
import azure.functions as func
app = func.FunctionApp()

@app.timer_trigger(arg_name="timer", schedule="{schedule}")
def tick(timer: func.TimerRequest) -> None:
    print("ticked")
"""
QUEUE = """
import azure.functions as func
app = func.FunctionApp()

@app.service_bus_queue_trigger(arg_name="msg", queue_name="q", connection="{connection}")
def take(msg: func.ServiceBusMessage) -> None: ...
"""


def app(folder: Path, code: str, host: object | None = None) -> Path:
    (folder / "function_app.py").write_text(code, "utf-8")
    (folder / "host.json").write_text(json.dumps(host or {"version": "2.0"}), "utf-8")
    return folder


def ended(folder: Path, *arguments: str) -> tuple[int, str]:
    """Exit code and output of a host that ends by itself."""
    host = HostProcess(folder, {}, folder / "output.txt", *arguments)
    host.start()
    return host.wait_end(), host.text


def test_it_says_what_it_is_lists_its_functions_and_stops_when_asked(tmp_path: Path) -> None:
    with HostProcess(
        app(tmp_path, TIMER.format(schedule="0 0 3 * * *")), {}, tmp_path / "o.txt"
    ) as host:
        first, *_ = host.text.splitlines()
        assert first == (
            "local host stand-in, not Azure Functions Core Tools; "
            "functions run on azure-functions-runtime 1.3.0"
        )
        assert "tick: timerTrigger, next at" in host.text
        assert host.stop() == 0
        assert "stopped" in host.text


def test_an_app_that_the_runtime_refuses_ends_with_its_message_and_1(tmp_path: Path) -> None:
    code, text = ended(app(tmp_path, "import no_such_module"))
    assert code == 1
    assert "No module named 'no_such_module'" in text


def test_a_missing_host_json_ends_with_2(tmp_path: Path) -> None:
    code, text = ended(tmp_path)
    assert code == 2
    assert "host.json is missing" in text
    assert "Traceback" not in text


def test_settings_that_are_missing_or_wrong_end_with_a_line_each_and_2(tmp_path: Path) -> None:
    second = QUEUE.format(connection="NoSuchConnection").split("\n\n", 1)[1]
    code, text = ended(app(tmp_path, TIMER.format(schedule="%NO_SUCH_SETTING%") + "\n" + second))
    assert code == 2
    *_, first, last = text.splitlines()
    assert first.startswith("tick: app setting NO_SUCH_SETTING is missing")
    assert last.startswith("take: app setting NoSuchConnection is missing")
    assert "Traceback" not in text


def test_a_port_in_use_ends_with_2(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, text = ended(app(tmp_path, TIMER.format(schedule="0 0 3 * * *")), "--port", str(port))
    assert code == 2
    assert f"port {port} cannot be used" in text
    assert "Traceback" not in text


def test_a_second_signal_gives_up_what_runs(tmp_path: Path) -> None:
    code = TIMER.format(schedule="* * * * * *").replace(
        'print("ticked")', "import time; time.sleep(60)"
    )
    with HostProcess(app(tmp_path, code), {}, tmp_path / "o.txt") as host:
        host.wait_for("Executing function=tick")
        host.process.terminate()
        host.wait_for("stopping")
        assert host.stop() == 130


def test_settings_of_the_local_file_reach_bindings_and_functions(tmp_path: Path) -> None:
    folder = app(
        tmp_path,
        TIMER.format(schedule="%TICKS%").replace('"ticked"', '__import__("os").environ["WORD"]'),
    )
    values = {"TICKS": "* * * * * *", "WORD": "from the file"}
    (folder / "local.settings.json").write_text(json.dumps({"Values": values}), "utf-8")
    with HostProcess(folder, {}, tmp_path / "o.txt") as host:
        host.wait_for("^|\nfrom the file")
        host.wait_for(r"Executed function=tick .* result=Succeeded")
        assert "from the file" in host.text


def test_an_invocation_beyond_the_time_limit_ends_the_process_with_3(tmp_path: Path) -> None:
    code = TIMER.format(schedule="* * * * * *").replace(
        'print("ticked")', "import time; time.sleep(60)"
    )
    exit_code, text = ended(app(tmp_path, code, {"version": "2.0", "functionTimeout": "00:00:01"}))
    assert exit_code == 3
    assert "functionTimeout 0:00:01 exceeded by tick" in text
