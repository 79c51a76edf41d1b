"""The clouds of Azure: hosts that get tokens of the app, their audiences, and issuers.

Sources: azure-docs `national clouds` of the identity platform and of Microsoft Graph; the cloud
table of azure-cli (`az cloud list`).
UNCONFIRMED(government-token-issuer): the issuers of version 1 in Azure Government.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """One cloud. Every text is a host in lower case."""

    resource_manager: str
    #: of tokens for Resource Manager
    audiences: tuple[str, ...]
    graph: tuple[str, ...]
    #: of Microsoft Entra, the one that tokens of version 2 name first
    authorities: tuple[str, ...]
    #: who issues tokens of version 1
    issuer_of_v1: str


CLOUDS = (
    Cloud(
        resource_manager="management.azure.com",
        audiences=("management.azure.com", "management.core.windows.net"),
        graph=("graph.microsoft.com",),
        authorities=("login.microsoftonline.com", "login.windows.net", "login.microsoft.com"),
        issuer_of_v1="sts.windows.net",
    ),
    Cloud(
        resource_manager="management.usgovcloudapi.net",
        audiences=("management.usgovcloudapi.net", "management.core.usgovcloudapi.net"),
        graph=("graph.microsoft.us", "dod-graph.microsoft.us"),
        authorities=("login.microsoftonline.us", "login-us.microsoftonline.com"),
        issuer_of_v1="sts.windows.net",
    ),
    Cloud(
        resource_manager="management.chinacloudapi.cn",
        audiences=("management.chinacloudapi.cn", "management.core.chinacloudapi.cn"),
        graph=("microsoftgraph.chinacloudapi.cn",),
        authorities=("login.partner.microsoftonline.cn", "login.chinacloudapi.cn"),
        issuer_of_v1="sts.chinacloudapi.cn",
    ),
)

RESOURCE_MANAGERS = tuple(each.resource_manager for each in CLOUDS)
GRAPHS = tuple(host for each in CLOUDS for host in each.graph)
AUTHORITIES = tuple(host for each in CLOUDS for host in each.authorities)


def cloud_of(url: str) -> Cloud | None:
    """The cloud whose Resource Manager or Entra a URL of https names; None for any other host."""
    host = host_of(url)
    return next(
        (each for each in CLOUDS if host in (each.resource_manager, *each.authorities)), None
    )


def host_of(url: str) -> str:
    """The host of an https URL at its usual port, in lower case; empty for any other URL."""
    try:
        parts = urlsplit(url)
        is_usual = parts.scheme == "https" and parts.port in (None, 443)
    except ValueError:
        return ""
    return (parts.hostname or "") if is_usual else ""


def issuers_of(authority: str, tenant: str) -> tuple[str, ...]:
    """Who issues tokens of a tenant, by the address of its Entra: of version 2, then of version 1.

    Every name of an authority leads to the same issuer.
    """
    cloud = cloud_of(authority)
    v2 = f"https://{cloud.authorities[0]}" if cloud else authority
    v1 = cloud.issuer_of_v1 if cloud else "sts.windows.net"
    return (f"{v2}/{tenant}/v2.0", f"https://{v1}/{tenant}/")
