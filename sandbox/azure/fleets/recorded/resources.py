"""Finding resources in Azure's output, in any of its forms.

    {"value": [{"id": ..., "properties": {...}}]}          REST list; also one resource alone
    [{"id": ..., "hardwareProfile": {...}, ...}]           az vm list [-d]: properties flattened
    {"id": ..., "instanceView": {...}}                     az vm get-instance-view
    [{"Id": ..., "HardwareProfile": {...}, ...}]           Get-AzVM -Status | ConvertTo-Json
    {"count": 2, "data": [{"id": ..., ...}]}               az graph query; also columns and rows
    {"request": {"url": ...}, "status": 200, "body": ...}  a recorded exchange
    {"exchanges": [...]}                                   several of them

It takes what has the id of a Compute resource and does not ask what it means.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sandbox.azure.fleets.documents import Document
from sandbox.azure.fleets.ids import ResourceId, cleaned, key, parse_id
from sandbox.azure.fleets.recorded.keys import with_known_names
from sandbox.azure.fleets.recorded.responses import json_in, rows_of, with_parts

TOP_LEVEL = {
    "id",
    "name",
    "type",
    "location",
    "tags",
    "zones",
    "sku",
    "instanceId",
    "resourceGroup",
    "identity",
    "plan",
}
VIEW = "/instanceview"
#: what an instance view has, and `Get-AzVM -Status` prints beside the other properties
_OF_A_VIEW = (
    "maintenanceRedeployStatus",
    "placementGroupId",
    "platformFaultDomain",
    "platformUpdateDomain",
    "statuses",
    "vmAgent",
)
#: what a query may name beside `properties`
_BESIDE = (
    *("availabilitySet", "hardwareProfile", "instanceView", "osType", "powerState"),
    *("storageProfile", "virtualMachineScaleSet", "vmSize", *_OF_A_VIEW),
)
#: what no other entry has than that of a machine
_OF_A_MACHINE = {"hardwareProfile", "osProfile", "storageProfile", "vmId"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Resource:
    """One mention of a resource.

    `top` its own keys, `properties` in either form.
    """

    file: Path
    place: str
    text: str
    """The id as printed."""
    id: ResourceId
    top: Mapping[str, Any]
    properties: Mapping[str, Any]

    @property
    def key(self) -> str:
        """What two mentions of one resource share."""
        return key(self.text)

    @property
    def instance_view(self) -> Mapping[str, Any]:
        """The instance view, or nothing. Resource Graph has a part of it under `extended`."""
        own = {name: self.properties[name] for name in _OF_A_VIEW if name in self.properties}
        view = self.properties.get("instanceView")
        if not isinstance(view, Mapping):
            extended = self.properties.get("extended")
            view = extended.get("instanceView") if isinstance(extended, Mapping) else None
        return {**own, **view} if isinstance(view, Mapping) else own


def resources(document: Document) -> Iterator[Resource]:
    """Every Compute resource a document mentions, with its place in it."""
    content = with_known_names(document.content)
    yield from (
        each for each in _walk(document.file, document.place, content) if isinstance(each, Resource)
    )


def without_ids(document: Document) -> Iterator[str]:
    """A sentence for each entry of a machine whose id is absent, or no id."""
    content = with_known_names(document.content)
    for each in _walk(document.file, document.place, content):
        if isinstance(each, str):
            yield f"{document.file}: {each}: it has no resource id; the machine is left out"


def _walk(file: Path, place: str, content: Any) -> Iterator[Resource | str]:
    """Resources, and the places of machines without an id."""
    if isinstance(content, list):
        for index, item in enumerate(content):
            yield from _walk(file, f"{place}[{index}]", item)
    elif isinstance(content, Mapping):
        yield from _in_object(file, place, content)


def _in_object(file: Path, place: str, content: Mapping[str, Any]) -> Iterator[Resource | str]:
    if "exchanges" in content:
        yield from _walk(file, f"{place}.exchanges", content["exchanges"])
    elif "request" in content:
        yield from _exchange(file, place, content)
    elif isinstance(content.get("value"), list):
        yield from _walk(file, f"{place}.value", content["value"])
    elif (rows := rows_of(content)) is not None:
        yield from _walk(file, f"{place}.rows", rows)
    elif isinstance(text := content.get("id") or content.get("resourceId"), str):
        yield from _resource(file, place, text, content)
    elif _OF_A_MACHINE & content.keys() or {"location", "name"} <= content.keys():
        name = content.get("name")
        yield f"{place}: {name}" if isinstance(name, str) else place
    else:  # what some program put around a list
        for name, value in content.items():
            yield from _walk(file, f"{place}.{name}", json_in(value))


def _exchange(file: Path, place: str, exchange: Mapping[str, Any]) -> Iterator[Resource | str]:
    """The answer of a recorded exchange; an instance view has no id of its own, its URL has."""
    request, status, body = exchange["request"], exchange.get("status"), exchange.get("body")
    if str(status) != "200" or not isinstance(request, Mapping):
        return
    path = urlsplit(str(request.get("url"))).path
    if path.lower().endswith(VIEW):
        yield from _resource(
            file, f"{place}.body", path[: -len(VIEW)], {"properties": {"instanceView": body}}
        )
    else:
        yield from _walk(file, f"{place}.body", json_in(body))


def _resource(
    file: Path, place: str, text: str, content: Mapping[str, Any]
) -> Iterator[Resource | str]:
    try:
        text = cleaned(text)
        parsed = parse_id(text)
    except ValueError:
        # What has another provider's id is a disk, an operation, or a machine of Azure Arc.
        if _OF_A_MACHINE & content.keys() and "/providers/" not in text.lower():
            yield f"{place}: {text[:60]}"
        return
    content = with_parts(content)
    properties = json_in(content.get("properties"))
    others = {name: value for name, value in content.items() if name not in TOP_LEVEL}
    if isinstance(properties, Mapping):
        beside = {name: others[name] for name in _BESIDE if others.get(name) is not None}
        properties = {**beside, **properties}
    else:
        properties = others
    top = {name: value for name, value in content.items() if name in TOP_LEVEL}
    yield Resource(file=file, place=place, text=text, id=parsed, top=top, properties=properties)
