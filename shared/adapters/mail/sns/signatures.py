"""Whether Amazon SNS signed a message: which of its fields are signed, and with which certificate.

Reads no mail.

Source: docs.aws.amazon.com/sns, "Verifying the signatures of Amazon SNS messages". The certificate
comes from an https host of SNS and from nowhere else: anyone who could name another host could
sign for SNS.
"""

import base64
import binascii
import re
from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from shared.adapters.webhooks.key_download import Fetch
from shared.errors import Unavailable
from shared.ports import Clock

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.x509 import Certificate

#: The beginning of a region and the end of a host, by partition (aws-partitions of the AWS SDKs).
_PARTITIONS = {
    "aws": ("[a-z]{2}", "amazonaws.com"),
    "aws-cn": ("cn", "amazonaws.com.cn"),
    "aws-us-gov": ("us-gov", "amazonaws.com"),
    "aws-iso": ("us-iso", "c2s.ic.gov"),
    "aws-iso-b": ("us-isob", "sc2s.sgov.gov"),
    "aws-iso-e": ("eu-isoe", "cloud.adc-e.uk"),
    "aws-iso-f": ("us-isof", "csp.hci.ic.gov"),
    "aws-eusc": ("eusc", "amazonaws.eu"),
}
#: A region and nothing else: `sns.s3-us-west-2.amazonaws.com` would be the storage of the owner of
#: a bucket named sns.
_HOSTS = {
    partition: re.compile(rf"sns\.{region}(?:-[a-z]{{2,12}}){{1,2}}-[0-9]{{1,2}}\.{re.escape(end)}")
    for partition, (region, end) in _PARTITIONS.items()
}
_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_MOST_KEPT = 16


class SnsSignatures:
    """Verifies messages; certificates are fetched once for each URL and kept."""

    def __init__(self, *, clock: Clock, fetch: Fetch) -> None:
        self._clock = clock
        self._fetch = fetch
        self._certificates: OrderedDict[str, Certificate] = OrderedDict()

    async def hold(self, message: Mapping[str, str]) -> bool:
        """Whether the signature is SNS's.

        Unavailable where its certificate cannot be had just now.
        """
        # Only webhooks with signatures need it.
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415

        # Only webhooks with signatures need it, too.
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415
        from cryptography.hazmat.primitives.hashes import SHA1, SHA256  # noqa: PLC0415 - as above

        # Version 1 is SHA-1, by AWS's choice; topics may be set to version 2.
        algorithms = {"1": SHA1(), "2": SHA256()}  # noqa: S303 - AWS's choice
        algorithm = algorithms.get(message.get("SignatureVersion", ""))
        url = message.get("SigningCertURL", "")
        if (
            algorithm is None
            or not is_of_sns(url, message.get("TopicArn", ""))
            or not urlsplit(url).path.endswith(".pem")
        ):
            return False
        key = await self._key(url)
        if key is None:
            return False
        try:
            signature = base64.b64decode(message.get("Signature", ""), validate=True)
            key.verify(
                signature, signed_text(message).encode(errors="replace"), PKCS1v15(), algorithm
            )
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True

    async def _key(self, url: str) -> "RSAPublicKey | None":
        # Only webhooks with signatures need it.
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey  # noqa: PLC0415

        certificate = self._certificates.get(url) or await self._certificate(url)
        now = self._clock.now()
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            return None
        key = certificate.public_key()
        return key if isinstance(key, RSAPublicKey) else None

    async def _certificate(self, url: str) -> "Certificate":
        from cryptography.x509 import load_pem_x509_certificate  # noqa: PLC0415 - as above

        content = await self._fetch(url)
        try:
            certificate = load_pem_x509_certificate(content)
        except ValueError as fault:
            raise Unavailable(f"the certificate of SNS cannot be read: {fault}") from fault
        self._certificates[url] = certificate
        while len(self._certificates) > _MOST_KEPT:
            self._certificates.popitem(last=False)
        return certificate


def is_of_sns(url: str, topic: str) -> bool:
    """Whether a URL is https, of a host of SNS in the partition of a topic, and no other."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    host = _HOSTS.get(topic.split(":")[1] if topic.count(":") > 1 else "")
    plain = parts.scheme == "https" and "@" not in parts.netloc and port in (None, 443)
    return plain and host is not None and host.fullmatch(parts.hostname or "") is not None


def signed_text(message: Mapping[str, str]) -> str:
    """The fields that SNS signs, each name and value on a line of its own, in order of name.

    Absent ones left out.
    """
    names = _NOTIFICATION if message.get("Type") == "Notification" else _CONFIRMATION
    return "".join(f"{name}\n{message[name]}\n" for name in names if name in message)
