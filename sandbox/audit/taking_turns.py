"""I1 beyond placements: of the zones of a region, and of two paired regions, one is in flight at a time.

    zone 1  ──[== a ==]──[== b ==]──                         of one subscription, and of what we start ourselves: the app asks
    zone 2  ────────────────────────┼─ cool-down ─┼[== c     every machine of a placement before a call, not every one of a region

Judged like update domains: until the machine was truly well again, and then the cool-down.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sandbox.audit.history import Call, Flight, History, MachineStory
from sandbox.audit.rules import Limits, Rules
from sandbox.audit.violations import Invariant, Violation, violation

#: the pairs among the regions that rehearsals use; others are not judged here
_PAIRS = (frozenset({"westeurope", "northeurope"}), frozenset({"eastus", "westus"}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What takes turns, and whose turn a machine is."""

    what: str
    lane: str
    at_once: int


def violations(history: History, rules: Rules, us: str) -> Iterator[Violation]:
    """Every accepted call of ours that met another zone or region of its own in flight, came too early after it, or was one too many."""
    ours = [flight for flight in history.flights if us in flight.by]
    turns = {machine: tuple(_turns(story, rules.limits)) for machine, story in history.machines.items()}
    for call in history.calls:
        if call.event.by == us and call.accepted:
            earlier = [
                flight
                for flight in ours
                if flight.machine != call.machine and flight.first.line < call.event.line
            ]
            for turn in turns[call.machine]:
                yield from _beside(call, turn, earlier, turns, rules.limits)


def _turns(story: MachineStory, limits: Limits) -> Iterator[Turn]:
    location, zone = story.loaded.more.get("location"), story.loaded.more.get("zone")
    if zone is not None and limits.per_zone is not None:
        yield Turn(
            what=f"zones of {location} in {story.subscription}", lane=f"zone {zone}", at_once=limits.per_zone
        )
    for pair in _PAIRS:
        if location in pair and limits.per_region is not None:
            names = " and ".join(sorted(pair))
            yield Turn(what=f"{names} in {story.subscription}", lane=str(location), at_once=limits.per_region)


def _beside(
    call: Call, turn: Turn, earlier: Sequence[Flight], turns: dict[str, tuple[Turn, ...]], limits: Limits
) -> Iterator[Violation]:
    same = []
    for flight in earlier:
        lane = next((each.lane for each in turns[flight.machine] if each.what == turn.what), None)
        flies = flight.is_in_flight_at(call.event)
        if lane == turn.lane and flies:
            same.append(flight)
        elif lane is not None and lane != turn.lane:
            if flies:
                yield _violation(
                    call, f"called in {turn.lane} while {_name(flight)} of {lane} was in flight", [flight]
                )
            elif flight.end is not None and call.event.at - flight.end < limits.cool_down:
                gap = (call.event.at - flight.end).total_seconds()
                told = f"called in {turn.lane} {gap:.3f} s after {_name(flight)} of {lane} was back"
                yield _violation(
                    call, f"{told}; the cool-down is {limits.cool_down.total_seconds():g} s", [flight]
                )
    if len(same) >= turn.at_once:
        told = f"{len(same)} in flight already in {turn.lane}, where {turn.at_once} may be at once"
        yield _violation(call, told, same)


def _violation(call: Call, sentence: str, flights: Sequence[Flight]) -> Violation:
    return violation(Invariant.ONE_LANE, call, sentence, [flight.first.line for flight in flights])


def _name(flight: Flight) -> str:
    return flight.machine.rsplit("/", 1)[-1]
