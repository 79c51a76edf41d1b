"""SendGrid Inbound Parse: a form for each mail, signed with a key of the account. Fetches nothing.

Source: twilio.com/docs/sendgrid, "Inbound Parse" and "Securing your Parse webhooks". The page on
Parse does not name the signature's headers; those of the Event webhook are taken:
UNCONFIRMED(sendgrid-signature-headers). Parse does nothing with an answer below 500.
"""

import base64
import binascii
import hashlib
import re
from functools import partial
from itertools import islice

from shared.adapters.mail.authentication_results import authentication_results
from shared.adapters.mail.forms import Form, read_form, text_field
from shared.adapters.mail.headers import Headers, has_one_author, value_of
from shared.adapters.mail.mime.reading import read_mime
from shared.adapters.mail.timestamps import from_seconds, refuse_old
from shared.domain.notices.decoding import decodes
from shared.domain.notices.http import MailDelivery, Refusal, WebhookRequest, not_configured
from shared.domain.notices.mail.message import (
    LONGEST_TEXT,
    AuthResult,
    AuthResults,
    Mail,
    address_in,
)
from shared.domain.notices.notice import Authentication, UnreadableNotice, digest_of
from shared.domain.notices.untrusted_json import as_dict, as_text, read_json
from shared.ports import Clock, Worker

SIGNATURE = "x-twilio-email-event-webhook-signature"
TIMESTAMP = "x-twilio-email-event-webhook-timestamp"

#: of the field dkim
MOST_SIGNATURES = 100
#: of the fields envelope and charsets
_LONGEST_OBJECT = 64 * 1024

_DKIM = re.compile(r"@([a-z0-9.-]{1,253})\s{0,3}:\s{0,3}([a-z]{1,12})", re.IGNORECASE)


class SendGrid:
    """Implements the port MailService.

    Sample, shortened: a multipart form with the fields from, to, subject, text, html, headers, dkim
    `{@sendgrid.com : pass}`, SPF `pass`, envelope
    `{"to":["in@example.com"],"from":"test@example.com"}`, charsets `{"text":"UTF-8"}`. In raw mode
    one field `email` holds the raw mail, in place of headers, text and html.
    """

    def __init__(self, *, key: str, clock: Clock, worker: Worker, authserv_id: str = "") -> None:
        self._key = key
        self._clock = clock
        self._authserv_id = authserv_id
        self._worker = worker

    async def read_mails(self, request: WebhookRequest) -> MailDelivery | Refusal:
        """One mail. The signature is checked over the body as it came, before any of it is read."""
        if not self._key:
            return not_configured("FORESTALL_MAIL_SENDGRID_KEY", "mail from SendGrid")
        return await self._worker.run(partial(self._read, request))

    def _read(self, request: WebhookRequest) -> MailDelivery | Refusal:
        stamp = request.header(TIMESTAMP)
        signed = (stamp.encode(errors="replace"), request.body)
        if not is_signed(*signed, public_key=self._key, signature=request.header(SIGNATURE)):
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
            mails=(mail_in(form, self._authserv_id),),
        )


def is_signed(*content: bytes, public_key: str, signature: str) -> bool:
    """Whether an ECDSA signature over SHA-256 of these bytes is that of the key.

    Key and signature are DER in base64.
    """
    # A tenth of a second of cold start that only webhooks with signatures need.
    # See above.
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec, utils  # noqa: PLC0415 - see above
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - see above

    # See above.
    from cryptography.hazmat.primitives.serialization import load_der_public_key  # noqa: PLC0415

    try:
        key = load_der_public_key(base64.b64decode(public_key))
        if not isinstance(key, ec.EllipticCurvePublicKey):
            return False
        # Hashed piece by piece: the body is not copied, and the event loop runs meanwhile.
        digest = hashlib.sha256()
        for each in content:
            digest.update(each)
        key.verify(
            base64.b64decode(signature, validate=True),
            digest.digest(),
            ec.ECDSA(utils.Prehashed(SHA256())),
        )
    except (InvalidSignature, UnsupportedAlgorithm, binascii.Error, ValueError):
        return False
    return True


@decodes("the mail")
def mail_in(form: Form, authserv_id: str = "") -> Mail:
    """The mail that a form holds. With an authserv-id only that server's results count."""
    charsets = _object(text_field(form, "charsets"))

    def text(name: str) -> str:
        return text_field(form, name, as_text(charsets.get(name)) or "utf-8")

    parts = read_mime(form.get("email") or form.get("headers", b""))
    envelope = _object(text("envelope"))
    signatures = list(islice(_DKIM.finditer(text("dkim")), MOST_SIGNATURES + 1))
    return Mail(
        provider="sendgrid",
        message_id=_message_id(parts.headers, form),
        sender=address_in(text("from")) if has_one_author(parts.headers) else "",
        envelope_from=as_text(envelope.get("from")).lower(),
        subject=text("subject") or parts.subject,
        text=text("text") or parts.text,
        html=text("html") or parts.html,
        auth_results=authentication_results(parts.headers, authserv_id)
        if authserv_id
        else AuthResults(
            spf=AuthResult.of(text("SPF")),
            dkim=tuple((found[1].lower(), AuthResult.of(found[2])) for found in signatures),
        ),
        unread=parts.unread or _limit_of_results(form.get("dkim", b""), len(signatures)),
    )


def _limit_of_results(field: bytes, count: int) -> str:
    """Which limit the results of DKIM pass; empty: none.

    A result that is not read could take back another.
    """
    if len(field) > LONGEST_TEXT:
        return f"a field dkim of more than {LONGEST_TEXT} bytes"
    return (
        f"more than {MOST_SIGNATURES} results in the field dkim" if count > MOST_SIGNATURES else ""
    )


def _message_id(headers: Headers, form: Form) -> str:
    return as_text(value_of(headers, "Message-ID")) or digest_of(*form.values())


def _object(text: str) -> dict[str, object]:
    if len(text) > _LONGEST_OBJECT:
        return {}
    try:
        return as_dict(read_json(text or "{}"))
    except UnreadableNotice:
        return {}
