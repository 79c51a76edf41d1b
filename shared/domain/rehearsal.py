"""A rehearsal of a deployment: its id, and what its messages carry. Pure.

A message of a rehearsal is marked by a property, and its body is no message of the app. So it asks
for nothing: it arrives, and that is put on record.
"""

import re
from datetime import UTC, datetime

_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")


def rehearsal_id(now: datetime, token: str) -> str:
    """The id of a new rehearsal: `20261201T030000Z-9f3a1c2b`. `token`: eight random hex digits."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{token}"


def is_rehearsal_id(text: str) -> bool:
    """Whether a text can be the id of a rehearsal."""
    return _ID.fullmatch(text) is not None


def subject_of(rehearsal: str) -> str:
    """The subject under which the audit trail has a rehearsal."""
    return f"rehearsal:{rehearsal}"
