"""pytest plugin of a run.

Plain TCP for every client, and every test's outcome and duration into a file.

It changes no test and no expectation: the outcomes are judged afterwards, by
conformance/expectations.py.
"""

import json
import os
from pathlib import Path
from typing import Any

import azure.servicebus
import azure.servicebus.aio
import pytest

from sandbox.azure.servicebus.conformance.run import OUTCOMES_VARIABLE

_found: dict[str, dict[str, Any]] = {}


def _speak_plain_tcp(client: Any) -> None:
    """Only a connection string can say that there is no TLS.

    A client made of a host name cannot.
    """
    original = client.__init__

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("use_tls", False)
        original(self, *args, **kwargs)

    client.__init__ = init


_speak_plain_tcp(azure.servicebus.ServiceBusClient)
_speak_plain_tcp(azure.servicebus.aio.ServiceBusClient)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep the outcome of a test: of its call, or of another failure around it."""
    if report.when != "call" and report.outcome == "passed":
        return
    outcome: str = report.outcome
    if hasattr(report, "wasxfail"):
        outcome = {"passed": "xpassed", "skipped": "xfailed"}.get(outcome, outcome)
    before = _found.get(report.nodeid, {})
    if before.get("outcome") != "failed":
        _found[report.nodeid] = {"outcome": outcome, "seconds": round(report.duration, 1)}


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """A file that cannot be collected is a failure too, not an absence."""
    if report.failed:
        _found[report.nodeid] = {"outcome": "failed", "seconds": 0.0}


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the outcomes, once: the workers of pytest-xdist report to their controller."""
    if not hasattr(session.config, "workerinput"):
        Path(os.environ[OUTCOMES_VARIABLE]).write_text(json.dumps(_found, indent=1, sort_keys=True))
