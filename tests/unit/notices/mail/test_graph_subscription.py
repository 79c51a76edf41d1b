"""The subscription that has mails reach us.

Which one is ours, when it is renewed, and that it is there again in time.
"""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.memory import MemoryMailSubscriptions, SettableClock
from shared.domain.notices.mail.graph_subscription import (
    LIFETIME,
    RENEW_BEFORE,
    MailSubscription,
    required_actions,
    resource_of,
)
from tests.unit.notices.signers import NOW

MAILBOX = "maintenance@contoso.com"
URL = "https://app.azurewebsites.net/api/notices/email/graph?code=KEY"
DAY = timedelta(days=1)


def subscription(
    name: str = "a", days: float = 6, url: str = URL, resource: str = "", now: datetime = NOW
) -> MailSubscription:
    return MailSubscription(
        id=name, resource=resource or resource_of(MAILBOX), url=url, expires=now + days * DAY
    )


def decision(*found: MailSubscription) -> tuple[str | None, bool, list[str]]:
    todo = required_actions(found, mailbox=MAILBOX, url=URL, now=NOW)
    return todo.keep.id if todo.keep else None, todo.renew, [each.id for each in todo.remove]


@pytest.mark.parametrize(
    ("found", "keep", "renew", "remove"),
    [
        ([], None, False, []),
        ([subscription()], "a", False, []),
        ([subscription(days=3.9)], "a", True, []),
        ([subscription(days=4)], "a", False, []),
        ([subscription(days=0)], None, False, ["a"]),
        # Two instances made one each: the one that lasts longer stays.
        ([subscription("a", 5), subscription("b", 6)], "b", False, ["a"]),
        ([subscription("b", 6), subscription("a", 6)], "b", False, ["a"]),
        # Others' webhooks and mailboxes are nobody's business here.
        (
            [subscription(url="https://other.azurewebsites.net/api/notices/email/graph?code=KEY")],
            None,
            False,
            [],
        ),
        ([subscription(url="https://app.azurewebsites.net/api/other?code=KEY")], None, False, []),
        ([subscription(resource=resource_of("ada@contoso.com"))], None, False, []),
        ([subscription(resource="users/x/drive/root")], None, False, []),
        # An old key is not valid any more.
        ([subscription(url=URL.replace("KEY", "OLD"))], None, False, ["a"]),
        (
            [subscription("a", 6, url=URL.replace("KEY", "OLD")), subscription("b", 2)],
            "b",
            True,
            ["a"],
        ),
        # Shown without its query it is accepted, and casing does not matter.
        ([subscription(url=URL.partition("?")[0])], "a", False, []),
        ([subscription(url=URL.replace("app.azure", "APP.Azure"))], "a", False, []),
        (
            [subscription(resource="/USERS/Maintenance@contoso.com/mailFolders('Inbox')/messages")],
            "a",
            False,
            [],
        ),
    ],
)
def test_what_is_to_be_done(
    found: list[MailSubscription],
    keep: str | None,
    renew: bool,
    remove: list[str],
) -> None:
    assert decision(*found) == (keep, renew, remove)


def test_a_renewed_one_is_left_alone_for_days_and_lasts_through_an_outage_of_days() -> None:
    assert timedelta(minutes=10_070) > LIFETIME
    assert timedelta(days=2) < LIFETIME - RENEW_BEFORE
    assert timedelta(days=3) < RENEW_BEFORE


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                [URL, URL.replace("KEY", "OLD"), "https://other.example/api/notices/email/graph"]
            ),
            st.floats(-1, 7),
        ),
        max_size=6,
    )
)
def test_what_is_kept_opens_the_door_and_nothing_of_others_is_removed(
    kinds: list[tuple[str, float]],
) -> None:
    found = [subscription(str(n), days, url) for n, (url, days) in enumerate(kinds)]
    todo = required_actions(found, mailbox=MAILBOX, url=URL, now=NOW)
    assert todo.keep is None or (todo.keep.url == URL and todo.keep.expires > NOW)
    assert todo.keep not in todo.remove
    assert all("other" not in each.url for each in todo.remove)
    ours = [each for each in found if "other" not in each.url]
    assert len(todo.remove) + (todo.keep is not None) == len(ours)


def test_the_key_is_not_shown() -> None:
    assert "KEY" not in repr(subscription())


async def test_the_fake_ends_what_is_not_renewed() -> None:
    clock = SettableClock(now=NOW)
    fake = MemoryMailSubscriptions(clock=clock, mailbox=MAILBOX, url=URL)
    made = await fake.create(NOW + DAY)
    assert replace(made, expires=NOW + DAY) == made
    clock.set(NOW + DAY)
    assert await fake.all() == []
