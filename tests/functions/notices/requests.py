"""Notices as their senders send them, and what a test asks afterwards."""

import json
from typing import Any
from urllib.parse import urlencode

from sandbox.azure.functions_host.runtime.shapes import HttpResponse
from sandbox.azure.functions_host.runtime.worker import Worker
from shared.domain.machine.machine import SubscriptionId
from shared.domain.messages import Cause, ScanRequest
from tests.functions.conftest import NOON, AppFakes
from tests.functions.notice_webhooks import MAILGUN_KEY, SECRET, TOPIC, body_of, invoke
from tests.functions.test_triggers import SUBSCRIPTION
from tests.unit.notices.samples import DATA, common, machines
from tests.unit.notices.signers import Sns, mailgun_signature

OTHER = SubscriptionId("d23f0824-128b-4f33-8c5c-7fd0a6a3a450")


NEGATIVES = {
    path: path.read_text(errors="replace")
    for path in sorted((DATA / "mail").glob("negative-*.eml"))
}


NESTED: Any = json.loads("[" * 100 + "]" * 100)


DMARC = "dmarc=pass action=none header.from=microsoft.com"


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
