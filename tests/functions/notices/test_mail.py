"""Mails through each service: who is accepted, what starts a scan, and what never does."""

import base64
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

import shared.bootstrap
from sandbox.azure.functions_host.runtime.worker import Worker
from shared.adapters.mail.providers.ses import SesOverSns
from shared.adapters.memory import InlineWorker
from tests.functions.conftest import NOON, AppFakes
from tests.functions.notice_webhooks import SECRET, TOPIC, NoticeWebhooks, body_of, invoke
from tests.functions.notices.requests import (
    NEGATIVES,
    NESTED,
    OTHER,
    mailgun_form,
    on_record,
    plain,
    post_mail,
    post_mailgun,
    post_plain,
    postmark_mail,
    scans,
    sendgrid_form,
    ses_mail,
)
from tests.functions.test_triggers import SUBSCRIPTION, show_scheduled_machine
from tests.unit.notices.mail.test_graph import STATE
from tests.unit.notices.samples import DATA, sample
from tests.unit.notices.signers import Sns


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


@pytest.mark.parametrize("provider", ["sendgrid", "mailgun", "postmark", "ses", "plain"])
async def test_a_delivery_that_is_sent_again_changes_nothing_and_an_old_signature_is_refused(
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
async def test_no_webhook_accepts_a_mail_without_its_proof(
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
