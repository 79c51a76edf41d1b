"""The mailbox stays watched after everything that Graph ends, drops or declines.

Where mails may be missing, everything is scanned.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from shared.adapters.memory import (
    InlineWorker,
    MemoryMailSubscriptions,
    MemoryNotices,
    SettableClock,
)
from shared.adapters.webhooks.shared_secrets import FunctionKey
from shared.domain.messages import ScanRequest
from shared.domain.notices.mail.graph_subscription import LIFETIME, RENEW_BEFORE
from shared.domain.notices.notice import Authentication
from shared.domain.notices.record import Outcome
from shared.errors import Unavailable
from shared.usecases.notices.inbox import Inbox, WatchedMailbox
from shared.usecases.notices.renew_graph_subscription import (
    handle_lifecycle_events,
    renew_graph_subscription,
)
from shared.usecases.scan.watched_subscriptions import WatchedSubscriptions
from tests.support.app_harness import AppHarness
from tests.support.fleets import DAY, HOUR, MINUTE, START
from tests.unit.notices.mail.test_graph_subscription import MAILBOX, URL

GRAPH = Authentication(method="graph-client-state", identity="Microsoft Graph")
SUBSCRIPTIONS = ("00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxSetup:
    """An inbox whose mailbox is watched by a fake."""

    inbox: Inbox
    harness: AppHarness
    subscriptions: MemoryMailSubscriptions

    @property
    def clock(self) -> SettableClock:
        return self.harness.clock

    def scans(self) -> list[str]:
        requests = [each.message for each in self.harness.queues.scans]
        self.harness.queues.scans.clear()
        return sorted(each.subscription for each in requests if isinstance(each, ScanRequest))

    async def expiries(self) -> list[timedelta]:
        return sorted(each.expires - self.clock.now() for each in await self.subscriptions.all())


@pytest.fixture
def mailbox() -> MailboxSetup:
    harness = AppHarness(subscriptions=SUBSCRIPTIONS)
    subscriptions = MemoryMailSubscriptions(clock=harness.clock, mailbox=MAILBOX, url=URL)
    inbox = Inbox(
        app=harness.app_without_hook,
        notices=MemoryNotices(),
        worker=InlineWorker(),
        watched=WatchedSubscriptions(app=harness.app_without_hook),
        service_health=FunctionKey(),
        event_grid=FunctionKey(),
        mail={},
        senders=(),
        mailbox=WatchedMailbox(subscriptions=subscriptions, name=MAILBOX, url=URL),
    )
    return MailboxSetup(inbox=inbox, harness=harness, subscriptions=subscriptions)


async def test_where_none_is_there_one_is_made_and_everything_is_scanned_once(
    mailbox: MailboxSetup,
) -> None:
    for _ in range(3):
        await renew_graph_subscription(mailbox.inbox)

    assert await mailbox.expiries() == [LIFETIME]
    assert mailbox.scans() == list(SUBSCRIPTIONS)
    (entry,) = await mailbox.inbox.notices.newest(START, None, 100)
    assert (entry.outcome, entry.authentication.identity) == (Outcome.SCANNING, "forestall")
    assert entry.notice.title == "Mails may have been missed: the mailbox was not watched"


async def test_over_months_it_never_ends_and_costs_no_further_scan(
    mailbox: MailboxSetup, caplog: pytest.LogCaptureFixture
) -> None:
    await renew_graph_subscription(mailbox.inbox)
    mailbox.scans()
    caplog.set_level("INFO", logger="forestall")
    for _ in range(24 * 60):
        mailbox.clock.advance(HOUR)
        (left,) = await mailbox.expiries()
        assert left > RENEW_BEFORE - HOUR
        await renew_graph_subscription(mailbox.inbox)

    assert mailbox.scans() == []
    renewals = [each for each in caplog.messages if each.startswith("mailbox.subscription_renewed")]
    assert 60 / 3 <= len(renewals) <= 60 / 2


async def test_an_outage_of_days_is_told_and_costs_no_mail(
    mailbox: MailboxSetup, caplog: pytest.LogCaptureFixture
) -> None:
    await renew_graph_subscription(mailbox.inbox)
    mailbox.scans()
    mailbox.clock.advance(LIFETIME - RENEW_BEFORE + MINUTE)
    mailbox.subscriptions.outage = "Microsoft Graph gave no answer"
    for _ in range(3 * 24):
        mailbox.clock.advance(HOUR)
        await renew_graph_subscription(mailbox.inbox)
    assert any(
        "mailbox.subscription_failed" in each and MAILBOX in each for each in caplog.messages
    )

    mailbox.subscriptions.outage = None
    await renew_graph_subscription(mailbox.inbox)

    assert await mailbox.expiries() == [LIFETIME]
    assert mailbox.scans() == []


async def test_one_that_ended_in_an_outage_is_made_anew_and_the_gap_is_scanned_for(
    mailbox: MailboxSetup,
) -> None:
    await renew_graph_subscription(mailbox.inbox)
    mailbox.scans()
    mailbox.clock.advance(8 * DAY)

    await renew_graph_subscription(mailbox.inbox)

    assert await mailbox.expiries() == [LIFETIME]
    assert mailbox.scans() == list(SUBSCRIPTIONS)


async def test_what_two_instances_made_at_once_is_tidied_and_others_are_left_alone(
    mailbox: MailboxSetup,
) -> None:
    mailbox.subscriptions.add("ours-1", START + 5 * DAY)
    mailbox.subscriptions.add("ours-2", START + 6 * DAY)
    mailbox.subscriptions.add("old-key", START + 6 * DAY, url=URL.replace("KEY", "OLD"))
    mailbox.subscriptions.add("other-webhook", START + DAY, url="https://other.example/hook")
    mailbox.subscriptions.add(
        "other-mailbox", START + DAY, resource="users/ada@contoso.com/messages"
    )

    await renew_graph_subscription(mailbox.inbox)

    left = sorted(each.id for each in await mailbox.subscriptions.all())
    assert left == ["other-mailbox", "other-webhook", "ours-2"]
    assert mailbox.scans() == []


async def test_a_new_key_makes_a_new_one_before_the_old_one_goes(mailbox: MailboxSetup) -> None:
    mailbox.subscriptions.add("old-key", START + 6 * DAY, url=URL.replace("KEY", "OLD"))

    await renew_graph_subscription(mailbox.inbox)

    (made,) = await mailbox.subscriptions.all()
    assert (made.url, made.id) == (URL, "watch-1")
    assert mailbox.scans() == list(SUBSCRIPTIONS)


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
    mailbox: MailboxSetup,
    event: str,
    scanned: bool,
    is_there: bool,
) -> None:
    if is_there:
        mailbox.subscriptions.add("ours", START + 2 * DAY)

    receipts = await handle_lifecycle_events(mailbox.inbox, (event,), GRAPH)

    assert await mailbox.expiries() == [LIFETIME]
    assert mailbox.scans() == (list(SUBSCRIPTIONS) if scanned else [])
    assert [each.entry.authentication for each in receipts] == [GRAPH] * scanned


async def test_the_same_word_again_scans_once_an_hour_at_most(mailbox: MailboxSetup) -> None:
    mailbox.subscriptions.add("ours", START + 6 * DAY)
    for _ in range(5):
        await handle_lifecycle_events(mailbox.inbox, ("missed",), GRAPH)
        mailbox.clock.advance(MINUTE)
    assert mailbox.scans() == list(SUBSCRIPTIONS)

    mailbox.clock.advance(HOUR)
    await handle_lifecycle_events(mailbox.inbox, ("missed",), GRAPH)
    assert mailbox.scans() == list(SUBSCRIPTIONS)


async def test_a_word_that_cannot_be_followed_now_is_told_again(mailbox: MailboxSetup) -> None:
    mailbox.subscriptions.outage = "Microsoft Graph gave no answer"
    with pytest.raises(Unavailable):
        await handle_lifecycle_events(mailbox.inbox, ("subscriptionRemoved",), GRAPH)

    mailbox.subscriptions.outage = None
    await handle_lifecycle_events(mailbox.inbox, ("subscriptionRemoved",), GRAPH)

    assert await mailbox.expiries() == [LIFETIME]
    assert mailbox.scans() == list(SUBSCRIPTIONS)


async def test_without_a_mailbox_nothing_is_made_but_a_gap_is_scanned_for(
    mailbox: MailboxSetup, caplog: pytest.LogCaptureFixture
) -> None:
    inbox = replace(mailbox.inbox, mailbox=None)

    await renew_graph_subscription(inbox)
    assert caplog.messages == []
    await handle_lifecycle_events(inbox, ("subscriptionRemoved",), GRAPH)

    assert await mailbox.subscriptions.all() == []
    assert mailbox.scans() == list(SUBSCRIPTIONS)
    assert "mailbox.subscription_failed" in caplog.text
