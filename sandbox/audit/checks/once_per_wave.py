"""I2: we redeploy a machine at most once per wave, unless Azure allowed it again.

The attempts of the policy limit that as well. Between two accepted calls the log must show one of
three things. The machine landed on a host that is still scheduled (maintenance.rescheduled). Or the
operation ended without success. Or, after the end of the first operation, a reading of the machine
itself, not a stale one, allowed it.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from sandbox.audit.events import Event
from sandbox.audit.history import History, LoggedCall, MachineHistory
from sandbox.audit.rules import Rules
from sandbox.audit.violations import Invariant, Violation, violation

_UNSUCCESSFUL = {"Failed", "Canceled"}


def violations(history: History, rules: Rules, app_identity: str) -> Iterator[Violation]:
    """Every second call without a reason, and every call beyond `limits.max_attempts`."""
    for machine_history in history.machines.values():
        for calls in _by_wave(machine_history, app_identity).values():
            for first, second in pairwise(calls):
                if not _is_allowed_again(machine_history, first, second):
                    told = (
                        f"called again in wave {second.wave} though Azure had not allowed it again"
                    )
                    yield violation(Invariant.ONCE_PER_WAVE, second, told, [first.event.line])
            attempts = rules.limits.max_attempts
            if len(calls) > attempts:
                *before, last = calls
                told = (
                    f"called {len(calls)} times in wave {last.wave}, "
                    f"{attempts} attempts are allowed"
                )
                yield violation(
                    Invariant.ONCE_PER_WAVE, last, told, [each.event.line for each in before]
                )


def _by_wave(
    machine_history: MachineHistory, app_identity: str
) -> dict[str | None, list[LoggedCall]]:
    found: dict[str | None, list[LoggedCall]] = defaultdict(list)
    for call in machine_history.calls:
        if call.accepted and call.event.by == app_identity:
            found[call.wave].append(call)
    return found


def _is_allowed_again(
    machine_history: MachineHistory, first: LoggedCall, second: LoggedCall
) -> bool:
    between = [
        each for each in machine_history.events if first.event.line < each.line < second.event.line
    ]
    ended = False
    for event in between:
        if event.kind == "maintenance.rescheduled":
            return True
        if event.kind == "operation.finished" and event.operation == first.event.operation:
            ended = True
            if event.more["status"] in _UNSUCCESSFUL:
                return True
        if ended and _shows_allowed(event):
            return True
    return False


def _shows_allowed(event: Event) -> bool:
    return (
        event.kind == "instance_view.read"
        and bool(event.more["allowed"])
        and not event.more.get("stale")
    )
