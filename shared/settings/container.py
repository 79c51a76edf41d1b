"""The URL of a container of Blob Storage, as settings have it."""

import re

_CONTAINER = re.compile(r"https://[a-z0-9.-]+/[a-z0-9-]{3,63}")


def read_container(text: str, *, otherwise: str = "") -> str:
    """The URL of a container. ValueError for anything else, with what is right.

    `otherwise`: what the setting takes beside it, such as ` or a path`.
    """
    if not _CONTAINER.fullmatch(text):
        raise ValueError(
            "it is no container. Write https://ACCOUNT.blob.core.windows.net/CONTAINER, "
            f"without a signature{otherwise}."
        )
    return text
