"""What the fakes offer beyond their ports, for tests and simulations."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from shared.adapters.clock import SystemClock
from shared.adapters.memory import MemoryQueues, ScriptedAzure, SettableClock
from shared.domain.machine.arm_responses import ArmResponse, OperationState, OperationStatus
from shared.domain.machine.instance_view import NotFound
from shared.domain.messages import JobStep
from tests.contract.ports.samples import NOW, ONE, a_job, a_machine, an_observation


def test_the_systems_clock_shows_utc_and_does_not_stand() -> None:
    before = datetime.now(UTC)

    shown = SystemClock().now()

    assert before <= shown <= datetime.now(UTC)
    assert shown.tzinfo is UTC


def test_a_settable_clock_shows_what_it_was_set_to_in_utc() -> None:
    clock = SettableClock(now=NOW.astimezone(timezone(timedelta(hours=2))))
    clock.advance(timedelta(minutes=5))

    assert clock.now() == NOW + timedelta(minutes=5)
    assert clock.now().tzinfo is UTC
    clock.set(NOW)
    assert clock.now() == NOW


def test_a_settable_clock_takes_no_time_without_zone() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        SettableClock(now=datetime(2026, 11, 23))  # noqa: DTZ001 - the point of it


async def test_messages_are_taken_when_they_are_due_the_earliest_first() -> None:
    clock = SettableClock(now=NOW)
    queues = MemoryQueues(clock=clock)
    late, early = JobStep(job=a_job().id, step=2), JobStep(job=a_job().id, step=1)
    await queues.send_step(late, NOW + timedelta(minutes=2))
    await queues.send_step(early, NOW + timedelta(minutes=1))

    assert queues.take(queues.steps) is None
    clock.advance(timedelta(minutes=2))
    assert [queues.take(queues.steps) for _ in range(3)] == [early, late, None]


async def test_a_script_answers_in_order_and_then_as_azure_would() -> None:
    machine = a_machine()
    azure = ScriptedAzure(clock=SettableClock(now=NOW))
    azure.show(machine, an_observation(machine))
    azure.script_responses(machine.id, ArmResponse(status=429), ArmResponse(status=None))

    statuses = [(await azure.perform_maintenance(machine.id)).status for _ in range(3)]

    assert statuses == [429, None, 202]
    assert azure.calls == [machine.id] * 3
    assert await azure.subscriptions() == [ONE]


async def test_the_last_scripted_reading_of_an_operation_stays() -> None:
    azure = ScriptedAzure(clock=SettableClock(now=NOW))
    running, done = (
        OperationStatus(state=OperationState.RUNNING),
        OperationStatus(state=OperationState.FAILED),
    )
    azure.script_operation("url", running, done)

    assert [await azure.read_operation("url") for _ in range(3)] == [running, done, done]


async def test_a_deleted_machine_is_gone_and_not_listed() -> None:
    machine = a_machine()
    azure = ScriptedAzure(clock=SettableClock(now=NOW))
    azure.show(machine, an_observation(machine))
    azure.delete(machine.id)

    assert await azure.observe(machine.id) == NotFound(machine=machine.id, at=NOW)
    assert (await azure.list_vms(ONE)).elements == ()
