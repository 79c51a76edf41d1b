"""Event Grid's events in both schemas.

Documented samples, and which of them are a reason to scan.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.domain.notices.event_grid import read_events, validation_code
from shared.domain.notices.notice import Source, UnreadableNotice
from tests.unit.notices.samples import SUBSCRIPTION, sample


def event(name: str, **properties: object) -> dict[str, Any]:
    """A documented sample with a real subscription id for its placeholder."""
    payload: dict[str, Any] = sample(f"eventgrid-{name}")
    for key in ("source", "topic"):
        if key in payload:
            payload[key] = f"/subscriptions/{SUBSCRIPTION}"
    payload["data"]["resourceInfo"]["properties"] |= properties
    return payload


def annotated(**properties: object) -> dict[str, Any]:
    """Composed, as no sample is public.

    It is the availability sample with the annotation's documented properties.
    """
    payload = event("health-availability-cloudevent", **properties)
    return payload | {"type": "Microsoft.ResourceNotifications.HealthResources.ResourceAnnotated"}


PLANNED = {"context": "Platform Initiated", "category": "Planned", "summary": "work"}


@pytest.mark.parametrize(
    "name", ["health-availability-cloudevent", "health-availability-eventgrid"]
)
def test_availability_is_put_on_record_in_both_schemas_and_starts_nothing(name: str) -> None:
    (notice,) = read_events(event(name))

    assert (notice.source, notice.subscriptions) == (Source.EVENT_GRID, (SUBSCRIPTION,))
    assert (notice.communication_id, notice.stage) == (
        "1fb6fa94-d965-4306-abeq-4810f0774e97",
        "Available",
    )
    assert "not that maintenance is planned" in notice.ignored


@pytest.mark.parametrize(
    ("payload", "starts"),
    [
        (annotated(**PLANNED), True),
        (annotated(**PLANNED | {"category": "Unplanned"}), False),
        (annotated(**PLANNED | {"context": "Customer Initiated"}), False),
        (annotated(**PLANNED | {"targetResourceType": "Microsoft.Sql/servers"}), False),
        (annotated(), False),
        (event("scheduledevent-vmss-freeze"), False),
        (event("scheduledevent-vmss-freeze", EventType="Redeploy"), True),
        (event("scheduledevent-vmss-freeze", EventType="Reboot"), True),
        (event("scheduledevent-vmss-freeze", EventType="Redeploy", EventSource="User"), False),
        (event("scheduledevent-aks-fragment"), False),
        (event("health-availability-cloudevent") | {"type": "Contoso.Items.ItemReceived"}, False),
    ],
)
def test_only_the_platforms_work_on_machines_is_a_reason_to_scan(
    payload: dict[str, Any],
    starts: bool,
) -> None:
    (notice,) = read_events([payload])

    assert (notice.ignored == "") is starts


def test_a_batch_is_a_notice_for_each_event() -> None:
    assert len(read_events([event("health-availability-eventgrid")] * 3)) == 3


@pytest.mark.parametrize("source", ["elsewhere", "", None, "/providers/Microsoft.Management", 7])
def test_planned_work_without_a_subscription_is_of_all_that_is_watched(source: object) -> None:
    (notice,) = read_events(annotated(**PLANNED) | {"source": source, "subject": ""})

    assert (notice.subscriptions, notice.ignored) == ((), "")


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ([], "neither"),
        ("text", "neither"),
        (None, "neither"),
        ([7], "neither"),
        ({}, "neither `type`"),
        ([{"type": "x"}] * 201, "at most"),
    ],
)
def test_what_is_no_event_is_refused(payload: object, reason: str) -> None:
    with pytest.raises(UnreadableNotice, match=reason):
        read_events(payload)


def test_the_documented_handshake_is_answered_with_its_code() -> None:
    handshake = sample("eventgrid-subscription-validation")

    assert (
        validation_code(handshake["request"]["body"])
        == handshake["expectedResponse"]["body"]["validationResponse"]
    )
    assert validation_code(event("health-availability-eventgrid")) is None
    with pytest.raises(UnreadableNotice, match="validationCode"):
        validation_code([{"eventType": "Microsoft.EventGrid.SubscriptionValidationEvent"}])


CASES = Path(__file__).parents[2] / "data" / "cases"


@pytest.mark.parametrize(("number", "counts"), [("60", True), ("61", False), ("62", True)])
def test_reported_events_are_read(number: str, counts: bool) -> None:
    (file,) = CASES.glob(f"{number}-*.json")

    (notice,) = read_events(json.loads(file.read_bytes()))

    assert (notice.ignored == "", len(notice.subscriptions)) == (counts, 1)
