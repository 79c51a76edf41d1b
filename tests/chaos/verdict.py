"""What a campaign is held against: every promise, and every way in which this run broke one. Pure; shares no code with the app."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sandbox.audit.violations import Violation
from tests.chaos.eyes import Job
from tests.chaos.ledger import Due, Ledger
from tests.chaos.logs import Story


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a campaign left behind."""

    kills: int
    kills_wanted: int
    #: seconds from the end of the faults until all was over; None: it was not within the time allowed
    settled_after: float | None
    violations: Sequence[Violation]
    ledger: Ledger
    jobs: Sequence[Job]
    locks_in_use: Sequence[str]
    messages_left: Mapping[str, int]
    #: how processes ended without our doing
    ends: Sequence[str]
    story: Story


def broken_promises(found: Found) -> list[str]:
    """One sentence for each; none means that everything held."""
    return [
        *_of_the_campaign(found),
        *(f"violation of {each}" for each in found.violations),
        *_of_machines(found),
        *_of_jobs(found),
        *(f"lock still in use: {scope}" for scope in found.locks_in_use),
        *(f"{count} messages left in {queue}" for queue, count in found.messages_left.items()),
        *(f"a process ended by itself: {how}" for how in found.ends),
        *(f"an error nobody foresaw, {count} times: {what}" for what, count in found.story.surprises.items()),
    ]


def _of_the_campaign(found: Found) -> Iterator[str]:
    if found.kills < found.kills_wanted:
        yield f"only {found.kills} of {found.kills_wanted} kills were done: give it more --minutes"
    if found.settled_after is None:
        yield "it had not settled within the time allowed after the faults"
    if not found.ledger.entries:
        yield "no wave was announced: nothing was put to the test"


def _of_machines(found: Found) -> Iterator[str]:
    states = {(job.machine, _second(job.wave)): job for job in found.jobs}
    for due, entry in found.ledger.entries.items():
        job = states.get((due.machine, _second(due.wave)))
        told = f"; its job is {job.state}: {job.reason}" if job else "; it never had a job"
        if not entry.is_done:
            yield f"lost: {_named(due)} is not maintained{told}"
        if entry.accepted > 1:
            yield f"redeployed {entry.accepted} times: {_named(due)}{told}"


def _of_jobs(found: Found) -> Iterator[str]:
    known = {(due.machine, _second(due.wave)) for due in found.ledger.entries}
    seen = {(job.machine, _second(job.wave)) for job in found.jobs}
    yield from (f"no job for {machine} in wave {wave}" for machine, wave in sorted(known - seen))
    for job in found.jobs:
        if job.state != "succeeded":
            yield f"job of {job.machine} in wave {job.wave} ended {job.state}: {job.reason}"


def _named(due: Due) -> str:
    return f"{due.machine} in wave {due.wave}"


def _second(wave: str) -> str:
    """A wave's name to the second, in which it opens; the app and the simulator write the same instant differently."""
    return wave[:19]
