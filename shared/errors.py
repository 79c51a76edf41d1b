"""The exceptions of Forestall. Expected outcomes are values; what is raised is an outage or a bug.

The tree::

    ForestallError
    ├── SettingsError         the app is misconfigured; names every problem at once
    ├── Unavailable           something outside cannot be reached or answers nonsense
    │   ├── AzureUnavailable      Azure Resource Manager
    │   │   ├── MachineUnreadable     what it says of this one machine makes no sense
    │   │   └── QuotaUsedUp           nothing was sent: the app's share of the quota is used up
    │   ├── StorageUnavailable    Table Storage
    │   │   └── RowUnreadable         this release cannot read one stored row
    │   └── QueueUnavailable      Service Bus
    └── TooLarge              a value does not fit into its store

After Unavailable, the message is delivered again.
Beside it stand two bugs of a caller: `domain.jobs.UnknownTransition` and
`domain.messages.UnreadableMessage`.
"""

import re
from collections.abc import Sequence
from datetime import timedelta

#: how a problem with a setting begins
_NAME = re.compile(r"([A-Za-z]\w{0,99}): ")


class ForestallError(Exception):
    """Root of the tree."""


class SettingsError(ForestallError):
    """Settings are missing or malformed."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        #: of the settings that are wrong, each once: they hold nothing of a value
        self.names = tuple(
            dict.fromkeys(match[1] for each in problems if (match := _NAME.match(each)))
        )
        lines = "".join(f"\n  - {each}" for each in problems)
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__(f"Forestall cannot start: {count} in its settings{lines}")


class Unavailable(ForestallError):
    """Something outside could not be reached, or refused for a reason that passes."""


class AzureUnavailable(Unavailable):
    """Azure Resource Manager gave no usable answer; `retry_after` where it asked for a time."""

    def __init__(
        self, message: str, *, status: int | None = None, retry_after: timedelta | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class MachineUnreadable(AzureUnavailable):
    """Azure answered, but what it says of one machine makes no sense.

    A scan may continue with the others.
    """


class QuotaUsedUp(AzureUnavailable):
    """The app's own share of Azure's request limits is used up for some time; nothing was sent."""

    def __init__(self, message: str, *, retry_after: timedelta) -> None:
        super().__init__(message, status=429, retry_after=retry_after)


class StorageUnavailable(Unavailable):
    """Table Storage gave no usable answer."""


class RowUnreadable(StorageUnavailable):
    """The store answered, but this release cannot read one row; work on the others continues."""


class QueueUnavailable(Unavailable):
    """Service Bus gave no usable answer."""


class TooLarge(ForestallError):
    """A value is larger than its store allows; Azurite would take it, Azure does not."""


class InvalidCursor(ValueError):
    """What a caller gave as the place in a list, from which to continue, is none. A bad request."""
