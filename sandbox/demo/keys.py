"""The function key of a sandbox that keeps running: new for each start, as Azure makes one."""

import secrets

KEY_HEADER = "x-functions-key"


def new_key() -> str:
    """A key that nobody can guess: other pages of the same browser must not reach the app."""
    return secrets.token_urlsafe(24)
