"""A maintenance notice, whatever it came as: a hint that a subscription is worth a scan, and nothing more.

A simple honest version: what Azure Monitor sends about planned maintenance. Mail and Event Grid are not here yet.
"""

import re
from dataclasses import dataclass
from typing import Any

from shared.domain.machines import SubscriptionId

_GUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_SUBSCRIPTION = re.compile(rf"(?:/subscriptions/)?({_GUID})(?:/.*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a notice says, as far as it counts: where to look, and by which ids to know it again."""

    subscription: SubscriptionId
    tracking_id: str
    communication_id: str
    stage: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Irrelevant:
    """A notice that starts nothing, with the reason."""

    reason: str


def read_azure_monitor(payload: object) -> Notice | Irrelevant:
    """A Service Health alert in either schema of Azure Monitor; ValueError where the payload is neither.

    Sample, common alert schema, shortened (alerts-payload-samples.md)::

        {"schemaId": "azureMonitorCommonAlertSchema", "data": {
          "essentials": {"alertTargetIDs": ["/subscriptions/<guid>"]},
          "alertContext": {"properties": {"incidentType": "Maintenance", "trackingId": "PYN_-ZL8", "stage": "Planned",
                           "communicationId": "...", "title": "..."}}}}

    Sample, legacy schema, shortened (activity-log-alerts-webhook.md)::

        {"schemaId": "Microsoft.Insights/activityLogs", "data": {"context": {"activityLog": {
          "subscriptionId": "<guid>", "properties": {"incidentType": "Maintenance", "trackingId": "0NIH-U2O"}}}}}
    """
    data = _dict(_dict(payload).get("data"))
    if not data:
        raise ValueError("not an Azure Monitor alert: the body has no object `data`")
    if "alertContext" in data:
        context = _dict(data["alertContext"])
        targets = _dict(data.get("essentials")).get("alertTargetIDs")
        origin = targets[0] if isinstance(targets, list) and targets else None
    else:
        context = _dict(_dict(data.get("context")).get("activityLog"))
        origin = context.get("subscriptionId")
    return _notice(context, origin)


def _notice(context: dict[str, Any], origin: object) -> Notice | Irrelevant:
    properties = _dict(context.get("properties"))
    kind = str(properties.get("incidentType") or "")
    if kind.lower() != "maintenance":
        return Irrelevant(reason=f"incident type {kind or 'missing'}, not Maintenance")
    match = _SUBSCRIPTION.fullmatch(str(origin or ""))
    if match is None:
        raise ValueError(
            "the alert names no subscription (data.essentials.alertTargetIDs or activityLog.subscriptionId)"
        )
    return Notice(
        subscription=SubscriptionId(match[1].lower()),
        tracking_id=str(properties.get("trackingId") or ""),
        communication_id=str(properties.get("communicationId") or context.get("eventDataId") or ""),
        stage=str(properties.get("stage") or ""),
        title=str(properties.get("title") or ""),
    )


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
