"""Every operation against every role and none, through the real runtime."""

import json
from dataclasses import replace
from typing import Any

import pytest

import shared.bootstrap
from functions.signed_in.rights import RIGHTS
from sandbox.azure.functions_host.runtime.shapes import HttpResponse, http_event
from sandbox.azure.functions_host.runtime.worker import Worker
from shared.domain.access.rights import Right
from shared.domain.access.sign_in import SignIn
from shared.domain.job.job import Job
from shared.domain.redeploy.pauses import Pause
from tests.functions.conftest import AppFakes
from tests.functions.signed_in_callers import ADA, BELIEVED, CLIENT, TENANT, claims, header
from tests.functions.test_index import ROUTES
from tests.functions.test_triggers import VM, call_http, only_job, scan, show_scheduled_machine

NAME = f"person:{TENANT}/{ADA}"
#: by role: the rights over all machines
ALLOWED = {
    "Reader": {Right.READ},
    "Operator": {Right.READ, Right.OWN, Right.OPERATE},
    "Approver": {Right.READ, Right.APPROVE},
    "Owner.crm": {Right.READ},
    "Owner.": set(),
    "owner": set(),
    "Admin": set(),
    "": set(),
}
REASON = {"reason": "looked at it"}
#: needs no sign-in and no key, or has a proof of its own
WITHOUT = {"health", "service_health", "email_notice", "event_notice"}


def with_sign_in(
    app_fakes: AppFakes, monkeypatch: pytest.MonkeyPatch, sign_in: SignIn = BELIEVED
) -> None:
    app = replace(app_fakes.app, sign_in=sign_in)
    monkeypatch.setattr(shared.bootstrap, "_app", app)


async def ask(
    worker: Worker, path: str, method: str = "GET", body: object = None, **headers: str
) -> tuple[int, dict[str, Any]]:
    event = http_event(
        method,
        f"http://127.0.0.1:7071/api/v1/signed-in/{path}",
        body=b"" if body is None else json.dumps(body).encode(),
        params={"path": path},
        headers=headers,
    )
    done = await worker.trigger("signed_in", event)
    assert done.succeeded, done.error
    assert isinstance(done.return_value, HttpResponse)
    return done.return_value.status, json.loads(done.return_value.body)


async def act(
    worker: Worker, path: str, body: object, roles: tuple[str, ...], **more: str
) -> tuple[int, dict[str, Any]]:
    return await ask(worker, path, "POST", body, **header(claims(*roles, **more)))


def path_of(name: str) -> str:
    route = ROUTES[name][0].removeprefix("v1/")
    return route.replace("{job}", "nobody~nothing").replace("{notice}", "none")


def test_every_operation_has_a_right_and_no_webhook_has() -> None:
    assert set(RIGHTS) == set(ROUTES) - WITHOUT


@pytest.mark.parametrize("role", ALLOWED)
async def test_every_operation_against_every_role(
    function_worker: Worker, app_fakes: AppFakes, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    with_sign_in(app_fakes, monkeypatch)
    for name, right in RIGHTS.items():
        status, answer = await ask(
            function_worker,
            path_of(name),
            ROUTES[name][1][0],
            REASON if "POST" in ROUTES[name][1] else None,
            **header(claims(role)),
        )
        # An operation that is reached answers by itself: here 200, 400, 404 or 409.
        is_refused = status in (401, 403)
        assert is_refused == (right not in ALLOWED[role]), (name, role, status, answer)


async def test_nobody_and_nothing_unproved_reaches_an_operation(
    function_worker: Worker, app_fakes: AppFakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = claims("Operator")
    other = [(t, "22222222-2222-4333-8444-555555555555" if v == TENANT else v) for t, v in good]
    audience = [("aud", ADA), *good[1:]]
    for sign_in, given in (
        (BELIEVED, {}),
        (BELIEVED, {"X-MS-CLIENT-PRINCIPAL": "e30=", "X-Forestall-Act": "1"}),
        (BELIEVED, {"X-MS-CLIENT-PRINCIPAL": "!", "X-Forestall-Act": "1"}),
        (BELIEVED, header(other)),
        (BELIEVED, header(audience)),
        (BELIEVED, header(good[1:])),
        (BELIEVED, header([*good, ("tid", ADA)])),
        (BELIEVED, header([*good, ("aud", ADA)])),
        (BELIEVED, header([each for each in good if each[1] != ADA])),
        (replace(BELIEVED, is_checked=False), header(good)),
        (SignIn(is_checked=True), header(good)),
        (replace(BELIEVED, client=""), header(good)),
    ):
        with_sign_in(app_fakes, monkeypatch, sign_in)
        for name in ROUTES.keys() - WITHOUT:
            status, _ = await ask(
                function_worker,
                path_of(name),
                ROUTES[name][1][0],
                REASON if "POST" in ROUTES[name][1] else None,
                **{**given, "X-Forestall-Act": "1"},
            )
            assert status == 401, (sign_in, name)
        assert (await ask(function_worker, "me", **given))[0] == 401
        assert (await ask(function_worker, "no/such", **given))[0] == 401


async def test_the_trail_names_the_object_id_whatever_the_body_says(
    function_worker: Worker, app_fakes: AppFakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_sign_in(app_fakes, monkeypatch)
    body = {"target": "everything", "reason": "incident 42", "by": "eve"}
    status, answer = await act(function_worker, "pause", body, ("Operator",))
    assert (status, answer["by"]) == (200, NAME)
    trail = await app_fakes.app.audit_trail.of("pause:everything")
    assert [each.by for each in trail] == [NAME]
    without_reason = {"target": "everything", "by": "eve"}
    assert (await act(function_worker, "resume", without_reason, ("Operator",)))[0] == 400


@pytest.mark.parametrize(
    "name",
    [NAME, f" {NAME.upper()}", f"\u200b{NAME}", "application:x", "development:local", "per son:x"],
)
async def test_a_caller_with_a_key_cannot_take_a_proved_name(
    function_worker: Worker, app_fakes: AppFakes, name: str
) -> None:
    body = {"target": "everything", "reason": "x", "by": name}
    status, answer = await call_http(function_worker, "add_pause", "POST", body)
    assert status == 400
    assert "sign-in" in str(answer["detail"])
    assert not await app_fakes.app.pauses.all()


async def test_an_act_of_another_site_is_refused(
    function_worker: Worker, app_fakes: AppFakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_sign_in(app_fakes, monkeypatch)
    body = {"target": "everything", "reason": "x"}
    proved = header(claims("Operator"))
    for change in ({"X-Forestall-Act": ""}, {"Sec-Fetch-Site": "cross-site"}):
        status, _ = await ask(function_worker, "pause", "POST", body, **{**proved, **change})
        assert status == 403
    assert not await app_fakes.app.pauses.all()


async def job_in(worker: Worker, app_fakes: AppFakes, group: str) -> Job:
    show_scheduled_machine(app_fakes)
    await scan(worker)
    stored = await app_fakes.app.jobs.get((await only_job(app_fakes)).id)
    assert stored is not None
    job = replace(stored.value, policy_group=group)
    assert await app_fakes.app.jobs.save(job, stored.version) is not None
    return job


@pytest.mark.parametrize(
    "case",
    [
        ("crm", "Owner.crm", True),
        ("CRM", "owner.Crm", True),
        ("crm", "Owner.web", False),
        ("crm-2", "Owner.crm", False),
        ("", "Owner.crm", False),
        ("", "Owner.", False),
        ("crm", "Reader", False),
    ],
)
async def test_an_owner_acts_for_machines_of_its_groups_alone(
    function_worker: Worker,
    app_fakes: AppFakes,
    monkeypatch: pytest.MonkeyPatch,
    case: tuple[str, str, bool],
) -> None:
    group, role, reached = case
    with_sign_in(app_fakes, monkeypatch)
    job = await job_in(function_worker, app_fakes, group)
    hold = {"target": f"machine:{VM}", "reason": "x"}
    for path, body in (
        ("pause", hold),
        ("resume", hold),
        (f"jobs/{job.id}/retry", REASON),
        (f"jobs/{job.id}/reopen", REASON),
    ):
        status, _ = await act(function_worker, path, body, (role,))
        assert (status != 403) == reached, path
    for target in ("everything", f"subscription:{TENANT}", f"group:{TENANT}/crm", "machine:"):
        body = {"target": target, "reason": "x"}
        assert (await act(function_worker, "pause", body, (role,)))[0] == 403
    assert (await act(function_worker, f"jobs/{job.id}/cancel", REASON, (role,)))[0] == 403


async def test_an_owner_changes_no_pause_of_somebody_else(
    function_worker: Worker, app_fakes: AppFakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_sign_in(app_fakes, monkeypatch)
    await job_in(function_worker, app_fakes, "crm")
    target = f"machine:{VM}"
    other = Pause(target=target, reason="x", by="operator", at=app_fakes.app.now())
    await app_fakes.app.pauses.add(other)
    for path, more in (("resume", {}), ("pause", {"for": "1m"})):
        body = {"target": target, "reason": "x", **more}
        assert (await act(function_worker, path, body, ("Owner.crm",)))[0] == 403
    assert list(await app_fakes.app.pauses.all()) == [other]


async def test_an_application_never_approves_and_is_named_as_one(
    function_worker: Worker, app_fakes: AppFakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_sign_in(app_fakes, monkeypatch)
    for pairs, kind, rights in (
        (claims("Approver", subject=ADA), "application", ["read"]),
        ([*claims("Approver"), ("idtyp", "app")], "application", ["read"]),
        ([each for each in claims("Approver") if each[1] != "pairwise"], "application", ["read"]),
        (claims("Approver"), "person", ["read", "approve"]),
    ):
        status, answer = await ask(function_worker, "me", **header(pairs))
        assert (status, answer["rights"]) == (200, rights)
        assert answer["name"] == f"{kind}:{TENANT}/{ADA}"


async def test_a_developer_acts_with_the_roles_of_the_setting(
    function_worker: Worker, app_fakes: AppFakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_sign_in(app_fakes, monkeypatch, SignIn(development_roles=("Reader",)))
    assert CLIENT not in str((await ask(function_worker, "me"))[1])
    assert (await ask(function_worker, "jobs"))[0] == 200
    body = {"target": "everything", "reason": "x"}
    status, _ = await ask(function_worker, "pause", "POST", body, **{"X-Forestall-Act": "1"})
    assert status == 403


async def test_a_path_that_is_no_operation_is_404_for_a_reader(
    function_worker: Worker, app_fakes: AppFakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_sign_in(app_fakes, monkeypatch)
    for path in ("", "no/such", "signed-in/me", "jobs/a~b/c/retry", "notices/email/plain"):
        assert (await ask(function_worker, path, **header(claims("Reader"))))[0] == 404
