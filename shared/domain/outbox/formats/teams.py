"""A message as an Adaptive Card for a Teams workflow.

Elements of version 1.2, which phones know, in a card of version 1.4. Foreign text is in
`TextRun`, where no Markdown is read, so that people can copy a name as it is. The limit of Teams is
28 KB of what Teams makes of a card, which is more than what is sent.
"""

from dataclasses import replace
from typing import Any

import msgspec

from shared.domain.outbox.message import Message

#: bytes on the wire
MOST_BYTES = 20_000
_LONGEST_TITLE = 200
_SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"


def teams_card(message: Message, installation: str) -> bytes:
    """The body of the post. Its texts are cut until it has at most MOST_BYTES."""
    body = _encoded(message, installation)
    while len(body) > MOST_BYTES:
        message = replace(
            message,
            text=f"{message.text[: len(message.text) // 2]}...",
            todo=message.todo[:500],
            names=message.names[: len(message.names) // 2],
        )
        body = _encoded(message, installation)
    return body


def _encoded(message: Message, installation: str) -> bytes:
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": _card(message, installation),
    }
    return msgspec.json.encode({"type": "message", "attachments": [attachment]})


def _card(message: Message, installation: str) -> dict[str, Any]:
    title = message.title[:_LONGEST_TITLE]
    sample = "This is a test. " if message.is_test else ""
    foot = f"{installation}, {message.at:%a %d %b %Y %H:%M} UTC, event {message.id[:8]}"
    card: dict[str, Any] = {
        "type": "AdaptiveCard",
        "$schema": _SCHEMA,
        "version": "1.4",
        "fallbackText": f"{sample}{title}" or "-",
        "msteams": {"width": "Full"},
        "body": [
            _text(f"{sample}{title}", size="Medium", weight="Bolder"),
            *(_text(each) for each in message.paragraphs),
            _text(foot, size="Small", isSubtle=True),
        ],
    }
    if message.link:
        card["actions"] = [
            {"type": "Action.OpenUrl", "title": "Open Forestall", "url": message.link}
        ]
    return card


def _text(text: str, **style: Any) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text or "-", **style}]}
