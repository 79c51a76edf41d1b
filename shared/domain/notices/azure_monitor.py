"""Service Health alerts as an Azure Monitor action group posts them, in either schema.

Never names a machine: no alert does.

Sources: azure-monitor-docs alerts-payload-samples.md (common schema),
activity-log-alerts-webhook.md (legacy schema), azure-docs
service-health-notifications-properties.md (meaning of the fields). Integers stand where older
samples have texts, so that maintenance is recognised by `operationName` and `incidentType` alone,
never by `eventSource`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from shared.domain.machine.machine import SubscriptionId
from shared.domain.notices.decoding import decodes
from shared.domain.notices.notice import Notice, Source, UnreadableNotice, digest_of
from shared.domain.notices.untrusted_json import (
    as_dict,
    as_instant,
    as_list,
    as_subscription,
    as_text,
    get,
    read_json,
)

_MAINTENANCE_OPERATION = "microsoft.servicehealth/maintenance/action"

#: parts of service names, in lower case, whose maintenance may restart a watched machine
_COMPUTE = ("virtual machine", "scale set", "dedicated host", "cloud services", "compute")

#: of an alert of a whole tenant, as it names them
_MOST_SUBSCRIPTIONS = 1_000

#: `impactedServices` is text that holds JSON; whole alerts are a few kilobytes
_LONGEST_NESTED = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class _Alert:
    """The two schemas made one: the event's own part, and where the subscription may stand."""

    event: dict[str, Any]
    origins: tuple[object, ...]

    @property
    def properties(self) -> dict[str, Any]:
        return as_dict(self.event.get("properties"))


@decodes("the alert")
def read_azure_monitor(payload: object) -> Notice:
    r"""The notice in an alert.

    UnreadableNotice where the payload is no alert, or one about maintenance of nobody.

    Sample, common alert schema, shortened::

        {"schemaId": "azureMonitorCommonAlertSchema", "data": {
          "essentials": {"alertTargetIDs": ["/subscriptions/<guid>"]},
          "alertContext": {"operationName": "Microsoft.ServiceHealth/maintenance/action",
            "properties": {"incidentType": "Maintenance", "trackingId": "PYN_-ZL8",
              "stage": "Planned", "communicationId": "...",
              "impactedServices":
                "[{\"ImpactedRegions\":[{\"RegionName\":\"...\"}],\"ServiceName\":\"...\"}]"}}}}

    Sample, legacy schema, shortened::

        {"schemaId": "Microsoft.Insights/activityLogs", "data": {"context": {"activityLog": {
          "subscriptionId": "<guid>",
          "properties": {"incidentType": "Maintenance", "trackingId": "0NIH-U2O"}}}}}
    """
    alert = _alert(as_dict(payload))
    properties = alert.properties
    services, regions = _impact(properties)
    ignored = _ignore_reason(alert, services)
    return Notice(
        source=Source.SERVICE_HEALTH,
        subscriptions=_subscriptions(alert),
        tracking_id=as_text(properties.get("trackingId")),
        communication_id=_communication(alert),
        stage=as_text(properties.get("stage")),
        title=as_text(properties.get("title") or properties.get("defaultLanguageTitle")),
        services=services,
        regions=regions,
        starts=as_instant(properties.get("impactStartTime")),
        ends=as_instant(properties.get("impactMitigationTime")),
        ignored=ignored,
    )


def _alert(payload: dict[str, Any]) -> _Alert:
    data = as_dict(payload.get("data"))
    if not data:
        raise UnreadableNotice("not an Azure Monitor alert: the body has no object `data`")
    if "alertContext" in data:
        essentials = as_dict(data.get("essentials"))
        targets = essentials.get("alertTargetIDs")
        items = as_list(essentials.get("configurationItems"))
        event = as_dict(data["alertContext"])
        return _Alert(
            event=event, origins=(*as_list(targets), targets, essentials.get("alertId"), *items)
        )
    event = as_dict(as_dict(data.get("context")).get("activityLog"))
    return _Alert(event=event, origins=(event.get("subscriptionId"), event.get("resourceId")))


def _subscriptions(alert: _Alert) -> tuple[SubscriptionId, ...]:
    """The subscription of the alert, and those that an alert of a whole tenant names by region.

    None where it names more than are read: then all that is watched is meant.
    """
    own = next((found for each in alert.origins if (found := as_subscription(each))), None)
    impacted = as_list(_decoded(alert.properties.get("impactedServices")))
    regions = [
        as_dict(region)
        for service in impacted
        for region in as_list(get(as_dict(service), "ImpactedRegions"))
    ]
    named = [get(region, "ImpactedSubscriptions") for region in regions]
    listed = [each for group in named if isinstance(group, list) for each in group]
    if len(listed) > _MOST_SUBSCRIPTIONS:
        return ()
    all_named = (own, *map(as_subscription, listed))
    return tuple(dict.fromkeys(each for each in all_named if each is not None))


def _ignore_reason(alert: _Alert, services: tuple[str, ...]) -> str:
    kind = as_text(alert.properties.get("incidentType"))
    operation = as_text(alert.event.get("operationName"))
    if kind.lower() != "maintenance" and operation.lower() != _MAINTENANCE_OPERATION:
        return f"incident type {kind or 'missing'}, not Maintenance"
    # Where no service is named the scan is the safe side: it changes nothing by itself.
    if services and not any(word in each.lower() for each in services for word in _COMPUTE):
        return f"maintenance of {', '.join(services)}, which restarts no virtual machine"
    return ""


def _impact(properties: dict[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Services and regions, from `impactedServices` (escaped or decoded) or the short fields."""
    impacted = [as_dict(each) for each in as_list(_decoded(properties.get("impactedServices")))]
    services = [as_text(get(each, "ServiceName")) for each in impacted]
    places = [
        as_dict(place) for each in impacted for place in as_list(get(each, "ImpactedRegions"))
    ]
    regions = [as_text(get(each, "RegionName")) for each in places]
    return (
        _distinct(services) or _distinct([as_text(properties.get("service"))]),
        _distinct(regions) or _distinct([as_text(properties.get("region"))]),
    )


def _decoded(value: object) -> object:
    if not isinstance(value, str) or len(value) > _LONGEST_NESTED:
        return value
    try:
        return read_json(value)
    except UnreadableNotice:
        return None


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in texts if each))


def _communication(alert: _Alert) -> str:
    """`communicationId`, else `eventDataId`.

    Alerts that have neither are distinguished by their text.
    """
    named = as_text(alert.properties.get("communicationId")) or as_text(
        alert.event.get("eventDataId")
    )
    return named or digest_of(repr(alert.event).encode(errors="replace"))
