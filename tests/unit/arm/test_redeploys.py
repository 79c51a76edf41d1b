"""How a machine is moved, as the world tells it."""

import msgspec
import pytest

from sandbox.azure.arm.world.machines import PowerState, Provisioning, ResultCode
from sandbox.azure.arm.world.operations import OperationStatus, Verb
from sandbox.azure.fleets.fleet import Outcome, Power
from sandbox.azure.fleets.times import range_of
from tests.unit.arm.fleets import GROUP, INTERNAL, SUBSCRIPTION, TEN_SECONDS, fleet, vm
from tests.unit.arm.simulator_setup import SimulatorSetup


def simulator_with_open_phase(*outcomes: Outcome) -> SimulatorSetup:
    """Ten seconds in, the self-service phase is open."""
    setup = SimulatorSetup(fleet(vm(outcomes=outcomes)))
    setup.at(10)
    return setup


def test_a_moved_machine_goes_down_comes_up_is_cleared_and_its_agent_reports() -> None:
    setup = simulator_with_open_phase()
    operation = setup.accepted()
    setup.at(60)
    assert setup.machine_history() == [
        "maintenance.announced",
        "redeploy.requested",
        "machine.down",
        "machine.up",
        "maintenance.cleared",
        "operation.finished",
        "agent.ready",
    ]
    assert operation.status is OperationStatus.SUCCEEDED
    assert [
        setup.seconds_of(one)
        for one in ("machine.down", "machine.up", "operation.finished", "agent.ready")
    ] == [
        11,
        19,
        20,
        21,
    ]


def test_the_maintenance_status_is_gone_after_success() -> None:
    setup = simulator_with_open_phase()
    setup.accepted()
    setup.at(60)
    assert setup.machine().state.maintenance is None


def test_success_may_be_told_as_completed_instead() -> None:
    told = msgspec.structs.replace(TEN_SECONDS, after_success="MaintenanceCompleted")
    setup = SimulatorSetup(fleet(vm(), behaviour=told))
    setup.at(10)
    setup.accepted()
    setup.at(60)
    planned = setup.machine().state.maintenance
    assert planned is not None
    assert planned.code is ResultCode.COMPLETED
    assert "already updated" in setup.refused().problem.message
    setup.at(100_000)
    assert setup.machine_history().count("maintenance.cleared") == 1
    assert setup.machine_history().count("machine.down") == 1, "Azure leaves it alone"


def test_a_plain_redeploy_of_an_updated_machine_clears_nothing_twice() -> None:
    told = msgspec.structs.replace(TEN_SECONDS, after_success="MaintenanceCompleted", landings=0)
    setup = SimulatorSetup(fleet(vm(), behaviour=told))
    setup.at(10)
    setup.accepted()
    setup.at(60)
    setup.accepted(verb=Verb.REDEPLOY)
    setup.at(120)
    assert setup.machine_history().count("maintenance.cleared") == 1


def test_while_an_operation_runs_the_machine_is_updating_and_may_not_be_moved_again() -> None:
    setup = simulator_with_open_phase()
    setup.accepted()
    setup.at(13)
    state = setup.machine().state
    assert (state.provisioning, state.is_maintenance_allowed) == (Provisioning.UPDATING, False)
    assert (state.power, state.is_agent_ready) == (PowerState.STOPPING, False)
    assert setup.refused().problem.code == "AnotherOperationInProgress"


def test_a_machine_that_lands_on_a_scheduled_host_may_be_moved_again() -> None:
    setup = simulator_with_open_phase(Outcome.LANDS_ON_SCHEDULED_HOST)
    setup.accepted()
    setup.at(30)
    assert setup.machine().state.is_maintenance_allowed
    assert "maintenance.rescheduled" in setup.machine_history()
    setup.accepted()
    setup.at(60)
    assert setup.machine().state.maintenance is None


@pytest.mark.parametrize(
    ("outcome", "code", "result"),
    [
        (Outcome.FAILS, "InternalExecutionError", ResultCode.ABORTED),
        (Outcome.ABORTED, "InternalExecutionError", ResultCode.ABORTED),
        (Outcome.RETRY_LATER, "InternalExecutionError", ResultCode.RETRY_LATER),
        (Outcome.ALLOCATION_FAILED, "AllocationFailed", ResultCode.ABORTED),
    ],
)
def test_a_failed_operation_leaves_its_reason_in_the_maintenance_status(
    outcome: Outcome, code: str, result: ResultCode
) -> None:
    setup = simulator_with_open_phase(outcome)
    operation = setup.accepted()
    setup.at(21)
    assert operation.status is OperationStatus.FAILED
    assert operation.problem is not None
    assert operation.problem.code == code
    planned = setup.machine().state.maintenance
    assert planned is not None
    assert planned.code is result
    assert setup.machine().state.is_maintenance_allowed is (outcome is not Outcome.RETRY_LATER)


def test_only_a_move_that_fails_half_way_takes_the_machine_down() -> None:
    went_down = {}
    for outcome in (Outcome.FAILS, Outcome.ABORTED, Outcome.RETRY_LATER, Outcome.ALLOCATION_FAILED):
        setup = simulator_with_open_phase(outcome)
        setup.accepted()
        setup.at(60)
        went_down[outcome] = "machine.down" in setup.machine_history()
    assert [outcome for outcome, down in went_down.items() if down] == [Outcome.FAILS]


def test_after_retry_later_the_machine_is_allowed_again_in_a_while() -> None:
    setup = simulator_with_open_phase(Outcome.RETRY_LATER)
    setup.accepted()
    setup.at(21)
    assert "retried later" in setup.refused().problem.message
    setup.at(26)
    assert setup.machine().state.is_maintenance_allowed


def test_a_machine_that_never_starts_stays_stopped_though_its_operation_succeeded() -> None:
    setup = simulator_with_open_phase(Outcome.NEVER_STARTS)
    operation = setup.accepted()
    setup.at(60)
    assert operation.status is OperationStatus.SUCCEEDED
    assert setup.machine().state.power is PowerState.STOPPED
    assert "machine.up" not in setup.machine_history()


def test_a_silent_agent_never_becomes_ready() -> None:
    setup = simulator_with_open_phase(Outcome.AGENT_NEVER_READY)
    setup.accepted()
    setup.at(3000)
    assert setup.machine().state.power is PowerState.RUNNING
    assert not setup.machine().state.is_agent_ready


def test_an_agent_of_an_earlier_start_does_not_speak_for_a_later_one() -> None:
    slow_agent = msgspec.structs.replace(TEN_SECONDS, agent_ready=range_of(15, 15))
    script = (Outcome.LANDS_ON_SCHEDULED_HOST, Outcome.AGENT_NEVER_READY)
    setup = SimulatorSetup(fleet(vm(outcomes=script), behaviour=slow_agent))
    setup.at(10)
    setup.accepted()
    setup.at(20)
    setup.accepted()
    setup.at(3000)
    assert "agent.ready" not in setup.machine_history()


def test_a_hanging_operation_never_ends() -> None:
    setup = simulator_with_open_phase(Outcome.HANGS)
    operation = setup.accepted()
    setup.at(3000)
    assert operation.status is OperationStatus.IN_PROGRESS
    assert not setup.machine().state.is_answering


def test_a_guest_that_does_not_approve_holds_the_move_back() -> None:
    waiting = msgspec.structs.replace(TEN_SECONDS, waits=range_of(600, 600))
    setup = SimulatorSetup(fleet(vm(), behaviour=waiting))
    setup.at(10)
    operation = setup.accepted()
    setup.at(609)
    assert operation.ended is None
    assert setup.machine().state.is_answering
    setup.at(630)
    assert operation.status is OperationStatus.SUCCEEDED


def test_two_plain_redeploys_are_both_accepted_and_the_newer_one_wins() -> None:
    setup = simulator_with_open_phase()
    first = setup.accepted(verb=Verb.REDEPLOY)
    setup.at(12)
    second = setup.accepted(verb=Verb.REDEPLOY)
    setup.at(60)
    assert (first.status, second.status) == (OperationStatus.CANCELED, OperationStatus.SUCCEEDED)
    assert setup.machine_history().count("machine.down") == 1


@pytest.mark.parametrize(
    ("machine", "at", "part"),
    [
        (vm(wave=None), 10, "no maintenance is scheduled"),
        (vm(), 10 + 3600, "window has ended"),
        (vm(power=Power.STOPPED), 10, "not running (PowerState/stopped)"),
        (vm(power=Power.DEALLOCATED), 10, "not running (PowerState/deallocated)"),
        (
            vm(group=GROUP.replace(SUBSCRIPTION, INTERNAL)),
            10,
            "the Subscription of this VM is not eligible",
        ),
    ],
)
def test_a_refusal_begins_as_recorded_and_gives_its_reason(
    machine: object, at: float, part: str
) -> None:
    setup = SimulatorSetup(fleet(machine))  # type: ignore[arg-type]
    setup.at(at)
    refused = setup.refused()
    assert refused.status == 409
    assert refused.problem.message.startswith(
        "Operation 'performMaintenance' is not allowed on VM 'vm-0' since "
    )
    assert part in refused.problem.message
    assert setup.events_of("redeploy.requested")[0]["accepted"] is False


def test_of_several_machines_none_is_moved_when_one_is_refused() -> None:
    setup = SimulatorSetup(fleet(vm("vm-0"), vm("vm-1", power=Power.STOPPED)))
    setup.at(10)
    assert "'vm-1'" in setup.refused(0, 1).problem.message
    assert setup.machine(0).state.operation is None


def test_an_operation_over_several_machines_ends_with_the_last() -> None:
    setup = SimulatorSetup(fleet(vm("vm-0"), vm("vm-1", outcomes=(Outcome.ABORTED,))))
    setup.at(10)
    operation = setup.accepted(0, 1)
    setup.at(60)
    assert operation.status is OperationStatus.FAILED
    ends = setup.events_of("operation.finished")
    assert [(one["machine"], one["status"]) for one in ends] == [
        (setup.machine(index).key, "Failed") for index in (0, 1)
    ]
