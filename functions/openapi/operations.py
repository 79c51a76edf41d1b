"""What each HTTP function takes and answers, by its name. A function that is not here is a failure of the test."""

from dataclasses import dataclass, field

from functions.openapi.schemas import NUMBER, TEXT, WORDS, Schema, list_of, record, ref

_OBJECT: Schema = {"type": "object"}
_JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """The forms of one function. 503 with a Problem is common to all."""

    #: name of each parameter of the query, whether it is required, its form
    query: tuple[tuple[str, bool, Schema], ...] = ()
    #: the form of a parameter in the path that is not just any text
    path: dict[str, Schema] = field(default_factory=dict)
    headers: tuple[str, ...] = ()
    #: content type and form of the body; none: it takes none
    body: dict[str, Schema] = field(default_factory=dict)
    #: one body in JSON that is understood
    example: object = None
    answers: dict[int, Schema]
    #: a handshake's answer is plain text
    answers_text: bool = False
    #: statuses with a Problem
    problems: tuple[int, ...] = ()


_RECEIPTS = record(notices=list_of(ref("Receipt")))
_WORD = record(by=WORDS, reason=WORDS)
_FORCEFUL = {**_WORD, "properties": {**_WORD["properties"], "evenThoughMoving": {"type": "boolean"}}}

_TARGET: Schema = {"type": "string", "pattern": "^(everything|(subscription|group|machine):.+)$"}

_SUBSCRIPTION = "/subscriptions/6513270e-269e-4d37-b2a7-4de452e6b438"
_ALERT = {
    "schemaId": "azureMonitorCommonAlertSchema",
    "data": {
        "essentials": {"monitoringService": "ServiceHealth", "alertTargetIDs": [_SUBSCRIPTION]},
        "alertContext": {
            "operationName": "Microsoft.ServiceHealth/maintenance/action",
            "properties": {
                "incidentType": "Maintenance",
                "service": "Virtual Machines",
                "trackingId": "PYN_-ZL8",
                "communicationId": "11000000001",
                "stage": "Planned",
            },
        },
    },
}
_MAIL = {
    "from": "Microsoft Azure <azure-noreply@microsoft.com>",
    "subject": "Planned Azure maintenance",
    "body": "Maintenance of your virtual machines. Subscription ID: 6513270e-269e-4d37-b2a7-4de452e6b438",
    "messageId": "<1@example.com>",
    "authenticated": True,
}
_EVENT = {
    "specversion": "1.0",
    "type": "Microsoft.ResourceNotifications.HealthResources.AvailabilityStatusChanged",
    "id": "1",
    "source": _SUBSCRIPTION,
    "data": {"resourceInfo": {"properties": {"availabilityState": "Available"}}},
}

OPERATIONS: dict[str, Operation] = {
    "health": Operation(answers={200: record(status=TEXT, mode=TEXT, pauses=NUMBER)}),
    "list_jobs": Operation(
        query=(("subscription", False, TEXT), ("state", False, TEXT)),
        answers={200: record(jobs=list_of(ref("Job")))},
        problems=(400,),
    ),
    "list_semaphores": Operation(answers={200: record(semaphores=list_of(ref("Semaphore")))}),
    "explain_machine": Operation(
        query=(("machine", True, TEXT),),
        answers={
            200: record(job=ref("Job"), semaphores=list_of(ref("Semaphore")), trail=list_of(ref("Line")))
        },
        problems=(400, 404),
    ),
    "list_pauses": Operation(answers={200: record(pauses=list_of(ref("Pause")))}),
    "throw_pause": Operation(
        body={_JSON: record(target=_TARGET, reason=WORDS, by=WORDS)},
        answers={200: ref("Pause")},
        problems=(400,),
    ),
    "lift_pause": Operation(
        body={_JSON: record(target=_TARGET, reason=WORDS, by=WORDS)},
        answers={200: record(resumed=TEXT)},
        problems=(400, 404),
    ),
    "lift_halt": Operation(
        body={_JSON: record(scope=WORDS, reason=WORDS, by=WORDS)},
        answers={200: record(lifted=TEXT)},
        problems=(400, 404),
    ),
    "retry_job": Operation(body={_JSON: _WORD}, answers={200: ref("Job")}, problems=(400, 404, 409)),
    "release_job": Operation(body={_JSON: _FORCEFUL}, answers={200: ref("Job")}, problems=(400, 404, 409)),
    "cancel_job": Operation(body={_JSON: _FORCEFUL}, answers={200: ref("Job")}, problems=(400, 404, 409)),
    "release_one_lease": Operation(
        body={_JSON: record(scope=WORDS, token=NUMBER, reason=WORDS, by=WORDS)},
        answers={200: record(released=record(scope=TEXT, token=NUMBER, job=TEXT))},
        problems=(400, 404, 409),
    ),
    "service_health": Operation(
        example=_ALERT,
        query=(("secret", False, TEXT),),
        headers=("Authorization", "X-Forestall-Secret"),
        body={_JSON: _OBJECT},
        answers={202: _RECEIPTS},
        problems=(400, 401, 403, 413),
    ),
    "email_notice": Operation(
        path={"provider": {"enum": ["sendgrid", "mailgun", "postmark", "ses", "graph", "plain"]}},
        example=_MAIL,
        answers_text=True,
        query=(("secret", False, TEXT), ("validationToken", False, TEXT)),
        headers=("Authorization", "X-Forestall-Secret"),
        body={
            _JSON: _OBJECT,
            "text/plain": TEXT,
            "multipart/form-data": _OBJECT,
            "application/x-www-form-urlencoded": _OBJECT,
        },
        answers={200: _RECEIPTS},
        problems=(400, 401, 403, 404, 413, 415),
    ),
    "event_notice": Operation(
        example=[_EVENT],
        answers_text=True,
        query=(("secret", False, TEXT),),
        headers=("X-Forestall-Secret", "WebHook-Request-Origin"),
        body={_JSON: {"type": ["array", "object"]}, "application/cloudevents+json": _OBJECT},
        answers={200: record(validationResponse=TEXT), 202: _RECEIPTS},
        problems=(400, 401, 403, 413),
    ),
    "list_notices": Operation(
        query=(("days", False, {"type": "integer", "minimum": 1, "maximum": 366}),),
        answers={200: record(notices=list_of(ref("Notice")))},
        problems=(400,),
    ),
    "show_notice": Operation(
        answers={200: record(notice=ref("Notice"), waves=list_of(TEXT), jobs=list_of(ref("Job")))},
        problems=(404,),
    ),
}
