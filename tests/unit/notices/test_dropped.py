"""Mails that prove nothing: a few an hour are on record, the others are counted."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.adapters.memory import InlineWorker, MemoryNotices
from shared.adapters.webhooks.shared_secrets import FunctionKey
from shared.domain.notices.notice import Authentication, Notice, Source
from shared.domain.notices.record import NoticeRecord, Outcome
from shared.errors import InvalidCursor
from shared.ports import Version
from shared.usecases.notices.dropped import STORED_ONE_BY_ONE, drop
from shared.usecases.notices.inbox import Inbox
from shared.usecases.notices.trace import recent_notices
from shared.usecases.scan.watched_subscriptions import WatchedSubscriptions
from tests.support.app_harness import AppHarness

BY = Authentication(method="shared-secret", identity="mail")
MONTH = timedelta(days=30)


class CountedNotices(MemoryNotices):
    """The fake, with the rows that were made."""

    def __init__(self) -> None:
        super().__init__()
        self.inserted = 0

    async def insert(self, entry: NoticeRecord) -> Version | None:
        version = await super().insert(entry)
        self.inserted += version is not None
        return version


@pytest.fixture
def harness() -> AppHarness:
    return AppHarness(subscriptions=())


def inbox_of(harness: AppHarness, notices: MemoryNotices) -> Inbox:
    return Inbox(
        app=harness.app,
        notices=notices,
        watched=WatchedSubscriptions(app=harness.app),
        worker=InlineWorker(),
        service_health=FunctionKey(),
        event_grid=FunctionKey(),
        mail={},
        senders=(),
    )


@pytest.fixture
def notices() -> CountedNotices:
    return CountedNotices()


@pytest.fixture
def inbox(harness: AppHarness, notices: CountedNotices) -> Inbox:
    return inbox_of(harness, notices)


def mail(number: int) -> Notice:
    return Notice(source=Source.EMAIL, communication_id=f"<{number}@example.com>", title="x")


async def listed(inbox: Inbox) -> list[tuple[Outcome, int]]:
    page = await recent_notices(inbox, MONTH, at_most=1000)
    return sorted((each.outcome, each.count) for each in page.notices)


async def test_a_few_mails_are_on_record_one_by_one(inbox: Inbox) -> None:
    for number in range(STORED_ONE_BY_ONE):
        await drop(inbox, mail(number), BY, "nothing proves its sender")

    assert await listed(inbox) == [(Outcome.DROPPED, 1)] * STORED_ONE_BY_ONE


@pytest.mark.parametrize("mails", [6, 100, 1000])
async def test_more_mails_make_no_more_rows(
    inbox: Inbox, notices: CountedNotices, mails: int
) -> None:
    for number in range(mails):
        await drop(inbox, mail(number), BY, "nothing proves its sender")

    assert notices.inserted == STORED_ONE_BY_ONE + 1
    assert (Outcome.COUNTED, mails) in await listed(inbox)


async def test_each_hour_and_each_service_has_its_own_few(
    inbox: Inbox, notices: CountedNotices, harness: AppHarness
) -> None:
    for hour in range(3):
        for number in range(20):
            await drop(inbox, mail(1000 * hour + number), BY, "r")
            await drop(inbox, mail(-1 - 1000 * hour - number), replace(BY, method="sns"), "r")
        harness.clock.advance(timedelta(hours=1))

    assert notices.inserted == 3 * 2 * (STORED_ONE_BY_ONE + 1)


async def test_a_mail_that_comes_again_is_known_again_and_not_counted(inbox: Inbox) -> None:
    first = await drop(inbox, mail(1), BY, "r")
    again = await drop(inbox, mail(1), BY, "r")

    assert (first.repeated, again.repeated) == (False, True)
    assert await listed(inbox) == [(Outcome.DROPPED, 1)]


class Contended(CountedNotices):
    """Somebody else is always faster."""

    async def save(self, entry: NoticeRecord, version: Version) -> Version | None:
        await super().save(replace(entry, count=entry.count + 1), version)
        return None


async def test_where_many_count_together_a_mail_is_answered_and_makes_no_row(
    harness: AppHarness,
) -> None:
    notices = Contended()
    inbox = inbox_of(harness, notices)
    await drop(inbox, mail(1), BY, "r")
    receipt = await drop(inbox, mail(2), BY, "r")

    assert (receipt.entry.outcome, receipt.repeated) == (Outcome.DROPPED, False)
    assert notices.inserted == 2


@pytest.mark.parametrize("size", [1, 3, 7, 100])
async def test_the_list_pages_without_a_gap(
    inbox: Inbox, notices: CountedNotices, harness: AppHarness, size: int
) -> None:
    for number in range(20):
        notice = mail(number)
        await notices.insert(
            NoticeRecord(id=notice.id, at=harness.clock.now(), notice=notice, authentication=BY)
        )
        harness.clock.advance(timedelta(seconds=number % 2))  # two have one instant each
    found, after, pages = [], None, 0
    while True:
        page = await recent_notices(inbox, MONTH, at_most=size, after=after)
        found += [each.id for each in page.notices]
        after, pages = page.next, pages + 1
        if after is None:
            break

    whole = await recent_notices(inbox, MONTH, at_most=1000)
    assert found == [each.id for each in whole.notices]
    assert (len(found), pages) == (20, -(-20 // size))


@pytest.mark.parametrize("after", ["x", "2026-11-30~x", "2026-11-30T00:00:00~" + "0" * 32, "~"])
async def test_a_place_that_is_none_is_refused(inbox: Inbox, after: str) -> None:
    with pytest.raises(InvalidCursor, match="take `next` of the last answer"):
        await recent_notices(inbox, MONTH, at_most=5, after=after)
