"""The webhooks for notices, invoked as the host invokes them.

Who is let in, what starts a scan, and what never does.
"""

import asyncio
import base64
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest

import shared.bootstrap
from sandbox.azure.functions_host.runtime.messages import IncomingMessage, message_event
from sandbox.azure.functions_host.runtime.shapes import HttpResponse
from sandbox.azure.functions_host.runtime.worker import Worker
from shared.adapters.mail.providers.ses import SesOverSns
from shared.adapters.memory import InlineWorker
from shared.adapters.webhooks.entra_tokens import EntraTokens
from shared.adapters.webhooks.shared_secrets import SharedSecret
from shared.domain.job.states import State
from shared.domain.machine.instance_view import Observation, Power
from shared.domain.machine.machine import Machine, SubscriptionId
from shared.domain.messages import Cause, ScanRequest, encode
from shared.errors import QueueUnavailable, StorageUnavailable
from tests.functions.conftest import NOON, AppFakes
from tests.functions.notice_webhooks import (
    MAILGUN_KEY,
    SECRET,
    TOPIC,
    NoticeWebhooks,
    body_of,
    invoke,
    notice_webhooks,
)
from tests.functions.test_triggers import SUBSCRIPTION, VM, show_scheduled_machine
from tests.unit.notices.mail.test_graph import STATE
from tests.unit.notices.samples import DATA, common, machines, sample
from tests.unit.notices.signers import (
    AUDIENCE,
    AUTHORITY,
    CALLER,
    TENANT,
    Entra,
    Sns,
    mailgun_signature,
)

OTHER = SubscriptionId("d23f0824-128b-4f33-8c5c-7fd0a6a3a450")
NEGATIVES = {
    path: path.read_text(errors="replace")
    for path in sorted((DATA / "mail").glob("negative-*.eml"))
}
NESTED: Any = json.loads("[" * 100 + "]" * 100)
DMARC = "dmarc=pass action=none header.from=microsoft.com"


@pytest.fixture
def webhooks(app_fakes: AppFakes, monkeypatch: pytest.MonkeyPatch) -> NoticeWebhooks:
    """The webhooks over the rooms' fakes; two subscriptions are watched."""
    made = notice_webhooks(
        replace(app_fakes.app, subscriptions=(SUBSCRIPTION, OTHER)), app_fakes.clock
    )
    monkeypatch.setattr(shared.bootstrap, "_inbox", made.inbox)
    return made


def alert(subscription: str = SUBSCRIPTION, **properties: object) -> dict[str, Any]:
    return machines(common(target=f"/subscriptions/{subscription}"), **properties)


def scans(app_fakes: AppFakes) -> list[str]:
    requests = [each.message for each in app_fakes.queues.scans]
    assert all(isinstance(each, ScanRequest) and each.cause is Cause.NOTICE for each in requests)
    return sorted(each.subscription for each in requests if isinstance(each, ScanRequest))


async def post_notice(worker: Worker, body: object, **more: Any) -> HttpResponse:
    return await invoke(worker, "service_health", "notices/service-health", body, **more)


async def post_mail(worker: Worker, provider: str, body: object, **more: Any) -> HttpResponse:
    return await invoke(
        worker,
        "email_notice",
        f"notices/email/{provider}",
        body,
        params={"provider": provider},
        **more,
    )


async def on_record(worker: Worker) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = body_of(
        await invoke(worker, "list_notices", "notices", method="GET")
    )["notices"]
    return found


# Service Health


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


async def test_where_a_word_is_set_it_is_needed_before_the_body_is_read(
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


async def test_where_entra_is_set_only_a_token_of_the_action_groups_opens(
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


# Mail


def azure_mail() -> tuple[str, str]:
    """Subject and text of Azure's mail, about a subscription that is watched."""
    text = (DATA / "mail" / "azure-node-maintenance-2025.eml").read_text()
    return "VMs affected by planned Azure maintenance", text.replace(
        "00000000-0000-0000-0000-000000000000", SUBSCRIPTION
    )


def plain(**changes: object) -> dict[str, Any]:
    subject, text = azure_mail()
    mail = {
        "from": "azure-noreply@microsoft.com",
        "subject": subject,
        "body": text,
        "messageId": "<1@x>",
    }
    return mail | {"authenticationResults": DMARC} | changes


def mailgun_form(token: str = "t" * 50, **changes: str) -> dict[str, str]:
    subject, text = azure_mail()
    stamp = str(int(NOON.timestamp()))
    headers = [["Message-Id", "<1@x>"], ["X-Mailgun-Spf", "Pass"]]
    form = {
        "from": "Azure <azure-noreply@microsoft.com>",
        "sender": "bounces@microsoft.com",
        "subject": subject,
        "body-plain": text,
        "message-headers": json.dumps(headers),
        "timestamp": stamp,
        "token": token,
        "signature": mailgun_signature(MAILGUN_KEY, stamp, token),
    }
    return form | changes


async def post_mailgun(worker: Worker, form: dict[str, str]) -> HttpResponse:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return await post_mail(worker, "mailgun", urlencode(form).encode(), headers=headers)


async def post_plain(worker: Worker, mail: object) -> HttpResponse:
    return await post_mail(worker, "plain", mail, headers={"x-forestall-secret": SECRET})


@pytest.mark.usefixtures("webhooks")
async def test_azures_mail_scans_the_subscription_that_it_names_and_touches_no_machine(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    show_scheduled_machine(app_fakes)
    response = await post_plain(function_worker, plain())

    assert response.status == 200
    assert scans(app_fakes) == [SUBSCRIPTION]
    assert (app_fakes.azure.calls, app_fakes.queues.steps) == ([], [])
    (noted,) = await on_record(function_worker)
    assert noted["sender"] == {"method": "dmarc", "identity": "azure-noreply@microsoft.com"}
    assert (noted["source"], noted["regions"]) == ("email", ["West US"])


@pytest.mark.usefixtures("webhooks")
async def test_a_mail_that_names_no_subscription_scans_all_that_are_watched(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    await post_plain(function_worker, plain(body="Azure maintenance of your virtual machines"))

    assert scans(app_fakes) == sorted([SUBSCRIPTION, OTHER])


@pytest.mark.usefixtures("webhooks")
async def test_the_same_mail_through_two_services_is_one_notice(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    assert body_of(await post_plain(function_worker, plain()))["notices"][0]["repeated"] is False
    assert (
        body_of(await post_mailgun(function_worker, mailgun_form()))["notices"][0]["repeated"]
        is True
    )
    assert scans(app_fakes) == [SUBSCRIPTION]


@pytest.mark.usefixtures("webhooks")
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"authenticationResults": ""}, "neither SPF, DKIM nor DMARC"),
        ({"authenticationResults": "dmarc=fail"}, "DMARC fails"),
        ({"from": "azure-noreply@microsoft.com.evil.example"}, "not among the senders"),
        ({"from": "nobody"}, "no From address"),
    ],
)
async def test_an_unproved_mail_is_recorded_and_dropped_and_does_not_hide_the_real_one(
    function_worker: Worker, app_fakes: AppFakes, changes: dict[str, object], reason: str
) -> None:
    response = await post_plain(function_worker, plain(**changes))

    assert response.status == 200
    assert scans(app_fakes) == []
    (noted,) = await on_record(function_worker)
    assert noted["outcome"] == "dropped"
    assert reason in noted["reason"]

    await post_plain(function_worker, plain())
    assert scans(app_fakes) == [SUBSCRIPTION]


@pytest.mark.usefixtures("webhooks")
@pytest.mark.parametrize("path", NEGATIVES, ids=lambda path: path.stem)
async def test_mails_of_other_vendors_start_nothing_even_if_they_were_trusted(
    function_worker: Worker, app_fakes: AppFakes, path: Path
) -> None:
    await post_plain(function_worker, plain(subject="", body=NEGATIVES[path]))

    assert scans(app_fakes) == []
    assert (await on_record(function_worker))[0]["outcome"] == "ignored"


def sendgrid_form() -> bytes:
    subject, text = azure_mail()
    fields = {
        "headers": "Message-ID: <1@x>",
        "from": "azure-noreply@microsoft.com",
        "subject": subject,
        "text": text,
        "envelope": '{"from": "bounces@microsoft.com"}',
        "SPF": "pass",
    }
    parts = (
        f'--xYzZY\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    return "".join([*parts, "--xYzZY--\r\n"]).encode()


def postmark_mail() -> dict[str, Any]:
    subject, text = azure_mail()
    headers = {
        "Message-ID": "<1@x>",
        "Received-SPF": "Pass identity=mailfrom; envelope-from=b@microsoft.com",
    }
    listed = [{"Name": name, "Value": value} for name, value in headers.items()]
    return {
        "From": "azure-noreply@microsoft.com",
        "Subject": subject,
        "TextBody": text,
        "Headers": listed,
    }


def ses_mail(sns: Sns) -> dict[str, str]:
    subject, text = azure_mail()
    inner = {
        "notificationType": "Received",
        "mail": {
            "source": "bounces@microsoft.com",
            "commonHeaders": {
                "from": ["azure-noreply@microsoft.com"],
                "subject": subject,
                "messageId": "<1@x>",
            },
        },
        "receipt": {"dmarcVerdict": {"status": "PASS"}},
        "content": f"Content-Type: text/plain\n\n{text}",
    }
    message = {
        "Type": "Notification",
        "TopicArn": TOPIC,
        "MessageId": "1",
        "Message": json.dumps(inner),
    }
    return sns.sign(message, now=NOON)


@pytest.mark.parametrize("provider", ["sendgrid", "mailgun", "postmark", "ses", "plain"])
async def test_a_delivery_that_is_played_again_changes_nothing_and_an_old_signature_opens_no_door(
    function_worker: Worker,
    app_fakes: AppFakes,
    webhooks: NoticeWebhooks,
    monkeypatch: pytest.MonkeyPatch,
    provider: str,
) -> None:
    sns = Sns()
    signed = SesOverSns(
        topics=(TOPIC,), clock=app_fakes.clock, fetch=sns.fetch, worker=InlineWorker()
    )
    inbox = replace(webhooks.inbox, mail={**webhooks.inbox.mail, "ses": signed})
    monkeypatch.setattr(shared.bootstrap, "_inbox", inbox)
    login = base64.b64encode(f"postmark:{SECRET}".encode()).decode()
    form = sendgrid_form()
    deliveries: dict[str, tuple[object, dict[str, str]]] = {
        "sendgrid": (
            form,
            {"Content-Type": "multipart/form-data; boundary=xYzZY"}
            | webhooks.sendgrid.headers(form, NOON),
        ),
        "mailgun": (
            urlencode(mailgun_form()).encode(),
            {"Content-Type": "application/x-www-form-urlencoded"},
        ),
        "postmark": (postmark_mail(), {"Authorization": f"Basic {login}"}),
        "ses": (ses_mail(sns), {}),
        "plain": (plain(), {"x-forestall-secret": SECRET}),
    }
    body, headers = deliveries[provider]

    outcomes = []
    for _ in range(3):
        response = await post_mail(function_worker, provider, body, headers=headers)
        assert response.status == 200
        (told,) = body_of(response)["notices"]
        outcomes.append((told["outcome"], told["repeated"]))
        app_fakes.clock.advance(timedelta(minutes=20))
    assert outcomes == [("scanning", False), ("scanning", True), ("scanning", True)]
    assert scans(app_fakes) == [SUBSCRIPTION]

    app_fakes.clock.advance(timedelta(minutes=1))
    late = await post_mail(function_worker, provider, body, headers=headers)
    assert late.status == (401 if provider in {"sendgrid", "mailgun", "ses"} else 200)
    assert scans(app_fakes) == [SUBSCRIPTION]


@pytest.mark.usefixtures("webhooks")
@pytest.mark.parametrize(
    ("function", "path", "most"),
    [
        ("service_health", "notices/service-health", 256 * 1024),
        ("event_notice", "notices/event-grid", 1536 * 1024),
        *(
            ("email_notice", f"notices/email/{each}", 40 * 1024 * 1024)
            for each in ("sendgrid", "mailgun", "postmark", "ses", "graph", "plain")
        ),
    ],
)
async def test_a_body_over_the_limit_is_refused_before_anything_of_it_is_read(
    function_worker: Worker, app_fakes: AppFakes, function: str, path: str, most: int
) -> None:
    params = {"provider": path.rpartition("/")[2]} if function == "email_notice" else {}
    response = await invoke(function_worker, function, path, b"[" * (most + 1), params=params)

    assert response.status == 413
    assert str(most) in body_of(response)["error"]
    assert (scans(app_fakes), await on_record(function_worker)) == ([], [])


@pytest.mark.usefixtures("webhooks")
@pytest.mark.parametrize(
    "mime",
    [
        "Content-Type: message/rfc822\n\n" * 2000,
        'Content-Type: text/plain; x="' + ";a" * 75_000 + "\n\nx",
        "X-Mailgun-Spf: Pass\n" * 2000,
    ],
)  # fmt: skip
async def test_a_mail_made_to_be_slow_is_taken_recorded_and_dropped(
    function_worker: Worker, app_fakes: AppFakes, mime: str
) -> None:
    response = await post_mailgun(function_worker, mailgun_form(**{"body-mime": mime}))

    assert response.status == 200
    (noted,) = await on_record(function_worker)
    assert (noted["outcome"], "not read whole" in noted["reason"]) == ("dropped", True)
    assert scans(app_fakes) == []


@pytest.mark.usefixtures("webhooks")
@pytest.mark.parametrize(
    ("function", "path", "body"),
    [
        ("service_health", "notices/service-health", {"data": {"alertContext": NESTED}}),
        ("event_notice", "notices/event-grid", [{"type": "x", "data": NESTED}]),
        ("email_notice", "notices/email/plain", {"from": NESTED, "subject": "", "body": ""}),
        ("email_notice", "notices/email/plain", {"from": "", "subject": ""}),
    ],
)
async def test_what_cannot_be_read_is_answered_400_and_in_the_log(
    function_worker: Worker,
    caplog: pytest.LogCaptureFixture,
    function: str,
    path: str,
    body: object,
) -> None:
    params = {"provider": "plain"} if function == "email_notice" else {}
    with caplog.at_level("WARNING", logger="forestall"):
        response = await invoke(
            function_worker,
            function,
            path,
            body,
            params=params,
            headers={"x-forestall-secret": SECRET},
        )

    assert response.status == 400
    (line,) = [
        each.getMessage() for each in caplog.records if "notice.refused" in each.getMessage()
    ]
    assert body_of(response)["error"] in line.replace('\\"', '"')
    assert await on_record(function_worker) == []


@pytest.mark.usefixtures("webhooks")
async def test_a_decoder_that_fails_costs_no_500(
    function_worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr("shared.adapters.mail.providers.mailgun.read_mime", fails)

    response = await post_mailgun(function_worker, mailgun_form(**{"body-mime": "x"}))

    assert (response.status, body_of(response)["error"]) == (
        400,
        "the mail cannot be read (RecursionError)",
    )


@pytest.mark.usefixtures("webhooks")
async def test_a_replayed_token_of_mailgun_is_good_for_the_same_mail_only(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    first = await post_mailgun(function_worker, mailgun_form())
    again = await post_mailgun(function_worker, mailgun_form())
    forged = await post_mailgun(
        function_worker, mailgun_form(**{"body-plain": "Azure maintenance, virtual machines"})
    )

    assert (first.status, again.status, forged.status) == (200, 200, 401)
    assert "replay" in body_of(forged)["error"]
    assert scans(app_fakes) == [SUBSCRIPTION]


async def test_sendgrid_delivers_a_signed_form(
    function_worker: Worker, webhooks: NoticeWebhooks
) -> None:
    body = (DATA / "webhooks" / "sendgrid-inbound-parse-default.txt").read_bytes()
    headers = {"Content-Type": "multipart/form-data; boundary=xYzZY"}

    assert (await post_mail(function_worker, "sendgrid", body, headers=headers)).status == 401
    response = await post_mail(
        function_worker, "sendgrid", body, headers=headers | webhooks.sendgrid.headers(body, NOON)
    )

    assert (response.status, body_of(response)["notices"][0]["outcome"]) == (200, "dropped")


@pytest.mark.usefixtures("webhooks")
async def test_no_door_opens_without_its_proof(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    attempts: list[tuple[str, object, dict[str, str], int]] = [
        ("sendgrid", b"x", {}, 401),
        ("mailgun", b"a=b", {"Content-Type": "application/x-www-form-urlencoded"}, 401),
        ("postmark", {}, {}, 401),
        (
            "ses",
            sample("ses-sns-inbound-utf8") | {"TopicArn": "arn:aws:sns:us-east-1:2:Other"},
            {},
            403,
        ),
        ("graph", sample("graph-change-notification"), {}, 401),
        ("plain", plain(), {}, 401),
        ("carrier-pigeon", {}, {}, 404),
    ]
    for provider, body, headers, status in attempts:
        response = await post_mail(function_worker, provider, body, headers=headers)
        assert (provider, response.status) == (provider, status)
        assert body_of(response)["error"]
    assert scans(app_fakes) == []
    assert await on_record(function_worker) == []


@pytest.mark.usefixtures("webhooks")
async def test_graphs_handshake_is_answered_as_it_wants(function_worker: Worker) -> None:
    response = await post_mail(
        function_worker, "graph", None, query={"validationToken": "Validation: 1"}
    )

    assert (response.status, response.body) == (200, b"Validation: 1")
    assert response.headers["content-type"].startswith("text/plain")
    assert STATE.encode() not in response.body


# Event Grid


async def post_events(
    worker: Worker, body: object, method: str = "POST", secret: str = SECRET, **headers: str
) -> HttpResponse:
    path = "notices/event-grid"
    return await invoke(
        worker, "event_notice", path, body, method=method, query={"secret": secret}, headers=headers
    )


@pytest.mark.usefixtures("webhooks")
async def test_event_grids_handshakes_and_events(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    handshake = sample("eventgrid-subscription-validation")
    shaken = await post_events(function_worker, handshake["request"]["body"])
    assert (shaken.status, body_of(shaken)) == (200, handshake["expectedResponse"]["body"])

    allowed = await post_events(
        function_worker, None, "OPTIONS", **{"WebHook-Request-Origin": "eventgrid.azure.net"}
    )
    assert (allowed.status, allowed.headers["WebHook-Allowed-Origin"]) == (
        200,
        "eventgrid.azure.net",
    )
    assert (
        await post_events(
            function_worker, None, "OPTIONS", **{"WebHook-Request-Origin": "evil.example"}
        )
    ).status == 403

    event = sample("eventgrid-scheduledevent-vmss-freeze") | {
        "topic": f"/subscriptions/{SUBSCRIPTION}"
    }
    event["data"]["resourceInfo"]["properties"]["EventType"] = "Redeploy"
    ignored = sample("eventgrid-health-availability-eventgrid")
    response = await post_events(function_worker, [event, ignored])
    assert response.status == 202
    assert [each["outcome"] for each in body_of(response)["notices"]] == ["scanning", "ignored"]
    assert scans(app_fakes) == [SUBSCRIPTION]


@pytest.mark.usefixtures("webhooks")
async def test_event_grid_needs_its_word_for_everything(function_worker: Worker) -> None:
    handshake = sample("eventgrid-subscription-validation")["request"]["body"]
    assert (await post_events(function_worker, handshake, secret="wrong")).status == 401
    assert (await post_events(function_worker, None, "OPTIONS", secret="")).status == 401
    assert (await post_events(function_worker, b"{")).status == 400


# The record


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
    for unknown in ("0" * 32, "../jobs", "x" * 500):
        response = await invoke(
            function_worker, "show_notice", "notices/x", method="GET", params={"notice": unknown}
        )
        assert response.status == 404
