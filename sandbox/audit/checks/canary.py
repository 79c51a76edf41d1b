"""Canaries: the first machines of a placement and of a group go alone, and the others wait.

    canary ──[== a ==]─ bake ─┼─ soak ─┼[== b ==]     `canary.machines` = 1
                                       [== c ==]

A machine with the canary's tag goes before the others of its placement and group. Both hold for
the machines of one wave.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sandbox.audit.checks.one_lane import name_in
from sandbox.audit.checks.opt_out import is_opted_out
from sandbox.audit.checks.scopes import own_scopes
from sandbox.audit.history import Flight, History, LoggedCall, MachineHistory
from sandbox.audit.rules import Rules
from sandbox.audit.violations import Invariant, Violation, violation

#: after these a canary has nothing to do any more
_OVER = {"maintenance.cleared", "maintenance.cancelled", "maintenance.closed"}
_AWAY = {"stopped", "deallocated", "deleted"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Move:
    """One of our accepted calls, with its flight."""

    call: LoggedCall
    flight: Flight


def violations(history: History, rules: Rules, app_identity: str) -> Iterator[Violation]:
    """Each of our accepted calls that did not wait for its canaries."""
    if not rules.canary.machines:
        return
    moves = [
        _Move(call=call, flight=flight)
        for call in history.calls
        if call.event.by == app_identity and call.accepted
        for flight in history.machines[call.machine].flights
        if flight.first.line <= call.event.line
        and (flight.last is None or call.event.line <= flight.last.line)
    ]
    for number, move in enumerate(moves):
        machine_history = history.machines[move.call.machine]
        for scope in own_scopes(machine_history, rules):
            earlier = [
                each
                for each in moves[:number]
                if each.call.wave == move.call.wave
                and each.call.machine != move.call.machine
                and scope in own_scopes(history.machines[each.call.machine], rules)
            ]
            yield from _after_the_first(move.call, earlier, history, rules, app_identity)
            yield from _after_the_tagged(move.call, scope, history, rules)


def _after_the_first(
    call: LoggedCall,
    earlier: Sequence[_Move],
    history: History,
    rules: Rules,
    app_identity: str,
) -> Iterator[Violation]:
    bake_time = rules.timing.bake_time
    held = [
        each.flight
        for each in earlier
        if each.flight.is_held_at(call.event, app_identity, bake_time)
    ]
    passed = sorted(
        verified
        for each in earlier
        if each.flight not in held
        and _came_back(history.machines[each.call.machine], each.flight)
        and (verified := each.flight.verified(app_identity, bake_time)) is not None
    )
    if len(passed) < rules.canary.machines:
        if held:
            told = f"called while the canary {name_in(held[0].machine)} was in flight"
            yield violation(Invariant.CANARY, call, told, [held[0].first.line])
        return
    over = passed[rules.canary.machines - 1] + rules.canary.soak
    if call.event.at < over:
        left = (over - call.event.at).total_seconds()
        told = f"called {left:.3f} s before the soak time after the canaries was over"
        yield violation(Invariant.CANARY, call, told)


def _came_back(machine_history: MachineHistory, flight: Flight) -> bool:
    """Whether the machine is on an updated host after its flight."""
    end = flight.last.line if flight.last else 0
    return flight.moved_by is not None and any(
        each.kind == "maintenance.cleared"
        for each in machine_history.events
        if flight.first.line <= each.line <= end
    )


def _after_the_tagged(
    call: LoggedCall, scope: str, history: History, rules: Rules
) -> Iterator[Violation]:
    if history.machines[call.machine].tag(rules.tags.canary) == "on":
        return
    for canary in history.machines.values():
        if (
            canary.tag(rules.tags.canary) == "on"
            and canary.is_eligible
            and not is_opted_out(canary, rules)
            and scope in own_scopes(canary, rules)
            and _is_waiting(canary, call)
        ):
            told = f"called before the canary {name_in(canary.id)}, which its tag names"
            yield violation(Invariant.CANARY, call, told, [canary.loaded.line])


def _is_waiting(canary: MachineHistory, call: LoggedCall) -> bool:
    """Whether the canary's maintenance in the wave of the call is still before it."""
    waiting = False
    for event in canary.events:
        if event.line >= call.event.line:
            break
        if event.kind == "maintenance.announced":
            waiting = str(event.more["wave"]) == call.wave
        elif (
            event.kind in _OVER
            or event.kind == "redeploy.requested"
            or (event.kind == "machine.changed" and event.more["change"] in _AWAY)
        ):
            waiting = False
    return waiting
