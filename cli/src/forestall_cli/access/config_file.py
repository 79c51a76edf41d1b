"""The file with named installations. It is TOML, and nobody else may read it.

default = "prod"

[installations.prod]
url = "https://forestall-prod.azurewebsites.net"
key_file = "~/.config/forestall/prod.key"
api = "api://11111111-1111-1111-1111-111111111111"
"""

import os
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from forestall_cli.errors import UsageError

_KEYS = ("url", "key", "key_file", "api")


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """One named installation. Empty texts are not set."""

    name: str
    url: str
    key: str = field(default="", repr=False)
    key_file: str = ""
    api: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFile:
    """What the file says; without a file nothing."""

    path: Path
    default: str = ""
    installations: Mapping[str, Installation] = field(default_factory=dict)
    warning: str = ""

    def named(self, name: str) -> Installation:
        """The installation of this name. UsageError names those that there are."""
        if name in self.installations:
            return self.installations[name]
        near = get_close_matches(name, self.installations, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        known = ", ".join(self.installations) or "none"
        raise UsageError(f"{self.path} has no installation {name!r}.{hint} It has: {known}")


def config_path(environment: Mapping[str, str]) -> Path:
    """Where the file is: `FORESTALL_CONFIG`, or the folder for settings of the user."""
    if named := environment.get("FORESTALL_CONFIG"):
        return Path(named).expanduser()
    folder = environment.get("XDG_CONFIG_HOME") or environment.get("APPDATA")
    return (Path(folder) if folder else _home() / ".config") / "forestall" / "config.toml"


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:  # a container whose user has no home
        return Path()


def read_config(environment: Mapping[str, str]) -> ConfigFile:
    """The file. UsageError where it cannot be read, with the line where it is no TOML."""
    path = config_path(environment)
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = tomllib.load(file)
    except (FileNotFoundError, NotADirectoryError):
        return ConfigFile(path=path)
    except (OSError, UnicodeDecodeError) as fault:
        raise UsageError(f"{path} cannot be read: {getattr(fault, 'strerror', fault)}") from fault
    except tomllib.TOMLDecodeError as fault:
        raise UsageError(f"{path} is no TOML: {fault}") from fault
    is_open = os.name == "posix" and stat.S_IMODE(mode) & 0o077
    warning = f"others may read {path}: type `chmod 600 {path}`" if is_open else ""
    default, tables = content.get("default", ""), content.get("installations", {})
    unknown = set(content) - {"default", "installations"}
    if unknown or not isinstance(default, str) or not isinstance(tables, dict):
        raise UsageError(f'{path} has `default = "NAME"` and tables [installations.NAME]')
    made = {name: _installation(path, name, table) for name, table in tables.items()}
    return ConfigFile(path=path, default=default, installations=made, warning=warning)


def _installation(path: Path, name: str, table: Any) -> Installation:
    is_right = isinstance(table, dict) and all(isinstance(each, str) for each in table.values())
    if not is_right or set(table) - set(_KEYS) or not table.get("url"):
        raise UsageError(f"{path}: [installations.{name}] has url, and may have key_file, key, api")
    return Installation(name=name, **table)
