"""I1 beyond placements.

One zone of a region, and one of two paired regions, is in flight at a time.

    zone 1  ──[== a ==]──[== b ==]──
    zone 2  ────────────────────────┼─ cool-down ─┼[== c

That holds within one subscription, and for what we start ourselves: the app asks every machine of a
placement before a call, not every one of a region.

Judged like update domains: until the machine was truly well again, and then the cool-down.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sandbox.audit.history import Flight, History, LoggedCall, MachineHistory
from sandbox.audit.rules import Limits, Rules
from sandbox.audit.violations import Invariant, Violation, violation

#: the pairs among the regions that rehearsals use; others are not judged here
_PAIRS = (frozenset({"westeurope", "northeurope"}), frozenset({"eastus", "westus"}))


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneMembership:
    """What takes turns, and whose turn a machine is."""

    scope: str
    lane: str
    limit: int


def violations(history: History, rules: Rules, app_identity: str) -> Iterator[Violation]:
    """Each of our accepted calls that came too early, or was one too many.

    Too early is while another zone or region is in flight, or within the cool-down after it.
    """
    ours = [flight for flight in history.flights if app_identity in flight.by]
    memberships = {
        machine: tuple(_memberships(machine_history, rules.limits))
        for machine, machine_history in history.machines.items()
    }
    for call in history.calls:
        if call.event.by == app_identity and call.accepted:
            earlier = [
                flight
                for flight in ours
                if flight.machine != call.machine and flight.first.line < call.event.line
            ]
            for membership in memberships[call.machine]:
                yield from _beside(call, membership, earlier, memberships, rules.limits)


def _memberships(machine_history: MachineHistory, limits: Limits) -> Iterator[LaneMembership]:
    location, zone = (
        machine_history.loaded.more.get("location"),
        machine_history.loaded.more.get("zone"),
    )
    if zone is not None and limits.per_zone is not None:
        yield LaneMembership(
            scope=f"zones of {location} in {machine_history.subscription}",
            lane=f"zone {zone}",
            limit=limits.per_zone,
        )
    for pair in _PAIRS:
        if location in pair and limits.per_region is not None:
            names = " and ".join(sorted(pair))
            yield LaneMembership(
                scope=f"{names} in {machine_history.subscription}",
                lane=str(location),
                limit=limits.per_region,
            )


def _beside(
    call: LoggedCall,
    membership: LaneMembership,
    earlier: Sequence[Flight],
    memberships: dict[str, tuple[LaneMembership, ...]],
    limits: Limits,
) -> Iterator[Violation]:
    same = []
    for flight in earlier:
        lane = next(
            (each.lane for each in memberships[flight.machine] if each.scope == membership.scope),
            None,
        )
        flies = flight.is_in_flight_at(call.event)
        if lane == membership.lane and flies:
            same.append(flight)
        elif lane is not None and lane != membership.lane:
            if flies:
                yield _violation(
                    call,
                    f"called in {membership.lane} while {_name(flight)} of {lane} was in flight",
                    [flight],
                )
            elif flight.end is not None and call.event.at - flight.end < limits.cool_down:
                gap = (call.event.at - flight.end).total_seconds()
                told = (
                    f"called in {membership.lane} {gap:.3f} s after "
                    f"{_name(flight)} of {lane} was back"
                )
                yield _violation(
                    call,
                    f"{told}; the cool-down is {limits.cool_down.total_seconds():g} s",
                    [flight],
                )
    if len(same) >= membership.limit:
        told = (
            f"{len(same)} in flight already in {membership.lane}, "
            f"where {membership.limit} are allowed"
        )
        yield _violation(call, told, same)


def _violation(call: LoggedCall, sentence: str, flights: Sequence[Flight]) -> Violation:
    return violation(Invariant.ONE_LANE, call, sentence, [flight.first.line for flight in flights])


def _name(flight: Flight) -> str:
    return flight.machine.rsplit("/", 1)[-1]
