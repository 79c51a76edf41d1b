"""Only performMaintenance is called: a plain redeploy may land on another host with maintenance."""

from collections.abc import Iterator

from sandbox.audit.history import History
from sandbox.audit.rules import Rules
from sandbox.audit.violations import Invariant, Violation, violation

ALLOWED = "performMaintenance"


def violations(history: History, _rules: Rules, app_identity: str) -> Iterator[Violation]:
    """Each of our calls, accepted or not, with another verb."""
    for call in history.calls:
        verb = str(call.event.more["verb"])
        if call.event.by == app_identity and verb != ALLOWED:
            yield violation(Invariant.VERB, call, f"called {verb}, not {ALLOWED}")
