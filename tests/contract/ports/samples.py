"""Values that the suites of the ports store: a job, machines, observations."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from shared.domain.health.health_check import HealthCheck
from shared.domain.job.job import HeldLease, Job, job_id
from shared.domain.job.states import State
from shared.domain.machine.instance_view import Observation, Power, Provisioning
from shared.domain.machine.machine import Machine, SubscriptionId, machine_id
from shared.domain.machine.placement import Lane, Placement, Scope

NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
WAVE = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
ONE = SubscriptionId("11111111-1111-1111-1111-111111111111")
TWO = SubscriptionId("22222222-2222-2222-2222-222222222222")
SET = f"/subscriptions/{ONE}/resourcegroups/shop/providers/microsoft.compute/availabilitysets/web"
SCOPE = Scope(f"avset:{SET}")


def a_machine(name: str = "web-0", subscription: SubscriptionId = ONE) -> Machine:
    """A member of the availability set `web`."""
    home = f"/subscriptions/{subscription}/resourceGroups/Shop/providers/Microsoft.Compute"
    return Machine(
        id=machine_id(f"{home}/virtualMachines/{name}"),
        location="westeurope",
        tags={"Tier": "web"},
        availability_set=f"{home}/availabilitysets/web".lower(),
    )


def an_observation(machine: Machine, update_domain: int | None = 0) -> Observation:
    """The machine is well, and no maintenance is planned."""
    return Observation(
        machine=machine.id,
        at=NOW,
        power=Power.RUNNING,
        provisioning=Provisioning.SUCCEEDED,
        agent_ready=True,
        update_domain=update_domain,
    )


def a_job(
    name: str = "web-0", subscription: SubscriptionId = ONE, due: datetime | None = NOW
) -> Job:
    """A job with every optional field filled, so that a store that loses one is found out."""
    machine = a_machine(name, subscription)
    job = Job(
        id=job_id(machine.id, WAVE),
        machine=machine.id,
        wave=WAVE,
        self_service_end=WAVE + timedelta(days=35),
        placement=Placement(scope=SCOPE, lane=Lane("ud:0")),
        group=Placement(scope=Scope(f"group:{subscription}/shop")),
        due=due,
        reason="planned for „now“ 🙂",
        created_at=NOW,
        changed_at=NOW,
        state_entered_at=NOW + timedelta(microseconds=1),
    )
    return replace(
        job,
        state=State.VERIFYING,
        step=7,
        health_check=HealthCheck(url="https://web-0.example.com/health?code=1", by_tag=True),
        attempts=1,
        reported_risks=("pause", "time"),
        leases=(HeldLease(scope=SCOPE, token=3),),
        operation=(
            "https://management.azure.com/subscriptions/1/operations/2?p=3&api-version=2026-04-01"
        ),
        started_at=NOW,
        ready_since=NOW,
    )
