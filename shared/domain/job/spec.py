"""What a job takes from its machine, and takes anew while it waits.

The end of the phase, its scopes, its health check. Pure.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from shared.domain.health.health_check import HealthCheck, health_check_of
from shared.domain.job.job import Job
from shared.domain.machine.instance_view import Observation
from shared.domain.machine.machine import Machine
from shared.domain.machine.placement import (
    Placement,
    PlacementUnknown,
    Scope,
    pair_of,
    placement_of,
    zone_of,
)
from shared.domain.policy.policy import Policy, Tags


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSpec:
    """Each field is one of the job's, under the same name."""

    self_service_end: datetime | None
    placement: Placement
    group: Placement | None
    zone: Placement | None
    pair: Placement
    health_check: HealthCheck | None

    def as_changes(self) -> dict[str, Any]:
        """The fields with their values, as changes of a job."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


def spec_of(machine: Machine, seen: Observation, placement: Placement, policy: Policy) -> JobSpec:
    """What a job of the machine takes from it; `placement` is where the machine stands."""
    return JobSpec(
        self_service_end=None if seen.maintenance is None else seen.maintenance.self_service_end,
        placement=placement,
        group=_group(machine, policy.tags),
        zone=zone_of(machine),
        pair=pair_of(machine),
        health_check=health_check_of(machine, policy.health_check, policy.tags.health_check),
    )


def changed_spec(job: Job, machine: Machine, seen: Observation, policy: Policy) -> JobSpec | None:
    """The particulars of an open job where its machine, or the policy, shows others for the same wave; None if nothing changed.

    A placement that cannot be told now, as while the machine is deallocated, stays what it was.
    """
    status = seen.maintenance
    if status is None or status.wave != job.wave or job.state.is_final:
        return None
    placement = placement_of(machine, seen)
    shown = job.placement if isinstance(placement, PlacementUnknown) else placement
    now = spec_of(machine, seen, shown, policy)
    then = JobSpec(**{each.name: getattr(job, each.name) for each in fields(JobSpec)})
    return None if now == then else now


def _group(machine: Machine, tags: Tags) -> Placement | None:
    """The scope that the owner's tag asks for; one lane, so its slots alone limit it."""
    name = machine.tag(tags.group)
    if not name:
        return None
    return Placement(scope=Scope(f"group:{machine.subscription}/{name}"))
