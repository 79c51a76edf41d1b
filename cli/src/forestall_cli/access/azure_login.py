"""A token for the app from `az`, for an app with Entra sign-in.

Sample of what `az account get-access-token` prints:

    {"accessToken": "eyJ0...", "expiresOn": "2026-12-01 12:00:00.000000", "tokenType": "Bearer"}
"""

import json
import re
import shutil
import subprocess

from forestall_cli.errors import ApiError, UsageError

_SECONDS = 60.0
_LONGEST = 300
_API = re.compile(r"[A-Za-z0-9:/._-]{1,200}")


def api_name(text: str) -> str:
    """The name of an API in Entra: `api://CLIENT-ID`. UsageError for anything else."""
    if not _API.fullmatch(text) or text.startswith("-"):
        raise UsageError("the API is a name such as api://11111111-1111-1111-1111-111111111111")
    return text


def token_of(api: str) -> str:
    """A token for the app, of the user who is logged in with `az`.

    ApiError with the sentence of `az`, and with what to type.
    """
    program = shutil.which("az")
    login = f"`az login --scope {api}/.default`"
    if program is None:
        raise ApiError(f"az is not installed: install the Azure CLI, type {login}, or use a key")
    try:
        done = subprocess.run(  # noqa: S603 - az, with a name that was checked
            [program, "account", "get-access-token", "--scope", f"{api}/.default", "-o", "json"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise ApiError(f"az gave no token: {type(fault).__name__}. Type {login}") from fault
    if done.returncode != 0:
        said = _sentence(done.stderr)
        raise ApiError(
            f"az gave no token: {said}. Type once: {login}. For everybody, the administrator"
            " allows the Azure CLI for this app"
        )
    try:
        token = json.loads(done.stdout)["accessToken"]
    except (ValueError, KeyError, TypeError):
        token = None
    if not (isinstance(token, str) and token and token.isascii() and token.isprintable()):
        raise ApiError(f"az gave no token that can be read. Type {login}")
    return token


def _sentence(text: str) -> str:
    """The first line of `az` that says something."""
    lines = [each.removeprefix("ERROR:").strip() for each in text.splitlines()]
    said = next((each for each in lines if each), "it gave no reason")
    plain = "".join(sign for sign in said if sign.isprintable())
    return plain[:_LONGEST].rstrip(".")
