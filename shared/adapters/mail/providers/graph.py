"""Microsoft Graph change notifications: they say that a mail came, and the mail is fetched.

Keeps no subscription alive.

Source: microsoft-graph-docs, change-notifications-delivery-webhooks.md. The handshake wants its
token back as plain text within 10 s. `clientState` alone authenticates a notification. The events
about the subscription itself come to the same address (change-notifications-lifecycle-events.md).
"""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from shared.adapters.mail.authentication_results import authentication_results
from shared.adapters.mail.graph.client import MAX_RESPONSE_BYTES, GraphClient
from shared.adapters.mail.headers import (
    has_one_author,
    listed_headers,
    value_of,
)
from shared.adapters.webhooks.shared_secrets import is_one_of, secrets_in
from shared.concurrency import map_concurrently
from shared.domain.notices.decoding import decodes
from shared.domain.notices.http import (
    Handshake,
    MailDelivery,
    Refusal,
    WebhookRequest,
    not_configured,
)
from shared.domain.notices.json_fields import Fields
from shared.domain.notices.mail.message import Mail, address_in
from shared.domain.notices.notice import Authentication, UnreadableNotice, digest_of
from shared.domain.notices.untrusted_json import as_dict, as_instant, as_text, read_json
from shared.errors import Unavailable
from shared.ports import Worker

#: of one call; Graph may batch, a mailbox for notices never needs as many
MOST_NOTIFICATIONS = 20

#: what is read before anything is proved: a notification has about a kilobyte
_LONGEST_BODY = 256 * 1024
_LONGEST_TOKEN = 2000
#: of a message, those that are read
FIELDS = (
    "from",
    "subject",
    "body",
    "receivedDateTime",
    "internetMessageId",
    "internetMessageHeaders",
)
_RESOURCE = re.compile(
    r"users/([^/?#]{1,200})(?:/mailfolders(?:/|\(')[^/?#]{1,300}(?:'\))?)?"
    r"/messages(?:/|\(')([^/?#']{1,600})(?:'\))?",
    re.IGNORECASE,
)
_OK, _GONE = 200, 404


class GraphMail:
    """Implements the port MailService.

    Sample::

        {"value": [{"subscriptionId": "<guid>", "clientState": "...", "changeType": "created",
                    "resource": "users/{id}/messages/{id}", "tenantId": "<guid>"}]}
    """

    def __init__(
        self, *, client_state: str, client: GraphClient, worker: Worker, authserv_id: str = ""
    ) -> None:
        self._worker = worker
        self._authserv_id = authserv_id
        self._client_states = secrets_in(client_state)
        self._client = client

    async def read_mails(self, request: WebhookRequest) -> MailDelivery | Handshake | Refusal:
        """The mails that came, and what Graph reports about the subscription.

        Unavailable where a mail cannot be had just now.
        """
        if not self._client_states:
            return not_configured("FORESTALL_MAIL_GRAPH_CLIENT_STATE", "mail from Microsoft Graph")
        if "validationToken" in request.query:
            return _handshake(request.query["validationToken"])
        if len(request.body) > _LONGEST_BODY:
            return Refusal(status=413, reason=f"Graph sends no more than {_LONGEST_BODY} bytes")
        items = _items(read_json(request.body))
        if not all(
            is_one_of(as_text(each.get("clientState"), 1000), self._client_states) for each in items
        ):
            return Refusal(
                status=401, reason="clientState is not that of FORESTALL_MAIL_GRAPH_CLIENT_STATE"
            )
        paths = dict.fromkeys(_path(each) for each in items if "lifecycleEvent" not in each)
        events = dict.fromkeys(
            as_text(each["lifecycleEvent"]) for each in items if "lifecycleEvent" in each
        )
        return MailDelivery(
            authentication=Authentication(method="graph-client-state", identity="Microsoft Graph"),
            mails=await self._mails(list(paths)),
            events=tuple(events),
        )

    async def _mails(self, paths: list[str]) -> tuple[Mail, ...]:
        found = await map_concurrently(self._fetch, paths)
        return tuple(each for each in found if each is not None)

    async def _fetch(self, path: str) -> Mail | None:
        """One mail; None if it is gone, an empty one if it is larger than any notice."""
        response = await self._client.request(
            "GET", f"/v1.0/{path}", params={"$select": ",".join(FIELDS)}
        )
        if response.status == _GONE:
            return None
        if response.status != _OK:
            why = f"Microsoft Graph answered {response.error_text}"
            raise Unavailable(f"{why}; the app's identity needs Mail.Read")
        try:
            mail = await self._worker.run(
                lambda: mail_in(response.fields(FIELDS), self._authserv_id)
            )
        except Unavailable as fault:
            if not response.raw.lstrip().startswith(b"{"):
                raise
            # A later call would give the same text, which an untrusted sender may have chosen.
            return Mail(
                provider="graph", message_id=digest_of(path.encode()), sender="", unread=f"{fault}"
            )
        return (
            replace(mail, unread=f"more than {MAX_RESPONSE_BYTES} bytes")
            if response.too_long
            else mail
        )


def _handshake(token: str) -> Handshake | Refusal:
    """The token is echoed as plain text that no browser takes for anything else."""
    if not token or len(token) > _LONGEST_TOKEN:
        return Refusal(status=400, reason="validationToken is empty or longer than any of Graph's")
    return Handshake(
        body=token,
        headers={"X-Content-Type-Options": "nosniff"},
        what="validated a Graph subscription",
    )


def _items(body: object) -> list[dict[str, Any]]:
    value = as_dict(body).get("value")
    if (
        not isinstance(value, list)
        or not value
        or not all(isinstance(each, dict) for each in value)
    ):
        raise UnreadableNotice("not a change notification of Microsoft Graph: no list `value`")
    if len(value) > MOST_NOTIFICATIONS:
        raise UnreadableNotice(
            f"{len(value)} notifications in one call; at most {MOST_NOTIFICATIONS} are read"
        )
    return value


def _path(item: dict[str, Any]) -> str:
    """The message's path, made again from its two ids: what is named may not lead anywhere else."""
    match = _RESOURCE.fullmatch(as_text(item.get("resource"), 1200).strip("/"))
    if match is None or {match[1], match[2]} & {".", ".."}:
        raise UnreadableNotice(
            "a notification's `resource` is no message: users/{id}/messages/{id}"
        )
    return f"users/{quote(match[1], safe='@')}/messages/{quote(match[2], safe='=')}"


@decodes("the mail")
def mail_in(message: Fields, authserv_id: str = "") -> Mail:
    """The mail in a message of Graph. Exchange Online's results count without an authserv-id."""
    headers, unread = listed_headers(message.value("internetMessageHeaders"), "name", "value")
    body = message.inner("body", ("contentType", "content"))
    text = body.text("content") or ""
    is_html = as_text(body.value("contentType")).lower() == "html"
    sender = (
        message.inner("from", ("emailAddress",)).inner("emailAddress", ("address",)).text("address")
        or ""
    )
    return Mail(
        provider="graph",
        message_id=as_text(message.value("internetMessageId"))
        or digest_of(text.encode(errors="replace")),
        sender=address_in(sender) if has_one_author(headers) else "",
        envelope_from=as_text(value_of(headers, "Return-Path")).strip("<>").lower(),
        subject=as_text(message.value("subject")),
        text="" if is_html else text,
        html=text if is_html else "",
        sent=as_instant(message.value("receivedDateTime")),
        auth_results=authentication_results(headers, authserv_id),
        unread=message.unread or body.unread or unread,
    )
