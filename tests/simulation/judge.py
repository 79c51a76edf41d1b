"""The invariants I1-I4, I6 and I7, judged at every call from what happened in the world; the app's tables are not asked.

The judge hears what each invocation read, wrote and sent, and knows every move of every machine. I5 is judged at the end
(`ending`), as only then it can be told what was lost.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import zip_longest

from sandbox.demo.audit.rules import Windows
from sandbox.demo.audit.windows import open_until
from shared.domain.controls import Pause
from shared.domain.jobs import Job, JobId, State
from shared.domain.machines import MachineId
from shared.domain.messages import Notification
from shared.domain.observations import Gone, Observation
from shared.domain.policy import Policy
from shared.domain.records import Record
from shared.domain.semaphores import CLOCK_SKEW, Semaphore
from shared.usecases.call import time_to_act
from tests.unit.usecases.world import OURSELVES, Guest, HealthLook, Move, World

#: two regions that Azure pairs, as its documentation has it
PAIR = {"westeurope", "northeurope"}
#: how old an instance view may be that Azure shows (UNCONFIRMED: no documentation names a bound)
STALE = timedelta(seconds=20)
#: by which times measured by several clocks, on views that old, may be off
TOLERANCE = CLOCK_SKEW + STALE


class Broken(Exception):
    """An invariant does not hold; the text says which, and how it showed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What an invocation knows of a machine: as of when, and whether it may be called."""

    at: datetime
    allowed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Success:
    """A machine whose job ended well, in which wave and when."""

    wave: datetime
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A machine that did not come back: when a person was told, and which scopes were halted for it."""

    at: datetime
    halted: frozenset[str]

    def has_halted(self, what: str) -> bool:
        """Whether anything of a kind, or one thing by its name, waits for a person."""
        return any(each.startswith(what) or each.endswith(what) for each in self.halted)


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
        self._settled: dict[MachineId, datetime] = {}
        self._pauses: dict[str, Pause] = {}
        self._failed: dict[MachineId, Failure] = {}
        self._gone: dict[MachineId, datetime] = {}
        self._halted: dict[str, datetime] = {}
        self._known_failures: set[HealthLook] = set()
        self._succeeded: dict[MachineId, list[Success]] = defaultdict(list)
        self._jobs: dict[JobId, Job] = {}
        self._everyone = {each.machine.id: each for each in guests}
        self._members = dict(self._everyone)
        self.calls = 0

    def deleted(self, machine: MachineId) -> None:
        """A machine is not there any more."""
        del self._members[machine]
        self._gone[machine] = self._now()

    def read(self, who: str, seen: Observation | Gone) -> None:
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
        self._failed[machine] = Failure(at=self._now(), halted=frozenset(halted))
        self._within_the_budget(machine)

    def _within_the_budget(self, machine: MachineId) -> None:
        placement = self._everyone[machine].placement
        failed = [
            each
            for each, failure in self._failed.items()
            if self._everyone[each].placement == placement and not failure.has_halted(placement)
        ]
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
            self._known_failures.add(look)
        if job.state is State.SUCCEEDED:
            self._succeeded[job.machine].append(Success(wave=job.wave, at=self._now()))
        self._jobs[job.id] = job
        if before is None or before.state is not State.PARKED or not before.leases or job.leases:
            return
        now = self._now()
        for move in self._ours():
            if move.machine == job.machine and move.began < now - TOLERANCE and now < move.ended - TOLERANCE:
                raise Broken(
                    f"I1: the leases of {_name(job.machine)} were given back while it is being moved"
                )
        self.settled_by_person(job.machine)

    def settled_by_person(self, machine: MachineId) -> None:
        """A person has looked at a machine and brought it back: what was in flight there is over."""
        self._settled[machine] = self._now()

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
            raise Broken(f"I7: {_name(machine)} was called without the intent on record")
        if self._in_transit[machine]:
            raise Broken(f"I2: {_name(machine)} was called while another call for it is on its way")
        if any(each.machine == machine and now < each.ended for each in self._ours()):
            raise Broken(f"I2: {_name(machine)} was called while its operation runs")
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
        self._at_most_so_many_attempts(move)
        for other in self._world.moves[:-1]:
            if other.machine == machine or other.by != OURSELVES:
                continue
            for what, lane, others in self._lanes(other, move):
                if lane != others:
                    self._lanes_apart(other, move, what)
        self._slots(move)
        self._canaries(move)

    def _lanes(self, first: Move, second: Move) -> Iterator[tuple[str, object, object]]:
        """Everything whose machines take turns and that both machines are in, with the lane of each."""
        one, two = self._everyone[first.machine], self._everyone[second.machine]
        if first.placement == second.placement:
            yield "update domain", first.update_domain, second.update_domain
        limits, here, there = self._policy.limits, one.machine, two.machine
        in_zones = here.zone and there.zone and here.location == there.location
        if limits.per_zone is not None and in_zones:
            yield "zone", here.zone, there.zone
        if limits.per_region is not None and {here.location, there.location} <= PAIR:
            yield "region", here.location, there.location

    def _own_word(self, who: str, machine: MachineId, now: datetime) -> None:
        reading = self._knows[who].readings.get(machine)
        if reading is None or not reading.allowed:
            raise Broken(f"I3: {_name(machine)} was called without its own word: {reading}")
        if now - reading.at > time_to_act(self._policy.pace) + TOLERANCE:
            raise Broken(f"I3: {_name(machine)} was called on a word that is {now - reading.at} old")

    def _was_healthy(self, who: str, machine: MachineId, now: datetime) -> None:
        """A machine that did not pass its health check before could not be proved to have come back."""
        if machine not in self._probed:
            return
        look = self._knows[who].pages.get(machine)
        if look is None or not look.healthy:
            raise Broken(f"I6: {_name(machine)} was called without passing its health check: {look}")
        if now - look.at > time_to_act(self._policy.pace) + TOLERANCE:
            raise Broken(f"I6: {_name(machine)} was called on a health check that is {now - look.at} old")

    def _inside_the_window(self, machine: MachineId, now: datetime) -> None:
        closes = open_until(self._windows, now)
        opens_soon = open_until(self._windows, now + CLOCK_SKEW)
        duration = self._policy.pace.expected_duration
        fits = closes is not None and now + duration <= closes + CLOCK_SKEW
        if not fits and not (closes is None and opens_soon is not None):
            raise Broken(f"I4: {_name(machine)} was called at {now:%H:%M:%S}; the window ends {closes}")

    def _neighbours_were_asked(self, who: str, machine: MachineId, now: datetime) -> None:
        guest = self._everyone[machine]
        readings = self._knows[who].readings
        for member in self._members.values():
            if member.placement != guest.placement or member is guest:
                continue
            reading = readings.get(member.machine.id)
            if reading is None:
                raise Broken(f"I6: {_name(machine)} was called without a look at {_name(member.machine.id)}")
            if now - reading.at > time_to_act(self._policy.pace) + TOLERANCE:
                raise Broken(f"I6: the look at {_name(member.machine.id)} is {now - reading.at} old")
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
                    f"I1: {_name(guest.machine.id)} was called while a colleague moves {_name(move.machine)}"
                )

    def _not_held_back(self, machine: MachineId, now: datetime) -> None:
        """A switch works at once for what starts later; what had passed it already has its time to act."""
        for pause in self._pauses.values():
            hit = pause.target in ("everything", f"machine:{machine}")
            if hit and now > pause.at + time_to_act(self._policy.pace) + TOLERANCE:
                raise Broken(
                    f"kill switch: {_name(machine)} was called {now - pause.at} after {pause.target} was paused"
                )

        for scope, at in self._halted.items():
            hit = scope.endswith(self._everyone[machine].placement)
            if hit and now > at + time_to_act(self._policy.pace) + TOLERANCE:
                raise Broken(f"halt: {_name(machine)} was called {now - at} after {scope} was halted")

    def _at_most_so_many_attempts(self, move: Move) -> None:
        status = self._everyone[move.machine].status
        wave = status.self_service_start if status else None
        calls = [
            each
            for each in self._ours()
            if each.machine == move.machine and (wave is None or each.began >= wave)
        ]
        if len(calls) > self._policy.limits.attempts:
            raise Broken(f"I2: {_name(move.machine)} was moved {len(calls)} times in one wave")

    def _lanes_apart(self, first: Move, second: Move, what: str) -> None:
        if self._is_settled(first, what):
            return
        over = self._proved_well(first)
        if over is None or second.began < over - TOLERANCE:
            raise Broken(
                f"I1: {_name(second.machine)} of another {what} was started while "
                f"{_name(first.machine)} is not proved well"
            )
        if second.began < over + self._policy.limits.cool_down - TOLERANCE:
            raise Broken(
                f"I1: {_name(second.machine)} was started {second.began - over} after {_name(first.machine)} was well; "
                f"the cool-down is {self._policy.limits.cool_down}"
            )

    def _slots(self, move: Move) -> None:
        limits = self._policy.limits
        beside = self._everyone[move.machine]
        scopes: list[tuple[str, int | None, Callable[[Guest], bool]]] = [
            ("placement", limits.slots, lambda each: each.placement == beside.placement),
            (
                "zone",
                limits.per_zone,
                lambda each: _zone(beside) is not None and _zone(each) == _zone(beside),
            ),
            (
                "region",
                limits.per_region,
                lambda each: {_region(each), _region(beside)} == {_region(each)} <= PAIR,
            ),
            ("cap:all", limits.in_all, lambda _: True),
            ("cap:subscription", limits.per_subscription, lambda _: True),
        ]
        group = _group(beside)
        if group:
            scopes.append((f"group {group}", limits.slots, lambda each: _group(each) == group))
        for name, slots, belongs in scopes:
            flying = {
                each.machine for each in self._in_flight(move, name) if belongs(self._everyone[each.machine])
            }
            if slots is not None and len(flying | {move.machine}) > slots:
                raise Broken(
                    f"I1: {len(flying | {move.machine})} machines of {name} are in flight; {slots} are allowed"
                )

    def _canaries(self, move: Move) -> None:
        """As long as too few of a placement or group came back, each goes alone; and then nobody for the soak time."""
        beside, group = self._everyone[move.machine], _group(self._everyone[move.machine])
        self._canaries_of(
            move, [each for each in self._everyone.values() if each.placement == beside.placement]
        )
        if group:
            self._canaries_of(move, [each for each in self._everyone.values() if _group(each) == group])

    def _canaries_of(self, move: Move, fellows: list[Guest]) -> None:
        canary = self._policy.canary
        names = {each.machine.id for each in fellows} - {move.machine}
        proved = {name: at for name in sorted(names) if (at := self._came_back(name, move.began)) is not None}
        # One that is not scheduled any more may have ended its job well without a move that anybody saw.
        passed = proved.keys() | {
            each.machine.id for each in fellows if each.machine.id in names and each.status is None
        }
        flying = {each.machine for each in self._in_flight(move, "placement")} & names
        if len(passed) < canary.machines and flying:
            raise Broken(
                f"canary: {_name(move.machine)} was started beside {', '.join(map(_name, sorted(flying)))} while only "
                f"{len(passed)} of {canary.machines} canaries have come back"
            )
        wave = self._everyone[move.machine].status
        ended = [each for name in sorted(names) for each in self._succeeded[name]]
        if wave is None or any(each.wave != wave.self_service_start for each in ended):
            return  # a wave that was moved has canaries of its own, or none yet
        if 0 < canary.machines == len(ended):
            soaked = max(each.at for each in ended) + canary.soak
            if move.began < soaked - TOLERANCE:
                raise Broken(
                    f"canary: {_name(move.machine)} was started {soaked - move.began} before the soak time ended"
                )

    def _came_back(self, machine: MachineId, now: datetime) -> datetime | None:
        """Since when a machine is proved well after a move by whomever; None if it never was."""
        times = [self._proved_well(each) for each in self._world.moves if each.machine == machine]
        return min((at for at in times if at is not None and at <= now + TOLERANCE), default=None)

    def _in_flight(self, move: Move, what: str) -> Iterator[Move]:
        for each in self._ours():
            if each is move or each.machine == move.machine or self._is_settled(each, f"slot of {what}"):
                continue
            over = self._proved_well(each)
            if over is None or move.began < over - TOLERANCE:
                yield each

    def _is_settled(self, move: Move, what: str) -> bool:
        """Whether the flight is over for a lane or a slot: by a person's word, or by a failure that keeps nobody out there."""
        word = self._settled.get(move.machine)
        if word is not None and word >= move.began:
            return True
        failure = self._failed.get(move.machine)
        if failure is None or failure.at < move.began:
            return False
        match what:
            case "zone" | "region":
                return not failure.halted
            case "update domain" | "slot of placement":
                return not failure.has_halted(self._everyone[move.machine].placement)
            case _ if what.startswith("slot of group"):
                return not failure.has_halted("group:")
        return True

    def _proved_well(self, move: Move) -> datetime | None:
        """When a machine was well for the bake time after a move, by the platform and by its health check."""
        gone = self._gone.get(move.machine)
        last = self._last_of(move)
        if last is None or last.well_at is None:
            return gone
        over = last.well_at + self._policy.pace.bake_time
        if move.machine in self._probed:
            passed = self._passed_its_check(last)
            if passed is None:
                return gone
            over = max(over, passed)
        return over if gone is None else min(over, gone)

    def _last_of(self, move: Move) -> Move | None:
        """The move after which the machine was well: that one, or another that began before it was.

        One that begins and ends while it bakes, between two looks, nobody sees.
        """
        later = [
            each for each in self._world.moves if each.machine == move.machine and each.began >= move.began
        ]
        for each, following in zip_longest(later, later[1:]):
            if each.well_at is not None and (following is None or following.began >= each.well_at):
                return each
        return None

    def _passed_its_check(self, move: Move) -> datetime | None:
        """When a machine's page had been healthy for the bake time, at every look since a move that is known to anyone.

        What a worker saw and took with it when it died, nobody knows (docs/guarantees.md, "What comes and goes").
        """
        since = None
        for look in self._world.health_looks:
            if look.machine != move.machine or look.at < move.ended:
                continue
            if look.healthy:
                since = since or look.at
            elif look in self._known_failures:
                since = None
            if since is not None and look.at - since >= self._policy.pace.bake_time - TOLERANCE:
                return look.at
        return None

    def _ours(self) -> Iterator[Move]:
        return (each for each in self._world.moves if each.by == OURSELVES)


def _zone(guest: Guest) -> tuple[str, str] | None:
    return None if guest.machine.zone is None else (guest.machine.location, guest.machine.zone)


def _region(guest: Guest) -> str:
    return guest.machine.location


def _group(guest: Guest) -> str:
    return guest.machine.tags.get("forestall-group", "")


def _name(machine: MachineId) -> str:
    return machine.rsplit("/", 1)[-1]
