"""The rules over one history. It knows neither files nor the command line."""

from sandbox.audit import in_window, once_per_wave, one_lane, own_word, taking_turns
from sandbox.audit.history import History
from sandbox.audit.rules import Rules
from sandbox.audit.violations import Violation

#: the client id under which the simulator's managed identity calls (docs/sandbox/arm.md)
FORESTALL = "f0000000-0000-4000-8000-000000000001"

_RULES = (
    one_lane.violations,
    taking_turns.violations,
    once_per_wave.violations,
    own_word.violations,
    in_window.violations,
)


def audit(history: History, rules: Rules, *, us: str = FORESTALL) -> tuple[Violation, ...]:
    """Every violation by the caller `us`, in order of time; none means that the log shows none.

    A run in which `us` never called breaks nothing: whoever reports says so (`sandbox.audit.__main__`).
    """
    found = (violation for rule in _RULES for violation in rule(history, rules, us))
    return tuple(sorted(found, key=lambda each: (each.at, each.invariant, each.machine)))
