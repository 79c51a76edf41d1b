"""Locks that nobody needs any more. Pure."""

from datetime import datetime

from shared.domain.lock.semaphore import Semaphore
from shared.domain.machine.maintenance import LONGEST_PHASE


def is_unused(semaphore: Semaphore, before: datetime) -> bool:
    """Whether nothing that the lock stores counts any more.

    Nobody holds it or waits, it is not halted, and its last use was before an instant. Failures of
    a wave count until its phase is over: a new ramp would give the error budget back. A lock that
    is removed begins again with token 1: no lease of it is left that could be confused.
    """
    if semaphore.holders or semaphore.waiters or semaphore.halts:
        return False
    ramp, canaries = semaphore.ramp, semaphore.canary_progress
    if ramp is not None and ramp.failed and ramp.wave + LONGEST_PHASE >= before:
        return False
    times = [
        semaphore.last_move,
        None if ramp is None else ramp.wave,
        None if canaries is None else canaries.wave,
    ]
    return all(each is None or each < before for each in times)
