"""The mailbox stays watched, whatever Graph ends, forgets or declines; where mails may be missing, everything is scanned."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from shared.adapters.memory import MemoryMailWatches, MemoryNotices, SettableClock
from shared.adapters.webhooks.shared_secrets import FunctionKey
from shared.domain.messages import ScanRequest
from shared.domain.notices.mail.graph_subscription import LIFETIME, RENEW_BEFORE
from shared.domain.notices.notice import Proof
from shared.domain.notices.record import Outcome
from shared.errors import Unavailable
from shared.usecases.notices.inbox import Inbox, Mailbox
from shared.usecases.notices.renew_graph_subscription import heed_events, keep_mailbox
from shared.usecases.scan.watched_subscriptions import Watched
from tests.support.fleets import DAY, HOUR, MINUTE, START
from tests.support.house import House
from tests.unit.notices.mail.test_graph_subscription import MAILBOX, URL

GRAPH = Proof(method="graph-client-state", who="Microsoft Graph")
SUBSCRIPTIONS = ("00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002")


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """An inbox whose mailbox is watched by a twin."""

    inbox: Inbox
    house: House
    watches: MemoryMailWatches

    @property
    def clock(self) -> SettableClock:
        return self.house.clock

    def scans(self) -> list[str]:
        requests = [each.message for each in self.house.queues.scans]
        self.house.queues.scans.clear()
        return sorted(each.subscription for each in requests if isinstance(each, ScanRequest))

    async def expiries(self) -> list[timedelta]:
        return sorted(each.expires - self.clock.now() for each in await self.watches.all())


@pytest.fixture
def post() -> Post:
    house = House(subscriptions=SUBSCRIPTIONS)
    watches = MemoryMailWatches(clock=house.clock, mailbox=MAILBOX, url=URL)
    inbox = Inbox(
        app=house.plain,
        notices=MemoryNotices(),
        watched=Watched(app=house.plain),
        service_health=FunctionKey(),
        event_grid=FunctionKey(),
        mail={},
        senders=(),
        mailbox=Mailbox(watches=watches, name=MAILBOX, url=URL),
    )
    return Post(inbox=inbox, house=house, watches=watches)


async def test_where_none_is_there_one_is_made_and_everything_is_scanned_once(post: Post) -> None:
    for _ in range(3):
        await keep_mailbox(post.inbox)

    assert await post.expiries() == [LIFETIME]
    assert post.scans() == list(SUBSCRIPTIONS)
    (entry,) = await post.inbox.notices.since(START)
    assert (entry.outcome, entry.proof.who) == (Outcome.SCANNING, "forestall")
    assert entry.notice.title == "Mails may have been missed: the mailbox was not watched"


async def test_over_months_it_never_ends_and_costs_no_further_scan(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    await keep_mailbox(post.inbox)
    post.scans()
    caplog.set_level("INFO", logger="forestall")
    for _ in range(24 * 60):
        post.clock.advance(HOUR)
        (left,) = await post.expiries()
        assert left > RENEW_BEFORE - HOUR
        await keep_mailbox(post.inbox)

    assert post.scans() == []
    renewals = [each for each in caplog.messages if each.startswith("mailbox.renewed")]
    assert 60 / 3 <= len(renewals) <= 60 / 2


async def test_an_outage_of_days_is_told_and_costs_no_mail(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    await keep_mailbox(post.inbox)
    post.scans()
    post.clock.advance(LIFETIME - RENEW_BEFORE + MINUTE)
    post.watches.outage = "Microsoft Graph gave no answer"
    for _ in range(3 * 24):
        post.clock.advance(HOUR)
        await keep_mailbox(post.inbox)
    assert any("mailbox.unwatched" in each and MAILBOX in each for each in caplog.messages)

    post.watches.outage = None
    await keep_mailbox(post.inbox)

    assert await post.expiries() == [LIFETIME]
    assert post.scans() == []


async def test_one_that_ended_in_an_outage_is_made_anew_and_the_gap_is_scanned_for(post: Post) -> None:
    await keep_mailbox(post.inbox)
    post.scans()
    post.clock.advance(8 * DAY)

    await keep_mailbox(post.inbox)

    assert await post.expiries() == [LIFETIME]
    assert post.scans() == list(SUBSCRIPTIONS)


async def test_what_two_instances_made_at_once_is_tidied_and_others_are_left_alone(post: Post) -> None:
    post.watches.add("ours-1", START + 5 * DAY)
    post.watches.add("ours-2", START + 6 * DAY)
    post.watches.add("old-key", START + 6 * DAY, url=URL.replace("KEY", "OLD"))
    post.watches.add("other-door", START + DAY, url="https://other.example/hook")
    post.watches.add("other-mailbox", START + DAY, resource="users/ada@contoso.com/messages")

    await keep_mailbox(post.inbox)

    left = sorted(each.id for each in await post.watches.all())
    assert left == ["other-door", "other-mailbox", "ours-2"]
    assert post.scans() == []


async def test_a_new_key_makes_a_new_one_before_the_old_one_goes(post: Post) -> None:
    post.watches.add("old-key", START + 6 * DAY, url=URL.replace("KEY", "OLD"))

    await keep_mailbox(post.inbox)

    (made,) = await post.watches.all()
    assert (made.url, made.id) == (URL, "watch-1")
    assert post.scans() == list(SUBSCRIPTIONS)


@pytest.mark.parametrize(
    ("event", "scanned"),
    [
        ("reauthorizationRequired", False),
        ("subscriptionRemoved", True),
        ("missed", True),
        ("somethingNew", False),
    ],
)
@pytest.mark.parametrize("is_there", [True, False])
async def test_every_word_of_graph_keeps_the_mailbox_and_a_gap_is_scanned_for(
    post: Post,
    event: str,
    scanned: bool,  # noqa: FBT001 - a table
    is_there: bool,  # noqa: FBT001 - a table
) -> None:
    if is_there:
        post.watches.add("ours", START + 2 * DAY)

    receipts = await heed_events(post.inbox, (event,), GRAPH)

    assert await post.expiries() == [LIFETIME]
    assert post.scans() == (list(SUBSCRIPTIONS) if scanned else [])
    assert [each.entry.proof for each in receipts] == [GRAPH] * scanned


async def test_the_same_word_again_scans_once_an_hour_at_most(post: Post) -> None:
    post.watches.add("ours", START + 6 * DAY)
    for _ in range(5):
        await heed_events(post.inbox, ("missed",), GRAPH)
        post.clock.advance(MINUTE)
    assert post.scans() == list(SUBSCRIPTIONS)

    post.clock.advance(HOUR)
    await heed_events(post.inbox, ("missed",), GRAPH)
    assert post.scans() == list(SUBSCRIPTIONS)


async def test_a_word_that_cannot_be_followed_now_is_told_again(post: Post) -> None:
    post.watches.outage = "Microsoft Graph gave no answer"
    with pytest.raises(Unavailable):
        await heed_events(post.inbox, ("subscriptionRemoved",), GRAPH)

    post.watches.outage = None
    await heed_events(post.inbox, ("subscriptionRemoved",), GRAPH)

    assert await post.expiries() == [LIFETIME]
    assert post.scans() == list(SUBSCRIPTIONS)


async def test_without_a_mailbox_nothing_is_made_but_a_gap_is_scanned_for(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    inbox = replace(post.inbox, mailbox=None)

    await keep_mailbox(inbox)
    assert caplog.messages == []
    await heed_events(inbox, ("subscriptionRemoved",), GRAPH)

    assert await post.watches.all() == []
    assert post.scans() == list(SUBSCRIPTIONS)
    assert "mailbox.unwatched" in caplog.text
