"""SendGrid Inbound Parse: a form for each mail, signed with a key of the account. Fetches nothing.

Source: twilio.com/docs/sendgrid, "Inbound Parse" and "Securing your Parse webhooks". The page on
Parse does not name the signature's headers; those of the Event webhook are taken (UNCONFIRMED).
Parse does nothing with an answer below 500.
"""

import base64
import binascii
import re

from shared.adapters.mail.forms import Form, read_form, text_field
from shared.adapters.mail.headers import LONGEST_HEADERS, Headers, has_one_author, value_of
from shared.adapters.mail.mime.reading import read_mime
from shared.adapters.mail.timestamps import from_seconds, refuse_old
from shared.domain.notices.decoding import decodes
from shared.domain.notices.http import MailDelivery, Refusal, WebhookRequest, not_configured
from shared.domain.notices.mail.message import AuthResult, AuthResults, Mail, address_in
from shared.domain.notices.notice import Authentication, UnreadableNotice, digest_of
from shared.domain.notices.untrusted_json import as_dict, as_text, read_json
from shared.ports import Clock

SIGNATURE = "x-twilio-email-event-webhook-signature"
TIMESTAMP = "x-twilio-email-event-webhook-timestamp"

#: of the fields envelope and charsets
_LONGEST_OBJECT = 64 * 1024

_DKIM = re.compile(r"@([a-z0-9.-]{1,253})\s{0,3}:\s{0,3}([a-z]{1,12})", re.IGNORECASE)


class SendGrid:
    """Implements the port MailService.

    Sample, shortened: a multipart form with the fields from, to, subject, text, html, headers, dkim
    `{@sendgrid.com : pass}`, SPF `pass`, envelope
    `{"to":["in@example.com"],"from":"test@example.com"}`, charsets `{"text":"UTF-8"}`; or with one
    field `email` that holds the raw mail, in place of headers, text and html.
    """

    def __init__(self, *, key: str, clock: Clock) -> None:
        self._key = key
        self._clock = clock

    async def read_mails(self, request: WebhookRequest) -> MailDelivery | Refusal:
        """One mail. The signature is checked over the body as it came, before any of it is read."""
        if not self._key:
            return not_configured("FORESTALL_MAIL_SENDGRID_KEY", "mail from SendGrid")
        stamp = request.header(TIMESTAMP)
        if not is_signed(
            public_key=self._key,
            signature=request.header(SIGNATURE),
            content=stamp.encode() + request.body,
        ):
            return Refusal(
                status=401, reason="the signature is not SendGrid's (FORESTALL_MAIL_SENDGRID_KEY)"
            )
        refusal = refuse_old(from_seconds(stamp), self._clock.now())
        if refusal is not None:
            return refusal
        form = read_form(request)
        if isinstance(form, Refusal):
            return form
        return MailDelivery(
            authentication=Authentication(method="sendgrid-signature", identity="SendGrid"),
            mails=(mail_in(form),),
        )


def is_signed(*, public_key: str, signature: str, content: bytes) -> bool:
    """Whether an ECDSA signature over SHA-256, both as base64 of DER, is that of the key."""
    # A tenth of a second of cold start that only webhooks with signatures need.
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm  # noqa: PLC0415 - see above
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - see above
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - see above
    from cryptography.hazmat.primitives.serialization import load_der_public_key  # noqa: PLC0415 - see above

    try:
        key = load_der_public_key(base64.b64decode(public_key))
        if not isinstance(key, ec.EllipticCurvePublicKey):
            return False
        key.verify(base64.b64decode(signature, validate=True), content, ec.ECDSA(SHA256()))
    except (InvalidSignature, UnsupportedAlgorithm, binascii.Error, ValueError):
        return False
    return True


@decodes("the mail")
def mail_in(form: Form) -> Mail:
    """The mail that a form holds."""
    charsets = _object(text_field(form, "charsets"))

    def text(name: str) -> str:
        return text_field(form, name, as_text(charsets.get(name)) or "utf-8")

    parts = read_mime(form["email"] if "email" in form else form.get("headers", b"") + b"\r\n\r\n")
    envelope = _object(text("envelope"))
    signatures = text("dkim")
    too_long = len(signatures) > LONGEST_HEADERS
    return Mail(
        provider="sendgrid",
        message_id=_message_id(parts.headers, form),
        sender=address_in(text("from")) if has_one_author(parts.headers) else "",
        envelope_from=as_text(envelope.get("from")).lower(),
        subject=text("subject") or parts.subject,
        text=text("text") or parts.text,
        html=text("html") or parts.html,
        auth_results=AuthResults(
            spf=AuthResult.of(text("SPF")),
            dkim=tuple(
                (domain.lower(), AuthResult.of(word))
                for domain, word in _DKIM.findall(signatures[:LONGEST_HEADERS])
            ),
        ),
        unread=parts.unread
        or (f"a field dkim of more than {LONGEST_HEADERS} characters" if too_long else ""),
    )


def _message_id(headers: Headers, form: Form) -> str:
    return as_text(value_of(headers, "Message-ID")) or digest_of(b"\n".join(form.values()))


def _object(text: str) -> dict[str, object]:
    if len(text) > _LONGEST_OBJECT:
        return {}
    try:
        return as_dict(read_json(text or "{}"))
    except UnreadableNotice:
        return {}
