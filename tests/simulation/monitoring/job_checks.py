"""How a job goes from state to state, held against what happened to its machine."""

from collections import defaultdict
from datetime import datetime

from shared.domain.job.job import Job, JobId
from shared.domain.job.states import State
from tests.simulation.monitoring.tolerances import InvariantViolated, name_of

#: times that a job may come back to waiting from a look at its machine, without another attempt
_MAX_LOOKS = 6


class JobChecks:
    """Raises InvariantViolated where a job goes a way that it should not."""

    def __init__(self) -> None:
        self._looks: dict[JobId, int] = defaultdict(int)

    def on_saved(self, before: Job | None, job: Job, seen_wave: datetime | None) -> None:
        """A job was stored. `seen_wave`: what its worker has read of the machine's wave, if any."""
        if before is None:
            return
        self._check_wave(before, job, seen_wave)
        self._check_reopened(before, job)
        self._check_rounds(before, job)

    def _check_wave(self, before: Job, job: Job, seen_wave: datetime | None) -> None:
        """A machine that its worker saw in another wave is done with the job's own."""
        again = before.state is State.VERIFYING and job.state is State.DEFERRED
        if again and seen_wave not in (None, job.wave):
            raise InvariantViolated(
                f"I5: {name_of(job.machine)} waits for another attempt in the wave of {job.wave},"
                f" and is in the one of {seen_wave}"
            )

    def _check_reopened(self, before: Job, job: Job) -> None:
        """A job that waits again is the same job: its attempts count on."""
        if before.state.is_final and not job.state.is_final and job.attempts != before.attempts:
            raise InvariantViolated(
                f"I2: the job of {name_of(job.machine)} was reopened with {job.attempts} attempts,"
                f" and had made {before.attempts}"
            )

    def _check_rounds(self, before: Job, job: Job) -> None:
        by_operator = before.state.is_final and job.reason.startswith("reopened by ")
        if before.state is State.PARKED or by_operator or job.attempts > before.attempts:
            self._looks[job.id] = 0
        elif job.state is State.DEFERRED and (
            before.state.is_final or before.state in (State.REDEPLOYING, State.VERIFYING)
        ):
            self._looks[job.id] += 1
        if self._looks[job.id] > _MAX_LOOKS:
            raise InvariantViolated(
                f"I5: {name_of(job.machine)} came back to waiting {self._looks[job.id]} times"
                " without another attempt"
            )
