"""Every secret word is compared by the one function that takes the same time for every wrong one."""

import base64
import hmac
import json
from collections.abc import Awaitable, Callable

import pytest

from shared.adapters.mail.graph.webhook import Graph
from shared.adapters.mail.mailgun import Mailgun
from shared.adapters.mail.plain import PlainJson
from shared.adapters.mail.postmark import Postmark
from shared.adapters.memory import SettableClock
from shared.adapters.webhooks.shared_secrets import BasicLogin, SharedSecret, same
from shared.domain.notices.http import Call, Refusal
from tests.unit.notices.mail.test_graph import client
from tests.unit.notices.signers import NOW, mailgun_signature

WORD = "a-word-of-sixteen-and-more"
WRONG = "a-word-of-sixteen-and-mare"
_LOGIN = {"authorization": f"Basic {base64.b64encode(f'user:{WRONG}'.encode()).decode()}"}
_SECRET = {"x-forestall-secret": WRONG}
_FORM = f"timestamp={int(NOW.timestamp())}&token=t&signature={WRONG}".encode()

type Knock = Callable[[Call], Awaitable[object]]

DOORS: dict[str, tuple[Knock, Call, str]] = {
    "header": (SharedSecret(secret=WORD, setting="S", what="w").check, Call(headers=_SECRET), WORD),
    "query": (SharedSecret(secret=WORD, setting="S", what="w").check, Call(query={"secret": WRONG}), WORD),
    "login": (
        BasicLogin(login=f"user:{WORD}", setting="S", what="w").check,
        Call(headers=_LOGIN),
        f"user:{WORD}",
    ),
    "plain": (PlainJson(secret=WORD).open, Call(headers=_SECRET), WORD),
    "postmark": (Postmark(login=f"user:{WORD}").open, Call(headers=_LOGIN), f"user:{WORD}"),
    "mailgun": (
        Mailgun(key=WORD, clock=SettableClock(now=NOW)).open,
        Call(body=_FORM, headers={"content-type": "application/x-www-form-urlencoded"}),
        mailgun_signature(WORD, str(int(NOW.timestamp())), "t"),
    ),
    "graph": (
        Graph(client_state=WORD, client=client("https://graph.invalid")).open,
        Call(body=json.dumps({"value": [{"clientState": WRONG}]}).encode()),
        WORD,
    ),
}


@pytest.mark.parametrize(("knock", "call", "expected"), DOORS.values(), ids=DOORS.keys())
async def test_the_right_word_meets_a_wrong_one_in_constant_time_only(
    knock: Knock, call: Call, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[bytes] = []
    honest = hmac.compare_digest

    def noted(given: bytes, right: bytes) -> bool:
        compared.append(right)
        return honest(given, right)

    monkeypatch.setattr("shared.adapters.webhooks.shared_secrets.hmac.compare_digest", noted)

    answer = await knock(call)

    assert isinstance(answer, Refusal)
    assert answer.status == 401
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
    assert same(WORD, Sealed(WORD))
    assert not same(WRONG, Sealed(WORD))
    assert not same("", Sealed(WORD))


@pytest.mark.parametrize("given", ["\ud800", "ü", "x" * 100_000])
def test_no_text_breaks_the_comparison(given: str) -> None:
    assert not same(given, WORD)
