"""A sample message for a person who sets up a target: to look at, or to send."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.outbox.answers import PostOutcome, Result
from shared.domain.outbox.events import OutboxEvent
from shared.domain.outbox.formats import body_of
from shared.domain.outbox.message import Message
from shared.domain.outbox.news import digest
from shared.domain.outbox.targets import OutsideTarget, TargetKind
from shared.domain.utc import rfc3339
from shared.usecases.app import App
from shared.usecases.outbox.post import post_message

_TEAMS_HINT = (
    "If no card shows within a minute, look at the run history of the flow: the workflow answers"
    " before it posts."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A sample as a target gets it."""

    target: OutsideTarget
    message: Message
    body: str


def sample(event: OutboxEvent, link: str, now: datetime) -> Message:
    """A made-up message of an event, marked as a test."""
    return Message(
        id=digest("test", event, rfc3339(now)),
        event=event,
        title=f"Sample of the event {event}: crm-db-2 and crm_web_1 did not come back",
        text="Nothing has happened. This is what a message of Forestall looks like.",
        names=("crm-db-2", "crm_web_1"),
        count=2,
        todo="Nothing.",
        link=link,
        at=now,
        is_test=True,
    )


def preview(app: App, name: str, event: OutboxEvent) -> Preview | None:
    """A sample for a target, without sending it; None if there is no such target."""
    target = app.outside.named(name)
    if target is None:
        return None
    message = sample(event, app.outside.link, app.now())
    body = body_of(message, target.kind, app.outside.installation)
    return Preview(target=target, message=message, body=body.decode())


async def send_test(app: App, name: str, *, by: str, reason: str) -> PostOutcome | None:
    """Send a sample to a target now; None if there is no such target. The trail has who did."""
    target = app.outside.named(name)
    if target is None:
        return None
    message = sample(OutboxEvent.FAILED, app.outside.link, app.now())
    await app.record(f"target:{name}", "target.tested", by=by, why=reason, message=message.id)
    outcome = await post_message(app, target, message)
    if outcome.result is Result.ACCEPTED and target.kind is TargetKind.TEAMS:
        return PostOutcome(result=outcome.result, reason=_TEAMS_HINT)
    return outcome
