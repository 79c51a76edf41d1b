"""What Azure plans for machines: announced, opened, closed, cleared, rescheduled, cancelled, moved.

Each timer carries the wave it was set for and does nothing once the machine's wave is another. What
Azure does in the scheduled phase is `scheduled_phase`.
"""

from dataclasses import replace

from sandbox.azure.arm.world.machines import Machine, Maintenance, Phase, PowerState, ResultCode
from sandbox.azure.arm.world.waves import Wave
from sandbox.azure.arm.world.world import AZURE, World, instant


def announce(world: World, machine: Machine, wave: Wave) -> None:
    """The wave reaches a machine, as far as it has come by now.

    A deallocated machine has no host to maintain.
    """
    has_host = machine.state.power is not PowerState.DEALLOCATED
    if not has_host or not world.shows_maintenance(machine) or world.now >= wave.scheduled_end:
        return
    machine.become(world.now, maintenance=Maintenance(wave=wave, phase=Phase.ANNOUNCED))
    if wave.opens > world.now:
        _record_times(world, "maintenance.planned", machine, wave)
        world.agenda.schedule(wave.opens, lambda: _open(world, machine, wave))
    else:
        _open(world, machine, wave)


def _open(world: World, machine: Machine, wave: Wave) -> None:
    planned = _planned(world, machine, wave)
    if planned is None:
        return
    if wave.closes <= world.now:
        _close(world, machine, wave)
        return
    machine.become(world.now, maintenance=replace(planned, phase=Phase.OPEN))
    _record_times(world, "maintenance.announced", machine, wave)
    world.agenda.schedule(wave.closes, lambda: _close(world, machine, wave))


def _close(world: World, machine: Machine, wave: Wave) -> None:
    planned = _planned(world, machine, wave)
    if planned is None:
        return
    machine.become(world.now, maintenance=replace(planned, phase=Phase.CLOSED, is_held_back=False))
    world.record("maintenance.closed", machine, by=AZURE, wave=instant(wave.opens))


def clear(world: World, machine: Machine, *, by: str, operation: str | None = None) -> None:
    """The machine is on an updated host; nothing when no maintenance was planned for it."""
    planned = machine.state.maintenance
    if planned is None or planned.code is ResultCode.COMPLETED:
        return
    completed = machine.behaviour.after_success == ResultCode.COMPLETED.value
    left = (
        replace(planned, code=ResultCode.COMPLETED, message=None, is_held_back=False)
        if completed
        else None
    )
    machine.become(world.now, maintenance=left)
    world.record(
        "maintenance.cleared", machine, by=by, operation=operation, wave=instant(planned.wave.opens)
    )


def reschedule(world: World, machine: Machine, *, by: str, operation: str | None = None) -> None:
    """The machine came to a host of the same wave.

    Maintenance may be started again while the phase is open.
    """
    planned = machine.state.maintenance
    if planned is None:
        return
    again = replace(planned, code=ResultCode.NONE, message=None, is_held_back=False)
    machine.become(world.now, maintenance=again)
    world.record(
        "maintenance.rescheduled",
        machine,
        by=by,
        operation=operation,
        wave=instant(planned.wave.opens),
    )


def cancel(world: World, machine: Machine, *, is_moved: bool = False) -> None:
    """Azure withdraws what it had planned for a machine; nothing when nothing was.

    `is_moved`: other times are announced to it later.
    """
    planned = machine.state.maintenance
    if planned is None:
        return
    machine.become(world.now, maintenance=None)
    world.record(
        "maintenance.cancelled",
        machine,
        by=AZURE,
        wave=instant(planned.wave.opens),
        moved=is_moved,
    )


def is_pending(world: World, machine: Machine, wave: Wave) -> bool:
    """Whether this machine still has this wave before it."""
    planned = _planned(world, machine, wave)
    return planned is not None and planned.code is not ResultCode.COMPLETED


def _record_times(world: World, event: str, machine: Machine, wave: Wave) -> None:
    world.record(
        event,
        machine,
        by=AZURE,
        self_service_start=instant(wave.opens),
        self_service_end=instant(wave.closes),
        scheduled_start=instant(wave.scheduled_start),
        scheduled_end=instant(wave.scheduled_end),
        wave=instant(wave.opens),
    )


def _planned(world: World, machine: Machine, wave: Wave) -> Maintenance | None:
    exists = world.machines.get(machine.key) is machine
    planned = machine.state.maintenance
    return planned if exists and planned is not None and planned.wave == wave else None
