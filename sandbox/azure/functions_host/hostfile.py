"""host.json, reduced to what this host does; every problem in it is reported.

Other keys are left alone: they mean something to the real host, not here.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sandbox.azure.functions_host.errors import ConfigurationError
from sandbox.azure.functions_host.settings import read_json_object

DEFAULT_TIMEOUT = timedelta(minutes=30)  # every plan but Consumption (5 minutes)
DEFAULT_LOCK_RENEWAL = timedelta(minutes=5)
CALLS_PER_CORE = 16
OVERRIDE = "azurefunctionsjobhost__"
#: [d.]hh:mm[:ss[.fffffff]]
TIMESPAN = re.compile(r"(?:(\d+)\.)?([01]?\d|2[0-3]):([0-5]?\d)(?::([0-5]?\d)(?:\.(\d{1,7}))?)?")


@dataclass(frozen=True, kw_only=True, slots=True)
class HostOptions:
    """What host.json says, with the host's defaults. `function_timeout` None means unbounded."""

    route_prefix: str = "api"
    function_timeout: timedelta | None = DEFAULT_TIMEOUT
    max_concurrent_calls: int = CALLS_PER_CORE
    max_lock_renewal: timedelta = DEFAULT_LOCK_RENEWAL
    auto_complete: bool = True
    log_level: str = "Information"
    has_extension_bundle: bool = False


def load_host_options(app_dir: Path, environment: Mapping[str, str]) -> HostOptions:
    """Read host.json of an app.

    Settings AzureFunctionsJobHost__a__b override its key a.b, as in Azure.
    """
    path = app_dir / "host.json"
    if not path.exists():
        raise ConfigurationError(
            f'{path} is missing: an app directory needs one, at least {{"version": "2.0"}}. '
            "Is --app the directory of function_app.py?"
        )
    document: dict[str, Any] = read_json_object(path)
    _override(document, environment)
    reader = _HostFileReader(path, document)
    options = _options(reader)
    if reader.problems:
        raise ConfigurationError(*reader.problems)
    return options


def _options(read: "_HostFileReader") -> HostOptions:
    if read.value("version") != "2.0":
        read.problem("version", 'must be "2.0"')
    queue = "extensions.serviceBus"
    return HostOptions(
        route_prefix=read.text("extensions.http.routePrefix", "api").strip("/"),
        function_timeout=read.timeout("functionTimeout"),
        max_concurrent_calls=read.count(
            f"{queue}.maxConcurrentCalls", CALLS_PER_CORE * (os.process_cpu_count() or 1)
        ),
        max_lock_renewal=read.span(f"{queue}.maxAutoLockRenewalDuration", DEFAULT_LOCK_RENEWAL),
        auto_complete=read.flag(f"{queue}.autoCompleteMessages", default=True),
        log_level=read.text("logging.logLevel.default", "Information"),
        has_extension_bundle=bool(read.value("extensionBundle")),
    )


def _override(document: dict[str, Any], environment: Mapping[str, str]) -> None:
    for name, value in environment.items():
        if name.lower().startswith(OVERRIDE):
            *parents, last = name[len(OVERRIDE) :].split("__")
            place = document
            for parent in parents:
                key = _same_key(place, parent)
                if not isinstance(place.get(key), dict):
                    place[key] = {}
                place = place[key]
            place[_same_key(place, last)] = value


def _same_key(place: Mapping[str, Any], name: str) -> str:
    return next((key for key in place if key.lower() == name.lower()), name)


def parse_timespan(text: str) -> timedelta:
    """.NET's TimeSpan "[d.]hh:mm[:ss[.fffffff]]"; ValueError for anything else."""
    match = TIMESPAN.fullmatch(text.strip())
    if not match:
        raise ValueError(
            f"{text!r} is not a time span like 00:05:00 (hours to 23, minutes and seconds to 59)"
        )
    days, hours, minutes, seconds, fraction = match.groups(default="0")
    return timedelta(
        days=int(days),
        hours=int(hours),
        minutes=int(minutes),
        seconds=int(seconds),
        microseconds=int(fraction.ljust(7, "0")) // 10,
    )


class _HostFileReader:
    """Reads values by dotted path and keeps what is wrong with them."""

    def __init__(self, path: Path, document: Mapping[str, Any]) -> None:
        self._path = path
        self._document = document
        self.problems: list[str] = []

    def problem(self, key: str, what: str) -> None:
        self.problems.append(f"{self._path}: {key} {what}")

    def value(self, key: str) -> Any:
        place: Any = self._document
        for name in key.split("."):
            if not isinstance(place, dict):
                return None
            place = place.get(_same_key(place, name))
        return place

    def text(self, key: str, default: str) -> str:
        value = self.value(key)
        if value is None or isinstance(value, str):
            return default if value is None else value
        self.problem(key, "must be a text")
        return default

    def flag(self, key: str, *, default: bool) -> bool:
        value = self.value(key)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        if str(value).lower() in ("true", "false"):
            return str(value).lower() == "true"
        self.problem(key, "must be true or false")
        return default

    def count(self, key: str, default: int) -> int:
        value = self.value(key)
        if value is None:
            return default
        if not isinstance(value, bool) and str(value).isdecimal() and int(value) > 0:
            return int(value)
        self.problem(key, "must be a whole number above 0")
        return default

    def span(self, key: str, default: timedelta) -> timedelta:
        value = self.value(key)
        if value is None:
            return default
        try:
            return parse_timespan(str(value))
        except ValueError as exc:
            self.problem(key, f"is wrong: {exc}")
            return default

    def timeout(self, key: str) -> timedelta | None:
        return None if str(self.value(key)) == "-1" else self.span(key, DEFAULT_TIMEOUT)
