"""What a campaign is held against: every promise, and every way in which this run broke one.

Pure; shares no code with the app.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sandbox.audit.violations import Violation
from tests.chaos.app_view import Job
from tests.chaos.logs import HostLogSummary
from tests.chaos.wave_progress import MachineWave, WaveProgress


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignResult:
    """What a campaign left behind."""

    kills: int
    kills_wanted: int
    #: seconds from the end of the faults until all was over; None: it was not within the time
    #: allowed
    idle_after: float | None
    violations: Sequence[Violation]
    progress: WaveProgress
    jobs: Sequence[Job]
    locks_in_use: Sequence[str]
    messages_left: Mapping[str, int]
    #: how processes ended without our doing
    ends: Sequence[str]
    log_summary: HostLogSummary


def broken_guarantees(result: CampaignResult) -> list[str]:
    """One sentence for each; none means that everything held."""
    return [
        *_of_the_campaign(result),
        *(f"violation of {each}" for each in result.violations),
        *_of_machines(result),
        *_of_jobs(result),
        *(f"lock still in use: {scope}" for scope in result.locks_in_use),
        *(f"{count} messages left in {queue}" for queue, count in result.messages_left.items()),
        *(f"a process ended by itself: {how}" for how in result.ends),
        *(
            f"an error nobody foresaw, {count} times: {what}"
            for what, count in result.log_summary.unexpected_errors.items()
        ),
    ]


def _of_the_campaign(result: CampaignResult) -> Iterator[str]:
    if result.kills < result.kills_wanted:
        yield f"only {result.kills} of {result.kills_wanted} kills were done: allow more --minutes"
    if result.idle_after is None:
        yield "it had not settled within the time allowed after the faults"
    if not result.progress.entries:
        yield "no wave was announced: nothing was put to the test"


def _of_machines(result: CampaignResult) -> Iterator[str]:
    states = {(job.machine, _second(job.wave)): job for job in result.jobs}
    for machine_wave, entry in result.progress.entries.items():
        job = states.get((machine_wave.machine, _second(machine_wave.wave)))
        told = f"; its job is {job.state}: {job.reason}" if job else "; it never had a job"
        if not entry.is_done:
            yield f"lost: {_named(machine_wave)} is not maintained{told}"
        if entry.accepted > 1:
            yield f"redeployed {entry.accepted} times: {_named(machine_wave)}{told}"


def _of_jobs(result: CampaignResult) -> Iterator[str]:
    known = {
        (machine_wave.machine, _second(machine_wave.wave))
        for machine_wave in result.progress.entries
    }
    seen = {(job.machine, _second(job.wave)) for job in result.jobs}
    yield from (f"no job for {machine} in wave {wave}" for machine, wave in sorted(known - seen))
    for job in result.jobs:
        if job.state != "succeeded":
            yield f"job of {job.machine} in wave {job.wave} ended {job.state}: {job.reason}"


def _named(machine_wave: MachineWave) -> str:
    return f"{machine_wave.machine} in wave {machine_wave.wave}"


def _second(wave: str) -> str:
    """A wave's name to the second, in which it opens.

    The app and the simulator write the same instant differently.
    """
    return wave[:19]
