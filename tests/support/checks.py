"""The invariants, judged after a run by what the world went through, never by what the semaphores say of themselves."""

from collections.abc import Iterable
from datetime import datetime
from itertools import combinations

from shared.domain.job.job import Job
from shared.domain.job.states import State
from shared.domain.messages import JobStep
from shared.domain.policy.policy import Policy
from tests.support.house import House
from tests.support.world import OURSELVES, Move


async def assert_all_is_well(house: House, *, but_holding: Iterable[str] = ()) -> None:
    """Every invariant; `but_holding`: names of machines whose jobs may hold leases still."""
    assert_one_lane_at_a_time(house)
    assert_once_a_wave(house)
    assert_on_the_machines_own_word(house)
    assert_inside_the_change_window(house)
    await assert_nothing_is_lost(house)
    assert all(each.announced for each in house.world.calls), "I7: a call without its intent on record"
    await assert_semaphores_are_empty(house, but_holding)


def assert_one_lane_at_a_time(house: House) -> None:
    """I1, with the cool-down and the slots; a move counts until the machine was well for the bake time."""
    moves = sorted(house.world.moves, key=lambda each: each.began)
    for first, second in combinations(moves, 2):
        if first.placement == second.placement and second.by == OURSELVES:
            _assert_apart(first, second, house.plain.policy)
    for move in moves:
        if move.by == OURSELVES:
            beside = [each for each in moves if _down_at_the_start_of(move, each)]
            assert len(beside) <= house.plain.policy.limits.slots, f"I1: more than the slots: {beside}"


def _down_at_the_start_of(move: Move, other: Move) -> bool:
    until = other.deleted_at or (other.well_at if other.by == OURSELVES else other.ended)
    return other.placement == move.placement and other.began <= move.began and not _before(until, move.began)


def _before(end: datetime | None, moment: datetime) -> bool:
    return end is not None and end <= moment


def _assert_apart(first: Move, second: Move, policy: Policy) -> None:
    assert second.began >= first.ended or first.update_domain == second.update_domain, "I1: two lanes"
    if first.by == OURSELVES and first.update_domain != second.update_domain:
        proved = first.deleted_at or (first.well_at and first.well_at + policy.pace.bake_time)
        assert proved is not None, f"I1: {second.machine} started though {first.machine} is down"
        assert second.began >= proved + policy.limits.cool_down, "I1: the cool-down was cut short"


def assert_once_a_wave(house: House) -> None:
    """I2: no call that Azure did not allow at that instant, and no more calls than attempts."""
    assert all(each.allowed for each in house.world.calls), "I2: a call that Azure did not allow"
    for machine in {each.machine for each in house.world.moves}:
        ours = [each for each in house.world.moves if each.machine == machine and each.by == OURSELVES]
        assert len(ours) <= house.plain.policy.limits.attempts, f"I2: {machine} moved {len(ours)} times"


def assert_on_the_machines_own_word(house: House) -> None:
    """I3."""
    assert all(each.confirmed for each in house.world.calls), "I3: a call without the machine's own word"


def assert_inside_the_change_window(house: House) -> None:
    """I4."""
    policy = house.plain.policy
    for call in house.world.calls:
        assert policy.change_windows.fits(call.at, policy.pace.expected_duration), f"I4: called at {call.at}"


async def assert_nothing_is_lost(house: House) -> None:
    """I5: a job is final, waits for a person, or waits with a reason, a next time and a message for it.

    Where the message was lost, recovery sends another.
    """
    for job in await house.plain.jobs.all():
        if job.state.is_final or job.state is State.PARKED:
            assert job.due is None, f"{job.state} jobs are not looked at"
            continue
        assert job.reason, f"I5: {job.machine} waits without a reason"
        assert job.due is not None, f"I5: {job.machine} waits without a next time"
        if not _has_message(house, job):
            await house.recover_when_overdue(job.due)
            assert _has_message(house, job), f"I5: no message for {job.machine} in {job.state}"


def _has_message(house: House, job: Job) -> bool:
    wanted = (JobStep(job=job.id), JobStep(job=job.id, step=job.step))
    return any(each.message in wanted for each in house.on_the_way())


async def assert_semaphores_are_empty(house: House, but_holding: Iterable[str] = ()) -> None:
    """No lease is left behind."""
    allowed = {(await house.job(name)).id for name in but_holding}
    for semaphore in await house.plain.semaphores.all():
        left = [each.job for each in semaphore.holders if each.job not in allowed]
        assert not left, f"{semaphore.scope} is still held by {left}"


async def states(house: House) -> dict[str, State]:
    """Where each machine's job stands, by the machine's name."""
    return {each.machine.rsplit("/", 1)[-1]: each.state for each in await house.plain.jobs.all()}
