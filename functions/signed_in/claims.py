"""The header in which the platform passes the claims of a sign-in on.

Sample of the header, decoded::

    {"auth_typ": "aad", "name_typ": "...", "role_typ": "...",
     "claims": [{"typ": "roles", "val": "Reader"}, {"typ": "tid", "val": "72f988bf-..."}]}

Source: "Work with user identities in Azure App Service authentication" of Azure's documentation.
"""

import base64
import binascii
from typing import Final

import azure.functions as func
import msgspec

from shared.domain.access.caller import Claims

HEADER: Final = "X-MS-CLIENT-PRINCIPAL"
#: characters of the header; a token has at most 200 groups, and fewer roles
_LONGEST: Final = 64 * 1024
_ENTRA: Final = "aad"


class _Claim(msgspec.Struct, frozen=True):
    typ: str
    val: str


class _Principal(msgspec.Struct, frozen=True):
    auth_typ: str
    claims: list[_Claim]


def claims_of(request: func.HttpRequest) -> Claims | None:
    """The claims; None where there is no such header, or it is of no sign-in by Entra.

    Whether it is trusted is not decided here.
    """
    text = request.headers.get(HEADER, "")
    if not 0 < len(text) <= _LONGEST:
        return None
    try:
        raw = base64.b64decode(text, validate=True)
        found = msgspec.json.decode(raw, type=_Principal)
    except (binascii.Error, ValueError, RecursionError):
        return None
    if found.auth_typ != _ENTRA:
        return None
    return [(each.typ, each.val) for each in found.claims]
