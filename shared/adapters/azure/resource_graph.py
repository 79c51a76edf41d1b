"""Hints from Resource Graph: one page of one source for each call. Judges no machine."""

from collections.abc import Sequence
from typing import Any

import msgspec

from shared.adapters.azure import urls
from shared.adapters.azure.client import ArmClient
from shared.adapters.azure.errors import as_azure_unavailable, unavailable_from_response
from shared.adapters.azure.graph_queries import QUERIES
from shared.domain.hints.hint import Hint, HintSource, read_hint
from shared.domain.machine.listing import ListingPage
from shared.domain.machine.machine import SubscriptionId
from shared.errors import AzureUnavailable

_OK = 200
#: rows of a page, at most
_PAGE = 1_000


class _Options(msgspec.Struct, omit_defaults=True):
    top: int = msgspec.field(name="$top")
    skip_token: str = msgspec.field(default="", name="$skipToken")
    result_format: str = msgspec.field(name="resultFormat", default="")


class _Query(msgspec.Struct):
    subscriptions: list[str]
    query: str
    options: _Options


class _Page(msgspec.Struct):
    data: list[dict[str, Any]]
    skip_token: str | None = msgspec.field(default=None, name="$skipToken")


async def read_hints(
    arm: ArmClient, source: HintSource, subscriptions: Sequence[SubscriptionId], token: str | None
) -> ListingPage[Hint]:
    """A page of the hints of one source; the next page's token stands where a link stands.

    Sample of a response, shortened (recorded headers; the rows as documented)::

        {"totalRecords": 2, "count": 2, "data": [{"targetResourceId": "..."}], "$skipToken": "ew0K"}
    """
    what = f"asking Resource Graph for {source.value}"
    body = msgspec.json.encode(
        _Query(
            subscriptions=list(subscriptions),
            query=QUERIES[source].strip(),
            options=_Options(top=_PAGE, skip_token=token or "", result_format="objectArray"),
        )
    )
    async with as_azure_unavailable(what):
        response = await arm.query(urls.resource_graph(arm.endpoint.url), body)
    if response.status_code != _OK:
        raise unavailable_from_response(
            what, response.status_code, response.headers, response.text()
        )
    try:
        page = msgspec.json.decode(response.content, type=_Page)
    except (msgspec.DecodeError, ValueError) as fault:
        raise AzureUnavailable(f"{what}: the response is no page of rows: {fault}") from fault
    hints = [read_hint(source, row) for row in page.data]
    return ListingPage(
        elements=tuple(each for each in hints if each is not None),
        next_link=page.skip_token or None,
    )
