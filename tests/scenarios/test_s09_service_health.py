"""S9: a Service Health alert starts the scan of its subscription within seconds; bad calls change nothing."""

import socket
import subprocess
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from urllib.parse import urlsplit

import pytest

from sandbox.azure.servicebus.config import load_config
from tests.scenarios.conftest import SetStage
from tests.scenarios.fleets import DATA, SHOP, WAVE, alone, fleet_of
from tests.scenarios.notices import WORD, Reply, alert, knock, scanned, start_without_timed_scans
from tests.scenarios.stage import ROOT, Stage, wait_until


def tell_latency(read: Mapping[str, object], since: datetime, reply: Reply, what: str) -> None:
    """A figure for the reader; a test asserts no seconds."""
    seconds = (datetime.fromisoformat(str(read["at"])) - since).total_seconds()
    print(f"webhook to first instance-view read, {what}: {seconds:.3f} s; answered in {reply.seconds:.3f} s")  # noqa: T201 - as above


def notices_on_the_command_line(stage: Stage, *notice: str) -> str:
    """What an operator is told who asks the running app."""
    command = [str(ROOT / ".venv/bin/forestall"), "notices", "--url", stage.app.url, *notice]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout  # noqa: S603 - our own


def announced(stage: Stage) -> None:
    wait_until(lambda: stage.arm.events("maintenance.announced"), what="the announcement of the wave")


@pytest.mark.timeout(120)
def test_an_alert_leads_to_a_finished_redeploy_of_its_subscription_alone(
    set_stage: SetStage, violations: Callable[[Stage], list[str]]
) -> None:
    # Given a wave over two subscriptions, and no timed scan
    stage = set_stage(fleet_of(alone("shop-1"), alone("data-1", subscription=DATA)), start=False)
    start_without_timed_scans(stage)
    announced(stage)

    # When the alert of one subscription comes, twice
    before = datetime.now().astimezone()
    reply = knock(stage, "service-health", alert(SHOP))
    again = knock(stage, "service-health", alert(SHOP))

    # Then its machine is redeployed and verified, within seconds of the alert, and the other is not even looked at
    wait_until(lambda: [job["state"] for job in stage.jobs()] == ["succeeded"], what="the verified redeploy")
    reads = stage.arm.events("instance_view.read")
    tell_latency(reads[0], before, reply, "first call of a new process")
    assert (reply.status, again.status) == (202, 202)
    assert again.body["notices"][0]["repeated"] is True
    assert [each.rsplit("/", 1)[1] for each in stage.accepted()] == ["shop-1"]
    assert {str(each["machine"]).split("/")[2] for each in reads} == {SHOP}
    assert scanned(stage) == [SHOP]
    assert violations(stage) == []

    # And the record links the alert to the wave and the job
    (noted,) = stage.get("notices")["notices"]
    story = stage.get(f"notices/{noted['id']}")
    assert [job["state"] for job in story["jobs"]] == ["succeeded"]
    assert story["waves"] == [story["jobs"][0]["wave"]]
    told = notices_on_the_command_line(stage, noted["id"])
    assert "scanning" in told
    assert "succeeded" in told
    assert noted["id"] in notices_on_the_command_line(stage)

    # And one that comes later is looked into by a process that is warm
    reads_before = len(stage.arm.events("instance_view.read"))
    before = datetime.now().astimezone()
    later = knock(stage, "service-health", alert(SHOP, communication="11000000002", stage="Rescheduled"))
    wait_until(lambda: scanned(stage) == [SHOP, SHOP], what="the second scan")
    tell_latency(stage.arm.events("instance_view.read")[reads_before], before, later, "warm")


def waiting_job(stage: Stage) -> None:
    """A machine of the wave whose job is held back by a pause."""
    start_without_timed_scans(stage)
    stage.post("pause", {"target": "everything", "reason": "month's end", "by": "ada"})
    announced(stage)
    knock(stage, "service-health", alert(SHOP))
    wait_until(lambda: [job["state"] for job in stage.jobs()] == ["deferred"], what="the waiting job")


@pytest.mark.timeout(120)
def test_a_cancelled_maintenance_ends_its_waiting_job_at_once(set_stage: SetStage) -> None:
    # Given a job that waits under a pause
    stage = set_stage(fleet_of(alone("shop-1")), start=False)
    waiting_job(stage)

    # When Azure withdraws the wave and says so
    stage.arm.control.cancel_wave(WAVE.name)
    knock(stage, "service-health", alert(SHOP, communication="11000000002", stage="Canceled"))

    # Then the scan that this starts ends the job, though everything is paused still
    wait_until(lambda: [job["state"] for job in stage.jobs()] == ["skipped"], what="the end of the job")
    wait_until(lambda: scanned(stage) == [SHOP, SHOP], what="the end of the second scan")
    (job,) = stage.jobs()
    assert "not scheduled for maintenance any more" in job["reason"]
    stage.post("resume", {"target": "everything", "reason": "month is over", "by": "ada"})
    assert stage.calls() == []


@pytest.mark.timeout(120)
def test_a_rescheduled_maintenance_is_planned_under_its_new_times_and_moved_once(set_stage: SetStage) -> None:
    # Given a job that waits under a pause
    stage = set_stage(fleet_of(alone("shop-1")), start=False)
    waiting_job(stage)

    # When Azure moves the wave to other times and says so
    stage.arm.control.move_wave(WAVE.name, self_service="PT2H")
    knock(stage, "service-health", alert(SHOP, communication="11000000002", stage="Rescheduled"))

    # Then the old job ends and one for the new times waits in its place
    wait_until(
        lambda: sorted(job["state"] for job in stage.jobs()) == ["deferred", "skipped"], what="the new job"
    )
    stage.post("resume", {"target": "everything", "reason": "month is over", "by": "ada"})
    wait_until(
        lambda: sorted(job["state"] for job in stage.jobs()) == ["skipped", "succeeded"],
        what="the verified redeploy",
    )
    assert [each.rsplit("/", 1)[1] for each in stage.accepted()] == ["shop-1"]


@pytest.mark.timeout(120)
def test_two_hundred_alerts_at_once_are_answered_and_cause_a_scan_for_each_subscription(
    set_stage: SetStage,
) -> None:
    stage = set_stage(
        fleet_of(alone("shop-1"), alone("data-1", subscription=DATA)), mode="observe", start=False
    )
    start_without_timed_scans(stage)
    announced(stage)
    alerts = [alert((SHOP, DATA)[number % 2], communication=str(number // 4)) for number in range(200)]

    with ThreadPoolExecutor(max_workers=200) as senders:
        replies = list(senders.map(lambda each: knock(stage, "service-health", each), alerts))

    print(f"200 alerts at once: slowest answer {max(each.seconds for each in replies):.2f} s")  # noqa: T201 - a figure for the reader
    assert {each.status for each in replies} == {202}
    wait_until(lambda: set(scanned(stage)) == {SHOP, DATA}, what="the scans")
    wait_until(lambda: len(stage.jobs()) == 2, what="the jobs")
    assert sorted(scanned(stage)) == sorted([SHOP, DATA])
    assert len(stage.get("notices")["notices"]) == 100


@pytest.mark.timeout(120)
def test_an_outage_of_the_queue_is_a_503_and_the_next_try_is_taken(set_stage: SetStage) -> None:
    stage = set_stage(fleet_of(alone("shop-1")), mode="observe", start=False)
    start_without_timed_scans(stage)
    announced(stage)
    queue = next(
        each for each in load_config(ROOT / "sandbox/demo/servicebus.json").queues if each.name == "scans"
    )

    # Given that the queue is not there, an alert is on record and its sender told to try again
    stage.broker.delete("scans")
    refused = knock(stage, "service-health", alert(SHOP))
    assert refused.status == 503
    assert [each["outcome"] for each in stage.get("notices")["notices"]] == ["received"]

    # When it is back, the same alert is taken
    stage.broker.create_queue(queue.name, queue.properties)
    taken = knock(stage, "service-health", alert(SHOP))
    assert (taken.status, taken.body["notices"][0]["outcome"]) == (202, "scanning")
    wait_until(lambda: scanned(stage) == [SHOP], what="the scan")


@pytest.mark.timeout(120)
def test_bad_and_slow_callers_are_refused_or_wait_and_hold_up_nobody(set_stage: SetStage) -> None:
    stage = set_stage(fleet_of(alone("shop-1")), mode="observe", start=False)
    start_without_timed_scans(stage, FORESTALL_SERVICE_HEALTH_SECRET=WORD)
    place = urlsplit(stage.app.url)

    # Given callers that send half of a body and then nothing
    slow = [socket.create_connection((place.hostname or "", place.port or 0)) for _ in range(20)]
    for each in slow:
        head = f"POST /api/notices/service-health?secret={WORD} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
        each.sendall(head.encode() + b'{"data":')

    # Then others are answered as ever
    wrong = knock(stage, "service-health", alert(SHOP))
    large = knock(stage, f"service-health?secret={WORD}", b"x" * 300_000)
    broken = knock(stage, f"service-health?secret={WORD}", b"[" * 100_000)
    right = knock(stage, f"service-health?secret={WORD}", alert(SHOP))
    for each in slow:
        each.close()

    assert (wrong.status, large.status, broken.status, right.status) == (401, 413, 400, 202)
    wait_until(lambda: scanned(stage) == [SHOP], what="the scan")
