"""What owners do behind the product's back."""

from sandbox.azure.arm.world import owners
from sandbox.azure.arm.world.machines import PowerState
from sandbox.azure.arm.world.operations import OperationStatus
from sandbox.azure.fleets.fleet import Power
from tests.unit.arm.fleets import fleet, vm
from tests.unit.arm.simulator_setup import SimulatorSetup


def test_a_stopped_machine_keeps_its_maintenance_but_may_not_be_moved() -> None:
    setup = SimulatorSetup(fleet())
    setup.at(10)
    owners.change(setup.world, setup.machine(), owners.Change.STOPPED)
    assert setup.machine().state.maintenance is not None
    assert "not running" in setup.refused().problem.message


def test_deallocating_gives_the_host_back_and_the_maintenance_with_it() -> None:
    setup = SimulatorSetup(fleet())
    setup.at(10)
    owners.change(setup.world, setup.machine(), owners.Change.DEALLOCATED)
    owners.change(setup.world, setup.machine(), owners.Change.STARTED)
    setup.at(20)
    assert setup.machine_history() == [
        "maintenance.announced",
        "machine.changed",
        "machine.down",
        "maintenance.cleared",
        "machine.changed",
        "machine.up",
        "agent.ready",
    ]
    assert setup.machine().state.maintenance is None


def test_stopping_a_machine_under_way_cancels_its_operation() -> None:
    setup = SimulatorSetup(fleet())
    setup.at(10)
    operation = setup.accepted()
    setup.at(12)
    owners.change(setup.world, setup.machine(), owners.Change.STOPPED)
    setup.at(100)
    assert operation.status is OperationStatus.CANCELED
    assert setup.machine().state.power is PowerState.STOPPED


def test_a_deleted_machine_is_gone_and_what_was_planned_for_it_with_it() -> None:
    setup = SimulatorSetup(fleet(vm("vm-0"), vm("vm-1")))
    gone = setup.machine(0)
    setup.at(10)
    setup.accepted(0)
    owners.change(setup.world, gone, owners.Change.DELETED)
    setup.at(100_000)
    assert gone.key not in setup.world.machines
    assert setup.machine_history(0)[-2:] == ["machine.changed", "machine.down"]


def test_a_resized_machine_comes_to_another_host() -> None:
    setup = SimulatorSetup(fleet())
    setup.at(10)
    owners.resize(setup.world, setup.machine(), "Standard_D8s_v5")
    assert setup.machine().size == "Standard_D8s_v5"
    assert setup.machine().state.maintenance is None
    assert setup.machine().state.power is PowerState.RUNNING


def test_starting_a_stopped_machine_brings_it_up() -> None:
    setup = SimulatorSetup(fleet(vm(power=Power.STOPPED)))
    owners.change(setup.world, setup.machine(), owners.Change.STARTED)
    setup.at(3)
    assert setup.machine().state.is_agent_ready


def test_an_older_state_is_remembered_for_readers_that_lag() -> None:
    setup = SimulatorSetup(fleet())
    setup.at(10)
    before = setup.machine().state
    setup.accepted()
    setup.at(13)
    machine = setup.machine()
    assert machine.state_at(setup.world.started) != machine.state
    assert machine.state_at(setup.world.now) is machine.state
    assert before.is_maintenance_allowed
