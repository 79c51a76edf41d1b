"""The connections of azure-core's clients, without what costs CPU in each request."""

from typing import TYPE_CHECKING, Any
from urllib.request import getproxies_environment

if TYPE_CHECKING:
    from azure.core.pipeline.transport import AsyncHttpTransport


def new_transport(
    *, connection_timeout: float, read_timeout: float
) -> "AsyncHttpTransport[Any, Any]":
    """A transport that opens nothing before its first request. Times in seconds.

    With the settings of the environment, aiohttp looks for a .netrc in a thread before each
    request: a third of the CPU of a scan (measured). They are read only where they name a proxy.
    """
    # Loads aiohttp.
    from azure.core.pipeline.transport import AioHttpTransport  # noqa: PLC0415

    transport: AsyncHttpTransport[Any, Any] = AioHttpTransport(
        connection_timeout=connection_timeout,
        read_timeout=read_timeout,
        use_env_settings=bool(getproxies_environment()),
    )
    return transport
