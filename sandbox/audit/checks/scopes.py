"""Which machines depend on each other: those of a placement, and those of a group."""

from sandbox.audit.checks.one_lane import group_of
from sandbox.audit.history import MachineHistory
from sandbox.audit.rules import Rules


def own_scopes(machine_history: MachineHistory, rules: Rules) -> frozenset[str]:
    """The placement and the group of a machine; a machine without a set is alone in its own."""
    group = group_of(machine_history, rules)
    placement = machine_history.placement or machine_history.id
    return frozenset({placement, f"group {group[0]} {group[1]}"} if group else {placement})
