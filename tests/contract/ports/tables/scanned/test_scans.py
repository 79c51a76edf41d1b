"""What every store of scan statuses promises."""

from dataclasses import replace
from datetime import timedelta

from shared.domain.clocks import ClockStatus, Done
from shared.domain.hints.status import HintStatus
from shared.domain.messages import Cause, ScanRequest
from shared.domain.scan.status import ScanStatus, completed, handed_on, started
from shared.ports import Scans, Version
from tests.contract.ports.samples import NOW, ONE, TWO

ASKED = ScanRequest(subscription=ONE, trigger_id="PYN:1", cause=Cause.NOTICE)


async def test_a_subscription_that_was_never_scanned_has_an_empty_status(scans: Scans) -> None:
    assert (await scans.load(ONE)).value == ScanStatus(subscription=ONE)
    assert await scans.all() == []


async def test_what_is_stored_is_loaded(scans: Scans) -> None:
    status = started(ScanStatus(subscription=ONE), ASKED, NOW)
    version = await scans.store(status, (await scans.load(ONE)).version)
    assert version is not None
    assert status.scan is not None
    further = handed_on(status, replace(status.scan, runs="a" * 16), NOW + timedelta(minutes=1))
    assert await scans.store(further, version) is not None

    assert (await scans.load(ONE)).value == further


async def test_only_one_of_two_who_read_the_same_stores(scans: Scans) -> None:
    fresh = (await scans.load(ONE)).version
    status = started(ScanStatus(subscription=ONE), ASKED, NOW)
    assert await scans.store(status, fresh) is not None
    assert await scans.store(status, fresh) is None
    assert await scans.store(status, Version('W/"never"')) is None


async def test_all_of_them_are_shown(scans: Scans) -> None:
    for subscription in (ONE, TWO):
        status = started(ScanStatus(subscription=subscription), ASKED, NOW)
        assert status.scan is not None
        done = completed(status, status.scan, NOW)
        await scans.store(done, (await scans.load(subscription)).version)
    assert {each.subscription for each in await scans.all()} == {ONE, TWO}


async def test_a_status_of_a_million_machines_fits_into_its_store(scans: Scans) -> None:
    status = started(ScanStatus(subscription=ONE), ASKED, NOW)
    assert status.scan is not None
    runs = "0123456789abcdef" * (1_000_000 // 70)
    large = replace(status, runs=runs, scan=replace(status.scan, runs=runs))
    assert await scans.store(large, (await scans.load(ONE)).version) is not None
    assert (await scans.load(ONE)).value == large


async def test_the_hints_of_a_group_are_kept_beside_the_scans(scans: Scans) -> None:
    fresh = await scans.load_hints("0")
    assert fresh.value == HintStatus(chunk="0")
    status = HintStatus(chunk="0", known="0123456789abcdef" * 5_000, changed_at=NOW)

    version = await scans.store_hints(status, fresh.version)
    assert version is not None
    assert (await scans.load_hints("0")).value == status
    assert (await scans.load_hints("1")).value == HintStatus(chunk="1")
    # Somebody who read before is too late.
    assert await scans.store_hints(status, fresh.version) is None
    assert await scans.store_hints(HintStatus(chunk="0"), version) is not None
    assert list(await scans.all()) == []


async def test_the_clocks_are_kept_beside_the_scans(scans: Scans) -> None:
    fresh = await scans.load_clocks()
    assert fresh.value == ClockStatus()
    status = ClockStatus(number=3, due=NOW, scans=Done(timer=NOW), is_sent=True)

    version = await scans.store_clocks(status, fresh.version)
    assert version is not None
    assert (await scans.load_clocks()).value == status
    # Somebody who read before is too late.
    assert await scans.store_clocks(status, fresh.version) is None
    assert await scans.store_clocks(status.next_tick(NOW), version) is not None
    assert (await scans.load_clocks()).value.number == 4
    assert list(await scans.all()) == []


async def test_a_status_is_removed_only_as_it_was_read(scans: Scans) -> None:
    first = await scans.store(ScanStatus(subscription=ONE), (await scans.load(ONE)).version)
    assert first is not None
    second = await scans.store(ScanStatus(subscription=ONE, machines=1), first)
    assert second is not None

    assert not await scans.remove(ONE, first)
    assert len(await scans.all()) == 1
    assert await scans.remove(ONE, second)
    assert await scans.all() == []
