"""A message as it waits to be sent: composed once, and the same at each try. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.outbox.events import OutboxEvent
from shared.domain.utc import require_aware

#: names that a message lists; the rest is a number
MOST_NAMES = 10
_LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a person reads. The id is the same at each try."""

    id: str
    event: OutboxEvent
    title: str
    text: str
    names: tuple[str, ...] = ()
    #: how many there are in total; more than the names where some are left out
    count: int = 1
    todo: str = ""
    link: str = ""
    at: datetime
    is_test: bool = False

    def __post_init__(self) -> None:
        require_aware(at=self.at)

    @property
    def named(self) -> str:
        """The names, and how many are not among them."""
        more = self.count - len(self.names)
        listed = ", ".join(self.names)
        return f"{listed} and {more:,} more" if self.names and more > 0 else listed

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The lines below the title, each without line ends, none empty."""
        todo = f"To do: {self.todo}" if self.todo else ""
        listed = self.named if len(self.names) > 1 else ""
        return tuple(" ".join(each.split()) for each in (self.text, listed, todo) if each.strip())


def digest_message(messages: Sequence[Message], message_id: str, now: datetime) -> Message:
    """Several messages as one. The texts are their titles with what to do."""
    lines = [f"{each.title}. {each.todo}".strip() for each in messages[:MOST_NAMES]]
    more = len(messages) - len(lines)
    rest = f" And {more} more." if more > 0 else ""
    return Message(
        id=message_id,
        event=messages[0].event,
        title=f"{len(messages)} messages since {messages[0].at:%d %b %H:%M} UTC",
        text=" | ".join(lines) + rest,
        link=messages[0].link,
        at=now,
    )


def with_notes(message: Message, notes: Mapping[str, str]) -> Message:
    """The message with the present state of its machines: `vm-1 (now succeeded)`."""
    if not notes:
        return message
    names = tuple(f"{each} ({notes[each]})" if each in notes else each for each in message.names)
    since = "; ".join(f"{name}: {note}" for name, note in notes.items())
    return replace(
        message,
        names=names,
        title=message.title[:_LONGEST_TITLE],
        text=f"{message.text} Since then: {since}.",
    )
