"""Which app is asked: the option, then the variable, then the file, then the sandbox.

An empty variable counts as unset. The key of an installation goes to the address of that
installation and to no other.
"""

import sys
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from forestall_cli.access.azure_login import api_name
from forestall_cli.access.config_file import ConfigFile, Installation, read_config
from forestall_cli.errors import UsageError

SANDBOX = "http://127.0.0.1:7071"
KEY_VARIABLES = ("FORESTALL_KEY", "FUNCTION_KEY")
_LONGEST_KEY = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A value, and where it comes from."""

    value: str = field(repr=False)
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a command needs to ask an app."""

    url: Chosen
    key: Chosen
    #: the name of the app's API in Entra, for a token of `az`; empty: no token is asked for
    api: Chosen
    file: Path
    warnings: tuple[str, ...] = ()


def settings_of(
    given: Namespace, environment: Mapping[str, str], stdin: IO[str] | None = None
) -> Settings:
    """The settings of a command. UsageError where one cannot be used; it shows no secret."""
    file = read_config(environment)
    url, installation = _url(given, environment, file)
    return Settings(
        url=url,
        key=_key(given, environment, installation, stdin or sys.stdin),
        api=_api(environment, installation),
        file=file.path,
        warnings=(file.warning,) if file.warning else (),
    )


def _url(
    given: Namespace, environment: Mapping[str, str], file: ConfigFile
) -> tuple[Chosen, Installation | None]:
    if given.url:
        return Chosen(value=given.url, source="option --url"), None
    if given.installation:
        return _of(file.named(given.installation), "option --installation")
    if url := environment.get("FORESTALL_URL", "").strip():
        return Chosen(value=url, source="variable FORESTALL_URL"), None
    if name := environment.get("FORESTALL_INSTALLATION", "").strip():
        return _of(file.named(name), "variable FORESTALL_INSTALLATION")
    if file.default:
        return _of(file.named(file.default), f"default of {file.path}")
    return Chosen(value=SANDBOX, source="default: the sandbox"), None


def _of(installation: Installation, source: str) -> tuple[Chosen, Installation]:
    return Chosen(value=installation.url, source=f"{source}: {installation.name}"), installation


def _key(
    given: Namespace,
    environment: Mapping[str, str],
    installation: Installation | None,
    stdin: IO[str],
) -> Chosen:
    if given.key_file:
        return Chosen(value=_key_in(given.key_file, stdin), source="option --key-file")
    for name in KEY_VARIABLES:
        if key := environment.get(name, "").strip():
            return Chosen(value=key, source=f"variable {name}")
    if installation is not None and installation.key_file:
        key = _key_in(installation.key_file, stdin)
        return Chosen(value=key, source=f"key_file of {installation.name}")
    if installation is not None and installation.key:
        return Chosen(value=installation.key.strip(), source=f"key of {installation.name}")
    return Chosen(value="", source="not set")


def _key_in(path: str, stdin: IO[str]) -> str:
    """The first line of a file, or of standard input for `-`."""
    try:
        if path == "-":
            key = stdin.readline(_LONGEST_KEY)
        else:
            with Path(path).expanduser().open(encoding="utf-8") as file:
                key = file.readline(_LONGEST_KEY)
    except (OSError, ValueError, RuntimeError) as fault:
        reason = getattr(fault, "strerror", None) or type(fault).__name__
        raise UsageError(f"the key file {path} cannot be read: {reason}") from fault
    if not key.strip():
        raise UsageError(f"the key file {path} has no key in its first line")
    return key.strip()


def _api(environment: Mapping[str, str], installation: Installation | None) -> Chosen:
    if name := environment.get("FORESTALL_API", "").strip():
        return Chosen(value=api_name(name), source="variable FORESTALL_API")
    if installation is not None and installation.api:
        return Chosen(value=api_name(installation.api), source=f"api of {installation.name}")
    return Chosen(value="", source="not set")
