"""Tokens that Microsoft Entra signed, as an action group's secure webhook sends them.

Fetches nothing but public keys.

Facts: azure-monitor-docs action-groups.md (caller, role), identity-platform
access-token-claims-reference (v1 and v2: issuer, `appid` or `azp`). Every claim is checked here by
our own clock; PyJWT checks the signature and the audience.
"""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.adapters.webhooks.key_download import Fetch, fetch
from shared.domain.clouds import issuers_of
from shared.domain.notices.http import Refusal, WebhookRequest
from shared.domain.notices.notice import Authentication
from shared.errors import Unavailable
from shared.ports import Clock

if TYPE_CHECKING:
    import jwt

ROLE = "ActionGroupsSecureWebhook"

#: difference between Entra's clock and ours that is let pass
LEEWAY = timedelta(minutes=2)

#: Entra rolls its keys over every few weeks and without notice; a key that is not known is looked
#: for sooner
_KEY_MAX_AGE = timedelta(hours=12)
_UNKNOWN_KEY_INTERVAL = timedelta(minutes=1)
#: after a look that failed: callers in a row must not each wait for another one
_RETRY_AFTER_FAILURE = timedelta(seconds=10)

_LONGEST_TOKEN = 16 * 1024

#: so that the leeway can be added and taken away
_FIRST = datetime.min.replace(tzinfo=UTC) + timedelta(days=1)
_LAST = datetime.max.replace(tzinfo=UTC) - timedelta(days=1)


class EntraTokens:
    """Implements the port Authenticator. Keys are fetched at the first token and kept."""

    def __init__(
        self,
        *,
        tenant: str,
        audiences: tuple[str, ...],
        caller: str,
        authority: str,
        clock: Clock,
        fetch: Fetch = fetch,
    ) -> None:
        self._issuers = issuers_of(authority, tenant)
        self._keys_url = f"{authority}/{tenant}/discovery/v2.0/keys"
        self._audiences = audiences
        self._caller = caller
        self._clock = clock
        self._fetch = fetch
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched: datetime | None = None
        self._failed: datetime | None = None
        self._fetching = asyncio.Lock()

    async def authenticate(self, request: WebhookRequest) -> Authentication | Refusal:
        """401 for a token that proves nothing, 403 for one that proves somebody else.

        Unavailable without Entra's keys.
        """
        scheme, _, token = request.header("authorization").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return _refused("send a token of Microsoft Entra: Authorization: Bearer ...")
        if len(token) > _LONGEST_TOKEN:
            return _refused("the token is longer than any of Entra's")
        claims = await self._claims(token.strip())
        return claims if isinstance(claims, Refusal) else self._check_claims(claims)

    async def _claims(self, token: str) -> dict[str, Any] | Refusal:
        # Its cryptography is a tenth of a second of cold start, and timers need none.
        import jwt  # noqa: PLC0415

        try:
            header = jwt.get_unverified_header(token)
            key = await self._key(str(header.get("kid", "")))
            if key is None:
                return _refused("the token is signed with no key of this tenant")
            return jwt.decode(
                token,
                key,
                # Named here, never taken from the token: `none` and HMAC with a public key are old
                # tricks.
                algorithms=["RS256"],
                audience=self._audiences,
                options={
                    "require": ["exp", "iss", "aud"],
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except jwt.InvalidAudienceError:
            return _refused("the token is for another audience (FORESTALL_WEBHOOK_AUDIENCE)")
        except (jwt.PyJWTError, ValueError, RecursionError) as fault:
            return _refused(f"the token cannot be trusted: {fault}")

    def _check_claims(self, claims: dict[str, Any]) -> Authentication | Refusal:
        if claims.get("iss") not in self._issuers:
            return _refused("the token is from another issuer (FORESTALL_WEBHOOK_TENANT)")
        now = self._clock.now()
        begins, ends = _instant(claims.get("nbf", 0)), _instant(claims.get("exp"))
        if begins is None or ends is None:
            return _refused("the token's nbf or exp is no time")
        if not begins - LEEWAY <= now < ends + LEEWAY:
            return _refused("the token has expired, or is not valid yet")
        caller = str(claims.get("azp") or claims.get("appid") or "").lower()
        if caller != self._caller:
            return Refusal(
                status=403, reason="the token is another application's (FORESTALL_WEBHOOK_CALLER)"
            )
        roles = claims.get("roles")
        if not isinstance(roles, list) or ROLE not in roles:
            return Refusal(status=403, reason=f"the token lacks the application role {ROLE}")
        return Authentication(method="entra-token", identity=caller)

    async def _key(self, wanted: str) -> "jwt.PyJWK | None":
        """A key that is known is at hand without waiting.

        Nobody with tokens of made-up keys holds up a real one.
        """
        if not self._may_fetch_keys_for(wanted):
            return self._keys.get(wanted)
        async with self._fetching:
            if self._may_fetch_keys_for(wanted):
                await self._fetch_keys()
        return self._keys.get(wanted)

    def _may_fetch_keys_for(self, wanted: str) -> bool:
        age = _KEY_MAX_AGE if wanted in self._keys else _UNKNOWN_KEY_INTERVAL
        return self._fetched is None or self._clock.now() - self._fetched >= age

    async def _fetch_keys(self) -> None:
        if self._failed is not None and self._clock.now() - self._failed < _RETRY_AFTER_FAILURE:
            raise Unavailable("Entra's public keys could not be had a moment ago")
        try:
            self._keys = _read_keys(await self._fetch(self._keys_url))
        except Unavailable:
            self._failed = self._clock.now()
            raise
        self._fetched, self._failed = self._clock.now(), None


def _read_keys(document: bytes) -> "dict[str, jwt.PyJWK]":
    import jwt  # noqa: PLC0415 - as above

    try:
        keys = jwt.PyJWKSet.from_dict(json.loads(document))
    except (jwt.PyJWTError, ValueError, AttributeError, TypeError) as fault:
        raise Unavailable(f"Entra's public keys cannot be read: {fault}") from fault
    return {key.key_id: key for key in keys.keys if key.key_id and key.key_type == "RSA"}


def _instant(seconds: object) -> datetime | None:
    """The instant of a NumericDate (RFC 7519, section 2); None for anything that is none."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        instant = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return min(max(instant, _FIRST), _LAST)


def _refused(reason: str) -> Refusal:
    return Refusal(status=401, reason=reason)
