"""The invariants I1-I4, I6 and I7, judged at every call from what happened in the world; the app's tables are not asked.

The judge hears what each invocation read, wrote and sent, and knows every move of every machine. I5 is judged at the end
(`tests.simulation.ending`), as only then it can be told what was lost.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.audit.rules import Windows
from sandbox.audit.windows import open_until
from shared.domain.audit import Record
from shared.domain.job.job import Job, JobId
from shared.domain.job.states import State
from shared.domain.lock.semaphore import CLOCK_SKEW, Semaphore
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.machine.machine import MachineId
from shared.domain.messages import Notification
from shared.domain.policy.policy import Policy
from shared.domain.redeploy.last_checks import act_within
from shared.domain.redeploy.pauses import Pause
from tests.simulation.judging.bounds import TOLERANCE, Broken, name_of
from tests.simulation.judging.flights import Failure, Flights
from tests.simulation.judging.starts import Starts
from tests.support.world import OURSELVES, Guest, HealthLook, World


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What an invocation knows of a machine: as of when, and whether it may be called."""

    at: datetime
    allowed: bool


@dataclass(slots=True)
class Knowledge:
    """What one invocation has done so far."""

    readings: dict[MachineId, Reading] = field(default_factory=dict)
    intents: set[str] = field(default_factory=set)
    pages: dict[MachineId, HealthLook] = field(default_factory=dict)


class Judge:
    """Raises Broken at the event that breaks an invariant."""

    def __init__(
        self,
        *,
        world: World,
        guests: Iterable[Guest],
        policy: Policy,
        windows: Windows,
        probed: frozenset[MachineId],
        now: Callable[[], datetime],
    ) -> None:
        self._world = world
        self._policy = policy
        self._windows = windows
        #: machines that have a health check
        self._probed = probed
        self._now = now
        self._knows: dict[str, Knowledge] = defaultdict(Knowledge)
        self._in_transit: dict[MachineId, int] = defaultdict(int)
        self._pauses: dict[str, Pause] = {}
        self._halted: dict[str, datetime] = {}
        self._jobs: dict[JobId, Job] = {}
        self._everyone = {each.machine.id: each for each in guests}
        self._members = dict(self._everyone)
        self._flights = Flights(world=world, everyone=self._everyone, policy=policy, probed=probed, now=now)
        self._starts = Starts(flights=self._flights, everyone=self._everyone, policy=policy)
        self.calls = 0

    def deleted(self, machine: MachineId) -> None:
        """A machine is not there any more."""
        del self._members[machine]
        self._flights.gone[machine] = self._now()

    def read(self, who: str, seen: Observation | NotFound) -> None:
        """An invocation has read a machine's instance view, as of the observation's instant."""
        allowed = isinstance(seen, Observation) and seen.maintenance is not None and seen.maintenance.allowed
        self._knows[who].readings[seen.machine] = Reading(at=seen.at, allowed=allowed)

    def asked(self, who: str) -> None:
        """An invocation has heard a health check: the last one of the world's."""
        look = self._world.health_looks[-1] if self._world.health_looks else None
        if look is not None and look.at == self._now():
            self._knows[who].pages[look.machine] = look

    def recorded(self, who: str, line: Record) -> None:
        """An invocation has put a line on the trail."""
        if line.event == "about_to_call":
            self._knows[who].intents.add(line.detail["machine"])

    def told(self, notification: Notification) -> None:
        """A person is told of something. A machine that did not come back counts for no cap any more.

        Where the error budget had room for it, it keeps no lane out either: that is what the budget is for.
        """
        if notification.kind not in ("scope.halted", "job.failed"):
            return
        name, _, text = notification.text.partition(": ")
        halted = text.partition("halted: ")[2].split(", ") if notification.kind == "scope.halted" else []
        machine = MachineId(name)
        failure = Failure(at=self._now(), halted=frozenset(halted))
        self._flights.failed[machine] = failure
        if not failure.has_halted(self._everyone[machine].placement):
            self._within_the_budget(machine)

    def _within_the_budget(self, machine: MachineId) -> None:
        """Of the machines of one placement that failed in waves under way, fewer than the bound."""
        placement, now = self._everyone[machine].placement, self._now()
        failed = {
            job.machine
            for job in self._jobs.values()
            if job.state is State.FAILED
            and self._everyone[job.machine].placement == placement
            and (job.self_service_end is None or job.self_service_end > now)
        }
        most = self._policy.failures.group.failures
        if most is not None and len(failed) >= most:
            raise Broken(
                f"failure: {len(failed)} machines of {placement} failed, and it was not halted at {most}"
            )

    def paused(self, pause: Pause) -> None:
        """Somebody threw a kill switch, now."""
        self._pauses[pause.target] = pause

    def resumed(self, target: str) -> None:
        """Somebody lifted one."""
        self._pauses.pop(target, None)

    def stored(self, semaphore: Semaphore) -> None:
        """A lock was written."""
        if all(each.lane is not None for each in semaphore.halts):
            self._halted.pop(semaphore.scope, None)
        else:
            self._halted.setdefault(semaphore.scope, self._now())

    def saved(self, who: str, job: Job) -> None:
        """A job was stored. Only a person's word takes the leases of a parked one, and it ends the machine's flight."""
        before = self._jobs.get(job.id)
        look = self._knows[who].pages.get(job.machine)
        if look is not None and not look.healthy:
            self._flights.known_failures.add(look)
        self._starts.ended(job, self._now())
        self._jobs[job.id] = job
        if before is None or before.state is not State.PARKED or not before.leases or job.leases:
            return
        now = self._now()
        for move in self._flights.ours():
            if move.machine == job.machine and move.began < now - TOLERANCE and now < move.ended - TOLERANCE:
                raise Broken(
                    f"I1: the leases of {name_of(job.machine)} were given back while it is being moved"
                )
        self.settled_by_person(job.machine)

    def settled_by_person(self, machine: MachineId) -> None:
        """A person has looked at a machine and brought it back: what was in flight there is over."""
        self._flights.settle(machine)

    def issued(self, who: str, machine: MachineId) -> None:
        """An invocation sends the call; what it knew and when counts from here."""
        self.calls += 1
        now = self._now()
        self._own_word(who, machine, now)
        self._inside_the_window(machine, now)
        self._neighbours_were_asked(who, machine, now)
        self._was_healthy(who, machine, now)
        self._not_held_back(machine, now)
        if machine not in self._knows[who].intents:
            raise Broken(f"I7: {name_of(machine)} was called without the intent on record")
        if self._in_transit[machine]:
            raise Broken(f"I2: {name_of(machine)} was called while another call for it is on its way")
        if any(each.machine == machine and now < each.ended for each in self._flights.ours()):
            raise Broken(f"I2: {name_of(machine)} was called while its operation runs")
        self._in_transit[machine] += 1

    def vanished(self, machine: MachineId) -> None:
        """A call that was sent will never arrive."""
        self._in_transit[machine] -= 1

    def arrived(self, machine: MachineId) -> None:
        """A call has reached Compute; where it moves the machine, that is the last of the world's moves."""
        self._in_transit[machine] -= 1
        move = self._world.moves[-1] if self._world.moves else None
        if move is None or move.machine != machine or move.began != self._now() or move.by != OURSELVES:
            return
        self._starts.began(move)

    def _own_word(self, who: str, machine: MachineId, now: datetime) -> None:
        reading = self._knows[who].readings.get(machine)
        if reading is None or not reading.allowed:
            raise Broken(f"I3: {name_of(machine)} was called without its own word: {reading}")
        if now - reading.at > act_within(self._policy.pace) + TOLERANCE:
            raise Broken(f"I3: {name_of(machine)} was called on a word that is {now - reading.at} old")

    def _was_healthy(self, who: str, machine: MachineId, now: datetime) -> None:
        """A machine that did not pass its health check before could not be proved to have come back."""
        if machine not in self._probed:
            return
        look = self._knows[who].pages.get(machine)
        if look is None or not look.healthy:
            raise Broken(f"I6: {name_of(machine)} was called without passing its health check: {look}")
        if now - look.at > act_within(self._policy.pace) + TOLERANCE:
            raise Broken(f"I6: {name_of(machine)} was called on a health check that is {now - look.at} old")

    def _inside_the_window(self, machine: MachineId, now: datetime) -> None:
        closes = open_until(self._windows, now)
        opens_soon = open_until(self._windows, now + CLOCK_SKEW)
        duration = self._policy.pace.expected_duration
        fits = closes is not None and now + duration <= closes + CLOCK_SKEW
        if not fits and not (closes is None and opens_soon is not None):
            raise Broken(f"I4: {name_of(machine)} was called at {now:%H:%M:%S}; the window ends {closes}")

    def _neighbours_were_asked(self, who: str, machine: MachineId, now: datetime) -> None:
        guest = self._everyone[machine]
        readings = self._knows[who].readings
        for member in self._members.values():
            if member.placement != guest.placement or member is guest:
                continue
            reading = readings.get(member.machine.id)
            if reading is None:
                raise Broken(
                    f"I6: {name_of(machine)} was called without a look at {name_of(member.machine.id)}"
                )
            if now - reading.at > act_within(self._policy.pace) + TOLERANCE:
                raise Broken(f"I6: the look at {name_of(member.machine.id)} is {now - reading.at} old")
            self._no_stranger_in_the_way(guest, member, reading, now)

    def _no_stranger_in_the_way(self, guest: Guest, member: Guest, reading: Reading, now: datetime) -> None:
        """A move by others counts where the invocation could see it; what began after its look, nobody can know.

        A later move ends a former one. How long a machine that runs has not been well, only some Azures tell.
        """
        began = [m for m in self._world.moves if m.machine == member.machine.id and m.began <= reading.at]
        for move in began[-1:]:
            over = move.ended
            if self._world.tells_when_operations_ended and move.well_at is not None:
                over = min(move.well_at, move.ended + self._policy.pace.verify_timeout)
            visible = reading.at < over and now < over
            if move.by != OURSELVES and visible and member.update_domain != guest.update_domain:
                raise Broken(
                    f"I1: {name_of(guest.machine.id)} was called while a colleague moves {name_of(move.machine)}"
                )

    def _not_held_back(self, machine: MachineId, now: datetime) -> None:
        """A switch works at once for what starts later; what had passed it already has its time to act."""
        for pause in self._pauses.values():
            hit = pause.target in ("everything", f"machine:{machine}")
            if hit and now > pause.at + act_within(self._policy.pace) + TOLERANCE:
                raise Broken(
                    f"kill switch: {name_of(machine)} was called {now - pause.at} after {pause.target} was paused"
                )

        for scope, at in self._halted.items():
            hit = scope.endswith(self._everyone[machine].placement)
            if hit and now > at + act_within(self._policy.pace) + TOLERANCE:
                raise Broken(f"halt: {name_of(machine)} was called {now - at} after {scope} was halted")
