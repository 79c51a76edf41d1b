"""What Probes promises the use cases: the twin as pages were put up, the adapter over HTTP."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from shared.adapters.memory import Page
from shared.domain.health.health_check import MOST_BYTES, Failed, Passed, Probe, ProbeRule
from tests.contract.ports.health.probe_stage import HOST, NOBODY, HttpStage, MemoryStage, ProbeStage

RULE = ProbeRule(allowed=(".shop.test",))
SOON = timedelta(milliseconds=200)


@pytest.fixture(params=["memory", "http"])
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[ProbeStage]:
    if request.param == "memory":
        yield MemoryStage()
        return
    served = HttpStage()
    await served.start()
    yield served
    await served.stop()


async def ask(stage: ProbeStage, url: str, rule: ProbeRule = RULE, *, by_tag: bool = True) -> Passed | Failed:
    return await stage.probes.check(Probe(url=url, by_tag=by_tag), rule)


@pytest.mark.parametrize("status", [200, 204, 299])
async def test_a_healthy_page_passes(stage: ProbeStage, status: int) -> None:
    assert await ask(stage, stage.put("/health?code=1", Page(status=status))) == Passed()


@pytest.mark.parametrize("status", [300, 401, 404, 500, 503])
async def test_another_status_fails_with_what_came_and_where(stage: ProbeStage, status: int) -> None:
    url = stage.put("/health?code=1", Page(status=status))

    health = await ask(stage, url)

    assert isinstance(health, Failed)
    assert health.reason.startswith(f"{url.partition('?')[0]}: HTTP {status} where 200-299 is expected")
    assert "code=1" not in health.reason


async def test_the_rule_says_which_statuses_are_healthy(stage: ProbeStage) -> None:
    rule = ProbeRule(allowed=RULE.allowed, statuses=("204", "401-403"))
    for status, healthy in ((200, False), (204, True), (401, True), (403, True), (404, False)):
        health = await ask(stage, stage.put(f"/{status}", Page(status=status)), rule)
        assert (health == Passed()) is healthy


async def test_a_redirect_is_not_followed(stage: ProbeStage) -> None:
    stage.put("/healthy", Page())
    url = stage.put("/moved", Page(status=302))

    health = await ask(stage, url)

    assert isinstance(health, Failed)
    assert health.reason.endswith("HTTP 302 where 200-299 is expected (redirects are not followed)")
    assert stage.asked() == 1


async def test_an_expected_text_must_be_there(stage: ProbeStage) -> None:
    rule = ProbeRule(allowed=RULE.allowed, text='"status":"bereit ✓"')
    there = stage.put("/there", Page(body='{"status":"bereit ✓"}'.encode()))
    missing = stage.put("/missing", Page(body=b'{"status":"starting"}'))

    assert await ask(stage, there, rule) == Passed()
    health = await ask(stage, missing, rule)
    assert isinstance(health, Failed)
    assert "is not in its first 65536 bytes" in health.reason


async def test_no_more_is_read_than_the_bound(stage: ProbeStage) -> None:
    huge = b"x" * (4 * MOST_BYTES)
    just = ProbeRule(allowed=RULE.allowed, text="just")

    assert await ask(stage, stage.put("/a", Page(body=huge))) == Passed()
    assert (
        await ask(stage, stage.put("/b", Page(body=huge[: MOST_BYTES - 4] + b"just" + huge)), just)
        == Passed()
    )
    assert isinstance(await ask(stage, stage.put("/c", Page(body=huge[:MOST_BYTES] + b"just")), just), Failed)


async def test_one_that_takes_too_long_fails(stage: ProbeStage) -> None:
    rule = ProbeRule(allowed=RULE.allowed, timeout=SOON)
    url = stage.put("/slow", Page(takes=timedelta(hours=1)))
    assert await ask(stage, url, rule) == Failed(reason=f"{url} gave no answer within 0.2 s")


async def test_one_that_breaks_off_fails(stage: ProbeStage) -> None:
    url = stage.put("/silent", Page(silent=True))
    health = await ask(stage, url)
    assert isinstance(health, Failed)
    assert health.reason.startswith(f"{url} gave no usable answer")


async def test_where_nobody_listens_it_fails(stage: ProbeStage) -> None:
    health = await ask(stage, NOBODY)
    assert isinstance(health, Failed)
    assert health.reason.startswith(f"{NOBODY} cannot be reached")


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
        ("http://elsewhere.test/", "is not among the hosts of probe.allowed"),
        (f"http://{HOST}.evil.test/", ""),
    ],
)
async def test_a_place_that_is_out_of_bounds_is_told_and_not_asked(
    stage: ProbeStage, url: str, why: str
) -> None:
    stage.put("/", Page())

    health = await ask(stage, url)

    assert isinstance(health, Failed)
    assert why in health.reason
    assert stage.asked() == 0


async def test_the_policys_own_place_needs_no_permission_but_keeps_out_of_bounds(stage: ProbeStage) -> None:
    url = stage.put("/health", Page())
    assert await ask(stage, url, ProbeRule(), by_tag=False) == Passed()
    assert isinstance(await ask(stage, url, ProbeRule(), by_tag=True), Failed)
    assert isinstance(await ask(stage, "http://metadata.shop.test/", ProbeRule(), by_tag=False), Failed)


async def test_a_range_allows_whatever_host_lies_in_it(stage: ProbeStage) -> None:
    url = stage.put("/health", Page())
    assert await ask(stage, url, ProbeRule(allowed=("127.0.0.0/8",))) == Passed()
    assert isinstance(await ask(stage, url, ProbeRule(allowed=("10.0.0.0/8",))), Failed)
