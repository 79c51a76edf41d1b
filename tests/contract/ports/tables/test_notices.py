"""What every record of notices promises."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.memory import MemoryNotices
from shared.adapters.tables.account import TableName, Tables
from shared.adapters.tables.notices import TableNotices
from shared.adapters.tables.rows import Key
from shared.domain.notices.notice import Authentication, Notice, NoticeId, Source
from shared.domain.notices.place import NoticePlace, notice_place
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

    assert await notices.newest(NOW, None, 100) == [new, middle]
    assert await notices.newest(NOW - timedelta(hours=1), None, 100) == [new, middle, old]


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

    assert len(await notices.newest(NOW - JOIN, None, 100)) == 2
    assert await notices.bind("t3", "b", NOW) == "a"
    assert await notices.bind("t2", "b", NOW) == "b"
    assert await notices.join_scan("s4", NOW, JOIN) == NOW + timedelta(seconds=4)
    assert await notices.join_scan("s0", before, JOIN) == before


async def test_a_token_is_no_notice(notices: Notices) -> None:
    await notices.bind("token", "digest", NOW)
    await notices.join_scan("scan", NOW, JOIN)
    found = await notices.newest(NOW - JOIN, None, 100)
    assert (found, found.unreadable) == ([], ())


async def test_a_list_of_notices_pages_without_a_gap(notices: Notices) -> None:
    for number in range(9):
        await notices.insert(an_entry(f"{number}", seconds=number // 2))
    await notices.insert(an_entry("old", seconds=-1))
    found, place = list[NoticeRecord](), None
    while True:
        page = await notices.newest(NOW, place, 2)
        found += page
        place = page.last
        if place is None:
            break

    assert found == await notices.newest(NOW, None, 100)
    assert [each.at for each in found] == sorted((each.at for each in found), reverse=True)
    assert len({each.id for each in found}) == 9


async def test_a_notice_that_comes_again_later_is_listed_once_and_at_its_first_time(
    notices: Notices,
) -> None:
    entry = an_entry()
    await notices.insert(entry)
    assert await notices.insert(replace(entry, at=NOW + timedelta(hours=1))) is None
    assert await notices.insert(entry) is None

    assert await notices.newest(NOW - JOIN, None, 100) == [entry]
    assert await notices.remove_older(NoticeRows.NOTICES, NOW + timedelta(days=1), 9) == 1
    assert await notices.newest(NOW - JOIN, None, 100) == []


async def test_notices_of_release_0_2_0_have_no_row_of_the_list_and_get_one(
    tables: Tables,
) -> None:
    notices = TableNotices(tables=tables)
    table = tables.table(TableName.NOTICES)
    old, new = an_entry("1", -60), an_entry("2")
    for entry in (old, new):
        await notices.insert(entry)
    for each in await table.partition("newest"):
        await table.remove(each.row.key)

    assert await notices.newest(NOW - timedelta(hours=1), None, 100) == [new, old]
    # The older release ran once more.
    await notices.insert(an_entry("3", 1))
    for each in await table.first_rows("PartitionKey eq @p", {"p": "newest"}, 1):
        await table.remove(each.row.key)
    later = NOW + timedelta(days=40)
    assert await notices.remove_older(NoticeRows.NOTICES, later, 10) == 3
    left = [each.row.key.row for each in await table.rows()]
    assert left == ["~indexed"]


async def test_a_row_of_the_list_without_its_notice_hides_none(tables: Tables) -> None:
    """The process ended between the two writes."""
    notices = TableNotices(tables=tables)
    first, lost = an_entry("1"), an_entry("2", 1)
    for entry in (first, lost):
        await notices.insert(entry)
    await tables.table(TableName.NOTICES).remove(Key(partition=lost.id[:2], row=lost.id))

    assert await notices.newest(NOW - JOIN, None, 1) == []
    page = await notices.newest(NOW - JOIN, None, 1)
    assert page.last is not None
    assert await notices.newest(NOW - JOIN, page.last, 1) == [first]
    assert await notices.insert(lost) is not None
    assert await notices.newest(NOW - JOIN, None, 9) == [lost, first]


@given(st.datetimes(timezones=st.just(UTC)), st.text(alphabet="0123456789abcdef", min_size=32))
def test_a_place_is_a_text_and_back(at: datetime, digits: str) -> None:
    place = NoticePlace(at, NoticeId(digits[:32]))
    assert notice_place(str(place)) == place


@given(st.text())
def test_no_text_breaks_the_reading_of_a_place(text: str) -> None:
    for each in (text, f"{text}~{'0' * 32}", f"0001-01-01T00:00:00+14:00~{'0' * 32}"):
        found = notice_place(each)
        assert found is None or found.at.tzinfo is not None
