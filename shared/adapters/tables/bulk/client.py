"""Bulk requests to Table Storage, through azure-core's own pipeline."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import msgspec
from azure.core import AsyncPipelineClient
from azure.core.credentials import AzureNamedKeyCredential, AzureSasCredential
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.core.pipeline.policies import (
    AsyncBearerTokenCredentialPolicy,
    AsyncRetryPolicy,
    AzureSasCredentialPolicy,
    HeadersPolicy,
    UserAgentPolicy,
)
from azure.core.rest import AsyncHttpResponse, HttpRequest

from shared.adapters.tables.bulk.shared_key import SharedKeyLite
from shared.adapters.tables.bulk.transaction_text import TransactionRefused, merge_text, refusal_in
from shared.version import USER_AGENT

if TYPE_CHECKING:
    from azure.core.pipeline.transport import AsyncHttpTransport
    from azure.data.tables.aio import TableServiceClient

#: the newest that Azurite 3.35 and azure-data-tables 12.7 both know
_API = "2019-02-02"
_SCOPE = "https://storage.azure.com/.default"
_ACCEPTED, _OK, _NOT_FOUND = 202, 200, 404
_CONTINUATION = {
    "NextPartitionKey": "x-ms-continuation-NextPartitionKey",
    "NextRowKey": "x-ms-continuation-NextRowKey",
}


class _Page(msgspec.Struct):
    value: list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityPage:
    """Entities as stored, without etags, and where the next page begins; None: nowhere."""

    entities: list[dict[str, Any]]
    following: Mapping[str, str] | None


class BulkClient:
    """Transactions and pages of one account, with the address and credential of the SDK's client.

    Every method raises AzureError, as the SDK does. Close it with `await client.close()`.
    """

    def __init__(
        self,
        service: "TableServiceClient",
        retries: Mapping[str, Any],
        transport: "AsyncHttpTransport[Any, Any]",
    ) -> None:
        split = urlsplit(service.url)
        self._base = urlunsplit((split.scheme, split.netloc, split.path.rstrip("/"), "", ""))
        self._sas = split.query
        self._client: AsyncPipelineClient[HttpRequest, AsyncHttpResponse] = AsyncPipelineClient(
            self._base,
            policies=[
                HeadersPolicy({"x-ms-version": _API, "DataServiceVersion": "3.0"}),
                UserAgentPolicy(USER_AGENT),
                AsyncRetryPolicy(**retries),
                *_authentication(service),
            ],
            transport=transport,
        )

    async def merge(
        self, table: str, entities: Sequence[Mapping[str, str]]
    ) -> TransactionRefused | None:
        """Insert or merge entities of one partition in one transaction.

        None: all are written. A repetition changes nothing, so a lost response is repeated.
        """
        body, kind = merge_text(self._base, table, entities, secrets.token_hex(16))
        headers = {"Content-Type": kind, "Accept": "application/json;odata=minimalmetadata"}
        request = HttpRequest("POST", self._url("$batch"), headers=headers, content=body)
        # Only what is safe to repeat is sent here, so a POST is repeated like any other request.
        response = await self._send(request, retry_on_methods=frozenset({"POST"}))
        if response.status_code != _ACCEPTED:
            raise _failed(response)
        try:
            return refusal_in(response.content, len(entities))
        except ValueError as fault:
            raise HttpResponseError(f"the response to a transaction is none: {fault}") from fault

    async def page(
        self,
        table: str,
        query: str,
        *,
        select: Sequence[str] = (),
        at_most: int = 1000,
        after: Mapping[str, str] | None = None,
    ) -> EntityPage:
        """The entities that an OData filter selects, from the beginning or `after` another page.

        A page may have fewer entities than `at_most`, or none, and still not be the last one.
        """
        options = {"$filter": query, "$top": str(at_most), **(after or {})}
        if select:
            options["$select"] = ",".join(select)
        headers = {"Accept": "application/json;odata=nometadata"}
        request = HttpRequest("GET", self._url(f"{table}()", options), headers=headers)
        response = await self._send(request)
        if response.status_code != _OK:
            raise _failed(response)
        try:
            entities = msgspec.json.decode(response.content, type=_Page).value
        except msgspec.DecodeError as fault:
            raise HttpResponseError(f"a page of {table} cannot be read: {fault}") from fault
        following = {
            name: response.headers[header]
            for name, header in _CONTINUATION.items()
            if response.headers.get(header)
        }
        return EntityPage(entities=entities, following=following or None)

    async def close(self) -> None:
        """Close the connections. The credential is its owner's to close."""
        await self._client.close()

    async def _send(self, request: HttpRequest, **options: Any) -> AsyncHttpResponse:
        return await self._client.send_request(request, **options)

    def _url(self, path: str, options: Mapping[str, str] | None = None) -> str:
        query = "&".join(
            part for part in (urlencode(options or {}, quote_via=quote), self._sas) if part
        )
        return f"{self._base}/{path}" + (f"?{query}" if query else "")


def _authentication(service: "TableServiceClient") -> list[Any]:
    credential: Any = service.credential
    if isinstance(credential, AzureNamedKeyCredential):
        return [SharedKeyLite(credential)]
    if isinstance(credential, AzureSasCredential):
        return [AzureSasCredentialPolicy(credential)]
    return [] if credential is None else [AsyncBearerTokenCredentialPolicy(credential, _SCOPE)]


def _failed(response: AsyncHttpResponse) -> HttpResponseError:
    text = response.text()[:500]
    kind = ResourceNotFoundError if response.status_code == _NOT_FOUND else HttpResponseError
    return kind(f"{response.status_code} {response.reason}: {text}", response=response)
