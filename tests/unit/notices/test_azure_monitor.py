"""Service Health alerts.

The payloads that Azure Monitor documents, in every variation, and what happens to everything else.

The documentation prints only the `alertContext` of the common schema; the envelope around it is
that of the fixture named in tests/data/webhooks/INDEX.md.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.notices.azure_monitor import read_azure_monitor
from shared.domain.notices.notice import Notice, Source, UnreadableNotice
from tests.unit.notices.samples import SUBSCRIPTION, common, legacy_maintenance, machines, sample

CASES = Path(__file__).parents[2] / "data" / "cases"


def test_a_planned_maintenance_of_virtual_machines_says_all_that_counts() -> None:
    assert read_azure_monitor(machines(common())) == Notice(
        source=Source.SERVICE_HEALTH,
        subscriptions=(SUBSCRIPTION,),  # type: ignore[arg-type]
        tracking_id="PYN_-ZL8",
        communication_id="11000000001",
        stage="Planned",
        title="Planned maintenance of your virtual machines",
        services=("Virtual Machines",),
        regions=("West Europe",),
        starts=datetime(2019, 6, 26, 4, tzinfo=UTC),
        ends=datetime(2019, 6, 26, 12, tzinfo=UTC),
    )


@pytest.mark.parametrize("name", ["maintenance", "maintenance-strings"])
def test_integers_and_strings_in_the_samples_are_read_alike(name: str) -> None:
    notice = read_azure_monitor(machines(common(name)))

    assert (notice.stage, notice.ignored) == ("Planned", "")


@pytest.mark.parametrize(
    ("name", "service"),
    [("maintenance", "Azure Synapse Analytics"), ("maintenance-strings", "SQL Data Warehouse")],
)
def test_maintenance_of_other_services_is_ignored_by_name(name: str, service: str) -> None:
    notice = read_azure_monitor(common(name))

    assert notice.services == (service,)
    assert notice.ignored == f"maintenance of {service}, which restarts no virtual machine"


def test_a_planned_maintenance_in_the_legacy_schema_is_read() -> None:
    notice = read_azure_monitor(legacy_maintenance())

    assert notice.subscriptions == ("cccc2c2c-dd3d-ee4e-ff5f-aaaaaa6a6a6a",)
    assert (notice.tracking_id, notice.communication_id) == ("0NIH-U2O", "636439673646212912")
    assert (notice.services, notice.regions) == (("Virtual Machines",), ("Australia East",))
    assert notice.ignored == ""


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (common("resourcehealth"), "incident type missing, not Maintenance"),
        (common("security"), "incident type missing, not Maintenance"),
        (
            sample("monitor-common-servicehealth-envelope-fixture"),
            "incident type Service issue, not Maintenance",
        ),
        (
            sample("monitor-legacy-servicehealth-incident"),
            "incident type Incident, not Maintenance",
        ),
        (sample("monitor-legacy-administrative"), "incident type missing, not Maintenance"),
        (sample("monitor-legacy-resourcehealth"), "incident type missing, not Maintenance"),
    ],
)
def test_every_other_alert_is_ignored_and_says_why(payload: dict[str, Any], reason: str) -> None:
    assert read_azure_monitor(payload).ignored == reason


@pytest.mark.parametrize(
    ("impacted", "services", "regions"),
    [
        (
            sample("monitor-impactedservices-value")[
                "data.context.activityLog.properties.impactedServices"
            ],
            ("Alerts & Metrics", "App Service"),
            ("Australia East", "Australia Southeast"),
        ),
        (
            [{"ServiceName": "Virtual Machines", "ImpactedRegions": [{"RegionName": "UK South"}]}],
            ("Virtual Machines",),
            ("UK South",),
        ),
        (
            [{"serviceName": "Virtual Machines", "impactedRegions": [{"regionName": "UK South"}]}],
            ("Virtual Machines",),
            ("UK South",),
        ),
        ("[{ not JSON", ("Azure Dedicated Host",), ("North Europe",)),
        (None, ("Azure Dedicated Host",), ("North Europe",)),
        ("[" * 5000, ("Azure Dedicated Host",), ("North Europe",)),
        ([7, None, {"ServiceName": 7, "ImpactedRegions": "all"}], ("7",), ("North Europe",)),
    ],
)
def test_impacted_services_are_read_escaped_decoded_or_not_at_all(
    impacted: object, services: tuple[str, ...], regions: tuple[str, ...]
) -> None:
    alert = machines(
        common(), impactedServices=impacted, service="Azure Dedicated Host", region="North Europe"
    )

    notice = read_azure_monitor(alert)

    assert (notice.services, notice.regions) == (services, regions)


def test_an_alert_that_names_no_service_is_scanned_for_to_be_safe() -> None:
    alert = machines(common(), impactedServices=None, service=None)

    assert read_azure_monitor(alert).ignored == ""


@pytest.mark.parametrize(
    "stage", ["Canceled", "Rescheduled", "Complete", "Resolved", "InProgress", "Active"]
)
def test_every_stage_of_a_maintenance_is_worth_a_look(stage: str) -> None:
    notice = read_azure_monitor(machines(common(), stage=stage))

    assert (notice.stage, notice.ignored) == (stage, "")


def test_maintenance_is_known_by_its_operation_where_the_incident_type_is_missing() -> None:
    assert read_azure_monitor(machines(common(), incidentType=None)).ignored == ""


@pytest.mark.parametrize("kind", ["Maintenance", "maintenance", "MAINTENANCE"])
def test_the_case_of_the_incident_type_does_not_matter(kind: str) -> None:
    assert read_azure_monitor(legacy_maintenance(incidentType=kind)).ignored == ""


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
    assert read_azure_monitor(machines(common(target=target))).subscriptions == (SUBSCRIPTION,)


@pytest.mark.parametrize(
    "essentials",
    [
        {"alertTargetIDs": SUBSCRIPTION},
        {"alertTargetIDs": [None, 7, f"/subscriptions/{SUBSCRIPTION}"]},
        {
            "alertTargetIDs": [],
            "alertId": (
                f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.AlertsManagement/alerts/1"
            ),
        },
        {"configurationItems": [SUBSCRIPTION]},
    ],
)
def test_the_subscription_is_found_wherever_the_envelope_names_it(
    essentials: dict[str, object],
) -> None:
    alert = machines(common())
    alert["data"]["essentials"] = essentials

    assert read_azure_monitor(alert).subscriptions == (SUBSCRIPTION,)


@pytest.mark.parametrize(
    "target", [None, "", "web-1", 7, [], "/subscriptions/<guid>", f"x{SUBSCRIPTION}"]
)
def test_a_maintenance_without_subscription_is_of_all_that_is_watched(target: object) -> None:
    notice = read_azure_monitor(machines(common(target=target)))

    assert (notice.subscriptions, notice.ignored) == ((), "")


def test_the_legacy_schema_without_subscription_is_read_too() -> None:
    notice = read_azure_monitor(
        json.loads((CASES / "50-legacy-argquery-no-subscription.json").read_text())
    )

    assert (notice.subscriptions, notice.ignored, notice.regions) == ((), "", ("eastus",))


def tenant_wide(*subscriptions: object) -> Any:
    """An alert of a whole tenant: it names subscriptions in the regions that it impacts."""
    alert = machines(common(target="/tenants/84bd8158-6d4d-4958-8b9f-9d6445542f95"))
    region = {"RegionName": "West Europe", "ImpactedSubscriptions": list(subscriptions)}
    impacted = [{"ServiceName": "Virtual Machines", "ImpactedRegions": [region]}]
    alert["data"]["alertContext"]["properties"]["impactedServices"] = json.dumps(impacted)
    return alert


def test_an_alert_of_a_tenant_is_of_the_subscriptions_in_its_regions() -> None:
    other = "00000000-0000-4000-8000-000000000001"

    found = read_azure_monitor(tenant_wide(SUBSCRIPTION, other.upper(), other, "x", None))

    assert found.subscriptions == (SUBSCRIPTION, other)
    assert len(read_azure_monitor(tenant_wide(*guids(300))).subscriptions) == 300
    assert read_azure_monitor(tenant_wide(*guids(1_001))).subscriptions == ()


TENANT = "/tenants/84bd8158-6d4d-4958-8b9f-9d6445542f95"
OTHER = "00000000-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    "named",
    [
        {"ImpactedSubscriptions": [SUBSCRIPTION, OTHER]},
        {"impactedSubscriptions": [SUBSCRIPTION, OTHER]},
        {"ImpactedSubscriptionIds": [SUBSCRIPTION, OTHER]},
        {"ImpactedSubscriptions": [f"/subscriptions/{SUBSCRIPTION}", f"/SUBSCRIPTIONS/{OTHER}"]},
        {"ImpactedSubscriptions": [{"SubscriptionId": SUBSCRIPTION}, {"id": OTHER}]},
        {"ImpactedSubscriptions": f"{SUBSCRIPTION}, {OTHER}"},
        {"ImpactedSubscriptions": json.dumps([SUBSCRIPTION, OTHER])},
    ],
)
@pytest.mark.parametrize("escaped", [True, False])
def test_the_subscriptions_of_a_tenant_are_read_in_each_form(
    named: dict[str, object], escaped: bool
) -> None:
    impacted = [
        {"ServiceName": "Virtual Machines", "ImpactedRegions": [{"RegionName": "x"} | named]}
    ]
    alert = machines(
        common(target=TENANT), impactedServices=json.dumps(impacted) if escaped else impacted
    )

    assert read_azure_monitor(alert).subscriptions == (SUBSCRIPTION, OTHER)


def test_every_region_and_service_of_a_tenant_counts() -> None:
    regions = [
        {"RegionName": f"Region {number}", "ImpactedSubscriptions": [each]}
        for number, each in enumerate(guids(70))
    ]
    services: list[object] = [{"ServiceName": f"Service {number}"} for number in range(60)]
    impacted = [*services, {"ServiceName": "Virtual Machines", "ImpactedRegions": regions}]

    notice = read_azure_monitor(machines(common(target=TENANT), impactedServices=impacted))

    assert (len(notice.subscriptions), notice.ignored) == (70, "")
    assert (len(notice.services), len(notice.regions)) == (50, 50)


@pytest.mark.parametrize("count", [1_001, 2_000, 7_000])
def test_an_alert_that_names_more_than_is_read_is_of_all_that_is_watched(count: int) -> None:
    region = {"RegionName": "West Europe", "ImpactedSubscriptions": guids(count)}
    impacted = [{"ServiceName": "Virtual Machines", "ImpactedRegions": [region]}]

    notice = read_azure_monitor(machines(common(), impactedServices=json.dumps(impacted)))

    assert (notice.subscriptions, notice.ignored) == ((), "")


@pytest.mark.parametrize(
    "named", [{}, {"ImpactedSubscriptions": None}, {"ImpactedSubscriptions": []}, {"RegionName": 7}]
)
def test_an_alert_of_a_tenant_without_its_subscriptions_is_of_all_that_is_watched(
    named: dict[str, object],
) -> None:
    impacted = [{"ServiceName": "Virtual Machines", "ImpactedRegions": [named]}]

    notice = read_azure_monitor(machines(common(target=TENANT), impactedServices=impacted))

    assert (notice.subscriptions, notice.ignored) == ((), "")


OPERATION = "Microsoft.ServiceHealth/maintenance/action"


@pytest.mark.parametrize(
    "context",
    [
        {"operationName": OPERATION},
        {"operationName": OPERATION.upper()},
        {"OperationName": OPERATION},
        {"operationName": {"value": OPERATION, "localizedValue": "Maintenance"}},
        {"authorization": {"action": OPERATION, "scope": "/subscriptions/x"}},
        {"properties": {"incidentType": "Maintenance"}},
        {"properties": {"IncidentType": "maintenance"}},
        {"properties": {"incidentType": "PlannedMaintenance"}},
        {"properties": {"incidentType": "Planned Maintenance"}},
        {"properties": '{"incidentType": "Maintenance"}'},
        {"properties": {"eventProperties": {"incidentType": "Maintenance"}}},
        {"operationName": OPERATION, "properties": None},
        {"operationName": OPERATION, "properties": []},
    ],
)
@pytest.mark.parametrize("essentials", [None, {}, [], "x", {"alertTargetIDs": None}])
def test_a_maintenance_is_never_refused_for_what_it_lacks(
    context: dict[str, object], essentials: object
) -> None:
    notice = read_azure_monitor({"data": {"essentials": essentials, "alertContext": context}})
    legacy = read_azure_monitor({"data": {"context": {"activityLog": context}}})

    assert (notice.subscriptions, notice.ignored) == ((), "")
    assert (legacy.subscriptions, legacy.ignored) == ((), "")


@pytest.mark.parametrize(
    ("number", "ignored", "named"),
    [
        ("51", "", True),
        ("53", "incident type ActionRequired, not Maintenance", True),
        ("54", "", True),
        ("55", "", True),
        ("56", "", True),
        ("57", "", True),
    ],
)
def test_reported_alerts_are_read(number: str, ignored: str, named: bool) -> None:
    (file,) = CASES.glob(f"{number}-*.json")

    notice = read_azure_monitor(json.loads(file.read_bytes()))

    assert (notice.ignored, bool(notice.subscriptions)) == (ignored, named)


@pytest.mark.parametrize("number", ["58", "59"])
def test_reported_payloads_of_other_senders_are_refused(number: str) -> None:
    (file,) = CASES.glob(f"{number}-*.json")

    with pytest.raises(UnreadableNotice, match="not an Azure Monitor alert"):
        read_azure_monitor(json.loads(file.read_bytes()))


def guids(count: int) -> list[str]:
    return [f"00000000-0000-4000-8000-{number:012d}" for number in range(count)]


@pytest.mark.parametrize(
    "payload", [None, [], "text", 7, {}, {"data": None}, {"data": []}, {"data": {}}, [{"data": 1}]]
)
def test_what_is_no_alert_is_refused(payload: object) -> None:
    with pytest.raises(UnreadableNotice, match="not an Azure Monitor alert"):
        read_azure_monitor(payload)


def test_an_alert_without_communication_is_known_by_its_event_and_else_by_its_content() -> None:
    alert = machines(common(), communicationId=None)
    alert["data"]["alertContext"]["eventDataId"] = "event-1"
    assert read_azure_monitor(alert).communication_id == "event-1"

    del alert["data"]["alertContext"]["eventDataId"]
    first = read_azure_monitor(alert)
    assert first.id == read_azure_monitor(json.loads(json.dumps(alert))).id
    assert (
        first.id != read_azure_monitor(machines(alert, communicationId=None, stage="Canceled")).id
    )


def test_a_notice_is_the_same_by_subscription_tracking_id_and_communication() -> None:
    first = read_azure_monitor(machines(common()))

    assert first.id == read_azure_monitor(machines(common(), title="changed")).id
    for other in ({"trackingId": "0NIH-U2O"}, {"communicationId": "11000000002"}):
        assert first.id != read_azure_monitor(machines(common(), **other)).id
    elsewhere = SUBSCRIPTION.replace("6", "7")
    assert first.id != read_azure_monitor(machines(common(target=elsewhere))).id


def test_texts_are_kept_short_and_printable() -> None:
    notice = read_azure_monitor(
        machines(common(), title="a\x00b\n\u202e\ud800" + "x" * 10_000, trackingId=["x"])
    )

    assert notice.title.startswith("a b x")
    assert len(notice.title) == 300
    assert notice.tracking_id == ""


KEYS = [
    "data", "alertContext", "essentials", "alertTargetIDs", "context", "activityLog", "properties",
    "impactedServices", "ServiceName", "ImpactedRegions", "incidentType", "impactStartTime",
]  # fmt: skip
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["Maintenance", SUBSCRIPTION, "0001-01-01T00:00:00+14:00"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(payload=anything)
def test_whatever_comes_in_is_a_notice_or_refused(payload: object) -> None:
    try:
        assert len(read_azure_monitor(payload).id) == 32
    except UnreadableNotice as refusal:
        assert str(refusal)  # noqa: PT017 - both outcomes are right
