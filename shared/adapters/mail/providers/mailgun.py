"""Mailgun routes: a form for each mail, with a signature among its fields. Fetches nothing.

Source: documentation.mailgun.com, "Receive HTTP" and "Securing webhooks": HMAC-SHA256 over
timestamp and token. It covers nothing else of the form, so a token is good for one content only:
see `MailDelivery.token`. The form must be parsed before the signature can be looked at; that is
bounded, and decides nothing. 200 and 406 end a delivery, all else is tried again.
"""

import hashlib
import hmac
from functools import partial

from shared.adapters.mail.authentication_results import authentication_results
from shared.adapters.mail.forms import Form, read_form, text_field
from shared.adapters.mail.headers import (
    LONGEST_HEADERS,
    MOST_HEADERS,
    TOO_MANY_HEADERS,
    Headers,
    has_one_author,
    of_receiving_server,
    signed_by,
    signers,
    value_of,
    within_limits,
    worst_of,
)
from shared.adapters.mail.mime.encoded_words import decoded
from shared.adapters.mail.mime.reading import read_mime
from shared.adapters.mail.timestamps import from_seconds, refuse_old
from shared.adapters.webhooks.shared_secrets import is_one_of, secrets_in
from shared.domain.notices.decoding import decodes
from shared.domain.notices.http import MailDelivery, Refusal, WebhookRequest, not_configured
from shared.domain.notices.mail.message import AuthResults, Mail, address_in
from shared.domain.notices.notice import Authentication, UnreadableNotice, digest_of
from shared.domain.notices.untrusted_json import as_text, read_json
from shared.ports import Clock, Worker

#: of the field message-headers: JSON may write a character as six
_LONGEST_LIST = 6 * LONGEST_HEADERS


class Mailgun:
    """Implements the port MailService.

    Sample of the form's fields, shortened: sender, from, subject, body-plain, body-html, timestamp
    `1461261330`, token `06c96baf...` (50 characters), signature `3e24f71c...`, message-headers
    `[["X-Mailgun-Spf", "Pass"], ["From", "..."]]`. A route to a URL that ends in `mime` sends
    `body-mime` in place of the bodies.
    """

    def __init__(self, *, key: str, clock: Clock, worker: Worker, authserv_id: str = "") -> None:
        self._keys = secrets_in(key)
        self._clock = clock
        self._authserv_id = authserv_id
        self._worker = worker

    async def read_mails(self, request: WebhookRequest) -> MailDelivery | Refusal:
        """One mail, with the token that is bound to it."""
        if not self._keys:
            return not_configured("FORESTALL_MAIL_MAILGUN_KEY", "mail from Mailgun")
        return await self._worker.run(partial(self._read, request))

    def _read(self, request: WebhookRequest) -> MailDelivery | Refusal:
        form = read_form(request)
        if isinstance(form, Refusal):
            return form
        stamp, token = text_field(form, "timestamp"), text_field(form, "token")
        expected = [_signature(each, stamp + token) for each in self._keys]
        if not is_one_of(text_field(form, "signature"), expected):
            return Refusal(
                status=401, reason="the signature is not Mailgun's (FORESTALL_MAIL_MAILGUN_KEY)"
            )
        refusal = refuse_old(from_seconds(stamp), self._clock.now())
        if refusal is not None:
            return refusal
        return MailDelivery(
            authentication=Authentication(method="mailgun-signature", identity="Mailgun"),
            mails=(mail_in(form, self._authserv_id),),
            token=f"mailgun:{token}",
            digest=_digest(form),
        )


def _signature(key: str, signed: str) -> str:
    return hmac.new(key.encode(), signed.encode(errors="replace"), hashlib.sha256).hexdigest()


def _digest(form: Form) -> str:
    """The digest of every field, in the order of their names."""
    return digest_of(
        *(
            part
            for name in sorted(form)
            for part in (name.encode(errors="replace"), b"=", form[name], b"\n")
        )
    )


@decodes("the mail")
def mail_in(form: Form, authserv_id: str = "") -> Mail:
    """The mail that a form holds. With an authserv-id only that server's results count."""
    raw = form.get("body-mime")
    parts = read_mime(raw) if raw else None
    headers, unread = (parts.headers, parts.unread) if parts else _headers(form)
    return Mail(
        provider="mailgun",
        message_id=as_text(value_of(headers, "Message-Id")) or _digest(form),
        sender=address_in(text_field(form, "from") or value_of(headers, "From"))
        if has_one_author(headers)
        else "",
        envelope_from=text_field(form, "sender").strip().lower(),
        subject=text_field(form, "subject") or decoded(value_of(headers, "Subject")),
        text=text_field(form, "body-plain") or (parts.text if parts else ""),
        html=text_field(form, "body-html") or (parts.html if parts else ""),
        auth_results=authentication_results(headers, authserv_id)
        if authserv_id
        else _own_results(headers),
        unread=unread,
    )


def _own_results(headers: Headers) -> AuthResults:
    """What Mailgun found.

    UNCONFIRMED(mailgun-header-order): it writes this above the mail's own headers.
    """
    own = of_receiving_server(headers)
    return AuthResults(
        spf=worst_of(own, "X-Mailgun-Spf"),
        # Mailgun does not say which signature it means; with one signer there is no question.
        dkim=signed_by(signers(headers), worst_of(own, "X-Mailgun-Dkim-Check-Result")),
    )


def _headers(form: Form) -> tuple[Headers, str]:
    text = text_field(form, "message-headers", most=_LONGEST_LIST + 1)
    if len(text) > _LONGEST_LIST:
        return [], TOO_MANY_HEADERS
    try:
        pairs = read_json(text or "[]")
    except UnreadableNotice:
        return [], "a field message-headers that is not JSON"
    if not isinstance(pairs, list):
        return [], ""
    if len(pairs) > MOST_HEADERS:
        return [], TOO_MANY_HEADERS
    return within_limits(
        [
            (each[0], each[1])
            for each in pairs
            if isinstance(each, list)
            and len(each) == 2  # noqa: PLR2004
            and all(isinstance(part, str) for part in each)
        ]
    )
