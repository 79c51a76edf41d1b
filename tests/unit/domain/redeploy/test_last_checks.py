"""The last checks before a call: only what the machine itself says lets it be made."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given

from shared.domain.calendar.calendar import Calendar
from shared.domain.health.health_check import NO_HEALTH_CHECK, HealthResult, Healthy
from shared.domain.job.decision import Decision, Locks, defer
from shared.domain.job.job import AgentCheck, Job
from shared.domain.job.states import Event
from shared.domain.machine.instance_view import NotFound, Observation, Power
from shared.domain.machine.machine import Machine
from shared.domain.machine.traits import Traits
from shared.domain.policy.policy import Policy
from shared.domain.reasons import MISSING_AGENT
from shared.domain.redeploy.last_checks import (
    CheckedMachine,
    before_call,
    max_call_delay,
    too_late_to_call,
)
from tests.support.fleets import daily
from tests.unit.domain.redeploy.decided import (
    AGAIN,
    COMPLETED,
    LOOKED_FOR,
    MACHINE,
    MAINTAINED,
    MOVING,
    NOT_FOUND,
    POLICY,
    PROVED,
    TICK,
    TIMING,
    UNHEALTHY,
    UNPROVED,
    a_job,
    observations,
    unstarted,
    withdrawn,
)
from tests.unit.domain.samples import DAY, HOUR, NOW, observation, open_phase, vm_id


def decide(
    job: Job,
    shown: Observation | NotFound,
    health: HealthResult = NO_HEALTH_CHECK,
    machine: Machine | NotFound = MACHINE,
) -> Decision | None:
    return before_call(job, CheckedMachine(health=health, machine=machine, seen=shown), POLICY, NOW)


def test_the_call_is_made_on_the_machines_own_word() -> None:
    assert decide(a_job(), observation()) is None


@pytest.mark.parametrize(
    ("shown", "decision"),
    [
        (NOT_FOUND, unstarted(LOOKED_FOR)),
        (MOVING, unstarted("another operation on the machine is running", backs_off=True)),
        (
            observation(power=Power.STARTING),
            unstarted("another operation on the machine is running", backs_off=True),
        ),
        (MAINTAINED, withdrawn("the machine is not scheduled for maintenance any more")),
        (COMPLETED, withdrawn("the machine is not scheduled for maintenance any more")),
        (
            observation(maintenance=open_phase(self_service_start=NOW - HOUR)),
            withdrawn("Azure has moved the wave; the next scan plans the machine again"),
        ),
        (
            observation(power=Power.DEALLOCATED),
            unstarted("the machine is not running (deallocated)", backs_off=True),
        ),
        (
            observation(power=Power.UNKNOWN),
            unstarted("the machine is not running (unknown)", backs_off=True),
        ),
        (
            observation(maintenance=open_phase(allowed=False)),
            unstarted("Azure does not allow maintenance to be started now", backs_off=True),
        ),
        (
            observation(
                maintenance=open_phase(
                    allowed=False, last_result="RetryLater", last_message="host busy"
                )
            ),
            unstarted(
                "Azure does not allow maintenance to be started now: RetryLater host busy",
                backs_off=True,
            ),
        ),
    ],
)
def test_else_it_is_not_made_and_the_reason_is_told(
    shown: Observation | NotFound, decision: Decision
) -> None:
    assert decide(a_job(), shown) == decision


def test_a_phase_that_has_closed_is_missed_and_people_are_told() -> None:
    decision = decide(a_job(), observation(maintenance=open_phase(self_service_end=NOW)))
    assert decision == Decision(
        event=Event.CLOSED,
        reason="the self-service phase has closed",
        locks=Locks.RETURN_UNUSED,
        notify="job.missed",
    )


@pytest.mark.parametrize("shown", [MAINTAINED, COMPLETED])
def test_after_a_call_a_machine_that_is_not_scheduled_any_more_is_verified(
    shown: Observation,
) -> None:
    decision = decide(a_job(attempts=1), shown)
    reason = "the machine is not scheduled for maintenance any more"
    assert decision == Decision(event=Event.FINISHED, reason=reason, at=NOW)


class TestAnOwnerWhoChangedHisMind:
    CHANGES = (
        ({"tags": {"forestall": "off"}}, "tagged forestall=off"),
        (
            {"tags": {"Forestall": "Never"}},
            "tagged forestall=never, which is not understood: use on, true, yes, off, false, no",
        ),
        (
            {"dedicated_host": "/hosts/h"},
            (
                "it is on a dedicated host, which has maintenance control of its own: the tag "
                "forestall-allow=dedicated-host or kinds.allow of the policy allows it"
            ),
        ),
    )

    @pytest.mark.parametrize(("changes", "reason"), CHANGES)
    def test_is_heard_and_the_job_ends(self, changes: dict[str, Any], reason: str) -> None:
        machine = replace(MACHINE, **changes)
        assert decide(a_job(), observation(), machine=machine) == withdrawn(reason)

    @pytest.mark.parametrize(("changes", "reason"), CHANGES)
    def test_after_a_call_the_job_waits_so_that_its_attempts_stay_counted(
        self, changes: dict[str, Any], reason: str
    ) -> None:
        machine = replace(MACHINE, **changes)
        assert decide(a_job(attempts=1), observation(), machine=machine) == unstarted(
            reason, backs_off=True
        )


@pytest.mark.parametrize(
    ("changes", "shown", "field"),
    [
        ({"tags": {"forestall-group": "db"}}, {}, "group"),
        ({"tags": {"forestall-health-check": "https://db.example.com/"}}, {}, "health_check"),
        ({"zone": "2"}, {}, "zone"),
        ({"location": "eastus"}, {}, "pair"),
        ({"availability_set": None}, {}, "placement"),
        ({}, {"update_domain": 4}, "placement"),
        ({}, {"update_domain": None}, "placement"),
        ({}, {"maintenance": open_phase(self_service_end=NOW + DAY)}, "self_service_end"),
        ({"traits": Traits(size="Standard_D2s_v5")}, {}, "harms"),
    ],
)
def test_a_machine_that_has_changed_since_the_leases_were_taken_is_not_called_on_them(
    changes: dict[str, Any], shown: dict[str, Any], field: str
) -> None:
    job = a_job()
    decision = decide(job, observation(**shown), machine=replace(MACHINE, **changes))
    assert decision is not None
    assert replace(decision, new_spec=None) == unstarted(
        "the machine has changed since it was planned"
    )
    assert getattr(decision.new_spec, field) != getattr(job, field)


@pytest.mark.parametrize("agent", [AgentCheck.REQUIRED, AgentCheck.MISSING])
def test_a_machine_whose_agent_is_silent_waits_and_the_reason_says_what_lets_it_go(
    agent: AgentCheck,
) -> None:
    decision = decide(a_job(agent=agent), observation(agent_ready=False))
    assert decision is not None
    assert replace(decision, new_spec=None, backs_off=False) == unstarted(
        f"the machine is running, provisioning succeeded, agent not ready: {MISSING_AGENT}"
    )
    if decision.new_spec is not None:
        assert decision.new_spec.agent is AgentCheck.MISSING


def test_a_silent_agent_that_is_waived_lets_a_machine_go_and_one_that_answers_counts_again() -> (
    None
):
    allowed = replace(MACHINE, tags={"forestall-allow": "no-agent"})
    waived = a_job(agent=AgentCheck.WAIVED)
    silent = observation(agent_ready=False)

    assert decide(waived, silent, machine=allowed) is None
    assert decide(waived, silent, UNHEALTHY, allowed) == unstarted(
        f"not healthy before anything was done: {UNHEALTHY.reason}", backs_off=True
    )
    answers = decide(waived, observation(), machine=allowed)
    assert answers is not None
    assert answers.new_spec is not None
    assert answers.new_spec.agent is AgentCheck.REQUIRED
    withdrawn_tag = decide(waived, silent, machine=MACHINE)
    assert withdrawn_tag is not None
    assert MISSING_AGENT in (withdrawn_tag.reason or "")


def test_a_machine_whose_resource_is_not_found_is_not_called_whatever_its_view_says() -> None:
    assert decide(a_job(), observation(), machine=NOT_FOUND) == unstarted(LOOKED_FOR)


def test_a_machine_seen_with_nothing_known_is_not_called() -> None:
    assert decide(a_job(), Observation(machine=vm_id(), at=NOW)) is not None


@pytest.mark.parametrize("absence", UNPROVED)
def test_a_machine_that_few_looks_missed_is_looked_for_again(absence: Any) -> None:
    assert decide(a_job(absence=absence), NOT_FOUND) == unstarted(LOOKED_FOR)


@pytest.mark.parametrize(("attempts", "notify"), [(0, None), (1, "machine.deleted")])
def test_a_machine_that_enough_looks_missed_was_deleted(attempts: int, notify: str | None) -> None:
    decision = decide(a_job(absence=PROVED, attempts=attempts), NOT_FOUND)
    assert decision == replace(withdrawn("the machine was deleted"), notify=notify)


class TestItsHealthCheck:
    def test_one_that_passes_lets_everything_go_on_as_without_one(self) -> None:
        for shown in (observation(), MAINTAINED, MOVING, NOT_FOUND, observation(agent_ready=False)):
            assert decide(a_job(), shown, Healthy()) == decide(a_job(), shown)

    def test_one_that_fails_puts_the_call_off(self) -> None:
        assert decide(a_job(), observation(), UNHEALTHY) == unstarted(
            "not healthy before anything was done: https://web-1/health: HTTP 503", backs_off=True
        )

    def test_what_the_platform_says_comes_first(self) -> None:
        for shown in (NOT_FOUND, MAINTAINED, observation(agent_ready=False)):
            assert decide(a_job(), shown, UNHEALTHY) == decide(a_job(), shown)


@given(shown=observations)
def test_the_call_is_made_only_where_the_machine_allows_it(shown: Observation) -> None:
    """I3, for everything else in the instance view."""
    if decide(a_job(), shown) is None:
        assert shown.maintenance is not None
        assert shown.maintenance.allowed
        assert shown.power is Power.RUNNING
        assert not shown.is_in_flight
        assert (
            shown.maintenance.self_service_end is None or shown.maintenance.self_service_end > NOW
        )


@pytest.mark.parametrize(("late", "makes_it"), [(timedelta(0), True), (TICK, False)])
def test_a_worker_that_was_held_up_calls_no_more(late: timedelta, *, makes_it: bool) -> None:
    since = NOW - max_call_delay(TIMING) - late
    held_up = defer("the worker was held up between claim and call", NOW + timedelta(minutes=1))
    assert too_late_to_call(POLICY, since, NOW) == (None if makes_it else held_up)


def test_a_window_that_closed_meanwhile_is_kept() -> None:
    assert too_late_to_call(Policy(change_windows=Calendar()), NOW, NOW) is None
    shut = Policy(change_windows=daily("13:00", "14:00"))
    assert too_late_to_call(shut, NOW, NOW) == defer("the change window has closed", NOW)


def test_the_times_are_told_apart() -> None:
    assert TIMING.recheck_interval == AGAIN - NOW
