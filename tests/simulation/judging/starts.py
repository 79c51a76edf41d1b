"""A machine that starts to move, held against all others: lanes, cool-downs, slots, canaries, attempts (I1, I2)."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.job.job import Job
from shared.domain.job.states import State
from shared.domain.machine.machine import MachineId
from shared.domain.policy.policy import Policy
from tests.simulation.judging.bounds import TOLERANCE, Broken, name_of
from tests.simulation.judging.flights import Flights
from tests.support.world import Guest, Move

#: two regions that Azure pairs, as its documentation has it
PAIR = {"westeurope", "northeurope"}
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Success:
    """A machine whose job ended well, in which wave and when."""

    wave: datetime
    at: datetime


class Starts:
    """Raises Broken where a move began that should not have."""

    def __init__(self, *, flights: Flights, everyone: Mapping[MachineId, Guest], policy: Policy) -> None:
        self._flights = flights
        self._everyone = everyone
        self._policy = policy
        self._succeeded: dict[MachineId, list[Success]] = defaultdict(list)
        #: waves of the jobs that failed
        self._failed: list[datetime] = []

    def ended(self, job: Job, now: datetime) -> None:
        """A job was stored. One that has succeeded was a canary, if its wave had too few yet."""
        if job.state is State.SUCCEEDED:
            self._succeeded[job.machine].append(Success(wave=job.wave, at=now))
        if job.state is State.FAILED:
            self._failed.append(job.wave)

    def began(self, move: Move) -> None:
        """A call of ours has moved a machine."""
        self._at_most_so_many_attempts(move)
        for other in self._flights.ours():
            if other.machine == move.machine:
                continue
            for what, lane, others in self._lanes(other, move):
                if lane != others:
                    self._lanes_apart(other, move, what)
        self._slots(move)
        self._ramp(move)
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

    def _at_most_so_many_attempts(self, move: Move) -> None:
        status = self._everyone[move.machine].status
        wave = status.self_service_start if status else None
        calls = [
            each
            for each in self._flights.ours()
            if each.machine == move.machine and (wave is None or each.began >= wave)
        ]
        if len(calls) > self._policy.limits.attempts:
            raise Broken(f"I2: {name_of(move.machine)} was moved {len(calls)} times in one wave")

    def _lanes_apart(self, first: Move, second: Move, what: str) -> None:
        if self._flights.is_settled(first, what):
            return
        over = self._flights.proved_well(first)
        if over is None or second.began < over - TOLERANCE:
            raise Broken(
                f"I1: {name_of(second.machine)} of another {what} was started while "
                f"{name_of(first.machine)} is not proved well"
            )
        if second.began < over + self._policy.limits.cool_down - TOLERANCE:
            raise Broken(
                f"I1: {name_of(second.machine)} was started {second.began - over} after {name_of(first.machine)} was well; "
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
                each.machine
                for each in self._flights.in_flight(move, name)
                if belongs(self._everyone[each.machine])
            }
            if slots is not None and len(flying | {move.machine}) > slots:
                raise Broken(
                    f"I1: {len(flying | {move.machine})} machines of {name} are in flight; {slots} are allowed"
                )

    def _ramp(self, move: Move) -> None:
        """As many at once as came back before, and one more, in powers of two; never more than may still fail."""
        status = self._everyone[move.machine].status
        if not self._policy.limits.ramp or status is None or status.self_service_start is None:
            return
        came_back = sum(len(each) for each in self._succeeded.values())
        # One that is not scheduled any more may have ended its job well without a move that anybody saw.
        came_back += sum(each.status is None for each in self._everyone.values())
        allowed = 1
        while 2 * allowed <= came_back + 1:
            allowed *= 2
        budget = self._policy.failures.subscription.failures
        if budget is not None:
            failed = sum(abs(wave - status.self_service_start) <= _A_DAY for wave in self._failed)
            allowed = max(1, min(allowed, budget - failed))
        flying = {each.machine for each in self._flights.in_flight(move, "cap:subscription")}
        if len(flying | {move.machine}) > allowed:
            raise Broken(
                f"ramp: {len(flying | {move.machine})} machines are unverified after {came_back} came back; {allowed} may be"
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
        proved = {
            name: at
            for name in sorted(names)
            if (at := self._flights.came_back(name, move.began)) is not None
        }
        # One that is not scheduled any more may have ended its job well without a move that anybody saw.
        passed = proved.keys() | {
            each.machine.id for each in fellows if each.machine.id in names and each.status is None
        }
        flying = {each.machine for each in self._flights.in_flight(move, "placement")} & names
        if len(passed) < canary.machines and flying:
            raise Broken(
                f"canary: {name_of(move.machine)} was started beside {', '.join(map(name_of, sorted(flying)))} while only "
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
                    f"canary: {name_of(move.machine)} was started {soaked - move.began} before the soak time ended"
                )


def _zone(guest: Guest) -> tuple[str, str] | None:
    return None if guest.machine.zone is None else (guest.machine.location, guest.machine.zone)


def _region(guest: Guest) -> str:
    return guest.machine.location


def _group(guest: Guest) -> str:
    return guest.machine.tags.get("forestall-group", "")
