"""The semaphore under arbitrary histories.

Workers with true and stale tokens, a policy that changes, time that passes.

A model beside it stores only what an observer sees: who was let in, who gave back what, and
when.
"""

from datetime import datetime, timedelta

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from shared.domain.lock.operations import (
    acquire,
    add_halt,
    next_waiters,
    release,
    release_unused,
    remove_halts,
    remove_waiter,
    renew,
)
from shared.domain.lock.semaphore import (
    MAX_WAITERS,
    Acquired,
    Ending,
    Halt,
    Lease,
    LockRequest,
    Semaphore,
)
from shared.domain.machine.placement import Lane, Scope
from tests.unit.domain.samples import MINUTE, NOW

LANES = (Lane("ud:0"), Lane("ud:1"), Lane("ud:2"))
JOBS = tuple(f"job-{n}" for n in range(8))
RECHECK = 5 * MINUTE
LEASE = 15 * MINUTE

jobs = st.sampled_from(JOBS)


class AnySemaphore(RuleBasedStateMachine):
    """Every rule of the lock, for all events in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.value = Semaphore(scope=Scope("avset:web"))
        self.has_lanes = True
        self.policy = (1, 30 * MINUTE, timedelta(0))
        self.canaries, self.soak = 0, timedelta(0)
        #: machines that came back maintained, and when the last of them did
        self.passed, self.passed_at = 0, NOW
        self.tokens: list[int] = []
        self.stale: list[tuple[str, int]] = []
        #: of every slot under which something happened, or may yet
        self.starts: list[datetime] = []
        self.last_release: tuple[Lane | None, datetime] | None = None

    @initialize(has_lanes=st.booleans())
    def choose_scope(self, has_lanes: bool) -> None:
        self.has_lanes = has_lanes

    @rule(
        slots=st.integers(1, 4),
        cool_down=st.integers(0, 40),
        spacing=st.sampled_from([0, 0, 7, 20]),
        canaries=st.sampled_from([0, 0, 1, 2]),
        soak=st.sampled_from([0, 25]),
    )
    def change_the_policy(
        self, slots: int, cool_down: int, spacing: int, canaries: int, soak: int
    ) -> None:
        self.policy = (slots, cool_down * MINUTE, spacing * MINUTE)
        self.canaries, self.soak = canaries, soak * MINUTE

    @rule(minutes=st.integers(1, 45))
    def pass_time(self, minutes: int) -> None:
        self.now += minutes * MINUTE

    @rule(job=jobs)
    def acquire_slot(self, job: str) -> None:
        before = self.value
        held = before.lease_of(job)

        self.value, result = acquire(before, self.claim(job), self.now)

        if held is not None and any(each.blocks(held.lane) for each in before.halts):
            assert self.value == before
        elif held is not None:
            assert isinstance(result, Acquired)
            assert result.lease.token == held.token
            assert self.value.next_token == before.next_token
        elif isinstance(result, Acquired):
            self.must_have_been_free(before, result.lease)
            self.tokens.append(result.lease.token)
            self.starts.append(self.now)
        else:
            assert self.value.holders == before.holders
            assert self.value.next_token == before.next_token
            assert result.until is not None
            assert result.until > self.now
        again, second = acquire(self.value, self.claim(job), self.now)
        assert again == self.value, "asking twice is asking once"
        assert isinstance(second, type(result))

    def must_have_been_free(self, before: Semaphore, lease: Lease) -> None:
        slots, cool_down, spacing = self.policy
        assert not any(each.blocks(lease.lane) for each in before.halts)
        if self.passed < self.canaries:
            assert before.holders == ()
        elif self.passed == self.canaries > 0:
            assert self.now - self.passed_at >= self.soak
        assert len(before.holders) < slots
        assert all(each.lane == lease.lane for each in before.holders)
        assert lease.token > max(self.tokens, default=0)
        if self.starts:
            assert self.now - max(self.starts) >= spacing
        if self.last_release is not None and self.last_release[0] != lease.lane:
            assert self.now - self.last_release[1] >= cool_down

    @precondition(lambda self: self.value.holders)
    @rule(
        data=st.data(),
        how=st.sampled_from(["proved", "proved", "not proved", "failed", "failed in its lane"]),
    )
    def release_slot(self, data: st.DataObject, how: str) -> None:
        lease: Lease = data.draw(st.sampled_from(self.value.holders))
        fails = how.startswith("failed")
        lane = lease.lane if how == "failed in its lane" else None
        halt = Halt(reason="it did not come back", job=lease.job, at=self.now, lane=lane)

        self.value = add_halt(self.value, halt) if fails else self.value
        self.value = release(
            self.value,
            lease.job,
            lease.token,
            self.now,
            Ending(wave=NOW, came_back=True) if how == "proved" else None,
        )

        assert self.value.lease_of(lease.job) is None
        assert not fails or any(each.job == lease.job for each in self.value.halts)
        if how == "proved":
            self.passed, self.passed_at = self.passed + 1, self.now
        self.stale.append((lease.job, lease.token))
        self.last_release = (lease.lane, self.now)

    @precondition(lambda self: self.value.holders)
    @rule(data=st.data())
    def withdraw_untouched(self, data: st.DataObject) -> None:
        lease: Lease = data.draw(st.sampled_from(self.value.holders))

        self.value = release_unused(self.value, lease.job, lease.token, self.now)
        self.starts.remove(lease.acquired_at)

        assert self.value.lease_of(lease.job) is None
        self.stale.append((lease.job, lease.token))

    @precondition(lambda self: self.value.holders)
    @rule(data=st.data())
    def take_over_in_another_step(self, data: st.DataObject) -> None:
        lease: Lease = data.draw(st.sampled_from(self.value.holders))

        before = self.value

        self.value, result = acquire(before, self.claim(lease.job, step=lease.step + 1), self.now)

        if any(each.blocks(lease.lane) for each in before.halts):
            assert self.value == before
            return
        assert isinstance(result, Acquired)
        assert result.lease.token > max(self.tokens)
        self.tokens.append(result.lease.token)
        self.stale.append((lease.job, lease.token))

    @precondition(lambda self: self.value.holders)
    @rule(data=st.data())
    def renew_a_lease(self, data: st.DataObject) -> None:
        lease: Lease = data.draw(st.sampled_from(self.value.holders))

        self.value = renew(self.value, lease.job, lease.token, self.now, LEASE)

        renewed = self.value.lease_of(lease.job)
        assert renewed is not None
        assert renewed.expires_at == self.now + LEASE

    @precondition(lambda self: self.stale)
    @rule(data=st.data())
    def try_a_stale_token(self, data: st.DataObject) -> None:
        job, token = data.draw(st.sampled_from(self.stale))

        assert release(self.value, job, token, self.now) == self.value
        assert release_unused(self.value, job, token, self.now) == self.value
        assert renew(self.value, job, token, self.now, LEASE) == self.value

    @rule(job=jobs)
    def remove_waiter(self, job: str) -> None:
        self.value = remove_waiter(self.value, job)

    @precondition(lambda self: self.value.halts)
    @rule()
    def lift_the_halt(self) -> None:
        self.value = remove_halts(self.value)

    @invariant()
    def holders_share_one_lane(self) -> None:
        assert len({each.lane for each in self.value.holders}) <= 1
        assert all(each.lane == self.value.lane for each in self.value.holders)

    @invariant()
    def jobs_are_unique(self) -> None:
        names = [each.job for each in self.value.holders] + [
            each.job for each in self.value.waiters
        ]
        assert len(names) == len(set(names))
        assert len(self.value.waiters) <= MAX_WAITERS

    @invariant()
    def tokens_are_unique(self) -> None:
        assert len(self.tokens) == len(set(self.tokens))
        assert all(token < self.value.next_token for token in self.tokens)
        assert {each.token for each in self.value.holders} <= set(self.tokens)

    @invariant()
    def free_slot_wakes_a_waiter(self) -> None:
        _, cool_down, spacing = self.policy
        woken = next_waiters(self.value, self.now, cool_down, spacing)
        alive = [each for each in self.value.waiters if each.until >= self.now]
        fitting = [each for each in alive if not self.value.holders or each.lane == self.value.lane]
        fitting = [
            each for each in fitting if not any(one.blocks(each.lane) for one in self.value.halts)
        ]
        room = len(self.value.holders) < self.value.slots
        assert bool(woken.jobs) == bool(room and fitting)
        assert set(woken.jobs) <= {each.job for each in fitting}
        if woken.jobs:
            self.must_get_in(woken.jobs[0], woken.at)

    def must_get_in(self, job: str, at: datetime) -> None:
        place = next(each for each in self.value.waiters if each.job == job)
        if self.policy[0] < self.value.slots or place.until < at:
            return  # slots were removed since, or its place expires before: it asks like a newcomer
        if self.passed <= self.canaries:
            # A job that a canary blocks may be woken for nothing. It asks again after the soak
            # time.
            return
        assert isinstance(acquire(self.value, self.claim(job), at)[1], Acquired)

    @invariant()
    def json_round_trip_is_equal(self) -> None:
        assert msgspec.json.decode(msgspec.json.encode(self.value), type=Semaphore) == self.value

    def claim(self, job: str, step: int | None = None) -> LockRequest:
        slots, cool_down, spacing = self.policy
        held = self.value.lease_of(job)
        return LockRequest(
            job=job,
            lane=LANES[JOBS.index(job) % len(LANES)] if self.has_lanes else None,
            slots=slots,
            step=step if step is not None else (held.step if held else 0),
            lease=LEASE,
            cool_down=cool_down,
            spacing=spacing,
            recheck=RECHECK,
            wave=NOW,
            canaries=self.canaries,
            soak=self.soak,
        )


TestAnySemaphore = AnySemaphore.TestCase
TestAnySemaphore.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
