"""What a run costs: steps, requests, messages and rows, for each machine."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime

from shared.domain.job.job import Job, JobId
from shared.domain.messages import JobStep
from tests.simulation.monitoring.tolerances import InvariantViolated, name_of

#: deliveries of one job's steps in one day in which nothing of it progressed
MOST_IDLE_STEPS_A_DAY = 60
#: state changes without another attempt, of one job in one day
MOST_CHANGES_A_DAY = 30
TABLES = (
    "jobs",
    "semaphores",
    "pauses",
    "marks",
    "inventory",
    "exemptions",
    "scans",
    "audit_trail",
)
WRITES = frozenset(("insert", "save", "store", "append", "note", "add", "remove", "store_run"))

#: of one seed, as an average of its machines: each is about twice the most of 300 seeds
MOST_OF_A_MACHINE = {
    "steps": 40,
    "table reads": 100,
    "table writes": 100,
    "notifications": 6,
    "trail rows": 60,
}


def figures(
    costs: "CostRules", requests: Mapping[tuple[str, str], int], trail_rows: int, machines: int
) -> dict[str, float]:
    """What each machine has cost so far: its steps, and the requests that they made."""
    reads = writes = recoveries = 0
    for (kind, place), times in requests.items():
        port, _, verb = place.partition(".")
        if port not in TABLES:
            continue
        if kind == "redeploys" and verb in WRITES:
            writes += times
        elif kind == "redeploys":
            reads += times
        elif kind == "recover timer":
            recoveries += times
    return {
        "steps": costs.steps / machines,
        "table reads": reads / machines,
        "table writes": writes / machines,
        "notifications": costs.notifications / machines,
        "trail rows": trail_rows / machines,
        "requests of a recovery": recoveries / max(1, costs.recoveries),
    }


class CostRules:
    """Raises where one job spins; counts the rest."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._idle: dict[JobId, Counter[int]] = defaultdict(Counter)
        self._changes: dict[JobId, Counter[int]] = defaultdict(Counter)
        self.steps = 0
        #: runs of the timer of recovery
        self.recoveries = 0
        self.notifications = 0
        self.most_idle = 0
        self.most_changes = 0

    def on_step(self, message: JobStep) -> None:
        """A step of a job was delivered."""
        self.steps += 1
        day = self._now().toordinal()
        idle = self._idle[message.job]
        idle[day] += 1
        self.most_idle = max(self.most_idle, idle[day])
        if idle[day] > MOST_IDLE_STEPS_A_DAY:
            raise InvariantViolated(
                f"spin: {message.job} took {idle[day]} steps in one day without any progress"
            )

    def on_job_saved(self, job: Job, before: Job | None) -> None:
        """A job was stored: another state or another attempt is progress."""
        if before is None or (before.state, before.attempts) == (job.state, job.attempts):
            return
        day = self._now().toordinal()
        self._idle[job.id][day] = 0
        changes = self._changes[job.id]
        changes[day] = 0 if job.attempts > before.attempts else changes[day] + 1
        self.most_changes = max(self.most_changes, changes[day])
        if changes[day] > MOST_CHANGES_A_DAY:
            raise InvariantViolated(
                f"spin: the job of {name_of(job.machine)} changed its state {changes[day]} times "
                "in one day without another attempt"
            )
