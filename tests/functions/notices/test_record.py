"""The record of a notice: the wave and the jobs that it led to."""

from datetime import timedelta

import pytest

from sandbox.azure.functions_host.runtime.messages import IncomingMessage, message_event
from sandbox.azure.functions_host.runtime.shapes import HttpResponse
from sandbox.azure.functions_host.runtime.worker import Worker
from shared.domain.job.states import State
from shared.domain.machine.instance_view import Observation, Power
from shared.domain.machine.machine import Machine
from shared.domain.messages import ScanRequest, encode
from tests.functions.conftest import NOON, AppFakes
from tests.functions.notice_webhooks import body_of, invoke
from tests.functions.notices.requests import alert, post_notice
from tests.functions.test_triggers import VM, show_scheduled_machine


@pytest.mark.usefixtures("webhooks")
async def test_a_notice_is_linked_to_the_wave_and_the_jobs_that_its_scan_planned(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    show_scheduled_machine(app_fakes)
    told = body_of(await post_notice(function_worker, alert()))["notices"][0]
    (queued,) = app_fakes.queues.scans
    assert isinstance(queued.message, ScanRequest)
    done = await function_worker.trigger(
        "scan_one", message_event(IncomingMessage(body=encode(queued.message).encode()))
    )
    assert done.succeeded, done.error
    app_fakes.clock.advance(timedelta(hours=1))
    later = body_of(await post_notice(function_worker, alert(communicationId="later")))["notices"][
        0
    ]

    explanation = body_of(
        await invoke(
            function_worker, "show_notice", "notices/x", method="GET", params={"notice": told["id"]}
        )
    )
    (job,) = await app_fakes.app.jobs.all()
    assert [each["id"] for each in explanation["jobs"]] == [job.id]
    assert explanation["waves"] == [job.wave.isoformat().replace("+00:00", "Z")]
    empty = body_of(
        await invoke(
            function_worker,
            "show_notice",
            "notices/x",
            method="GET",
            params={"notice": later["id"]},
        )
    )
    assert (empty["jobs"], empty["waves"]) == ([], [])


@pytest.mark.usefixtures("webhooks")
async def test_a_cancellation_is_linked_to_the_job_that_its_scan_ended(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    async def scan_and_trace(payload: object) -> list[tuple[str, str]]:
        told = body_of(await post_notice(function_worker, payload))["notices"][0]
        queued = app_fakes.queues.scans.pop()
        assert isinstance(queued.message, ScanRequest)
        done = await function_worker.trigger(
            "scan_one", message_event(IncomingMessage(body=encode(queued.message).encode()))
        )
        assert done.succeeded, done.error
        path = {"notice": told["id"]}
        explanation = body_of(
            await invoke(function_worker, "show_notice", "notices/x", method="GET", params=path)
        )
        return [(each["state"], each["reason"]) for each in explanation["jobs"]]

    show_scheduled_machine(app_fakes)
    assert await scan_and_trace(alert()) == [("planned", "planned")]
    app_fakes.clock.advance(timedelta(minutes=1))
    app_fakes.azure.show(
        Machine(id=VM, location="westeurope"), Observation(machine=VM, at=NOON, power=Power.RUNNING)
    )

    ended = await scan_and_trace(alert(stage="Canceled", communicationId="2"))

    assert ended == [("skipped", "the machine is not scheduled for maintenance any more")]
    assert (app_fakes.azure.calls, [each.state for each in await app_fakes.app.jobs.all()]) == (
        [],
        [State.SKIPPED],
    )


@pytest.mark.usefixtures("webhooks")
async def test_notices_are_listed_for_some_days(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    await post_notice(function_worker, alert())
    app_fakes.clock.advance(timedelta(days=2))

    async def listed(days: str) -> HttpResponse:
        return await invoke(
            function_worker, "list_notices", "notices", method="GET", query={"days": days}
        )

    assert len(body_of(await listed("3"))["notices"]) == 1
    assert body_of(await listed("1"))["notices"] == []
    for wrong in ("0", "x", "-1", "367", "1.5", "٣", "9" * 100):
        assert (await listed(wrong)).status == 400
    for query in ({"after": "x"}, {"after": "y" * 1001}, {"limit": "0"}, {"limit": "1001"}):
        refused = await invoke(
            function_worker, "list_notices", "notices", method="GET", query=query
        )
        assert refused.status == 400
    for unknown in ("0" * 32, "../jobs", "x" * 500):
        response = await invoke(
            function_worker, "show_notice", "notices/x", method="GET", params={"notice": unknown}
        )
        assert response.status == 404
