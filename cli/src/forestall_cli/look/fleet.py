"""What the jobs of a fleet say in numbers."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from forestall_cli.responses.jobs import JobView

WAITING = ("planned", "deferred")
MOVING = ("admitted", "redeploying", "verifying")
FAILED = ("failed", "missed", "parked")
#: a sign for each state, as the page has them
SIGNS = {
    **dict.fromkeys(WAITING, "○"),
    "admitted": "◔",
    "redeploying": "◑",
    "verifying": "◕",
    "parked": "‖",
    "succeeded": "●",
    "skipped": "·",
    "missed": "!",
    "cancelled": "\u2013",
    "failed": "✕",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """How many jobs there are of each kind."""

    total: int
    done: int
    moving: int
    waiting: int
    failed: int

    @property
    def words(self) -> str:
        """`412 of 618 done, 6 moving, 197 waiting, 3 failed`."""
        return (
            f"{self.done} of {self.total} done, {self.moving} moving,"
            f" {self.waiting} waiting, {self.failed} failed"
        )


def numbers(jobs: Iterable[JobView]) -> Numbers:
    """The numbers of these jobs."""
    counts = Counter(each.state for each in jobs)
    return Numbers(
        total=counts.total(),
        done=counts["succeeded"],
        moving=sum(counts[each] for each in MOVING),
        waiting=sum(counts[each] for each in WAITING),
        failed=sum(counts[each] for each in FAILED),
    )


def by_wave(jobs: Iterable[JobView]) -> list[tuple[str, list[JobView]]]:
    """Jobs by the day on which their self-service phase starts, the newest wave first."""
    found: dict[str, list[JobView]] = {}
    for each in jobs:
        found.setdefault(each.wave[:10], []).append(each)
    return sorted(found.items(), reverse=True)


def closes(jobs: Iterable[JobView]) -> str | None:
    """When the first of their phases closes."""
    return min((each.self_service_end for each in jobs if each.self_service_end), default=None)


def bar(counted: Numbers, cells: int = 40) -> str:
    """Progress as a bar of so many cells."""
    done = cells * counted.done // max(1, counted.total)
    moving = min(cells - done, -(-cells * counted.moving // max(1, counted.total)))
    return "━" * done + "╸" * moving + "·" * (cells - done - moving)


def lanes(jobs: Iterable[JobView], most: int) -> list[str]:
    """One line for each placement: its lanes, with a sign for each machine. Busy ones first."""
    scopes: dict[str, dict[str, list[JobView]]] = {}
    for each in jobs:
        scopes.setdefault(each.scope, {}).setdefault(each.lane or "-", []).append(each)
    ordered = sorted(scopes.items(), key=lambda item: (not _is_busy(item[1]), item[0]))
    lines = []
    for scope, found in ordered[:most]:
        parts = [f"{lane} {_signs(those)}" for lane, those in sorted(found.items())]
        lines.append(f"{scope}  {'  '.join(parts)}")
    return lines + ([f"and {len(ordered) - most} more placements"] if len(ordered) > most else [])


def _is_busy(found: dict[str, list[JobView]]) -> bool:
    return any(each.state in MOVING for those in found.values() for each in those)


def _signs(jobs: list[JobView]) -> str:
    shown = "".join(SIGNS.get(each.state, "?") for each in jobs[:20])
    return shown + (f"+{len(jobs) - 20}" if len(jobs) > 20 else "")  # noqa: PLR2004 - of the line
