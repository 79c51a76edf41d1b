"""S9: a Service Health alert starts the scan of its subscription within seconds.

Bad calls change nothing.
"""

import socket
import subprocess
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from urllib.parse import urlsplit

import pytest

from sandbox.azure.servicebus.config import load_config
from tests.scenarios.conftest import StartEnvironment
from tests.scenarios.environment import ROOT, ScenarioEnvironment, wait_until
from tests.scenarios.fleets import DATA, SHOP, WAVE, alone, fleet_of
from tests.scenarios.notices import (
    SECRET,
    Reply,
    alert,
    post_notice,
    scanned,
    start_without_timed_scans,
)


def report_latency(read: Mapping[str, object], since: datetime, reply: Reply, what: str) -> None:
    """A figure for the reader; a test asserts no seconds."""
    seconds = (datetime.fromisoformat(str(read["at"])) - since).total_seconds()
    print(  # noqa: T201
        f"webhook to first instance-view read, {what}: {seconds:.3f} s; "
        f"answered in {reply.seconds:.3f} s"
    )


def notices_on_the_command_line(environment: ScenarioEnvironment, *notice: str) -> str:
    """What the running app answers to an operator."""
    command = [str(ROOT / ".venv/bin/forestall"), "notices", "--url", environment.app.url, *notice]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout


def announced(environment: ScenarioEnvironment) -> None:
    wait_until(
        lambda: environment.arm.events("maintenance.announced"), what="the announcement of the wave"
    )


@pytest.mark.timeout(120)
def test_an_alert_leads_to_a_finished_redeploy_of_its_subscription_alone(
    start_environment: StartEnvironment, violations: Callable[[ScenarioEnvironment], list[str]]
) -> None:
    # Given a wave over two subscriptions, and no timed scan
    environment = start_environment(
        fleet_of(alone("shop-1"), alone("data-1", subscription=DATA)), start=False
    )
    start_without_timed_scans(environment)
    announced(environment)

    # When the alert of one subscription comes, twice
    before = datetime.now().astimezone()
    reply = post_notice(environment, "service-health", alert(SHOP))
    again = post_notice(environment, "service-health", alert(SHOP))

    # Then its machine is redeployed and verified, within seconds of the alert, and the other is not
    # even looked at
    wait_until(
        lambda: [job["state"] for job in environment.jobs()] == ["succeeded"],
        what="the verified redeploy",
    )
    reads = environment.arm.events("instance_view.read")
    report_latency(reads[0], before, reply, "first call of a new process")
    assert (reply.status, again.status) == (202, 202)
    assert again.body["notices"][0]["repeated"] is True
    assert [each.rsplit("/", 1)[1] for each in environment.accepted()] == ["shop-1"]
    assert {str(each["machine"]).split("/")[2] for each in reads} == {SHOP}
    assert scanned(environment) == [SHOP]
    assert violations(environment) == []

    # And the record links the alert to the wave and the job
    (noted,) = environment.get("notices")["notices"]
    explanation = environment.get(f"notices/{noted['id']}")
    assert [job["state"] for job in explanation["jobs"]] == ["succeeded"]
    assert explanation["waves"] == [explanation["jobs"][0]["wave"]]
    told = notices_on_the_command_line(environment, noted["id"])
    assert "scanning" in told
    assert "succeeded" in told
    assert noted["id"] in notices_on_the_command_line(environment)

    # And one that comes later is looked into by a process that is warm
    reads_before = len(environment.arm.events("instance_view.read"))
    before = datetime.now().astimezone()
    later = post_notice(
        environment,
        "service-health",
        alert(SHOP, communication="11000000002", environment="Rescheduled"),
    )
    wait_until(lambda: scanned(environment) == [SHOP, SHOP], what="the second scan")
    report_latency(
        environment.arm.events("instance_view.read")[reads_before], before, later, "warm"
    )


def waiting_job(environment: ScenarioEnvironment) -> None:
    """A machine of the wave whose job is held back by a pause."""
    start_without_timed_scans(environment)
    environment.post("pause", {"target": "everything", "reason": "month's end", "by": "ada"})
    announced(environment)
    post_notice(environment, "service-health", alert(SHOP))
    wait_until(
        lambda: [job["state"] for job in environment.jobs()] == ["deferred"], what="the waiting job"
    )


@pytest.mark.timeout(120)
def test_a_cancelled_maintenance_ends_its_waiting_job_at_once(
    start_environment: StartEnvironment,
) -> None:
    # Given a job that waits under a pause
    environment = start_environment(fleet_of(alone("shop-1")), start=False)
    waiting_job(environment)

    # When Azure withdraws the wave and says so
    environment.arm.control.cancel_wave(WAVE.name)
    post_notice(
        environment,
        "service-health",
        alert(SHOP, communication="11000000002", environment="Canceled"),
    )

    # Then the scan that this starts ends the job, though everything is paused still
    wait_until(
        lambda: [job["state"] for job in environment.jobs()] == ["skipped"],
        what="the end of the job",
    )
    wait_until(lambda: scanned(environment) == [SHOP, SHOP], what="the end of the second scan")
    (job,) = environment.jobs()
    assert "not scheduled for maintenance any more" in job["reason"]
    environment.post("resume", {"target": "everything", "reason": "month is over", "by": "ada"})
    assert environment.calls() == []


@pytest.mark.timeout(120)
def test_a_rescheduled_maintenance_is_planned_under_its_new_times_and_moved_once(
    start_environment: StartEnvironment,
) -> None:
    # Given a job that waits under a pause
    environment = start_environment(fleet_of(alone("shop-1")), start=False)
    waiting_job(environment)

    # When Azure moves the wave to other times and says so
    environment.arm.control.move_wave(WAVE.name, self_service="PT2H")
    post_notice(
        environment,
        "service-health",
        alert(SHOP, communication="11000000002", environment="Rescheduled"),
    )

    # Then the old job ends and one for the new times waits in its place
    wait_until(
        lambda: sorted(job["state"] for job in environment.jobs()) == ["deferred", "skipped"],
        what="the new job",
    )
    environment.post("resume", {"target": "everything", "reason": "month is over", "by": "ada"})
    wait_until(
        lambda: sorted(job["state"] for job in environment.jobs()) == ["skipped", "succeeded"],
        what="the verified redeploy",
    )
    assert [each.rsplit("/", 1)[1] for each in environment.accepted()] == ["shop-1"]


@pytest.mark.timeout(120)
def test_two_hundred_alerts_at_once_are_answered_and_cause_a_scan_for_each_subscription(
    start_environment: StartEnvironment,
) -> None:
    environment = start_environment(
        fleet_of(alone("shop-1"), alone("data-1", subscription=DATA)), mode="observe", start=False
    )
    start_without_timed_scans(environment)
    announced(environment)
    alerts = [
        alert((SHOP, DATA)[number % 2], communication=str(number // 4)) for number in range(200)
    ]

    with ThreadPoolExecutor(max_workers=200) as senders:
        replies = list(
            senders.map(lambda each: post_notice(environment, "service-health", each), alerts)
        )

    slowest = max(each.seconds for each in replies)
    print(f"200 alerts at once: slowest answer {slowest:.2f} s")  # noqa: T201 - for the reader
    assert {each.status for each in replies} == {202}
    wait_until(lambda: set(scanned(environment)) == {SHOP, DATA}, what="the scans")
    wait_until(lambda: len(environment.jobs()) == 2, what="the jobs")
    assert sorted(scanned(environment)) == sorted([SHOP, DATA])
    assert len(environment.get("notices")["notices"]) == 100


@pytest.mark.timeout(120)
def test_an_outage_of_the_queue_is_a_503_and_the_next_try_is_taken(
    start_environment: StartEnvironment,
) -> None:
    environment = start_environment(fleet_of(alone("shop-1")), mode="observe", start=False)
    start_without_timed_scans(environment)
    announced(environment)
    queue = next(
        each
        for each in load_config(ROOT / "sandbox/demo/servicebus.json").queues
        if each.name == "scans"
    )

    # Given that the queue is not there, an alert is on record and its sender told to try again
    environment.broker.delete("scans")
    refused = post_notice(environment, "service-health", alert(SHOP))
    assert refused.status == 503
    assert [each["outcome"] for each in environment.get("notices")["notices"]] == ["received"]

    # When it is back, the same alert is taken
    environment.broker.create_queue(queue.name, queue.properties)
    taken = post_notice(environment, "service-health", alert(SHOP))
    assert (taken.status, taken.body["notices"][0]["outcome"]) == (202, "scanning")
    wait_until(lambda: scanned(environment) == [SHOP], what="the scan")


@pytest.mark.timeout(120)
def test_bad_and_slow_callers_are_refused_or_wait_and_hold_up_nobody(
    start_environment: StartEnvironment,
) -> None:
    environment = start_environment(fleet_of(alone("shop-1")), mode="observe", start=False)
    start_without_timed_scans(environment, FORESTALL_SERVICE_HEALTH_SECRET=SECRET)
    place = urlsplit(environment.app.url)

    # Given callers that send half of a body and then nothing
    slow = [socket.create_connection((place.hostname or "", place.port or 0)) for _ in range(20)]
    for each in slow:
        head = (
            f"POST /api/notices/service-health?secret={SECRET} HTTP/1.1\r\n"
            "Host: x\r\nContent-Length: 1000\r\n\r\n"
        )
        each.sendall(head.encode() + b'{"data":')

    # Then others are answered as ever
    wrong = post_notice(environment, "service-health", alert(SHOP))
    large = post_notice(environment, f"service-health?secret={SECRET}", b"x" * 300_000)
    broken = post_notice(environment, f"service-health?secret={SECRET}", b"[" * 100_000)
    right = post_notice(environment, f"service-health?secret={SECRET}", alert(SHOP))
    for each in slow:
        each.close()

    assert (wrong.status, large.status, broken.status, right.status) == (401, 413, 400, 202)
    wait_until(lambda: scanned(environment) == [SHOP], what="the scan")
