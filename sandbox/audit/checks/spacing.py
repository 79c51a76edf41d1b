"""`limits.spacing`: the least time between two starts in one placement, and in one group.

The app notes in its lock when it sends a call, so two calls may arrive a little closer.
"""

from collections.abc import Iterator

from sandbox.audit.allowances import TRAVEL
from sandbox.audit.checks.one_lane import name_in
from sandbox.audit.checks.scopes import own_scopes
from sandbox.audit.history import History, LoggedCall
from sandbox.audit.rules import Rules
from sandbox.audit.violations import Invariant, Violation, violation


def violations(history: History, rules: Rules, app_identity: str) -> Iterator[Violation]:
    """Each of our accepted calls too soon after another one in its placement or group."""
    latest: dict[str, LoggedCall] = {}
    for call in history.calls:
        if call.event.by != app_identity or not call.accepted:
            continue
        for scope in own_scopes(history.machines[call.machine], rules):
            before = latest.get(scope)
            if before is not None and before.machine != call.machine:
                gap = call.event.at - before.event.at
                if gap + TRAVEL < rules.limits.spacing:
                    told = (
                        f"called {gap.total_seconds():.3f} s after {name_in(before.machine)}; "
                        f"the spacing is {rules.limits.spacing.total_seconds():g} s"
                    )
                    yield violation(Invariant.SPACING, call, told, [before.event.line])
            latest[scope] = call
