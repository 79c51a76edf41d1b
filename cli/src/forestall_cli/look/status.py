"""`status`, `waves` and `why`: what a person asks first."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from forestall_cli import __version__
from forestall_cli.client import ApiClient
from forestall_cli.completion.names import remember
from forestall_cli.look.find import find_machine
from forestall_cli.look.fleet import bar, by_wave, closes, lanes, numbers
from forestall_cli.look.needs import Matter, Picture, needs
from forestall_cli.names import machine_name, scope_name, short_reason
from forestall_cli.output.answer import FINE, NEEDS_A_PERSON, Answer
from forestall_cli.output.cell import cell
from forestall_cli.output.table import Table, columns
from forestall_cli.paging import all_jobs, all_semaphores, pages
from forestall_cli.plan import whole
from forestall_cli.responses.health import HealthView, ScanStatusList
from forestall_cli.responses.jobs import JobList, JobView
from forestall_cli.responses.locks import SemaphoreList
from forestall_cli.responses.messages import TargetList
from forestall_cli.responses.plan import ExplanationView
from forestall_cli.terminal.times import read_instant, relative

_MOST_NEEDS, _MOST_PLACEMENTS, _MOST_WAVES = 20, 12, 5
_WORDS = {
    "planned": "waits",
    "deferred": "waits",
    "admitted": "starts",
    "redeploying": "is being redeployed",
    "verifying": "is being verified",
    "parked": "is parked and waits for an operator",
    "succeeded": "is done",
    "skipped": "was skipped",
    "missed": "missed the phase",
    "cancelled": "was cancelled",
    "failed": "failed",
}


def read_picture(app: ApiClient) -> Picture:
    """The answers of a status, each read once."""
    jobs = pages(app, JobList, "jobs", lambda page: len(page.jobs))
    locks = pages(app, SemaphoreList, "semaphores", lambda page: len(page.semaphores))
    found = [each for page in jobs for each in page.jobs]
    remember({machine_name(each.machine) for each in found})
    return Picture(
        health=app.get(HealthView, "health"),
        jobs=found,
        semaphores=[each for page in locks for each in page.semaphores],
        scans=app.get(ScanStatusList, "scans"),
        targets=app.get(TargetList, "targets"),
        plan=whole(app, None),
        unreadable=sum(len(page.unreadable) for page in jobs)
        + sum(len(page.unreadable) for page in locks),
    )


def status(app: ApiClient) -> Answer:
    """The state of everything. Its exit code is 3 where something needs a person."""
    return status_of(read_picture(app), app.url, datetime.now(UTC))


def status_of(picture: Picture, url: str, now: datetime) -> Answer:
    """The status of these answers."""
    needed = needs(picture)
    lines = [*_head(picture, url, now), "", *_waves(picture.jobs, now)]
    if needed:
        lines += ["", "NEEDS YOU", *_needs(needed)]
    lines += ["", *(_placements(picture.jobs))]
    return Answer(
        document={
            "mode": picture.health.mode,
            "pauses": picture.health.pauses,
            "waves": [_wave_document(day, those) for day, those in by_wave(picture.jobs)],
            "needsYou": [
                {"what": e.what, "about": e.about, "reason": e.reason, "next": e.next_step}
                for e in needed
            ],
        },
        text="\n".join(lines).rstrip(),
        complaints=_other_version(picture.health.version),
        code=NEEDS_A_PERSON if needed else FINE,
    )


def _other_version(version: str) -> list[str]:
    if version == __version__:
        return []
    return [f"warning: the app is version {cell(version)}, and this command is {__version__}"]


def waves(app: ApiClient) -> Answer:
    """One line for each wave."""
    found = by_wave(all_jobs(app))
    rows = []
    for day, those in found:
        counted = numbers(those)
        rows.append(
            (day, counted.total, counted.done, counted.moving, counted.waiting, counted.failed,
             closes(those))
        )  # fmt: skip
    return Answer(
        document={"waves": [_wave_document(day, those) for day, those in found]},
        table=Table.of(
            columns(
                "wave!", "machines#", "done#", "moving#", "waiting#", "failed#", "phase closes@!"
            ),
            rows,
        ),
        ids=[day for day, _ in found],
    )


def locks(app: ApiClient) -> Answer:
    """The locks that are held, waited for or halted."""
    used = [e for e in all_semaphores(app) if e.holders or e.waiters or e.halts]
    rows = [
        (
            scope_name(each.scope),
            each.lane,
            [one.job.rpartition("~")[2][:8] for one in each.holders],
            len(each.waiters),
            [one.reason for one in each.halts],
            each.scope,
        )
        for each in used
    ]
    return Answer(
        document={"semaphores": used},
        table=Table.of(columns("lock!", "lane", "held by", "waiting#", "halted!", "scope+"), rows),
        notes=[] if used else ["no lock is held, waited for or halted"],
        ids=[each.scope for each in used],
    )


def why(app: ApiClient, machine: str) -> Answer:
    """One sentence: what a machine does now, and why."""
    named = find_machine(app, machine)
    found = app.get(ExplanationView, "explain", machine=named)
    return Answer(document={"machine": named, "why": sentence(named, found)},
                  text=sentence(named, found))  # fmt: skip


def sentence(machine: str, found: ExplanationView) -> str:
    """What a machine does now, and why, in one sentence."""
    name = cell(machine_name(machine))
    if found.job is None:
        if found.left_alone is not None:
            return f"{name} is left alone: {cell(found.left_alone.reason)}."
        if found.unknown is not None:
            return f"{name} is not known now: {cell(found.unknown.reason)}."
        return f"{name} has no job."
    job = found.job
    said = _WORDS.get(job.state, cell(job.state))
    because = f": {cell(short_reason(job.reason))}" if job.reason else ""
    return f"{name} {said}{because}{_when(found)}."


def _when(found: ExplanationView) -> str:
    """When a waiting machine may start, by the plan. A blocked one starts after somebody acts."""
    plan = found.plan
    if found.job is None or found.job.state not in _WAITS or plan is None:
        return ""
    if plan.certainty == _BLOCKED:
        return "; somebody has to act before it starts"
    return f"; it may start {cell(plan.start)}" if plan.start else ""


_WAITS = ("planned", "deferred")
_BLOCKED = "blocked"


def _head(picture: Picture, url: str, now: datetime) -> list[str]:
    health, scans = picture.health, picture.scans
    done = [each.last_complete_at for each in scans.scans if each.last_complete_at]
    oldest = read_instant(min(done)) if done else None
    scanned = f"oldest scan {relative(oldest, now)}" if oldest else "no scan is complete yet"
    failing = f", {scans.failing} failing" if scans.failing else ""
    paused = f"   {health.pauses} paused" if health.pauses else ""
    mode = f"{cell(health.mode)} mode"
    return [f"{url}   {mode}{paused}   {scanned}, {len(scans.scans)} subscriptions{failing}"]


def _waves(jobs: Sequence[JobView], now: datetime) -> list[str]:
    lines = []
    found = by_wave(jobs)
    for day, those in found[:_MOST_WAVES]:
        counted = numbers(those)
        end = closes(those)
        moment = read_instant(end) if end else None
        when = f"   phase closes {end} ({relative(moment, now)})" if moment else ""
        lines += [f"Wave {day}{when}", f"{bar(counted)}  {counted.words}"]
    if len(found) > _MOST_WAVES:
        lines.append(f"and {len(found) - _MOST_WAVES} older waves: forestall waves")
    return lines or ["No wave is known."]


def _needs(needed: Sequence[Matter]) -> list[str]:
    lines = []
    for each in needed[:_MOST_NEEDS]:
        lines.append(f"  {cell(each.what):12}  {cell(each.about)}: {cell(each.reason)}")
        lines.append(f"  {'':12}  {cell(each.next_step)}")
    more = len(needed) - _MOST_NEEDS
    return lines + ([f"  and {more} more"] if more > 0 else [])


def _placements(jobs: Sequence[JobView]) -> list[str]:
    found = by_wave(jobs)
    if not found:
        return []
    short = [msgspec.structs.replace(each, scope=scope_name(each.scope)) for each in found[0][1]]
    return ["BY PLACEMENT   ● done  ◔◑◕ moves  ○ waits  ✕ failed  ‖ parked  ! missed",
            *(f"  {cell(line)}" for line in lanes(short, _MOST_PLACEMENTS))]  # fmt: skip


def _wave_document(day: str, jobs: Sequence[JobView]) -> dict[str, object]:
    counted = numbers(jobs)
    return {
        "wave": day,
        "machines": counted.total,
        "done": counted.done,
        "moving": counted.moving,
        "waiting": counted.waiting,
        "failed": counted.failed,
        "phaseCloses": closes(jobs),
    }
