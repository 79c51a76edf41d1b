"""The lower bound: right values by hand, and never above the best of all schedules."""

from collections import Counter
from random import Random

import pytest

from sandbox.audit.least.bound import Move, ScopeRule, least_time
from tests.unit.audit.least.best import best_time

SET = "set"


def moves(*seconds: float, lane: str | None = None, scope: str = SET) -> list[Move]:
    return [
        Move(machine=f"{lane}-{n}", seconds=each, scopes=((scope, lane),))
        for n, each in enumerate(seconds)
    ]


def in_set(*parts: list[Move], **rule: object) -> float:
    every = [each for part in parts for each in part]
    rules = {SET: ScopeRule(**rule)}  # type: ignore[arg-type]
    return least_time(every, rules).seconds


@pytest.mark.parametrize(
    ("machines", "rule", "least"),
    [
        ([], {"slots": 1}, 0),
        ([moves(12)], {"slots": 1}, 12),
        ([moves(12, 12, 12)], {"slots": 1}, 36),
        ([moves(12, 12, 12)], {"slots": 2}, 24),  # in two rounds
        ([moves(12, 5, 5, 5)], {"slots": 2}, 13.5),  # the best is 15: a bound need not be reached
        ([moves(30, 5, 5)], {"slots": 3}, 30),
        # two update domains, with the cool-down between them
        ([moves(12, lane="0"), moves(12, lane="1")], {"slots": 9, "cool_down": 30}, 54),
        ([moves(12, 12, lane="0"), moves(12, lane="1")], {"slots": 1, "cool_down": 30}, 66),
        ([moves(12, 12, 12, 12)], {"slots": 9, "spacing": 10}, 42),
        # the ramp: one, then two, then four
        ([moves(*[10] * 7)], {"slots": 50, "ramp": True}, 30),
        ([moves(*[10] * 8)], {"slots": 50, "ramp": True}, 40),
        # and never more than may fail: 1, 2, 3, 3, ...
        ([moves(*[10] * 9)], {"slots": 50, "ramp": True, "budget": 3}, 40),
        ([moves(*[10] * 9)], {"slots": 2, "ramp": True, "budget": 3}, 50),
        ([moves(*[10] * 3)], {"slots": 50, "ramp": True, "budget": 1}, 30),
        # the quickest opens the ramp, and the others need what they need
        ([moves(10, 40, 40)], {"slots": 50, "ramp": True}, 50),
    ],
)
def test_the_least_time_of_one_scope(
    machines: list[list[Move]], rule: dict[str, object], least: float
) -> None:
    assert in_set(*machines, **rule) == pytest.approx(least)


def test_the_scope_that_needs_longest_is_named() -> None:
    every = [
        Move(machine=f"{n}", seconds=10, scopes=((f"set-{n % 2}", None), ("cap", None)))
        for n in range(8)
    ]
    rules = {"set-0": ScopeRule(slots=1), "set-1": ScopeRule(slots=2), "cap": ScopeRule(slots=3)}
    found = least_time(every, rules)
    assert (found.seconds, found.scope) == (40, "set-0")


def test_machines_that_are_announced_later_count_from_then_on() -> None:
    late = [
        Move(machine=f"late-{n}", seconds=10, scopes=((SET, None),), earliest=100.0)
        for n in range(3)
    ]
    assert in_set(moves(10, 10), late, slots=1) == 130
    assert in_set(moves(*[10] * 11), late, slots=1) == 140
    assert least_time(late[:1], {}).seconds == 110


def test_a_move_without_time_is_refused() -> None:
    with pytest.raises(ValueError, match="takes some time"):
        Move(machine="m", seconds=0)


def wave(random: Random) -> tuple[list[Move], dict[str, ScopeRule]]:
    scopes = ["a", "b"][: random.randint(1, 2)]
    rules = {scope: rule(random) for scope in [*scopes, "cap"]}
    drawn = [
        Move(
            machine=f"m{n}",
            seconds=random.randint(1, 3),
            scopes=(
                (random.choice(scopes), random.choice([None, "0", "1"])),
                *([("cap", None)] if random.random() < 0.7 else []),
            ),
            earliest=random.choice([0, 0, 0, 2]),
        )
        for n in range(random.randint(1, 4))
    ]
    return drawn, rules


def rule(random: Random) -> ScopeRule:
    return ScopeRule(
        slots=random.randint(1, 3),
        cool_down=random.choice([0, 0, 1, 3]),
        spacing=random.choice([0, 0, 1, 2]),
        ramp=random.random() < 0.4,
        budget=random.choice([None, 1, 2, 3]),
    )


def test_no_schedule_of_a_small_wave_is_shorter_and_most_bounds_are_reached() -> None:
    came: Counter[str] = Counter()
    for seed in range(400):
        machines, rules = wave(Random(seed))  # noqa: S311 - numbers that come again
        least, best = least_time(machines, rules).seconds, best_time(machines, rules)
        assert least <= best + 1e-9, seed
        came["reached"] += best - least < 1e-9
        came["near"] += best <= 1.5 * least + 1e-9
    assert came["reached"] > 200
    assert came["near"] > 350
