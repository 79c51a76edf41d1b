"""Headers of people and applications that signed in, as App Service passes them on."""

import base64
import json
from collections.abc import Iterable

from shared.domain.access.sign_in import SignIn

TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
CLIENT = "0b1f6471-1bf0-4dda-aec3-cb9272f09590"
ADA = "11111111-2222-4333-8444-555555555555"
BELIEVED = SignIn(tenant=TENANT, client=CLIENT, is_checked=True)


def claims(*roles: str, object_id: str = ADA, subject: str = "pairwise") -> list[tuple[str, str]]:
    """The claims of a token for this app."""
    return [
        ("aud", CLIENT),
        ("http://schemas.microsoft.com/identity/claims/tenantid", TENANT),
        ("http://schemas.microsoft.com/identity/claims/objectidentifier", object_id),
        ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier", subject),
        *(("roles", each) for each in roles),
    ]


def header(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The header with these claims, and the header that an act needs."""
    principal = {"auth_typ": "aad", "claims": [{"typ": t, "val": v} for t, v in pairs]}
    text = base64.b64encode(json.dumps(principal).encode()).decode()
    return {"X-MS-CLIENT-PRINCIPAL": text, "X-Forestall-Act": "1"}
