"""What every record of notices promises."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.adapters.memory import MemoryNotices
from shared.adapters.tables.notices import TableNotices
from shared.domain.notices.notice import Authentication, Notice, NoticeId, Source
from shared.domain.notices.record import NoticeRecord, Outcome, RequestedScan
from shared.ports import NoticeRows, Notices
from tests.contract.ports.samples import NOW, ONE, TWO

JOIN = timedelta(seconds=15)


@pytest.fixture
def notices(kind: str, request: pytest.FixtureRequest) -> Notices:
    return (
        MemoryNotices()
        if kind == "memory"
        else TableNotices(tables=request.getfixturevalue("tables"))
    )


def an_entry(communication: str = "11000000001", seconds: float = 0) -> NoticeRecord:
    notice = Notice(
        source=Source.SERVICE_HEALTH,
        subscriptions=(ONE,),
        tracking_id="PYN_-ZL8",
        communication_id=communication,
        title='"<VM> / \\ # ?" für ☁',
        starts=NOW,
    )
    at = NOW + timedelta(seconds=seconds)
    return NoticeRecord(
        id=notice.id,
        at=at,
        notice=notice,
        authentication=Authentication(method="entra-token", identity="461e"),
    )


async def test_a_notice_is_stored_once_and_comes_back_whole(notices: Notices) -> None:
    entry = an_entry()
    version = await notices.insert(entry)

    assert version is not None
    assert await notices.insert(replace(entry, reason="second")) is None
    stored = await notices.get(entry.id)
    assert stored is not None
    assert (stored.value, stored.version) == (entry, version)
    assert await notices.get(NoticeId("0" * 32)) is None


async def test_a_save_with_an_older_version_changes_nothing(notices: Notices) -> None:
    entry = an_entry()
    first = await notices.insert(entry)
    assert first is not None
    settled = replace(
        entry, outcome=Outcome.SCANNING, scans=(RequestedScan(subscription=ONE, trigger_id="t"),)
    )

    assert await notices.save(settled, first) is not None
    assert await notices.save(replace(entry, reason="late"), first) is None
    stored = await notices.get(entry.id)
    assert stored is not None
    assert stored.value == settled


async def test_one_of_many_at_once_is_first(notices: Notices) -> None:
    entry = an_entry()

    versions = await asyncio.gather(*(notices.insert(entry) for _ in range(12)))

    assert len([each for each in versions if each is not None]) == 1


async def test_notices_come_back_newest_first_from_an_instant_on(notices: Notices) -> None:
    old, middle, new = an_entry("1", -60), an_entry("2"), an_entry("3", 0.000001)
    for entry in (middle, new, old):
        await notices.insert(entry)
    await notices.bind("token", "digest", NOW)
    await notices.join_scan(ONE, NOW, JOIN)

    assert await notices.since(NOW) == [new, middle]
    assert await notices.since(NOW - timedelta(hours=1)) == [new, middle, old]


async def test_a_token_stays_bound_to_its_first_digest(notices: Notices) -> None:
    assert await notices.bind("mailgun:1", "a", NOW) == "a"
    assert await notices.bind("mailgun:1", "b", NOW) == "a"
    assert await notices.bind("mailgun:1", "a", NOW) == "a"
    assert await notices.bind("mailgun:2", "b", NOW) == "b"


async def test_notices_that_come_close_together_join_one_scan(notices: Notices) -> None:
    later = NOW + timedelta(seconds=14.9)
    too_late = NOW + timedelta(seconds=15)

    assert await notices.join_scan(ONE, NOW, JOIN) == NOW
    assert await notices.join_scan(ONE, later, JOIN) == NOW
    assert await notices.join_scan(TWO, later, JOIN) == later
    assert await notices.join_scan(ONE, too_late, JOIN) == too_late
    assert await notices.join_scan(ONE, too_late, JOIN) == too_late


async def test_many_at_once_agree_on_one_scan(notices: Notices) -> None:
    moments = [NOW + timedelta(milliseconds=number) for number in range(20)]

    agreed = await asyncio.gather(*(notices.join_scan(ONE, each, JOIN) for each in moments))

    assert len(set(agreed)) == 1
    assert agreed[0] in moments


async def test_what_is_older_is_removed_in_batches_and_the_rest_stays(notices: Notices) -> None:
    for number in range(5):
        await notices.insert(an_entry(f"{number}", seconds=number))
        await notices.bind(f"t{number}", "a", NOW + timedelta(seconds=number))
        await notices.join_scan(f"s{number}", NOW + timedelta(seconds=number), JOIN)
    before = NOW + timedelta(seconds=3)

    for kind in NoticeRows:
        removed = [await notices.remove_older(kind, before, 2) for _ in range(3)]
        assert removed == [2, 1, 0]

    assert len(await notices.since(NOW - JOIN)) == 2
    assert await notices.bind("t3", "b", NOW) == "a"
    assert await notices.bind("t2", "b", NOW) == "b"
    assert await notices.join_scan("s4", NOW, JOIN) == NOW + timedelta(seconds=4)
    assert await notices.join_scan("s0", before, JOIN) == before


async def test_a_token_is_no_notice(notices: Notices) -> None:
    await notices.bind("token", "digest", NOW)
    await notices.join_scan("scan", NOW, JOIN)
    found = await notices.since(NOW - JOIN)
    assert (found, found.unreadable) == ([], ())
