"""An operator's command over HTTP.

A name and a reason are needed. A command is carried out or refused with a reason, and both are on
the audit trail.
"""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from sandbox.azure.functions_host.runtime.worker import Worker
from shared.adapters.memory import MemoryHealthChecks
from shared.domain.health.health_check import HealthCheck
from shared.domain.job.job import Job
from shared.domain.job.states import State
from shared.domain.lock.operations import acquire, add_halt
from shared.domain.lock.semaphore import Halt, LockRequest
from shared.domain.machine.arm_responses import ArmResponse
from shared.domain.machine.instance_view import Observation, Provisioning
from shared.domain.machine.machine import Machine
from shared.domain.machine.placement import Scope
from shared.domain.messages import JobStep, encode
from shared.domain.utc import rfc3339
from tests.functions.conftest import NOON, AppFakes
from tests.functions.test_triggers import (
    VM,
    call_http,
    only_job,
    scan,
    show_scheduled_machine,
    step,
)

OPERATOR = {"by": "ada", "reason": "looked at it"}
SCOPE = Scope("avset:somewhere")


async def parked(worker: Worker, app_fakes: AppFakes) -> Job:
    """A job whose call got an unknown response."""
    show_scheduled_machine(app_fakes)
    await scan(worker)
    app_fakes.azure.script_responses(VM, ArmResponse(status=400, code="NeverSeen"))
    await step(worker, await only_job(app_fakes))
    job = await only_job(app_fakes)
    assert job.state is State.PARKED
    return job


async def command(
    worker: Worker, name: str, job: Job | str, body: object
) -> tuple[int, dict[str, object]]:
    params = {"job": job if isinstance(job, str) else str(job.id)}
    return await call_http(worker, name, "POST", body, params=params)


async def test_a_parked_job_is_released_with_a_reason(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    job = await parked(function_worker, app_fakes)

    assert (await command(function_worker, "release_job", job, OPERATOR))[
        0
    ] == 409  # its call is a moment old
    app_fakes.clock.advance(app_fakes.app.policy.timing.grace_period)
    status, response = await command(function_worker, "release_job", job, OPERATOR)

    assert (status, response["state"], response["leases"]) == (200, "parked", [])
    assert all(not each.holders for each in await app_fakes.app.semaphores.all())
    lines = [
        each for each in await app_fakes.app.audit_trail.of(job.id) if each.event == "job.released"
    ]
    assert [each.by for each in lines] == ["ada"]
    assert lines[0].detail["reason"].startswith("released by ada: looked at it")


async def test_a_release_under_a_moving_machine_needs_to_be_asked_for(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    job = await parked(function_worker, app_fakes)
    seen = await app_fakes.azure.observe(VM)
    assert isinstance(seen, Observation)
    app_fakes.azure.show(
        Machine(id=VM, location="westeurope"), replace(seen, provisioning=Provisioning.UPDATING)
    )

    for name in ("release_job", "cancel_job"):
        status, response = await command(function_worker, name, job, OPERATOR)
        assert status == 409
        assert "is being moved" in str(response["error"])

    assert (
        await command(function_worker, "release_job", job, {**OPERATOR, "skipMachineCheck": "yes"})
    )[0] == 400
    assert (await only_job(app_fakes)).leases == job.leases
    assert (
        await command(function_worker, "release_job", job, {**OPERATOR, "skipMachineCheck": True})
    )[0] == 200


async def test_a_lease_whose_job_is_gone_is_released_by_scope_and_token(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    claim = LockRequest(
        job="s~gone", lane=None, slots=1, lease=app_fakes.app.policy.timing.lease_duration
    )
    stored = await app_fakes.app.semaphores.load(SCOPE)
    await app_fakes.app.semaphores.store(acquire(stored.value, claim, NOON)[0], stored.version)
    wanted = {"scope": SCOPE, "token": 1, **OPERATOR}

    assert (await call_http(function_worker, "release_one_lease", "POST", {**wanted, "token": 2}))[
        0
    ] == 404
    status, response = await call_http(function_worker, "release_one_lease", "POST", wanted)
    assert (status, response) == (200, {"released": {"scope": SCOPE, "token": 1, "job": "s~gone"}})
    assert (await call_http(function_worker, "release_one_lease", "POST", wanted))[0] == 404


async def test_a_halt_is_lifted_with_a_reason(function_worker: Worker, app_fakes: AppFakes) -> None:
    stored = await app_fakes.app.semaphores.load(SCOPE)
    await app_fakes.app.semaphores.store(
        add_halt(stored.value, Halt(reason="is down", job="s~1", at=NOON)), stored.version
    )

    status, _ = await call_http(function_worker, "lift_halt", "POST", {"scope": SCOPE, **OPERATOR})

    assert status == 200
    lines = [
        (each.event, each.by, each.detail["reason"])
        for each in await app_fakes.app.audit_trail.of(f"scope:{SCOPE}")
    ]
    assert lines == [
        ("about_to_lift_halt", "ada", "looked at it"),
        ("halt.lifted", "ada", "looked at it"),
    ]
    again = {"scope": SCOPE, "by": "bob", "reason": "me too"}
    status, body = await call_http(function_worker, "lift_halt", "POST", again)
    assert (status, body["already"]) == (200, {"by": "ada", "at": "2026-11-23T12:00:00Z"})
    trail = [each.event for each in await app_fakes.app.audit_trail.of(f"scope:{SCOPE}")]
    assert trail == ["about_to_lift_halt", "halt.lifted", "command.already_done"]
    other = {**again, "scope": "avset:never"}
    assert (await call_http(function_worker, "lift_halt", "POST", other))[0] == 404


@pytest.mark.parametrize(
    "name", ["retry_job", "release_job", "cancel_job", "prioritize_job", "reopen_job"]
)
@pytest.mark.parametrize("missing", ["by", "reason"])
async def test_a_word_on_a_job_without_who_or_why_is_told_what_is_missing(
    function_worker: Worker, app_fakes: AppFakes, name: str, missing: str
) -> None:
    job = await parked(function_worker, app_fakes)

    for value in ({}, {missing: " "}, {missing: 7}):
        body = {key: text for key, text in OPERATOR.items() if key != missing} | value
        status, response = await command(function_worker, name, job, body)
        assert (status, response["error"]) == (400, f"the body needs a non-empty text {missing!r}")

    assert await only_job(app_fakes) == job


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        ({"target": "machine:x"}, 400, "not the ARM id"),
        ({"target": "subscription:shop"}, 400, "sees no subscription with the name or id"),
        ({"target": "subscription:00000000-0000-4000-8000-0000000000ff"}, 409, "evenIfNothing"),
        ({"target": "everything", "for": "2"}, 400, "for: '2' is no duration. Write a duration"),
        ({"target": "everything", "for": 2}, 400, "for"),
        ({"target": "everything", "for": "1s"}, 400, "from one minute to 365 days"),
        ({"target": "everything", "evenIfNothing": "yes"}, 400, "evenIfNothing"),
    ],
)
async def test_a_pause_that_is_probably_misspelt_is_refused(
    function_worker: Worker, app_fakes: AppFakes, body: dict[str, Any], status: int, text: str
) -> None:
    sent = json.dumps({**body, "by": "ada", "reason": "a"}).encode()
    found, response = await call_http(function_worker, "add_pause", "POST", sent)
    assert (found, await app_fakes.app.pauses.all()) == (status, [])
    assert text in str(response["error"])


async def test_a_pause_says_its_end_and_what_it_holds(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    await parked(function_worker, app_fakes)
    sent = json.dumps({"target": "everything", "for": "2h", "by": "ada", "reason": "a"}).encode()
    status, response = await call_http(function_worker, "add_pause", "POST", sent)
    assert status == 200
    assert response["until"] == rfc3339(NOON + timedelta(hours=2))
    assert response["held"] == {"waiting": 0, "machines": 1, "inFlight": 1}
    _, listed = await call_http(function_worker, "list_pauses", "GET", b"")
    (shown,) = cast("list[dict[str, object]]", listed["pauses"])
    assert shown["until"] == response["until"]
    assert listed["next"] is None
    status, _ = await call_http(function_worker, "list_pauses", "GET", b"", query={"limit": "0"})
    assert status == 400


@pytest.mark.usefixtures("app_fakes")
async def test_a_body_that_has_a_key_twice_is_refused(function_worker: Worker) -> None:
    body = b'{"target": "everything", "by": "ada", "reason": "a", "target": "machine:x"}'
    status, response = await call_http(function_worker, "add_pause", "POST", body)

    assert status == 400
    assert str(response["error"]).startswith(
        "the body is ambiguous: the key 'target' is there twice"
    )


@pytest.mark.usefixtures("app_fakes")
@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("add_pause", {"target": "everything"}),
        ("remove_pause", {"target": "everything"}),
        ("lift_halt", {"scope": "avset:x"}),
        ("release_one_lease", {"scope": "avset:x", "token": 1}),
    ],
)
async def test_so_is_every_other_word(
    function_worker: Worker, name: str, more: dict[str, object]
) -> None:
    for missing in ("by", "reason"):
        body = {key: text for key, text in OPERATOR.items() if key != missing} | more
        status, response = await call_http(function_worker, name, "POST", body)
        assert (status, response["error"]) == (400, f"the body needs a non-empty text {missing!r}")


@pytest.mark.usefixtures("app_fakes")
@pytest.mark.parametrize("token", [None, "1", True, 1.5])
async def test_a_token_is_a_whole_number(function_worker: Worker, token: object) -> None:
    body = {"scope": "avset:x", "token": token, **OPERATOR}
    assert (await call_http(function_worker, "release_one_lease", "POST", body))[0] == 400


@pytest.mark.usefixtures("app_fakes")
@pytest.mark.parametrize(
    "name", ["retry_job", "release_job", "cancel_job", "prioritize_job", "reopen_job"]
)
async def test_a_job_that_is_not_there_is_a_404_and_what_is_no_job_a_400(
    function_worker: Worker, name: str
) -> None:
    status, response = await command(function_worker, name, "s~1", OPERATOR)
    assert (status, response["error"]) == (404, "there is no job s~1")
    assert (await command(function_worker, name, "nonsense", OPERATOR))[0] == 400


async def test_a_parked_job_is_retried_with_a_reason(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    job = await parked(function_worker, app_fakes)

    status, response = await command(function_worker, "retry_job", job, OPERATOR)

    assert (status, response["reason"]) == (200, "retried by ada: looked at it")
    message = encode(JobStep(job=job.id, step=(await only_job(app_fakes)).step))
    assert message in [encode(each.message) for each in app_fakes.queues.steps]


async def test_a_waiting_job_is_prioritized_with_a_reason(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    show_scheduled_machine(app_fakes)
    await scan(function_worker)
    job = await only_job(app_fakes)

    status, response = await command(function_worker, "prioritize_job", job, OPERATOR)

    assert (status, response["reason"]) == (200, "prioritized by ada: looked at it")
    assert response["prioritized"] is not None
    events = [each.event for each in await app_fakes.app.audit_trail.of(job.id)]
    assert {"about_to_prioritize", "job.prioritized"} <= set(events)


async def test_a_parked_job_is_not_prioritized(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    job = await parked(function_worker, app_fakes)

    status, response = await command(function_worker, "prioritize_job", job, OPERATOR)

    assert status == 409
    assert "the job is parked" in str(response["error"])


async def test_a_health_check_is_tried_without_a_redeploy(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    job = await parked(function_worker, app_fakes)
    checks = app_fakes.app.health_checks
    assert isinstance(checks, MemoryHealthChecks)
    wanted = {"machine": VM.upper(), **OPERATOR}

    async def tried() -> tuple[int, dict[str, object]]:
        return await call_http(function_worker, "test_health_check", "POST", wanted)

    assert (await tried())[1]["result"] == "none"
    url = "https://203.0.113.7/health"
    stored = await app_fakes.app.jobs.get(job.id)
    assert stored is not None
    changed = replace(stored.value, health_check=HealthCheck(url=url))
    await app_fakes.app.jobs.save(changed, stored.version)
    assert (await tried())[1]["result"] == "unhealthy"
    checks.put(url)
    status, body = await tried()

    assert (status, body["result"], body["healthCheck"]) == (200, "healthy", url)
    lines = await app_fakes.app.audit_trail.of(job.id)
    told = [each.detail["result"] for each in lines if each.event == "health_check.tried"]
    assert [each.partition(":")[0] for each in told] == ["no health check", "unhealthy", "healthy"]
    assert (await only_job(app_fakes)).state is State.PARKED
    nobody = {**wanted, "machine": f"{VM}-other"}
    assert (await call_http(function_worker, "test_health_check", "POST", nobody))[0] == 404
    nonsense = {**wanted, "machine": "vm-1"}
    assert (await call_http(function_worker, "test_health_check", "POST", nonsense))[0] == 400
