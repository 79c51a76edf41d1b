"""host.json judged by what the Functions host documents and by what the app relies on.

A list of faults.
"""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

#: of the parts that are used, what host.json version 2.0 knows (functions-host-json,
#: functions-bindings-service-bus)
_KNOWN = {
    "": {"version", "functionTimeout", "logging", "extensions", "extensionBundle"},
    "logging": {"applicationInsights", "logLevel", "console", "fileLoggingMode"},
    "logging.applicationInsights": {"samplingSettings", "enableLiveMetrics"},
    "logging.applicationInsights.samplingSettings": {
        "isEnabled",
        "excludedTypes",
        "includedTypes",
        "maxTelemetryItemsPerSecond",
    },
    "extensions": {"http", "serviceBus"},
    "extensions.http": {
        "routePrefix",
        "maxOutstandingRequests",
        "maxConcurrentRequests",
        "hsts",
        "customHeaders",
    },
    "extensions.serviceBus": {
        "prefetchCount",
        "autoCompleteMessages",
        "maxAutoLockRenewalDuration",
        "maxConcurrentCalls",
        "maxConcurrentSessions",
        "transportType",
        "clientRetryOptions",
    },
    "extensionBundle": {"id", "version"},
}


def faults(text: str) -> list[str]:
    """One sentence for each thing that the host would not know, or that the app does not bear."""
    host = json.loads(text)
    return [*_unknown(host), *_unfit(host)]


def _unknown(host: dict[str, Any]) -> Iterator[str]:
    for path, known in _KNOWN.items():
        part = _at(host, path)
        if isinstance(part, dict):
            yield from (
                f"{path}.{key} is none of host.json's".lstrip(".")
                for key in part
                if key not in known
            )


def _unfit(host: dict[str, Any]) -> Iterator[str]:
    if host.get("version") != "2.0":
        yield "version must be 2.0"
    if _at(host, "extensionBundle.id") != "Microsoft.Azure.Functions.ExtensionBundle":
        yield "extensionBundle.id is not Microsoft's"
    if not _is_one_minor_version(str(_at(host, "extensionBundle.version"))):
        yield "extensionBundle.version floats: pin one minor version, such as [4.22.0, 4.23.0)"
    if _at(host, "extensions.http.routePrefix") != "api":
        yield "routePrefix is not api: webhooks, the smoke test and the documents call /api/..."
    if _at(host, "extensions.serviceBus.prefetchCount") != 0:
        yield "prefetchCount is not 0: the lock of a message would run out while it waits"
    if _at(host, "extensions.serviceBus.autoCompleteMessages") is not True:
        yield "autoCompleteMessages is not on: no function settles its message itself"
    if _span(_at(host, "extensions.serviceBus.maxAutoLockRenewalDuration")) <= _span(
        host.get("functionTimeout")
    ):
        yield (
            "maxAutoLockRenewalDuration is not longer than functionTimeout: "
            "a message could be taken twice"
        )
    sampling = _at(host, "logging.applicationInsights.samplingSettings") or {}
    if sampling.get("isEnabled", True) and "Trace" not in str(sampling.get("excludedTypes")).split(
        ";"
    ):
        yield "traces are sampled: the alerts look for single ones"
    yield from _levels(_at(host, "logging.logLevel") or {})


def _levels(levels: dict[str, Any]) -> Iterator[str]:
    for category in ("Host", "Microsoft", "Azure"):
        if levels.get(category) != "Warning":
            yield f"logLevel.{category} is not Warning: lines that nobody reads are paid for"
    for category in ("default", "Host.Results"):
        if levels.get(category) != "Information":
            yield f"logLevel.{category} is not Information: alerts and requests need it"


def _is_one_minor_version(text: str) -> bool:
    match = re.fullmatch(r"\[4\.(\d+)\.\d+, 4\.(\d+)\.0\)", text)
    return match is not None and int(match[2]) == int(match[1]) + 1


def _at(host: Any, path: str) -> Any:
    for part in filter(None, path.split(".")):
        host = host.get(part) if isinstance(host, dict) else None
    return host


def _span(text: object) -> timedelta:
    match = re.fullmatch(r"(\d+):(\d\d):(\d\d)", str(text))
    if match is None:
        return timedelta(0)
    hours, minutes, seconds = (int(each) for each in match.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)
