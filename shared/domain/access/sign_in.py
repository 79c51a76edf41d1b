"""How people sign in to this app: through the platform, in development, or not at all."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """Both ids are in lower case; empty: nobody can sign in.

    `is_checked`: the platform says that it checks each sign-in. Only then its header is trusted.
    `development_roles`: the roles of every caller; not empty on a developer's machine alone.
    """

    tenant: str = ""
    client: str = ""
    is_checked: bool = False
    development_roles: tuple[str, ...] = ()

    @property
    def is_believed(self) -> bool:
        """Whether the header with the caller's claims is of the platform."""
        return bool(self.tenant and self.client and self.is_checked)
