"""An inbox over fakes with webhooks whose keys the tests hold, and calls as the host makes them."""

import json
from dataclasses import dataclass
from typing import Any

from sandbox.azure.functions_host.runtime.shapes import HttpResponse, http_event
from sandbox.azure.functions_host.runtime.worker import Worker
from shared.adapters.mail.providers.graph import GraphMail
from shared.adapters.mail.providers.mailgun import Mailgun
from shared.adapters.mail.providers.plain import PlainJson
from shared.adapters.mail.providers.postmark import Postmark
from shared.adapters.mail.providers.sendgrid import SendGrid
from shared.adapters.mail.providers.ses import SesOverSns
from shared.adapters.memory import InlineWorker, MemoryNotices
from shared.adapters.webhooks.shared_secrets import FunctionKey, SharedSecret
from shared.domain.notices.mail.sender_authentication import AZURE_SENDERS
from shared.ports import Clock
from shared.usecases.app import App
from shared.usecases.notices.inbox import Inbox
from shared.usecases.scan.watched_subscriptions import WatchedSubscriptions
from tests.functions.document import check_answer
from tests.unit.notices.mail.test_graph import STATE, client
from tests.unit.notices.signers import SendGridAccount

SECRET = "a-word-of-sixteen-and-more"
TOPIC = "arn:aws:sns:us-east-1:111111111111:SES_Inbound"
MAILGUN_KEY = "key-of-the-mailgun-account"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeWebhooks:
    """The inbox, and those who can sign for its webhooks."""

    inbox: Inbox
    sendgrid: SendGridAccount


def notice_webhooks(app: App, clock: Clock) -> NoticeWebhooks:
    account = SendGridAccount()
    inbox = Inbox(
        app=app,
        notices=MemoryNotices(),
        worker=InlineWorker(),
        watched=WatchedSubscriptions(app=app),
        service_health=FunctionKey(),
        event_grid=SharedSecret(
            secret=SECRET, setting="FORESTALL_EVENT_GRID_SECRET", what="Event Grid"
        ),
        mail={
            "sendgrid": SendGrid(key=account.public_key, clock=clock, worker=InlineWorker()),
            "mailgun": Mailgun(key=MAILGUN_KEY, clock=clock, worker=InlineWorker()),
            "postmark": Postmark(login=f"postmark:{SECRET}", worker=InlineWorker()),
            "ses": SesOverSns(topics=(TOPIC,), clock=clock, fetch=_nothing, worker=InlineWorker()),
            "graph": GraphMail(
                client_state=STATE, client=client("https://graph.invalid"), worker=InlineWorker()
            ),
            "plain": PlainJson(secret=SECRET, worker=InlineWorker()),
        },
        senders=AZURE_SENDERS,
    )
    return NoticeWebhooks(inbox=inbox, sendgrid=account)


async def _nothing(url: str) -> bytes:
    raise AssertionError(f"{url} must not be fetched")


async def invoke(
    worker: Worker,
    function: str,
    path: str,
    body: object = None,
    *,
    method: str = "POST",
    headers: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
    params: dict[str, str] | None = None,
) -> HttpResponse:
    """What the function answers.

    Fails where it answers nothing, or not as docs/openapi.json says.
    """
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    event = http_event(
        method,
        f"http://127.0.0.1:7071/api/{path}",
        body=raw,
        headers=headers,
        query=query,
        params=params,
    )
    done = await worker.trigger(function, event)
    assert done.succeeded, done.error
    assert isinstance(done.return_value, HttpResponse)
    check_answer(function, method, done.return_value)
    return done.return_value


def body_of(response: HttpResponse) -> Any:
    """The answer's JSON."""
    return json.loads(response.body)
