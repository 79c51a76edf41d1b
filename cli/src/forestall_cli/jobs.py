"""Jobs, locks and pauses as text for a terminal."""

from collections.abc import Iterable

from forestall_cli.plan import place
from forestall_cli.responses import (
    ExplanationView,
    JobList,
    JobView,
    PauseList,
    SemaphoreList,
    SemaphoreView,
    UnreadableView,
)
from forestall_cli.tables import cell, in_columns, in_lines


def jobs(response: JobList) -> str:
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
            for each in response.jobs
        ),
    )
    return "\n".join([table, *_unreadable("job", response.unreadable)])


def job(response: JobView) -> str:
    """One job with all its fields."""
    return "\n".join(in_lines(response))


def semaphore_list(response: SemaphoreList) -> str:
    """One line per lock, then one per row that cannot be read."""
    table = semaphores(response.semaphores)
    return "\n".join([table, *_unreadable("lock", response.unreadable)])


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
    """A machine's job, its place in the plan, the locks that it needs, and its audit trail."""
    trail = [
        f"{line.at}  {line.event:18} {line.by:12} "
        + " ".join(f"{cell(name)}={cell(value)}" for name, value in line.detail.items())
        for line in response.audit_trail
    ]
    return "\n".join(
        [
            *in_lines(response.job),
            "",
            *place(response.plan),
            semaphores(response.semaphores),
            "",
            *map(str.rstrip, trail),
        ]
    )


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
