"""docs/sandbox/arm.md says what is so.

Every event, outcome, fault and fleet key is in it, and its example is a fleet.
"""

import json
import re
from pathlib import Path

import pytest

from sandbox.azure.arm.faults import FaultKind, RequestGroup
from sandbox.azure.fleets.fleet import (
    AvailabilitySet,
    Behaviour,
    Identity,
    Limits,
    Listing,
    MachineSpec,
    Outcome,
    ScaleSet,
    Subscription,
    WaveSpec,
)
from sandbox.azure.fleets.native import read_native
from tests.unit.arm.simulator_setup import SimulatorSetup

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "sandbox" / "arm.md").read_text(encoding="utf-8")
PROSE = re.sub(r"```.*?```", "", TEXT, flags=re.DOTALL)
NAMES = set(re.findall(r"`([^`\n]+)`", PROSE))
PARTS = (
    AvailabilitySet,
    Behaviour,
    Identity,
    Limits,
    Listing,
    MachineSpec,
    ScaleSet,
    Subscription,
    WaveSpec,
)


def test_every_event_the_simulator_writes_is_documented() -> None:
    source = "".join(
        file.read_text(encoding="utf-8")
        for file in (ROOT / "sandbox" / "azure" / "arm").rglob("*.py")
    )
    events = set(
        re.findall(
            r'"((?:fleet|machine|maintenance|instance_view|redeploy|agent|operation|fault)'
            r'\.[a-z]+)"',
            source,
        )
    )
    assert len(events) == 16
    assert events <= NAMES


@pytest.mark.parametrize("names", [Outcome, FaultKind, RequestGroup])
def test_every_outcome_fault_and_group_is_documented(
    names: type[Outcome | FaultKind | RequestGroup],
) -> None:
    assert {one.value for one in names} <= NAMES


@pytest.mark.parametrize("part", PARTS)
def test_every_key_of_a_fleet_file_is_documented(part: type) -> None:
    assert set(part.__struct_fields__) <= NAMES  # type: ignore[attr-defined]


def test_the_example_is_a_fleet_that_plays() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
    setup = SimulatorSetup(read_native(json.loads(example)))
    setup.at(6)
    setup.accepted()
    setup.at(12)
    assert "maintenance.rescheduled" in setup.machine_history()
