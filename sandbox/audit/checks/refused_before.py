"""After the answer "not eligible" a machine is not called again in its wave.

No attempt can change that answer, and each one is a request against a shared limit.
"""

from collections.abc import Iterator

from sandbox.audit.history import History, LoggedCall
from sandbox.audit.rules import Rules
from sandbox.audit.violations import Invariant, Violation, violation

_CONFLICT = 409
_SAID = "is not eligible"


def violations(history: History, _rules: Rules, app_identity: str) -> Iterator[Violation]:
    """Each of our calls after such an answer for the same machine in the same wave."""
    first: dict[tuple[str, str | None], LoggedCall] = {}
    for call in history.calls:
        if call.event.by != app_identity:
            continue
        before = first.get((call.machine, call.wave))
        if before is not None:
            told = "called again though Azure had said that the subscription is not eligible"
            yield violation(Invariant.REFUSED_BEFORE, call, told, [before.event.line])
        elif _says_not_eligible(call):
            first[call.machine, call.wave] = call


def _says_not_eligible(call: LoggedCall) -> bool:
    more = call.event.more
    return more["status"] == _CONFLICT and _SAID in str(more.get("message") or "").lower()
