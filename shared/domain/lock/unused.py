"""Locks that nobody needs any more. Pure."""

from datetime import datetime

from shared.domain.lock.semaphore import Semaphore


def is_unused(semaphore: Semaphore, before: datetime) -> bool:
    """Whether nothing that the lock stores counts any more.

    Nobody holds it or waits, it is not halted, and its last use was before an instant. A lock that
    is removed begins again with token 1: no lease of it is left that could be confused.
    """
    if semaphore.holders or semaphore.waiters or semaphore.halts:
        return False
    release = semaphore.last_release
    times = [
        semaphore.last_start,
        None if release is None else release.at,
        None if semaphore.ramp is None else semaphore.ramp.wave,
        None if semaphore.canary_progress is None else semaphore.canary_progress.wave,
    ]
    return all(each is None or each < before for each in times)
