"""Each alert looks for what the app really writes, and one for a name that nobody writes would be found."""

from pathlib import Path

import pytest

from tests.infra.alerts_in_sync import in_vain, looked_for, written
from tests.infra.deployments import INSTALLATIONS, of_type, resources, the_only, value_at

ROOT = Path(__file__).parents[2]


def sources() -> dict[str, str]:
    return {str(path): path.read_text(encoding="utf-8") for path in sorted((ROOT / "shared").rglob("*.py"))}


@pytest.mark.parametrize("record", INSTALLATIONS)
def test_every_alert_looks_for_what_the_app_writes(record: str) -> None:
    assert in_vain(looked_for(resources(record)), written(sources())) == []


def test_there_is_an_alert_for_stuck_jobs_for_the_deadline_and_for_scans_that_do_not_run() -> None:
    found = {
        name.removeprefix("alert-").partition("-forestall-")[0]: events
        for name, events in looked_for(resources("development")).items()
    }
    assert found == {
        "stuck-jobs": {"job.parked", "job.overdue"},
        "deadline-at-risk": {"job.missed", "notification", "kind=scope.halted"},
        "scan-not-run": {"subscription.scanned"},
    }


def test_an_event_that_the_code_renames_is_missed() -> None:
    altered = {
        path: text.replace('"subscription.scanned"', '"subscription.read"')
        for path, text in sources().items()
    }
    assert any(
        found.endswith("looks for subscription.scanned, which nothing writes")
        for found in in_vain(looked_for(resources("development")), written(altered))
    )


def test_an_alert_for_a_name_that_nobody_writes_is_found() -> None:
    rules = resources("development")
    query = of_type(rules, "Microsoft.Insights/scheduledQueryRules")[0]["properties"]["criteria"]["allOf"][0]
    query["query"] = 'AppTraces | where Message startswith "job.stuck "'
    assert any("looks for job.stuck" in found for found in in_vain(looked_for(rules), written(sources())))


def test_dead_letters_of_every_queue_are_an_alert() -> None:
    alert = the_only(resources("development"), "Microsoft.Insights/metricAlerts")
    (criterion,) = alert["properties"]["criteria"]["allOf"]
    assert criterion["metricName"] == "DeadletteredMessages"
    assert criterion["dimensions"] == [{"name": "EntityName", "operator": "Include", "values": ["*"]}]


@pytest.mark.parametrize("record", INSTALLATIONS)
def test_every_alert_tells_the_operators(record: str) -> None:
    deployed = resources(record)
    operators = the_only(deployed, "Microsoft.Insights/actionGroups")["id"]
    told = [
        *(
            each["properties"]["actions"]["actionGroups"][0]
            for each in of_type(deployed, "Microsoft.Insights/scheduledQueryRules")
        ),
        *(
            each["properties"]["actions"][0]["actionGroupId"]
            for each in of_type(deployed, "Microsoft.Insights/metricAlerts")
        ),
    ]
    assert told == [operators] * 4


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


def test_a_service_health_alert_is_for_planned_maintenance_only() -> None:
    rule = the_only(resources("alerts-key-only"), "Microsoft.Insights/activityLogAlerts")
    assert value_at(rule, "properties.condition.allOf") == [
        {"field": "category", "equals": "ServiceHealth"},
        {"field": "properties.incidentType", "equals": "Maintenance"},
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
