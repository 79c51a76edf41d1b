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
    MOST,
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

_OUTAGE_OPERATION = "microsoft.servicehealth/incident/action"
#: of the activity log, and of the API of Resource Health
_OUTAGE_TYPES = ("incident", "serviceissue")
#: the same of services without which a redeploy may not end well
_NEEDED = (
    *_COMPUTE, "storage", "disk", "network", "load balancer", "vpn", "expressroute",
    "resource manager", "service fabric",
)  # fmt: skip

#: of an alert of a whole tenant, as it names them
_MOST_SUBSCRIPTIONS = 1_000

#: `impactedServices` is text that holds JSON. Whole alerts are a few kilobytes, and those of a
#: tenant up to the limit of the body.
_LONGEST_NESTED = 256 * 1024

#: what `incidentType` is for planned maintenance, in lower case and without blanks
_MAINTENANCE_TYPES = {"maintenance", "plannedmaintenance"}
_NAMES_OF_SUBSCRIPTIONS = ("ImpactedSubscriptions", "ImpactedSubscriptionIds")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Alert:
    """The two schemas made one: the event's own part, and where the subscription may stand."""

    event: dict[str, Any]
    origins: tuple[object, ...]

    properties: dict[str, Any]
    #: the entries of `impactedServices`; None where it has more than is read
    impacted: tuple[dict[str, Any], ...] | None

    @classmethod
    def of(cls, event: dict[str, Any], *origins: object) -> "_Alert":
        """The alert. Properties may be a text that holds JSON, or stand one level deeper."""
        properties = as_dict(_decoded(get(event, "properties")))
        inner = as_dict(_decoded(get(properties, "eventProperties")))
        properties = inner | properties
        return cls(
            event=event,
            origins=origins,
            properties=properties,
            impacted=_impacted(get(properties, "impactedServices")),
        )


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
    services, regions = _impact(alert)
    ignored = _ignore_reason(alert, services)
    return Notice(
        source=Source.SERVICE_HEALTH,
        subscriptions=_subscriptions(alert),
        tracking_id=as_text(get(properties, "trackingId")),
        communication_id=_communication(alert),
        stage=as_text(get(properties, "stage")),
        title=as_text(get(properties, "title") or get(properties, "defaultLanguageTitle")),
        services=services[:MOST],
        regions=regions[:MOST],
        starts=as_instant(get(properties, "impactStartTime")),
        ends=as_instant(get(properties, "impactMitigationTime")),
        ignored=ignored,
        is_outage=_is_outage(alert, services),
    )


def _alert(payload: dict[str, Any]) -> _Alert:
    data = as_dict(payload.get("data"))
    if not data:
        raise UnreadableNotice("not an Azure Monitor alert: the body has no object `data`")
    if "alertContext" in data:
        essentials = as_dict(data.get("essentials"))
        targets = get(essentials, "alertTargetIDs")
        items = as_list(get(essentials, "configurationItems"))
        event = as_dict(data["alertContext"])
        return _Alert.of(event, *as_list(targets), targets, get(essentials, "alertId"), *items)
    event = as_dict(as_dict(data.get("context")).get("activityLog"))
    return _Alert.of(event, get(event, "subscriptionId"), get(event, "resourceId"))


def _subscriptions(alert: _Alert) -> tuple[SubscriptionId, ...]:
    """The subscription of the alert, and those that an alert of a whole tenant names by region.

    None where it names more than are read: then all that is watched is meant.
    """
    own = next((found for each in alert.origins if (found := as_subscription(each))), None)
    if alert.impacted is None:
        return ()
    listed = [
        each
        for region in _regions(alert.impacted)
        for name in _NAMES_OF_SUBSCRIPTIONS
        for each in _listed(get(region, name))
    ]
    if len(listed) > _MOST_SUBSCRIPTIONS:
        return ()
    all_named = (own, *map(as_subscription, listed))
    return tuple(dict.fromkeys(each for each in all_named if each is not None))


def _listed(value: object) -> list[object]:
    """What a list holds, as a list, as a text with commas, or as a text that holds JSON.

    An entry may be an object with the id of its subscription.
    """
    found = _decoded(value)
    if found is None and isinstance(value, str):
        found = [each.strip() for each in value.split(",")]
    return [
        get(each, "subscriptionId") or get(each, "id") if isinstance(each, dict) else each
        for each in (found if isinstance(found, list) else [])
    ]


def _ignore_reason(alert: _Alert, services: tuple[str, ...]) -> str:
    kind = as_text(get(alert.properties, "incidentType"))
    if "".join(
        kind.lower().split()
    ) not in _MAINTENANCE_TYPES and _MAINTENANCE_OPERATION not in _operations(alert):
        return f"incident type {kind or 'missing'}, not Maintenance"
    # Where no service is named the scan is the safe side: it changes nothing.
    if services and not any(word in each.lower() for each in services for word in _COMPUTE):
        shown = as_text(", ".join(services[:MOST]))
        return f"maintenance of {shown}, which restarts no virtual machine"
    return ""


def _operations(alert: _Alert) -> set[str]:
    """The operation, as a text, as the object of the activity log, or as its authorization."""
    named = get(alert.event, "operationName")
    allowed = as_dict(get(alert.event, "authorization"))
    found = (named, get(as_dict(named), "value"), get(allowed, "action"))
    return {as_text(each).lower() for each in found}


def _is_outage(alert: _Alert, services: tuple[str, ...]) -> bool:
    """A service issue of compute, storage or network. One that names no service counts, too."""
    kind = "".join(as_text(get(alert.properties, "incidentType")).lower().split())
    if kind not in _OUTAGE_TYPES and (kind or _OUTAGE_OPERATION not in _operations(alert)):
        return False
    return not services or any(word in each.lower() for each in services for word in _NEEDED)


def _impact(alert: _Alert) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Services and regions, from `impactedServices` or the short fields."""
    impacted = alert.impacted or ()
    services = [as_text(get(each, "ServiceName")) for each in impacted]
    regions = [as_text(get(each, "RegionName")) for each in _regions(impacted)]
    return (
        _distinct(services) or _distinct([as_text(get(alert.properties, "service"))]),
        _distinct(regions) or _distinct([as_text(get(alert.properties, "region"))]),
    )


def _impacted(value: object) -> tuple[dict[str, Any], ...] | None:
    """The entries of `impactedServices`, escaped or decoded; one alone may stand without a list.

    None where the text is longer than is read.
    """
    if isinstance(value, str) and len(value) > _LONGEST_NESTED:
        return None
    found = _decoded(value)
    entries = found if isinstance(found, list) else [found]
    return tuple(each for each in entries if isinstance(each, dict))


def _regions(impacted: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    listed = [get(each, "ImpactedRegions") for each in impacted]
    return [as_dict(region) for each in listed if isinstance(each, list) for region in each]


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
    named = as_text(get(alert.properties, "communicationId")) or as_text(
        get(alert.event, "eventDataId")
    )
    return named or digest_of(repr(alert.event).encode(errors="replace"))
