"""The subscription by which Microsoft Graph reports mails.

Which one is ours, and what is to be done about it. Calls nothing.

Facts (microsoft-graph-docs): one on mails lives 10,070 minutes at most (subscription resource
type). A new expiry renews it, and after its expiry it is gone (subscription-update). Lifecycle
events `reauthorizationRequired`, `subscriptionRemoved` and `missed` come only where their address
was given when it was made (change-notifications-lifecycle-events).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from shared.domain.utc import require_aware

#: somewhat less than the most, as clocks differ
LIFETIME = timedelta(minutes=10_000)

#: renewed when less than this is left, so that an outage of days, or a weekend, costs no mail
RENEW_BEFORE = timedelta(days=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSubscription:
    """One subscription of Graph. `url` may hold a key."""

    id: str
    resource: str
    url: str = field(repr=False)
    expires: datetime

    def __post_init__(self) -> None:
        require_aware(expires=self.expires)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionActions:
    """What is to be done: keep one (and renew it), or make one.

    And remove those that are in its place.
    """

    keep: MailSubscription | None
    renew: bool
    remove: tuple[MailSubscription, ...]


def resource_of(mailbox: str) -> str:
    """The mails of a mailbox's inbox, as Graph names them."""
    return f"users/{mailbox}/mailFolders('inbox')/messages"


def required_actions(
    found: Iterable[MailSubscription], *, mailbox: str, url: str, now: datetime
) -> SubscriptionActions:
    """What the subscriptions that Graph knows ask for.

    Those of other mailboxes and other apps' webhooks are left alone.

    If there are several for our mailbox and webhook, the one that lasts longest stays. One whose
    address has another key than ours is replaced: Graph would be turned away with it. One
    that is shown without its query is accepted. UNCONFIRMED(graph-address-with-query): it is shown.
    """
    ours = [each for each in found if _is_ours(each, mailbox, url)]
    good = sorted(
        (each for each in ours if each.expires > now and _has_url(each, url)), key=_by_expiry
    )
    keep = good[-1] if good else None
    return SubscriptionActions(
        keep=keep,
        renew=keep is not None and keep.expires - now < RENEW_BEFORE,
        remove=tuple(each for each in ours if each is not keep),
    )


def _is_ours(subscription: MailSubscription, mailbox: str, url: str) -> bool:
    return _plain(subscription.resource) == _plain(resource_of(mailbox)) and _webhook_url(
        subscription.url
    ) == _webhook_url(url)


def _has_url(subscription: MailSubscription, url: str) -> bool:
    shown = urlsplit(subscription.url).query
    return not shown or shown == urlsplit(url).query


def _by_expiry(subscription: MailSubscription) -> tuple[datetime, str]:
    return (subscription.expires, subscription.id)


def _plain(resource: str) -> str:
    return resource.strip("/").lower()


def _webhook_url(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url)
    return (parts.scheme.lower(), parts.netloc.lower(), parts.path.rstrip("/").lower())
