"""What owners do behind the product's back."""

from sandbox.azure.arm.world import owners
from sandbox.azure.arm.world.machines import PowerState
from sandbox.azure.arm.world.operations import OperationStatus
from sandbox.azure.fleets.fleet import Power
from tests.unit.arm.fleets import fleet, vm
from tests.unit.arm.stage import Stage


def test_a_stopped_machine_keeps_its_maintenance_but_may_not_be_moved() -> None:
    stage = Stage(fleet())
    stage.at(10)
    owners.change(stage.world, stage.machine(), owners.Change.STOPPED)
    assert stage.machine().state.maintenance is not None
    assert "not running" in stage.refused().problem.message


def test_deallocating_gives_the_host_back_and_the_maintenance_with_it() -> None:
    stage = Stage(fleet())
    stage.at(10)
    owners.change(stage.world, stage.machine(), owners.Change.DEALLOCATED)
    owners.change(stage.world, stage.machine(), owners.Change.STARTED)
    stage.at(20)
    assert stage.story() == [
        "maintenance.announced",
        "machine.changed",
        "machine.down",
        "maintenance.cleared",
        "machine.changed",
        "machine.up",
        "agent.ready",
    ]
    assert stage.machine().state.maintenance is None


def test_stopping_a_machine_under_way_cancels_its_operation() -> None:
    stage = Stage(fleet())
    stage.at(10)
    operation = stage.accepted()
    stage.at(12)
    owners.change(stage.world, stage.machine(), owners.Change.STOPPED)
    stage.at(100)
    assert operation.status is OperationStatus.CANCELED
    assert stage.machine().state.power is PowerState.STOPPED


def test_a_deleted_machine_is_gone_and_what_was_planned_for_it_with_it() -> None:
    stage = Stage(fleet(vm("vm-0"), vm("vm-1")))
    gone = stage.machine(0)
    stage.at(10)
    stage.accepted(0)
    owners.change(stage.world, gone, owners.Change.DELETED)
    stage.at(100_000)
    assert gone.key not in stage.world.machines
    assert stage.story(0)[-2:] == ["machine.changed", "machine.down"]


def test_a_resized_machine_comes_to_another_host() -> None:
    stage = Stage(fleet())
    stage.at(10)
    owners.resize(stage.world, stage.machine(), "Standard_D8s_v5")
    assert stage.machine().size == "Standard_D8s_v5"
    assert stage.machine().state.maintenance is None
    assert stage.machine().state.power is PowerState.RUNNING


def test_starting_a_stopped_machine_brings_it_up() -> None:
    stage = Stage(fleet(vm(power=Power.STOPPED)))
    owners.change(stage.world, stage.machine(), owners.Change.STARTED)
    stage.at(3)
    assert stage.machine().state.is_agent_ready


def test_an_older_state_is_remembered_for_readers_that_lag() -> None:
    stage = Stage(fleet())
    stage.at(10)
    before = stage.machine().state
    stage.accepted()
    stage.at(13)
    machine = stage.machine()
    assert machine.state_at(stage.world.started) != machine.state
    assert machine.state_at(stage.world.now) is machine.state
    assert before.is_maintenance_allowed
