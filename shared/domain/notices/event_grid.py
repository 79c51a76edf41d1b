"""Events of Event Grid about health and maintenance, in its own schema and as CloudEvents.

Looks at no machine.

No event announces a self-service phase. Those that say that the platform is at work on virtual
machines are a reason to look at the subscription again; all others are put on record. Sources:
event-schema-health-resources.md, scheduled-events-event-grid.md,
end-point-validation-event-grid-events-schema.md.
"""

from typing import Any

from shared.domain.notices.decoding import decodes
from shared.domain.notices.notice import Notice, Source, UnreadableNotice, digest_of
from shared.domain.notices.untrusted_json import as_dict, as_instant, as_subscription, as_text, get

VALIDATION = "Microsoft.EventGrid.SubscriptionValidationEvent"

#: of one call; Event Grid batches up to 5,000, of which these subscriptions never need as many
MOST_EVENTS = 200

_PREFIX = "microsoft.resourcenotifications."
_ANNOTATED = _PREFIX + "healthresources.resourceannotated"
_AVAILABILITY = _PREFIX + "healthresources.availabilitystatuschanged"
_SCHEDULED = _PREFIX + "maintenanceresources.scheduledeventemitted"

#: kinds of scheduled events after which a machine is on another host or restarted; Freeze is a
#: pause of seconds
_DISRUPTIVE = {"redeploy", "reboot", "preempt", "terminate"}


@decodes("the event")
def validation_code(payload: object) -> str | None:
    """The code that Event Grid wants to have echoed, if the payload is its handshake.

    Sample: ``[{"eventType": "Microsoft.EventGrid.SubscriptionValidationEvent", "data":
    {"validationCode": "512d..."}}]``
    """
    events = payload if isinstance(payload, list) else [payload]
    event = as_dict(events[0]) if len(events) == 1 else {}
    if event.get("eventType") != VALIDATION:
        return None
    code = as_text(as_dict(event.get("data")).get("validationCode"))
    if not code:
        raise UnreadableNotice("the validation event has no data.validationCode")
    return code


@decodes("the event")
def read_events(payload: object) -> list[Notice]:
    """A notice for each event; UnreadableNotice where the payload holds none, or too many of them.

    An event that names no subscription is of all that is watched.

    Sample of one, shortened, as CloudEvent (Event Grid's own schema has `eventType`, `eventTime`
    and `topic`)::

        {"specversion": "1.0", "id": "1fb6...", "source": "/subscriptions/<guid>",
         "time": "2023-07-24T19:20:37Z",
         "type": "Microsoft.ResourceNotifications.HealthResources.ResourceAnnotated",
         "data": {"resourceInfo": {"properties": {
           "targetResourceType": "Microsoft.Compute/virtualMachines",
           "category": "Planned", "context": "Platform Initiated"}}}}
    """
    events = payload if isinstance(payload, list) else [payload]
    if not events or not all(isinstance(each, dict) for each in events):
        raise UnreadableNotice("neither an Event Grid event nor a CloudEvent, nor a list of them")
    if len(events) > MOST_EVENTS:
        raise UnreadableNotice(f"{len(events)} events in one call; at most {MOST_EVENTS} are read")
    return [_notice(as_dict(each)) for each in events]


def _notice(event: dict[str, Any]) -> Notice:
    kind = as_text(event.get("type") or event.get("eventType"))
    if not kind:
        raise UnreadableNotice(
            "an event has neither `type` (CloudEvents) nor `eventType` (Event Grid)"
        )
    data = as_dict(event.get("data"))
    properties = as_dict(as_dict(data.get("resourceInfo")).get("properties"))
    origin = event.get("source") or event.get("topic")
    subscription = as_subscription(origin) or as_subscription(event.get("subject"))
    ignored = _ignore_reason(kind.lower(), as_dict(data.get("resourceInfo")), properties)
    return Notice(
        source=Source.EVENT_GRID,
        subscriptions=() if subscription is None else (subscription,),
        tracking_id=as_text(get(properties, "EventId")),
        communication_id=as_text(event.get("id"))
        or digest_of(repr(event).encode(errors="replace")),
        stage=as_text(get(properties, "EventStatus") or get(properties, "availabilityState")),
        title=as_text(
            get(properties, "Description") or get(properties, "summary") or kind.rpartition(".")[2]
        ),
        services=tuple(filter(None, [_target(properties)])),
        starts=as_instant(get(properties, "occurredTime")),
        ignored=ignored,
    )


def _ignore_reason(kind: str, resource: dict[str, Any], properties: dict[str, Any]) -> str:
    if kind == _AVAILABILITY:
        return "tells how a machine is doing, not that maintenance is planned"
    if kind == _ANNOTATED:
        planned = as_text(get(properties, "category")).lower() == "planned"
        ours = "microsoft.compute/" in _target(properties).lower()
        by_platform = "platform" in as_text(get(properties, "context")).lower()
        return (
            ""
            if planned and ours and by_platform
            else "no planned work of the platform on a virtual machine"
        )
    if kind == _SCHEDULED:
        return _ignore_reason_of_schedule(resource, properties)
    return f"events of type {kind[:100]} say nothing about maintenance of virtual machines"


def _ignore_reason_of_schedule(resource: dict[str, Any], properties: dict[str, Any]) -> str:
    machines = as_text(resource.get("type")).lower() == "microsoft.maintenance/scheduledevents"
    what = as_text(get(properties, "EventType")).lower()
    if not machines or as_text(get(properties, "EventSource")).lower() != "platform":
        return "a scheduled event that is not the platform's on virtual machines"
    return (
        ""
        if what in _DISRUPTIVE
        else f"a scheduled event of kind {what or 'unknown'} restarts no machine"
    )


def _target(properties: dict[str, Any]) -> str:
    return as_text(get(properties, "targetResourceType") or get(properties, "ResourceType"))
