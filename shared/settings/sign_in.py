"""How people sign in, and the roles of a developer's machine.

Samples::

    FORESTALL_SIGN_IN=72f988bf-86f1-41af-91ab-2d7cd011db47,0b1f6471-1bf0-4dda-aec3-cb9272f09590
    FORESTALL_DEVELOPMENT_ROLES=Operator,Approver

The first is the tenant and the client id of the app registration. The deployment writes it together
with the platform's authentication, and never without.
"""

from typing import Final

from shared.domain.access.rights import rights_of
from shared.domain.access.sign_in import SignIn
from shared.domain.guid import read_guid
from shared.domain.urls import is_this_machine
from shared.settings.reading.reader import Reader

_DEVELOPMENT: Final = "FORESTALL_DEVELOPMENT_ROLES"


def read_sign_in(reader: Reader) -> SignIn:
    """How people sign in; nobody can without a setting.

    Roles of a developer are a problem wherever the platform runs, and wherever Azure is called.
    """
    tenant, client = reader.value("FORESTALL_SIGN_IN", _ids, ("", ""))
    # The platform sets it where its authentication is on. UNCONFIRMED(auth-enabled-variable)
    checked = reader.text("WEBSITE_AUTH_ENABLED").lower() == "true"
    roles = reader.values("FORESTALL_DEVELOPMENT_ROLES", _role)
    platform = [reader.is_set("WEBSITE_INSTANCE_ID"), reader.is_set("IDENTITY_ENDPOINT")]
    if roles and (any(platform) or not is_this_machine(reader.text("FORESTALL_ARM_ENDPOINT"))):
        reader.problem(
            _DEVELOPMENT,
            "it gives rights to every caller, so it is for the sandbox alone. Remove it here.",
        )
        roles = ()
    return SignIn(tenant=tenant, client=client, is_checked=checked, development_roles=roles)


def _ids(text: str) -> tuple[str, str]:
    parts = [each.strip() for each in text.split(",")]
    if len(parts) != len(("tenant", "client")):
        raise ValueError("it needs two ids, TENANT,CLIENT: of the tenant and the app registration.")
    return read_guid(parts[0]), read_guid(parts[1])


def _role(text: str) -> str:
    if not rights_of((text,)).read:
        raise ValueError(f"{text!r} is no role. Write Reader, Operator, Approver or Owner.GROUP.")
    return text
