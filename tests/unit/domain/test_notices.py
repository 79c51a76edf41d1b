"""Maintenance notices: the payloads that Azure Monitor documents, and what becomes of everything else.

The documentation prints only the `alertContext` of the common schema; the envelope around it is that of the fixture
named in tests/data/webhooks/INDEX.md.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.machines import SubscriptionId
from shared.domain.notices import Irrelevant, Notice, read_azure_monitor
from tests.unit.domain.samples import SUBSCRIPTION

PAYLOADS = Path(__file__).parents[2] / "data" / "webhooks"


def sample(name: str) -> dict[str, Any]:
    payload = json.loads((PAYLOADS / f"monitor-{name}.json").read_text(encoding="utf-8"))
    assert isinstance(payload, dict)
    return payload


def common(name: str, target: object = f"/subscriptions/{SUBSCRIPTION}") -> dict[str, Any]:
    envelope = sample("common-servicehealth-envelope-fixture")
    envelope["data"]["essentials"]["alertTargetIDs"] = [target]
    envelope["data"]["alertContext"] = sample(name)["alertContext"]
    return envelope


def legacy_maintenance(**properties: object) -> dict[str, Any]:
    """The documented incident, made a planned maintenance: no legacy sample of one is public."""
    payload = sample("legacy-servicehealth-incident")
    payload["data"]["context"]["activityLog"]["properties"] |= {"incidentType": "Maintenance", **properties}
    return payload


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("common-servicehealth-maintenance", "Azure Synapse Analytics Scheduled Maintenance Pending"),
        ("common-servicehealth-maintenance-strings", "Azure SQL DW Scheduled Maintenance Pending"),
    ],
)
def test_a_planned_maintenance_in_the_common_schema_is_a_notice(name: str, title: str) -> None:
    assert read_azure_monitor(common(name)) == Notice(
        subscription=SubscriptionId(SUBSCRIPTION),
        tracking_id="<GUID>",
        communication_id="<GUID>",
        stage="Planned",
        title=title,
    )


def test_a_planned_maintenance_in_the_legacy_schema_is_a_notice() -> None:
    assert read_azure_monitor(legacy_maintenance()) == Notice(
        subscription=SubscriptionId("cccc2c2c-dd3d-ee4e-ff5f-aaaaaa6a6a6a"),
        tracking_id="0NIH-U2O",
        communication_id="636439673646212912",
        stage="Active",
        title="Virtual Machines - Australia East",
    )


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (common("common-resourcehealth"), "incident type missing, not Maintenance"),
        (common("common-security"), "incident type missing, not Maintenance"),
        (sample("common-servicehealth-envelope-fixture"), "incident type Service issue, not Maintenance"),
        (sample("legacy-servicehealth-incident"), "incident type Incident, not Maintenance"),
        (sample("legacy-administrative"), "incident type missing, not Maintenance"),
        (sample("legacy-resourcehealth"), "incident type missing, not Maintenance"),
    ],
)
def test_every_other_alert_starts_nothing_and_says_why(payload: dict[str, Any], reason: str) -> None:
    assert read_azure_monitor(payload) == Irrelevant(reason=reason)


@pytest.mark.parametrize(
    "services",
    [
        sample("impactedservices-value")["data.context.activityLog.properties.impactedServices"],
        "[{ not JSON",
        None,
        [{"ServiceName": "Virtual Machines"}],
    ],
)
def test_the_impacted_services_are_not_asked(services: object) -> None:
    """Whether a machine is meant, its own status says; a notice is only ever a hint."""
    assert isinstance(read_azure_monitor(legacy_maintenance(impactedServices=services)), Notice)


@pytest.mark.parametrize("kind", ["Maintenance", "maintenance", "MAINTENANCE"])
def test_the_case_of_the_incident_type_does_not_matter(kind: str) -> None:
    assert isinstance(read_azure_monitor(legacy_maintenance(incidentType=kind)), Notice)


@pytest.mark.parametrize(
    "target",
    [
        SUBSCRIPTION,
        f"/subscriptions/{SUBSCRIPTION}",
        f"/SUBSCRIPTIONS/{SUBSCRIPTION.upper()}",
        f"/subscriptions/{SUBSCRIPTION}/resourceGroups/shop",
    ],
)
def test_the_subscription_is_told_from_any_of_its_resources(target: str) -> None:
    notice = read_azure_monitor(common("common-servicehealth-maintenance", target))

    assert isinstance(notice, Notice)
    assert notice.subscription == SUBSCRIPTION


@pytest.mark.parametrize("target", [None, "", "web-1", 7, [], "/subscriptions/<guid>", f"x{SUBSCRIPTION}"])
def test_a_maintenance_without_subscription_is_refused(target: object) -> None:
    with pytest.raises(ValueError, match="names no subscription"):
        read_azure_monitor(common("common-servicehealth-maintenance", target))


@pytest.mark.parametrize("targets", [[], None, SUBSCRIPTION, {"id": SUBSCRIPTION}])
def test_a_maintenance_without_a_list_of_targets_is_refused(targets: object) -> None:
    payload = common("common-servicehealth-maintenance")
    payload["data"]["essentials"]["alertTargetIDs"] = targets

    with pytest.raises(ValueError, match="names no subscription"):
        read_azure_monitor(payload)


@pytest.mark.parametrize(
    "payload", [None, [], "text", 7, {}, {"data": None}, {"data": []}, {"data": {}}, [{"data": 1}]]
)
def test_what_is_no_alert_is_refused(payload: object) -> None:
    with pytest.raises(ValueError, match="not an Azure Monitor alert"):
        read_azure_monitor(payload)


def test_an_alert_without_communication_is_known_by_its_event() -> None:
    payload = common("common-servicehealth-maintenance")
    del payload["data"]["alertContext"]["properties"]["communicationId"]
    payload["data"]["alertContext"]["eventDataId"] = "event-1"

    notice = read_azure_monitor(payload)

    assert isinstance(notice, Notice)
    assert notice.communication_id == "event-1"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                [
                    "data",
                    "alertContext",
                    "essentials",
                    "alertTargetIDs",
                    "context",
                    "activityLog",
                    "properties",
                ]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(payload=anything)
def test_whatever_comes_in_is_a_notice_irrelevant_or_refused(payload: object) -> None:
    try:
        assert isinstance(read_azure_monitor(payload), Notice | Irrelevant)
    except ValueError as refusal:
        assert str(refusal)  # noqa: PT017 - both outcomes are right
