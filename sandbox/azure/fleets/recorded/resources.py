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

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sandbox.azure.fleets.documents import Document
from sandbox.azure.fleets.ids import ResourceId, key, parse_id
from sandbox.azure.fleets.recorded.keys import with_known_names

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
#: where a list says that another page follows: REST, Resource Graph, OData
NEXT_PAGE = ("nextLink", "@odata.nextLink", "skip_token", "skipToken", "$skipToken")


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
        view = self.properties.get("instanceView")
        if isinstance(view, Mapping):
            own = self.properties.get("maintenanceRedeployStatus")
            return {"maintenanceRedeployStatus": own, **view} if own is not None else view
        extended = self.properties.get("extended")
        view = extended.get("instanceView") if isinstance(extended, Mapping) else None
        if isinstance(view, Mapping):
            return view
        # Get-AzVM -Status prints the maintenance of each machine beside its other properties.
        status = self.properties.get("maintenanceRedeployStatus")
        return {} if status is None else {"maintenanceRedeployStatus": status}


def resources(document: Document) -> Iterator[Resource]:
    """Every Compute resource a document mentions, with its place in it."""
    yield from _walk(document.file, document.place, with_known_names(document.content))


def pages_left(documents: Sequence[Document]) -> Iterator[str]:
    """A sentence for each page whose next page nobody fetched."""
    fetched = {url for document in documents for url in _fetched(document.content)}
    for document in documents:
        for link in _links(document.content):
            if link not in fetched:
                yield (
                    f"{document.file}: {document.place}: a page ends here and says that another one"
                    " follows. Unless that one is in another file, machines are missing:"
                    " fetch its nextLink (`az rest --url`), or use `az vm list`, which follows it"
                )
        if any(map(_is_cut_off, _bodies(document.content))):
            yield (
                f"{document.file}: {document.place}: Resource Graph has more rows than are here."
                " Machines are missing: run the query again with `--first 1000`, and for the rest"
                " with `--skip-token`"
            )


def _is_cut_off(body: Mapping[str, Any]) -> bool:
    """Whether a response of Resource Graph says so, and names no page that follows."""
    values = {name.lower().replace("_", ""): value for name, value in body.items()}
    if any(
        isinstance(values.get(each), str) and values[each] for each in ("skiptoken", "$skiptoken")
    ):
        return False
    here, there = values.get("count"), values.get("totalrecords")
    fewer = isinstance(here, int) and isinstance(there, int) and here < there
    return "data" in values and (fewer or str(values.get("resulttruncated")).lower() == "true")


def _links(content: Any) -> Iterator[str]:
    for body in _bodies(content):
        for name, value in body.items():
            if name.lower() in _NEXT_PAGE and isinstance(value, str) and value:
                yield value


_NEXT_PAGE = {each.lower() for each in NEXT_PAGE}


def _fetched(content: Any) -> Iterator[str]:
    for exchange in _exchanges(content):
        request = exchange.get("request")
        if isinstance(request, Mapping):
            yield str(request.get("url"))


def _bodies(content: Any) -> Iterator[Mapping[str, Any]]:
    """What a server answered: the document itself, or the bodies of its exchanges."""
    exchanges = list(_exchanges(content))
    bodies = [each.get("body") for each in exchanges] if exchanges else [content]
    yield from (each for each in bodies if isinstance(each, Mapping))


def _exchanges(content: Any) -> Iterator[Mapping[str, Any]]:
    several = content.get("exchanges") if isinstance(content, Mapping) else content
    each_of = several if isinstance(several, list) else [content]
    yield from (each for each in each_of if isinstance(each, Mapping) and "request" in each)


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
    elif "data" in content and "id" not in content:
        yield from _walk(file, f"{place}.data", _rows(content["data"]))
    elif isinstance(content.get("id"), str):
        yield from _resource(file, place, content["id"], content)


def _rows(data: Any) -> Any:
    """The rows of Resource Graph as objects, if it answered with a table."""
    if not isinstance(data, Mapping):
        return data
    columns, rows = data.get("columns"), data.get("rows")
    if not isinstance(columns, list) or not isinstance(rows, list):
        return data
    names = [str(each.get("name")) if isinstance(each, Mapping) else str(each) for each in columns]
    return [
        with_known_names(dict(zip(names, row, strict=False)))
        for row in rows
        if isinstance(row, list)
    ]


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
