"""Answers of Azure, most of them recorded in public test suites; the table says where each comes from."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.machine.arm_responses import (
    DEFAULT_RETRY,
    Answer,
    Meaning,
    OperationReading,
    Progress,
    classify,
    read_operation,
)

_NOT_ELIGIBLE = "Operation 'performMaintenance' is not allowed on VM '{}' since the Subscription of this VM is not eligible."
_TOO_MANY = (
    "The server rejected the request because too many requests have been received for this subscription."
)
_QUOTA = "Operation results in exceeding quota limits of Core. Maximum allowed: 100, Current in use: 56, Additional requested: 48."

RECORDED = [
    # azure-sdk-for-net, VMOperationalTests/TestVMOperations_PerformMaintenance (2021)
    (409, "OperationNotAllowed", _NOT_ELIGIBLE.format("vm3347"), Meaning.NOT_ELIGIBLE),
    # azure-sdk-for-net, VMScaleSetVMOperationalTests/TestVMScaleSetVMOperations_PerformMaintenance (2022)
    (409, "OperationNotAllowed", _NOT_ELIGIBLE.format("vmss1951_0"), Meaning.NOT_ELIGIBLE),
    # azure-libraries-for-java, testManageManagedDisks (2017): the same status and code, another matter
    (409, "OperationNotAllowed", _QUOTA, Meaning.REREAD),
    # learn.microsoft.com, troubleshooting throttling errors: the same code again
    (429, "OperationNotAllowed", _TOO_MANY, Meaning.RETRY),
    (429, "SubscriptionRequestsThrottled", "Number of 'read' requests ... Please try again after '10' seconds.", Meaning.RETRY),
    # azure-libraries-for-java, canForceDeleteVirtualMachine
    (404, "ResourceNotFound", "The Resource 'Microsoft.Compute/virtualMachines/javavm' ... was not found.", Meaning.NOT_FOUND),
    # azure-libraries-for-java, canUpdateVirtualMachineWithEMSIAndLMSI
    (504, "ResourceReadFailed", "... failed with status 'GatewayTimeout'.", Meaning.LOST),
    # azure-libraries-for-java, canListEventsAndMetrics
    (403, "AuthorizationFailed", "The client '...' does not have authorization to perform action ...", Meaning.FORBIDDEN),
]  # fmt: skip


@pytest.mark.parametrize(("status", "code", "message", "meaning"), RECORDED)
def test_recorded_answers_mean_what_they_meant(
    status: int, code: str, message: str, meaning: Meaning
) -> None:
    assert classify(Answer(status=status, code=code, message=message)).meaning is meaning


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (200, Meaning.ACCEPTED),
        (202, Meaning.ACCEPTED),
        (None, Meaning.LOST),
        (408, Meaning.LOST),
        (500, Meaning.LOST),
        (502, Meaning.LOST),
        (503, Meaning.LOST),
        (599, Meaning.LOST),
        (401, Meaning.FORBIDDEN),
        (409, Meaning.REREAD),
        # never seen in answer to this call: a person decides
        (201, Meaning.UNKNOWN),
        (204, Meaning.UNKNOWN),
        (302, Meaning.UNKNOWN),
        (400, Meaning.UNKNOWN),
        (412, Meaning.UNKNOWN),
        (600, Meaning.UNKNOWN),
    ],
)
def test_a_status_alone_has_a_meaning(status: int | None, meaning: Meaning) -> None:
    assert classify(Answer(status=status)).meaning is meaning


@given(status=st.none() | st.integers(100, 999), message=st.text())
def test_no_answer_but_a_refusal_for_now_is_tried_again_by_itself(status: int | None, message: str) -> None:
    """I2: what may have been accepted, or is not understood, never leads to a second call unasked."""
    meaning = classify(Answer(status=status, message=message)).meaning

    assert (meaning is Meaning.RETRY) == (status == 429)
    assert (meaning is Meaning.ACCEPTED) == (status in (200, 202))


@pytest.mark.parametrize(
    "code", ["AllocationFailed", "ZonalAllocationFailed", "OverconstrainedAllocationRequest"]
)
def test_where_azure_has_no_room_nothing_was_started_and_asking_again_soon_does_not_help(code: str) -> None:
    assert classify(Answer(status=409, code=code)).meaning is Meaning.NO_ROOM
    assert classify(Answer(status=400, code=code)).meaning is Meaning.NO_ROOM
    assert classify(Answer(status=500, code=code)).meaning is Meaning.LOST, "a gateway's word is no proof"
    assert read_operation(200, "Failed", f"{code}: Allocation failed.").lacked_room


def test_an_operation_lacked_room_only_where_it_failed_for_that() -> None:
    assert not read_operation(200, "Failed", "InternalExecutionError: NotAllocationFailedAtAll").lacked_room
    assert not read_operation(200, "InProgress", "AllocationFailed").lacked_room
    assert not read_operation(200, "Failed").lacked_room


@pytest.mark.parametrize(
    ("asked", "waits"),
    [
        (timedelta(minutes=20), timedelta(minutes=20)),
        (None, DEFAULT_RETRY),
        (timedelta(0), DEFAULT_RETRY),
    ],
)
def test_a_throttled_call_waits_as_long_as_azure_asks(asked: timedelta | None, waits: timedelta) -> None:
    assert classify(Answer(status=429, retry_after=asked)).wait == waits


def test_an_answer_is_told_in_one_line() -> None:
    assert str(Answer(status=409, code="Conflict", message="busy")) == "409 Conflict busy"
    assert str(Answer(status=None)) == "no answer"


@pytest.mark.parametrize(
    ("status", "state", "progress"),
    [
        # azure-sdk-for-net, TestVMOperations_Redeploy (2022)
        (200, "InProgress", Progress.RUNNING),
        (200, "Succeeded", Progress.SUCCEEDED),
        # azure-libraries-for-java, testCreateVirtualMachineUsingSpecializedDiskFromSnapshot
        (200, "Failed", Progress.FAILED),
        # ARM asynchronous operations contract
        (200, "Canceled", Progress.FAILED),
        (202, "InProgress", Progress.RUNNING),
        (200, "succeeded", Progress.SUCCEEDED),
        (200, "Deallocating", Progress.RUNNING),
        (404, "", Progress.EXPIRED),
        # azure-libraries-for-java, testCreateVirtualMachinesAsyncTrackingRelatedResources: a poll that failed, not the operation
        (500, "", Progress.UNREADABLE),
        (500, "Succeeded", Progress.UNREADABLE),
        (429, "", Progress.UNREADABLE),
        (403, "", Progress.UNREADABLE),
        (None, "", Progress.UNREADABLE),
        # a body without status, such as the final answer of a `monitor=true` URL (same redeploy recording)
        (200, "", Progress.UNREADABLE),
    ],
)  # fmt: skip
def test_an_operation_stands_where_its_answer_says(
    status: int | None, state: str, progress: Progress
) -> None:
    assert read_operation(status, state).progress is progress


@given(status=st.none() | st.integers(100, 999), state=st.text(max_size=12))
def test_an_operation_has_ended_only_if_azure_says_so(status: int | None, state: str) -> None:
    ended = read_operation(status, state).progress in (Progress.SUCCEEDED, Progress.FAILED)

    assert ended == (status in (200, 202) and state.lower() in {"succeeded", "failed", "canceled"})


def test_a_reading_says_why_it_is_none() -> None:
    assert read_operation(503, "").detail == "HTTP 503"
    assert read_operation(503, "", "busy").detail == "busy"
    assert "names no status" in read_operation(200, "").detail
    assert read_operation(200, "Failed", "InternalExecutionError") == OperationReading(
        progress=Progress.FAILED, detail="InternalExecutionError"
    )


def test_the_page_of_answers_names_every_meaning() -> None:
    page = (Path(__file__).resolve().parents[4] / "docs/answers.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| [^|]+ \| `([^`]+)` \|", page, re.MULTILINE))

    assert told == {each.value for each in Meaning}
