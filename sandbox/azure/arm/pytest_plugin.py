"""Fixtures that start simulators for tests; a conftest.py imports them, nothing registers itself.

    from sandbox.azure.arm.pytest_plugin import start_arm  # noqa: F401

    def test_something(start_arm):
        # `fleet` is a Fleet value or a path; seed=, faults= and events= are as for Simulator
        arm = start_arm(fleet)
        arm.base_url, arm.environment          # where it answers, and the app's settings for it
        arm.control.switch_on("lost-response", on="actions", times=1)
        arm.events("redeploy.requested")       # what truly happened

They do not move the clock: what a test waits for, it polls with a deadline.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from sandbox.azure.arm.background import Running, running
from sandbox.azure.arm.simulator import Simulator
from sandbox.azure.fleets.fleet import Fleet
from sandbox.azure.fleets.load import load

type StartArm = Callable[..., Running]


@pytest.fixture
def start_arm() -> Iterator[StartArm]:
    """Start simulators, each on a free port in its own thread.

    All are stopped when the test ends.
    """
    with ExitStack() as simulators:

        def start(fleet: Fleet | Path, **options: Any) -> Running:
            value = fleet if isinstance(fleet, Fleet) else load(fleet)
            return simulators.enter_context(running(Simulator(value, **options)))

        yield start
