"""Messages in the form that each kind of target takes: as bytes, the same for the same message."""

from shared.domain.outbox.formats.cloud_events import cloud_event
from shared.domain.outbox.formats.slack import slack_blocks
from shared.domain.outbox.formats.teams import teams_card
from shared.domain.outbox.message import Message
from shared.domain.outbox.targets import TargetKind


def body_of(message: Message, kind: TargetKind, installation: str) -> bytes:
    """The body that is signed, sent, and sent again."""
    match kind:
        case TargetKind.TEAMS:
            return teams_card(message, installation)
        case TargetKind.SLACK:
            return slack_blocks(message, installation)
        case TargetKind.WEBHOOK:
            return cloud_event(message, installation)
