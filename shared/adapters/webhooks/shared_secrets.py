"""The callers of a webhook.

Those who know a word, or those whom the Functions host has let in by its key.

Words are compared in constant time: how long a wrong one takes says nothing about the right one.
"""

import base64
import binascii
import hmac
from collections.abc import Iterable

from shared.domain.notices.http import Refusal, WebhookRequest, not_configured
from shared.domain.notices.notice import Authentication

SECRET_HEADER = "x-forestall-secret"  # noqa: S105 - the header's name
SECRET_PARAMETER = "secret"  # noqa: S105 - the parameter's name


def constant_time_equal(given: str, expected: str) -> bool:
    """Whether two texts are equal, in a time that depends on neither's content."""
    return hmac.compare_digest(given.encode(errors="replace"), expected.encode())


def secrets_in(text: str) -> tuple[str, ...]:
    """The secrets of a setting, one a line. While one is rotated there are two, and both count."""
    return tuple(each.strip() for each in text.split("\n") if each.strip())


def is_one_of(given: str, expected: Iterable[str]) -> bool:
    """Whether a text is one of these. Each comparison is made, so its time says nothing."""
    return sum(constant_time_equal(given, each) for each in expected) > 0


class FunctionKey:
    """Implements the port Authenticator.

    The host has checked the function's key before we are called (auth level FUNCTION).
    """

    async def authenticate(
        self,
        request: WebhookRequest,  # noqa: ARG002 - the port's signature
    ) -> Authentication | Refusal:
        """Always a proof: without a valid key the host answers 401."""
        return Authentication(method="function-key", identity="every caller with the function key")


class SharedSecret:
    """Implements the port Authenticator.

    The secret is in a header, or in the query for senders that can set no header.
    """

    def __init__(self, *, secret: str, setting: str, what: str) -> None:
        self._secrets = secrets_in(secret)
        self._setting = setting
        self._what = what

    async def authenticate(self, request: WebhookRequest) -> Authentication | Refusal:
        """401 without the right secret; 403 where none is set."""
        if not self._secrets:
            return not_configured(self._setting, self._what)
        given = request.header(SECRET_HEADER) or request.query.get(SECRET_PARAMETER, "")
        if not is_one_of(given, self._secrets):
            return Refusal(
                status=401,
                reason=(
                    f"the header {SECRET_HEADER} (or the query's {SECRET_PARAMETER!r}) "
                    f"is not the one of {self._setting}"
                ),
            )
        return Authentication(method="shared-secret", identity=self._what)


class BasicAuthentication:
    """Implements the port Authenticator.

    HTTP basic authentication, the one kind that a URL can carry.
    """

    def __init__(self, *, login: str, setting: str, what: str) -> None:
        self._logins = secrets_in(login)
        self._setting = setting
        self._what = what

    async def authenticate(self, request: WebhookRequest) -> Authentication | Refusal:
        """401 without the right user and password; 403 where none are set."""
        if not self._logins:
            return not_configured(self._setting, self._what)
        scheme, _, credentials = request.header("authorization").partition(" ")
        given = _decoded(credentials) if scheme.lower() == "basic" else ""
        if not is_one_of(given, self._logins):
            return Refusal(
                status=401,
                reason=f"user and password are not those of {self._setting} (basic authentication)",
            )
        return Authentication(method="basic-login", identity=self._what)


def _decoded(credentials: str) -> str:
    try:
        return base64.b64decode(credentials.strip(), validate=True).decode(errors="replace")
    except (binascii.Error, ValueError):
        return ""
