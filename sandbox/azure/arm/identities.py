"""Who is calling: tokens that this simulator issues and recognises.

    App Service managed identity:
        GET /msi/token?api-version=2019-08-01&resource=...   X-IDENTITY-HEADER: secret
        -> {"access_token": "...", "client_id": "...", "expires_on": "1766000000",
            "resource": "...", "token_type": "Bearer"}

The tokens look like JWTs and protect nothing: their key is fixed, so that a token outlives a
restart of the simulator.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from fnmatch import fnmatchcase

import msgspec

from sandbox.azure.fleets.fleet import Identity

KEY = b"sandbox only: protects nothing"
LIFETIME = timedelta(hours=24)  # as managed identity tokens have


class InvalidToken(Enum):
    """Why a token names nobody."""

    INVALID = "invalid"
    EXPIRED = "expired"


class _Claims(msgspec.Struct):
    appid: str
    aud: str
    exp: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """A token and when it ends."""

    text: str
    expires: datetime


def issue(identity: Identity, resource: str, now: datetime) -> Token:
    """A token for one identity, good for a day."""
    expires = now + LIFETIME
    claims = _Claims(appid=identity.client_id, aud=resource, exp=int(expires.timestamp()))
    head = _encoded(msgspec.json.encode({"typ": "JWT", "alg": "HS256"}))
    signed = f"{head}.{_encoded(msgspec.json.encode(claims))}"
    return Token(text=f"{signed}.{_signature(signed)}", expires=expires)


def verify(text: str, identities: tuple[Identity, ...], now: datetime) -> Identity | InvalidToken:
    """The identity a token was issued to."""
    signed, _, signature = text.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signature(signed).encode()):
        return InvalidToken.INVALID
    claims = msgspec.json.decode(_decoded(signed.rpartition(".")[2]), type=_Claims)
    if claims.exp <= now.timestamp():
        return InvalidToken.EXPIRED
    return next((one for one in identities if one.client_id == claims.appid), InvalidToken.INVALID)


def may(identity: Identity, action: str) -> bool:
    """Whether the identity's actions cover this one.

    Wildcards and casing as in Azure's role definitions.
    """
    return any(fnmatchcase(action.lower(), allowed.lower()) for allowed in identity.actions)


def may_see(identity: Identity, subscription: str) -> bool:
    """Whether the identity's scope covers a subscription."""
    visible = identity.subscriptions
    return visible is None or subscription.lower() in (one.lower() for one in visible)


def _signature(text: str) -> str:
    return _encoded(hmac.digest(KEY, text.encode(), hashlib.sha256))


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
