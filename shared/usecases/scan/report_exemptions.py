"""What a scan says in the log of the machines that it leaves alone. Stores nothing."""

from collections import defaultdict
from collections.abc import Iterable

from shared.domain.job.job import Job
from shared.domain.machine.machine import Machine, SubscriptionId
from shared.domain.plan.planning import NotPlanned
from shared.domain.policy.eligibility import ExemptionRule, problems_of_tags
from shared.telemetry import log_event, log_warning
from shared.usecases.app import App

#: machines that a line names; `machines` of the API has all
_NAMED = 3


def report_exemptions(
    subscription: SubscriptionId, not_planned: Iterable[NotPlanned], known: Iterable[Job]
) -> None:
    """Log one line for each rule that leaves machines alone in an open phase.

    A machine with an open job is not left alone, although Azure may not let it start meanwhile.
    """
    under_way = {job.machine for job in known if not job.state.is_final}
    found: dict[ExemptionRule, list[NotPlanned]] = defaultdict(list)
    for each in not_planned:
        if each.rule is not None and each.machine not in under_way:
            found[each.rule].append(each)
    for rule, machines in sorted(found.items()):
        log_event(
            "machines.left_alone",
            subscription=subscription,
            rule=rule.value,
            count=len(machines),
            first=", ".join(each.machine for each in machines[:_NAMED]),
            reason=machines[0].reason,
        )


def warn_of_tags(app: App, machines: Iterable[Machine]) -> None:
    """Log each tag that is not understood: it may not do what its owner meant."""
    for machine in machines:
        for problem in problems_of_tags(machine, app.rules.platform):
            log_warning("tag.unknown_value", machine=machine.id, reason=problem)
