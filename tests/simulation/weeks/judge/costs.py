"""What a run costs: steps, requests, messages and rows, for each machine."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime

from shared.domain.job.job import Job, JobId
from shared.domain.machine.machine import MachineId
from shared.domain.messages import JobStep
from tests.simulation.monitoring.tolerances import InvariantViolated, name_of

#: deliveries of one job's steps in one day in which nothing of it progressed
MOST_IDLE_STEPS_A_DAY = 60
#: and so many more for each hour in which a service could not be reached: one in five minutes
_OF_AN_OUTAGE = 13
#: state changes without another attempt, of one job in one day
MOST_CHANGES_A_DAY = 30
#: refused calls of one machine in one day, those apart after which Azure says when to come again
MOST_REFUSED_A_DAY = 14
_REFUSED = frozenset((403, 409))
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

#: of one seed, as an average of its machines. A refusal of a whole subscription for four days
#: costs each of its machines some 40 calls, each with its leases.
MOST_OF_A_MACHINE = {
    "steps": 40,
    "table reads": 300,
    "table writes": 300,
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
        self._of_outages: Counter[int] = Counter()
        self._refused: dict[MachineId, Counter[int]] = defaultdict(Counter)
        self.most_refused = 0
        self.steps = 0
        #: runs of the timer of recovery
        self.recoveries = 0
        self.notifications = 0
        self.most_idle = 0
        self.most_changes = 0

    def on_outage(self, hours: float) -> None:
        """A service cannot be reached from now on: a job in flight looks every five minutes."""
        today = self._now().toordinal()
        for day in (today, today + 1):
            self._of_outages[day] += round(hours * _OF_AN_OUTAGE)

    def on_step(self, message: JobStep) -> None:
        """A step of a job was delivered."""
        self.steps += 1
        day = self._now().toordinal()
        idle = self._idle[message.job]
        idle[day] += 1
        self.most_idle = max(self.most_idle, idle[day])
        if idle[day] > MOST_IDLE_STEPS_A_DAY + self._of_outages[day]:
            raise InvariantViolated(
                f"spin: {message.job} took {idle[day]} steps in one day without any progress"
            )

    def on_answer(self, machine: MachineId, status: int | None) -> None:
        """Azure answered a call. One that is refused again is made ever more rarely."""
        if status not in _REFUSED:
            return
        day, refused = self._now().toordinal(), self._refused[machine]
        refused[day] += 1
        self.most_refused = max(self.most_refused, refused[day])
        if refused[day] > MOST_REFUSED_A_DAY:
            raise InvariantViolated(
                f"back-off: {name_of(machine)} was called {refused[day]} times in one day, and "
                "refused each time"
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
        if changes[day] > MOST_CHANGES_A_DAY + 2 * self._of_outages[day]:
            raise InvariantViolated(
                f"spin: the job of {name_of(job.machine)} changed its state {changes[day]} times "
                "in one day without another attempt"
            )
