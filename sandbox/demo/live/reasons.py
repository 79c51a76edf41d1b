"""Why each machine is where it is, in words with the names of machines.

A machine behind a halt is shown with the machine that caused the halt.
"""

from collections.abc import Collection, Mapping, Sequence

from sandbox.demo.live.fleet_state import name_of
from sandbox.demo.live.responses import Halt, Job, Semaphore
from sandbox.demo.live.snapshot import reason_in_short


def halted_scopes(semaphores: Sequence[Semaphore]) -> Collection[str]:
    """The scopes that a failure has halted."""
    return {each.scope for each in semaphores if each.halts}


def reasons_of(jobs: Sequence[Job], semaphores: Sequence[Semaphore]) -> Mapping[str, str]:
    """The app's reason for each machine with a job, by the machine's id."""
    halts = {each.scope: each.halts[0] for each in semaphores if each.halts}
    machines = {job.id: job.machine for job in jobs}
    return {job.machine: _reason(job, halts, machines) for job in jobs}


def _reason(job: Job, halts: Mapping[str, Halt], machines: Mapping[str, str]) -> str:
    halt = next((halts[scope] for scope in halts if job.is_behind((scope,))), None)
    if halt is None or not job.waits:
        return f"{job.state}: {reason_in_short(job.reason)}"
    by = machines.get(halt.job or "")
    who = f"the halt of {name_of(by)}" if by else "a halt"
    return f"behind {who}: {reason_in_short(halt.reason)}"
