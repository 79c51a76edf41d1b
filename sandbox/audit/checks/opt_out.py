"""A machine that its owner's tag leaves alone is never called: `forestall=off`.

Every value but `on`, `true` and `yes` leaves it alone.
"""

from collections.abc import Iterator

from sandbox.audit.history import History, MachineHistory
from sandbox.audit.rules import Rules
from sandbox.audit.violations import Invariant, Violation, violation

_MAY_GO = (None, "on", "true", "yes")


def violations(history: History, rules: Rules, app_identity: str) -> Iterator[Violation]:
    """Each of our calls, accepted or not, for a machine that opted out."""
    for call in history.calls:
        machine_history = history.machines[call.machine]
        if call.event.by == app_identity and is_opted_out(machine_history, rules):
            value = machine_history.tag(rules.tags.control)
            told = f"called though its tag {rules.tags.control} is {value!r}"
            yield violation(Invariant.OPT_OUT, call, told, [machine_history.loaded.line])


def is_opted_out(machine_history: MachineHistory, rules: Rules) -> bool:
    """Whether the machine's tag leaves it alone."""
    return machine_history.tag(rules.tags.control) not in _MAY_GO
