"""I3: each of our calls follows a fresh reading of the machine's own instance view that allowed it.

The reading must be ours, not older than 30 seconds, and later than anything that had happened to
the machine since. Actions of others in the last second before the call are excused: they were
faster, between our reading and our call.
"""

from collections.abc import Iterator

from sandbox.audit.allowances import FRESH, UNSEEN
from sandbox.audit.events import Event
from sandbox.audit.history import History, LoggedCall, MachineHistory
from sandbox.audit.rules import Rules
from sandbox.audit.violations import Invariant, Violation, violation

#: events that leave a machine as it was
_WITHOUT_EFFECT = {"instance_view.read", "fault.injected"}


def violations(history: History, _rules: Rules, app_identity: str) -> Iterator[Violation]:
    """Each of our calls that was not based on the machine's own instance view."""
    for machine_history in history.machines.values():
        for call in machine_history.calls:
            if call.event.by == app_identity:
                yield from _check(call, machine_history, app_identity)


def _check(
    call: LoggedCall, machine_history: MachineHistory, app_identity: str
) -> Iterator[Violation]:
    before = [each for each in machine_history.events if each.line < call.event.line]
    reading = next((each for each in reversed(before) if _is_reading(each, app_identity)), None)
    if reading is None:
        yield violation(
            Invariant.FRESH_INSTANCE_VIEW, call, "called without ever having read its instance view"
        )
        return
    if not reading.more["allowed"]:
        yield violation(
            Invariant.FRESH_INSTANCE_VIEW,
            call,
            "called though its instance view said not allowed",
            [reading.line],
        )
    age = call.event.at - reading.at
    if age > FRESH:
        yield violation(
            Invariant.FRESH_INSTANCE_VIEW,
            call,
            f"called after a reading {age.total_seconds():.1f} s old, at most {FRESH.seconds} s",
            [reading.line],
        )
    happened = next(
        (each for each in before if each.line > reading.line and _counts(each, call, app_identity)),
        None,
    )
    if happened is not None:
        yield violation(
            Invariant.FRESH_INSTANCE_VIEW,
            call,
            f"called after a reading from before its {happened.kind}; not read again since",
            [reading.line, happened.line],
        )


def _is_reading(event: Event, app_identity: str) -> bool:
    return event.kind == "instance_view.read" and event.by == app_identity


def _counts(event: Event, call: LoggedCall, app_identity: str) -> bool:
    """Whether an event between reading and call visibly made the reading outdated."""
    refused = event.kind == "redeploy.requested" and not event.more["accepted"]
    if event.kind in _WITHOUT_EFFECT or (refused and event.by != app_identity):
        return False
    return event.by == app_identity or call.event.at - event.at >= UNSEEN
