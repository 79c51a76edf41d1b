"""A machine that starts to move, held against all others.

Lanes, cool-downs, slots, canaries, attempts (I1, I2).
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.job.job import Job
from shared.domain.job.states import State
from shared.domain.machine.machine import MachineId
from shared.domain.policy.policy import Policy
from shared.domain.redeploy.last_checks import max_call_delay
from tests.simulation.monitoring.flights import Flights
from tests.simulation.monitoring.tolerances import TOLERANCE, InvariantViolated, name_of
from tests.support.fake_azure import ActualRedeploy, FakeVm

#: two regions that Azure pairs, as its documentation has it
PAIR = {"westeurope", "northeurope"}
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Success:
    """A machine whose job ended well, in which wave and when."""

    wave: datetime
    at: datetime


class StartChecks:
    """Raises Broken where a move began that should not have."""

    def __init__(
        self, *, flights: Flights, vms: Mapping[MachineId, FakeVm], policy: Policy
    ) -> None:
        self._flights = flights
        self._everyone = vms
        self._policy = policy
        self._succeeded: dict[MachineId, list[Success]] = defaultdict(list)
        #: the wave that each machine was in when it was moved
        self._waves: dict[tuple[MachineId, datetime], datetime | None] = {}
        #: of each job that failed: its machine and its wave
        self._failed: list[tuple[MachineId, datetime]] = []
        #: when locks may last have lost which canaries came back
        self._canaries_lost_at: datetime | None = None
        #: until when an operator has answered for what is not on record any more
        self.cleared: dict[MachineId, datetime] = {}

    def on_job_ended(self, job: Job, now: datetime) -> None:
        """A job was stored. One that has succeeded was a canary, if its wave had too few yet."""
        if job.state is State.SUCCEEDED:
            self._succeeded[job.machine].append(Success(wave=job.wave, at=now))
        if job.state is State.FAILED:
            self._failed.append((job.machine, job.wave))

    def on_state_lost(self, now: datetime) -> None:
        """Locks may not count earlier canaries: more go alone, and a soak time follows them."""
        self._canaries_lost_at = now

    def on_records_lost(self) -> None:
        """An operator decided after a loss. What failed before counts no more."""
        self._failed.clear()

    def on_redeploy_started(self, redeploy: ActualRedeploy) -> None:
        """One of our calls has moved a machine."""
        must_stay = self._everyone[redeploy.machine].must_stay
        if must_stay is not None:
            raise InvariantViolated(f"kind: {name_of(redeploy.machine)} was moved, and {must_stay}")
        self._check_owner(redeploy)
        self._check_attempts(redeploy)
        for other in self._flights.own_redeploys():
            if other.machine == redeploy.machine:
                continue
            for what, lane, others in self._shared_lanes(other, redeploy):
                if lane != others:
                    self._check_lanes(other, redeploy, what)
        self._check_slots(redeploy)
        self._ramp(redeploy)
        self._check_canaries(redeploy)

    def _shared_lanes(
        self, first: ActualRedeploy, second: ActualRedeploy
    ) -> Iterator[tuple[str, object, object]]:
        """Everything that both machines are in and that has lanes, with the lane of each."""
        one, two = self._everyone[first.machine], self._everyone[second.machine]
        if first.placement == second.placement:
            yield "update domain", first.update_domain, second.update_domain
        limits, here, there = self._policy.limits, one.machine, two.machine
        in_zones = here.zone and there.zone and here.location == there.location
        if limits.per_zone is not None and in_zones:
            yield "zone", here.zone, there.zone
        if limits.per_region is not None and {here.location, there.location} <= PAIR:
            yield "region", here.location, there.location

    def _check_owner(self, redeploy: ActualRedeploy) -> None:
        """The owner's last visible tag is kept: it is read no longer before a call than this."""
        excluded = self._everyone[redeploy.machine].opted_out_at
        if excluded is None:
            return
        age = redeploy.started_at - excluded
        if age > max_call_delay(self._policy.timing) + TOLERANCE:
            raise InvariantViolated(
                f"owner: {name_of(redeploy.machine)} was moved {age} after its owner excluded it"
            )

    def _check_attempts(self, redeploy: ActualRedeploy) -> None:
        status = self._everyone[redeploy.machine].maintenance
        wave = status.self_service_start if status else None
        self._waves[redeploy.machine, redeploy.started_at] = wave
        calls = [
            each
            for each in self._flights.own_redeploys()
            if each.machine == redeploy.machine
            and each.started_at >= self.cleared.get(each.machine, each.started_at)
            and (wave is None or each.started_at >= wave)
            and wave in (None, self._waves.get((each.machine, each.started_at), wave))
        ]
        if len(calls) > self._policy.limits.max_attempts:
            raise InvariantViolated(
                f"I2: {name_of(redeploy.machine)} was moved {len(calls)} times in one wave"
            )

    def _check_lanes(self, first: ActualRedeploy, second: ActualRedeploy, what: str) -> None:
        if self._flights.is_settled(first, what):
            return
        over = self._flights.proved_ready_at(first)
        if over is None or second.started_at < over - TOLERANCE:
            raise InvariantViolated(
                f"I1: {name_of(second.machine)} of another {what} was started while "
                f"{name_of(first.machine)} is not proved well"
            )
        if second.started_at < over + self._policy.limits.cool_down - TOLERANCE:
            raise InvariantViolated(
                f"I1: {name_of(second.machine)} was started {second.started_at - over} after "
                f"{name_of(first.machine)} was well; "
                f"the cool-down is {self._policy.limits.cool_down}"
            )

    def _check_slots(self, redeploy: ActualRedeploy) -> None:
        limits = self._policy.limits
        beside = self._everyone[redeploy.machine]
        scopes: list[tuple[str, int | None, Callable[[FakeVm], bool]]] = [
            (
                "placement",
                1 if redeploy.goes_alone else limits.slots,
                lambda each: each.placement == beside.placement,
            ),
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
            ("cap:all", limits.total, lambda _: True),
            ("cap:subscription", limits.per_subscription, lambda _: True),
        ]
        group = _group(beside)
        if group:
            scopes.append((f"group {group}", limits.slots, lambda each: _group(each) == group))
        for name, slots, belongs in scopes:
            flying = {
                each.machine
                for each in self._flights.in_flight(redeploy, name)
                if belongs(self._everyone[each.machine])
            }
            if slots is not None and len(flying | {redeploy.machine}) > slots:
                raise InvariantViolated(
                    f"I1: {len(flying | {redeploy.machine})} machines of {name} are in "
                    f"flight; {slots} are allowed"
                )

    def _ramp(self, redeploy: ActualRedeploy) -> None:
        """As many together as came back before, and one more, in powers of two.

        Never more than may still fail.
        """
        status = self._everyone[redeploy.machine].maintenance
        if not self._policy.limits.ramp or status is None or status.self_service_start is None:
            return
        came_back = sum(len(each) for each in self._succeeded.values())
        # One that is not scheduled any more may have ended its job well without a move that anybody
        # saw.
        came_back += sum(each.maintenance is None for each in self._everyone.values())
        allowed = 1
        while 2 * allowed <= came_back + 1:
            allowed *= 2
        flying = {each.machine for each in self._flights.in_flight(redeploy, "cap:subscription")}
        budget = self._policy.error_budgets.subscription.failures
        if budget is not None:
            # One that failed and still holds its lease is one of those in flight, and no second.
            failed = sum(
                abs(wave - status.self_service_start) <= _A_DAY and machine not in flying
                for machine, wave in self._failed
            )
            allowed = max(1, min(allowed, budget - failed))
        if len(flying | {redeploy.machine}) > allowed:
            raise InvariantViolated(
                f"ramp: {len(flying | {redeploy.machine})} machines are unverified after "
                f"{came_back} came back; {allowed} may be"
            )

    def _check_canaries(self, redeploy: ActualRedeploy) -> None:
        """As long as too few of a placement or group came back, each goes alone.

        And then nobody for the soak time.
        """
        beside, group = self._everyone[redeploy.machine], _group(self._everyone[redeploy.machine])
        self._check_canaries_of(
            redeploy,
            [each for each in self._everyone.values() if each.placement == beside.placement],
        )
        if group:
            self._check_canaries_of(
                redeploy, [each for each in self._everyone.values() if _group(each) == group]
            )

    def _check_canaries_of(self, redeploy: ActualRedeploy, fellows: list[FakeVm]) -> None:
        canary = self._policy.canary
        names = {each.machine.id for each in fellows} - {redeploy.machine}
        proved = {
            name: at
            for name in sorted(names)
            if (at := self._flights.proved_ready_since(name, redeploy.started_at)) is not None
        }
        # One that is not scheduled any more may have ended its job well without a move that anybody
        # saw.
        passed = proved.keys() | {
            each.machine.id
            for each in fellows
            if each.machine.id in names and each.maintenance is None
        }
        flying = {each.machine for each in self._flights.in_flight(redeploy, "placement")} & names
        if len(passed) < canary.machines and flying:
            raise InvariantViolated(
                f"canary: {name_of(redeploy.machine)} was started beside "
                f"{', '.join(map(name_of, sorted(flying)))} while only {len(passed)} of "
                f"{canary.machines} canaries have come back"
            )
        wave = self._everyone[redeploy.machine].maintenance
        ended = [each for name in sorted(names) for each in self._succeeded[name]]
        if wave is None or any(each.wave != wave.self_service_start for each in ended):
            return  # a wave that was moved has canaries of its own, or none yet
        lost_at = self._canaries_lost_at
        if lost_at is not None and any(each.at <= lost_at for each in ended):
            return
        if 0 < canary.machines == len(ended):
            soaked = max(each.at for each in ended) + canary.soak
            if redeploy.started_at < soaked - TOLERANCE:
                raise InvariantViolated(
                    f"canary: {name_of(redeploy.machine)} was started "
                    f"{soaked - redeploy.started_at} before the soak time ended"
                )


def _zone(vm: FakeVm) -> tuple[str, str] | None:
    return None if vm.machine.zone is None else (vm.machine.location, vm.machine.zone)


def _region(vm: FakeVm) -> str:
    return vm.machine.location


def _group(vm: FakeVm) -> str:
    return vm.machine.tags.get("forestall-group", "")
