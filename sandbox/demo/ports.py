"""Free ports on 127.0.0.1.

Between finding one and using it another process may take it; its user then says so.
"""

import socket
from contextlib import suppress

HOST = "127.0.0.1"
#: where people look for a Functions host
HOST_PORT = 7071


def free_port(preferred: int | None = None) -> int:
    """The preferred port if it is free; otherwise any free one."""
    if preferred is not None:
        with suppress(OSError):
            return _bind(preferred)
    return _bind(0)


def is_free(port: int) -> bool:
    """Whether no process listens on the port."""
    try:
        _bind(port)
    except OSError:
        return False
    return True


def _bind(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((HOST, port))
        return int(probe.getsockname()[1])


def port_note(url: str) -> str:
    """A loud line where the app could not have the port that people expect; otherwise empty."""
    if url.endswith(f":{HOST_PORT}"):
        return ""
    return (
        f"PORT {HOST_PORT} IS IN USE by another process, so the app listens on {url}. "
        f"Type `export FORESTALL_URL={url}` first.\n"
    )
