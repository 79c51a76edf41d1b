"""A message as blocks for a Slack webhook.

Slack refuses a whole message for one block over its limit. Its lengths count after `&`, `<` and `>`
were replaced, which keeps foreign text from calling a channel.
"""

from typing import Any

import msgspec

from shared.domain.outbox.message import Message

LONGEST_HEADER, LONGEST_SECTION, MOST_BLOCKS = 150, 3000, 12
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def slack_blocks(message: Message, installation: str) -> bytes:
    """The body of the post."""
    title = f"Test: {message.title}" if message.is_test else message.title
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": _plain(title, LONGEST_HEADER)},
        *(
            {"type": "section", "text": _plain(each, LONGEST_SECTION)}
            for each in message.paragraphs[: MOST_BLOCKS - 3]
        ),
    ]
    if message.link:
        link = f"<{message.link}|Open Forestall>"
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": link}})
    foot = f"{installation}, {message.at:%a %d %b %Y %H:%M} UTC, event {message.id[:8]}"
    blocks.append({"type": "context", "elements": [_plain(foot, LONGEST_HEADER)]})
    return msgspec.json.encode({"text": escaped(title, LONGEST_SECTION), "blocks": blocks})


def slack_text(message: Message) -> bytes:
    """The message as plain text, for a webhook that refuses its blocks."""
    text = "\n".join((message.title, *message.paragraphs))
    return msgspec.json.encode({"text": escaped(text, LONGEST_SECTION)})


def escaped(text: str, longest: int) -> str:
    """The text as Slack shows it unchanged, in at most so many characters and never empty.

    Nothing is cut inside a replacement.
    """
    pieces: list[str] = []
    length = 0
    for sign in text:
        piece = _ESCAPES.get(sign, sign)
        if length + len(piece) > longest - 3:
            return "".join(pieces) + ("..." if length < len(text) else "")
        pieces.append(piece)
        length += len(piece)
    return "".join(pieces) or "-"


def _plain(text: str, longest: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": escaped(text, longest), "emoji": False}
