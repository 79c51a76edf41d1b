"""A pause as an operator asks for it: its target is looked up, and the answer says what it holds.

A check that cannot be made in time prevents no pause: to stop is the safe side.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from shared.domain.guid import read_guid
from shared.domain.job.job import Job
from shared.domain.job.states import State
from shared.domain.machine.machine import MachineId, SubscriptionId, address_of
from shared.domain.notices.regions import is_region
from shared.domain.redeploy.pauses import (
    EVERYTHING,
    Pause,
    normal_target,
    parse_target,
    targets_of,
    with_subscription,
)
from shared.errors import Unavailable
from shared.telemetry import log_warning
from shared.usecases.app import App
from shared.usecases.operate.job_commands import CommandRejected
from shared.usecases.operate.pause import pause

#: for the look at jobs and machines: the answer has to come within seconds
LONGEST_CHECK = timedelta(seconds=1.5)
_PAGE = 1_000


class SubscriptionUnknown(Exception):
    """A name that no subscription has, or more than one. The text says what to write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a pause holds, and what is followed to its end."""

    #: jobs that wait, or are parked
    waiting: int
    #: machines of these jobs
    machines: int
    #: jobs whose machine is in flight: they are followed to their end
    in_flight: int

    @property
    def is_nothing(self) -> bool:
        """Whether no open job is in the target."""
        return not self.waiting and not self.in_flight


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """A pause that is stored. `held` is None where nobody could count in time."""

    pause: Pause
    held: Held | None


async def pause_target(
    app: App,
    target: str,
    *,
    reason: str,
    by: str,
    length: timedelta | None = None,
    even_if_nothing: bool = False,
) -> Paused | CommandRejected:
    """Let nothing new start in the target, for a length of time or until somebody resumes.

    Refused where no open job and no known machine is in the target, which is probably misspelt,
    unless `even_if_nothing`. ValueError if the target is none; SubscriptionUnknown as `resolved`;
    Unavailable where only Azure knows the subscription of a name, and does not answer.
    """
    wanted = await resolved(app, target)
    held = None
    if wanted != EVERYTHING:
        found = await _within_time(app, wanted, is_checked=not even_if_nothing)
        if isinstance(found, CommandRejected):
            return found
        held = found
    until = None if length is None else app.now() + length
    added = await pause(app, wanted, reason=reason, by=by, until=until)
    if wanted == EVERYTHING:
        # Counted afterwards: a stop of everything waits for nothing.
        counted = await _within_time(app, wanted, is_checked=False)
        held = None if isinstance(counted, CommandRejected) else counted
    return Paused(pause=added, held=held)


async def resolved(app: App, target: str) -> str:
    """The normal target, with the id of a subscription that is named.

    SubscriptionUnknown where no subscription, or more than one, has the name.
    """
    wanted = normal_target(target)
    name = parse_target(wanted).subscription
    if not name:
        return wanted
    try:
        return with_subscription(wanted, read_guid(name))
    except ValueError:
        names = await app.azure.subscription_names()
    found = [each for each, shown in names.items() if name in (each, shown.strip().lower())]
    if len(found) == 1:
        return with_subscription(wanted, found[0])
    if found:
        raise SubscriptionUnknown(
            f"{len(found)} subscriptions have the name {name!r}. Write the id of one:"
            f" {', '.join(sorted(found))}"
        )
    raise SubscriptionUnknown(
        f"the app's identity sees no subscription with the name or id {name!r}."
        " `az account list --output table` shows names and ids"
    )


async def _within_time(app: App, target: str, *, is_checked: bool) -> Held | CommandRejected | None:
    """What the target holds; None where a store or Azure does not answer in time."""
    try:
        async with asyncio.timeout(LONGEST_CHECK.total_seconds()):
            held = held_by(target, await app.jobs.open())
            if is_checked and held.is_nothing and not await _has_known_machine(app, target):
                return CommandRejected(
                    reason=f"{target} would hold nothing: no open job and no known machine is in"
                    " it. Check how it is written. To pause it anyway, add"
                    ' --even-if-nothing ("evenIfNothing": true)'
                )
            return held
    except (TimeoutError, Unavailable) as outage:
        log_warning("pause.not_checked", target=target, reason=str(outage) or "not done in time")
        return None


def held_by(target: str, jobs: list[Job]) -> Held:
    """What a pause of the target holds among open jobs."""
    found = [job for job in jobs if not job.state.is_final and target in targets_of(job)]
    waiting = [job for job in found if job.state.is_waiting]
    parked = [job for job in waiting if job.state is State.PARKED and job.leases]
    return Held(
        waiting=len(waiting) - len(parked),
        machines=len({job.machine for job in waiting}),
        in_flight=len(found) - len(waiting) + len(parked),
    )


async def _has_known_machine(app: App, target: str) -> bool:
    """Whether scans know a machine in the target. A watched subscription counts without machines.

    For a group, it looks at every machine of its subscription.
    """
    parts = parse_target(target)
    subscription = SubscriptionId(parts.subscription)
    if parts.kind == "subscription":
        return subscription in await app.watched()
    if parts.kind == "region":
        return is_region(parts.name)
    if parts.kind == "machine":
        machine = MachineId(parts.name)
        subscription = address_of(machine).subscription
        return not await app.inventory.absent(subscription, [machine])
    tags = {each.tags.group for each in app.rules.all()}
    after = None
    while True:
        page = await app.inventory.page(subscription, after, _PAGE)
        for entry in page.entries:
            if any(entry.machine.tag(tag) == parts.name for tag in tags):
                return True
        after = page.last
        if after is None:
            return False
