"""Targets of messages, and addresses of the calendar."""

from forestall_cli.responses.response import Response


class TargetView(Response, frozen=True, kw_only=True):
    """One target of messages."""

    name: str
    kind: str
    events: tuple[str, ...]
    condition: str
    reason: str
    failing_since: str | None
    next_try: str | None
    accepted: str | None
    waiting: int
    given_up: int


class TargetList(Response, frozen=True, kw_only=True):
    """Targets."""

    targets: tuple[TargetView, ...]


class AddressView(Response, frozen=True, kw_only=True):
    """One secret address of the calendar."""

    name: str
    group: str
    by: str
    at: str


class AddressList(Response, frozen=True, kw_only=True):
    """Addresses."""

    addresses: tuple[AddressView, ...]


class MadeAddress(Response, frozen=True, kw_only=True):
    """A new address."""

    name: str
    group: str
    path: str


class Revoked(Response, frozen=True, kw_only=True):
    """The address that does not work any more."""

    revoked: str


class PreviewView(Response, frozen=True, kw_only=True):
    """A sample message."""

    target: str
    title: str
    body: str


class Tested(Response, frozen=True, kw_only=True):
    """The result of a test."""

    target: str
    result: str
    detail: str
