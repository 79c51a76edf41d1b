"""The base of what HTTP functions answer, and the answer where something is wrong.

A view is a struct that is both the JSON and its JSON Schema: docs/openapi.json is made from it.
Views are public. Fields may be added. A field changes its name or meaning only with a line in the
changelog.
"""

from datetime import datetime
from typing import Annotated

import msgspec

#: an instant: "2026-11-23T12:00:00Z"
Time = Annotated[datetime, msgspec.Meta(tz=True)]


class View(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Names are camelCase in JSON. Every field is always there; an empty one is null.

    Instants are in UTC.
    """


class Problem(View, frozen=True, kw_only=True):
    """Why a request was not followed (RFC 9457).

    `type`: a word for programs, such as `bad-cursor`. `detail`: one text for a person. `error`: the
    same text, for clients of before.
    """

    type: str
    title: str
    status: int
    detail: str
    error: str
