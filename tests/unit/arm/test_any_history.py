"""All actions of owners, callers and Azure, in any order.

The history stays one that can have happened.
"""

from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.azure.arm.world import owners, rollout
from sandbox.azure.arm.world.machines import PowerState
from sandbox.azure.arm.world.operations import OperationStatus, Verb
from sandbox.azure.arm.world.redeploys import request
from sandbox.azure.arm.world.waves import wave_of
from sandbox.azure.arm.world.world import Event
from sandbox.azure.fleets.fleet import Outcome
from tests.unit.arm.fleets import WINTER, fleet, instance, vm
from tests.unit.arm.simulator_setup import ME, SimulatorSetup

MACHINES = 4
SCRIPTS = st.lists(
    st.sampled_from([one for one in Outcome if one is not Outcome.HANGS]), max_size=3
).map(tuple)
STEP = st.tuples(
    st.sampled_from(
        ["perform", "redeploy", "stop", "start", "deallocate", "delete", "withdraw", "move"]
    ),
    st.integers(0, MACHINES - 1),
    st.floats(0, 3000),
)


@settings(deadline=None, max_examples=150)
@given(
    st.lists(SCRIPTS, min_size=MACHINES, max_size=MACHINES),
    st.lists(STEP, max_size=25),
    st.integers(0, 99),
)
def test_any_history_is_one_that_can_have_happened(
    scripts: list[tuple[Outcome, ...]], steps: list[tuple[str, int, float]], seed: int
) -> None:
    setup = SimulatorSetup(
        fleet(
            vm("vm-0", domain=0, outcomes=scripts[0]),
            vm("vm-1", domain=1, outcomes=scripts[1]),
            vm("vm-2", outcomes=scripts[2]),
            instance(3, scripts[3]),
        ),
        seed,
    )
    now = 0.0
    for what, index, pause in steps:
        now += pause
        setup.at(now)
        do(setup, what, index)
    setup.at(now + 100_000)
    check(setup)


def do(setup: SimulatorSetup, what: str, index: int) -> None:
    """One thing happens; to a machine that is gone nothing does."""
    azure = setup.world
    if what in ("withdraw", "move"):
        wave = azure.waves.get("winter")
        if wave is not None and what == "withdraw":
            rollout.withdraw(azure, wave)
        elif wave is not None:
            rollout.move(azure, wave, wave_of(WINTER, azure.now))
        return
    machine = azure.machines.get(setup.keys[index])
    if machine is None:
        return
    if what in ("perform", "redeploy"):
        verb = Verb.PERFORM_MAINTENANCE if what == "perform" else Verb.REDEPLOY
        request(azure, [machine], verb, ME)
    else:
        acts = {
            "stop": "STOPPED",
            "start": "STARTED",
            "deallocate": "DEALLOCATED",
            "delete": "DELETED",
        }
        owners.change(azure, machine, owners.Change[acts[what]])


def check(setup: SimulatorSetup) -> None:
    """What holds of every history.

    Time runs forward, machines go down and up in turn, operations end once, and the last state is
    the history's.
    """
    assert [one["at"] for one in setup.events] == sorted(str(one["at"]) for one in setup.events)
    by_machine: dict[object, list[Event]] = defaultdict(list)
    for event in setup.events:
        by_machine[event["machine"]].append(event)
    for key, events in by_machine.items():
        if key is not None:
            check_machine(events)
    for operation in setup.world.operations.values():
        assert operation.status is not OperationStatus.IN_PROGRESS
        ends = [
            one for one in setup.events_of("operation.finished") if one["operation"] == operation.id
        ]
        assert len(ends) == 1
    for machine in setup.world.machines.values():
        assert machine.state.operation is None
        assert machine.state.is_answering is (machine.state.power is PowerState.RUNNING)


def check_machine(events: list[Event]) -> None:
    is_up, is_ready, running = True, True, None
    for event in events:
        match event["event"]:
            case "machine.down":
                assert is_up, event
                is_up = is_ready = False
            case "machine.up":
                assert not is_up, event
                is_up = True
            case "agent.ready":
                assert is_up, event
                assert not is_ready, event
                is_ready = True
            case "redeploy.requested" if event["accepted"]:
                assert running is None or event["verb"] == "redeploy", event
                running = event["operation"]
            case "operation.finished" if event["operation"] == running:
                running = None
