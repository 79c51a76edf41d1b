"""Jobs, locks and pauses as text for a terminal."""

from collections.abc import Iterable, Sequence

from forestall_cli.plan import place
from forestall_cli.responses import (
    ExplanationView,
    JobList,
    JobView,
    MachineList,
    NoticeList,
    PauseList,
    SemaphoreList,
    SemaphoreView,
    UnreadableView,
)
from forestall_cli.tables import cell, in_columns, in_lines


def jobs(pages: Sequence[JobList]) -> str:
    """One line per job, then one per row that cannot be read.

    `risk`: the rules that endanger its deadline.
    """
    table = in_columns(
        ("state", "machine", "due", "risk", "lane", "attempts", "id", "reason"),
        (
            (
                each.state,
                _short(each.machine),
                each.due,
                each.at_risk,
                each.lane,
                each.attempts,
                each.id,
                each.reason,
            )
            for page in pages
            for each in page.jobs
        ),
    )
    unreadable = [line for page in pages for line in _unreadable("job", page.unreadable)]
    return "\n".join([table, *unreadable, *more(pages)])


def machines(pages: Sequence[MachineList]) -> str:
    """One line per machine, then one per subscription that scans do not see."""
    table = in_columns(
        ("state", "machine", "since", "phase closes", "rule", "reason"),
        (
            (
                each.state,
                _short(each.machine),
                each.since,
                each.self_service_end,
                each.rule,
                each.reason,
            )
            for page in pages
            for each in page.machines
        ),
    )
    unknown = [
        f"unknown since {cell(each.since)}: subscription {cell(each.subscription)}:"
        f" {cell(each.reason)}"
        for page in pages
        for each in page.unknown
    ]
    unreadable = [line for page in pages for line in _unreadable("row of machine", page.unreadable)]
    return "\n".join([table, *unknown, *unreadable, *more(pages)])


def more(pages: Sequence[JobList | MachineList | NoticeList | SemaphoreList]) -> list[str]:
    """The line that says how a list continues; none where it is whole."""
    after = pages[-1].next if pages else None
    return [] if after is None else [f"more: add --after {cell(after)}"]


def job(response: JobView) -> str:
    """One job with all its fields."""
    return "\n".join(in_lines(response))


def semaphore_list(pages: Sequence[SemaphoreList]) -> str:
    """One line per lock, then one per row that cannot be read."""
    table = semaphores(each for page in pages for each in page.semaphores)
    unreadable = [line for page in pages for line in _unreadable("lock", page.unreadable)]
    return "\n".join([table, *unreadable, *more(pages)])


def semaphores(response: Iterable[SemaphoreView]) -> str:
    """One line per lock: who holds it with which token, who waits, and why nothing may start."""
    return in_columns(
        ("scope", "lane", "slots", "holders", "waiters", "halts"), map(_lock, response)
    )


def pauses(response: PauseList) -> str:
    """One line per pause."""
    if not response.pauses:
        return "nothing is paused"
    return in_columns(
        ("target", "by", "at", "reason"),
        ((each.target, each.by, each.at, each.reason) for each in response.pauses),
    )


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
        parts += [in_lines(response.job), [*place(response.plan), semaphores(response.semaphores)]]
    return "\n\n".join("\n".join(part) for part in [*parts, [*map(str.rstrip, trail)]] if part)


def _unreadable(what: str, rows: Iterable[UnreadableView]) -> list[str]:
    return [
        f"unreadable {what} {cell(each.key)} {cell(each.machine)}: {cell(each.reason)}"
        for each in rows
    ]


def _lock(each: SemaphoreView) -> tuple[object, ...]:
    holders = [f"{one.job}#{one.token} until {one.expires_at}" for one in each.holders]
    halts = [
        f"{one.reason} ({one.job}{', others than ' + one.lane if one.lane else ''})"
        for one in each.halts
    ]
    waiters = [one.job for one in each.waiters]
    return each.scope, each.lane, each.slots, holders, waiters, halts


def _short(machine: str) -> str:
    """The name of a machine.

    For an instance of a scale set, whose own name is a number, `set/number`.
    """
    parts = machine.split("/")
    return "/".join(parts[-3::2]) if "virtualmachinescalesets" in parts else parts[-1]
