"""The signature of Standard Webhooks (HMAC-SHA256 over id, time and body).

Sample: `webhook-signature: v1,hANWF8z+tDVbSp2CL+5Uk/n9hG6YGGWlRAc1b7lKYN4=`
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping

_PREFIX = "whsec_"
#: bytes of a key, by the specification
_SHORTEST, _LONGEST = 24, 64


def read_key(secret: str) -> bytes:
    """The key of a secret such as `whsec_AQID...`: the bytes that the base64 stands for.

    A ValueError says what is wrong, without a part of the secret.
    """
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("it must be base64, as in whsec_...") from None
    if not _SHORTEST <= len(key) <= _LONGEST:
        raise ValueError(
            f"it stands for {len(key)} bytes. A key has {_SHORTEST} to {_LONGEST} bytes;"
            " `openssl rand -base64 32` makes one."
        )
    return key


def signed_headers(key: bytes, message_id: str, second: int, body: bytes) -> Mapping[str, str]:
    """The headers of one try. A later try has another second, and so another signature."""
    signed = f"{message_id}.{second}.".encode() + body
    code = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(second),
        "webhook-signature": f"v1,{code}",
    }
