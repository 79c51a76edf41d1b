"""Runs the tests and reads the outcome of each. Judges nothing."""

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.azure.servicebus.conformance.environment import Environment

SUITES = (
    "test_queues.py",
    "test_sessions.py",
    "test_subscriptions.py",
    "test_topic.py",
    "test_list_sessions.py",
    "test_sb_client.py",
    "async_tests",
)

OUTCOMES_VARIABLE = "SERVICEBUS_CONFORMANCE_OUTCOMES"  # the file that the plugin writes to


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The outcome of one test.

    Passed, failed, skipped, or xpassed and xfailed where Microsoft expects a failure.
    """

    outcome: str
    seconds: float


def run_tests(
    environment: Environment, folder: Path, tests: Sequence[str], processes: int
) -> dict[str, Outcome]:
    """Every test's outcome, by the name that pytest gives it.

    What pytest prints goes to the terminal.
    """
    outcomes = folder / "outcomes.json"
    outcomes.unlink(missing_ok=True)
    # -P keeps the working directory, and with it the tests' own servicebus_preparer, off the path.
    command = [
        str(environment.python),
        "-P",
        "-m",
        "pytest",
        "-q",
        "-n",
        str(processes),
        "--tb=short",
    ]
    subprocess.run(  # noqa: S603 - our own interpreter and arguments
        [*command, *environment.pytest_options, *tests],
        cwd=environment.tests,
        env=os.environ
        | {
            "PYTHONPATH": os.pathsep.join(map(str, environment.search_path)),
            OUTCOMES_VARIABLE: str(outcomes),
        },
        check=False,  # pytest's own verdict is not ours
    )
    if not outcomes.exists():
        raise RuntimeError("pytest ended without writing its outcomes; what it printed says why")
    found = json.loads(outcomes.read_text())
    return {name: Outcome(**entry) for name, entry in found.items()}
