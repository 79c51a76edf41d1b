"""The figures of a run, each measured in the event log.

Seconds throughout; it rounds to the millisecond.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from math import ceil
from typing import Any

from sandbox.audit.history import Flight, History, LoggedCall


def figures_of(history: History, *, app_identity: str, cool_down: timedelta) -> dict[str, Any]:
    """All figures that the log holds, under the names of docs/sandbox/demo.md."""
    calls = [call for call in history.calls if call.event.by == app_identity]
    machine_histories = history.machines.values()
    return {
        "machines": len(machine_histories),
        "subscriptions": len(
            {machine_history.subscription for machine_history in machine_histories}
        ),
        "placements": len(
            {
                machine_history.placement
                for machine_history in machine_histories
                if machine_history.placement
            }
        ),
        "eligible": sum(machine_history.is_eligible for machine_history in machine_histories),
        "calls": len(calls),
        "accepted_calls": sum(call.accepted for call in calls),
        "refused_calls": sum(not call.accepted for call in calls),
        "redeploys_by_others": sum(
            call.accepted and call.event.by != app_identity for call in history.calls
        ),
        "instance_view_reads": sum(
            e.kind == "instance_view.read" and e.by == app_identity for e in history.events
        ),
        "faults_injected": sum(event.kind == "fault.injected" for event in history.events),
        "wave_seconds": _wave_seconds(history),
        "most_in_flight": _most_at_once(history.flights),
        "hand_over_seconds": spread(handovers(history, app_identity))
        | {"cool_down": cool_down.total_seconds()},
    }


def spread(seconds: Iterable[float]) -> dict[str, Any]:
    """Count, median, 95th percentile (nearest rank) and maximum.

    Null where nothing was measured.
    """
    ordered = sorted(seconds)
    return {
        "count": len(ordered),
        "p50": _rank(ordered, 0.5),
        "p95": _rank(ordered, 0.95),
        "max": _rank(ordered, 1.0),
    }


def handovers(history: History, app_identity: str) -> Iterator[float]:
    """For each placement, the seconds from one update domain to our first call for another.

    They count from the end of the last flight of the former. The cool-down is in it: what the app
    itself adds is the rest.
    """
    flights: Mapping[str | None, list[Flight]] = _by_placement(history.flights)
    latest: dict[str, str] = {}
    for call in history.calls:
        machine_history = history.machines[call.machine]
        if call.event.by != app_identity or not call.accepted or machine_history.placement is None:
            continue
        if latest.get(machine_history.placement, machine_history.lane) != machine_history.lane:
            yield from _since_last(
                call, latest[machine_history.placement], flights[machine_history.placement]
            )
        latest[machine_history.placement] = machine_history.lane


def _since_last(call: LoggedCall, lane: str, flights: Sequence[Flight]) -> Iterator[float]:
    ends = [
        each.end for each in flights if each.lane == lane and each.end and each.end <= call.event.at
    ]
    if ends:
        yield _seconds(call.event.at - max(ends))


def _by_placement(flights: Iterable[Flight]) -> dict[str | None, list[Flight]]:
    found: dict[str | None, list[Flight]] = defaultdict(list)
    for flight in flights:
        found[flight.placement].append(flight)
    return found


def _wave_seconds(history: History) -> float | None:
    """From the first announcement to the end of the last flight."""
    announced = [event.at for event in history.events if event.kind == "maintenance.announced"]
    ends = [flight.end for flight in history.flights if flight.end]
    return _seconds(max(ends) - min(announced)) if announced and ends else None


def _most_at_once(flights: Iterable[Flight]) -> int:
    steps = [(each.first.line, 1) for each in flights]
    steps += [(each.last.line, -1) for each in flights if each.last]
    now = most = 0
    for _, step in sorted(steps):
        now += step
        most = max(most, now)
    return most


def _rank(ordered: Sequence[float], share: float) -> float | None:
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else None


def _seconds(length: timedelta) -> float:
    return round(length.total_seconds(), 3)
