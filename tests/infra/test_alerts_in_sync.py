"""Each alert searches for what the app really logs, and each notification is in an alert.

A change of either would be found.
"""

import logging
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shared.domain.job.states import State
from shared.domain.messages import Queue
from shared.usecases.operate.pause import pause
from shared.usecases.outbox.send_messages import send_messages
from tests.infra.alerts_in_sync import looked_for, out_of_sync
from tests.infra.deployments import INSTALLATIONS, Resource, of_type, resources, the_only, value_at
from tests.infra.written_events import events_in_code
from tests.support.app_harness import AppHarness
from tests.support.fleets import DAY, standalone_vm

ROOT = Path(__file__).parents[2]


#: it writes the events of others, so it proves of no event that something else writes it
REHEARSED = ROOT / "shared/usecases/rehearse/alerts.py"


def sources() -> dict[str, str]:
    return {
        str(path): path.read_text(encoding="utf-8")
        for folder in ("shared", "functions")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path != REHEARSED
    }


CODE = events_in_code(sources())
DEVELOPMENT = looked_for(resources("development"))
LOOKED_FOR = sorted((alert, name) for alert, names in DEVELOPMENT.items() for name in names)


def rule(among: list[Resource], alert: str) -> dict[str, Any]:
    """The criterion of a log alert, to be altered."""
    (found,) = [
        each
        for each in of_type(among, "Microsoft.Insights/scheduledQueryRules")
        if each["name"] == alert
    ]
    criterion: dict[str, Any] = found["properties"]["criteria"]["allOf"][0]
    return criterion


@pytest.mark.parametrize("record", INSTALLATIONS)
def test_alerts_look_for_what_the_app_writes_and_for_all_that_it_tells_people(record: str) -> None:
    assert out_of_sync(resources(record), CODE) == []


def test_every_event_that_the_app_writes_is_really_read_off_its_code() -> None:
    assert CODE.findings == ()
    assert {"deadline.at_risk", "job.parked", "job.missed", "subscription.scanned"} <= CODE.events
    assert {"job.overdue", "notification"} <= CODE.warnings
    assert {
        "scope.halted",
        "job.attempts_exhausted",
        "job.missed",
        "deadline.at_risk",
    } <= CODE.kinds


def test_there_is_an_alert_for_each_thing_that_a_person_has_to_see_to() -> None:
    found = {
        name.removeprefix("alert-").partition("-forestall-")[0]: each
        for name, each in DEVELOPMENT.items()
    }
    assert found == {
        "given-up-messages": {
            "message.failed",
            "message.given_up",
            "message.dead_lettered",
            "message.no_app",
        },
        "recovery-not-run": {"recovery.done"},
        "unreadable-rows": {"row.unreadable", "job.unreadable", "semaphore.unreadable"},
        "scan-incomplete": {
            "notification kind=scan.overdue",
            "notification kind=scan.unreadable",
            "notification kind=timer.silent",
        },
        "stuck-jobs": {
            "job.parked",
            "job.overdue",
            "notification kind=scope.halted",
            "notification kind=job.failed",
            "notification kind=machine.deleted",
            "notification kind=machine.hardware_deadline",
            "notification kind=job.no_progress",
            "notification kind=job.reopened",
            "notification kind=state.lost",
            "notification kind=error_budget.exhausted",
            "notification kind=call.forbidden",
            "notification kind=target.broken",
            "notification kind=call.blocked",
            "notification kind=call.not_eligible",
        },
        "deadline-at-risk": {
            "deadline.at_risk",
            "notification kind=deadline.left_alone",
            "job.missed",
            "notification kind=machine.azure_was_first",
            "notification kind=job.attempts_exhausted",
        },
        "scan-not-run": {"subscription.scanned"},
    }


@pytest.mark.parametrize(("alert", "name"), LOOKED_FOR)
def test_a_name_that_the_code_does_not_write_any_more_is_missed(alert: str, name: str) -> None:
    kind = name.removeprefix("notification kind=")
    less = replace(CODE, events=CODE.events - {name}, kinds=CODE.kinds - {kind})
    assert f"{alert} looks for {name}, which nothing writes" in out_of_sync(
        resources("development"), less
    )


@pytest.mark.parametrize(("alert", "name"), LOOKED_FOR)
def test_a_name_that_is_misspelt_in_a_query_is_found(alert: str, name: str) -> None:
    deployed = resources("development")
    criterion = rule(deployed, alert)
    criterion["query"] = criterion["query"].replace(f'"{name} "', f'"{name}s "')
    assert f"{alert} looks for {name}s, which nothing writes" in out_of_sync(deployed, CODE)


@pytest.mark.parametrize(("alert", "name"), LOOKED_FOR)
def test_a_beginning_that_other_names_have_too_is_found(alert: str, name: str) -> None:
    deployed = resources("development")
    criterion = rule(deployed, alert)
    criterion["query"] = criterion["query"].replace(f'"{name} "', f'"{name}"')
    assert f"{alert} looks for more than whole names" in out_of_sync(deployed, CODE)


@pytest.mark.parametrize("kind", sorted(CODE.kinds))
def test_what_people_are_told_is_in_some_alert(kind: str) -> None:
    deployed = resources("development")
    for each in of_type(deployed, "Microsoft.Insights/scheduledQueryRules"):
        criterion = rule(deployed, each["name"])
        criterion["query"] = criterion["query"].replace(f"{kind} ", "subscription.scanned ")
    assert f"people are told of {kind}, which no alert looks for" in out_of_sync(deployed, CODE)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("log_event('sky.fell', colour='blue')", {"sky.fell"}),
        ("log_warning('sky.fell')", {"sky.fell"}),
        ("await app.record(job.id, 'sky.fell')", {"sky.fell"}),
        (
            "await app.record(job.id, f'job.{job.state.value}')",
            {f"job.{state.value}" for state in State},
        ),
        ("log_event('sky.fell' if low else 'sky.rose')", {"sky.fell", "sky.rose"}),
        (
            "a, b = (1, 'sky.fell') if low else (2, 'sky.rose'); log_event(b)",
            {"sky.fell", "sky.rose"},
        ),
    ],
)
def test_an_event_is_read_off_the_code(line: str, names: set[str]) -> None:
    found = events_in_code({"added.py": f"async def added(app, job, low):\n    {line}\n"})
    assert found.events == names
    assert found.findings == ()


def test_a_name_that_is_handed_in_is_read_off_the_callers() -> None:
    code = (
        "def announce(app, event):\n    log_event(event)\ndef f(app):\n"
        "    announce(app, 'sky.fell')\n"
    )
    assert events_in_code({"added.py": code}).events == {"sky.fell"}


@pytest.mark.parametrize(
    "line",
    ["log_event(words[0])", "log_event('sky.' + what)", "notify(app, kinds.pop(), job, 'x')"],
)
def test_a_name_that_cannot_be_followed_is_a_finding(line: str) -> None:
    assert events_in_code({"added.py": f"def added(app, words):\n    {line}\n"}).findings == (
        "added.py:2 writes an event whose name cannot be followed",
    )


def test_a_metric_that_azure_does_not_measure_is_found() -> None:
    for key, value, sentence in (
        ("metricName", "DeadLetters", "looks at DeadLetters, which Azure does not measure there"),
        ("dimensions", [{"name": "Queue"}], "tells apart by ['Queue'], which the metric does not"),
    ):
        deployed = resources("development")
        alert = of_type(deployed, "Microsoft.Insights/metricAlerts")[0]
        alert["properties"]["criteria"]["allOf"][0][key] = value
        assert f"{alert['name']} {sentence}" in out_of_sync(deployed, CODE)


async def test_lines_really_begin_as_the_alerts_expect(caplog: pytest.LogCaptureFixture) -> None:
    """A deadline at risk, from the timer to the notification.

    By prefix, as KQL's startswith compares.
    """
    harness = AppHarness(standalone_vm("a"))
    await pause(harness.app_without_hook, "everything", reason="incident 42", by="ada")
    with caplog.at_level(logging.INFO, logger="forestall"):
        await harness.run_wave(29 * DAY)
        await send_messages(harness.app_without_hook)

    lines = [record.getMessage() for record in caplog.records]
    for beginning in (
        "subscription.scanned ",
        "deadline.at_risk ",
        "notification kind=deadline.at_risk ",
    ):
        assert [line for line in lines if line.startswith(beginning)], beginning
    (stuck,) = [name for name in DEVELOPMENT if name.startswith("alert-stuck-jobs-")]
    extract = re.search(r'extract\(@"([^"]+)", 1,', rule(resources("development"), stuck)["query"])
    assert extract is not None
    told = next(line for line in lines if line.startswith("notification "))
    assert re.findall(extract[1], told) == [(await harness.job("a")).id]


def test_dead_letters_that_nobody_takes_and_those_that_are_not_forwarded_are_alerts() -> None:
    rules = of_type(resources("development"), "Microsoft.Insights/metricAlerts")
    seen = {
        (criterion["metricName"], *criterion["dimensions"][0]["values"]): criterion["threshold"]
        for rule in rules
        for criterion in rule["properties"]["criteria"]["allOf"]
    }
    assert seen == {
        ("ActiveMessages", Queue.DEAD_LETTERS.value): 0,
        ("DeadletteredMessages", "*"): 0,
    }


@pytest.mark.parametrize(
    ("record", "besides"),
    [
        ("development", []),
        (
            "production",
            [
                (
                    "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/on-call"
                    "/providers/Microsoft.Insights/actionGroups/on-call"
                )
            ],
        ),
    ],
)
def test_every_alert_tells_the_operators_and_the_groups_that_were_named(
    record: str, besides: list[str]
) -> None:
    deployed = resources(record)
    operators = the_only(deployed, "Microsoft.Insights/actionGroups")["id"]
    told = [
        *(
            each["properties"]["actions"]["actionGroups"]
            for each in of_type(deployed, "Microsoft.Insights/scheduledQueryRules")
        ),
        *(
            [group["actionGroupId"] for group in each["properties"]["actions"]]
            for each in of_type(deployed, "Microsoft.Insights/metricAlerts")
        ),
    ]
    assert told == [[operators, *besides]] * 9


def test_an_app_that_logs_nothing_at_all_is_an_alert() -> None:
    """A host that does not start is one: no row is less than one row."""
    silent = []
    for each in of_type(resources("development"), "Microsoft.Insights/scheduledQueryRules"):
        (criterion,) = each["properties"]["criteria"]["allOf"]
        if criterion["operator"] != "LessThan":
            continue
        assert (criterion["threshold"], criterion["timeAggregation"]) == (1, "Count")
        # A query that counts by itself has a row, also where there is none.
        assert not re.search(r"\b(?:summarize|count)\b", criterion["query"])
        silent.append(each["name"].partition("-forestall-")[0])
    assert silent == ["alert-scan-not-run", "alert-recovery-not-run"]


def test_a_service_health_alert_of_each_watched_subscription_calls_its_own_action_group() -> None:
    deployed = resources("alerts-with-token")
    rules = of_type(deployed, "Microsoft.Insights/activityLogAlerts")
    groups = {each["id"]: each for each in of_type(deployed, "Microsoft.Insights/actionGroups")}
    assert [each["properties"]["scopes"] for each in rules] == [
        ["/subscriptions/00000000-0000-4000-8000-000000000001"],
        ["/subscriptions/00000000-0000-4000-8000-000000000002"],
    ]
    for rule in rules:
        called = rule["properties"]["actions"]["actionGroups"][0]["actionGroupId"]
        assert called.startswith(rule["properties"]["scopes"][0])
        (webhook,) = groups[called]["properties"]["webhookReceivers"]
        assert webhook["useAadAuth"] is True
        assert webhook["identifierUri"] == "api://forestall"
        assert webhook["serviceUri"] == "[parameters('serviceHealthWebhookUri')]", (
            "a secret is never on record"
        )


def test_a_service_health_alert_is_for_maintenance_and_service_issues_only() -> None:
    rule = the_only(resources("alerts-key-only"), "Microsoft.Insights/activityLogAlerts")
    assert value_at(rule, "properties.condition.allOf") == [
        {"field": "category", "equals": "ServiceHealth"},
        {
            "anyOf": [
                {"field": "properties.incidentType", "equals": "Maintenance"},
                {"field": "properties.incidentType", "equals": "Incident"},
            ]
        },
    ]


def test_without_an_app_registration_no_token_is_promised() -> None:
    group = the_only(resources("alerts-key-only"), "Microsoft.Insights/actionGroups")
    (webhook,) = group["properties"]["webhookReceivers"]
    assert webhook["useAadAuth"] is False
    assert {"objectId", "identifierUri", "tenantId"} & {
        key for key, value in webhook.items() if value
    } == set()


@pytest.mark.parametrize("record", [*INSTALLATIONS, "alerts-with-token"])
def test_a_short_name_is_as_short_as_azure_wants_it(record: str) -> None:
    for group in of_type(resources(record), "Microsoft.Insights/actionGroups"):
        assert 1 <= len(group["properties"]["groupShortName"]) <= 12
