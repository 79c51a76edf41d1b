"""Those who sign: keys for the tests, and what Entra, SendGrid, Mailgun and SNS would sign."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm

from shared.adapters.mail.sns.signatures import signed_text

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TENANT = "84bd8158-6d4d-4958-8b9f-9d6445542f95"
AUDIENCE = "api://forestall"
CALLER = "461e8683-5575-4561-ac7f-899cc907d62a"
AUTHORITY = "https://login.microsoftonline.com"


class Entra:
    """Signs tokens and shows its public keys; counts how often it was asked for them."""

    def __init__(self, authority: str = AUTHORITY) -> None:
        self.authority = authority
        self.key = rsa.generate_private_key(65537, 2048)
        self.key_id = "key-1"
        self.asked: list[str] = []

    def jwks(self) -> bytes:
        key = RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return json.dumps({"keys": [key | {"kid": self.key_id, "use": "sig"}]}).encode()

    async def fetch(self, url: str) -> bytes:
        self.asked.append(url)
        return self.jwks()

    def claims(self, now: datetime = NOW, **changes: Any) -> dict[str, Any]:
        claims = {
            "aud": AUDIENCE,
            "iss": f"{self.authority}/{TENANT}/v2.0",
            "nbf": int(now.timestamp()) - 60,
            "exp": int(now.timestamp()) + 3600,
            "azp": CALLER,
            "roles": ["ActionGroupsSecureWebhook"],
        } | changes
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, now: datetime = NOW, **changes: Any) -> str:
        return jwt.encode(
            self.claims(now, **changes), self.key, algorithm="RS256", headers={"kid": self.key_id}
        )


class SendGridAccount:
    """Signs parse webhooks."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        public = self._key.public_key().public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        )
        self.public_key = base64.b64encode(public).decode()

    def headers(self, body: bytes, now: datetime = NOW) -> dict[str, str]:
        stamp = str(int(now.timestamp()))
        signature = self._key.sign(stamp.encode() + body, ec.ECDSA(SHA256()))
        return {
            "x-twilio-email-event-webhook-signature": base64.b64encode(signature).decode(),
            "x-twilio-email-event-webhook-timestamp": stamp,
        }


def mailgun_signature(key: str, timestamp: str, token: str) -> str:
    return hmac.new(key.encode(), (timestamp + token).encode(), hashlib.sha256).hexdigest()


class Sns:
    """Signs messages with a certificate of its own, which it hands out at the URL that it names."""

    def __init__(self, *, valid: timedelta = timedelta(days=30)) -> None:
        self._key = rsa.generate_private_key(65537, 2048)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.amazonaws.com")])
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(1)
            .not_valid_before(NOW - timedelta(days=60))
            .not_valid_after(NOW - timedelta(days=30) + valid + timedelta(days=30))
            .sign(self._key, SHA256())
            .public_bytes(Encoding.PEM)
        )
        self.url = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem"
        self.asked: list[str] = []

    async def fetch(self, url: str) -> bytes:
        self.asked.append(url)
        return self.certificate

    def sign(
        self, message: dict[str, str], version: str = "2", now: datetime = NOW
    ) -> dict[str, str]:
        stamped = {**message, "Timestamp": now.isoformat().replace("+00:00", "Z")}
        stamped |= {"SignatureVersion": version, "SigningCertURL": self.url}
        algorithm = SHA1() if version == "1" else SHA256()  # noqa: S303 - version 1 of SNS
        signature = self._key.sign(signed_text(stamped).encode(), padding.PKCS1v15(), algorithm)
        return stamped | {"Signature": base64.b64encode(signature).decode()}
