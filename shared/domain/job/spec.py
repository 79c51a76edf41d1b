"""What a job copies from its machine, again at each scan while it waits.

The end of the phase, its scopes, its checks, what a redeploy harms. Pure.
"""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from shared.domain.calendar.one_off import opened
from shared.domain.health.health_check import HealthCheck, health_check_of
from shared.domain.job.job import AgentCheck, Job, OneOffWindow
from shared.domain.machine.instance_view import Observation, Power
from shared.domain.machine.kinds.harms import Harm, harms_of
from shared.domain.machine.kinds.kinds import Kind
from shared.domain.machine.machine import Machine
from shared.domain.machine.placement import (
    Placement,
    PlacementUnknown,
    Scope,
    one_at_a_time_reason,
    pair_of,
    placement_of,
    tier_placement,
    zone_of,
)
from shared.domain.policy.eligibility import allowed_kinds
from shared.domain.policy.policy import Policy, Rules, Tags


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSpec:
    """Each field is one of the job's, under the same name."""

    self_service_end: datetime | None
    policy_group: str
    placement: Placement
    group: Placement | None
    tier: Placement | None
    zone: Placement | None
    pair: Placement
    health_check: HealthCheck | None
    agent: AgentCheck
    harms: tuple[Harm, ...]

    def as_changes(self) -> dict[str, Any]:
        """The fields with their values, as changes of a job."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


def spec_of(machine: Machine, seen: Observation, placement: Placement, policy: Rules) -> JobSpec:
    """What a job of the machine takes from it; `placement` is where the machine stands."""
    found = policy.rules_of(machine)
    rules = found.policy
    return JobSpec(
        self_service_end=None if seen.maintenance is None else seen.maintenance.self_service_end,
        policy_group=found.group,
        placement=placement,
        group=_group(machine, rules.tags),
        tier=None if found.tier is None else tier_placement(found.group, found.tier),
        zone=zone_of(machine),
        pair=pair_of(machine),
        health_check=health_check_of(machine, rules.health_check, rules.tags.health_check),
        agent=_agent_check(machine, seen, rules),
        harms=harms_of(machine),
    )


def policy_of(job: Job, rules: Rules) -> Policy:
    """The rules of the job's group; those of the platform while its group is unknown.

    A redeploy that was called is followed under the rules of its call. A window that an operator
    opened for the job is one of its change windows.
    """
    found = rules.rules_in(job.policy_group)
    policy = rules.platform if found is None else found.policy
    if job.window is not None:
        policy = _with_window(policy, job.window)
    started = job.start_rules
    if started is None or not (job.state.may_be_in_flight or job.has_unresolved_call):
        return policy
    return replace(policy, timing=started.timing, health_check=started.health_check)


@lru_cache(maxsize=64)
def _with_window(policy: Policy, window: OneOffWindow) -> Policy:
    """Kept, so that its calendar is worked out once."""
    return replace(policy, change_windows=opened(policy.change_windows, window.start, window.end))


def changed_spec(job: Job, machine: Machine, seen: Observation, policy: Rules) -> JobSpec | None:
    """What a job takes from its machine now; None if that is what it has.

    What is not known now, as while the machine is deallocated, stays as it was. A job that has
    ended follows the end of the phase alone: lists name its machine for as long as that is open.
    """
    status = seen.maintenance
    if status is None or status.wave != job.wave:
        return None
    then = JobSpec(**{each.name: getattr(job, each.name) for each in fields(JobSpec)})
    if job.state.is_final:
        now = replace(then, self_service_end=status.self_service_end)
    else:
        now = current_spec(job, machine, seen, policy)
    return None if now == then else now


def current_spec(job: Job, machine: Machine, seen: Observation, policy: Rules) -> JobSpec:
    """What a job takes from its machine now; what is not known now stays as it was."""
    placement = placement_of(machine, seen)
    if isinstance(placement, PlacementUnknown) or (
        one_at_a_time_reason(placement) and seen.power is not Power.RUNNING
    ):
        placement = job.placement
    now = spec_of(machine, seen, placement, policy)
    if not seen.is_running_at_rest:
        # What no agent can answer for says nothing of the agent.
        now = replace(now, agent=job.agent)
    return now


def _agent_check(machine: Machine, seen: Observation, policy: Policy) -> AgentCheck:
    """An agent that answers has to answer afterwards too, even where its absence is allowed."""
    if seen.agent_ready:
        return AgentCheck.REQUIRED
    return (
        AgentCheck.WAIVED if Kind.NO_AGENT in allowed_kinds(machine, policy) else AgentCheck.MISSING
    )


def _group(machine: Machine, tags: Tags) -> Placement | None:
    """The scope that the owner's tag asks for; one lane, so its slots alone limit it."""
    name = machine.tag(tags.group)
    if not name:
        return None
    return Placement(scope=Scope(f"group:{machine.subscription}/{name}"))
