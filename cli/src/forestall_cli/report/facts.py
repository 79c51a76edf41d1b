"""What the jobs of a wave say after it: results, outages, and whether one lane moved at a time."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from statistics import median

import msgspec

from forestall_cli.names import machine_name, short_job
from forestall_cli.responses.jobs import JobView, MachineView
from forestall_cli.terminal.times import read_instant


class MachineLine(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One machine. `minutes`: from the first call to the end of its verification."""

    machine: str
    id: str
    job: str
    state: str
    reason: str
    placement: str
    lane: str | None
    started: str | None
    finished: str | None
    minutes: float | None
    attempts: int
    operation: str | None
    health_check: str | None


class LeftAlone(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A machine without a job, and why."""

    machine: str
    id: str
    rule: str | None
    reason: str


class Overlap(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Two machines of one placement in different lanes, whose times overlap."""

    placement: str
    first: str
    second: str


class Facts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The whole report. The hash is of its JSON without the hash."""

    wave: str
    made_at: str
    app: str
    policy: str
    phase_closes: str | None
    results: dict[str, int]
    median_minutes: float | None
    longest_minutes: float | None
    margin_hours: float | None
    overlaps: tuple[Overlap, ...]
    machines: tuple[MachineLine, ...]
    left_alone: tuple[LeftAlone, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of the JSON, in hexadecimal."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()


def facts_of(
    wave: str,
    jobs: Sequence[JobView],
    machines: Sequence[MachineView],
    *,
    app: str,
    policy: str,
    made_at: str,
) -> Facts:
    """The facts of one wave. `machines`: those without a job among them are left alone."""
    minutes = [each for each in map(_minutes, jobs) if each is not None]
    ends = [each.self_service_end for each in jobs if each.self_service_end]
    finished = [each.finished for each in jobs if each.state == "succeeded" and each.finished]
    return Facts(
        wave=wave,
        made_at=made_at,
        app=app,
        policy=policy,
        phase_closes=min(ends, default=None),
        results=dict(sorted(Counter(each.state for each in jobs).items())),
        median_minutes=round(median(minutes), 1) if minutes else None,
        longest_minutes=max(minutes, default=None),
        margin_hours=_margin(min(ends, default=None), max(finished, default=None)),
        overlaps=tuple(_overlaps(jobs)),
        machines=tuple(map(_line, sorted(jobs, key=lambda each: each.machine))),
        left_alone=tuple(
            LeftAlone(
                machine=machine_name(each.machine), id=each.machine, rule=each.rule,
                reason=each.reason,
            )
            for each in machines
            if each.job is None
        ),
    )  # fmt: skip


def _line(job: JobView) -> MachineLine:
    return MachineLine(
        machine=machine_name(job.machine),
        id=job.machine,
        job=short_job(job.id),
        state=job.state,
        reason=job.reason,
        placement=job.scope,
        lane=job.lane,
        started=job.started,
        finished=job.finished,
        minutes=_minutes(job),
        attempts=job.attempts,
        operation=job.operation,
        health_check=job.health_check,
    )


def _minutes(job: JobView) -> float | None:
    span = _span(job)
    return None if span is None else round((span[1] - span[0]) / timedelta(minutes=1), 1)


def _span(job: JobView) -> tuple[datetime, datetime] | None:
    start = read_instant(job.started or "")
    end = read_instant(job.finished or "")
    return None if start is None or end is None else (start, end)


def _margin(closes: str | None, last: str | None) -> float | None:
    end, done = read_instant(closes or ""), read_instant(last or "")
    return None if end is None or done is None else round((end - done) / timedelta(hours=1), 1)


def _overlaps(jobs: Sequence[JobView]) -> Iterator[Overlap]:
    """Machines of one placement in two lanes at the same time, by their first call and their end.

    Machines that others moved are not in the jobs, and so they are not compared.
    """
    ordered = sorted(jobs, key=lambda each: each.scope)
    for scope, found in groupby(ordered, key=lambda each: each.scope):
        timed = [(span, each) for each in found if each.lane and (span := _span(each))]
        timed.sort(key=lambda item: item[0])
        latest = timed[:1]
        for (_, _), (span, job) in pairwise(timed):
            for other_span, other in latest:
                if span[0] < other_span[1] and job.lane != other.lane:
                    yield Overlap(
                        placement=scope, first=machine_name(other.machine),
                        second=machine_name(job.machine),
                    )  # fmt: skip
            latest = [each for each in latest if each[0][1] > span[0]] + [(span, job)]
