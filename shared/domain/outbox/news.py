"""One piece of news, as it waits in the outbox for the targets to take it. Pure.

Sample::

    {"id": "9f2c...", "key": "job.failed|agent not ready for # min", "event": "failed",
     "title": "vm-1 did not come back", "plural": "{n} machines did not come back", ...}
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from shared.domain.guid import GUID
from shared.domain.messages import Notification
from shared.domain.outbox.events import OutboxEvent
from shared.domain.outbox.wordings import wording_of
from shared.domain.utc import in_utc, require_aware

_ARM_ID = re.compile(r"/subscriptions/[^\s;,]+", re.IGNORECASE)
_GUID = re.compile(rf"\b{GUID}\b")
_NUMBER = re.compile(r"\d+")
#: of the cause in a key
_LONGEST_CAUSE = 200
#: of a text that a message shows
LONGEST_TEXT = 1500
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What happened. News with one `key` is reported together.

    `plural` is empty where the news is complete by itself. Then the latest one with its key is
    reported.
    """

    id: str
    key: str
    event: OutboxEvent
    title: str
    plural: str = ""
    text: str
    todo: str
    #: of the machine or the thing; empty where the title says all
    name: str = ""
    #: a job id, where the news is about one: its present state is read before a late report
    subject: str = ""
    #: of the notification; empty where the news is of a wave or a pause
    kind: str = ""
    #: where it is about several jobs: their ids, and the names of the first ones
    subjects: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    at: datetime

    def __post_init__(self) -> None:
        require_aware(at=self.at)

    @property
    def parts(self) -> tuple[tuple[str, str, str], ...]:
        """What it counts for: a key of each thing, its subject, and its name.

        The key of a job in news of several is the same on the whole day, so no job counts twice.
        """
        if not self.subjects:
            return ((self.id, self.subject, self.name),)
        names = dict(zip(self.subjects, self.names, strict=False))
        return tuple(
            (digest(self.key, each, in_utc(self.at).date().isoformat()), each, names.get(each, ""))
            for each in self.subjects
        )


def news_of(notification: Notification, now: datetime) -> News:
    """The news that a notification of the engine is.

    The same notification on the same day in UTC has the same id, however often it is delivered.
    """
    wording = wording_of(notification.kind)
    machine, colon, rest = notification.text.partition(": ")
    text = rest if colon and _ARM_ID.fullmatch(machine) else notification.text
    name = short_name(machine) if text is rest else _name_of(notification.subject)
    # A text without a plural speaks of several machines: another text names others.
    cause = _cause(text, name) if wording.many else digest(notification.text)
    day = in_utc(now).date().isoformat()
    return News(
        id=digest(notification.kind, notification.subject, notification.text, day),
        key=f"{notification.kind}|{_scope_of(notification.subject)}{cause}",
        event=wording.event,
        title=wording.one.replace("{name}", name),
        plural=wording.many,
        text=_with_short_names(text)[:LONGEST_TEXT],
        todo=wording.todo,
        name=name,
        subject=notification.subject,
        kind=notification.kind,
        subjects=notification.subjects,
        names=notification.names,
        at=now,
    )


def _scope_of(subject: str) -> str:
    """The subscription of a job: one cause in two subscriptions needs a person in each."""
    subscription, tilde, _ = subject.partition("~")
    return f"{subscription}|" if tilde else ""


def _cause(text: str, name: str) -> str:
    """The text without what differs from machine to machine: ids, its name, and numbers."""
    same = _GUID.sub("...", _ARM_ID.sub("...", text))
    if name:
        same = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", "...", same, flags=re.IGNORECASE)
    return _NUMBER.sub("#", same)[:_LONGEST_CAUSE]


def _name_of(subject: str) -> str:
    return short_name(subject) if _ARM_ID.fullmatch(subject) else subject[:_LONGEST_NAME]


def short_name(machine: str) -> str:
    """The name of a machine as people say it: the last part of its id, with its scale set's.

    `/subscriptions/.../virtualMachineScaleSets/web/virtualMachines/3` is `web_3`.
    """
    parts = machine.rstrip("/").split("/")
    # As in ".../set/virtualMachines/3".
    if len(parts) > 4 and parts[-4].lower() == "virtualmachinescalesets":  # noqa: PLR2004
        return f"{parts[-3]}_{parts[-1]}"[:_LONGEST_NAME]
    return parts[-1][:_LONGEST_NAME]


def digest(*parts: str) -> str:
    """128 bits of a hash over the parts, as hexadecimal digits."""
    return hashlib.sha256("\x1f".join(parts).encode(errors="replace")).hexdigest()[:32]


def _with_short_names(text: str) -> str:
    return _ARM_ID.sub(lambda match: short_name(match[0]), text)
