"""Jobs, locks and pauses as text for a terminal."""

from collections.abc import Iterable, Iterator, Sequence

from forestall_cli.names import machine_name, short_job, short_reason
from forestall_cli.output.answer import Answer
from forestall_cli.output.table import Table, columns
from forestall_cli.plan import place
from forestall_cli.responses.jobs import JobList, JobView, MachineList
from forestall_cli.responses.locks import PausedView, PauseList, SemaphoreList, SemaphoreView
from forestall_cli.responses.notices import NoticeList
from forestall_cli.responses.plan import ExplanationView
from forestall_cli.tables import cell, in_columns, in_lines

_LOCK_HEADS = ("scope", "lane", "slots", "holders", "waiters", "halts")


def jobs(pages: Sequence[JobList]) -> Answer:
    """One line per job, then one per row that cannot be read.

    `risk`: the rules that endanger its deadline.
    """
    found = [each for page in pages for each in page.jobs]
    return Answer(
        document=_whole(pages, {"jobs": found}),
        table=Table.of(
            columns(
                "state!", "machine!", "due@", "risk", "lane", "attempts#", "id", "reason!",
                "wave@+", "phaseCloses@+", "resource+",
            ),
            (
                (
                    each.state,
                    machine_name(each.machine),
                    each.due,
                    each.at_risk,
                    each.lane,
                    each.attempts,
                    short_job(each.id),
                    short_reason(each.reason),
                    each.wave,
                    each.self_service_end,
                    each.machine,
                )
                for each in found
            ),
        ),
        notes=[*_unreadable_of("job", pages), *more(pages)],
        ids=[each.id for each in found],
    )  # fmt: skip


def machines(pages: Sequence[MachineList]) -> Answer:
    """One line per machine, then one per subscription that scans do not see."""
    found = [each for page in pages for each in page.machines]
    unknown = [each for page in pages for each in page.unknown]
    lines = [
        f"unknown since {cell(each.since)}: subscription {cell(each.subscription)}:"
        f" {cell(each.reason)}"
        for each in unknown
    ]
    return Answer(
        document=_whole(pages, {"machines": found, "unknown": unknown}),
        table=Table.of(
            columns(
                "state!", "machine!", "since@", "phase closes@", "rule", "reason!",
                "wave@+", "job+", "resource+",
            ),
            (
                (
                    each.state,
                    machine_name(each.machine),
                    each.since,
                    each.self_service_end,
                    each.rule,
                    each.reason,
                    each.wave,
                    short_job(each.job) if each.job else None,
                    each.machine,
                )
                for each in found
            ),
        ),
        notes=[*lines, *_unreadable_of("row of machine", pages), *more(pages)],
        ids=[each.machine for each in found],
    )  # fmt: skip


def more(
    pages: Sequence[JobList | MachineList | NoticeList | PauseList | SemaphoreList],
) -> list[str]:
    """The line that says how a list continues; none where it is whole."""
    after = pages[-1].next if pages else None
    return [] if after is None else [f"more: add --after {cell(after)}"]


def job(response: JobView) -> str:
    """One job with all its fields."""
    return "\n".join(in_lines(response))


def semaphore_list(pages: Sequence[SemaphoreList]) -> Answer:
    """One line per lock, then one per row that cannot be read."""
    found = [each for page in pages for each in page.semaphores]
    return Answer(
        document=_whole(pages, {"semaphores": found}),
        table=_locks(found),
        notes=[*_unreadable_of("lock", pages), *more(pages)],
        ids=[each.scope for each in found],
    )


def pauses(pages: Sequence[PauseList]) -> Answer:
    """One line per pause."""
    found = [each for page in pages for each in page.pauses]
    document = {"pauses": found, "next": pages[-1].next if pages else None}
    if not found:
        return Answer(document=document, text="nothing is paused", ids=[])
    return Answer(
        document=document,
        table=Table.of(
            columns("target!", "by", "at@", "until@", "reason!"),
            ((each.target, each.by, each.at, each.until, each.reason) for each in found),
        ),
        notes=more(pages),
        ids=[each.target for each in found],
    )


def paused(added: PausedView) -> str:
    """What is paused, until when, and what that holds."""
    end = "" if added.until is None else f" until {cell(added.until)}"
    text = f"paused {cell(added.target)}{end}"
    held = added.held
    if held is None:
        return f"{text}; what it holds could not be counted in time: look at `forestall jobs`"
    return (
        f"{text}: it holds {_count(held.waiting, 'waiting job')} of"
        f" {_count(held.machines, 'machine')}; {_count(held.in_flight, 'job')} in flight"
        f" {'goes' if held.in_flight == 1 else 'go'} to the end"
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def explanation(response: ExplanationView) -> str:
    """Why a machine has no job; or its job, its plan, its locks, and its audit trail."""
    trail = [
        f"{line.at}  {line.event:18} {line.by:12} "
        + " ".join(f"{cell(name)}={cell(value)}" for name, value in line.detail.items())
        for line in response.audit_trail
    ]
    parts = [
        *(in_lines(each) for each in (response.left_alone, response.unknown) if each is not None)
    ]
    if response.job is not None:
        locks = in_columns(_LOCK_HEADS, _locks(response.semaphores).rows)
        parts += [in_lines(response.job), [*place(response.plan), locks]]
    return "\n\n".join("\n".join(part) for part in [*parts, [*map(str.rstrip, trail)]] if part)


def _whole(
    pages: Sequence[JobList | MachineList | SemaphoreList], lists: dict[str, object]
) -> dict[str, object]:
    """The app's answer with the elements of all pages."""
    unreadable = [each for page in pages for each in page.unreadable]
    return {**lists, "unreadable": unreadable, "next": pages[-1].next if pages else None}


def _unreadable_of(
    what: str, pages: Sequence[JobList | MachineList | SemaphoreList]
) -> Iterator[str]:
    for page in pages:
        for each in page.unreadable:
            yield f"unreadable {what} {cell(each.key)} {cell(each.machine)}: {cell(each.reason)}"


def _locks(semaphores: Iterable[SemaphoreView]) -> Table:
    """Each lock: its holders with their tokens, its waiters, and why nothing may start."""
    return Table.of(columns(*_LOCK_HEADS), map(_lock, semaphores))


def _lock(each: SemaphoreView) -> tuple[object, ...]:
    holders = [f"{one.job}#{one.token} until {one.expires_at}" for one in each.holders]
    halts = [
        f"{one.reason} ({one.job}{', others than ' + one.lane if one.lane else ''})"
        for one in each.halts
    ]
    waiters = [one.job for one in each.waiters]
    return each.scope, each.lane, each.slots, holders, waiters, halts
