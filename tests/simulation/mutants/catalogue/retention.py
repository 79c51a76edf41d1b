"""The nightly sweep: what it must keep, and what it must not leave behind."""

from shared.domain.job.archiving import _is_over, archivable
from shared.domain.job.job import Job
from shared.domain.job.states import State
from shared.usecases.retention.sweep import _archive_jobs, _remove_lock, _remove_locks
from tests.simulation.mutants.mutant import Mutant
from tests.simulation.mutants.patches import instead, without


def _no_jobs() -> tuple[Job, ...]:
    return ()


def _not_removed() -> bool:
    return False


RETENTION = (
    Mutant("never move an ended job to the archive", _archive_jobs, instead(archivable, _no_jobs)),
    Mutant("archive a job that has not ended", _is_over, without(State.is_final)),
    Mutant("keep every lock", _remove_locks, instead(_remove_lock, _not_removed)),
)
