"""One line of news for an event that a person would want to see; None for the rest."""

from sandbox.audit.events import Event
from sandbox.demo.live.fleet_state import name_of
from sandbox.demo.live.snapshot import short


def news_of(event: Event, app_identity: str) -> str | None:
    """A line such as "16:05:01.2  vm-7 (as-db ud:1): redeploy accepted"; times are UTC."""
    told = _text_of(event, app_identity)
    if told is None:
        return None
    return f"{event.at:%H:%M:%S}.{event.at.microsecond // 100_000}  {_subject(event)}{told}"


def _subject(event: Event) -> str:
    if event.machine is None:
        return ""
    name = name_of(event.machine)
    if event.placement is None:
        return f"{name}: "
    domain = f" ud:{event.update_domain}" if event.update_domain is not None else ""
    return f"{name} ({short(event.placement)}{domain}): "


def _text_of(event: Event, app_identity: str) -> str | None:
    who = "" if event.by == app_identity else f" by {_who(event.by)}"
    match event.kind:
        case "redeploy.requested":
            return _called(event) + who
        case "machine.down" | "machine.up":
            return {"machine.down": "down", "machine.up": "up again"}[event.kind] + who
        case "agent.ready":
            return "its agent is ready" + who
        case "maintenance.cleared":
            return "maintained" + who
        case "maintenance.rescheduled":
            return "landed on another host that is still scheduled"
        case "maintenance.cancelled" | "maintenance.closed":
            return {"maintenance.cancelled": "Azure cancelled its maintenance"}.get(
                event.kind, "its self-service phase is over"
            )
        case "operation.finished" if event.more["status"] != "Succeeded":
            return f"operation {event.more['status'].lower()}: {event.more.get('code')}"
        case "machine.changed":
            return f"{event.more['change']} by its owner"
        case "fault.injected":
            return f"fault {event.more.get('kind')}: {event.more.get('hit')}"
    return None


def _called(event: Event) -> str:
    if not event.more["accepted"]:
        return f"redeploy refused, {event.more['status']} {event.more.get('code')}"
    lost = ", its answer is lost" if event.more.get("response_lost") else ""
    return f"redeploy accepted{lost}"


def _who(by: str) -> str:
    return {"azure": "Azure", "owner": "its owner"}.get(by, f"another caller ({by[:8]})")
