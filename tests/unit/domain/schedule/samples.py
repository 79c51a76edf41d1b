"""Problems for tests of the planner."""

from datetime import UTC, datetime, time, timedelta
from random import Random

from shared.domain.calendar.calendar import Calendar
from shared.domain.calendar.rules.dates import OnceWindow
from shared.domain.calendar.rules.weekly import WeeklyWindow
from shared.domain.calendar.weekday import Weekday
from shared.domain.machine.placement import Lane, Scope
from shared.domain.schedule.plan import Plan
from shared.domain.schedule.planner import plan
from shared.domain.schedule.problem import LockRule, Problem, Task

NOW = datetime(2026, 12, 7, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
GRID = 30 * MINUTE
SET = Scope("placement:set")


def nightly(start: str, end: str) -> Calendar:
    """Every day between these times, in UTC."""
    window = WeeklyWindow(
        days=tuple(Weekday), start=time.fromisoformat(start), end=time.fromisoformat(end)
    )
    return Calendar(windows=(window,))


def once(start: str, end: str) -> Calendar:
    """On the day of NOW between these times."""
    window = OnceWindow(
        dates=(NOW.date(),), start=time.fromisoformat(start), end=time.fromisoformat(end)
    )
    return Calendar(windows=(window,))


def task(name: str, lane: str | None = None, **changes: object) -> Task:
    """A machine of one set that takes an hour."""
    given = {
        "id": name,
        "locks": ((SET, None if lane is None else Lane(lane)),),
        "expected": HOUR,
        "holds": HOUR,
        "closes": NOW + 10 * DAY,
    }
    return Task(**{**given, **changes})  # type: ignore[arg-type]


def problem(*tasks: Task, **rules: object) -> Problem:
    """These machines in one set with these rules."""
    return Problem(now=NOW, tasks=tasks, rules={SET: LockRule(**rules)})  # type: ignore[arg-type]


def starts(found: Plan) -> dict[str, str]:
    """`{"vm-a": "07 01:30"}`: day and time of each start in UTC."""
    return {each.task.id: f"{each.at:%d %H:%M}" for each in found.starts}


def started(found: Plan) -> dict[str, datetime]:
    """The starts by the id of the machine."""
    return {each.task.id: each.at for each in found.starts}


def planned(given: Problem) -> dict[str, str]:
    """The starts of a plan, in which everything has to fit."""
    found = plan(given)
    assert found.missed == (), found.missed
    return starts(found)


def random_problem(random: Random, tasks: int, *, simple: bool) -> Problem:
    """A small problem on the grid; `simple`: without ramp and canaries."""
    sets = [Scope(f"placement:{n}") for n in range(random.randint(1, 3))]
    cap = Scope("cap:all")
    rules = {
        scope: LockRule(
            slots=random.choice([1, 1, 2]),
            cool_down=random.choice([0, 0, 1, 2]) * GRID,
            spacing=random.choice([0, 0, 0, 1]) * GRID,
            canaries=0 if simple else random.choice([0, 0, 1]),
            soak=random.choice([0, 1]) * GRID,
        )
        for scope in sets
    }
    rules[cap] = LockRule(slots=random.choice([1, 2, 3]), ramp=not simple and random.random() < 0.3)
    calendars = [
        Calendar(),
        nightly("00:00", "03:00"),
        nightly("01:00", "04:00"),
        nightly("22:00", "02:00"),
        once("00:00", "02:00"),
    ]
    grouped = random.random() < 0.3
    made = []
    for n in range(tasks):
        expected = random.choice([1, 1, 2, 3]) * GRID
        made.append(
            Task(
                id=f"vm-{n}",
                locks=(
                    (random.choice(sets), Lane(f"ud:{random.randint(0, 2)}")),
                    *([(cap, None)] if random.random() < 0.7 else []),
                ),
                calendar=random.choice(calendars),
                expected=expected,
                holds=expected + random.choice([0, 0, 1]) * GRID,
                earliest=random.choice([None, None, NOW + 2 * GRID]),
                closes=NOW + random.choice([4, 6, 8, 10]) * GRID,
                group="group" if grouped else "",
                tier=random.randint(0, 1) if grouped else 0,
                tier_soak=random.choice([0, 1]) * GRID,
            )
        )
    return Problem(now=NOW, tasks=made, rules=rules)
