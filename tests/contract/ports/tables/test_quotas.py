"""What every store of quota levels promises."""

from dataclasses import replace
from datetime import timedelta

from shared.domain.quota.level import Level, paused
from shared.ports import Quotas, Version
from tests.contract.ports.samples import NOW

LEVEL = Level(key="s1|HighCostGetVMScaleSet|/sets/w?#\\", tokens=17.25, at=NOW)


async def test_a_bucket_that_nobody_used_has_no_level(quotas: Quotas) -> None:
    assert await quotas.load(LEVEL.key) is None


async def test_what_is_stored_is_loaded(quotas: Quotas) -> None:
    assert await quotas.store(LEVEL, Version("")) is not None
    stored = await quotas.load(LEVEL.key)
    assert stored is not None
    later = paused(replace(LEVEL, tokens=3.5), NOW + timedelta(seconds=9))
    assert await quotas.store(later, stored.version) is not None
    again = await quotas.load(LEVEL.key)
    assert again is not None
    assert again.value == later


async def test_of_two_who_read_the_same_one_stores(quotas: Quotas) -> None:
    assert await quotas.store(LEVEL, Version("")) is not None
    assert await quotas.store(LEVEL, Version("")) is None
    stored = await quotas.load(LEVEL.key)
    assert stored is not None
    assert await quotas.store(LEVEL, stored.version) is not None
    assert await quotas.store(LEVEL, stored.version) is None
