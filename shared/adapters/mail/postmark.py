"""Postmark inbound: a JSON document for each mail, with no signature.

The login in the URL is what there is.

Source: postmarkapp.com/developer/webhooks/inbound-webhook. 403 ends a delivery; all else that is
not 200 is tried again, ten times in all. What the server found stands in headers, which the sender
could have written too: the worst of them counts.
"""

from typing import Any

from shared.adapters.mail.headers import (
    Headers,
    has_one_author,
    listed_headers,
    sent_by,
    signed_by,
    signers,
    value_of,
    values_of,
    worst_of,
)
from shared.adapters.webhooks.shared_secrets import BasicAuthentication
from shared.domain.notices.decoding import decodes
from shared.domain.notices.http import MailDelivery, Refusal, WebhookRequest
from shared.domain.notices.mail.message import AuthResult, AuthResults, Mail, address_in
from shared.domain.notices.notice import digest_of
from shared.domain.notices.untrusted_json import as_dict, as_text, read_fields

#: of the document, those that are read
FIELDS = ("Headers", "FromFull", "From", "MessageID", "Subject", "TextBody", "HtmlBody")


class Postmark:
    """Implements the port MailService.

    Sample, shortened::

        {"From": "support@postmarkapp.com", "FromFull": {"Email": "support@postmarkapp.com"}, "Subject": "Test subject",
         "MessageID": "00000000-...", "Date": "Fri, 5 May 2023 17:44:33 -0400", "TextBody": "...", "HtmlBody": "...",
         "Headers": [{"Name": "Received-SPF", "Value": "Pass (sender SPF authorized) ... envelope-from=..."}], "Attachments": []}
    """

    def __init__(self, *, login: str) -> None:
        self._login = BasicAuthentication(
            login=login, setting="FORESTALL_MAIL_POSTMARK_LOGIN", what="mail from Postmark"
        )

    async def read_mails(self, request: WebhookRequest) -> MailDelivery | Refusal:
        """One mail; UnreadableNotice for a body that is no JSON."""
        authentication = await self._login.authenticate(request)
        if isinstance(authentication, Refusal):
            return authentication
        return MailDelivery(
            authentication=authentication,
            mails=(mail_in(read_fields(request.body, FIELDS), request.body),),
        )


@decodes("the mail")
def mail_in(body: dict[str, Any], raw: bytes) -> Mail:
    """The mail that a document holds; `raw` is its text, to know it by where it has no id."""
    headers, unread = listed_headers(body.get("Headers"), "Name", "Value")
    sender = _text(as_dict(body.get("FromFull")).get("Email")) or _text(body.get("From"))
    return Mail(
        provider="postmark",
        # Postmark's MessageID is of this delivery; the mail's own stands among the headers.
        message_id=as_text(value_of(headers, "Message-ID"))
        or as_text(body.get("MessageID"))
        or digest_of(raw),
        sender=address_in(sender) if has_one_author(headers) else "",
        envelope_from=as_text(value_of(headers, "Return-Path")).strip("<>").lower(),
        subject=as_text(body.get("Subject")),
        text=_text(body.get("TextBody")),
        html=_text(body.get("HtmlBody")),
        unread=unread,
        auth_results=AuthResults(
            spf=worst_of(headers, "Received-SPF"),
            spf_domain=sent_by(values_of(headers, "Received-SPF")),
            dkim=signed_by(signers(headers), _dkim(headers)),
        ),
    )


def _dkim(headers: Headers) -> AuthResult:
    """SpamAssassin's word: DKIM_VALID_AU is a valid signature of the author's own domain."""
    tests = values_of(headers, "X-Spam-Tests")
    return AuthResult.worst(
        AuthResult.PASS if "DKIM_VALID_AU" in each else AuthResult.FAIL for each in tests
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
