"""Everybody is served.

Jobs that behave as the use cases do, in simulated time, until all of them had their turn.

A job asks when its message comes: at the time its refusal named, or when a release woke it. Some
jobs come back several times (a withdrawn slot, a machine that landed on another old host) before
they are done.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.lock.operations import acquire, next_waiters, release, release_unused
from shared.domain.lock.semaphore import MAX_WAITERS, Busy, LockRequest, Semaphore
from shared.domain.machine.placement import Lane, Scope
from tests.unit.domain.samples import MINUTE, NOW

HOLD = 8 * MINUTE


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingJob:
    """A job: its lane, when it comes first, and how often it gives its slot back unused."""

    lane: Lane | None
    arrives: int
    withdrawals: int = 0


@dataclass(slots=True, kw_only=True)
class LockSimulation:
    """Simulated time: a heap of what happens next."""

    waiting_jobs: Sequence[WaitingJob]
    slots: int
    cool_down: timedelta
    spacing: timedelta
    recheck: timedelta
    value: Semaphore = field(default_factory=lambda: Semaphore(scope=Scope("avset:web")))
    done: dict[int, datetime] = field(default_factory=dict)
    served: list[int] = field(default_factory=list)
    _heap: list[tuple[datetime, int, str, int]] = field(default_factory=list)
    _count: int = 0
    _withdrawn: dict[int, int] = field(default_factory=dict)

    def run(self, until: datetime) -> None:
        for n, waiting_job in enumerate(self.waiting_jobs):
            self._at(NOW + waiting_job.arrives * MINUTE, "ask", n)
        while self._heap and len(self.done) < len(self.waiting_jobs):
            now, _, what, n = heapq.heappop(self._heap)
            assert now <= until, (
                f"{len(self.waiting_jobs) - len(self.done)} still wait: {self.value}"
            )
            if what == "ask":
                self._acquire(n, now)
            else:
                self._give_back(n, now)
        assert len(self.done) == len(self.waiting_jobs), f"nobody is called any more: {self.value}"

    def _acquire(self, n: int, now: datetime) -> None:
        if n in self.done or self.value.lease_of(str(n)) is not None:
            return  # a second message for a job that continued: stale
        request = LockRequest(
            job=str(n),
            lane=self.waiting_jobs[n].lane,
            slots=self.slots,
            lease=HOLD,
            cool_down=self.cool_down,
            spacing=self.spacing,
            recheck=self.recheck,
        )
        self.value, result = acquire(self.value, request, now)
        if isinstance(result, Busy):
            assert result.until is not None
            assert result.until > now
            self._at(result.until, "ask", n)
        elif self._withdrawn.get(n, 0) < self.waiting_jobs[n].withdrawals:
            self._withdrawn[n] = self._withdrawn.get(n, 0) + 1
            self.value = release_unused(self.value, str(n), result.lease.token, NOW)
            self._at(now + self.recheck, "ask", n)
            self._wake(now)
        else:
            self.served.append(n)
            self._at(now + HOLD, "give back", n)

    def _give_back(self, n: int, now: datetime) -> None:
        lease = self.value.lease_of(str(n))
        assert lease is not None
        self.value = release(self.value, str(n), lease.token, now)
        self.done[n] = now
        self._wake(now)

    def _wake(self, now: datetime) -> None:
        woken = next_waiters(self.value, now, self.cool_down, self.spacing)
        for job in woken.jobs:
            self._at(woken.at, "ask", int(job))

    def _at(self, when: datetime, what: str, n: int) -> None:
        self._count += 1
        heapq.heappush(self._heap, (when, self._count, what, n))


lanes = st.sampled_from([Lane("ud:0"), Lane("ud:1"), Lane("ud:2")])
waiting_jobs = st.lists(
    st.builds(WaitingJob, lane=lanes, arrives=st.integers(0, 60), withdrawals=st.integers(0, 3)),
    min_size=1,
    max_size=12,
)
rules = {
    "slots": st.integers(1, 4),
    "cool_down": st.sampled_from([0, 5, 30]).map(lambda n: n * MINUTE),
    "spacing": st.sampled_from([0, 3, 20]).map(lambda n: n * MINUTE),
}


@settings(max_examples=150, deadline=None)
@given(waiting_jobs=waiting_jobs, **rules)
def test_everybody_is_served_within_a_bound_if_everybody_asks_again(
    waiting_jobs: list[WaitingJob], slots: int, cool_down: timedelta, spacing: timedelta
) -> None:
    recheck = 5 * MINUTE
    play = LockSimulation(
        waiting_jobs=waiting_jobs,
        slots=slots,
        cool_down=cool_down,
        spacing=spacing,
        recheck=recheck,
    )

    # At worst one after the other, each in another lane, and each noticing its turn two rechecks
    # late.
    starts = sum(1 + waiting_job.withdrawals for waiting_job in waiting_jobs)
    play.run(until=NOW + 60 * MINUTE + starts * (HOLD + cool_down + spacing + 2 * recheck))


@settings(max_examples=150, deadline=None)
@given(waiting_jobs=waiting_jobs, **rules)
def test_wake_ups_alone_serve_everybody(
    waiting_jobs: list[WaitingJob], slots: int, cool_down: timedelta, spacing: timedelta
) -> None:
    """Nobody's own recheck comes in time to help: it is a month away."""
    patient = [
        WaitingJob(lane=waiting_job.lane, arrives=waiting_job.arrives)
        for waiting_job in waiting_jobs
    ]
    play = LockSimulation(
        waiting_jobs=patient,
        slots=slots,
        cool_down=cool_down,
        spacing=spacing,
        recheck=MINUTE * 60 * 720,
    )

    play.run(until=NOW + 60 * MINUTE + len(patient) * (HOLD + cool_down + spacing))


@settings(max_examples=50, deadline=None)
@given(count=st.integers(1, 10), slots=st.integers(1, 4), arrivals=st.permutations(range(10)))
def test_in_one_lane_the_order_of_arrival_is_the_order_of_service(
    count: int, slots: int, arrivals: list[int]
) -> None:
    waiting_jobs = [WaitingJob(lane=None, arrives=minute) for minute in arrivals[:count]]
    play = LockSimulation(
        waiting_jobs=waiting_jobs,
        slots=slots,
        cool_down=30 * MINUTE,
        spacing=timedelta(0),
        recheck=5 * MINUTE,
    )

    play.run(until=NOW + timedelta(days=1))

    assert play.served == sorted(range(count), key=lambda n: waiting_jobs[n].arrives)


def test_more_jobs_than_are_remembered_are_all_served() -> None:
    many = [WaitingJob(lane=Lane(f"ud:{n % 5}"), arrives=0) for n in range(2 * MAX_WAITERS)]
    play = LockSimulation(
        waiting_jobs=many, slots=3, cool_down=30 * MINUTE, spacing=timedelta(0), recheck=5 * MINUTE
    )

    play.run(until=NOW + timedelta(days=3))


def test_each_lane_is_emptied_before_the_next_when_all_come_at_once() -> None:
    """A wave in an availability set.

    Five update domains cost four cool-downs, not one between any two machines.
    """
    wave = [WaitingJob(lane=Lane(f"ud:{n % 5}"), arrives=0) for n in range(20)]
    play = LockSimulation(
        waiting_jobs=wave, slots=2, cool_down=30 * MINUTE, spacing=timedelta(0), recheck=5 * MINUTE
    )

    play.run(until=NOW + timedelta(days=1))

    changes = [
        a
        for a, b in zip(play.served, play.served[1:], strict=False)
        if wave[a].lane != wave[b].lane
    ]
    assert len(changes) == 4
    assert max(play.done.values()) == NOW + 4 * 30 * MINUTE + 10 * HOLD
