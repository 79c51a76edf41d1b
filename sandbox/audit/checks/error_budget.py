"""`error_budgets`: after too many failures nothing more starts in a placement, group, subscription.

A machine has failed when we called for it and it is not well again after all the time that the
policy gives one redeploy. The app may know a failure sooner, and the log does not show when. An
operator who lifts the halt while the machine is still down is not in the log.
"""

from collections.abc import Iterator, Sequence

from sandbox.audit.checks.one_lane import name_in
from sandbox.audit.checks.scopes import own_scopes
from sandbox.audit.history import Flight, History, LoggedCall
from sandbox.audit.rules import Budget, Rules
from sandbox.audit.violations import Invariant, Violation, violation


def violations(history: History, rules: Rules, app_identity: str) -> Iterator[Violation]:
    """Each of our accepted calls where the budget was spent."""
    ours = [flight for flight in history.flights if app_identity in flight.by]
    scopes = {each.id: own_scopes(each, rules) for each in history.machines.values()}
    for call in history.calls:
        if call.event.by != app_identity or not call.accepted:
            continue
        failed = [each for each in ours if _has_failed(each, call, rules)]
        for scope in sorted(scopes[call.machine]):
            fellows = [each for each in failed if scope in scopes[each.machine]]
            of = sum(scope in each for each in scopes.values())
            if _is_spent(rules.error_budgets.group, fellows, of):
                yield _violation(call, fellows, "in its placement or group")
        subscription = history.machines[call.machine].subscription
        fellows = [each for each in failed if each.subscription == subscription]
        of = sum(each.subscription == subscription for each in history.machines.values())
        if _is_spent(rules.error_budgets.subscription, fellows, of):
            yield _violation(call, fellows, "in its subscription")


def _has_failed(flight: Flight, call: LoggedCall, rules: Rules) -> bool:
    """Whether another machine is down for longer than any redeploy may take."""
    timing = rules.timing
    longest = timing.grace_period + timing.operation_timeout + timing.verify_timeout
    return (
        flight.machine != call.machine
        and flight.first.line < call.event.line
        and flight.is_in_flight_at(call.event)
        and call.event.at > flight.start + longest
    )


def _is_spent(budget: Budget, failed: Sequence[Flight], of: int) -> bool:
    """A share counts for all machines, as the log does not show which of them have a job."""
    if not failed:
        return False
    lost = len({each.machine for each in failed})
    return (budget.failures is not None and lost >= budget.failures) or (
        budget.percent is not None and lost * 100 >= budget.percent * of
    )


def _violation(call: LoggedCall, failed: Sequence[Flight], where: str) -> Violation:
    names = ", ".join(sorted({name_in(each.machine) for each in failed}))
    told = f"called though {names} did not come back {where}: the error budget is spent"
    return violation(Invariant.ERROR_BUDGET, call, told, [each.first.line for each in failed])
