"""Machines that are down because of us: how many together, which ones, and how far apart.

Each start is held against the few flights of that moment, so its cost does not grow with the run.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.job.job import Job
from shared.domain.job.states import State
from shared.domain.machine.machine import Machine, MachineId
from shared.domain.policy.policy import Policy
from tests.simulation.monitoring.tolerances import TOLERANCE, InvariantViolated, name_of
from tests.simulation.weeks.judge.words import LAG, PAIR
from tests.simulation.weeks.rules import TEAM, OwnRules, RuleBook
from tests.support.fake_azure import ActualRedeploy, FakeVm

_SAME_WAVE = timedelta(days=1)


@dataclass(slots=True, kw_only=True)
class Flight:
    """One machine from its call until it is verified."""

    machine: Machine
    placement: str
    lane: object
    goes_alone: bool
    started_at: datetime
    #: None: the machine does not come back by itself
    ready_at: datetime | None
    #: an operator, a failure or the deletion of the machine has ended it
    settled: bool = False

    @property
    def subscription(self) -> str:
        """The subscription of the machine."""
        return self.machine.id.split("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A scope that machines share: its name, how many may be down, and who is in it.

    `lane_of` tells the parts apart that take turns; None: they need not.
    """

    name: str
    slots: int | None
    holds: Callable[[Flight], bool]
    lane_of: Callable[[Flight], object] | None = None


class FlightRules:
    """Raises where a machine starts that should have waited for others."""

    def __init__(
        self,
        *,
        vms: Mapping[MachineId, FakeVm],
        book: RuleBook,
        platform: Policy,
        now: Callable[[], datetime],
    ) -> None:
        self._vms = vms
        self._book = book
        self._limits = platform.limits
        self._budget = platform.error_budgets.subscription.failures
        self._now = now
        self._flights: list[Flight] = []
        self._attempts: dict[tuple[MachineId, datetime | None], int] = defaultdict(int)
        self._came_back: dict[str, list[datetime]] = defaultdict(list)
        #: failures of the newest wave of each subscription, and that wave
        self._failed: dict[str, int] = defaultdict(int)
        self._newest: dict[str, datetime] = {}
        #: the most machines in flight together
        self.most = 0

    def on_job_saved(self, job: Job, before: Job | None) -> None:
        """A job was stored. One that failed has nobody in flight any more: its budget counts it."""
        self._note_wave(job)
        if before is not None and before.state is job.state:
            return
        if job.state is State.SUCCEEDED:
            self._came_back[job.subscription].append(job.wave)
        if job.state is State.FAILED:
            in_newest = job.wave >= self._newest[job.subscription] - _SAME_WAVE
            self._failed[job.subscription] += in_newest
            self.settle(job.machine)
        if before is not None and before.state is State.PARKED:
            self.settle(job.machine)

    def _note_wave(self, job: Job) -> None:
        """A wave that begins more than a day after all others has an error budget of its own.

        A failure of an older wave counts for that one no more.
        """
        newest = self._newest.get(job.subscription)
        if newest is None or job.wave > newest + _SAME_WAVE:
            self._failed[job.subscription] = 0
        if newest is None or job.wave > newest:
            self._newest[job.subscription] = job.wave

    def settle(self, machine: MachineId) -> None:
        """A person or a failure has ended what was in flight of a machine."""
        for each in self._flights:
            if each.machine.id == machine:
                each.settled = True

    def on_redeploy_started(self, move: ActualRedeploy, machine: Machine) -> None:
        """Our call has moved a machine. `machine` as its worker read it before."""
        vm, now = self._vms[move.machine], self._now()
        if vm.must_stay is not None:
            raise InvariantViolated(f"kind: {name_of(vm.machine.id)} was moved, and {vm.must_stay}")
        self._check_attempts(vm)
        flight = Flight(
            machine=machine,
            placement=move.placement,
            lane=None if move.goes_alone else move.update_domain,
            goes_alone=move.goes_alone,
            started_at=now,
            ready_at=move.ready_at,
        )
        self._forget(now)
        others = [each for each in self._flights if each.machine.id != machine.id]
        for scope in self._scopes(flight):
            self._check_scope(scope, flight, [each for each in others if scope.holds(each)])
        self._check_ramp(flight, vm, others)
        self._flights.append(flight)
        self.most = max(self.most, 1 + sum(not self._is_over(each, now) for each in others))

    def _scopes(self, flight: Flight) -> Iterator[Shared]:
        limits, here = self._limits, flight.machine
        own = self._own(here)
        slots = 1 if flight.goes_alone else max(each.slots for each in own)
        yield Shared(
            name="placement",
            slots=slots,
            holds=lambda each: each.placement == flight.placement,
            lane_of=lambda each: each.lane,
        )
        tag = here.tags.get("forestall-group")
        if tag is not None:
            yield Shared(
                name=f"tag group {tag}",
                slots=slots,
                holds=lambda each: (
                    each.machine.tags.get("forestall-group") == tag
                    and each.subscription == flight.subscription
                ),
            )
        regions = PAIR if here.location in PAIR else {here.location}
        yield Shared(
            name="region",
            slots=limits.per_region,
            holds=lambda each: (
                each.machine.location in regions and each.subscription == flight.subscription
            ),
            lane_of=None if limits.per_region is None else lambda each: each.machine.location,
        )
        if here.zone is not None and limits.per_zone is not None:
            yield Shared(
                name="zones",
                slots=limits.per_zone,
                holds=lambda each: (
                    each.machine.zone is not None
                    and each.machine.location == here.location
                    and each.subscription == flight.subscription
                ),
                lane_of=lambda each: each.machine.zone,
            )
        yield Shared(
            name="subscription",
            slots=limits.per_subscription,
            holds=lambda each: each.subscription == flight.subscription,
        )
        yield Shared(name="total", slots=limits.total, holds=lambda _: True)

    def _check_scope(self, scope: Shared, flight: Flight, others: list[Flight]) -> None:
        now, name = self._now(), name_of(flight.machine.id)
        flying = [each for each in others if not self._is_over(each, now)]
        if scope.slots is not None and len(flying) + 1 > scope.slots:
            names = ", ".join(name_of(each.machine.id) for each in flying)
            raise InvariantViolated(
                f"I1: {name} was started beside {names}; {scope.name} has {scope.slots} slots"
            )
        if scope.lane_of is None:
            return
        own = self._own(flight.machine)
        cool_down = min(each.cool_down for each in own)
        spacing = min(each.spacing for each in own) if scope.name == "placement" else timedelta(0)
        for other in others:
            if scope.lane_of(other) != scope.lane_of(flight):
                self._check_lanes(scope, flight, other, cool_down)
            if now - other.started_at < spacing - TOLERANCE:
                raise InvariantViolated(
                    f"spacing: {name} was called {now - other.started_at} after "
                    f"{name_of(other.machine.id)}; its group's spacing is {spacing}"
                )

    def _check_lanes(
        self, scope: Shared, flight: Flight, other: Flight, cool_down: timedelta
    ) -> None:
        if other.settled:
            return
        now, over = self._now(), self._over_at(other)
        name, before = name_of(flight.machine.id), name_of(other.machine.id)
        if over is None or now < over - TOLERANCE:
            raise InvariantViolated(
                f"I1: {name} of another lane of its {scope.name} was started while {before} is "
                "not verified"
            )
        if now < over + cool_down - TOLERANCE:
            raise InvariantViolated(
                f"I1: {name} was started {now - over} after {before} was verified; the cool-down "
                f"of its group is {cool_down}"
            )

    def _check_ramp(self, flight: Flight, vm: FakeVm, others: list[Flight]) -> None:
        """As many as came back, and one more, in powers of two; never more than may still fail."""
        status, now = vm.maintenance, self._now()
        if not self._limits.ramp or status is None or status.wave is None:
            return
        wave, subscription = status.wave, flight.subscription
        came_back = sum(each >= wave - _SAME_WAVE for each in self._came_back[subscription])
        allowed = 1 << ((came_back + 1).bit_length() - 1)
        if self._budget is not None:
            allowed = max(1, min(allowed, self._budget - self._failed[subscription]))
        flying = sum(
            each.subscription == subscription and not self._is_over(each, now) for each in others
        )
        if flying + 1 > allowed:
            raise InvariantViolated(
                f"ramp: {flying + 1} machines of {subscription} are unverified after {came_back} "
                f"came back; {allowed} may be"
            )

    def _check_attempts(self, vm: FakeVm) -> None:
        wave = vm.maintenance.wave if vm.maintenance is not None else None
        key = (vm.machine.id, wave)
        self._attempts[key] += 1
        if self._attempts[key] > self._limits.max_attempts:
            raise InvariantViolated(
                f"I2: {name_of(vm.machine.id)} was moved {self._attempts[key]} times in one wave"
            )

    def _own(self, machine: Machine) -> Sequence[OwnRules]:
        now = self._now()
        return self._book.between(machine.tags.get(TEAM), now - LAG, now)

    def _over_at(self, flight: Flight) -> datetime | None:
        """When a machine is verified at the earliest: well for the bake time of its group."""
        if flight.ready_at is None:
            return None
        rules = self._book.between(
            flight.machine.tags.get(TEAM), flight.started_at - LAG, self._now()
        )
        return flight.ready_at + min(each.bake_time for each in rules)

    def _is_over(self, flight: Flight, now: datetime) -> bool:
        over = self._over_at(flight)
        return flight.settled or (over is not None and now >= over - TOLERANCE)

    def _forget(self, now: datetime) -> None:
        """Flights that keep nobody out any more, by the longest cool-down and spacing."""
        longest = timedelta(hours=4)
        self._flights = [
            each
            for each in self._flights
            if each.ready_at is None or now < each.ready_at + longest
            if not (each.settled and now > each.started_at + longest)
        ]
