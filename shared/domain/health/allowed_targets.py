"""Where a health check may be sent.

Anyone who may tag a machine can write the URL of a tag: the app does not trust it, but checks it.

What is judged is the address that is connected to, after the host's name was resolved. Asks nobody.
The reasons: decision 0031.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from shared.domain.urls import shown

type IpAddress = IPv4Address | IPv6Address
type Network = IPv4Network | IPv6Network

# Narrower than RFC 3986: no user, no escapes and no brackets but those of an IPv6 address before
# the path, so that no two readers of it can disagree on its host.
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>\d{1,5}))?"
    r"(?:[/?][!-~]*)?"
)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_LONGEST_URL, _LONGEST_NAME, _HIGHEST_PORT = 2000, 253, 65535

#: what answers machines with their identity, wherever it lies
_METADATA: dict[IpAddress, str] = {
    ip_address("169.254.169.254"): "Azure's instance metadata service",
    ip_address("168.63.129.16"): "Azure's platform address",
    ip_address("fd00:ec2::254"): "an instance metadata service",
    ip_address("100.100.100.200"): "an instance metadata service",
    ip_address("192.0.0.192"): "an instance metadata service",
}
_THIS_NETWORK = ip_network("0.0.0.0/8")
#: IPv6 addresses that carry an IPv4 address which a gateway would connect to
_NAT64 = ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Host and port of a URL; the host in lower case, an IPv6 address without brackets."""

    host: str
    port: int


def read_target(url: str) -> Target | str:
    """Where a URL leads, or what is wrong with it."""
    match = _URL.fullmatch(url) if len(url) <= _LONGEST_URL else None
    if match is None or "#" in url or "\\" in url:
        return (
            f"{shown(url)!r} is no URL such as https://web-1.example.com:8443/health, "
            "without user or fragment"
        )
    host = match["host"].lower().strip("[]")
    port = int(match["port"] or (443 if match["scheme"] == "https" else 80))
    if not 0 < port <= _HIGHEST_PORT:
        return f"there is no port {port}"
    if _literal(host) is None and not _is_name(host):
        return f"{host!r} is no host"
    return Target(host=host, port=port)


def refusal_reason(
    target: Target,
    addresses: Sequence[str],
    *,
    allowed: Sequence[str],
    by_tag: bool,
    forbidden: Collection[str] = (),
    loopback: bool = False,
) -> str | None:
    """Why nothing is sent to a target that has these addresses; None if it may be.

    `never`: further hosts and addresses that are out of bounds; `loopback`: this machine itself is
    not, for tests.
    """
    found = [_address(each) for each in addresses]
    if not found:
        return f"{target.host} has no address"
    for address in found:
        reason = _forbidden_address_reason(address, loopback=loopback)
        if reason is None and {target.host, str(address)} & set(forbidden):
            reason = "the app's own identity endpoint"
        if reason is not None:
            return f"{target.host} is at {address}, which is never asked: {reason}"
    if by_tag and not _is_allowed(target.host, found, allowed):
        return (
            f"{target.host} is not among the hosts of health_check.allowed_targets, "
            "which tags may point to"
        )
    return None


def problem_of_entry(entry: str) -> str | None:
    """What is wrong with an entry of `health_check.allowed_targets`; None if nothing is."""
    try:
        if _network(entry) is not None:
            return None
    except ValueError as fault:
        return f"{entry!r}: {fault}"
    if _is_name(entry.removeprefix(".")) and entry == entry.lower():
        return None
    return f"{entry!r} is none of shop.example.com, .example.com or 10.1.0.0/16, in lower case"


def _is_allowed(host: str, addresses: Sequence[IpAddress], allowed: Sequence[str]) -> bool:
    networks = [each for each in map(_network, allowed) if each is not None]
    if all(any(address in network for network in networks) for address in addresses):
        return True
    if _literal(host) is not None:
        return False
    return any(host.endswith(each) if each.startswith(".") else host == each for each in allowed)


def _forbidden_address_reason(address: IpAddress, *, loopback: bool) -> str | None:
    if address in _METADATA:
        return _METADATA[address]
    carried = _embedded_ipv4(address)
    if carried is not None:
        return (
            _forbidden_address_reason(carried, loopback=loopback)
            or "an IPv4 address inside an IPv6 address"
        )
    if address.is_loopback:
        return None if loopback else "it is this app itself"
    if address.is_link_local:
        return "link-local addresses belong to the platform"
    if (
        address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or address in _THIS_NETWORK
    ):
        return "it is the address of no host"
    return None


def _embedded_ipv4(address: IpAddress) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for."""
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])


def _address(text: str) -> IpAddress:
    """Without the scope that a resolver may add to a link-local one."""
    return ip_address(text.partition("%")[0])


def _literal(host: str) -> IpAddress | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _network(entry: str) -> Network | None:
    """The range that an entry stands for; None for a name; ValueError for a range that is none."""
    if "/" not in entry and _literal(entry) is None:
        return None
    return ip_network(entry)


def _is_name(host: str) -> bool:
    """A DNS name. One that ends in a number is none.

    Resolvers read 127.1 and 2130706433 as addresses.
    """
    labels = host.split(".")
    numeric = labels[-1].isdigit() or labels[-1].startswith("0x")
    return len(host) <= _LONGEST_NAME and not numeric and all(map(_LABEL.fullmatch, labels))
