"""The stage with timed scans put off, so that only notices start any.

And what such a notice looks like.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.scenarios.environment import ScenarioEnvironment
from tests.unit.notices.samples import common, machines

NEVER = "0 0 0 1 1 *"
SECRET = "a-word-of-sixteen-and-more"


def start_without_timed_scans(environment: ScenarioEnvironment, **settings: str) -> None:
    """Start the app: what is scanned from now on, a notice has asked for."""
    environment.app.environment = {
        **environment.app.environment,
        "SCAN_SCHEDULE": NEVER,
        **settings,
    }
    environment.app.start()


def alert(
    subscription: str, communication: str = "11000000001", environment: str = "Planned"
) -> dict[str, Any]:
    """A Service Health alert about planned maintenance of virtual machines."""
    payload = common(target=f"/subscriptions/{subscription}")
    return machines(payload, communicationId=communication, stage=environment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer and how long it took."""

    status: int
    body: Any
    seconds: float


def post_notice(
    environment: ScenarioEnvironment,
    path: str,
    body: object,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Post to one of the app's webhooks; refusals are replies too."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    url = f"{environment.app.url}/api/notices/{path}"
    request = Request(url, data=raw, headers=dict(headers or {}), method="POST")
    start = time.monotonic()
    try:
        with urlopen(request, timeout=60) as response:
            return Reply(
                status=response.status, body=json.load(response), seconds=time.monotonic() - start
            )
    except HTTPError as refusal:
        with refusal:
            return Reply(
                status=refusal.code, body=json.load(refusal), seconds=time.monotonic() - start
            )


def scanned(environment: ScenarioEnvironment) -> list[str]:
    """The subscriptions of all finished scans, from the app's own log."""
    lines = environment.app.log.read_text(errors="replace").splitlines()
    found = [
        line.partition("subscription.scanned ")[2]
        for line in lines
        if "subscription.scanned " in line
    ]
    return [each.split()[0].partition("=")[2] for each in found]
