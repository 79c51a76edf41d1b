"""Our own plain JSON form of a mail, for Logic Apps, Power Automate and others that post JSON.

The flow that posts it holds our secret, and says by `authenticated` whether its mailbox found the
sender authentic; or it hands over the mail's `authenticationResults` header for us to read. Without
either the mail is dropped.
"""

from typing import Any

from shared.adapters.mail.authentication_results import joined_results
from shared.adapters.mail.headers import within_limits
from shared.adapters.webhooks.shared_secrets import SharedSecret
from shared.domain.notices.decoding import decodes
from shared.domain.notices.http import MailDelivery, Refusal, WebhookRequest
from shared.domain.notices.json_fields import Fields, read_fields
from shared.domain.notices.mail.message import AuthResults, Mail, address_in
from shared.domain.notices.notice import UnreadableNotice, digest_of
from shared.domain.notices.untrusted_json import as_instant, as_text
from shared.ports import Worker

#: of the document, those that are read
FIELDS = (
    "from",
    "subject",
    "body",
    "receivedDateTime",
    "messageId",
    "authenticated",
    "authenticationResults",
)


class PlainJson:
    """Implements the port MailService.

    Sample::

        {"from": "Microsoft Azure <azure-noreply@microsoft.com>", "subject": "...",
         "body": "text or HTML", "receivedDateTime": "2026-11-23T12:00:00Z",
         "messageId": "<...>", "authenticated": true}
    """

    def __init__(self, *, secret: str, worker: Worker, authserv_id: str = "") -> None:
        self._worker = worker
        self._authserv_id = authserv_id
        self._secret = SharedSecret(
            secret=secret, setting="FORESTALL_MAIL_PLAIN_SECRET", what="mail as plain JSON"
        )

    async def read_mails(self, request: WebhookRequest) -> MailDelivery | Refusal:
        """One mail; UnreadableNotice, with what is missing, for a body that is none."""
        authentication = await self._secret.authenticate(request)
        if isinstance(authentication, Refusal):
            return authentication
        mail = await self._worker.run(
            lambda: mail_in(read_fields(request.body, FIELDS), request.body, self._authserv_id)
        )
        return MailDelivery(authentication=authentication, mails=(mail,))


def _results(value: Any) -> str:
    """The header as one text. A mail with several of them has a list, or a text with line ends."""
    if value is None or isinstance(value, str):
        return (value or "").strip()
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return "\n".join(each.strip() for each in value).strip()
    raise UnreadableNotice(
        "`authenticationResults` must be the text of the mail's header, or a list of such texts"
        " (docs/notices.md)"
    )


@decodes("the mail")
def mail_in(fields: Fields, raw: bytes, authserv_id: str = "") -> Mail:
    """The mail that a document holds.

    UnreadableNotice, with what is missing, where it holds none. With an authserv-id only results of
    that server count, in `authenticationResults`.
    """
    accepted = fields.scalar("authenticated")
    if accepted is not None and not isinstance(accepted, bool):
        raise UnreadableNotice(
            "`authenticated` must be the boolean true or false without quotes. Another value was"
            " sent (docs/notices.md)"
        )
    texts = {name: fields.text(name) for name in ("from", "subject", "body")}
    missing = [name for name, text in texts.items() if text is None]
    if missing and not fields.unread:
        raise UnreadableNotice(
            f"the mail lacks the text {', '.join(map(repr, missing))} (docs/notices.md)"
        )
    results = _results(fields.scalar_or_list("authenticationResults"))
    headers, unread = within_limits([("Authentication-Results", results)])
    content = texts["body"] or ""
    is_html = "<" in content and ">" in content
    return Mail(
        provider="plain",
        message_id=as_text(fields.scalar("messageId")) or digest_of(raw),
        sender=address_in(texts["from"] or ""),
        subject=as_text(texts["subject"]),
        text="" if is_html else content,
        html=content if is_html else "",
        sent=as_instant(fields.scalar("receivedDateTime")),
        auth_results=joined_results(results if headers else "", authserv_id)
        if results
        else AuthResults(accepted_by_service=accepted is True),
        unread=fields.unread or unread,
    )
