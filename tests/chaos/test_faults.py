"""The faults of a seed, and the order of lengths that a campaign keeps."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice

import msgspec

from sandbox.audit.rules import read_rules
from sandbox.audit.windows import open_until
from shared.domain.lock.semaphore import CLOCK_SKEW
from tests.chaos.faults import CallMoment, Signal, SignalOne, TargetedSignal, planned_faults
from tests.chaos.policy import LONGEST_STOP, SHORTEST_STOP, SLOW, TIMING, campaign_policy


def seconds(name: str) -> float:
    return msgspec.convert(TIMING[name], timedelta).total_seconds()


def test_the_same_seed_draws_the_same_strikes_and_another_seed_others() -> None:
    first, again, other = (list(islice(planned_faults(seed, 3, 4.0), 200)) for seed in (7, 7, 8))
    assert first == again
    assert first != other


def test_most_strikes_kill_and_every_moment_is_lain_in_wait_for() -> None:
    actions = [fault.action for fault in islice(planned_faults(1, 3, 4.0), 2000)]
    signals = Counter(
        action.signal for action in actions if isinstance(action, SignalOne | TargetedSignal)
    )
    assert signals[Signal.KILL] > len(actions) / 2
    targeted_signals = [action for action in actions if isinstance(action, TargetedSignal)]
    assert {each.moment for each in targeted_signals if each.signal is Signal.KILL} == set(
        CallMoment
    )


def test_nobody_is_stopped_where_only_the_dead_may_be_cheated_of_what_they_asked_for() -> None:
    actions = [fault.action for fault in islice(planned_faults(3, 3, 4.0), 3000)]
    traps = [
        action
        for action in actions
        if isinstance(action, TargetedSignal) and action.signal is Signal.STOP
    ]
    assert traps
    assert not any(trap.moment.is_before_the_effect for trap in traps)


def test_a_stop_is_longer_than_a_lease_and_shorter_than_the_grace() -> None:
    assert seconds("lease_duration") < SHORTEST_STOP < LONGEST_STOP < seconds("grace_period")


def test_a_slow_redeploy_outlasts_a_lease_that_nobody_renews_and_is_expected_all_the_same() -> None:
    assert (
        seconds("lease_duration") + CLOCK_SKEW.total_seconds()
        < SLOW[0]
        < SLOW[1]
        < seconds("expected_duration")
    )


def test_the_change_windows_open_and_close_over_the_whole_campaign_also_past_midnight() -> None:
    began = datetime(2026, 11, 23, 23, 50, tzinfo=UTC)
    rules = read_rules(msgspec.json.encode(campaign_policy(began, timedelta(minutes=20))))
    looks = [began + timedelta(seconds=n + 0.5) for n in range(20 * 60)]
    is_open = [open_until(rules.change_windows, look) is not None for look in looks]
    assert is_open == [n % 60 < 54 for n in range(20 * 60)]
