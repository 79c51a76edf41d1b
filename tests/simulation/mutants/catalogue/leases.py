"""The leases of a job, and what a process caches of their semaphores."""

import ast

from shared.domain.job.required_locks import _placements
from shared.domain.lock.semaphore import Semaphore, WakeUp
from shared.domain.policy.policy import Limits
from shared.usecases.jobs.change_semaphore import _change_what_was_written_last, _store
from shared.usecases.jobs.locks import (
    _renewal,
    acquire_all,
    change_and_wake,
    release_all_unused,
    renew_all,
)
from tests.simulation.mutants.mutant import Mutant
from tests.simulation.mutants.patches import always, drop, never, returns


def _results(results: list[Semaphore]) -> list[Semaphore]:
    return results


LEASES = (
    Mutant("take no lease for the cap over all", _placements, drop(Limits.total)),
    Mutant("never renew", renew_all, never(_renewal)),
    Mutant("wake nobody", change_and_wake, never(WakeUp.jobs)),
    Mutant("keep what was taken before a busy lease", acquire_all, drop(release_all_unused)),
    Mutant(
        "act on a cached lock although its store was refused",
        _change_what_was_written_last,
        always(_store),
    ),
    Mutant(
        "trust an outdated cache that there is nothing to do",
        _change_what_was_written_last,
        returns(ast.Eq, _results),
    ),
)
