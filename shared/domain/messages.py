"""What travels on the queues: small, versioned, self-contained.

A message is a hint; what counts is what is stored.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from shared.domain.job.job import JobId, partition_of
from shared.domain.machine.machine import MachineId, SubscriptionId
from shared.domain.schema import NewerVersion, NoVersion, Schema
from shared.domain.utc import rfc3339

#: A message is scheduled at most this long ahead. A job with a later due time has no message:
#: scheduled messages may hide ready ones from the scaler, and nobody can cancel them.
MAX_AHEAD = timedelta(minutes=10)

#: jobs of one notification: a message of Service Bus Standard has at most 256 KB
MOST_SUBJECTS = 500

#: of a message id (Service Bus quotas)
_LONGEST_KEY = 128


class Queue(StrEnum):
    """The queues, as Bicep and the broker's configuration declare them."""

    SCANS = "scans"
    REDEPLOYS = "redeploys"
    NOTIFICATIONS = "notifications"
    #: gets what the other three give up
    DEAD_LETTERS = "dead-letters"


class Cause(StrEnum):
    """What asked for a scan."""

    TIMER = "timer"
    NOTICE = "notice"
    OPERATOR = "operator"
    #: another scan found a machine in a wave
    WAVE = "wave"
    #: Resource Graph names machines
    HINT = "hint"
    #: Azure reports that somebody moved a machine
    EVENT = "event"
    #: nothing asks for a scan: the message is a tick (`ScanRequest.tick`)
    TICK = "tick"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRequest:
    """Scan one subscription, or take one step of a scan that is on.

    `trigger_id` names the occasion: the same subscription and occasion is the same request. With
    `scan` it is the message of a step. A version of the app that does not know steps takes it for a
    new request, which does no harm.

    Sample: ``{"subscription": "2f1c...", "trigger_id": "2026-11-23T16:05:00Z", "cause": "timer",
    "version": 1, "scan": "2026-11-23T16:05:01Z-9d3a4c5b6e7f", "step": 3, "attempt": 0,
    "machines": []}``
    """

    subscription: SubscriptionId
    trigger_id: str
    cause: Cause = Cause.TIMER
    #: the scan whose step this is; empty: a request for one
    scan: str = ""
    step: int = 0
    #: how often the message of this step was sent before: the queue would drop one that it has seen
    attempt: int = 0
    #: a look at these machines alone, and no scan; empty: a scan
    machines: tuple[MachineId, ...] = ()

    @classmethod
    def tick(cls, number: int, due: datetime, attempt: int = 0) -> "ScanRequest":
        """A tick of the second clock: no scan, and of no subscription.

        It travels as a request for a scan, so that it needs no queue of its own. A version of the
        app that does not know ticks leaves it to one that does.
        """
        return cls(
            subscription=SubscriptionId(""),
            trigger_id="",
            cause=Cause.TICK,
            # Not the number alone: it begins again with an emptied table, and the queue would drop
            # what it has seen.
            scan=f"tick {rfc3339(due)}",
            step=number,
            attempt=attempt,
        )

    @property
    def message_id(self) -> str:
        """The key by which Service Bus drops a duplicate request (at most 128 characters)."""
        # Not by the occasion: a scan that follows another on the same occasion begins with the same
        # numbers.
        occasion = f"{self.scan}|{self.step}.{self.attempt}" if self.scan else self.trigger_id
        key = f"{self.subscription}|{occasion}"
        if len(key) <= _LONGEST_KEY:
            return key
        # Cut alone, two occasions that begin alike would be one, and the later notice would be
        # dropped.
        return key[: _LONGEST_KEY - 32] + hashlib.sha256(key.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStep:
    """Take one job one step further.

    `step` is the number the job had when this was sent; None: the current one.

    A message whose step is not the job's current one is stale, and is completed without effect.

    Sample: ``{"job": "2f1c...~9d3a...", "step": 4, "version": 1}``
    """

    job: JobId
    step: int | None = None

    def __post_init__(self) -> None:
        partition_of(self.job)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """Something that an operator should know.

    With `subjects` it is about several jobs with one cause: their ids, at most `MOST_SUBJECTS`, and
    the names of their machines in the same order, as many as a message shows.

    Sample: ``{"kind": "job.failed", "subject": "2f1c...~9d3a...", "text": "...", "version": 1}``
    """

    kind: str
    subject: str
    text: str
    subjects: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


type QueueMessage = ScanRequest | JobStep | Notification


type MessageSchemas = Mapping[type, Schema]
"""By kind of message."""

MESSAGE_SCHEMAS: MessageSchemas = {
    ScanRequest: Schema(),
    JobStep: Schema(),
    Notification: Schema(),
}


class UnreadableMessage(Exception):
    """A message that no version of this app wrote; it belongs in the dead-letter queue."""


class NewerMessage(UnreadableMessage):
    """A message of a newer release. An instance of that release can handle it."""


def encode(message: QueueMessage, schemas: MessageSchemas = MESSAGE_SCHEMAS) -> str:
    """The message as JSON text with its version."""
    members = msgspec.json.encode(message).decode().removesuffix("}")
    return f'{members},"version":{schemas[type(message)].version}}}'


def decode[M: (ScanRequest, JobStep, Notification)](
    body: bytes | str, kind: type[M], schemas: MessageSchemas = MESSAGE_SCHEMAS
) -> M:
    """The message of that kind, brought to the current version. Unknown fields are ignored.

    Raises NewerMessage if a newer release wrote the body, or a word in it that is not known here,
    such as another `cause`. Raises UnreadableMessage, with the place of the fault, if it is no such
    message.
    """
    schema = schemas[kind]
    try:
        version = schema.readable(msgspec.json.decode(body, type=_Header).version)
        if version == schema.version:
            return msgspec.json.decode(body, type=kind)
        return msgspec.convert(schema.upcast(msgspec.json.decode(body), version), kind)
    except NewerVersion as newer:
        raise NewerMessage(f"{kind.__name__}: {newer}") from newer
    except NoVersion as fault:
        raise UnreadableMessage(f"not a {kind.__name__}: its version is no number") from fault
    except (msgspec.DecodeError, ValueError, RecursionError, KeyError, TypeError) as fault:
        if _is_unknown_word(fault):
            raise NewerMessage(f"{kind.__name__}: a newer release wrote it: {fault}") from fault
        raise UnreadableMessage(f"not a {kind.__name__}: {fault}") from fault


#: how msgspec's fault begins for a word that an enumeration does not have
_UNKNOWN_WORD = "Invalid enum value"


def _is_unknown_word(fault: Exception) -> bool:
    return str(fault).startswith(_UNKNOWN_WORD)


class _Header(msgspec.Struct):
    version: object = 1
