"""What HealthChecks promises the use cases.

The fake as pages were put up, the adapter over HTTP.
"""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from shared.adapters.memory import FakePage
from shared.domain.health.health_check import (
    MOST_BYTES,
    HealthCheck,
    HealthCheckPolicy,
    Healthy,
    Unhealthy,
)
from tests.contract.ports.health.health_pages import (
    HOST,
    UNREACHABLE,
    HealthPages,
    HttpHealthPages,
    MemoryHealthPages,
)

RULE = HealthCheckPolicy(allowed_targets=(".shop.test",))
SOON = timedelta(milliseconds=200)


@pytest.fixture(params=["memory", "http"])
async def setup(request: pytest.FixtureRequest) -> AsyncIterator[HealthPages]:
    if request.param == "memory":
        yield MemoryHealthPages()
        return
    served = HttpHealthPages()
    await served.start()
    yield served
    await served.stop()


async def ask(
    setup: HealthPages, url: str, rule: HealthCheckPolicy = RULE, *, by_tag: bool = True
) -> Healthy | Unhealthy:
    return await setup.checks.check(HealthCheck(url=url, by_tag=by_tag), rule)


@pytest.mark.parametrize("status", [200, 204, 299])
async def test_a_healthy_page_passes(setup: HealthPages, status: int) -> None:
    assert await ask(setup, setup.put("/health?code=1", FakePage(status=status))) == Healthy()


@pytest.mark.parametrize("status", [300, 401, 404, 500, 503])
async def test_another_status_fails_with_what_came_and_where(
    setup: HealthPages, status: int
) -> None:
    url = setup.put("/health?code=1", FakePage(status=status))

    health = await ask(setup, url)

    assert isinstance(health, Unhealthy)
    assert health.reason.startswith(
        f"{url.partition('?')[0]}: HTTP {status} where 200-299 is expected"
    )
    assert "code=1" not in health.reason


async def test_the_rule_says_which_statuses_are_healthy(setup: HealthPages) -> None:
    rule = HealthCheckPolicy(
        allowed_targets=RULE.allowed_targets, expected_statuses=("204", "401-403")
    )
    for status, healthy in ((200, False), (204, True), (401, True), (403, True), (404, False)):
        health = await ask(setup, setup.put(f"/{status}", FakePage(status=status)), rule)
        assert (health == Healthy()) is healthy


async def test_a_redirect_is_not_followed(setup: HealthPages) -> None:
    setup.put("/healthy", FakePage())
    url = setup.put("/moved", FakePage(status=302))

    health = await ask(setup, url)

    assert isinstance(health, Unhealthy)
    assert health.reason.endswith("HTTP 302 where 200-299 is expected (redirects are not followed)")
    assert setup.requests_received() == 1


async def test_an_expected_text_must_be_there(setup: HealthPages) -> None:
    rule = HealthCheckPolicy(
        allowed_targets=RULE.allowed_targets, expected_text='"status":"bereit ✓"'
    )
    there = setup.put("/there", FakePage(body='{"status":"bereit ✓"}'.encode()))
    missing = setup.put("/missing", FakePage(body=b'{"status":"starting"}'))

    assert await ask(setup, there, rule) == Healthy()
    health = await ask(setup, missing, rule)
    assert isinstance(health, Unhealthy)
    assert "is not in its first 65536 bytes" in health.reason


async def test_no_more_is_read_than_the_bound(setup: HealthPages) -> None:
    huge = b"x" * (4 * MOST_BYTES)
    just = HealthCheckPolicy(allowed_targets=RULE.allowed_targets, expected_text="just")

    assert await ask(setup, setup.put("/a", FakePage(body=huge))) == Healthy()
    assert (
        await ask(
            setup, setup.put("/b", FakePage(body=huge[: MOST_BYTES - 4] + b"just" + huge)), just
        )
        == Healthy()
    )
    assert isinstance(
        await ask(setup, setup.put("/c", FakePage(body=huge[:MOST_BYTES] + b"just")), just),
        Unhealthy,
    )


async def test_one_that_takes_too_long_fails(setup: HealthPages) -> None:
    rule = HealthCheckPolicy(allowed_targets=RULE.allowed_targets, timeout=SOON)
    url = setup.put("/slow", FakePage(delay=timedelta(hours=1)))
    assert await ask(setup, url, rule) == Unhealthy(reason=f"{url} gave no answer within 0.2 s")


async def test_one_that_breaks_off_fails(setup: HealthPages) -> None:
    url = setup.put("/silent", FakePage(silent=True))
    health = await ask(setup, url)
    assert isinstance(health, Unhealthy)
    assert health.reason.startswith(f"{url} gave no usable answer")


async def test_where_nobody_listens_it_fails(setup: HealthPages) -> None:
    health = await ask(setup, UNREACHABLE)
    assert isinstance(health, Unhealthy)
    assert health.reason.startswith(f"{UNREACHABLE} cannot be reached")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://web-1.shop.test/", "is no URL"),
        ("http://ada:secret@web-1.shop.test/", "is no URL"),
        ("http://web-1.shop.test/#top", "is no URL"),
        ("nonsense", "is no URL"),
        ("http://127.1/", "is no host"),
        ("http://metadata.shop.test/", "Azure's instance metadata service"),
        ("http://two-faced.shop.test/", "Azure's instance metadata service"),
        ("http://mapped.shop.test/", "Azure's instance metadata service"),
        ("http://wire.shop.test/", "Azure's platform address"),
        ("http://169.254.7.7/", "link-local"),
        ("http://[fe80::1]/", "link-local"),
        ("http://elsewhere.test/", "is not among the hosts of health_check.allowed_targets"),
        (f"http://{HOST}.evil.test/", ""),
    ],
)
async def test_a_place_that_is_out_of_bounds_is_told_and_not_asked(
    setup: HealthPages, url: str, why: str
) -> None:
    setup.put("/", FakePage())

    health = await ask(setup, url)

    assert isinstance(health, Unhealthy)
    assert why in health.reason
    assert setup.requests_received() == 0


async def test_the_policys_own_place_needs_no_permission_but_keeps_out_of_bounds(
    setup: HealthPages,
) -> None:
    url = setup.put("/health", FakePage())
    assert await ask(setup, url, HealthCheckPolicy(), by_tag=False) == Healthy()
    assert isinstance(await ask(setup, url, HealthCheckPolicy(), by_tag=True), Unhealthy)
    assert isinstance(
        await ask(setup, "http://metadata.shop.test/", HealthCheckPolicy(), by_tag=False), Unhealthy
    )


async def test_a_range_allows_whatever_host_lies_in_it(setup: HealthPages) -> None:
    url = setup.put("/health", FakePage())
    assert await ask(setup, url, HealthCheckPolicy(allowed_targets=("127.0.0.0/8",))) == Healthy()
    assert isinstance(
        await ask(setup, url, HealthCheckPolicy(allowed_targets=("10.0.0.0/8",))), Unhealthy
    )
