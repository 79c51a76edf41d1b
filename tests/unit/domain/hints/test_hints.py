"""Rows of Resource Graph as hints, in the columns that the queries name."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.hints.annotations import Meaning, meaning_of
from shared.domain.hints.hint import Hint, HintSource, read_hint
from shared.domain.hints.status import (
    MOST_KNOWN,
    HintStatus,
    new_hints,
    with_failure,
    with_handed_on,
)
from shared.domain.machine.machine import machine_id

COMPUTE = "/subscriptions/s1/resourceGroups/Shop/providers/Microsoft.Compute"
VM = f"{COMPUTE}/virtualMachines/web-0"
NOW = datetime(2026, 12, 1, 10, 12, tzinfo=UTC)


def row(**columns: str) -> dict[str, str]:
    return {"targetResourceId": VM.lower()} | columns


def a_hint(number: int = 0) -> Hint:
    hint = read_hint(HintSource.UPDATES, row(status="Pending", plannedMaintenanceId=str(number)))
    assert hint is not None
    return hint


@pytest.mark.parametrize(
    ("columns", "is_hint"),
    [
        ({"status": "Pending"}, True),
        ({"status": "", "rowStatus": "Pending"}, True),
        ({}, True),  # neither field: a read too many changes nothing
        ({"status": "SomethingNew"}, True),
        # plannedMaintenanceStatus counts before the status of the row
        ({"status": "Completed", "rowStatus": "Pending"}, False),
        ({"status": "", "rowStatus": "Completed"}, False),
        ({"status": "NoUpdatesPending"}, False),
        ({"status": "InProgress"}, False),
        ({"status": "RetryLater"}, False),
    ],
)
def test_a_row_is_a_hint_unless_its_status_says_that_nothing_is_ahead(
    columns: dict[str, str],
    is_hint: bool,
) -> None:
    for source in (HintSource.UPDATES, HintSource.IMPACTED):
        assert (read_hint(source, row(**columns)) is not None) == is_hint


@pytest.mark.parametrize(
    "target",
    [
        f"{COMPUTE}/hostGroups/g/hosts/h",
        f"{COMPUTE}/virtualMachineScaleSets/web",
        "/subscriptions/s1/resourceGroups/hs/providers/Microsoft.DocumentDb/databaseAccounts/a",
        "",
        None,
        7,
    ],
)
def test_a_row_of_something_else_is_none(target: Any) -> None:
    for source in HintSource:
        assert read_hint(source, {"targetResourceId": target, "status": "Pending"}) is None


def test_an_instance_of_a_scale_set_is_a_machine() -> None:
    instance = f"{COMPUTE}/virtualMachineScaleSets/web/virtualMachines/3"

    hint = read_hint(HintSource.UPDATES, {"targetResourceId": instance, "status": "Pending"})

    assert hint is not None
    assert hint.machine == machine_id(instance)


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("VirtualMachineRedeployInitiatedByControlPlaneDueToPlannedMaintenance", Meaning.MOVED),
        ("VirtualMachineRedeployInitiatedByControlPlane", Meaning.MOVED),
        ("VirtualMachineMigrationInitiatedForPlannedMaintenance", Meaning.AZURE_WAS_FIRST),
        ("VirtualMachineRebootInitiatedForPlannedMaintenance", Meaning.AZURE_WAS_FIRST),
        (
            "VirtualMachinePossiblyDegradedDueToHardwareFailureWithRedeployDeadline",
            Meaning.HARDWARE,
        ),
        ("PossiblyDegradedDueToHardwareFailureWithRedeployDeadline", Meaning.HARDWARE),
        (
            (
                "VirtualMachinePossiblyDegradedDueToHardwareFailureWithRedeployDeadline"
                "LiveMigrationEligible"
            ),
            Meaning.HARDWARE,
        ),
        (
            "VirtualMachineMigrationScheduledForDegradedHardwareLiveMigrationNotEligible",
            Meaning.HARDWARE,
        ),
        ("VirtualMachineScheduledForServiceHealing", Meaning.HARDWARE),
        ("VirtualMachineScheduledForMigrationWithGracePeriod", Meaning.HARDWARE),
        ("VirtualMachineScheduledForServiceHealing//suffix", Meaning.HARDWARE),
        ("virtualmachinerebootinitiatedforplannedmaintenance", Meaning.AZURE_WAS_FIRST),
        ("VirtualMachinePlannedFreezeStarted", None),
        ("LiveMigrationSucceeded", None),
        ("", None),
    ],
)
def test_annotations_that_matter_are_recognised(name: str, meaning: Meaning | None) -> None:
    assert meaning_of(name) is meaning
    hint = read_hint(HintSource.ANNOTATIONS, row(name=name, occurredTime="2026-12-01T10:12:00Z"))
    assert (hint.meaning if hint else None) is meaning


@given(st.dictionaries(st.text(), st.none() | st.integers() | st.text() | st.lists(st.text())))
def test_no_row_breaks_the_reading(columns: dict[str, Any]) -> None:
    for source in HintSource:
        read_hint(source, columns)
        read_hint(source, columns | {"targetResourceId": VM})


def test_a_hint_is_new_once_and_again_when_its_status_is_another() -> None:
    first, later = a_hint(1), a_hint(2)
    status = HintStatus(chunk="0")

    assert new_hints(status, [first, first]) == [first]
    status = with_handed_on(status, [first], NOW)
    assert new_hints(status, [first, later]) == [later]
    assert with_handed_on(status, [], NOW) == status


def test_the_newest_hints_are_remembered() -> None:
    hints = [a_hint(number) for number in range(3)]
    full = HintStatus(chunk="0", known="0" * 16 * MOST_KNOWN)

    status = with_handed_on(full, hints, NOW)

    assert len(status.known) == 16 * MOST_KNOWN
    assert new_hints(status, hints) == []


def test_a_failure_is_shown_since_it_began_and_ends_with_the_next_response() -> None:
    first = with_failure(HintStatus(chunk="0"), "503", NOW)
    second = with_failure(first, "403", NOW + timedelta(hours=1))

    assert (second.failing_since, second.failure) == (NOW, "403")
    assert with_handed_on(second, [], NOW).failing_since is None
