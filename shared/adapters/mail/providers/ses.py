"""Amazon SES over SNS: a signed envelope for each mail, from a topic of the settings.

Opens no S3 bucket: such mails have no content here.

Source: docs.aws.amazon.com/ses, "Contents of notifications for email receiving", and
docs.aws.amazon.com/sns, "Fan out to HTTP endpoints". A subscription is confirmed by fetching its
URL, and only for a topic that is in our settings.
"""

import base64
import binascii
from functools import partial
from typing import Any

from shared.adapters.mail.authentication_results import authentication_results
from shared.adapters.mail.headers import (
    Headers,
    has_one_author,
    listed_headers,
    signed_by,
    signers,
    value_of,
)
from shared.adapters.mail.mime.encoded_words import decoded
from shared.adapters.mail.mime.reading import Parts, read_mime
from shared.adapters.mail.sns.signatures import SnsSignatures, is_of_sns
from shared.adapters.mail.timestamps import refuse_old
from shared.adapters.webhooks.key_download import Fetch, fetch
from shared.domain.notices.decoding import decodes
from shared.domain.notices.http import (
    Handshake,
    MailDelivery,
    Refusal,
    WebhookRequest,
    not_configured,
)
from shared.domain.notices.mail.message import AuthResult, AuthResults, Mail, address_in
from shared.domain.notices.notice import Authentication, UnreadableNotice, digest_of
from shared.domain.notices.untrusted_json import as_dict, as_instant, as_list, as_text, read_json
from shared.ports import Clock, Worker

_RAW_DELIVERY = "x-amz-sns-rawdelivery"
_NOT_SIGNED = (
    "the message has no envelope of SNS, so nothing signs it: turn raw message delivery off for"
    " this subscription (docs/notices.md)"
)
#: of SNS: 256 KiB a message
_LONGEST_BODY = 600 * 1024
#: where SES sends the mail itself not along
_ABSENT = Parts(headers=[], subject="", text="", html="")


class SesOverSns:
    r"""Implements the port MailService.

    Sample of the envelope, shortened; `Message` is JSON again::

        {"Type": "Notification", "MessageId": "8f6d...",
         "TopicArn": "arn:aws:sns:us-east-1:111111111111:SES_Inbound",
         "Timestamp": "2018-03-30T17:21:52.000Z", "SignatureVersion": "1", "Signature": "...",
         "SigningCertURL": "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-....pem",
         "Message": "{\"notificationType\": \"Received\", \"mail\": {...},
         \"receipt\": {...}, \"content\": \"...\"}"}
    """

    def __init__(
        self,
        *,
        topics: tuple[str, ...],
        clock: Clock,
        worker: Worker,
        fetch: Fetch = fetch,
        authserv_id: str = "",
    ) -> None:
        self._topics = topics
        self._clock = clock
        self._worker = worker
        self._authserv_id = authserv_id
        self._fetch = fetch
        self._signatures = SnsSignatures(clock=clock, fetch=fetch)

    async def read_mails(self, request: WebhookRequest) -> MailDelivery | Handshake | Refusal:
        """One mail, or the confirmation of a subscription.

        UnreadableNotice for a body that is neither.
        """
        if not self._topics:
            return not_configured("FORESTALL_MAIL_SES_TOPICS", "mail from Amazon SES")
        if len(request.body) > _LONGEST_BODY:
            return Refusal(status=413, reason=f"SNS sends no more than {_LONGEST_BODY} bytes")
        if request.header(_RAW_DELIVERY).strip().lower() == "true":
            return Refusal(status=403, reason=_NOT_SIGNED)
        values = as_dict(await self._worker.run(partial(read_json, request.body))).items()
        envelope = {name: value for name, value in values if isinstance(value, str)}
        if "TopicArn" not in envelope:
            return Refusal(status=403, reason=_NOT_SIGNED)
        refusal = await self._refuse(envelope)
        if refusal is not None:
            return refusal
        kind = envelope.get("Type")
        if kind == "SubscriptionConfirmation":
            return await self._confirm(envelope)
        if kind != "Notification":
            return Handshake(what=f"SNS message of type {as_text(kind)}")
        message = await self._worker.run(partial(_object_in, envelope.get("Message", "")))
        if message is None:
            return Handshake(what=f"plain text of SNS: {as_text(envelope.get('Message'), 100)}")
        mails = await self._worker.run(partial(mails_in, envelope, self._authserv_id))
        return MailDelivery(
            authentication=Authentication(method="sns-signature", identity=envelope["TopicArn"]),
            mails=mails,
        )

    async def _refuse(self, envelope: dict[str, str]) -> Refusal | None:
        """The topic first: for a message of another topic nothing is fetched."""
        if envelope.get("TopicArn") not in self._topics:
            return Refusal(status=403, reason="the topic is not among FORESTALL_MAIL_SES_TOPICS")
        if not await self._signatures.hold(envelope):
            return Refusal(status=401, reason="the signature is not that of Amazon SNS")
        return refuse_old(as_instant(envelope.get("Timestamp")), self._clock.now())

    async def _confirm(self, envelope: dict[str, str]) -> Handshake | Refusal:
        url = envelope.get("SubscribeURL", "")
        if not is_of_sns(url, envelope["TopicArn"]):
            return Refusal(status=400, reason="SubscribeURL is not of SNS")
        await self._fetch(url)
        return Handshake(what=f"confirmed the subscription to {envelope['TopicArn']}")


def _object_in(text: str) -> dict[str, Any] | None:
    """The JSON object in a message; None for any other text, which SNS and people send too.

    What looks like a mail and cannot be read stays unreadable: nobody may hide one so.
    """
    try:
        found = read_json(text, "the field Message")
    except UnreadableNotice:
        if "notificationType" in text:
            raise
        return None
    return found if isinstance(found, dict) else None


@decodes("the mail")
def mails_in(envelope: dict[str, str], authserv_id: str = "") -> tuple[Mail, ...]:
    """The mail that a verified envelope holds; none for what is no received mail."""
    message = as_dict(read_json(envelope.get("Message", ""), "the field Message"))
    if message.get("notificationType") != "Received":
        return ()
    mail, receipt = as_dict(message.get("mail")), as_dict(message.get("receipt"))
    shared = as_dict(mail.get("commonHeaders"))
    parts = _parts(message.get("content"), as_text(as_dict(receipt.get("action")).get("encoding")))
    headers, unread = _listed(mail) if parts is _ABSENT else (parts.headers, parts.unread)
    authors = as_list(shared.get("from")) or [value_of(headers, "From")]
    author = authors[0] if len(authors) == 1 and has_one_author(headers) else ""
    sender = author if isinstance(author, str) else ""
    return (
        Mail(
            provider="ses",
            message_id=as_text(shared.get("messageId"))
            or value_of(headers, "Message-ID")
            or as_text(mail.get("messageId"))
            or digest_of(envelope.get("Message", "").encode(errors="replace")),
            sender=address_in(sender),
            envelope_from=as_text(mail.get("source")).lower(),
            subject=decoded(as_text(shared.get("subject"))) or parts.subject,
            text=parts.text,
            html=parts.html,
            sent=as_instant(mail.get("timestamp")),
            auth_results=authentication_results(headers, authserv_id)
            if authserv_id
            else _own_results(receipt, [*headers, *_listed(mail)[0]]),
            unread=unread,
        ),
    )  # fmt: skip


def _listed(mail: dict[str, Any]) -> tuple[Headers, str]:
    """The headers where the mail itself did not come; SES lists the first 10 KB of them."""
    headers, unread = listed_headers(mail.get("headers"), "name", "value")
    cut = mail.get("headersTruncated") is True
    return headers, unread or ("more headers than Amazon SES lists" if cut else "")


def _own_results(receipt: dict[str, Any], headers: Headers) -> AuthResults:
    """What SES found. It says that DKIM passed, not for which domain: one signer is no question."""

    def result(name: str) -> AuthResult:
        return AuthResult.of(as_text(as_dict(receipt.get(name)).get("status")))

    return AuthResults(
        spf=result("spfVerdict"),
        dmarc=result("dmarcVerdict"),
        dkim=signed_by(signers(headers), result("dkimVerdict")),
    )


def _parts(content: object, encoding: str) -> Parts:
    if not isinstance(content, str):
        return _ABSENT
    if encoding.upper() != "BASE64":
        return read_mime(content.encode(errors="replace"))
    try:
        return read_mime(base64.b64decode(content))
    except (binascii.Error, ValueError) as fault:
        raise UnreadableNotice(f"the mail's content is not base64: {fault}") from fault
