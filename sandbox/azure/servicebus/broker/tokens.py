"""Access: which token may send and listen.

Without keys every token may do both; there are no rights per entity.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from urllib.parse import unquote

from sandbox.azure.servicebus.broker.errors import bad_token


class Claim(Enum):
    """What a shared access policy allows."""

    SEND = "Send"
    LISTEN = "Listen"


EVERYTHING = frozenset(Claim)

_SAS_PREFIX = "SharedAccessSignature "


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A shared access policy: its key and what it allows."""

    key: str
    claims: frozenset[Claim] = EVERYTHING


def claims_of(token: str, policies: Mapping[str, Policy] | None, now: float) -> frozenset[Claim]:
    """What the bearer may do.

    Raises BrokerError for a SAS token that is forged, expired or of an unknown policy.

    SharedAccessSignature
    sr=sb%3a%2f%2f127.0.0.1%3a5672%2fscans&sig=h6...%3d&se=1790000000&skn=RootManageSharedAccessKey

    Tokens of Microsoft Entra are not checked. The SDK announces SAS tokens as "jwt" too, so only
    the prefix tells.
    """
    if policies is None or not token.startswith(_SAS_PREFIX):
        return EVERYTHING
    fields = dict(part.partition("=")[::2] for part in token.removeprefix(_SAS_PREFIX).split("&"))
    policy = policies.get(unquote(fields.get("skn", "")))
    if policy is None:
        raise bad_token("there is no such policy")
    if not hmac.compare_digest(_signature(policy.key, fields), unquote(fields.get("sig", ""))):
        raise bad_token("the signature does not fit")
    if not fields["se"].isdecimal() or int(fields["se"]) < now:
        raise bad_token("it has expired")
    return policy.claims


def _signature(key: str, fields: Mapping[str, str]) -> str:
    signed = f"{fields.get('sr', '')}\n{fields.get('se', '')}".encode()  # sr stays url-encoded
    return base64.b64encode(hmac.new(key.encode(), signed, hashlib.sha256).digest()).decode()
