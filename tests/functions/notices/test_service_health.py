"""Alerts of Service Health: who is accepted, what starts a scan, and what never does."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import jwt
import pytest

import shared.bootstrap
from sandbox.azure.functions_host.runtime.worker import Worker
from shared.adapters.webhooks.entra_tokens import EntraTokens
from shared.adapters.webhooks.shared_secrets import SharedSecret
from shared.domain.machine.machine import SubscriptionId
from shared.errors import QueueUnavailable, StorageUnavailable
from tests.functions.conftest import NOON, AppFakes
from tests.functions.notice_webhooks import SECRET, NoticeWebhooks, body_of, notice_webhooks
from tests.functions.notices.requests import OTHER, alert, on_record, post_notice, scans
from tests.functions.test_triggers import SUBSCRIPTION, show_scheduled_machine
from tests.unit.notices.samples import common, sample
from tests.unit.notices.signers import AUDIENCE, AUTHORITY, CALLER, TENANT, Entra


@pytest.mark.usefixtures("webhooks")
async def test_a_planned_maintenance_scans_exactly_its_subscription_and_is_on_record(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    response = await post_notice(function_worker, alert())

    assert response.status == 202
    (told,) = body_of(response)["notices"]
    assert (told["outcome"], told["scans"], told["repeated"]) == ("scanning", [SUBSCRIPTION], False)
    assert scans(app_fakes) == [SUBSCRIPTION]
    (noted,) = await on_record(function_worker)
    assert noted["id"] == told["id"]
    assert noted["deliveredBy"] == {
        "method": "function-key",
        "identity": "every caller with the function key",
    }
    assert (noted["trackingId"], noted["stage"], noted["regions"]) == (
        "PYN_-ZL8",
        "Planned",
        ["West Europe"],
    )
    assert noted["scans"] == [
        {"subscription": SUBSCRIPTION, "triggerId": "2026-11-23T12:00:00.000000+00:00 first"}
    ]


@pytest.mark.usefixtures("webhooks")
async def test_the_same_communication_again_changes_nothing(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    for repeated in (False, True, True):
        response = await post_notice(function_worker, alert())
        assert (response.status, body_of(response)["notices"][0]["repeated"]) == (202, repeated)
        app_fakes.clock.advance(timedelta(minutes=1))

    assert scans(app_fakes) == [SUBSCRIPTION]
    assert len(await on_record(function_worker)) == 1


@pytest.mark.usefixtures("webhooks")
@pytest.mark.parametrize("stage", ["Canceled", "Rescheduled"])
async def test_a_cancelled_or_rescheduled_maintenance_scans_again(
    function_worker: Worker, app_fakes: AppFakes, stage: str
) -> None:
    await post_notice(function_worker, alert())
    app_fakes.clock.advance(timedelta(seconds=1))
    await post_notice(function_worker, alert(stage=stage, communicationId="11000000002"))

    assert scans(app_fakes) == [SUBSCRIPTION, SUBSCRIPTION]


@pytest.mark.usefixtures("webhooks")
@pytest.mark.parametrize(
    "payload",
    [
        common(),
        common("resourcehealth"),
        sample("monitor-common-servicehealth-envelope-fixture"),
        sample("monitor-legacy-servicehealth-incident"),
        sample("monitor-legacy-administrative"),
    ],
)
async def test_other_notices_are_recorded_answered_and_start_nothing(
    function_worker: Worker, app_fakes: AppFakes, payload: object
) -> None:
    response = await post_notice(function_worker, payload)

    assert response.status == 202
    (noted,) = await on_record(function_worker)
    assert noted["outcome"] == "ignored"
    assert noted["reason"]
    assert scans(app_fakes) == []


@pytest.mark.usefixtures("webhooks")
async def test_a_test_notification_for_a_made_up_subscription_starts_nothing(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    response = await post_notice(function_worker, alert("11111111-1111-1111-1111-111111111111"))

    assert body_of(response)["notices"][0]["reason"] == "none of its subscriptions is watched"
    assert scans(app_fakes) == []


async def test_where_all_is_watched_azure_says_what_that_is_and_is_asked_once(
    function_worker: Worker, app_fakes: AppFakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    show_scheduled_machine(app_fakes)
    monkeypatch.setattr(
        shared.bootstrap, "_inbox", notice_webhooks(app_fakes.app, app_fakes.clock).inbox
    )
    asked = 0
    seen = app_fakes.azure.subscriptions

    async def subscriptions() -> Sequence[SubscriptionId]:
        nonlocal asked
        asked += 1
        return await seen()

    monkeypatch.setattr(app_fakes.azure, "subscriptions", subscriptions)
    for number in range(5):
        await post_notice(function_worker, alert(communicationId=str(number)))
    await post_notice(function_worker, alert(OTHER))

    assert scans(app_fakes) == [SUBSCRIPTION]
    assert asked == 1


@pytest.mark.usefixtures("webhooks")
@pytest.mark.parametrize("what", ["the queue", "the record"])
async def test_an_outage_is_a_503_and_the_senders_next_try_is_not_taken_for_a_copy(
    function_worker: Worker,
    app_fakes: AppFakes,
    webhooks: NoticeWebhooks,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
) -> None:
    async def away(*_: object) -> None:
        raise QueueUnavailable("away") if what == "the queue" else StorageUnavailable("away")

    with monkeypatch.context() as outage:
        if what == "the queue":
            outage.setattr(app_fakes.queues, "send_scans", away)
        else:
            outage.setattr(webhooks.inbox.notices, "insert", away)
        assert (await post_notice(function_worker, alert())).status == 503

    app_fakes.clock.advance(timedelta(seconds=5))
    response = await post_notice(function_worker, alert())
    assert (response.status, body_of(response)["notices"][0]["outcome"]) == (202, "scanning")
    assert scans(app_fakes) == [SUBSCRIPTION]


@pytest.mark.usefixtures("webhooks")
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"[" * 100_000, 400),
        (b'{"data":' * 30_000, 400),
        (b"9" * 200_000, 400),
        (b"\xff\xfe", 400),
        (b"x" * 300_000, 413),
    ],
)
async def test_bad_input_is_refused_and_changes_nothing(
    function_worker: Worker, app_fakes: AppFakes, body: bytes, status: int
) -> None:
    response = await post_notice(function_worker, body)

    assert response.status == status
    assert body_of(response)["error"]
    assert scans(app_fakes) == []
    assert await on_record(function_worker) == []


@pytest.mark.usefixtures("webhooks")
async def test_an_alert_without_subscription_scans_all_that_is_watched(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    body = b'{"data": {"alertContext": {"properties": {"incidentType": "Maintenance"}}}}'

    response = await post_notice(function_worker, body)

    assert response.status == 202
    assert set(scans(app_fakes)) == {SUBSCRIPTION, OTHER}


async def test_where_a_secret_is_set_it_is_needed_before_the_body_is_read(
    function_worker: Worker,
    app_fakes: AppFakes,
    webhooks: NoticeWebhooks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    check = SharedSecret(
        secret=SECRET, setting="FORESTALL_SERVICE_HEALTH_SECRET", what="Service Health"
    )
    monkeypatch.setattr(shared.bootstrap, "_inbox", replace(webhooks.inbox, service_health=check))

    assert (await post_notice(function_worker, b"not even JSON")).status == 401
    assert (await post_notice(function_worker, alert(), query={"secret": "wrong"})).status == 401
    assert scans(app_fakes) == []
    assert (await post_notice(function_worker, alert(), query={"secret": SECRET})).status == 202
    assert (
        await post_notice(function_worker, alert(), headers={"X-Forestall-Secret": SECRET})
    ).status == 202
    assert scans(app_fakes) == [SUBSCRIPTION]


async def test_where_entra_is_set_only_a_token_of_the_action_groups_is_accepted(
    function_worker: Worker,
    app_fakes: AppFakes,
    webhooks: NoticeWebhooks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entra = Entra()
    check = EntraTokens(
        tenant=TENANT,
        audiences=(AUDIENCE,),
        caller=CALLER,
        authority=AUTHORITY,
        clock=app_fakes.clock,
        fetch=entra.fetch,
    )
    monkeypatch.setattr(shared.bootstrap, "_inbox", replace(webhooks.inbox, service_health=check))
    wrong = [
        ({}, 401),
        ({"Authorization": "Bearer nonsense"}, 401),
        ({"Authorization": f"Bearer {entra.token(aud='api://other')}"}, 401),
        ({"Authorization": f"Bearer {entra.token(NOON - timedelta(days=1))}"}, 401),
        ({"Authorization": f"Bearer {entra.token(NOON + timedelta(days=1))}"}, 401),
        ({"Authorization": f"Bearer {entra.token(iss='https://sts.windows.net/other/')}"}, 401),
        ({"Authorization": f"Bearer {entra.token().rpartition('.')[0]}."}, 401),
        ({"Authorization": f"Bearer {jwt.encode(entra.claims(), '', algorithm='none')}"}, 401),
        ({"Authorization": f"Bearer {Entra().token()}"}, 401),
        ({"Authorization": f"Bearer {entra.token(azp='other')}"}, 403),
        ({"Authorization": f"Bearer {entra.token(roles=[])}"}, 403),
    ]
    for headers, status in wrong:
        assert (
            await post_notice(function_worker, b"not even JSON", headers=headers)
        ).status == status
    assert scans(app_fakes) == []

    good = {"Authorization": f"Bearer {entra.token()}"}
    assert (await post_notice(function_worker, alert(), headers=good)).status == 202
    assert (await on_record(function_worker))[0]["deliveredBy"] == {
        "method": "entra-token",
        "identity": CALLER,
    }


@pytest.mark.usefixtures("webhooks")
async def test_two_hundred_notices_at_once_cause_no_more_scans_than_subscriptions(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    alerts = [
        alert(subscription, communicationId=str(number % 50))
        for number in range(100)
        for subscription in (SUBSCRIPTION, OTHER)
    ]

    responses = await asyncio.gather(*(post_notice(function_worker, each) for each in alerts))

    assert {each.status for each in responses} == {202}
    assert scans(app_fakes) == sorted([SUBSCRIPTION, OTHER])
    assert len(await on_record(function_worker)) == 100
