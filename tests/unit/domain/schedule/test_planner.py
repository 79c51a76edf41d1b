"""The planner by cases: who goes first, what is kept, and what is proved."""

import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest

from shared.domain.calendar.calendar import Calendar
from shared.domain.calendar.rules.weekly import WeeklyWindow
from shared.domain.calendar.weekday import Weekday
from shared.domain.machine.placement import Lane, Scope
from shared.domain.schedule.plan import Bound, Feasibility
from shared.domain.schedule.planner import plan
from shared.domain.schedule.problem import InFlight, LockRule, LockState, Problem
from shared.domain.schedule.relax import in_the_way, ways_out
from tests.unit.domain.calendar.instants import at, utc
from tests.unit.domain.schedule.checker import violations
from tests.unit.domain.schedule.samples import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    SET,
    nightly,
    once,
    planned,
    problem,
    random_problem,
    started,
    starts,
    task,
)


def test_c84_a_machine_with_scarce_windows_goes_first() -> None:
    given = problem(
        task("vm-a", calendar=once("00:00", "03:00"), closes=NOW + DAY),
        task("vm-b", calendar=once("00:00", "03:00"), closes=NOW + DAY),
        task("vm-z", calendar=once("00:00", "01:00"), closes=NOW + DAY),
    )

    assert planned(given) == {"vm-z": "07 00:00", "vm-a": "07 01:00", "vm-b": "07 02:00"}


def test_c86_work_that_is_longer_than_every_window_cannot_fit_and_the_ways_out_were_tried() -> None:
    sunday = WeeklyWindow(days=(Weekday.SUN,), start=at("01:00"), end=at("03:00"))
    long = task(
        "vm-a",
        calendar=Calendar(windows=(sunday,), time_zone="Europe/Berlin"),
        expected=3 * HOUR,
        holds=3 * HOUR,
        closes=utc("2026-12-18 21:00"),
    )
    given = replace(problem(long), now=utc("2026-11-30 12:00"))

    found = plan(given)

    (missed,) = found.missed
    assert found.feasibility is Feasibility.CANNOT_FIT
    assert missed.bound is Bound.WINDOW
    assert missed.reason == "no window is long enough: it needs 3h, and the longest has 2h"
    assert [each.text for each in ways_out(given, found)] == [
        "windows that are 1h longer",
        "an expected duration of 2h",
    ]
    assert in_the_way(given, found) == ("windows",)


def test_c88_the_order_of_the_input_does_not_matter() -> None:
    tasks = [task(f"vm-{n}", f"ud:{n % 3}") for n in range(10)]
    first = plan(problem(*tasks, slots=2, cool_down=HOUR))
    for seed in range(100):
        Random(seed).shuffle(tasks)  # noqa: S311 - a test's own order
        assert plan(problem(*tasks, slots=2, cool_down=HOUR)) == first


def test_c88_another_seed_of_hashes_gives_the_same_plan() -> None:
    code = (
        "from random import Random;"
        "from shared.domain.schedule.planner import plan;"
        "from tests.unit.domain.schedule.samples import random_problem, starts;"
        "print(starts(plan(random_problem(Random(3), 12, simple=False))))"
    )
    shown = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }

    assert len(shown) == 1


def test_c88_planned_again_a_minute_later_nothing_moves() -> None:
    tasks = [task(f"vm-{n}", f"ud:{n % 3}", calendar=nightly("01:00", "05:00")) for n in range(9)]
    first = plan(problem(*tasks, slots=2, cool_down=30 * MINUTE))
    announced = [replace(each.task, announced=each.at) for each in first.starts]
    again = plan(replace(problem(*announced, slots=2, cool_down=30 * MINUTE), now=NOW + MINUTE))

    assert starts(again) == starts(first)
    assert again.moved == ()


def test_what_was_announced_moves_only_if_it_must() -> None:
    keep = task("vm-keep", announced=NOW + 5 * HOUR)
    gone = task("vm-gone", announced=NOW + HOUR, calendar=nightly("03:00", "05:00"))
    found = plan(problem(keep, gone))

    assert starts(found) == {"vm-gone": "07 03:00", "vm-keep": "07 05:00"}
    assert [each.task.id for each in found.moved] == ["vm-gone"]


def test_what_was_announced_gives_way_to_a_machine_that_would_be_missed() -> None:
    late = task("vm-late", announced=NOW)
    urgent = task("vm-urgent", closes=NOW + MINUTE)
    found = plan(problem(late, urgent))

    assert starts(found) == {"vm-urgent": "07 00:00", "vm-late": "07 01:00"}


def test_update_domains_follow_each_other_after_the_cool_down() -> None:
    tasks = [task(f"vm-{n}", f"ud:{n % 2}", holds=HOUR + 5 * MINUTE) for n in range(4)]

    assert planned(problem(*tasks, slots=2, cool_down=30 * MINUTE)) == {
        "vm-0": "07 00:00",
        "vm-2": "07 00:00",
        "vm-1": "07 01:35",
        "vm-3": "07 01:35",
    }


def test_a_canary_goes_alone_and_the_others_wait_for_its_soak_time() -> None:
    tasks = [task(f"vm-{n}") for n in range(3)]

    assert planned(problem(*tasks, slots=3, canaries=1, soak=2 * HOUR)) == {
        "vm-0": "07 00:00",
        "vm-1": "07 03:00",
        "vm-2": "07 03:00",
    }


def test_a_ramp_doubles_as_machines_come_back() -> None:
    tasks = [task(f"vm-{n}") for n in range(8)]
    found = planned(problem(*tasks, slots=10, ramp=True))

    hours = sorted(found.values())
    assert hours == ["07 00:00", *["07 01:00"] * 2, *["07 02:00"] * 4, "07 03:00"]


def test_tiers_are_in_order_with_a_soak_time_between_them() -> None:
    given = problem(
        task("web", group="crm", tier=2),
        task("primary", group="crm", tier=1, tier_soak=2 * HOUR),
        task("replica", group="crm", tier=0),
        slots=3,
    )

    assert planned(given) == {"replica": "07 00:00", "primary": "07 03:00", "web": "07 04:00"}


def test_what_moves_now_and_what_happened_before_counts() -> None:
    moving = InFlight(id="x", locks=((SET, Lane("ud:0")),), start=NOW - HOUR, end=NOW + HOUR)
    given = problem(task("vm-a", "ud:1"), cool_down=30 * MINUTE)

    assert planned(replace(given, in_flight=(moving,))) == {"vm-a": "07 01:30"}
    left = LockState(last_lane=Lane("ud:0"), last_release=NOW - 10 * MINUTE)
    assert planned(replace(given, states={SET: left})) == {"vm-a": "07 00:20"}
    same = LockState(last_lane=Lane("ud:1"), last_release=NOW - 10 * MINUTE)
    assert planned(replace(given, states={SET: same})) == {"vm-a": "07 00:00"}
    spaced = problem(task("vm-a"), spacing=HOUR)
    just = LockState(last_start=NOW - 10 * MINUTE)
    assert planned(replace(spaced, states={SET: just})) == {"vm-a": "07 00:50"}


@pytest.mark.parametrize(
    ("given", "bound", "reason"),
    [
        (
            problem(
                *(task(f"vm-{n}", calendar=once("00:00", "02:00"), closes=NOW + DAY) for n in "abc")
            ),
            Bound.CAPACITY,
            "placement:set: 3 machines need 3h, and the windows have 2h with 1 at the same time",
        ),
        (
            problem(
                *(task(f"vm-{n}", f"ud:{n}", closes=NOW + 3 * HOUR) for n in range(3)),
                cool_down=2 * HOUR,
            ),
            Bound.LANES,
            "placement:set: 3 lanes take 7h one after the other, and 4h are left",
        ),
        (
            problem(
                task("vm-a", group="g", tier=0),
                task("vm-b", group="g", tier=1, tier_soak=5 * HOUR, closes=NOW + 2 * HOUR),
                slots=2,
            ),
            Bound.TIERS,
            (
                "the tiers before it end 2026-12-07 01:00Z at the earliest, and after its soak time"
                " no start is left"
            ),
        ),
    ],
)
def test_what_cannot_fit_is_proved_by_a_named_bound(
    given: Problem, bound: Bound, reason: str
) -> None:
    found = plan(given)

    assert found.feasibility is Feasibility.CANNOT_FIT
    assert {(each.bound, each.reason) for each in found.missed} == {(bound, reason)}


def test_the_rules_in_the_way_and_the_single_changes_that_help() -> None:
    given = problem(
        *(task(f"vm-{n}", f"ud:{n}", closes=NOW + 4 * HOUR) for n in range(3)),
        cool_down=2 * HOUR,
    )
    found = plan(given)

    assert found.feasibility is not Feasibility.FITS
    assert in_the_way(given, found) == ("cool-down",)
    texts = [each.text for each in ways_out(given, found)]
    assert texts == ["no cool-down in placement:set"]
    for each in ways_out(given, found):
        assert list(violations(each.problem, started(plan(each.problem)))) == []


def test_a_machine_without_a_known_end_of_its_phase_is_planned() -> None:
    found = plan(problem(task("vm-a", closes=None)))

    assert found.feasibility is Feasibility.FITS
    assert found.starts[0].margin is None


def test_the_margin_is_until_the_last_possible_start() -> None:
    (only,) = plan(
        problem(task("vm-a", calendar=nightly("01:00", "05:00"), closes=NOW + DAY))
    ).starts

    assert only.at == NOW + HOUR
    assert only.latest == NOW + 4 * HOUR
    assert only.margin == 3 * HOUR
    assert only.expected_end == NOW + 2 * HOUR


def test_no_tasks_are_a_plan() -> None:
    assert plan(problem()).feasibility is Feasibility.FITS


@pytest.mark.parametrize("seed", range(60))
def test_no_plan_breaks_a_rule(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a seed that can be replayed
    given = random_problem(random, random.randint(2, 12), simple=False)
    found = plan(given)

    assert list(violations(given, started(found))) == []
    assert {each.task.id for each in found.starts} | {each.task.id for each in found.missed} == {
        each.id for each in given.tasks
    }


@pytest.mark.parametrize("seed", range(20))
def test_a_plan_stays_when_it_is_planned_again(seed: int) -> None:
    given = random_problem(Random(seed), 6, simple=False)  # noqa: S311 - as above
    first = plan(given)
    known: dict[str, datetime] = started(first)
    again = plan(
        replace(given, tasks=[replace(each, announced=known.get(each.id)) for each in given.tasks])
    )

    assert len(again.missed) <= len(first.missed)
    if not first.missed:
        assert started(again) == known


def test_a_task_that_holds_shorter_than_it_takes_is_refused() -> None:
    with pytest.raises(ValueError, match="holds its locks"):
        task("vm-a", holds=timedelta(minutes=1))


def test_a_shared_cap_is_never_exceeded_by_many_sets() -> None:
    cap = Scope("cap:all")
    tasks = [task(f"vm-{n:02}", locks=((Scope(f"set:{n}"), None), (cap, None))) for n in range(20)]
    found = plan(Problem(now=NOW, tasks=tasks, rules={cap: LockRule(slots=3)}))

    assert found.end == NOW + 7 * HOUR
    assert (
        list(
            violations(
                Problem(now=NOW, tasks=tasks, rules={cap: LockRule(slots=3)}), started(found)
            )
        )
        == []
    )
