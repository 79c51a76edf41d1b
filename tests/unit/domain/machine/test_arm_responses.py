"""Responses of Azure, most of them recorded in public test suites.

The table says where each comes from.
"""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.machine.arm_responses import (
    DEFAULT_RETRY,
    ArmResponse,
    OperationState,
    OperationStatus,
    ResponseMeaning,
    classify,
    read_operation,
)

_NOT_ELIGIBLE = (
    "Operation 'performMaintenance' is not allowed on VM '{}' since the Subscription of "
    "this VM is not eligible."
)
_TOO_MANY = (
    "The server rejected the request because too many requests have been received "
    "for this subscription."
)
_QUOTA = (
    "Operation results in exceeding quota limits of Core. Maximum allowed: 100, Current in use: "
    "56, Additional requested: 48."
)

RECORDED = [
    # azure-sdk-for-net, VMOperationalTests/TestVMOperations_PerformMaintenance (2021)
    (409, "OperationNotAllowed", _NOT_ELIGIBLE.format("vm3347"), ResponseMeaning.NOT_ELIGIBLE),
    # azure-sdk-for-net (2022), of VMScaleSetVMOperationalTests:
    # TestVMScaleSetVMOperations_PerformMaintenance
    (409, "OperationNotAllowed", _NOT_ELIGIBLE.format("vmss1951_0"), ResponseMeaning.NOT_ELIGIBLE),
    # azure-libraries-for-java, testManageManagedDisks (2017): the same status and
    # code, another matter
    (409, "OperationNotAllowed", _QUOTA, ResponseMeaning.READ_AGAIN),
    # learn.microsoft.com, troubleshooting throttling errors: the same code again
    (429, "OperationNotAllowed", _TOO_MANY, ResponseMeaning.RETRY),
    (
        429,
        "SubscriptionRequestsThrottled",
        "Number of 'read' requests ... Please try again after '10' seconds.",
        ResponseMeaning.RETRY,
    ),
    # azure-libraries-for-java, canForceDeleteVirtualMachine
    (
        404,
        "ResourceNotFound",
        "The Resource 'Microsoft.Compute/virtualMachines/javavm' ... was not found.",
        ResponseMeaning.NOT_FOUND,
    ),
    # azure-libraries-for-java, canUpdateVirtualMachineWithEMSIAndLMSI
    (
        504,
        "ResourceReadFailed",
        "... failed with status 'GatewayTimeout'.",
        ResponseMeaning.OUTCOME_UNKNOWN,
    ),
    # what ARM answers where a lock, a policy or a deny assignment blocks it
    (409, "ScopeLocked", "following scope(s) are locked", ResponseMeaning.BLOCKED),
    (403, "DenyAssignmentAuthorizationFailed", "has permission; however", ResponseMeaning.BLOCKED),
    (403, "RequestDisallowedByPolicy", "was disallowed by policy", ResponseMeaning.BLOCKED),
    (409, "ReadOnlyDisabledSubscription", "is disabled", ResponseMeaning.BLOCKED),
    (409, "MissingSubscriptionRegistration", "is not registered", ResponseMeaning.BLOCKED),
    (403, "NeverSeen", "", ResponseMeaning.BLOCKED),
    # the code of a detail counts as the outer one
    (409, "Conflict", "m [ZonalAllocationFailed]", ResponseMeaning.NO_CAPACITY),
    (409, "Conflict", "m [ScopeLocked rg-a] [Other]", ResponseMeaning.BLOCKED),
    (403, "Forbidden", "m [AuthorizationFailed]", ResponseMeaning.FORBIDDEN),
    # azure-libraries-for-java, canListEventsAndMetrics
    (
        403,
        "AuthorizationFailed",
        "The client '...' does not have authorization to perform action ...",
        ResponseMeaning.FORBIDDEN,
    ),
]


@pytest.mark.parametrize(("status", "code", "message", "meaning"), RECORDED)
def test_recorded_answers_mean_what_they_meant(
    status: int, code: str, message: str, meaning: ResponseMeaning
) -> None:
    assert classify(ArmResponse(status=status, code=code, message=message)).meaning is meaning


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (200, ResponseMeaning.ACCEPTED),
        (202, ResponseMeaning.ACCEPTED),
        (None, ResponseMeaning.OUTCOME_UNKNOWN),
        (408, ResponseMeaning.OUTCOME_UNKNOWN),
        (500, ResponseMeaning.OUTCOME_UNKNOWN),
        (502, ResponseMeaning.OUTCOME_UNKNOWN),
        (503, ResponseMeaning.OUTCOME_UNKNOWN),
        (599, ResponseMeaning.OUTCOME_UNKNOWN),
        (401, ResponseMeaning.BLOCKED),
        (409, ResponseMeaning.READ_AGAIN),
        # never seen in answer to this call: a person decides
        (201, ResponseMeaning.UNKNOWN),
        (204, ResponseMeaning.UNKNOWN),
        (302, ResponseMeaning.UNKNOWN),
        (400, ResponseMeaning.UNKNOWN),
        (412, ResponseMeaning.UNKNOWN),
        (600, ResponseMeaning.UNKNOWN),
    ],
)
def test_a_status_alone_has_a_meaning(status: int | None, meaning: ResponseMeaning) -> None:
    assert classify(ArmResponse(status=status)).meaning is meaning


@given(status=st.none() | st.integers(100, 999), message=st.text())
def test_no_answer_but_a_refusal_for_now_is_tried_again_by_itself(
    status: int | None, message: str
) -> None:
    """I2: what may have been accepted, or is not understood, never leads to a second call."""
    meaning = classify(ArmResponse(status=status, message=message)).meaning

    assert (meaning is ResponseMeaning.RETRY) == (status == 429)
    assert (meaning is ResponseMeaning.ACCEPTED) == (status in (200, 202))


@pytest.mark.parametrize(
    "code", ["AllocationFailed", "ZonalAllocationFailed", "OverconstrainedAllocationRequest"]
)
def test_where_azure_has_no_room_nothing_was_started_and_asking_again_soon_does_not_help(
    code: str,
) -> None:
    assert classify(ArmResponse(status=409, code=code)).meaning is ResponseMeaning.NO_CAPACITY
    assert classify(ArmResponse(status=400, code=code)).meaning is ResponseMeaning.NO_CAPACITY
    assert (
        classify(ArmResponse(status=500, code=code)).meaning is ResponseMeaning.OUTCOME_UNKNOWN
    ), "a gateway's word is no proof"
    assert read_operation(200, "Failed", f"{code}: Allocation failed.").lacked_capacity


def test_an_operation_lacked_room_only_where_it_failed_for_that() -> None:
    assert not read_operation(
        200, "Failed", "InternalExecutionError: NotAllocationFailedAtAll"
    ).lacked_capacity
    assert not read_operation(200, "InProgress", "AllocationFailed").lacked_capacity
    assert not read_operation(200, "Failed").lacked_capacity


@pytest.mark.parametrize(
    ("asked", "waits"),
    [
        (timedelta(minutes=20), timedelta(minutes=20)),
        (None, DEFAULT_RETRY),
        (timedelta(0), DEFAULT_RETRY),
    ],
)
def test_a_throttled_call_waits_as_long_as_azure_asks(
    asked: timedelta | None, waits: timedelta
) -> None:
    assert classify(ArmResponse(status=429, retry_after=asked)).retry_after == waits


def test_an_answer_is_told_in_one_line() -> None:
    assert str(ArmResponse(status=409, code="Conflict", message="busy")) == "409 Conflict busy"
    assert str(ArmResponse(status=None)) == "no answer"


@pytest.mark.parametrize(
    ("status", "state", "progress"),
    [
        # azure-sdk-for-net, TestVMOperations_Redeploy (2022)
        (200, "InProgress", OperationState.RUNNING),
        (200, "Succeeded", OperationState.SUCCEEDED),
        # azure-libraries-for-java, testCreateVirtualMachineUsingSpecializedDiskFromSnapshot
        (200, "Failed", OperationState.FAILED),
        # ARM asynchronous operations contract
        (200, "Canceled", OperationState.FAILED),
        (202, "InProgress", OperationState.RUNNING),
        (200, "succeeded", OperationState.SUCCEEDED),
        (200, "Deallocating", OperationState.RUNNING),
        (404, "", OperationState.EXPIRED),
        # azure-libraries-for-java, testCreateVirtualMachinesAsyncTrackingRelatedResources: a poll
        # that failed, not the operation
        (500, "", OperationState.UNREADABLE),
        (500, "Succeeded", OperationState.UNREADABLE),
        (429, "", OperationState.UNREADABLE),
        (403, "", OperationState.UNREADABLE),
        (None, "", OperationState.UNREADABLE),
        # a body without status, such as the final answer of a `monitor=true` URL (same redeploy
        # recording)
        (200, "", OperationState.UNREADABLE),
    ],
)  # fmt: skip
def test_an_operation_stands_where_its_answer_says(
    status: int | None, state: str, progress: OperationState
) -> None:
    assert read_operation(status, state).state is progress


@given(status=st.none() | st.integers(100, 999), state=st.text(max_size=12))
def test_an_operation_has_ended_only_if_azure_says_so(status: int | None, state: str) -> None:
    ended = read_operation(status, state).state in (OperationState.SUCCEEDED, OperationState.FAILED)

    assert ended == (status in (200, 202) and state.lower() in {"succeeded", "failed", "canceled"})


def test_a_reading_says_why_it_is_none() -> None:
    assert read_operation(503, "").detail == "HTTP 503"
    assert read_operation(503, "", "busy").detail == "busy"
    assert "names no status" in read_operation(200, "").detail
    assert read_operation(200, "Failed", "InternalExecutionError") == OperationStatus(
        state=OperationState.FAILED, detail="InternalExecutionError"
    )


def test_the_page_of_answers_names_every_meaning() -> None:
    page = (Path(__file__).resolve().parents[4] / "docs/azure-responses.md").read_text(
        encoding="utf-8"
    )
    told = set(re.findall(r"^\| [^|]+ \| `([^`]+)` \|", page, re.MULTILINE))

    assert told == {each.value for each in ResponseMeaning}
