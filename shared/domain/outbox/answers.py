"""What the answer of a target means, and when the next try is. Pure.

Sources: Slack's incoming webhooks answer with a text such as `invalid_blocks`. Microsoft's pages on
webhooks report a throttled post as 200 with "HTTP error 429" in the text. Standard Webhooks counts
2xx alone, and takes 410 for the end of the subscription.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus

from shared.domain.outbox.mailbox import MOST_SENT, Mailbox, give_up
from shared.domain.outbox.targets import OutsideTarget, TargetKind

_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)
#: of a webhook, after each failure in a row (Standard Webhooks)
_WEBHOOK_WAITS = tuple(
    timedelta(seconds=each) for each in (5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600)
)
#: a target that fails this long is broken
_BROKEN_AFTER = timedelta(days=1)
#: the same, where its answer says that nothing is there or that the app may not post
_DENIED_AFTER = timedelta(hours=2)
_BROKEN_TRY = timedelta(hours=1)
_LONGEST_RETRY_AFTER = timedelta(days=1)
_DENIED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
_REFUSED = {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, 422}
#: tries of a message to a chat whose outcome is not known: the first, and one repetition
_MOST_UNKNOWN = 2
_LONGEST_REASON = 200


class Result(StrEnum):
    """The result of a try."""

    #: the target took it; that a person sees it is not said
    ACCEPTED = "accepted"
    #: not now
    LATER = "later"
    #: the target will never take this message
    REFUSED = "refused"
    #: nothing is there any more, or the app may not post
    DENIED = "denied"
    #: the target itself says that it is gone
    GONE = "gone"
    #: it may have arrived
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a target answered. Without a status it gave none. Its texts hide the address."""

    status: int | None = None
    body: str = ""
    retry_after: timedelta | None = None
    #: the host to which a redirect leads; it is not followed
    location: str = ""
    #: why there is no status
    failure: str = ""
    #: without a status: whether the request may have arrived
    may_have_arrived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PostOutcome:
    """The meaning of an answer, in words for a person."""

    result: Result
    reason: str = ""
    retry_after: timedelta | None = None


def judge(kind: TargetKind, answer: Answer) -> PostOutcome:
    """What an answer means for a message."""
    if answer.status is None:
        result = Result.UNKNOWN if answer.may_have_arrived else Result.LATER
        return PostOutcome(result=result, reason=answer.failure[:_LONGEST_REASON])
    words = " ".join(answer.body.split())[:_LONGEST_REASON]
    reason = f"it answered {answer.status}{f': {words}' if words else ''}"
    if answer.location:
        reason = f"{reason}; a redirect is not followed (to {answer.location[:_LONGEST_REASON]})"
    if _is_accepted(kind, answer):
        return PostOutcome(result=Result.ACCEPTED)
    return PostOutcome(
        result=_result(kind, answer.status), reason=reason, retry_after=answer.retry_after
    )


def _is_accepted(kind: TargetKind, answer: Answer) -> bool:
    match kind:
        case TargetKind.TEAMS:
            return answer.status in (200, 202) and "http error" not in answer.body.lower()
        case TargetKind.SLACK:
            return answer.status == HTTPStatus.OK
        case TargetKind.WEBHOOK:
            return answer.status is not None and answer.status // 100 == 2  # noqa: PLR2004 - 2xx


def _result(kind: TargetKind, status: int) -> Result:
    if status == HTTPStatus.GONE and kind is TargetKind.WEBHOOK:
        return Result.GONE
    if status in _DENIED:
        return Result.DENIED
    if status in _REFUSED and kind is not TargetKind.WEBHOOK:
        return Result.REFUSED
    return Result.LATER


def began(mailbox: Mailbox, target: OutsideTarget) -> Mailbox:
    """The mailbox as it is stored before a try of its first message.

    A try whose end was never stored counts as one with an unknown outcome.
    """
    unknown = mailbox.unknown + 1 if mailbox.sending else mailbox.unknown
    return replace(mailbox, sending=True, unknown=unknown, fingerprint=target.fingerprint)


def is_spent(mailbox: Mailbox, kind: TargetKind) -> bool:
    """Whether the first message may have arrived twice already at a target that would show it.

    It is not sent again. A later summary names it.
    """
    pending = mailbox.unknown + (1 if mailbox.sending else 0)
    return not kind.drops_duplicates and pending >= _MOST_UNKNOWN


def dropped(mailbox: Mailbox) -> Mailbox:
    """The mailbox without its first message, which a summary will name."""
    kept = give_up(mailbox, mailbox.waiting[:1])
    return replace(kept, waiting=mailbox.waiting[1:], sending=False, unknown=0)


def after(
    mailbox: Mailbox, kind: TargetKind, outcome: PostOutcome, now: datetime, jitter: float = 0.0
) -> Mailbox:
    """The mailbox after a try of its first message. `jitter`: between 0 and 1."""
    done = replace(mailbox, sending=False)
    if outcome.result is Result.ACCEPTED:
        return _accepted(done, now)
    if outcome.result is Result.REFUSED:
        return replace(dropped(done), reason=outcome.reason)
    since = mailbox.failing_since or now
    failures = mailbox.failures + 1
    unknown = mailbox.unknown + (1 if outcome.result is Result.UNKNOWN else 0)
    broken = mailbox.broken_since or (now if _is_broken(outcome.result, now - since) else None)
    wait = _BROKEN_TRY if broken else _wait(kind, failures, jitter)
    if outcome.retry_after is not None:
        wait = max(wait if broken else timedelta(0), min(outcome.retry_after, _LONGEST_RETRY_AFTER))
    failed = replace(
        done,
        failures=failures,
        failing_since=since,
        unknown=unknown,
        reason=outcome.reason,
        next_try=None if outcome.result is Result.GONE else now + wait,
        broken_since=broken,
    )
    if broken is None:
        return failed
    return replace(give_up(failed, failed.waiting), waiting=(), unknown=0)


def _accepted(done: Mailbox, now: datetime) -> Mailbox:
    first, *rest = done.waiting
    return replace(
        done,
        waiting=tuple(rest),
        sent=(*done.sent, first.id)[-MOST_SENT:],
        accepted_at=now,
        failures=0,
        failing_since=None,
        next_try=None,
        unknown=0,
        reason="",
        broken_since=None,
    )


def _is_broken(result: Result, failing: timedelta) -> bool:
    if result is Result.GONE:
        return True
    return failing >= (_DENIED_AFTER if result is Result.DENIED else _BROKEN_AFTER)


def _wait(kind: TargetKind, failures: int, jitter: float) -> timedelta:
    if kind is TargetKind.WEBHOOK:
        wait = _WEBHOOK_WAITS[min(failures, len(_WEBHOOK_WAITS)) - 1]
    else:
        wait = min(_FIRST_WAIT * 2 ** min(failures - 1, 20), _LONGEST_WAIT)
    return wait * (1 - 0.2 * jitter)
