"""`python -m benchmarks.deadlines [--jobs N]`.

How long it takes to judge which waiting jobs may miss their phase.

Measured against what nobody can do without: reading the same jobs out of their stored text. Ratios
of one run are to be trusted, seconds are the machine's. N is a wave through a sixth of 100,000
machines unless said otherwise.
"""

# ruff: noqa: T201 - a benchmark prints

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from functools import partial

from shared.adapters.serialization import from_text, to_text
from shared.domain.calendar.calendar import Calendar
from shared.domain.calendar.rules.weekly import WeeklyWindow
from shared.domain.calendar.weekday import Weekday
from shared.domain.job.job import Job, job_id
from shared.domain.job.states import State
from shared.domain.machine.machine import machine_id
from shared.domain.machine.placement import Lane, Placement, Scope
from shared.domain.plan.deadlines import at_risk
from shared.domain.plan.machines.plan import machine_plan
from shared.domain.plan.machines.situation import Situation
from shared.domain.policy.mode import Mode
from shared.domain.policy.policy import Limits, Policy

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
NIGHTS = Calendar(
    time_zone="Europe/Berlin",
    windows=(
        WeeklyWindow(days=(Weekday.SAT, Weekday.SUN), start=clock_time(22), end=clock_time(4)),
    ),
)
CAPPED = Limits(per_subscription=10, total=200)

#: by name: the policy, and how many seconds the phases of two machines end apart
CASES = {
    "no change window": (Policy(), 0),
    "weekend nights, two caps": (Policy(change_windows=NIGHTS, limits=CAPPED), 0),
    "the same, each phase ends by itself": (Policy(change_windows=NIGHTS, limits=CAPPED), 17),
}


def waiting_jobs(count: int, apart: int) -> list[Job]:
    """Jobs of sets of ten machines in five update domains, a hundred machines to a subscription."""
    return [_job(n, NOW + timedelta(days=30, seconds=n * apart)) for n in range(count)]


def _job(n: int, closes: datetime) -> Job:
    subscription = f"00000000-0000-4000-8000-{n // 100:012d}"
    machine = machine_id(
        f"/subscriptions/{subscription}/resourceGroups/rg/providers/Microsoft.Compute"
        f"/virtualMachines/vm-{n}"
    )
    wave = NOW - timedelta(days=1)
    return Job(
        id=job_id(machine, wave),
        machine=machine,
        wave=wave,
        self_service_end=closes,
        placement=Placement(
            scope=Scope(f"avset:{subscription}/{n % 100 // 10}"), lane=Lane(f"ud:{n % 5}")
        ),
        state=State.DEFERRED,
        due=NOW,
        reason="outside the change window",
        created_at=NOW,
        changed_at=NOW,
        state_entered_at=NOW,
    )


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _read(texts: Sequence[str]) -> Sequence[Job]:
    return [from_text(each, Job) for each in texts]


def _judge(jobs: Sequence[Job], policy: Policy) -> int:
    situation = Situation(now=NOW, jobs=jobs, rules=lambda _: policy)
    plan = machine_plan(situation, with_ways_out=False)
    return len(at_risk(plan, situation.rules, lambda _: Mode.ACT, NOW))


def main(arguments: Sequence[str]) -> int:
    """Print one line for each case; exit code 0."""
    parser = argparse.ArgumentParser(prog="benchmarks.deadlines", description=__doc__)
    parser.add_argument("--jobs", type=int, default=16_667)
    count: int = parser.parse_args(arguments).jobs
    for name, (policy, apart) in CASES.items():
        jobs = waiting_jobs(count, apart)
        texts = [to_text(job) for job in jobs]
        reading = _seconds(partial(_read, texts))
        judging = _seconds(partial(_judge, jobs, policy))
        print(
            f"{name:36} {count:,} jobs  judged {judging:5.2f} s  x reading {judging / reading:5.1f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
