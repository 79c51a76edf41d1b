"""The rules over one history. It uses no files and no command line."""

from sandbox.audit.checks import (
    canary,
    error_budget,
    fresh_instance_view,
    in_window,
    once_per_wave,
    one_lane,
    opt_out,
    refused_before,
    spacing,
    verb,
    zones_and_regions,
)
from sandbox.audit.history import History
from sandbox.audit.rules import Rules
from sandbox.audit.violations import Violation

#: the client id under which the simulator's managed identity calls (docs/sandbox/arm.md)
FORESTALL = "f0000000-0000-4000-8000-000000000001"

#: the modules of all rules; each has `violations`
CHECKS = (
    one_lane,
    zones_and_regions,
    once_per_wave,
    fresh_instance_view,
    in_window,
    spacing,
    canary,
    opt_out,
    verb,
    refused_before,
    error_budget,
)


def audit(
    history: History, rules: Rules, *, app_identity: str = FORESTALL
) -> tuple[Violation, ...]:
    """Every violation by the caller `us`, in order of time; none means that the log shows none.

    A run in which `us` never called breaks nothing: the report says so
    (`sandbox.audit.__main__`).
    """
    found = (
        violation
        for check in CHECKS
        for violation in check.violations(history, rules, app_identity)
    )
    return tuple(sorted(found, key=lambda each: (each.at, each.invariant, each.machine)))
