"""The rehearsal of a sound deployment, and of one with each hop broken, one at a time."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from forestall_cli.output.answer import FINE, NEEDS_A_PERSON, REFUSED
from sandbox.azure.azurite.launcher import Azurite
from shared.adapters.tables.account import TableName
from tests.infra.deployments import of_type, resources
from tests.rehearsal.breakable_proxy import BreakableProxy
from tests.rehearsal.stage import SUBSCRIPTION, Stage, outcomes, stage

QUEUES = ("scans", "redeploys", "notifications")
TABLES = {f"table {name}": "pass" for name in TableName}
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-forestall"
#: wait for what does not come: long enough for what does
SHORT = 15


@pytest.fixture(scope="module")
def sound(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A deployment in which everything works."""
    with stage(azurite, tmp_path_factory.mktemp("rehearsal")) as running:
        yield running


@contextmanager
def broken(
    proxy: BreakableProxy, path: str, *, status: int = 403, body: bytes = b"no"
) -> Iterator[None]:
    """Let a proxy refuse requests until the block ends."""
    proxy.broken, proxy.status, proxy.body = path, status, body
    try:
        yield
    finally:
        proxy.broken = ""


def test_every_hop_of_a_sound_deployment_passes_and_no_machine_is_touched(sound: Stage) -> None:
    answer = sound.rehearse()
    assert outcomes(answer) == {
        **TABLES,
        **{f"queue {name}": "pass" for name in QUEUES},
        **{f"dead letters of {name}": "pass" for name in QUEUES},
        "webhook": "pass",
        "scan": "pass",
        "targets": "left out",
        "page": "pass",
        "calendar": "pass",
        "alert stuck-jobs": "look",
        "alert unreadable-rows": "look",
        "alert scan-incomplete": "look",
        "alert given-up-messages": "look",
        "alert deadline-at-risk": "look",
        "alert scan-not-run": "left out",
        "alert recovery-not-run": "left out",
        "alerts dead-letters and lost-messages": "left out",
    }
    assert answer.code == NEEDS_A_PERSON
    # Three machines may be moved, and the scan has planned them.
    assert b"vm-2" in sound.host.ask("/api/v1/jobs").body
    happened = {str(each["event"]) for each in sound.arm.events()}
    assert "maintenance.announced" in happened
    assert not {each for each in happened if each.startswith("redeploy")}


def test_a_rehearsal_leaves_no_row_and_no_address_behind(sound: Stage) -> None:
    assert sound.rehearse("--only", "tables", "calendar").code == FINE
    addresses = json.loads(sound.host.ask("/api/v1/calendar/addresses").body)
    assert addresses == {"addresses": []}
    assert json.loads(sound.host.ask("/api/v1/jobs").body)["unreadable"] == []


@pytest.mark.parametrize("table", TableName)
def test_a_table_that_refuses_a_row_is_named(sound: Stage, table: TableName) -> None:
    # Its own rows are still written, so that the app works on.
    with broken(sound.storage, f"{sound.prefix}{table}(PartitionKey='forestall-rehearsal'"):
        answer = sound.rehearse("--only", "tables")
    assert outcomes(answer) == TABLES | {f"table {table}": "fail"}
    assert answer.code == REFUSED
    assert sound.storage.refused


def test_a_table_that_takes_no_row_is_named(sound: Stage) -> None:
    with broken(sound.storage, f"{sound.prefix}Quotas"):
        answer = sound.rehearse("--only", "tables")
    assert outcomes(answer) == TABLES | {"table Quotas": "fail"}


def test_a_webhook_that_does_not_answer_is_named_and_no_scan_is_promised(sound: Stage) -> None:
    with broken(sound.front, "/api/notices/", status=502):
        answer = sound.rehearse("--only", "notice")
    assert outcomes(answer) == {"webhook": "fail", "scan": "left out"}


def test_a_scan_that_azure_refuses_is_named(sound: Stage) -> None:
    sound.arm.control.switch_on("role-removed", on="all")
    try:
        answer = sound.rehearse("--only", "notice", wait=SHORT)
    finally:
        sound.arm.control.switch_off()
    assert outcomes(answer) == {"webhook": "pass", "scan": "fail"}


def test_another_page_is_named(sound: Stage) -> None:
    with broken(sound.front, "/api/v1/ui", status=200, body=b"<title>Sign in</title>"):
        answer = sound.rehearse("--only", "page", "calendar")
    assert outcomes(answer) == {"page": "fail", "calendar": "pass"}


def test_a_calendar_that_needs_a_login_is_named_and_its_address_is_revoked(sound: Stage) -> None:
    with broken(sound.front, "/api/v1/calendar.ics", status=401):
        answer = sound.rehearse("--only", "page", "calendar")
    assert outcomes(answer) == {"page": "pass", "calendar": "fail"}
    assert json.loads(sound.host.ask("/api/v1/calendar/addresses").body) == {"addresses": []}


def test_functions_that_do_not_run_and_a_target_that_is_not_there_are_named(
    azurite: Azurite, tmp_path: Path
) -> None:
    settings = {
        "AzureWebJobs.redeploy_step.Disabled": "true",
        "FORESTALL_NOTIFY": '{"targets": {"siem": {"webhook": {"url": "https://siem.invalid/x"}}}}',
        "FORESTALL_SERVICE_HEALTH_SECRET": "only-azure-monitor-knows-this-word",
    }
    with stage(azurite, tmp_path, settings, without_forwarding="notifications") as running:
        answer = running.rehearse("--only", "queues", "targets", "notice", wait=SHORT)
    assert outcomes(answer) == {
        "target siem": "fail",
        "queue scans": "pass",
        "dead letters of scans": "pass",
        "queue redeploys": "fail",
        "dead letters of redeploys": "fail",
        "queue notifications": "pass",
        "dead letters of notifications": "fail",
        "webhook": "look",
        "scan": "left out",
    }


def test_dead_letters_that_no_function_takes_are_named(azurite: Azurite, tmp_path: Path) -> None:
    settings = {
        "AzureWebJobs.dead_letter.Disabled": "true",
        "AzureWebJobs.scan_one.Disabled": "true",
    }
    with stage(azurite, tmp_path, settings) as running:
        answer = running.rehearse("--only", "queues", "notice", wait=SHORT)
    assert outcomes(answer) == {
        "queue scans": "fail",
        "queue redeploys": "pass",
        "queue notifications": "pass",
        **{f"dead letters of {name}": "fail" for name in QUEUES},
        "webhook": "pass",
        "scan": "fail",
    }


def test_a_deployment_that_acts_is_not_rehearsed(azurite: Azurite, tmp_path: Path) -> None:
    settings = {"FORESTALL_MODE": "act", "FORESTALL_NEW_UNTIL": "2100-01-01T00:00:00Z"}
    with (
        stage(azurite, tmp_path, settings) as running,
        pytest.raises(Exception, match="rehearsal needs the mode observe"),
    ):
        running.rehearse()


class AlertsOfAzure:
    """Stands in for Azure Monitor: the rules of the templates, over the log of the app.

    A rule fires where a line of the log begins as its query wants. It is not Azure Monitor.
    """

    def __init__(self, log: str, without: str = "", change: Any = None) -> None:
        self.rules = [
            {**each, "name": each["name"].partition("-forestall-")[0] + "-x"}
            for each in of_type(resources("development"), "Microsoft.Insights/scheduledQueryRules")
            if not (without and without in each["name"])
        ]
        for each in self.rules:
            each["properties"]["actions"] = {"actionGroups": ["/group"]}
            if change is not None:
                change(each)
        self.log = log
        self.asked: list[str] = []

    def __call__(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        assert headers["authorization"] == "Bearer token"
        assert body is None
        self.asked.append(method)
        found = self.rules if "scheduledQueryRules" in url else list(self._fired())
        return 200, {}, json.dumps({"value": found}).encode()

    def _fired(self) -> Iterator[Any]:
        for rule in self.rules:
            query = rule["properties"]["criteria"]["allOf"][0]["query"]
            for beginning in re.findall(r'startswith "([^"]+)"', query):
                if re.search(rf"(?m)^(?:.*\s)?{re.escape(beginning)}rehearsal=", self.log):
                    name = (
                        f"{GROUP}/providers/microsoft.insights/scheduledqueryrules/{rule['name']}"
                    )
                    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.1234567Z"
                    essentials = {"alertRule": name, "startDateTime": at}
                    yield {"properties": {"essentials": essentials}}


ALERTS = {
    "alert deadline-at-risk": "pass",
    "alert given-up-messages": "pass",
    "alert scan-incomplete": "pass",
    "alert stuck-jobs": "pass",
    "alert unreadable-rows": "pass",
    "alert scan-not-run": "left out",
    "alert recovery-not-run": "left out",
    "alerts dead-letters and lost-messages": "left out",
}
RULES = tuple(name.removeprefix("alert ") for name, outcome in ALERTS.items() if outcome == "pass")


def with_alerts(sound: Stage, azure: AlertsOfAzure) -> Any:
    return sound.rehearse(
        "--only", "alerts", "--resource-group", GROUP, transport=azure, sleeps=False
    )


def test_each_alert_rule_finds_its_event_in_what_the_app_really_wrote(sound: Stage) -> None:
    sound.rehearse("--only", "alerts")
    azure = AlertsOfAzure(sound.host.text)
    answer = with_alerts(sound, azure)
    assert outcomes(answer) == ALERTS
    assert answer.code == FINE
    assert set(azure.asked) == {"GET"}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_that_is_not_there_is_named(sound: Stage, rule: str) -> None:
    sound.rehearse("--only", "alerts")
    answer = with_alerts(sound, AlertsOfAzure(sound.host.text, without=rule))
    assert outcomes(answer) == ALERTS | {f"alert {rule}": "fail"}


@pytest.mark.parametrize("fault", ["disabled", "other event", "nobody told"])
def test_a_rule_that_cannot_tell_anybody_is_named(sound: Stage, fault: str) -> None:
    def change(rule: Any) -> None:
        if not rule["name"].startswith("alert-stuck-jobs"):
            return
        properties = rule["properties"]
        criterion = properties["criteria"]["allOf"][0]
        if fault == "disabled":
            properties["enabled"] = False
        elif fault == "other event":
            criterion["query"] = criterion["query"].replace("job.parked", "job.barked")
        else:
            properties["actions"] = {"actionGroups": []}

    sound.rehearse("--only", "alerts")
    answer = with_alerts(sound, AlertsOfAzure(sound.host.text, change=change))
    assert outcomes(answer) == ALERTS | {"alert stuck-jobs": "fail"}


def test_a_log_that_never_reaches_the_rules_is_named_for_each(sound: Stage) -> None:
    answer = with_alerts(sound, AlertsOfAzure(""))
    assert outcomes(answer) == ALERTS | {f"alert {rule}": "fail" for rule in RULES}
    assert answer.code == REFUSED
