"""Messages in the form that each kind of target takes: as bytes, the same for the same message."""

from shared.domain.outbox.formats.cloud_events import cloud_event
from shared.domain.outbox.formats.slack import slack_blocks
from shared.domain.outbox.formats.teams import teams_card
from shared.domain.outbox.message import Message
from shared.domain.outbox.targets import Kind


def body_of(message: Message, kind: Kind, installation: str) -> bytes:
    """The body that is signed, sent, and sent again."""
    match kind:
        case Kind.TEAMS:
            return teams_card(message, installation)
        case Kind.SLACK:
            return slack_blocks(message, installation)
        case Kind.WEBHOOK:
            return cloud_event(message, installation)
