"""Stages for scenarios: built for one test, and taken down with everything that ran on them."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from sandbox.audit.auditor import audit
from sandbox.audit.files import history_of
from sandbox.audit.rules import read_rules
from sandbox.azure.arm.background import running
from sandbox.azure.arm.simulator import Simulator
from sandbox.azure.fleets.fleet import Fleet
from sandbox.azure.servicebus.config import load_config
from sandbox.azure.servicebus.thread import BrokerThread
from tests.scenarios.environment import POLICY, ROOT, AppProcess, ScenarioEnvironment, settings_for

type StartEnvironment = Callable[..., ScenarioEnvironment]


@pytest.fixture
def start_environment(azurite: Any, tmp_path: Path) -> Iterator[StartEnvironment]:
    """Set a stage for a fleet and start the app on it."""
    events = tmp_path / "events.jsonl"
    with ExitStack() as stack:

        def build(
            fleet: Fleet,
            *,
            mode: str = "act",
            policy: Mapping[str, Any] = POLICY,
            start: bool = True,
        ) -> ScenarioEnvironment:
            arm = stack.enter_context(running(Simulator(fleet, seed=7, events=events)))
            broker = stack.enter_context(BrokerThread())
            for queue in load_config(ROOT / "sandbox/demo/servicebus.json").queues:
                broker.create_queue(queue.name, queue.properties)
            environment = settings_for(
                arm=arm, broker=broker, tables=azurite.connection_string, policy=policy, mode=mode
            )
            app = AppProcess(environment=environment, log=tmp_path / "app.log")
            stack.callback(app.stop)
            if start:
                app.start()
            return ScenarioEnvironment(arm=arm, broker=broker, app=app, policy=policy)

        yield build


@pytest.fixture
def violations(tmp_path: Path) -> Callable[[ScenarioEnvironment], list[str]]:
    """What the independent auditor finds in the simulator's log of a stage."""

    def found(environment: ScenarioEnvironment) -> list[str]:
        rules = read_rules(json.dumps(environment.policy).encode())
        return [str(each) for each in audit(history_of(tmp_path / "events.jsonl"), rules)]

    return found
