"""The hop of the alerts: the app writes one event for each rule, and each rule must find it.

With the resource group and an `az` login, Azure is asked whether the rules are there, search for
the event, and fired. It is asked by GETs alone.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from forestall_cli.contact.arm import Arm
from forestall_cli.contact.exchanges import ContactError
from forestall_cli.contact.json_shapes import elements, objects_at, text_at, value_at
from forestall_cli.errors import ApiError
from forestall_cli.rehearse.results import (
    Ending,
    Hop,
    Rehearsal,
    failed,
    left_out,
    passed,
    to_look_at,
)
from forestall_cli.responses.rehearsal import WrittenEvent, WrittenEvents
from forestall_cli.terminal.times import read_instant

#: rules that fire while the app is silent, and what they look for
_SILENCE = {"scan-not-run": "subscription.scanned", "recovery-not-run": "recovery.done"}
_BROKEN_QUEUES = ("dead-letters", "lost-messages")
#: a rule is evaluated every 15 minutes, and the log may be some minutes late
MOST_SECONDS = 2400.0
_EVERY = 60.0  # seconds between two looks
_RULES = "/providers/Microsoft.Insights/scheduledQueryRules?api-version=2023-12-01"
_FIRED = "/providers/Microsoft.AlertsManagement/alerts?api-version=2019-03-01&timeRange=1h"
#: requests to Azure at most
MOST_REQUESTS = 4 + int(MOST_SECONDS / _EVERY)


def begin(rehearsal: Rehearsal, *, arm: Arm | None, group: str) -> Ending:
    """Let the app write its events. Then see whether the rules fired. `arm`: None asks nobody."""
    try:
        written = rehearsal.app.post(WrittenEvents, "rehearsal", "alerts", **rehearsal.body())
    except ApiError as fault:
        refused = failed("alerts", str(fault))
        return lambda: iter([refused])
    if arm is None:
        return lambda: _without_azure(written)
    return lambda: _in_azure(rehearsal, written, arm, group)


def _without_azure(written: WrittenEvents) -> Iterator[Hop]:
    """What a person has to look at, because Azure is not asked."""
    for each in written.events:
        yield to_look_at(
            f"alert {each.rule}",
            f"{each.event} is in the log: the operators must get this alert within 30 minutes."
            " With --resource-group this command looks",
        )
    yield from _not_walked()


def _in_azure(rehearsal: Rehearsal, written: WrittenEvents, arm: Arm, group: str) -> Iterator[Hop]:
    """Whether each rule is there, and fired after the rehearsal began.

    UNCONFIRMED(fired-alerts): the list of alerts names the rule by its id.
    """
    try:
        rules = _rules(arm, group)
        wrong = {
            each.rule: problem
            for each in written.events
            if (problem := _problem(rules.get(each.rule), each.event))
        }
        waiting = [each for each in written.events if each.rule not in wrong]
        fired = _fired(rehearsal, arm, group, waiting)
    except ContactError as fault:
        yield failed("alerts", str(fault))
        return
    for each in written.events:
        name = f"alert {each.rule}"
        if each.rule in wrong:
            yield failed(name, wrong[each.rule])
        elif each.rule in fired:
            yield passed(name, f"fired at {fired[each.rule]}")
        else:
            yield failed(
                name,
                f"{each.event} was written, and no new alert of the rule came within"
                f" {MOST_SECONDS / 60:g} minutes. Does the workspace get the log? An alert that"
                " had fired before fires again only after it is resolved",
            )
    for rule, event in _SILENCE.items():
        problem = _problem(rules.get(rule), event)
        yield (
            failed(f"alert {rule}", problem)
            if problem
            else left_out(
                f"alert {rule}", "the rule is there and enabled; it fires while the app is silent"
            )
        )
    yield _queues_not_walked()


def _not_walked() -> Iterator[Hop]:
    for rule in _SILENCE:
        yield left_out(f"alert {rule}", "it fires while the app is silent")
    yield _queues_not_walked()


def _queues_not_walked() -> Hop:
    names = " and ".join(_BROKEN_QUEUES)
    return left_out(f"alerts {names}", "they fire while a queue or its function is broken")


def _rules(arm: Arm, group: str) -> Mapping[str, Any]:
    """The rules of the group by the part of their name that the template gives."""
    found = arm.get("alert-rules", f"{group}{_RULES}")
    if found.status != 200:  # noqa: PLR2004
        raise ContactError(f"Azure answered {found.status} for the alert rules of {group}")
    named = {text_at(each, "name"): each for each in elements(found)}
    return {rule: each for name, each in named.items() for rule in _known(name)}


def _known(name: str) -> Iterator[str]:
    rest = name.removeprefix("alert-")
    for rule in (
        *_SILENCE,
        "stuck-jobs",
        "unreadable-rows",
        "scan-incomplete",
        "given-up-messages",
        "deadline-at-risk",
    ):
        if rest == rule or rest.startswith(f"{rule}-"):
            yield rule


def _problem(rule: Any, event: str) -> str:
    """Why a rule cannot find an event; empty: it can."""
    if rule is None:
        return "the resource group has no such rule: deploy infra/main.bicep again"
    if value_at(rule, "properties", "enabled") is False:
        return "the rule is disabled"
    queries = [
        text_at(each, "query") for each in objects_at(rule, "properties", "criteria", "allOf")
    ]
    if not any(f'"{event} "' in each for each in queries):
        return f"the rule does not search for {event}: deploy infra/main.bicep again"
    if not value_at(rule, "properties", "actions", "actionGroups"):
        return "the rule calls no action group: nobody gets the alert"
    return ""


def _fired(
    rehearsal: Rehearsal, arm: Arm, group: str, waiting: list[WrittenEvent]
) -> Mapping[str, str]:
    """When each rule fired, after the rehearsal began."""
    began = _began(rehearsal.id)
    subscription = "/".join(group.split("/")[:3])
    found: dict[str, str] = {}
    until = rehearsal.clock() + MOST_SECONDS
    while {each.rule for each in waiting} - found.keys():
        page = arm.get("fired-alerts", f"{subscription}{_FIRED}")
        if page.status != 200:  # noqa: PLR2004
            raise ContactError(f"Azure answered {page.status} for the alerts of {subscription}")
        for each in elements(page):
            essentials = value_at(each, "properties", "essentials")
            at = text_at(essentials, "startDateTime")
            instant = read_instant(at)
            rule_id = text_at(essentials, "alertRule").lower()
            if instant is None or instant < began or not rule_id.startswith(f"{group.lower()}/"):
                continue
            for rule in _known(rule_id.rpartition("/")[2]):
                found.setdefault(rule, at)
        if rehearsal.clock() >= until:
            break
        if {each.rule for each in waiting} - found.keys():
            rehearsal.sleep(_EVERY)
    return found


def _began(rehearsal: str) -> Any:
    """The instant in the id of a rehearsal: 20261201T030000Z-9f3a1c2b."""
    day, time = rehearsal[:8], rehearsal[9:15]
    return read_instant(f"{day[:4]}-{day[4:6]}-{day[6:]}T{time[:2]}:{time[2:4]}:{time[4:]}Z")
