"""Alerts, events and tokens that are made to be slow, each kind in any size."""

import json

from shared.domain.notices.http import WebhookRequest
from tests.fuzz.hostile_calls import SECRET, Sender, Sent, nested

_HEADERS = {"x-forestall-secret": SECRET}
_SUBSCRIPTION = "/subscriptions/6513270e-269e-4d37-b2a7-4de452e6b438"


def alert(impacted: object = "[]", **more: object) -> Sent:
    """A maintenance alert in the common schema."""
    properties = {
        "incidentType": "Maintenance",
        "trackingId": "T",
        "impactedServices": impacted,
    } | more
    data = {
        "essentials": {"alertTargetIDs": [_SUBSCRIPTION]},
        "alertContext": {
            "operationName": "Microsoft.ServiceHealth/maintenance/action",
            "properties": properties,
        },
    }
    return _posted("service-health", json.dumps({"data": data}).encode())


def events(*each: object) -> Sent:
    """A batch of events."""
    return _posted("event-grid", json.dumps(each).encode())


def _posted(webhook: str, body: bytes) -> Sent:
    return Sent(provider=webhook, call=WebhookRequest(body=body, headers=_HEADERS))


def _token(text: str) -> Sent:
    return Sent(
        provider="token",
        call=WebhookRequest(body=b"{}", headers={"authorization": f"Bearer {text}"}),
    )


def _service(size: int) -> str:
    return json.dumps([{"ServiceName": "x"}] * (size // 24))


def _targets(*targets: str) -> Sent:
    data = {"essentials": {"alertTargetIDs": targets}, "alertContext": {}}
    return _posted("service-health", json.dumps({"data": data}).encode())


def _regions(size: int) -> Sent:
    return alert(json.dumps([{"ImpactedRegions": [{"RegionName": "x"}] * (size // 24)}]))


def _number(size: int) -> Sent:
    return _posted("service-health", b'{"data": ' + b"9" * size + b"}")


def _event(**more: object) -> Sent:
    return events({"id": "x", "eventType": "y"} | more)


def _numbered(size: int) -> dict[str, str]:
    return {f"x{number}": "" for number in range(size // 13)}


ALERTS: dict[str, Sender] = {
    "alert: nested JSON": lambda size: _posted("service-health", nested(size)),
    "alert: nested JSON in a text": lambda size: alert(nested(size).decode()),
    "alert: services": lambda size: alert(_service(size)),
    "alert: regions": _regions,
    "alert: one long title": lambda size: alert(title="x" * size),
    "alert: marks of direction in a title": lambda size: alert(title="\u202e" * (size // 6)),
    "alert: a time without end": lambda size: alert(impactStartTime="2" * size),
    "alert: properties": lambda size: alert(**_numbered(size)),
    "alert: targets": lambda size: _targets(*["/subscriptions/x"] * (size // 20)),
    "alert: one long target": lambda size: _targets("/subscriptions/" + "0" * size),
    "alert: no JSON": lambda size: _posted("service-health", b'{"a":' + b" " * size),
    "alert: a number with many digits": _number,
    "events: nested JSON": lambda size: _posted("event-grid", nested(size)),
    "events: events": lambda size: events(*[{"id": "x", "eventType": "y"}] * (size // 32)),
    "events: one large event": lambda size: _event(data="z" * size),
    "events: fields": lambda size: events(_numbered(size)),
    "events: one long subject": lambda size: _event(subject="/a" * (size // 2)),
    "token: dots": lambda size: _token("." * size),
    "token: one long part": lambda size: _token("e30." + "A" * size + ".c2ln"),
    "token: nested JSON": lambda size: _token("W1tb" * (size // 4) + ".e30.c2ln"),
}
