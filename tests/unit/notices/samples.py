"""Documented payloads, and what tests make of them."""

import json
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[2] / "data"
SUBSCRIPTION = "6513270e-269e-4d37-b2a7-4de452e6b438"


def sample(name: str) -> Any:
    return json.loads((DATA / "webhooks" / f"{name}.json").read_text(encoding="utf-8"))


def common(
    name: str = "maintenance", target: object = f"/subscriptions/{SUBSCRIPTION}"
) -> dict[str, Any]:
    """The documented alertContext in the fixture's envelope; the documents print none."""
    queued: dict[str, Any] = sample("monitor-common-servicehealth-envelope-fixture")
    queued["data"]["essentials"] = {"alertTargetIDs": [target]}
    context = sample(
        f"monitor-common-{name}"
        if "health" in name or name == "security"
        else f"monitor-common-servicehealth-{name}"
    )
    queued["data"]["alertContext"] = context["alertContext"]
    return queued


def machines(payload: dict[str, Any], **properties: object) -> dict[str, Any]:
    """The alert, made one about virtual machines in West Europe."""
    payload["data"]["alertContext"]["properties"] |= {
        "service": "Virtual Machines",
        "region": "West Europe",
        "trackingId": "PYN_-ZL8",
        "communicationId": "11000000001",
        "title": "Planned maintenance of your virtual machines",
        "impactedServices": json.dumps(
            [
                {
                    "ImpactedRegions": [{"RegionName": "West Europe"}],
                    "ServiceName": "Virtual Machines",
                }
            ]
        ),
        **properties,
    }
    return payload


def legacy_maintenance(**properties: object) -> dict[str, Any]:
    """The documented incident, made a planned maintenance: no legacy sample of one is public."""
    payload: dict[str, Any] = sample("monitor-legacy-servicehealth-incident")
    log = payload["data"]["context"]["activityLog"]
    log["operationName"] = "Microsoft.ServiceHealth/maintenance/action"
    log["properties"] |= {"incidentType": "Maintenance", **properties}
    return payload
