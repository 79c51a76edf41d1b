"""`doctor`: each setting of this command with where it comes from, and whether the app works."""

import sys

from forestall_cli import __version__
from forestall_cli.access.settings import Settings
from forestall_cli.client import ApiClient
from forestall_cli.errors import ApiError
from forestall_cli.output.answer import FINE, NEEDS_A_PERSON, REFUSED, Answer
from forestall_cli.output.table import Table, columns
from forestall_cli.responses.health import HealthView, ScanStatusList
from forestall_cli.responses.messages import TargetList


def doctor(settings: Settings, app: ApiClient | None) -> Answer:
    """What is set here, and, with an app, what works there. No secret is shown."""
    rows = [
        ("fine", "version", f"forestall {__version__}, Python {sys.version.split()[0]}", ""),
        ("fine", "url", _without_secret(settings.url.value), settings.url.source),
        ("fine", "key", "set" if settings.key.value else "not set", settings.key.source),
        ("fine", "api", settings.api.value or "not set", settings.api.source),
        ("fine", "config file", str(settings.file), _presence(settings)),
    ]
    if app is not None:
        rows += _of_app(app)
    worst = {row[0] for row in rows}
    code = REFUSED if "failing" in worst else NEEDS_A_PERSON if "broken" in worst else FINE
    return Answer(
        document={"checks": [dict(zip(_HEADS, row, strict=True)) for row in rows]},
        table=Table.of(columns("result!", "what!", "value", "source"), rows),
        code=code,
    )


_HEADS = ("result", "what", "value", "source")
type _Row = tuple[str, str, str, str]


def _presence(settings: Settings) -> str:
    return "there" if settings.file.exists() else "not there"


def _without_secret(url: str) -> str:
    """The address without a user, a query or a fragment."""
    scheme, slashes, rest = url.partition("://")
    plain = rest.partition("?")[0].partition("#")[0]
    host, slash, path = plain.partition("/")
    return f"{scheme}{slashes}{host.rpartition('@')[2]}{slash}{path}"


def _of_clocks(health: HealthView) -> list[_Row]:
    clocks = health.clocks
    if clocks is None:
        return []
    ran = (
        f"scans {clocks.scan_timer or 'never'}, recovery {clocks.recovery_timer or 'never'},"
        f" tick {clocks.tick or 'never'}"
    )
    if not clocks.silent:
        return [("fine", "clocks", ran, "GET /api/v1/health")]
    silent = f"timers do not fire: {', '.join(clocks.silent)}; last: {ran}"
    return [("broken", "clocks", silent, "GET /api/v1/health")]


def _of_app(app: ApiClient) -> list[_Row]:
    try:
        health = app.get(HealthView, "health")
        scans, targets = app.get(ScanStatusList, "scans"), app.get(TargetList, "targets")
    except ApiError as fault:
        return [("failing", "app", str(fault), "GET /api/v1/health")]
    rows: list[_Row] = [
        ("fine", "app", f"version {health.version}, {health.mode} mode", "GET /api/v1/health")
    ]
    if health.installation:
        rows.append(("fine", "installation", health.installation, "GET /api/v1/health"))
    if health.held:
        rows.append(("broken", "stored state", health.held, "GET /api/v1/health"))
    rows += _of_clocks(health)
    for scan in scans.scans:
        if scan.failing_since:
            reason = f"since {scan.failing_since}: {scan.failure or 'no reason'}"
            rows.append(("broken", f"scans of {scan.subscription}", reason, "GET /api/v1/scans"))
    if not any(scan.failing_since for scan in scans.scans):
        rows.append(("fine", "scans", f"{len(scans.scans)} subscriptions", "GET /api/v1/scans"))
    rows += [
        (
            "broken" if each.condition == "broken" else "fine",
            f"messages to {each.name}",
            f"{each.condition} {each.reason}".strip(),
            "GET /api/v1/targets",
        )
        for each in targets.targets
    ]
    return rows
