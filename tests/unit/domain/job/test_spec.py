"""What a job copies from its machine is copied again, field by field."""

from dataclasses import fields, replace

import pytest

from shared.domain.job.job import AgentCheck, Job
from shared.domain.job.spec import JobSpec, changed_spec
from shared.domain.job.states import State
from shared.domain.machine.instance_view import Power
from shared.domain.machine.machine import Machine
from shared.domain.machine.traits import Traits
from shared.domain.plan.planning import plan
from shared.domain.policy.policy import Policy
from tests.unit.domain.policy.files.samples import loaded, owner
from tests.unit.domain.samples import AVAILABILITY_SET, DAY, NOW, a_machine, observation, open_phase

MACHINE = a_machine(
    availability_set=AVAILABILITY_SET,
    zone="1",
    tags={"forestall-group": "db", "forestall-health-check": "https://web-1.example.com/"},
)
OTHER = replace(
    MACHINE,
    location="eastus",
    zone="2",
    tags={"forestall-group": "web", "forestall-health-check": "https://web-2.example.com/"},
    traits=Traits(size="Standard_D2s_v5"),
)
LATER = observation(
    update_domain=4, agent_ready=False, maintenance=open_phase(self_service_end=NOW + 3 * DAY)
)

#: a policy that has a group for OTHER
RULES = """\
    limits: { cool_down: 1h }
    tiers: [{ name: first, match: { tag: { role: first } } }]
"""
WEB = loaded(owner(RULES, "web", "{ tag: { forestall-group: web } }"))

#: what a job has of its own, or of its wave and of the other jobs, and not of its machine as it is
#: now
OF_ITS_OWN = {
    "id", "machine", "wave", "waits_for_canaries", "state", "step", "attempts", "called_at",
    "not_before", "due", "reason", "leases", "operation", "created_at", "changed_at",
    "state_entered_at", "started_at", "start_rules", "finished_at", "lost_calls", "dead_letters",
    "rounds",
    "reported_risks", "ready_since", "pending_notification", "wave_size", "absence", "superseded",
    "prioritized_at", "leases_until", "waits_for", "claimed_at", "ended_by", "seen_again_at",
    "window", "back_off", "last_view", "cleared_at",
}  # fmt: skip


def planned(machine: Machine) -> Job:
    (job,) = plan([(machine, observation())], known={}, policy=Policy(), now=NOW).jobs
    return job


def test_every_field_of_a_job_is_its_own_or_is_taken_anew() -> None:
    assert {each.name for each in fields(Job)} == OF_ITS_OWN | {
        each.name for each in fields(JobSpec)
    }


@pytest.mark.parametrize("name", [each.name for each in fields(JobSpec)])
def test_a_new_job_has_what_an_old_one_takes_anew(name: str) -> None:
    old, new = planned(MACHINE), planned(OTHER)
    news = changed_spec(old, OTHER, observation(), Policy())
    assert news is not None
    assert getattr(news, name) == getattr(new, name)
    later = changed_spec(old, OTHER, LATER, WEB)
    assert later is not None
    assert getattr(later, name) != getattr(old, name)


def test_a_job_of_another_wave_takes_nothing() -> None:
    old = replace(planned(MACHINE), wave=NOW - 2 * DAY)
    assert changed_spec(old, OTHER, LATER, Policy()) is None


def test_a_job_that_is_over_takes_the_end_of_the_phase_and_nothing_else() -> None:
    old = replace(planned(MACHINE), state=State.SUCCEEDED, due=None)
    assert changed_spec(old, OTHER, observation(), Policy()) is None
    news = changed_spec(old, OTHER, LATER, Policy())
    assert news is not None
    assert LATER.maintenance is not None
    assert news.self_service_end == LATER.maintenance.self_service_end != old.self_service_end
    same = {each.name for each in fields(JobSpec)} - {"self_service_end"}
    assert all(getattr(news, name) == getattr(old, name) for name in same)


def test_what_a_machine_that_does_not_run_cannot_say_stays_what_it_was() -> None:
    old = planned(MACHINE)
    stopped = observation(update_domain=None, agent_ready=False, power=Power.DEALLOCATED)
    assert changed_spec(old, MACHINE, stopped, Policy()) is None


def test_a_machine_that_runs_and_has_no_update_domain_any_more_goes_alone() -> None:
    shown = changed_spec(planned(MACHINE), MACHINE, observation(update_domain=None), Policy())
    assert shown is not None
    assert shown.placement.lane == "ud:unknown:web-1"


@pytest.mark.parametrize(
    ("tag", "agent_ready", "expected"),
    [
        ("", True, AgentCheck.REQUIRED),
        ("", False, AgentCheck.MISSING),
        ("no-agent", True, AgentCheck.REQUIRED),
        ("no-agent", False, AgentCheck.WAIVED),
        ("spot", False, AgentCheck.MISSING),
    ],
)
def test_an_agent_counts_unless_it_is_silent_and_that_was_allowed(
    tag: str, *, agent_ready: bool, expected: AgentCheck
) -> None:
    machine = replace(MACHINE, tags={"forestall-allow": tag})
    (job,) = plan(
        [(machine, observation(agent_ready=agent_ready))], known={}, policy=Policy(), now=NOW
    ).jobs
    assert job.agent is expected
