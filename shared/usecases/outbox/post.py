"""One try of one message: its headers, its body, and what the answer means."""

from collections.abc import Mapping

from shared.domain.outbox.answers import PostOutcome, Result, judge
from shared.domain.outbox.formats import body_of
from shared.domain.outbox.formats.cloud_events import CONTENT_TYPE
from shared.domain.outbox.formats.signature import signed_headers
from shared.domain.outbox.formats.slack import slack_text
from shared.domain.outbox.message import Message
from shared.domain.outbox.targets import OutsideTarget, TargetKind
from shared.usecases.app import App

_JSON = "application/json; charset=utf-8"


async def post_message(app: App, target: OutsideTarget, message: Message) -> PostOutcome:
    """Post a message once. A Slack webhook that refuses its blocks gets its text."""
    body = body_of(message, target.kind, app.outside.installation)
    outcome = judge(
        target.kind, await app.poster.post(target.url, _headers(app, target, message, body), body)
    )
    if outcome.result is not Result.REFUSED or target.kind is not TargetKind.SLACK:
        return outcome
    plain = slack_text(message)
    again = await app.poster.post(target.url, _headers(app, target, message, plain), plain)
    return judge(target.kind, again)


def _headers(app: App, target: OutsideTarget, message: Message, body: bytes) -> Mapping[str, str]:
    if target.kind is not TargetKind.WEBHOOK:
        return {"Content-Type": _JSON}
    second = int(app.now().timestamp())
    signed = (
        signed_headers(target.signing_key, message.id, second, body)
        if target.signing_key
        else {"webhook-id": message.id}
    )
    return {"Content-Type": CONTENT_TYPE, **signed}
