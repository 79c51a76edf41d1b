"""The targets of messages as operators see them. No view has an address: it is a secret."""

from collections.abc import Iterable
from typing import Literal

from functions.views import Time, View
from shared.domain.outbox.answers import PostOutcome, Result
from shared.domain.outbox.events import OutboxEvent
from shared.domain.outbox.targets import TargetKind
from shared.usecases.outbox.list_targets import TargetState
from shared.usecases.outbox.samples import Preview

type Condition = Literal["unused", "works", "failing", "broken"]


class TargetView(View, frozen=True, kw_only=True):
    """One target. `waiting`: messages that are not accepted yet.

    `givenUp`: messages that a summary will name once the target works again.
    """

    name: str
    kind: TargetKind
    events: tuple[OutboxEvent, ...]
    condition: Condition
    reason: str
    failing_since: Time | None
    next_try: Time | None
    accepted: Time | None
    waiting: int
    given_up: int


class TargetList(View, frozen=True, kw_only=True):
    """All targets, in order of name."""

    targets: tuple[TargetView, ...]


class PreviewView(View, frozen=True, kw_only=True):
    """A sample message, and the body that the target would get."""

    target: str
    title: str
    body: str


class Tested(View, frozen=True, kw_only=True):
    """The result of a test. `accepted` says that the target took it, not that it shows."""

    target: str
    result: Result
    detail: str


def target_list(states: Iterable[TargetState]) -> TargetList:
    """Targets in the given order."""
    return TargetList(targets=tuple(map(_target_view, states)))


def preview_view(found: Preview) -> PreviewView:
    """One preview."""
    return PreviewView(target=found.target.name, title=found.message.title, body=found.body)


def tested(target: str, outcome: PostOutcome) -> Tested:
    """One test."""
    return Tested(target=target, result=outcome.result, detail=outcome.reason)


def _target_view(state: TargetState) -> TargetView:
    target, mailbox = state.target, state.mailbox
    is_known = mailbox.fingerprint == target.fingerprint
    return TargetView(
        name=target.name,
        kind=target.kind,
        events=tuple(sorted(target.events)),
        condition=_condition(state) if is_known else "unused",
        reason=mailbox.reason if is_known else "",
        failing_since=mailbox.failing_since if is_known else None,
        next_try=mailbox.next_try if is_known else None,
        accepted=mailbox.accepted_at,
        waiting=len(mailbox.waiting),
        given_up=mailbox.given_up_count,
    )


def _condition(state: TargetState) -> Condition:
    if state.mailbox.broken_since is not None:
        return "broken"
    return "failing" if state.mailbox.failing_since is not None else "works"
