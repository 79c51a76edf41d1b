"""Every secret is compared by the one function that takes the same time for every wrong one."""

import base64
import hmac
import json
from collections.abc import Awaitable, Callable

import pytest

from shared.adapters.mail.providers.graph import GraphMail
from shared.adapters.mail.providers.mailgun import Mailgun
from shared.adapters.mail.providers.plain import PlainJson
from shared.adapters.mail.providers.postmark import Postmark
from shared.adapters.memory import InlineWorker, SettableClock
from shared.adapters.webhooks.shared_secrets import (
    BasicAuthentication,
    SharedSecret,
    constant_time_equal,
)
from shared.domain.notices.http import Refusal, WebhookRequest
from tests.unit.notices.mail.test_graph import client
from tests.unit.notices.signers import NOW, mailgun_signature

SECRET = "a-word-of-sixteen-and-more"
WRONG_SECRET = "a-word-of-sixteen-and-mare"
_LOGIN = {"authorization": f"Basic {base64.b64encode(f'user:{WRONG_SECRET}'.encode()).decode()}"}
_SECRET = {"x-forestall-secret": WRONG_SECRET}
_FORM = f"timestamp={int(NOW.timestamp())}&token=t&signature={WRONG_SECRET}".encode()

type Authenticate = Callable[[WebhookRequest], Awaitable[object]]

WEBHOOKS: dict[str, tuple[Authenticate, WebhookRequest, str]] = {
    "header": (
        SharedSecret(secret=SECRET, setting="S", what="w").authenticate,
        WebhookRequest(headers=_SECRET),
        SECRET,
    ),
    "query": (
        SharedSecret(secret=SECRET, setting="S", what="w").authenticate,
        WebhookRequest(query={"secret": WRONG_SECRET}),
        SECRET,
    ),
    "login": (
        BasicAuthentication(login=f"user:{SECRET}", setting="S", what="w").authenticate,
        WebhookRequest(headers=_LOGIN),
        f"user:{SECRET}",
    ),
    "plain": (
        PlainJson(secret=SECRET, worker=InlineWorker()).read_mails,
        WebhookRequest(headers=_SECRET),
        SECRET,
    ),
    "postmark": (
        Postmark(login=f"user:{SECRET}", worker=InlineWorker()).read_mails,
        WebhookRequest(headers=_LOGIN),
        f"user:{SECRET}",
    ),
    "mailgun": (
        Mailgun(key=SECRET, clock=SettableClock(now=NOW), worker=InlineWorker()).read_mails,
        WebhookRequest(body=_FORM, headers={"content-type": "application/x-www-form-urlencoded"}),
        mailgun_signature(SECRET, str(int(NOW.timestamp())), "t"),
    ),
    "graph": (
        GraphMail(
            client_state=SECRET, client=client("https://graph.invalid"), worker=InlineWorker()
        ).read_mails,
        WebhookRequest(body=json.dumps({"value": [{"clientState": WRONG_SECRET}]}).encode()),
        SECRET,
    ),
}


@pytest.mark.parametrize(
    ("authenticate", "call", "expected"), WEBHOOKS.values(), ids=WEBHOOKS.keys()
)
async def test_the_right_word_meets_a_wrong_one_in_constant_time_only(
    authenticate: Authenticate, call: WebhookRequest, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[bytes] = []
    honest = hmac.compare_digest

    def noted(given: bytes, right: bytes) -> bool:
        compared.append(right)
        return honest(given, right)

    monkeypatch.setattr("shared.adapters.webhooks.shared_secrets.hmac.compare_digest", noted)

    response = await authenticate(call)

    assert isinstance(response, Refusal)
    assert response.status == 401
    assert compared == [expected.encode()]


class Sealed(str):
    """A text that nobody may compare by itself: `==` stops at the first letter that differs."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        raise AssertionError("a secret was compared letter by letter")

    def __ne__(self, other: object) -> bool:
        raise AssertionError("a secret was compared letter by letter")


def test_the_comparison_itself_takes_no_other_way() -> None:
    assert constant_time_equal(SECRET, Sealed(SECRET))
    assert not constant_time_equal(WRONG_SECRET, Sealed(SECRET))
    assert not constant_time_equal("", Sealed(SECRET))


@pytest.mark.parametrize("given", ["\ud800", "ü", "x" * 100_000])
def test_no_text_breaks_the_comparison(given: str) -> None:
    assert not constant_time_equal(given, SECRET)
