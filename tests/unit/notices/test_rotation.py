"""While a secret is rotated, the new one and the old one are valid, and nothing else."""

import base64
import json
from collections.abc import Awaitable, Callable

import pytest

from shared.adapters.mail.providers.graph import GraphMail
from shared.adapters.mail.providers.mailgun import Mailgun
from shared.adapters.mail.providers.plain import PlainJson
from shared.adapters.mail.providers.postmark import Postmark
from shared.adapters.memory import InlineWorker, SettableClock
from shared.adapters.webhooks.shared_secrets import SharedSecret
from shared.domain.notices.http import Refusal, WebhookRequest
from tests.unit.notices.mail.test_graph import client
from tests.unit.notices.signers import NOW, mailgun_signature

NEW, OLD = "the-new-word-of-sixteen", "the-old-word-of-sixteen"
BOTH = f" {NEW} \r\n{OLD}\n"
SECONDS = str(int(NOW.timestamp()))

type Ask = Callable[[WebhookRequest], Awaitable[object]]


def by_header(given: str) -> WebhookRequest:
    return WebhookRequest(headers={"x-forestall-secret": given}, body=b"{}")


def by_login(given: str) -> WebhookRequest:
    word = base64.b64encode(f"user:{given}".encode()).decode()
    return WebhookRequest(headers={"authorization": f"Basic {word}"}, body=b"{}")


def by_form(given: str) -> WebhookRequest:
    signature = mailgun_signature(given, SECONDS, "t")
    return WebhookRequest(
        body=f"timestamp={SECONDS}&token=t&signature={signature}".encode(),
        headers={"content-type": "application/x-www-form-urlencoded"},
    )


def by_state(given: str) -> WebhookRequest:
    return WebhookRequest(body=json.dumps({"value": [{"clientState": given}]}).encode())


CASES: dict[str, tuple[Ask, Callable[[str], WebhookRequest]]] = {
    "shared": (SharedSecret(secret=BOTH, setting="S", what="w").authenticate, by_header),
    "plain": (PlainJson(secret=BOTH, worker=InlineWorker()).read_mails, by_header),
    "postmark": (
        Postmark(login=f"user:{NEW}\nuser:{OLD}", worker=InlineWorker()).read_mails,
        by_login,
    ),
    "mailgun": (
        Mailgun(key=BOTH, clock=SettableClock(now=NOW), worker=InlineWorker()).read_mails,
        by_form,
    ),
    "graph": (
        GraphMail(
            client_state=BOTH, client=client("https://graph.invalid"), worker=InlineWorker()
        ).read_mails,
        by_state,
    ),
}


async def is_let_in(ask: Ask, request: WebhookRequest) -> bool:
    try:
        found = await ask(request)
    except Exception:  # noqa: BLE001 - behind the proof: the body is empty, and nothing answers
        return True
    return not (isinstance(found, Refusal) and found.status in (401, 403))


@pytest.mark.parametrize(("ask", "request_with"), CASES.values(), ids=CASES.keys())
@pytest.mark.parametrize(
    ("given", "expected"),
    [(NEW, True), (OLD, True), (BOTH, False), (f"{NEW}\n{OLD}", False), ("", False), ("x", False)],
)
async def test_the_new_secret_and_the_old_one_are_valid(
    ask: Ask, request_with: Callable[[str], WebhookRequest], given: str, expected: bool
) -> None:
    assert await is_let_in(ask, request_with(given)) is expected
