"""The targets of messages, and how each is doing."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.outbox.mailbox import Mailbox
from shared.domain.outbox.targets import OutsideTarget
from shared.usecases.app import App


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetState:
    """A target with its mailbox."""

    target: OutsideTarget
    mailbox: Mailbox


async def list_targets(app: App) -> Sequence[TargetState]:
    """Every target of the settings, in order of name. Changes nothing."""
    ordered = sorted(app.outside.targets, key=lambda each: each.name)
    return [
        TargetState(target=each, mailbox=(await app.outbox.mailbox(each.name)).value)
        for each in ordered
    ]
