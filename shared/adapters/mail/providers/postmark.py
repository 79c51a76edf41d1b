"""Postmark inbound: a JSON document for each mail, with no signature.

The login in the URL is what there is.

Source: postmarkapp.com/developer/webhooks/inbound-webhook. 403 ends a delivery. Any other
status than 200 makes Postmark try again, ten times. The results of the server are in headers, which
the sender could have written too: the worst of them counts.
"""

import re

from shared.adapters.mail.authentication_results import authentication_results
from shared.adapters.mail.headers import (
    Headers,
    has_one_author,
    listed_headers,
    of_receiving_server,
    sent_by,
    value_of,
    values_of,
    worst_of,
)
from shared.adapters.webhooks.shared_secrets import BasicAuthentication
from shared.domain.notices.decoding import decodes
from shared.domain.notices.http import MailDelivery, Refusal, WebhookRequest
from shared.domain.notices.json_fields import Fields, read_fields
from shared.domain.notices.mail.message import AuthResult, AuthResults, Mail, address_in
from shared.domain.notices.notice import digest_of
from shared.domain.notices.untrusted_json import as_text
from shared.ports import Worker

#: of the document, those that are read
FIELDS = ("Headers", "FromFull", "From", "MessageID", "Subject", "TextBody", "HtmlBody")


class Postmark:
    """Implements the port MailService.

    Sample, shortened::

        {"From": "support@postmarkapp.com", "FromFull": {"Email": "support@postmarkapp.com"},
         "Subject": "Test subject", "MessageID": "00000000-...", "TextBody": "...",
         "HtmlBody": "...", "Headers": [{"Name": "Received-SPF",
         "Value": "Pass (sender SPF authorized) ... envelope-from=..."}], "Attachments": []}
    """

    def __init__(self, *, login: str, worker: Worker, authserv_id: str = "") -> None:
        self._worker = worker
        self._authserv_id = authserv_id
        self._login = BasicAuthentication(
            login=login, setting="FORESTALL_MAIL_POSTMARK_LOGIN", what="mail from Postmark"
        )

    async def read_mails(self, request: WebhookRequest) -> MailDelivery | Refusal:
        """One mail; UnreadableNotice for a body that is no JSON."""
        authentication = await self._login.authenticate(request)
        if isinstance(authentication, Refusal):
            return authentication
        mail = await self._worker.run(
            lambda: mail_in(read_fields(request.body, FIELDS), request.body, self._authserv_id)
        )
        return MailDelivery(authentication=authentication, mails=(mail,))


@decodes("the mail")
def mail_in(fields: Fields, raw: bytes, authserv_id: str = "") -> Mail:
    """The mail that a document holds; `raw` is its text, to know it by where it has no id.

    With an authserv-id only that server's results count, in place of Postmark's.
    """
    headers, unread = listed_headers(fields.value("Headers"), "Name", "Value")
    sender = fields.inner("FromFull", ("Email",)).text("Email") or fields.text("From") or ""
    return Mail(
        provider="postmark",
        # Postmark's MessageID is of this delivery; the mail's own id is among the headers.
        message_id=as_text(value_of(headers, "Message-ID"))
        or as_text(fields.value("MessageID"))
        or digest_of(raw),
        sender=address_in(sender) if has_one_author(headers) else "",
        envelope_from=as_text(value_of(headers, "Return-Path")).strip("<>").lower(),
        subject=as_text(fields.value("Subject")),
        text=fields.text("TextBody") or "",
        html=fields.text("HtmlBody") or "",
        unread=fields.unread or unread,
        auth_results=authentication_results(headers, authserv_id)
        if authserv_id
        else _own_results(headers, address_in(sender)),
    )


def _own_results(headers: Headers, author: str) -> AuthResults:
    """What Postmark found: SPF by its own check, and the tests of SpamAssassin.

    `DKIM_VALID_AU` is a valid signature of the author's own domain, beside any other signature.
    """
    own = of_receiving_server(headers)
    tests = [set(re.split(r"[\s,]+", each.upper())) for each in values_of(own, "X-Spam-Tests")]
    spf = worst_of(own, "Received-SPF")
    if tests and not all("SPF_PASS" in each for each in tests if _judges_spf(each)):
        spf = AuthResult.worst([spf, AuthResult.FAIL])
    signed = bool(tests) and all("DKIM_VALID_AU" in each for each in tests)
    return AuthResults(
        spf=spf,
        spf_domain=sent_by(values_of(own, "Received-SPF")),
        dkim=((author.rpartition("@")[2], AuthResult.PASS),) if signed and author else (),
    )


def _judges_spf(tests: set[str]) -> bool:
    return any(each.startswith("SPF_") and "HELO" not in each for each in tests)
