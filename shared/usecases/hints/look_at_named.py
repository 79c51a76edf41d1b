"""Look at machines that something named: a hint of Resource Graph, or an event of Azure.

What their own views say is judged like what a scan sees. A look that finds a new wave asks for a
scan that reads every machine of the subscription, because a wave is rarely of one machine.
"""

import hashlib

from shared.concurrency import map_concurrently
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.machine.machine import Machine, MachineId
from shared.domain.messages import Cause, ScanRequest
from shared.errors import AzureUnavailable, QuotaUsedUp
from shared.telemetry import log_event, log_warning
from shared.usecases.app import App
from shared.usecases.scan.judge import KnownJobs, carry_out, judge
from shared.usecases.scan.look import look_at
from shared.usecases.scan.request_scans import request_scan

_AT_ONCE = 8


async def look_at_named(app: App, request: ScanRequest) -> None:
    """Read the named machines now, and start a job for each that is in a wave.

    Idempotent. A machine that cannot be read is left to the sweep. With canaries in the policy, a
    scan of the subscription plans the jobs, as it alone knows every machine.
    """
    subscription = request.subscription
    if not app.watches(subscription):
        log_event("subscription.not_watched", subscription=subscription)
        return
    known = KnownJobs(await app.jobs.of_subscription(subscription))
    machines = await _read(app, request.machines)
    looked = await look_at(app, machines, insist=False)
    made = judge(app, known, looked.seen)
    await _record_disagreements(app, request, looked.seen)
    if made.jobs:
        occasion = "|".join(sorted({each.wave.isoformat() for each in made.jobs}))
        digest = hashlib.blake2b(occasion.encode(), digest_size=6).hexdigest()
        await request_scan(app, subscription, Cause.WAVE, f"wave of a hint {digest}")
    if any(each.canary.machines for each in app.rules.all()):
        return
    started = await carry_out(app, known, looked.seen, made, request)
    log_event(
        "machines.looked_at",
        subscription=subscription,
        cause=request.cause,
        named=len(request.machines),
        read=len(looked.seen),
        new_jobs=started,
    )


async def _read(app: App, machines: tuple[MachineId, ...]) -> list[Machine]:
    """The resources of the machines, without those that are gone or cannot be read."""

    async def read(machine: MachineId) -> Machine | None:
        try:
            found = await app.azure.read_machine(machine)
        except QuotaUsedUp:
            raise
        except AzureUnavailable as fault:
            log_warning("machine.unreadable", machine=machine, reason=fault)
            return None
        return None if isinstance(found, NotFound) else found

    return [each for each in await map_concurrently(read, machines, _AT_ONCE) if each is not None]


async def _record_disagreements(
    app: App, request: ScanRequest, seen: list[tuple[Machine, Observation]]
) -> None:
    """Put on record where a hint names a machine, and its own view shows no maintenance."""
    if request.cause is not Cause.HINT:
        return
    for machine, view in seen:
        if view.maintenance is None:
            await app.record(machine.id, "hint.not_confirmed", cause=request.trigger_id)
