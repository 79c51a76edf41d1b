"""Each trigger, invoked as the host invokes it.

What it decodes, which use case it runs, what it answers.
"""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from sandbox.azure.functions_host.runtime.messages import IncomingMessage, message_event
from sandbox.azure.functions_host.runtime.shapes import HttpResponse, http_event, timer_event
from sandbox.azure.functions_host.runtime.worker import Worker
from shared.domain.delivery import Delivery
from shared.domain.delivery_properties import properties_of
from shared.domain.job.job import Job
from shared.domain.job.states import State
from shared.domain.machine.instance_view import Observation, Power, Provisioning
from shared.domain.machine.machine import Machine, SubscriptionId, machine_id
from shared.domain.machine.maintenance import MaintenanceStatus
from shared.domain.messages import JobStep, Notification, Queue, ScanRequest, encode
from shared.domain.redeploy.pauses import Pause
from shared.errors import SettingsError, StorageUnavailable
from tests.functions.conftest import NOON, AppFakes
from tests.functions.document import check_answer

SUBSCRIPTION = SubscriptionId("11111111-2222-3333-4444-555555555555")
VM = machine_id(
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute"
    "/virtualMachines/vm1"
)


def show_scheduled_machine(app_fakes: AppFakes) -> None:
    status = MaintenanceStatus(
        allowed=True,
        self_service_start=NOON - timedelta(days=1),
        self_service_end=NOON + timedelta(days=30),
    )
    seen = Observation(
        machine=VM,
        at=NOON,
        power=Power.RUNNING,
        provisioning=Provisioning.SUCCEEDED,
        agent_ready=True,
        maintenance=status,
    )
    app_fakes.azure.show(Machine(id=VM, location="westeurope"), seen)


async def scan(worker: Worker) -> None:
    request = ScanRequest(subscription=SUBSCRIPTION, trigger_id="t1")
    done = await worker.trigger(
        "scan_one", message_event(IncomingMessage(body=encode(request).encode()))
    )
    assert done.succeeded, done.error


async def step(worker: Worker, job: Job) -> None:
    body = encode(JobStep(job=job.id, step=job.step)).encode()
    done = await worker.trigger("redeploy_step", message_event(IncomingMessage(body=body)))
    assert done.succeeded, done.error


async def only_job(app_fakes: AppFakes) -> Job:
    (job,) = await app_fakes.app.jobs.all()
    return job


async def call_http(
    worker: Worker, name: str, method: str = "GET", body: object = None, **more: dict[str, str]
) -> tuple[int, dict[str, object]]:
    raw = (
        body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
    )
    event = http_event(method, f"http://127.0.0.1:7071/api/{name}", body=raw, **more)
    done = await worker.trigger(name, event)
    assert done.succeeded, done.error
    assert isinstance(done.return_value, HttpResponse)
    check_answer(name, method, done.return_value)
    return done.return_value.status, json.loads(done.return_value.body)


async def test_the_timer_asks_for_a_scan_of_each_subscription(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    show_scheduled_machine(app_fakes)

    done = await function_worker.trigger("scan_all", timer_event(past_due=True))

    assert done.succeeded, done.error
    assert [each.message for each in app_fakes.queues.scans] == [
        ScanRequest(subscription=SUBSCRIPTION, trigger_id="2026-11-23T12:00:00Z")
    ]


async def test_a_scan_message_makes_a_job_and_its_message(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    show_scheduled_machine(app_fakes)

    await scan(function_worker)

    job = await only_job(app_fakes)
    assert (job.machine, job.state) == (VM, State.PLANNED)
    assert [each.message for each in app_fakes.queues.steps] == [JobStep(job=job.id, step=0)]


async def test_a_step_message_takes_the_job_on(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    show_scheduled_machine(app_fakes)
    await scan(function_worker)
    job = await only_job(app_fakes)

    step = encode(JobStep(job=job.id, step=job.step)).encode()
    done = await function_worker.trigger("redeploy_step", message_event(IncomingMessage(body=step)))

    assert done.succeeded, done.error
    assert (await only_job(app_fakes)).state is State.REDEPLOYING
    assert app_fakes.azure.calls == [VM]


@pytest.mark.parametrize(
    ("name", "queue"),
    [
        ("scan_one", Queue.SCANS),
        ("redeploy_step", Queue.REDEPLOYS),
        ("notify_operators", Queue.NOTIFICATIONS),
    ],
)
@pytest.mark.parametrize("body", [b"", b"not json", b"{}", b"[]", b"\xff\xfe"])
async def test_a_message_that_nobody_wrote_goes_to_the_dead_letters(
    function_worker: Worker, app_fakes: AppFakes, name: str, queue: Queue, body: bytes
) -> None:
    done = await function_worker.trigger(name, message_event(IncomingMessage(body=body)))

    assert done.succeeded, done.error
    (dead,) = app_fakes.queues.dead_letters
    assert dead.delivery.source is queue
    assert dead.delivery.reason.startswith("not a ")


async def test_a_copy_counts_its_attempts_in_its_properties(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    """As the host hands a message on: every property goes out and comes back."""
    copy = Delivery(queue=Queue.REDEPLOYS, body='{"version": 9}', attempt=7, failing_since=NOON)
    event = message_event(
        IncomingMessage(body=copy.body.encode(), properties=dict(properties_of(copy)))
    )

    done = await function_worker.trigger("redeploy_step", event)

    assert done.succeeded, done.error
    (queued,) = app_fakes.queues.steps
    assert (queued.delivery.attempt, queued.delivery.failing_since) == (8, NOON)
    assert timedelta(minutes=4) <= queued.at - NOON <= timedelta(minutes=5)


@pytest.mark.parametrize("fault", [StorageUnavailable("away"), SettingsError(["StateStorage"])])
async def test_a_message_without_an_app_is_left_to_the_queue_after_a_pause(
    function_worker: Worker, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    async def no_app() -> None:
        raise fault

    paused: list[float] = []

    async def pause(seconds: float) -> None:
        paused.append(seconds)

    monkeypatch.setattr("functions.deliveries.get_app", no_app)
    monkeypatch.setattr("functions.deliveries.pause", pause)

    done = await function_worker.trigger(
        "dead_letter", message_event(IncomingMessage(body=b"anything"))
    )

    assert not done.succeeded
    assert paused
    assert paused[0] >= 10


async def test_a_dead_step_has_its_job_tried_again(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    show_scheduled_machine(app_fakes)
    await scan(function_worker)
    job = await only_job(app_fakes)
    dead = IncomingMessage(
        body=encode(JobStep(job=job.id, step=job.step)).encode(),
        properties={"DeadLetterReason": "MaxDeliveryCountExceeded"},
        dead_letter_source="redeploys",
    )

    done = await function_worker.trigger("dead_letter", message_event(dead))

    assert done.succeeded, done.error
    again = await only_job(app_fakes)
    assert (again.dead_letters, again.step) == (1, job.step + 1)
    assert "MaxDeliveryCountExceeded" in again.reason


@pytest.mark.parametrize("source", ["scans", "redeploys", "notifications", None])
async def test_a_dead_letter_is_put_on_record_whatever_it_holds(
    function_worker: Worker, app_fakes: AppFakes, source: str | None
) -> None:
    dead = IncomingMessage(body=b"\xffgarbage", dead_letter_source=source)

    done = await function_worker.trigger("dead_letter", message_event(dead))

    assert done.succeeded, done.error
    (record,) = await app_fakes.app.audit_trail.of(f"dead-letter:{source or 'unknown'}")
    assert "garbage" in record.detail["body"]


async def test_the_recovery_timer_wakes_a_forgotten_job(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    show_scheduled_machine(app_fakes)
    await scan(function_worker)
    app_fakes.queues.steps.clear()  # the message is lost
    app_fakes.clock.advance(timedelta(hours=1))

    done = await function_worker.trigger("recover_all", timer_event())

    assert done.succeeded, done.error
    job = await only_job(app_fakes)
    assert [each.message for each in app_fakes.queues.steps] == [JobStep(job=job.id, step=0)]


async def test_the_recovery_timer_tells_of_a_job_that_may_miss_its_phase(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    show_scheduled_machine(app_fakes)
    await scan(function_worker)
    await app_fakes.app.pauses.add(
        Pause(target="everything", reason="incident 42", by="ada", at=NOON)
    )
    app_fakes.clock.advance(timedelta(days=29))

    for _ in range(2):
        done = await function_worker.trigger("recover_all", timer_event())
        assert done.succeeded, done.error

    job = await only_job(app_fakes)
    (told,) = [each.message for each in app_fakes.queues.notifications]
    assert isinstance(told, Notification)
    assert (told.kind, told.subject) == ("deadline.at_risk", job.id)
    jobs = (await call_http(function_worker, "list_jobs"))[1]["jobs"]
    assert isinstance(jobs, list)
    assert jobs[0]["atRisk"] == ["pause"]


async def test_operators_see_jobs_and_locks(function_worker: Worker, app_fakes: AppFakes) -> None:
    show_scheduled_machine(app_fakes)
    await scan(function_worker)
    job = await only_job(app_fakes)
    step = encode(JobStep(job=job.id, step=job.step)).encode()
    await function_worker.trigger("redeploy_step", message_event(IncomingMessage(body=step)))

    status, jobs = await call_http(function_worker, "list_jobs")
    locks = (await call_http(function_worker, "list_semaphores"))[1]["semaphores"]

    assert status == 200
    assert isinstance(jobs["jobs"], list)
    assert jobs["jobs"][0]["state"] == "redeploying"
    assert isinstance(locks, list)
    assert [each["job"] for each in locks[0]["holders"]] == [job.id]


async def test_jobs_are_narrowed_by_subscription_and_state(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    show_scheduled_machine(app_fakes)
    await scan(function_worker)

    async def count(**query: str) -> int:
        status, response = await call_http(function_worker, "list_jobs", query=query)
        assert status == 200, response
        assert isinstance(response["jobs"], list)
        return len(response["jobs"])

    assert await count(subscription=SUBSCRIPTION.upper(), state="planned") == 1
    assert await count(subscription=SUBSCRIPTION, state="parked") == 0
    assert await count(subscription="99999999-2222-3333-4444-555555555555") == 0
    status, response = await call_http(function_worker, "list_jobs", query={"state": "praked"})
    assert status == 400
    assert "'praked'" in str(response["error"])
    assert "planned, " in str(response["error"])


async def test_pause_and_resume_over_http(function_worker: Worker, app_fakes: AppFakes) -> None:
    thrown = {"target": "everything", "reason": "incident 42", "by": "ada"}
    assert (await call_http(function_worker, "add_pause", "POST", thrown))[0] == 200
    assert [each.reason for each in await app_fakes.app.pauses.all()] == ["incident 42"]
    lifted = {"target": "everything", "reason": "it is over", "by": "ada"}
    assert (await call_http(function_worker, "remove_pause", "POST", lifted))[0] == 200
    status, body = await call_http(function_worker, "remove_pause", "POST", lifted)
    assert (status, body["already"]) == (200, {"by": "ada", "at": "2026-11-23T12:00:00Z"})
    other = {**lifted, "target": f"machine:{VM}"}
    assert (await call_http(function_worker, "remove_pause", "POST", other))[0] == 404


@pytest.mark.parametrize(
    ("body", "status", "hint"),
    [
        (b"", 400, "not JSON"),
        (b"\xff\xfe", 400, "not JSON"),
        (b'{"reason": "\xff"}', 400, "not JSON"),
        (b'{"reason": "\\ud800"}', 400, "not JSON"),
        (b"[]", 400, "JSON object"),
        (b"[" * 49_000, 400, "not JSON"),
        (b"x" * 50_000, 413, "at most 49152 are read"),
        (
            {"target": "everything"},
            400,
            "needs a non-empty text 'by' and a non-empty text 'reason'",
        ),
        (
            {"target": None, "reason": ["r"], "by": " "},
            400,
            "'by' and a non-empty text 'reason' and a non-empty text 'target'",
        ),
        (
            {"target": "everything", "reason": "r" * 1001, "by": "b"},
            400,
            "at most 1000 characters in 'reason'",
        ),
        ({"target": "nonsense", "reason": "r", "by": "b"}, 400, "use everything"),
        ({"target": "machine:nonsense", "reason": "r", "by": "b"}, 400, "not the ARM id"),
    ],
)
async def test_a_bad_request_is_told_what_would_be_right(
    function_worker: Worker, app_fakes: AppFakes, body: object, status: int, hint: str
) -> None:
    answered, response = await call_http(function_worker, "add_pause", "POST", body)

    assert answered == status
    assert hint in str(response["error"])
    assert await app_fakes.app.pauses.all() == []


async def test_a_body_may_begin_with_a_byte_order_mark_and_have_more_than_is_read(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    body = b'\xef\xbb\xbf{"target": " Everything ", "reason": "r", "by": "b", "more": [1, 2]}'

    assert (await call_http(function_worker, "add_pause", "POST", body))[0] == 200
    assert [each.target for each in await app_fakes.app.pauses.all()] == ["everything"]


@pytest.mark.usefixtures("app_fakes")
@pytest.mark.parametrize(
    "job", ["nonsense", "a/b~1", "s~1?x", "s~#", "s~\x00", "s~" + "x" * 2000, "~", "s~1~2"]
)
async def test_what_is_no_job_id_never_reaches_the_tables(
    function_worker: Worker, job: str
) -> None:
    secret = {"by": "ada", "reason": "looked at it"}

    status, response = await call_http(
        function_worker, "retry_job", "POST", secret, params={"job": job}
    )

    assert (status, "is not a job id" in str(response["error"])) == (400, True)


@pytest.mark.usefixtures("app_fakes")
@pytest.mark.parametrize("subscription", [" ", "a/b", "a' or '1", "x" * 200])
async def test_what_is_no_subscription_is_told(function_worker: Worker, subscription: str) -> None:
    status, response = await call_http(
        function_worker, "list_jobs", query={"subscription": subscription}
    )

    assert (status, "is not the id of a subscription" in str(response["error"])) == (400, True)


async def test_explain_tells_the_whole_story(function_worker: Worker, app_fakes: AppFakes) -> None:
    show_scheduled_machine(app_fakes)
    await scan(function_worker)

    status, explanation = await call_http(
        function_worker, "explain_machine", query={"machine": VM.upper()}
    )

    assert status == 200
    assert isinstance(explanation["auditTrail"], list)
    assert [each["event"] for each in explanation["auditTrail"]] == ["job.planned"]
    assert isinstance(explanation["plan"], dict)
    assert explanation["plan"]["reason"] == "it can start now"
    assert (await call_http(function_worker, "explain_machine", query={"machine": "nonsense"}))[
        0
    ] == 400
    assert (await call_http(function_worker, "explain_machine"))[0] == 400


async def test_the_plan_says_when_each_machine_starts(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    show_scheduled_machine(app_fakes)
    await scan(function_worker)

    status, plan = await call_http(function_worker, "show_plan")

    assert status == 200
    assert isinstance(plan["machines"], list)
    (machine,) = plan["machines"]
    assert (machine["id"], machine["name"], machine["certainty"]) == (VM, "vm1", "fixed")
    assert machine["start"] == machine["expected_end"].replace("12:35", "12:00")
    assert (machine["margin_s"], machine["deadline"]) == (30 * 86_400 - 1, "2026-12-23T12:00:00Z")
    assert (plan["feasibility"], plan["mode"], plan["next"]) == ("fits", "act", None)
    of_group = await call_http(function_worker, "show_plan", query={"group": "crm"})
    assert of_group[1]["machines"] == []
    later = await call_http(function_worker, "show_plan", query={"after": "1", "limit": "1"})
    assert later[1]["machines"] == []
    assert later[1]["fingerprint"] == plan["fingerprint"]


@pytest.mark.usefixtures("app_fakes")
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"group": " "}, "name the group"),
        ({"group": "x" * 2000}, "name the group"),
        ({"group": "a\x00"}, "name the group"),
        ({"after": "-1"}, "after is the value of `next`"),
        ({"after": "x"}, "after is the value of `next`"),
        ({"after": "9" * 50}, "after is the value of `next`"),
        ({"limit": "0"}, "limit is a whole number from 1 to 5000"),
        ({"limit": "5001"}, "limit is a whole number"),
        ({"limit": "1.5"}, "limit is a whole number"),
    ],
)
async def test_a_page_of_the_plan_that_cannot_be_meant_is_told(
    function_worker: Worker, query: dict[str, str], said: str
) -> None:
    status, response = await call_http(function_worker, "show_plan", query=query)

    assert (status, said in str(response["error"])) == (400, True)


async def test_a_word_on_a_job_that_cannot_be_followed_is_a_409(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    show_scheduled_machine(app_fakes)
    await scan(function_worker)
    job = await only_job(app_fakes)
    params = {"params": {"job": str(job.id)}}

    cancelled = {"by": "ada", "reason": "not today"}
    assert (await call_http(function_worker, "retry_job", "POST", cancelled, **params))[0] == 409
    assert (await call_http(function_worker, "release_job", "POST", cancelled, **params))[0] == 409
    assert (await call_http(function_worker, "cancel_job", "POST", cancelled, **params))[0] == 200
    assert (await only_job(app_fakes)).state is State.CANCELLED
    assert replace(await only_job(app_fakes)).reason == "cancelled by ada: not today"
