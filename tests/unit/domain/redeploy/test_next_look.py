"""When a machine in flight is looked at again: seldom, and never later than needed."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.policy.policy import Policy, Timing
from shared.domain.redeploy.next_look import first_look, look_at_end, look_until
from tests.unit.domain.samples import HOUR, MINUTE, NOW

minutes = st.integers(1, 240).map(lambda n: n * MINUTE)


def test_the_time_between_two_looks_grows_with_the_time_so_far() -> None:
    policy, end = Policy(), NOW + 2 * HOUR
    looks = [first_look(policy, NOW)]
    while looks[-1] < NOW + 12 * MINUTE:
        looks.append(look_until(policy, NOW, looks[-1], end))

    assert [round((each - NOW) / MINUTE, 1) for each in looks] == [3, 4, 5.3, 7.1, 9.5, 12.6]


def test_azure_may_ask_for_a_later_look_and_not_for_an_earlier_one() -> None:
    policy, end = Policy(), NOW + 2 * HOUR
    assert first_look(policy, NOW, 5 * MINUTE) == NOW + 5 * MINUTE
    assert first_look(policy, NOW, timedelta(seconds=10)) == NOW + 3 * MINUTE
    assert look_until(policy, NOW, NOW + MINUTE, end, 4 * MINUTE) == NOW + 5 * MINUTE


@given(minutes, minutes, minutes, st.none() | minutes)
def test_a_look_comes_later_than_now_in_time_for_the_end_and_for_the_leases(
    since: timedelta, left: timedelta, lease: timedelta, asked: timedelta | None
) -> None:
    policy = Policy(timing=Timing(lease_duration=lease))
    now, end = NOW + since, NOW + since + left
    longest = max(lease / 4, policy.timing.poll_interval)
    for look in (look_until(policy, NOW, now, end, asked), look_at_end(policy, end, now)):
        assert now < look <= min(end, now + longest)
    assert now < first_look(policy, now, asked) <= now + longest


def test_what_can_change_at_its_end_only_is_looked_at_then() -> None:
    assert look_at_end(Policy(), NOW + 5 * MINUTE, NOW) == NOW + 5 * MINUTE
    assert look_at_end(Policy(), NOW + 50 * MINUTE, NOW) == NOW + 10 * MINUTE
    assert look_at_end(Policy(), NOW - MINUTE, NOW) > NOW
