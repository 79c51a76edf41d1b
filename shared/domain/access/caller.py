"""A caller whom Entra proved, as the claims of a sign-in name it.

The platform checks the token and passes its claims on. Here each claim that counts is checked
again: of the expected tenant, for the expected application, and there once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from shared.domain.access.rights import Right, Rights, rights_of
from shared.domain.access.sign_in import SignIn
from shared.domain.guid import read_guid

_XML: Final = "http://schemas.microsoft.com/identity/claims/"
#: by claim: its names. The platform renames some claims of a cookie. UNCONFIRMED(sign-in-claims)
_OBJECT = ("oid", _XML + "objectidentifier")
_TENANT = ("tid", _XML + "tenantid")
_SUBJECT = ("sub", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier")
_ROLE = ("roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role")
_AUDIENCE, _KIND = ("aud",), ("idtyp",)

type Claims = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls. `name` is on the audit trail, so it has ids, and no name or address of a person.

    `is_person`: an application is none, and never approves.
    """

    name: str
    is_person: bool
    rights: Rights

    def may(self, right: Right) -> bool:
        """Whether the caller has the right; OWN without a look at the group."""
        return self.rights.has(right) and (self.is_person or right is not Right.APPROVE)


@dataclass(frozen=True, slots=True)
class NotProved:
    """Why a sign-in proves nothing. The text says what to do, and quotes no claim."""

    reason: str


#: how names of proved callers begin. No caller with a function key may call itself so
PROVED_PREFIXES: Final = ("person:", "application:", "development:")


def claims_to_be_proved(name: str) -> bool:
    """Whether a name that somebody typed looks like the name of a proved caller."""
    visible = "".join(each for each in name if each.isprintable() and not each.isspace())
    return visible.casefold().startswith(PROVED_PREFIXES)


def caller_of(claims: Claims, sign_in: SignIn) -> Caller | NotProved:
    """The caller of the claims that the platform passed on."""
    tenant, client = _one(claims, _TENANT), _one(claims, _AUDIENCE)
    if tenant is None or tenant.lower() != sign_in.tenant:
        return NotProved("the sign-in is not of this app's tenant; sign in there")
    if client is None or client.lower().removeprefix("api://") != sign_in.client:
        return NotProved("the sign-in is for another application; sign in to this app")
    found = _one(claims, _OBJECT)
    if found is None or not _is_guid(found):
        return NotProved("the sign-in has no object id; sign in with an account of the tenant")
    rights = rights_of(value for kind, value in claims if kind in _ROLE)
    is_person = _is_person(claims, found)
    name = f"{'person' if is_person else 'application'}:{tenant.lower()}/{found.lower()}"
    return Caller(name=name, is_person=is_person, rights=rights)


def development_caller(roles: Sequence[str]) -> Caller:
    """Who acts on a developer's machine: nobody is signed in there."""
    return Caller(name="development:local", is_person=True, rights=rights_of(roles))


def _is_person(claims: Claims, object_id: str) -> bool:
    """The subject of an application is its object id. A claim that is missing proves no person."""
    subject, kind = _one(claims, _SUBJECT), _one(claims, _KIND)
    is_other = subject is not None and subject.lower() != object_id.lower()
    return is_other and (kind is None or kind.lower() != "app")


def _is_guid(text: str) -> bool:
    try:
        read_guid(text)
    except ValueError:
        return False
    return True


def _one(claims: Claims, names: Sequence[str]) -> str | None:
    """The value of a claim; None where it is missing or has several values."""
    values = {value.strip() for kind, value in claims if kind in names}
    return next(iter(values)) or None if len(values) == 1 else None
