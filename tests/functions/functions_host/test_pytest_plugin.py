"""The fixture that function tests use, in a pytest of its own.

It would index a second app in this process.
"""

import os
import subprocess
import sys
from pathlib import Path

from tests.functions.functions_host.host_process import PATIENCE, REPOSITORY

APP = """
import azure.functions as func
app = func.FunctionApp()

@app.timer_trigger(arg_name="timer", schedule="0 0 3 * * *")
def tick(timer: func.TimerRequest) -> None:
    if timer.past_due:
        raise RuntimeError("late")
"""
TESTS = """
import asyncio
from sandbox.azure.functions_host.runtime.shapes import timer_event

pytest_plugins = ["sandbox.azure.functions_host.pytest_plugin"]

def test_one(function_worker):
    assert list(function_worker.functions) == ["tick"]

def test_two(function_worker):
    done = asyncio.run(function_worker.trigger("tick", timer_event(past_due=True)))
    assert done.error == "RuntimeError: late"
"""


def run_pytest(folder: Path, **environment: str) -> str:
    (folder / "test_it.py").write_text(TESTS, "utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", str(folder)]
    done = subprocess.run(
        command,
        cwd=REPOSITORY,
        env={**os.environ, "CI": "", **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return done.stdout


def test_one_worker_serves_every_test_of_a_run(tmp_path: Path) -> None:
    (tmp_path / "function_app.py").write_text(APP, "utf-8")
    assert "2 passed" in run_pytest(tmp_path)


def test_without_an_app_the_tests_skip_but_fail_in_ci(tmp_path: Path) -> None:
    assert "there is no function_app.py" in run_pytest(tmp_path)
    assert "No functions found" in run_pytest(tmp_path, CI="true")
