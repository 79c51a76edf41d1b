"""The strikes of a seed, and the order of lengths that a campaign keeps."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice

import msgspec

from sandbox.audit.rules import read_rules
from sandbox.audit.windows import open_until
from shared.domain.lock.semaphore import CLOCK_SKEW
from tests.chaos.rules import LONGEST_STOP, PACE, SHORTEST_STOP, SLOW, campaign_policy
from tests.chaos.strikes import Ambush, Blow, Moment, Weapon, strikes


def seconds(name: str) -> float:
    return msgspec.convert(PACE[name], timedelta).total_seconds()


def test_the_same_seed_draws_the_same_strikes_and_another_seed_others() -> None:
    first, again, other = (list(islice(strikes(seed, 3, 4.0), 200)) for seed in (7, 7, 8))
    assert first == again
    assert first != other


def test_most_strikes_kill_and_every_moment_is_lain_in_wait_for() -> None:
    deeds = [strike.deed for strike in islice(strikes(1, 3, 4.0), 2000)]
    weapons = Counter(deed.weapon for deed in deeds if isinstance(deed, Blow | Ambush))
    assert weapons[Weapon.KILL] > len(deeds) / 2
    ambushes = [deed for deed in deeds if isinstance(deed, Ambush)]
    assert {each.moment for each in ambushes if each.weapon is Weapon.KILL} == set(Moment)


def test_nobody_is_stopped_where_only_the_dead_may_be_cheated_of_what_they_asked_for() -> None:
    deeds = [strike.deed for strike in islice(strikes(3, 3, 4.0), 3000)]
    traps = [deed for deed in deeds if isinstance(deed, Ambush) and deed.weapon is Weapon.STOP]
    assert traps
    assert not any(trap.moment.is_before_the_act for trap in traps)


def test_a_stop_is_longer_than_a_lease_and_shorter_than_the_grace() -> None:
    assert seconds("lease") < SHORTEST_STOP < LONGEST_STOP < seconds("grace")


def test_a_slow_redeploy_outlasts_a_lease_that_nobody_renews_and_is_expected_all_the_same() -> None:
    assert seconds("lease") + CLOCK_SKEW.total_seconds() < SLOW[0] < SLOW[1] < seconds("expected_duration")


def test_the_change_windows_open_and_close_over_the_whole_campaign_also_past_midnight() -> None:
    began = datetime(2026, 11, 23, 23, 50, tzinfo=UTC)
    rules = read_rules(msgspec.json.encode(campaign_policy(began, timedelta(minutes=20))))
    looks = [began + timedelta(seconds=n + 0.5) for n in range(20 * 60)]
    is_open = [open_until(rules.change_windows, look) is not None for look in looks]
    assert is_open == [n % 60 < 54 for n in range(20 * 60)]
