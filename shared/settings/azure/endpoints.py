"""Addresses of Azure to which the app sends its tokens: those of the clouds of Azure, and no other.

A simulator on this machine is the one exception. It gets tokens for itself alone.
"""

from collections.abc import Callable, Sequence

from shared.domain.clouds import RESOURCE_MANAGERS, cloud_of, host_of
from shared.domain.urls import PUBLIC_CLOUD, Endpoint, is_this_machine
from shared.settings.reading.reader import Reader


def read_resource_manager(reader: Reader) -> tuple[Endpoint, str]:
    """The endpoint of Resource Manager, and the audience of tokens for it."""
    endpoint = reader.value(
        "FORESTALL_ARM_ENDPOINT",
        one_of_clouds(RESOURCE_MANAGERS, "Azure Resource Manager"),
        PUBLIC_CLOUD,
    )
    audience = reader.value("FORESTALL_ARM_AUDIENCE", _audience, endpoint.url)
    if reader.is_set("FORESTALL_ARM_AUDIENCE") and not _fits(endpoint, audience):
        cloud = cloud_of(endpoint.url)
        hosts = cloud.audiences if cloud else ()
        known = " or ".join(f"https://{host}" for host in hosts) or endpoint.url
        reader.problem(
            "FORESTALL_ARM_AUDIENCE",
            f"{audience!r} is no audience of {endpoint.url}. Write {known}, or leave it out.",
        )
    return endpoint, audience


def _audience(text: str) -> str:
    """As it is written: a slash at its end is a part of an audience."""
    Endpoint.parse(text)
    return text


def _fits(endpoint: Endpoint, audience: str) -> bool:
    cloud = cloud_of(endpoint.url)
    if cloud is None:
        return endpoint.owns(audience)
    return host_of(audience) in cloud.audiences


def one_of_clouds(hosts: Sequence[str], what: str) -> Callable[[str], Endpoint]:
    """A reader of an endpoint with one of these hosts, or on this machine."""

    def read(text: str) -> Endpoint:
        endpoint = Endpoint.parse(text)
        if not is_this_machine(endpoint.url) and host_of(endpoint.url) not in hosts:
            known = ", ".join(f"https://{host}" for host in hosts)
            raise ValueError(
                f"{endpoint.url!r} is not {what} of a cloud of Azure. Write one of {known}."
            )
        return endpoint

    return read
