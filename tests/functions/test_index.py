"""The real runtime indexes the real app: exactly these functions, on exactly these triggers."""

import json
from pathlib import Path

import pytest

from sandbox.azure.functions_host.runtime.worker import Worker
from shared.domain.messages import Queue

ROOT = Path(__file__).resolve().parents[2]

PAGES = {
    "page": ("v1/ui", ["GET", "HEAD"]),
    "calendar_feed": ("v1/calendar.ics", ["GET", "HEAD"]),
    "signed_in": ("v1/signed-in/{*path}", ["GET", "HEAD", "POST"]),
}
QUEUES = {
    "scan_one": "scans",
    "redeploy_step": "redeploys",
    "notify_operators": "notifications",
    "dead_letter": "dead-letters",
}
TIMERS = {"scan_all": "%SCAN_SCHEDULE%", "recover_all": "%RECOVER_SCHEDULE%"}
ROUTES = {
    "health": ("health", ["GET", "HEAD"]),
    "show_health": ("v1/health", ["GET", "HEAD"]),
    "list_jobs": ("v1/jobs", ["GET", "HEAD"]),
    "show_plan": ("v1/plan", ["GET", "HEAD"]),
    "check_policy_files": ("v1/policy/check", ["POST"]),
    "compare_policy_files": ("v1/policy/diff", ["POST"]),
    "plan_with_policy_files": ("v1/policy/plan", ["POST"]),
    "show_machine_rules": ("v1/policy/machine", ["GET", "HEAD"]),
    "list_policy_versions": ("v1/policy/history", ["GET", "HEAD"]),
    "list_machines": ("v1/machines", ["GET", "HEAD"]),
    "list_semaphores": ("v1/semaphores", ["GET", "HEAD"]),
    "list_pauses": ("v1/pauses", ["GET", "HEAD"]),
    "list_scans": ("v1/scans", ["GET", "HEAD"]),
    "explain_machine": ("v1/explain", ["GET", "HEAD"]),
    "add_pause": ("v1/pause", ["POST"]),
    "remove_pause": ("v1/resume", ["POST"]),
    "allow_starts": ("v1/go-on", ["POST"]),
    "lift_halt": ("v1/halts/lift", ["POST"]),
    "retry_job": ("v1/jobs/{job}/retry", ["POST"]),
    "prioritize_job": ("v1/jobs/{job}/prioritize", ["POST"]),
    "open_job_window": ("v1/jobs/{job}/open-window", ["POST"]),
    "reopen_job": ("v1/jobs/{job}/reopen", ["POST"]),
    "cancel_job": ("v1/jobs/{job}/cancel", ["POST"]),
    "release_job": ("v1/jobs/{job}/release", ["POST"]),
    "release_one_lease": ("v1/leases/release", ["POST"]),
    "list_targets": ("v1/targets", ["GET", "HEAD"]),
    "preview_message": ("v1/targets/preview", ["GET", "HEAD"]),
    "test_target": ("v1/targets/test", ["POST"]),
    "test_health_check": ("v1/health-checks/test", ["POST"]),
    "start_rehearsal": ("v1/rehearsal", ["POST"]),
    "rehearse_tables": ("v1/rehearsal/tables", ["POST"]),
    "rehearse_messages": ("v1/rehearsal/messages", ["POST"]),
    "show_arrivals": ("v1/rehearsal/arrivals", ["GET", "HEAD"]),
    "rehearse_alerts": ("v1/rehearsal/alerts", ["POST"]),
    "list_calendar_addresses": ("v1/calendar/addresses", ["GET", "HEAD"]),
    "add_calendar_address": ("v1/calendar/address", ["POST"]),
    "revoke_calendar_address": ("v1/calendar/revoke", ["POST"]),
    "service_health": ("notices/service-health", ["POST"]),
    "email_notice": ("notices/email/{provider}", ["POST"]),
    "event_notice": ("notices/event-grid", ["POST", "OPTIONS"]),
    "list_notices": ("v1/notices", ["GET", "HEAD"]),
    "show_notice": ("v1/notices/{notice}", ["GET", "HEAD"]),
}


def test_the_app_has_exactly_these_functions(function_worker: Worker) -> None:
    assert set(function_worker.functions) == {*QUEUES, *TIMERS, *ROUTES, *PAGES}


@pytest.mark.parametrize(("name", "queue"), QUEUES.items())
def test_queue_functions_take_one_message_at_a_time(
    function_worker: Worker, name: str, queue: str
) -> None:
    # Cardinality MANY lets properties shift between messages, so ONE is part of the contract.
    trigger = function_worker.functions[name].trigger
    assert (trigger["queueName"], trigger["connection"]) == (queue, "ServiceBusConnection")
    assert trigger.get("cardinality", "ONE") in ("ONE", None)
    assert not trigger.get("isSessionsEnabled")


@pytest.mark.parametrize(("name", "schedule"), TIMERS.items())
def test_timers_take_their_schedule_from_a_setting_and_never_fire_at_start(
    function_worker: Worker, name: str, schedule: str
) -> None:
    trigger = function_worker.functions[name].trigger
    assert trigger["schedule"] == schedule
    assert not trigger.get("runOnStartup")


@pytest.mark.parametrize(("name", "route"), [*ROUTES.items(), *PAGES.items()])
def test_http_functions_need_a_key_but_for_health(
    function_worker: Worker, name: str, route: tuple[str, list[str]]
) -> None:
    trigger = function_worker.functions[name].trigger
    assert (trigger["route"], list(trigger["methods"])) == route
    assert trigger["authLevel"] == ("ANONYMOUS" if name in ("health", *PAGES) else "FUNCTION")


def test_every_queue_of_the_app_is_declared_to_the_broker_and_its_dead_letters_are_heard() -> None:
    declared = json.loads((ROOT / "sandbox/demo/servicebus.json").read_text())
    names = {each["Name"] for each in declared["UserConfig"]["Namespaces"][0]["Queues"]}
    assert names == {each.value for each in Queue}
    forwards = {
        each["Name"]: each["Properties"].get("ForwardDeadLetteredMessagesTo")
        for each in declared["UserConfig"]["Namespaces"][0]["Queues"]
    }
    others = {each.value for each in Queue} - {Queue.DEAD_LETTERS}
    assert forwards == dict.fromkeys(others, "dead-letters") | {"dead-letters": None}
    assert {each.value for each in Queue} == set(QUEUES.values())
