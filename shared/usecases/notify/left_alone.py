"""Machines without a job whose self-service phase closes soon: Azure will reboot them.

Operators get one notification for all of them, in time to decide otherwise.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from shared.domain.messages import Notification
from shared.domain.policy.eligibility import ExemptionRule
from shared.domain.scan.exempt_machine import ExemptMachine
from shared.domain.utc import rfc3339
from shared.telemetry import log_event
from shared.usecases.app import App

#: machines that are named for each rule; `forestall machines` has all
_NAMED = 5


async def watch_left_alone(app: App) -> int:
    """Notify operators of machines that are left alone and whose phase closes soon; how many.

    In good time is `timing.deadline_warning` before the end, or half of the time that was left when
    the machine was first left alone. One that its owner left alone by tag is not reported. People
    are notified first, and that is stored afterwards: a crash in between may notify twice.
    """
    now = app.now()
    found = await app.exemptions.untold(now + app.rules.platform.timing.deadline_warning)
    due = [
        each
        for each in found
        if each.rule is not ExemptionRule.TAG
        and app.watches(each.subscription)
        and _is_near(app, each)
    ]
    if not due:
        return 0
    await app.queues.send_notification(_notification(due))
    by_subscription = defaultdict(list)
    for each in due:
        by_subscription[each.subscription].append(replace(each, told_at=now))
    for machines in by_subscription.values():
        await app.exemptions.store(machines)
    log_event("left_alone.reported", machines=len(due))
    return len(due)


def _is_near(app: App, machine: ExemptMachine) -> bool:
    closes = machine.self_service_end
    if closes is None or not machine.is_open(app.now()):
        return False
    margin = min(app.rules.platform.timing.deadline_warning, (closes - machine.since) / 2)
    return closes - app.now() <= margin


def _notification(due: Sequence[ExemptMachine]) -> Notification:
    ordered = sorted(due, key=lambda each: (each.rule, each.machine))
    parts = [_part(list(group)) for _, group in groupby(ordered, key=lambda each: each.rule)]
    return Notification(
        kind="deadline.left_alone",
        subject=ordered[0].subscription,
        text=f"{len(due)} machines are left alone, and Azure reboots them after their self-service"
        f" phase: {'; '.join(parts)}. `forestall machines --state left-alone` lists them",
    )


def _part(machines: Sequence[ExemptMachine]) -> str:
    """The machines of one rule: how many, the first of them, the first end, and the reason."""
    closes = min(each.self_service_end for each in machines if each.self_service_end is not None)
    named = ", ".join(each.machine for each in machines[:_NAMED])
    more = f" and {len(machines) - _NAMED} more" if len(machines) > _NAMED else ""
    return (
        f"{len(machines)} by the rule {machines[0].rule.value}, the first phase closes"
        f" {rfc3339(closes)} ({named}{more}): {machines[0].reason}"
    )
