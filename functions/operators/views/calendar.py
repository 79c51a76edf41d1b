"""The secret addresses of the calendar as operators see them."""

from collections.abc import Iterable

from functions.views import Time, View
from shared.domain.outbox.calendar_feed import FeedAddress


class AddressView(View, frozen=True, kw_only=True):
    """One address. An empty `group` shows all groups."""

    name: str
    group: str
    by: str
    at: Time


class AddressList(View, frozen=True, kw_only=True):
    """All addresses, in order of name."""

    addresses: tuple[AddressView, ...]


class MadeAddress(View, frozen=True, kw_only=True):
    """A new address. `path` has its token, which is shown only here."""

    name: str
    group: str
    path: str


class Revoked(View, frozen=True, kw_only=True):
    """The address that does not work any more."""

    revoked: str


def address_list(found: Iterable[FeedAddress]) -> AddressList:
    """Addresses in the given order."""
    return AddressList(
        addresses=tuple(
            AddressView(name=each.name, group=each.group, by=each.by, at=each.at) for each in found
        )
    )


def made_address(made: FeedAddress, token: str) -> MadeAddress:
    """One new address with its token."""
    return MadeAddress(name=made.name, group=made.group, path=f"/api/v1/calendar.ics?token={token}")
