"""Finding resources in Azure's output, in any of its forms.

    REST list; also one resource alone:
        {"value": [{"id": ..., "properties": {...}}]}
    az vm list [-d], with the properties flattened:
        [{"id": ..., "hardwareProfile": {...}, "powerState": ...}]
    az vm get-instance-view, az vmss list-instances:
        {"id": ..., "instanceView": {...}}
    A recorded exchange, and several of them:
        {"request": {"method": "GET", "url": ...}, "status": 200, "body": {...}}
        {"exchanges": [...]}

It takes what has the id of a Compute resource and does not ask what it means.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sandbox.azure.fleets.documents import Document
from sandbox.azure.fleets.ids import ResourceId, key, parse_id

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
        """The instance view, or nothing."""
        view = self.properties.get("instanceView")
        return view if isinstance(view, Mapping) else {}


def resources(document: Document) -> Iterator[Resource]:
    """Every Compute resource a document mentions, with its place in it."""
    yield from _walk(document.file, "$", document.content)


def _walk(file: Path, place: str, content: Any) -> Iterator[Resource]:
    if isinstance(content, list):
        for index, item in enumerate(content):
            yield from _walk(file, f"{place}[{index}]", item)
    elif not isinstance(content, Mapping):
        return
    elif "exchanges" in content:
        yield from _walk(file, f"{place}.exchanges", content["exchanges"])
    elif "request" in content:
        yield from _exchange(file, place, content)
    elif isinstance(content.get("value"), list):
        yield from _walk(file, f"{place}.value", content["value"])
    elif isinstance(content.get("id"), str):
        yield from _resource(file, place, content["id"], content)


def _exchange(file: Path, place: str, exchange: Mapping[str, Any]) -> Iterator[Resource]:
    """The answer of a recorded exchange; an instance view has no id of its own, its URL has."""
    request, status, body = exchange["request"], exchange.get("status"), exchange.get("body")
    if status != 200 or not isinstance(request, Mapping):  # noqa: PLR2004 - an HTTP status
        return
    path = urlsplit(str(request.get("url"))).path
    if path.lower().endswith(VIEW):
        yield from _resource(
            file, f"{place}.body", path[: -len(VIEW)], {"properties": {"instanceView": body}}
        )
    else:
        yield from _walk(file, f"{place}.body", body)


def _resource(file: Path, place: str, text: str, content: Mapping[str, Any]) -> Iterator[Resource]:
    try:
        parsed = parse_id(text)
    except ValueError:
        return  # not Compute: disks, operations, subscriptions
    properties = content.get("properties")
    if not isinstance(properties, Mapping):
        properties = {name: value for name, value in content.items() if name not in TOP_LEVEL}
    top = {name: value for name, value in content.items() if name in TOP_LEVEL}
    yield Resource(file=file, place=place, text=text, id=parsed, top=top, properties=properties)
