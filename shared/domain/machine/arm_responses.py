"""What Azure answered, and what that means: the one place where answers are classified.

Sends nothing.

By status *and* body, never by an SDK's exception name: azure-mgmt-compute calls every 409
`ResourceExistsError`, and the code `OperationNotAllowed` means "not eligible" in a 409 and "too
many requests" in a 429.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

#: without a Retry-After; Compute's buckets refill by the minute (compute-throttling-limits.md)
DEFAULT_RETRY = timedelta(minutes=1)

_TOO_MANY_REQUESTS = 429
_CONFLICT = 409
_NOT_FOUND = 404
_UNAUTHENTICATED, _FORBIDDEN = 401, 403
_CLIENT_ERRORS, _SERVER_ERRORS = range(400, 500), range(500, 600)

#: recorded 2021 (azure-sdk-for-net, TestVMOperations_PerformMaintenance): "Operation
#: 'performMaintenance' is not allowed on VM 'vm3347' since the Subscription of this VM is not
#: eligible."
_NOT_ELIGIBLE = "subscription of this vm is not eligible"

#: Azure finds no place for the machine on another host. Its page on allocation failures names
#: AllocationFailed and ZonalAllocationFailed
#: (learn.microsoft.com/troubleshoot/azure/virtual-machines/windows/allocation-failure); the others
#: are known from deployments. UNCONFIRMED(refusal-codes): performMaintenance answers with them.
#: For a failed operation, the text begins with the code.
_NO_CAPACITY = re.compile(
    r"\b(?:(?:Zonal)?AllocationFailed|Overconstrained(?:Zonal)?AllocationRequest"
    r"|AllocationTimeout|SkuNotAvailable)\b",
    re.IGNORECASE,
)


#: the code of a detail, behind the message
_DETAIL = re.compile(r"\[([A-Za-z]+)(?: [^\]]*)?\]")

#: the app's identity lacks a role
_MISSING_ROLE = {"authorizationfailed", "linkedauthorizationfailed"}

_REGISTER = "register the provider Microsoft.Compute in the subscription"
#: refusals that last until an operator changes something, and what
#: (learn.microsoft.com, "Troubleshoot common Azure deployment errors").
#: UNCONFIRMED(refusal-codes): that performMaintenance answers with each of them.
_REMEDIES = {
    "scopelocked": "remove the lock",
    "readonlydisabledsubscription": "enable the subscription again",
    "subscriptionnotregistered": _REGISTER,
    "missingsubscriptionregistration": _REGISTER,
    "requestdisallowedbypolicy": "exempt the machine from the Azure Policy that is named",
    "requestdisallowedbyazure": "exempt the subscription from the rule of Azure that is named",
    "denyassignmentauthorizationfailed": "remove the deny assignment, or exclude the machine",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmResponse:
    """One answer to a call that was meant to change something; `status` None: no answer arrived."""

    status: int | None
    code: str = ""
    message: str = ""
    #: URL of the operation that a 202 starts
    operation: str | None = None
    retry_after: timedelta | None = None

    def __str__(self) -> str:
        return f"{self.status or 'no answer'} {self.code} {self.message}".strip()


class ResponseMeaning(StrEnum):
    """What follows from an answer to performMaintenance."""

    ACCEPTED = "accepted"  # the operation runs
    # nothing was started; whether the machine was deleted, its own resource tells
    NOT_FOUND = "not found"
    NOT_ELIGIBLE = "not eligible"  # permanently, in this wave
    RETRY = "retry"  # nothing was started; try later
    # nothing was started; Azure has no host for it now, and asking again soon does not help
    NO_CAPACITY = "no capacity"
    # our identity may not; nothing was started, and a person must grant the role
    FORBIDDEN = "forbidden"
    # nothing was started, and nothing will be until an operator changes something in Azure
    BLOCKED = "blocked"
    READ_AGAIN = "read again"  # a conflict: what the machine itself says decides
    OUTCOME_UNKNOWN = "outcome unknown"  # not known whether anything was started
    UNKNOWN = "unknown"  # never seen: a person decides


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """An answer's meaning, and the time that Azure asks for where it asks for one."""

    meaning: ResponseMeaning
    retry_after: timedelta = timedelta(0)


def classify(response: ArmResponse) -> Classification:
    """What an answer to performMaintenance means.

    Every answer has a meaning; a new one is UNKNOWN, never retried.
    """
    status = response.status
    # HTTP's own number.
    if status is None or status in _SERVER_ERRORS or status == 408:  # noqa: PLR2004
        # A gateway that gave up says nothing about the service behind it (recorded: 504
        # ResourceReadFailed).
        return Classification(meaning=ResponseMeaning.OUTCOME_UNKNOWN)
    if status in (200, 202):
        return Classification(meaning=ResponseMeaning.ACCEPTED)
    if status == _NOT_FOUND:
        return Classification(meaning=ResponseMeaning.NOT_FOUND)
    if status == _TOO_MANY_REQUESTS:
        return Classification(
            meaning=ResponseMeaning.RETRY, retry_after=response.retry_after or DEFAULT_RETRY
        )
    codes = _codes_of(response)
    if status == _FORBIDDEN and codes & _MISSING_ROLE:
        return Classification(meaning=ResponseMeaning.FORBIDDEN)
    if status in (_UNAUTHENTICATED, _FORBIDDEN) or codes & _REMEDIES.keys():
        return Classification(meaning=ResponseMeaning.BLOCKED)
    if status in _CLIENT_ERRORS and any(map(_NO_CAPACITY.search, codes)):
        return Classification(meaning=ResponseMeaning.NO_CAPACITY)
    if status == _CONFLICT:
        eligible = _NOT_ELIGIBLE not in response.message.lower()
        return Classification(
            meaning=ResponseMeaning.READ_AGAIN if eligible else ResponseMeaning.NOT_ELIGIBLE
        )
    return Classification(meaning=ResponseMeaning.UNKNOWN)


def remedy_of(response: ArmResponse) -> str:
    """What a person has to change before Azure accepts the call."""
    found = sorted(_codes_of(response) & _REMEDIES.keys())
    if found:
        return _REMEDIES[found[0]]
    if response.status == _UNAUTHENTICATED:
        return "let Azure accept the identity of the app"
    return "see what keeps the app out"


def _codes_of(response: ArmResponse) -> set[str]:
    """The code of the error, and those of its details, in lower case.

    The adapter puts the details in brackets behind the message: ``m [ZonalAllocationFailed]``.
    """
    return {response.code.lower(), *map(str.lower, _DETAIL.findall(response.message))}


class OperationState(StrEnum):
    """Where an operation stands, from its URL (ARM asynchronous operations)."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"  # Failed or Canceled: it ended, and the machine may be anywhere
    EXPIRED = "expired"  # the URL is not known any more: the machine itself must be asked
    UNREADABLE = "unreadable"  # no usable answer this time


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationStatus:
    """One look at an operation's URL."""

    state: OperationState
    detail: str = ""
    retry_after: timedelta | None = None

    @property
    def lacked_capacity(self) -> bool:
        """Whether it failed because Azure had no host for the machine; this can last for hours."""
        return self.state is OperationState.FAILED and _NO_CAPACITY.search(self.detail) is not None


def read_operation(status: int | None, state: str, detail: str = "") -> OperationStatus:
    """What an operation's answer says; `state` is the body's `status`.

    When uncertain it is UNREADABLE, never finished.

    Recorded (azure-sdk-for-net, TestVMOperations_Redeploy): `InProgress`, `Succeeded`; documented:
    `Failed`, `Canceled`.
    """
    if status == _NOT_FOUND:
        return OperationStatus(state=OperationState.EXPIRED, detail=detail)
    if status not in (200, 202):
        return OperationStatus(state=OperationState.UNREADABLE, detail=detail or f"HTTP {status}")
    known = {
        "succeeded": OperationState.SUCCEEDED,
        "failed": OperationState.FAILED,
        "canceled": OperationState.FAILED,
    }
    if not state:
        return OperationStatus(state=OperationState.UNREADABLE, detail="the answer names no status")
    # Every other word is a service's own name for "not yet" (ARM asynchronous operations contract).
    return OperationStatus(state=known.get(state.lower(), OperationState.RUNNING), detail=detail)
