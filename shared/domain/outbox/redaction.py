"""Removes a secret address from what its server answers. Pure.

Servers repeat what they were asked: `Cannot POST /services/T0/B0/secret`. Reasons are logged,
stored and shown, so nothing of the address may be in them but its host.
"""

from urllib.parse import unquote, urlsplit

_HIDDEN = "..."
#: characters of a single segment or value that may be a secret
_SHORTEST = 6


def without_address(text: str, url: str) -> str:
    """The text without the path and the query of an address, and without their longer parts."""
    for secret in _secrets(url):
        text = text.replace(secret, _HIDDEN)
    return text


def origin_of(location: str) -> str:
    """Scheme, host and port of where a redirect leads. It often repeats the secret path."""
    try:
        parts = urlsplit(location)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "an address that cannot be read"
    if not host:
        return "the same host"
    return f"{parts.scheme or 'https'}://{host}{f':{port}' if port else ''}"


def _secrets(url: str) -> list[str]:
    """The longest first, so that nothing is left of a longer one."""
    parts = urlsplit(url)
    wholes = (f"{parts.path}?{parts.query}", parts.path, parts.query)
    pieces = [*parts.path.split("/"), *parts.query.replace("=", "&").split("&")]
    found = {each for each in wholes if len(each) > 1}
    found |= {each for each in pieces if len(each) >= _SHORTEST}
    found |= {unquote(each) for each in found}
    return sorted(found, key=len, reverse=True)
