"""Addresses of entities.

What a client writes in links and tokens, as the path that the namespace knows. No look-up.
"""

import re

_SCHEME_AND_HOST = re.compile(r"^[a-z]+://[^/]*/?", re.IGNORECASE)


def entity_path(address: str) -> str:
    """The path in an address, in the case it was written.

    'amqps://127.0.0.1:5672/redeploys/$DeadLetterQueue' -> 'redeploys/$DeadLetterQueue'
    """
    return _SCHEME_AND_HOST.sub("", address).strip("/")


def is_topic_path(path: str) -> bool:
    """The path names a subscription: '<topic>/Subscriptions/<name>'."""
    return "/subscriptions/" in path.lower()
