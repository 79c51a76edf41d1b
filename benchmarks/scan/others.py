"""Other ways to find the machines of a wave, and the floor below all of them."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import uuid4

import aiohttp
import msgspec
from azure.core.credentials import AccessToken, AzureNamedKeyCredential

from benchmarks.scan.fleet import is_in_wave, subscription_ids, token
from benchmarks.scan.measuring import Meter, Task

_API = "api-version=2026-04-01"
#: subscriptions at the same time, and views of one
_SUBSCRIPTIONS, _VIEWS = 16, 32
#: rows of one transaction
_ROWS = 96


class _Credential:
    """The simulator's token, for the SDK's clients with and without asyncio."""

    def __init__(self) -> None:
        self._token = AccessToken(token(), 2**33)

    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        return self._token


class _AsyncCredential(_Credential):
    async def get_token(  # type: ignore[override]
        self, *_scopes: str, **_options: Any
    ) -> AccessToken:
        return self._token

    async def close(self) -> None: ...


class _Row(msgspec.Struct):
    id: str
    location: str
    tags: dict[str, str] = {}
    zones: list[str] = []


class _Page(msgspec.Struct, rename="camel"):
    value: list[_Row]
    next_link: str | None = None


class _Status(msgspec.Struct, rename="camel"):
    maintenance_redeploy_status: msgspec.Raw = msgspec.Raw(b"null")


async def floor_first(task: Task, meter: Meter) -> None:
    """The same pages and the same rows as our first scan until its pages are stored."""
    await _floor(task, meter, rows=True, views=False)


async def floor_rescan(task: Task, meter: Meter) -> None:
    """The same pages and the same views as our rescan. It writes a heartbeat for a subscription."""
    await _floor(task, meter, rows=False, views=True)


async def _floor(task: Task, meter: Meter, *, rows: bool, views: bool) -> None:
    sas, table = _tables_by_sas(), f"{task.prefix}Floor"
    limit = asyncio.Semaphore(_SUBSCRIPTIONS)
    headers = {"Authorization": f"Bearer {token()}"}
    async with (
        aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(limit=100)) as arm,
        aiohttp.ClientSession() as tables,
    ):
        await _create_table(tables, f"{task.tables}/Tables?{sas}", table)
        meter.begin()

        async def one(subscription: str) -> None:
            async with limit:
                batch = f"{task.tables}/$batch?{sas}"
                await _write(tables, batch, table, subscription, [("scan", b"{}")])
                names = []
                async for page in _pages(arm, task.arm, subscription, meter):
                    names += [each.id for each in page.value if is_in_wave(each.id)]
                    if rows:
                        some = [(uuid4().hex, msgspec.json.encode(each)) for each in page.value]
                        for start in range(0, len(some), _ROWS):
                            await _write(
                                tables, batch, table, subscription, some[start : start + _ROWS]
                            )
                if views:
                    await _views(arm, task.arm, names)
                await _write(tables, batch, table, subscription, [("scan", b"{}")])

        await asyncio.gather(*map(one, subscription_ids(task.subscriptions)))


async def _pages(
    arm: aiohttp.ClientSession, base: str, subscription: str, meter: Meter
) -> AsyncIterator[_Page]:
    decoder = msgspec.json.Decoder(_Page)
    for kind in ("virtualMachines", "virtualMachineScaleSets"):
        url: str | None = (
            f"{base}/subscriptions/{subscription}/providers/Microsoft.Compute/{kind}?{_API}"
        )
        while url:
            async with arm.get(url) as response:
                page = decoder.decode(await response.read())
            meter.cost.pages += 1
            yield page
            url = page.next_link


async def _views(arm: aiohttp.ClientSession, base: str, names: list[str]) -> None:
    limit = asyncio.Semaphore(_VIEWS)
    decoder = msgspec.json.Decoder(_Status)

    async def one(machine: str) -> None:
        async with limit, arm.get(f"{base}{machine}/instanceView?{_API}") as response:
            decoder.decode(await response.read())

    await asyncio.gather(*map(one, names))


def _tables_by_sas() -> str:
    from azure.data.tables import (  # noqa: PLC0415 - only this way needs it
        AccountSasPermissions,
        ResourceTypes,
        generate_account_sas,
    )

    parts = dict(part.split("=", 1) for part in os.environ["BENCH_TABLES"].split(";") if part)
    return str(
        generate_account_sas(
            AzureNamedKeyCredential(parts["AccountName"], parts["AccountKey"]),
            resource_types=ResourceTypes(service=True, container=True, object=True),
            permission=AccountSasPermissions(
                read=True, write=True, add=True, update=True, create=True
            ),
            expiry=datetime.now(UTC) + timedelta(hours=2),
        )
    )


async def _create_table(session: aiohttp.ClientSession, url: str, name: str) -> None:
    headers = {"Accept": "application/json", "x-ms-version": "2019-02-02"}
    async with session.post(url, json={"TableName": name}, headers=headers) as response:
        if response.status not in (201, 204, 409):
            raise RuntimeError(f"creating a table: {response.status} {await response.text()}")


async def _write(
    session: aiohttp.ClientSession,
    url: str,
    table: str,
    partition: str,
    rows: list[tuple[str, bytes]],
) -> None:
    """One transaction, as the service's documentation of entity group transactions writes it."""
    if not rows:
        return
    batch, changes = f"batch_{uuid4()}", f"changeset_{uuid4()}"
    base = url.partition("/$batch")[0]
    parts = [f"--{batch}\r\nContent-Type: multipart/mixed; boundary={changes}\r\n\r\n"]
    for name, value in rows:
        entity = msgspec.json.encode(
            {"PartitionKey": partition, "RowKey": name, "value": value.decode()}
        ).decode()
        parts.append(
            f"--{changes}\r\nContent-Type: application/http\r\n"
            "Content-Transfer-Encoding: binary\r\n\r\n"
            f"PUT {base}/{table}(PartitionKey='{partition}',RowKey='{name}') HTTP/1.1\r\n"
            "Content-Type: application/json\r\nAccept: application/json;odata=nometadata\r\n"
            f"DataServiceVersion: 3.0\r\n\r\n{entity}\r\n"
        )
    parts.append(f"--{changes}--\r\n--{batch}--\r\n")
    headers = {
        "Content-Type": f"multipart/mixed; boundary={batch}",
        "x-ms-version": "2019-02-02",
        "DataServiceVersion": "3.0",
    }
    async with session.post(url, data="".join(parts).encode(), headers=headers) as response:
        text = await response.text()
        if response.status != 202 or "HTTP/1.1 4" in text:  # noqa: PLR2004 - Accepted
            raise RuntimeError(f"writing rows: {response.status} {text[:500]}")


async def sdk_models(task: Task, meter: Meter) -> None:
    """azure-mgmt-compute's asynchronous client over the listing of VMs alone."""
    # Its import is a cost of this way.
    from azure.mgmt.compute.aio import ComputeManagementClient  # noqa: PLC0415

    limit = asyncio.Semaphore(_SUBSCRIPTIONS)
    meter.begin()

    async def one(subscription: str) -> None:
        async with (
            limit,
            ComputeManagementClient(
                cast("Any", _AsyncCredential()), subscription, **_sdk_options(task)
            ) as client,
        ):
            async for machine in client.virtual_machines.list_all(enforce_https=False):
                meter.cost.pages += machine.id is None

    await asyncio.gather(*map(one, subscription_ids(task.subscriptions)))


async def one_by_one(task: Task, meter: Meter) -> None:
    """The SDK's listing and one view for each machine, one after the other, of 200 machines."""
    _list_and_view(task, meter, threads=1, most=200)


async def threads(task: Task, meter: Meter) -> None:
    """The SDK's listing and one view for each machine, in 32 threads."""
    _list_and_view(task, meter, threads=32, most=None)


def _list_and_view(task: Task, meter: Meter, *, threads: int, most: int | None) -> None:
    from azure.mgmt.compute import ComputeManagementClient  # noqa: PLC0415 - as above

    meter.begin()
    begun = time.perf_counter()
    (subscription,) = subscription_ids(1)
    with ComputeManagementClient(
        cast("Any", _Credential()), subscription, **_sdk_options(task)
    ) as client:
        machines = [str(each.id) for each in client.virtual_machines.list_all(enforce_https=False)]
        listed = time.perf_counter() - begun

        def view(machine: str) -> bool:
            parts = machine.split("/")
            seen = client.virtual_machines.instance_view(parts[4], parts[8], enforce_https=False)
            return seen.maintenance_redeploy_status is not None

        with ThreadPoolExecutor(threads) as pool:
            found = sum(pool.map(view, machines[:most]))
    if not found:
        raise RuntimeError("no machine of the wave was found")
    looked = time.perf_counter() - begun - listed
    factor = len(machines) / len(machines[:most])
    meter.cost.wall = listed + looked * factor
    meter.cost.scaled = factor


def _sdk_options(task: Task) -> dict[str, Any]:
    return {
        "base_url": task.arm,
        "credential_scopes": [f"{task.arm}/.default"],
    }
