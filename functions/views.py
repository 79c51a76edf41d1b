"""The base of what HTTP functions answer, and the answer where something is wrong.

A view is a struct that is both the JSON and its JSON Schema: docs/openapi.json is made from it. It is a public form. Fields may
be added; a field changes its name or meaning only with the changelog.
"""

from datetime import datetime
from typing import Annotated

import msgspec

#: an instant: "2026-11-23T12:00:00Z"
Time = Annotated[datetime, msgspec.Meta(tz=True)]


class View(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Names are camelCase in JSON. A field is always there; one that may be empty is null then. Instants are in UTC."""


class Problem(View, frozen=True, kw_only=True):
    """Why a request was not followed, in one text for a person."""

    error: str
