"""What a first contact asks: GETs and three queries of Resource Graph, about one subscription.

It reads few machines, one of each sort: with a set, with a zone, stopped, in a wave.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from forestall_cli.contact.arm import Arm
from forestall_cli.contact.exchanges import Exchange
from forestall_cli.contact.json_shapes import elements, objects_at, text_at, value_at

#: requests of one survey at most; a test holds the survey to it
MOST_REQUESTS = 40
_MACHINES = 8
_SETS = 2
_PAGES = 2
_COMPUTE = "api-version=2026-04-01"

#: the queries of the app, word by word; a test compares them
QUERIES: Mapping[str, str] = {
    "graph-updates": """
maintenanceresources
| where type =~ 'microsoft.maintenance/updates'
| mv-expand d = properties.value
| where tostring(d.maintenanceScope) =~ 'Host'
| project targetResourceId = tolower(name),
    status = tostring(d.properties.plannedMaintenanceStatus),
    rowStatus = tostring(d.status), notificationId = tostring(d.notificationId),
    plannedMaintenanceId = tostring(d.properties.plannedMaintenanceId)
| order by targetResourceId asc
""",
    "graph-impacted": """
servicehealthresources
| where type =~ 'microsoft.resourcehealth/events/impactedresources'
| where properties.targetResourceType startswith 'microsoft.compute/virtualmachine'
| project targetResourceId = tolower(tostring(properties.targetResourceId)),
    trackingId = tostring(split(split(tolower(id), '/events/')[1], '/')[0]),
    status = tostring(properties.status)
| order by targetResourceId asc
""",
    "graph-annotations": """
healthresources
| where type =~ 'microsoft.resourcehealth/resourceannotations'
| where properties.targetResourceType startswith 'microsoft.compute/virtualmachine'
| project targetResourceId = tolower(tostring(properties.targetResourceId)),
    name = tostring(properties.annotationName), occurredTime = tostring(properties.occurredTime),
    summary = tostring(properties.summary)
| order by targetResourceId asc
""",
}


def survey(arm: Arm, subscription: str, region: str = "") -> None:
    """Ask everything; the responses are in `arm.exchanges`. A refusal ends nothing.

    `region`: where the app is to be deployed; empty: its quotas are not asked for.
    """
    below = f"/subscriptions/{subscription}"
    compute = f"{below}/providers/Microsoft.Compute"
    arm.get("subscription", f"{below}?api-version=2022-12-01")
    arm.get("locations", f"{below}/locations?api-version=2022-12-01")
    arm.get(
        "permissions",
        f"{below}/providers/Microsoft.Authorization/permissions?api-version=2022-04-01",
    )
    arm.get(
        "flex-regions",
        f"{below}/providers/Microsoft.Web/geoRegions?sku=FlexConsumption&api-version=2025-03-01",
    )
    arm.get("provider-app", f"{below}/providers/Microsoft.App?api-version=2022-09-01")
    if region:
        place = quote(region.replace(" ", "").lower())
        web = f"{below}/providers/Microsoft.Web/locations/{place}"
        arm.get("web-usages", f"{web}/usages?api-version=2025-05-01")
    listed = _pages(arm, "list", f"{compute}/virtualMachines?{_COMPUTE}")
    arm.get("list-again", f"{compute}/virtualMachines?{_COMPUTE}")
    shown = arm.get("status-only", f"{compute}/virtualMachines?statusOnly=true&{_COMPUTE}")
    for name, query in QUERIES.items():
        arm.query(name, query, subscription)
    _machines(arm, _chosen(listed, shown))
    for each in list(elements(arm.get("sets", f"{compute}/virtualMachineScaleSets?{_COMPUTE}"))):
        _set(arm, compute, each)


def _pages(arm: Arm, question: str, path: str) -> list[Exchange]:
    pages = [arm.get(question, path)]
    while len(pages) < _PAGES and (link := text_at(pages[-1].body, "nextLink")):
        pages.append(arm.get(question, link))
    return pages


def _machines(arm: Arm, ids: Sequence[str]) -> None:
    for place, machine in enumerate(ids):
        arm.get("own-view", f"{machine}/instanceView?{_COMPUTE}")
        if place == 0:
            arm.get("expanded", f"{machine}?$expand=instanceView&{_COMPUTE}")


def _chosen(listed: Sequence[Exchange], shown: Exchange) -> list[str]:
    """Ids of machines: first those of which most is to be learned, one of each sort."""
    sorts: dict[tuple[Any, ...], str] = {}
    states = {
        text_at(each, "id").lower(): value_at(each, "properties", "instanceView")
        for each in elements(shown)
    }
    for page in listed:
        for each in elements(page):
            name = text_at(each, "id")
            view = states.get(name.lower())
            sort = (
                not value_at(view, "maintenanceRedeployStatus"),
                bool(value_at(each, "properties", "availabilitySet")),
                bool(value_at(each, "properties", "virtualMachineScaleSet")),
                bool(value_at(each, "zones")),
                tuple(sorted(_codes(view))),
                text_at(each, "properties", "priority"),
            )
            if _is_id(name):
                sorts.setdefault(sort, name)
    in_order = sorted(sorts.items(), key=lambda pair: repr(pair[0]))
    return [name for _, name in in_order][:_MACHINES]


def _codes(view: Any) -> Iterator[str]:
    for status in objects_at(view, "statuses"):
        yield text_at(status, "code")


def _set(arm: Arm, compute: str, each: Any) -> None:
    name = text_at(each, "id")
    uniform = text_at(each, "properties", "orchestrationMode").lower() != "flexible"
    question = "uniform-list" if uniform else "flexible-list"
    if not _is_id(name) or sum(one.question == question for one in arm.exchanges) >= _SETS:
        return
    if not uniform:
        wanted = quote(f"'virtualMachineScaleSet/id' eq '{name}'")
        path = f"{compute}/virtualMachines?$filter={wanted}&$expand=instanceView&{_COMPUTE}"
        members = arm.get("flexible-list", path)
        for first in list(elements(members))[:1]:
            if _is_id(text_at(first, "id")):
                arm.get("own-view", f"{text_at(first, 'id')}/instanceView?{_COMPUTE}")
        return
    found = arm.get(question, f"{name}/virtualMachines?$expand=instanceView&{_COMPUTE}")
    if not any(one.question == "uniform-list-again" for one in arm.exchanges):
        # Once more: the headers show what one page takes of the limits.
        arm.get("uniform-list-again", f"{name}/virtualMachines?$expand=instanceView&{_COMPUTE}")
    for first in list(elements(found))[:1]:
        instance = text_at(first, "id")
        if _is_id(instance):
            arm.get("own-view", f"{instance}/instanceView?{_COMPUTE}")
            arm.get("uniform-expanded", f"{instance}?$expand=instanceView&{_COMPUTE}")


def _is_id(text: str) -> bool:
    """Whether an id may be part of a path; one with other signs is left alone."""
    plain = all(sign.isalnum() or sign in "/._-()" for sign in text)
    return text.lower().startswith("/subscriptions/") and plain and text.isascii()
