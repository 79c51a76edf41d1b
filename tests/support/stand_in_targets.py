"""Stand-ins for Teams, Slack and a receiver of CloudEvents. They are not the real services.

Each checks a body by the rules that its service publishes, and answers as the service would. The
card's rules are those of Adaptive Cards for the elements that the app uses.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator

_RUN = {
    "type": "object",
    "required": ["type", "text"],
    "properties": {
        "type": {"const": "TextRun"},
        "text": {"type": "string", "minLength": 1},
        "size": {"enum": ["Small", "Default", "Medium", "Large", "ExtraLarge"]},
        "weight": {"enum": ["Lighter", "Default", "Bolder"]},
        "isSubtle": {"type": "boolean"},
    },
    "additionalProperties": False,
}
_CARD = {
    "type": "object",
    "required": ["type", "$schema", "version", "body", "fallbackText"],
    "properties": {
        "type": {"const": "AdaptiveCard"},
        "$schema": {"const": "http://adaptivecards.io/schemas/adaptive-card.json"},
        "version": {"const": "1.4"},
        "fallbackText": {"type": "string", "minLength": 1},
        "msteams": {"type": "object"},
        "body": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["type", "inlines"],
                "properties": {
                    "type": {"const": "RichTextBlock"},
                    "inlines": {"type": "array", "minItems": 1, "items": _RUN},
                },
                "additionalProperties": False,
            },
        },
        "actions": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["type", "title", "url"],
                "properties": {
                    "type": {"const": "Action.OpenUrl"},
                    "title": {"type": "string"},
                    "url": {"type": "string", "pattern": "^https://"},
                },
                "additionalProperties": False,
            },
        },
    },
    "additionalProperties": False,
}
_TEAMS = {
    "type": "object",
    "required": ["type", "attachments"],
    "properties": {
        "type": {"const": "message"},
        "attachments": {
            "type": "array",
            "minItems": 1,
            "maxItems": 1,
            "items": {
                "type": "object",
                "required": ["contentType", "contentUrl", "content"],
                "properties": {
                    "contentType": {"const": "application/vnd.microsoft.card.adaptive"},
                    "contentUrl": {"type": "null"},
                    "content": _CARD,
                },
            },
        },
    },
    "additionalProperties": False,
}


def _text(kinds: list[str], longest: int) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["type", "text"],
        "properties": {
            "type": {"enum": kinds},
            "text": {"type": "string", "minLength": 1, "maxLength": longest},
            "emoji": {"type": "boolean"},
        },
        "additionalProperties": False,
    }


def _block(kind: str, **parts: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["type", *parts],
        "properties": {"type": {"const": kind}, **parts},
        "additionalProperties": False,
    }


_SLACK = {
    "type": "object",
    "required": ["text"],
    "properties": {
        "text": {"type": "string", "minLength": 1},
        "blocks": {
            "type": "array",
            "maxItems": 50,
            "items": {
                "oneOf": [
                    _block("header", text=_text(["plain_text"], 150)),
                    _block("section", text=_text(["plain_text", "mrkdwn"], 3000)),
                    _block(
                        "context",
                        elements={
                            "type": "array",
                            "maxItems": 10,
                            "items": _text(["plain_text", "mrkdwn"], 3000),
                        },
                    ),
                ]
            },
        },
    },
    "additionalProperties": False,
}
#: the required attributes of CloudEvents 1.0, and those that the app uses
_CLOUD_EVENT = {
    "type": "object",
    "required": ["specversion", "id", "source", "type"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "minLength": 1},
        "source": {"type": "string", "minLength": 1},
        "type": {"type": "string", "pattern": r"^io\.forestall\.[a-z_.]+\.v1$"},
        "time": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"},
        "datacontenttype": {"const": "application/json"},
        "data": {"type": "object"},
    },
    "additionalProperties": False,
}
_MOST_BYTES_OF_TEAMS = 28_672


def problems_of_card(body: bytes) -> list[str]:
    """What Teams, or the flow in front of it, would not show."""
    found = _problems(_TEAMS, body)
    if len(body) * 1.25 > _MOST_BYTES_OF_TEAMS:
        found.append(f"{len(body)} bytes become more than Teams takes")
    return found


def problems_of_blocks(body: bytes) -> list[str]:
    """What Slack would answer `invalid_blocks` for."""
    return _problems(_SLACK, body)


def problems_of_event(headers: Mapping[str, str], body: bytes, key: bytes) -> list[str]:
    """What a receiver of CloudEvents with Standard Webhooks would refuse."""
    found = _problems(_CLOUD_EVENT, body)
    if headers.get("Content-Type") != "application/cloudevents+json; charset=utf-8":
        found.append("it is not in structured mode")
    if any(each.lower().startswith("ce-") for each in headers):
        found.append("it mixes binary and structured mode")
    if headers["webhook-id"] != json.loads(body)["id"]:
        found.append("webhook-id and id differ")
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    code = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    if headers["webhook-signature"] != f"v1,{code}":
        found.append("the signature is wrong")
    return found


def _problems(schema: Mapping[str, Any], body: bytes) -> list[str]:
    document = json.loads(body)
    return [each.message[:300] for each in Draft202012Validator(schema).iter_errors(document)]
