"""FORESTALL_TRAIL_EXPORT: the container to which the audit trail is exported."""

import re

_CONTAINER = re.compile(r"https://[a-z0-9.-]+/[a-z0-9-]{3,63}")


def read_trail_export(text: str) -> str:
    """The URL of a container. ValueError for anything else."""
    if not _CONTAINER.fullmatch(text):
        raise ValueError(
            "it is no container. Write https://ACCOUNT.blob.core.windows.net/CONTAINER, "
            "without a signature."
        )
    return text
