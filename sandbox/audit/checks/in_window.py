"""I4: each of our calls is in a long enough change window and in the machine's self-service phase.

The app looked at the clock before the call travelled, so ends are allowed two seconds; openings are
not.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sandbox.audit.allowances import TRAVEL
from sandbox.audit.history import History, LoggedCall
from sandbox.audit.rules import OneOffWindow, Rules, Windows
from sandbox.audit.violations import Invariant, Violation, violation
from sandbox.audit.windows import open_until

#: docs/decisions/0078: a window of one machine lasts four hours at most
LONGEST_ONE_OFF = timedelta(hours=4)


def violations(history: History, rules: Rules, app_identity: str) -> Iterator[Violation]:
    """Each of our calls outside the windows, too late in one, or outside the self-service phase."""
    for call in history.calls:
        if call.event.by == app_identity:
            yield from _by_the_policy(call, rules)
            yield from _by_azures_phase(call)


def _by_the_policy(call: LoggedCall, rules: Rules) -> Iterator[Violation]:
    at, duration, windows = call.event.at, rules.timing.expected_duration, rules.change_windows
    if _fits(windows, at, duration) or _fits(windows, at - TRAVEL, duration):
        return
    if any(_fits_one_off(each, call, duration) for each in rules.one_off_windows):
        return
    closes = open_until(windows, at)
    if closes is None:
        yield violation(Invariant.CHANGE_WINDOW, call, "called while no change window was open")
        return
    left, needed = (closes - at).total_seconds(), duration.total_seconds()
    yield violation(
        Invariant.CHANGE_WINDOW,
        call,
        f"called {left:.1f} s before the change window closed; a redeploy takes up to {needed:g} s",
    )


def _fits(windows: Windows, moment: datetime, duration: timedelta) -> bool:
    closes = open_until(windows, moment)
    return closes is not None and moment + duration <= closes


def _fits_one_off(window: OneOffWindow, call: LoggedCall, duration: timedelta) -> bool:
    """Whether a window that was opened for this machine alone is long enough for the call."""
    end = min(window.end, window.start + LONGEST_ONE_OFF)
    at = call.event.at
    is_open = window.start <= at and at - TRAVEL + duration <= end
    return is_open and window.machine.lower() == call.machine.lower()


def _by_azures_phase(call: LoggedCall) -> Iterator[Violation]:
    announcement = call.announcement
    if announcement is None:
        yield violation(
            Invariant.CHANGE_WINDOW,
            call,
            "called though no self-service phase had been announced for it",
        )
        return
    opens, closes = (
        announcement.moment("self_service_start"),
        announcement.moment("self_service_end"),
    )
    if not opens <= call.event.at < closes + TRAVEL:
        told = f"called outside its self-service phase, {opens:%H:%M:%S} to {closes:%H:%M:%S} UTC"
        yield violation(Invariant.CHANGE_WINDOW, call, told, [announcement.line])
