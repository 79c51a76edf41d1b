"""The scan of one subscription.

Every machine's instance view, a plan, and a message for each new job.
"""

from collections.abc import Iterable, Sequence

from shared.domain.job.decision import with_spec
from shared.domain.job.job import Job, JobId
from shared.domain.job.spec import changed_spec
from shared.domain.machine.instance_view import Observation
from shared.domain.machine.listing import ListedMachine
from shared.domain.machine.machine import Machine
from shared.domain.messages import JobStep, ScanRequest
from shared.domain.plan.planning import Plan, plan
from shared.domain.policy.eligibility import exemption_reason, has_unknown_value
from shared.errors import MachineUnreadable
from shared.telemetry import log_event, log_warning
from shared.usecases.app import App
from shared.usecases.concurrency import map_concurrently
from shared.usecases.jobs.stored_job import get_job
from shared.usecases.jobs.update_spec import record_spec
from shared.usecases.scan.end_finished_waves import end_finished_waves
from shared.usecases.scan.listing import list_machines


async def scan_subscription(app: App, request: ScanRequest) -> None:
    """Store what a subscription's machines say of themselves, and plan their jobs.

    A machine with an open self-service phase gets a job.

    Jobs that wait follow their machines: a moved end of the phase is taken over, and a job whose
    wave is over ends. Idempotent: a job that exists is not made again. Each machine is judged
    by its own instance view, or by the one that the listing of its Uniform scale set carries. A
    listing of VMs says nothing of maintenance (I6).
    """
    subscription = request.subscription
    if not app.watches(subscription):
        log_event("subscription.not_watched", subscription=subscription)
        return
    listing = await list_machines(app, subscription)
    machines = [each.machine for each in listing.machines]
    listed = [machine.id for machine in machines]
    seen = await _observe_all(app, listing.machines)
    known = {job.id: job for job in await app.jobs.of_subscription(subscription)}
    made = plan(seen, known=known, policy=app.policy, now=app.now())
    await _record_inventory(app, seen, made)
    await _record_unreadable(app, machines, seen)
    if listing.is_whole:
        await app.inventory.retain(subscription, listed)
    await _update_waiting_jobs(app, seen, known.values())
    await end_finished_waves(app, listed, seen, known.values(), request)
    for job in made.jobs:
        await _start(app, job, request)
    _warn_of_tags(app, machines)
    log_event(
        "subscription.scanned",
        subscription=subscription,
        machines=len(seen),
        new_jobs=len(made.jobs),
    )


async def _observe_all(
    app: App, listed: Sequence[ListedMachine]
) -> list[tuple[Machine, Observation]]:
    async def observe(each: ListedMachine) -> tuple[Machine, Observation] | None:
        machine = each.machine
        if each.seen is not None:
            return (machine, each.seen)
        try:
            seen = await app.azure.observe(machine.id)
        except MachineUnreadable as fault:
            # One machine that makes no sense must not hide all the others; it is left alone, and
            # reported (I6).
            log_warning("machine.unreadable", machine=machine.id, reason=fault)
            return None
        return (machine, seen) if isinstance(seen, Observation) else None

    return [each for each in await map_concurrently(observe, listed) if each is not None]


def _warn_of_tags(app: App, machines: Sequence[Machine]) -> None:
    """A tag that says neither yes nor no leaves its machine alone, which its owner may not have meant."""
    for machine in machines:
        if has_unknown_value(machine, app.policy.tags):
            log_warning(
                "tag.unknown_value",
                machine=machine.id,
                reason=exemption_reason(machine, app.policy.tags),
            )


async def _record_inventory(
    app: App, seen: Sequence[tuple[Machine, Observation]], made: Plan
) -> None:
    reasons = {each.machine: each.reason for each in made.not_planned}

    async def note(sighting: tuple[Machine, Observation]) -> None:
        machine, observation = sighting
        await app.inventory.note(machine, observation, reasons.get(machine.id, "has a job"))

    await map_concurrently(note, seen)


async def _record_unreadable(
    app: App, machines: Sequence[Machine], seen: Sequence[tuple[Machine, Observation]]
) -> None:
    """A machine whose view could not be read is a neighbour all the same.

    It is looked at before another one is called.
    """
    read = {machine.id for machine, _ in seen}
    unread = [machine for machine in machines if machine.id not in read]
    await map_concurrently(
        lambda machine: app.inventory.note_unreadable(machine, "its view could not be read"), unread
    )


async def _update_waiting_jobs(
    app: App, seen: Sequence[tuple[Machine, Observation]], known: Iterable[Job]
) -> None:
    """Have waiting jobs take anew what they took from their machines.

    One that holds leases does so by itself before its call.
    """
    shown = {machine.id: (machine, observation) for machine, observation in seen}
    for job in known:
        if (
            job.machine in shown
            and not job.leases
            and changed_spec(job, *shown[job.machine], app.policy) is not None
        ):
            await _update_spec(app, job.id, *shown[job.machine])


async def _update_spec(app: App, job: JobId, machine: Machine, seen: Observation) -> None:
    """Lost to a step that runs at the same time, it is done by the next scan."""
    stored = await get_job(app, job)
    spec = (
        None
        if stored is None or stored.value.leases
        else changed_spec(stored.value, machine, seen, app.policy)
    )
    if stored is None or spec is None:
        return
    if await app.jobs.save(with_spec(stored.value, spec, app.now()), stored.version) is not None:
        await record_spec(app, job, spec)


async def _start(app: App, job: Job, request: ScanRequest) -> None:
    version = await app.jobs.insert(job)
    if version is None:
        return
    await app.record(
        job.id,
        "job.planned",
        machine=job.machine,
        scope=job.placement.scope,
        lane=job.placement.lane,
        health_check=job.health_check and job.health_check.display_url,
        wave=job.wave.isoformat(),
        cause=f"{request.cause.value} {request.trigger_id}",
    )
    await app.queues.send_step(JobStep(job=job.id, step=job.step), job.due)
