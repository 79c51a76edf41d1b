"""The mail subscriptions of Microsoft Graph, made, renewed and removed with the app's identity.

Decides nothing.

Source: microsoft-graph-docs, subscription-list, -post-subscriptions, -update, -delete; permission
`Mail.Read` of the mailbox.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from shared.adapters.mail.graph.client import GraphClient, GraphResponse
from shared.domain.notices.mail.graph_subscription import MailSubscription, resource_of
from shared.domain.notices.untrusted_json import as_dict, as_instant, as_text
from shared.errors import Unavailable

_PATH = "/v1.0/subscriptions"
_OK, _CREATED, _NO_CONTENT, _NOT_FOUND = 200, 201, 204, 404
#: of an app that watches one mailbox; what is more belongs to others that share its identity
_MOST_PAGES = 20


class GraphMailSubscriptions:
    """Implements the port MailSubscriptions.

    Sample of a subscription, shortened::

        {"id": "7f105c7d-...", "resource": "users/{id}/mailFolders('inbox')/messages",
         "changeType": "created", "notificationUrl": "https://...",
         "expirationDateTime": "2016-11-22T18:23:45.9356913Z"}
    """

    def __init__(self, *, client: GraphClient, mailbox: str, url: str, client_state: str) -> None:
        self._client = client
        self._mailbox = mailbox
        self._url = url
        self._client_state = client_state

    async def all(self) -> Sequence[MailSubscription]:
        """Every subscription of our identity, page by page; complete, or Unavailable."""
        found: list[MailSubscription] = []
        path = _PATH
        for _ in range(_MOST_PAGES):
            response = await self._client.request("GET", path)
            if response.status != _OK or response.too_long:
                raise _refused("to list subscriptions", response)
            listed = response.body.get("value")
            found += [
                subscription
                for each in _items(listed)
                if (subscription := _watch(each)) is not None
            ]
            following = response.body.get("@odata.nextLink")
            if not following:
                return found
            path = self._path_of(as_text(following, 4000))
        raise Unavailable(f"Microsoft Graph lists more than {_MOST_PAGES} pages of subscriptions")

    async def create(self, until: datetime) -> MailSubscription:
        """Have Graph tell our webhook of new mails.

        It calls the webhook for a handshake before it answers.
        """
        content = {
            "changeType": "created",
            "notificationUrl": self._url,
            "lifecycleNotificationUrl": self._url,
            "resource": resource_of(self._mailbox),
            "expirationDateTime": _text(until),
            "clientState": self._client_state,
            "latestSupportedTlsVersion": "v1_2",
        }
        response = await self._client.request("POST", _PATH, content=content)
        made = _watch(response.body) if response.status == _CREATED else None
        if made is None:
            raise _refused("to watch the mailbox", response)
        return made

    async def renew(self, subscription: str, until: datetime) -> bool:
        """Let it live longer; False if Graph does not know it any more."""
        content = {"expirationDateTime": _text(until)}
        response = await self._client.request(
            "PATCH", f"{_PATH}/{quote(subscription, safe='')}", content=content
        )
        if response.status not in (_OK, _NOT_FOUND):
            raise _refused("to renew the subscription", response)
        return response.status == _OK

    async def remove(self, subscription: str) -> None:
        """End it; no matter if it has ended."""
        response = await self._client.request("DELETE", f"{_PATH}/{quote(subscription, safe='')}")
        if response.status not in (_OK, _NO_CONTENT, _NOT_FOUND):
            raise _refused("to remove a subscription", response)

    def _path_of(self, url: str) -> str:
        """The rest of a page's URL.

        Only Graph's own is followed, as the request carries a token.
        """
        start = f"{self._client.endpoint}/"
        if not url.startswith(start):
            raise Unavailable("Microsoft Graph's next page is on another host, and is not fetched")
        return url.removeprefix(self._client.endpoint)


def _items(value: object) -> list[dict[str, Any]]:
    return [as_dict(each) for each in value] if isinstance(value, list) else []


def _watch(item: Any) -> MailSubscription | None:
    """One that has an id and an end; others are nobody's to keep."""
    expires, name = as_instant(item.get("expirationDateTime")), as_text(item.get("id"))
    if expires is None or not name:
        return None
    return MailSubscription(
        id=name,
        resource=as_text(item.get("resource"), 2000),
        url=as_text(item.get("notificationUrl"), 4000),
        expires=expires,
    )


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _refused(what: str, response: GraphResponse) -> Unavailable:
    return Unavailable(
        f"Microsoft Graph declines {what}: {response.error_text}; the app's identity needs "
        "Mail.Read of the mailbox, and Graph must reach the address in FORESTALL_MAIL_GRAPH_URL"
    )
