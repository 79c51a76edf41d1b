"""The tiers of a group of the policy: whether an earlier one is still to be done."""

from collections.abc import Iterable

from shared.domain import reasons
from shared.domain.job.job import Job
from shared.domain.machine.placement import tier_number
from shared.domain.policy.policy import tier_name
from shared.usecases.app import App
from shared.usecases.open_tiers import OPEN_TIERS_KEPT, TierJob


async def pending_tier(app: App, job: Job) -> str | None:
    """Why the job's tier may not start yet, in words; None: every earlier tier is done.

    A tier is done when each of its jobs has ended. One that failed has halted the group, which is
    looked at later. Jobs of every subscription count. Reads the open jobs, at most once in
    OPEN_TIERS_KEPT, for a job of a later tier only.
    """
    if job.tier is None or tier_number(job.tier) == 1:
        return None
    await _refresh(app)
    seen = app.open_tiers
    if seen.has_unreadable:
        return reasons.TIER_UNREADABLE
    number = tier_number(job.tier)
    earlier = [each for each in seen.jobs.get(job.tier.scope, ()) if each.number < number]
    if earlier:
        first = min(earlier)
        name = tier_name(app.policy_of(job), first.number)
        return reasons.waits_for_tier(name, first.machine, first.state)
    scanned = (await app.scans.load(job.subscription)).value.last_complete_at
    if scanned is None or scanned < job.created_at:
        return reasons.TIER_NOT_SCANNED
    return None


async def _refresh(app: App) -> None:
    seen, now = app.open_tiers, app.now()
    if seen.read_at is not None and now - seen.read_at < OPEN_TIERS_KEPT:
        return
    jobs = await app.jobs.open()
    seen.replace(now, _of_tiers(jobs), has_unreadable=bool(jobs.unreadable))


def _of_tiers(jobs: Iterable[Job]) -> Iterable[tuple[str, TierJob]]:
    for each in jobs:
        if each.tier is not None:
            number = tier_number(each.tier)
            yield each.tier.scope, TierJob(number, each.machine, each.state.value)
