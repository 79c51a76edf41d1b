"""I1: one update domain of a placement at a time, its slots, its cool-down, and the caps.

    ud:0  ──[== a ==]──────────
    ud:0  ─────[== b ==]───────
    ud:1  ──────────────┼─ cool-down ─┼[== c

A flight ends when the machine was truly well again. The app sees that a little later, so its
cool-down is never shorter than the one measured here, and the bound holds exactly.

Only our own accepted calls can break it: a redeploy that someone else starts counts as in flight,
but not against us.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from sandbox.audit.allowances import UNSEEN
from sandbox.audit.history import NO_DOMAIN, Flight, History, LoggedCall, MachineHistory
from sandbox.audit.rules import Limits, Rules
from sandbox.audit.violations import Invariant, Violation, violation


def violations(history: History, rules: Rules, app_identity: str) -> Iterator[Violation]:
    """Each of our accepted calls with others in flight, too early after them, or one too many."""
    by_placement = _by_placement(history.flights)
    ours = [flight for flight in history.flights if app_identity in flight.by]
    for call in history.calls:
        if call.event.by != app_identity or not call.accepted:
            continue
        machine_history = history.machines[call.machine]
        if machine_history.placement is not None:
            neighbours = _visible_flights(
                call, by_placement[machine_history.placement], app_identity
            )
            yield from _among_neighbours(call, machine_history, neighbours, rules.limits)
        yield from _over_caps(call, machine_history, ours, rules.limits)


def _by_placement(flights: Iterable[Flight]) -> dict[str, list[Flight]]:
    found: dict[str, list[Flight]] = defaultdict(list)
    for flight in flights:
        if flight.placement is not None:
            found[flight.placement].append(flight)
    return found


def _visible_flights(
    call: LoggedCall, flights: Sequence[Flight], app_identity: str
) -> list[Flight]:
    """Flights of other machines that began before the call.

    Those that others began count only if they began long enough before.
    """
    return [
        flight
        for flight in flights
        if flight.machine != call.machine
        and flight.first.line < call.event.line
        and (app_identity in flight.by or call.event.at - flight.start >= UNSEEN)
    ]


def _among_neighbours(
    call: LoggedCall, machine_history: MachineHistory, neighbours: Sequence[Flight], limits: Limits
) -> Iterator[Violation]:
    in_flight = [flight for flight in neighbours if flight.is_in_flight_at(call.event)]
    same = [flight for flight in in_flight if flight.lane == machine_history.lane]
    slots = 1 if machine_history.lane == NO_DOMAIN else limits.slots
    if len(same) >= slots:
        yield _violation(
            call,
            (
                f"{_others(same)} in flight already in {machine_history.lane}, "
                f"where {slots} are allowed"
            ),
            same,
        )
    for flight in neighbours:
        if flight.lane != machine_history.lane:
            yield from _between_lanes(call, machine_history, flight, limits.cool_down)


def _between_lanes(
    call: LoggedCall, machine_history: MachineHistory, other: Flight, cool_down: timedelta
) -> Iterator[Violation]:
    names = f"{_name(other.machine)} of {other.lane}"
    if other.is_in_flight_at(call.event):
        yield _violation(
            call, f"called in {machine_history.lane} while {names} was in flight", [other]
        )
    elif other.end is not None and call.event.at - other.end < cool_down:
        gap = (call.event.at - other.end).total_seconds()
        told = (
            f"called in {machine_history.lane} {gap:.3f} s after {names} was back; the cool-down is"
        )
        yield _violation(call, f"{told} {cool_down.total_seconds():g} s", [other])


def _over_caps(
    call: LoggedCall, machine_history: MachineHistory, ours: Sequence[Flight], limits: Limits
) -> Iterator[Violation]:
    """The caps bound what we start; what others do in a subscription is not under them."""
    if limits.total is None and limits.per_subscription is None:
        return
    others = [
        each for each in ours if each.machine != call.machine and _is_in_flight_at(each, call)
    ]
    at_home = [each for each in others if each.subscription == machine_history.subscription]
    for cap, found, where in (
        (limits.total, others, "in total"),
        (limits.per_subscription, at_home, "in its subscription"),
    ):
        if cap is not None and len(found) >= cap:
            yield _violation(
                call, f"{_others(found)} in flight {where}, where {cap} are allowed", found
            )


def _is_in_flight_at(flight: Flight, call: LoggedCall) -> bool:
    return flight.first.line < call.event.line and flight.is_in_flight_at(call.event)


def _violation(call: LoggedCall, sentence: str, flights: Sequence[Flight]) -> Violation:
    starts = [flight.first.line for flight in flights]
    return violation(Invariant.ONE_LANE, call, sentence, [*starts, *_ends(flights, call)])


def _ends(flights: Sequence[Flight], call: LoggedCall) -> Iterator[int]:
    return (
        each.last.line
        for each in flights
        if each.last is not None and each.last.line < call.event.line
    )


def _others(flights: Sequence[Flight]) -> str:
    return "1 other was" if len(flights) == 1 else f"{len(flights)} others were"


def _name(machine: str) -> str:
    return machine.rsplit("/", 1)[-1]
