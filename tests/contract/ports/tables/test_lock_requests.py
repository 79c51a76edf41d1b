"""How many requests the lock costs where nobody else wants it: counted on the way to Azurite."""

import re
import secrets
from dataclasses import replace

import pytest

from sandbox.azure.azurite.launcher import Azurite
from shared.adapters.tables.account import Tables
from shared.adapters.tables.semaphores import TableSemaphores
from shared.domain.job.states import Event
from shared.usecases.jobs.locks import acquire_all, release_all, renew_all
from tests.contract.ports.tables.lossy_proxy import lossy_proxy
from tests.support.app_harness import AppHarness
from tests.support.fleets import standalone_vm

ORIGIN = re.compile(r"(?<=TableEndpoint=)http://[^/;]+")


@pytest.fixture
def origin(azurite: Azurite) -> str:
    found = ORIGIN.search(azurite.connection_string)
    assert found is not None
    return found[0]


async def test_an_uncontended_acquire_is_one_request_and_so_is_a_release(
    azurite: Azurite, origin: str
) -> None:
    harness = AppHarness(standalone_vm("web-0"))
    await harness.scan()
    await harness.deliver_scans()
    (job,) = await harness.app_without_hook.jobs.all()
    async with lossy_proxy(origin) as (proxy, proxy_url):
        tables = Tables(
            connection_string=ORIGIN.sub(proxy_url, azurite.connection_string),
            prefix=f"t{secrets.token_hex(6)}",
        )
        await tables.create_all()
        app = replace(harness.app_without_hook, semaphores=TableSemaphores(tables=tables))
        counts = []
        for _ in range(2):
            proxy.requests.clear()
            leases = await acquire_all(app, job)
            counts.append(list(proxy.requests))
            assert isinstance(leases, tuple)
            held = job.after_event(Event.ADMITTED, app.now(), leases=leases)
            proxy.requests.clear()
            harness.clock.advance(app.policy.timing.poll_interval)
            await renew_all(app, held)
            counts.append(list(proxy.requests))
            proxy.requests.clear()
            await release_all(app, held)
            counts.append(list(proxy.requests))
        await tables.close()

    first_look, renewal, release, *again = counts
    assert first_look == ["POST"], "only its own job takes it: no read"
    assert (renewal, release) == (["PUT"], ["PUT"])
    assert again == [["PUT"], ["PUT"], ["PUT"]]
