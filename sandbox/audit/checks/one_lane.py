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
            yield from _among_neighbours(call, machine_history, neighbours, rules, app_identity)
        others = [
            each
            for each in ours
            if each.machine != call.machine
            and each.first.line < call.event.line
            and each.is_held_at(call.event, app_identity, rules.timing.bake_time)
        ]
        yield from _over_caps(call, machine_history, others, rules.limits)
        yield from _in_group(call, history, others, rules)


def _in_group(
    call: LoggedCall, history: History, others: Sequence[Flight], rules: Rules
) -> Iterator[Violation]:
    """Machines with the same tag in one subscription share the slots of one update domain."""
    group = group_of(history.machines[call.machine], rules)
    if group is None:
        return
    same = [each for each in others if group_of(history.machines[each.machine], rules) == group]
    if len(same) >= rules.limits.slots:
        told = f"{_others(same)} in flight already in the group {group[1]!r}"
        yield _violation(call, f"{told}, where {rules.limits.slots} are allowed", same)


def group_of(machine_history: MachineHistory, rules: Rules) -> tuple[str, str] | None:
    """Subscription and name of the group that the machine's tag names; None without one."""
    name = machine_history.tag(rules.tags.group)
    return (machine_history.subscription, name) if name else None


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
    call: LoggedCall,
    machine_history: MachineHistory,
    neighbours: Sequence[Flight],
    rules: Rules,
    app_identity: str,
) -> Iterator[Violation]:
    limits, bake_time = rules.limits, rules.timing.bake_time
    held = [each for each in neighbours if each.is_held_at(call.event, app_identity, bake_time)]
    same = [flight for flight in held if flight.lane == machine_history.lane]
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
            told = too_early(
                call,
                flight,
                lanes=(machine_history.lane, flight.lane),
                rules=rules,
                app_identity=app_identity,
            )
            if told:
                yield _violation(call, told, [flight])


def too_early(
    call: LoggedCall, other: Flight, *, lanes: tuple[str, str], rules: Rules, app_identity: str
) -> str:
    """Why a call in the first lane came too early after a flight in the second; empty: it did not.

    The other machine is watched for the bake time, and then the cool-down begins.
    """
    names = f"{name_in(other.machine)} of {lanes[1]}"
    if other.is_in_flight_at(call.event):
        return f"called in {lanes[0]} while {names} was in flight"
    verified = other.verified(app_identity, rules.timing.bake_time)
    if other.end is None or verified is None or call.event.at >= verified + rules.limits.cool_down:
        return ""
    gap = (call.event.at - other.end).total_seconds()
    cool_down = rules.limits.cool_down.total_seconds()
    bake = f" after a bake time of {(verified - other.end).total_seconds():g} s"
    return (
        f"called in {lanes[0]} {gap:.3f} s after {names} was back; the cool-down is "
        f"{cool_down:g} s{bake if verified > other.end else ''}"
    )


def _over_caps(
    call: LoggedCall, machine_history: MachineHistory, others: Sequence[Flight], limits: Limits
) -> Iterator[Violation]:
    """The caps bound what we start; what others do in a subscription is not under them."""
    at_home = [each for each in others if each.subscription == machine_history.subscription]
    for cap, found, where in (
        (limits.total, others, "in total"),
        (limits.per_subscription, at_home, "in its subscription"),
    ):
        if cap is not None and len(found) >= cap:
            yield _violation(
                call, f"{_others(found)} in flight {where}, where {cap} are allowed", found
            )


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


def name_in(machine: str) -> str:
    """The last part of a machine's id."""
    return machine.rsplit("/", 1)[-1]
