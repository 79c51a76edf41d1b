"""What the least time needs, from a log and the policy: the moves that happened, and their scopes.

Each accepted call of the app is a move. It takes what Azure really took until the machine was well,
and then the bake time. So the bound tells what the app could have made of the same wave.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sandbox.audit.checks.one_lane import group_of
from sandbox.audit.checks.zones_and_regions import memberships_of
from sandbox.audit.history import NO_DOMAIN, Flight, History, MachineHistory
from sandbox.audit.least.bound import Least, Move, ScopeRule, least_time
from sandbox.audit.rules import Rules

_MANY = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Makespan:
    """How long a wave took, and how long it had to take at least."""

    #: seconds from the first phase that opened to the last machine that is verified
    seconds: float
    least: Least

    @property
    def ratio(self) -> float:
        """How many times the least time it took."""
        return self.seconds / self.least.seconds


def makespan_of(history: History, rules: Rules, *, app_identity: str) -> Makespan | None:
    """The time of all moves of the app; None where it moved nothing that came back."""
    flights = [
        flight
        for flight in history.flights
        if app_identity in flight.by and flight.end is not None and flight.end > flight.start
    ]
    opened = [
        (flight, instant)
        for flight in flights
        if (instant := _opened(history.machines[flight.machine], flight)) is not None
    ]
    if not opened:
        return None
    began = min(instant for _, instant in opened)
    scopes: dict[str, ScopeRule] = {}
    moves = []
    end = began
    for flight, instant in opened:
        verified = flight.verified(app_identity, rules.timing.bake_time)
        if verified is None:
            continue
        end = max(end, verified)
        memberships = tuple(_memberships(history.machines[flight.machine], rules, scopes))
        moves.append(
            Move(
                machine=flight.machine,
                seconds=(verified - flight.start).total_seconds(),
                scopes=memberships,
                earliest=(instant - began).total_seconds(),
            )
        )
    return Makespan(seconds=(end - began).total_seconds(), least=least_time(moves, scopes))


def _opened(machine: MachineHistory, flight: Flight) -> datetime | None:
    """When the phase opened in which the app called; None: nothing was announced."""
    call = next((each for each in machine.calls if each.event.line == flight.first.line), None)
    if call is None or call.announcement is None:
        return None
    return max(call.announcement.at, call.announcement.moment("self_service_start"))


def _memberships(
    machine: MachineHistory, rules: Rules, scopes: dict[str, ScopeRule]
) -> Iterator[tuple[str, str | None]]:
    """The scopes of a machine with its lane in each, whose rules are put into `scopes`."""
    limits, subscription = rules.limits, machine.subscription
    cool_down = limits.cool_down.total_seconds()

    def own(slots: int) -> ScopeRule:
        """The rule of machines that depend on each other."""
        spacing = limits.spacing.total_seconds()
        return ScopeRule(slots=slots, cool_down=cool_down, spacing=spacing)

    yield from _in(scopes, f"machine {machine.id}", None, ScopeRule(slots=1))
    if machine.placement is not None:
        # Without a domain one goes at a time, in a lane of all of them.
        is_alone = machine.lane == NO_DOMAIN or machine.lane.startswith("unknown:")
        lane = NO_DOMAIN if is_alone else machine.lane
        slots = 1 if is_alone else limits.slots
        name = f"placement {machine.placement}" + (" without domain" if is_alone else "")
        yield from _in(scopes, name, lane, own(slots))
    group = group_of(machine, rules)
    if group is not None:
        yield from _in(scopes, f"group {group[0]} {group[1]}", None, own(limits.slots))
    for each in memberships_of(machine, limits):
        rule = ScopeRule(slots=each.limit, cool_down=cool_down)
        yield from _in(scopes, each.scope, each.lane, rule)
    budget = rules.error_budgets.subscription.failures
    cap = ScopeRule(slots=limits.per_subscription or _MANY, ramp=limits.ramp, budget=budget)
    yield from _in(scopes, f"subscription {subscription}", None, cap)
    if limits.total is not None:
        yield from _in(scopes, "all", None, ScopeRule(slots=limits.total))


def _in(
    scopes: dict[str, ScopeRule], scope: str, lane: str | None, rule: ScopeRule
) -> Iterator[tuple[str, str | None]]:
    scopes[scope] = rule
    yield scope, lane


def as_figures(makespan: Makespan | None) -> Mapping[str, float | str | None]:
    """For a report: both times, their ratio, and the scope that causes the least time."""
    if makespan is None:
        return {"seconds": None, "least": None, "ratio": None, "scope": None}
    return {
        "seconds": round(makespan.seconds, 3),
        "least": round(makespan.least.seconds, 3),
        "ratio": round(makespan.ratio, 2),
        "scope": makespan.least.scope,
    }
