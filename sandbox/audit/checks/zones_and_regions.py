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

from sandbox.audit.checks.one_lane import too_early
from sandbox.audit.history import Flight, History, LoggedCall, MachineHistory
from sandbox.audit.region_pairs import paired_with
from sandbox.audit.rules import Limits, Rules
from sandbox.audit.violations import Invariant, Violation, violation


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
        machine: tuple(memberships_of(machine_history, rules.limits))
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
                yield from _beside(call, membership, earlier, memberships, (rules, app_identity))


def memberships_of(machine_history: MachineHistory, limits: Limits) -> Iterator[LaneMembership]:
    """Where a machine takes turns: the zones of its region, and its pair of regions."""
    location, zone = machine_history.location, machine_history.loaded.more.get("zone")
    if zone is not None and limits.per_zone is not None:
        yield LaneMembership(
            scope=f"zones of {location} in {machine_history.subscription}",
            lane=f"zone {zone}",
            limit=limits.per_zone,
        )
    if location and limits.per_region is not None:
        family = paired_with(location) or (location,)
        yield LaneMembership(
            scope=f"{' and '.join(family)} in {machine_history.subscription}",
            lane=location,
            limit=limits.per_region,
        )


def _beside(
    call: LoggedCall,
    membership: LaneMembership,
    earlier: Sequence[Flight],
    memberships: dict[str, tuple[LaneMembership, ...]],
    judged: tuple[Rules, str],
) -> Iterator[Violation]:
    rules, app_identity = judged
    same = []
    for flight in earlier:
        lane = next(
            (each.lane for each in memberships[flight.machine] if each.scope == membership.scope),
            None,
        )
        if lane == membership.lane:
            if flight.is_held_at(call.event, app_identity, rules.timing.bake_time):
                same.append(flight)
        elif lane is not None:
            lanes = (membership.lane, lane)
            told = too_early(call, flight, lanes=lanes, rules=rules, app_identity=app_identity)
            if told:
                yield _violation(call, told, [flight])
    if len(same) >= membership.limit:
        told = (
            f"{len(same)} in flight already in {membership.lane}, "
            f"where {membership.limit} are allowed"
        )
        yield _violation(call, told, same)


def _violation(call: LoggedCall, sentence: str, flights: Sequence[Flight]) -> Violation:
    return violation(Invariant.ONE_LANE, call, sentence, [flight.first.line for flight in flights])
