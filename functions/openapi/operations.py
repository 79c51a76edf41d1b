"""What each HTTP function takes and answers, by its name: types, of which the JSON Schema is made.

A function that is not here is a failure of the test.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from functions.notices.record import Days
from functions.notices.views import EventGridValidation, NoticeList, NoticeTrace, ReceiptList
from functions.operators.requests import (
    CalendarCommand,
    Command,
    GoOnCommand,
    JobCommand,
    LeaseCommand,
    Limit,
    MachineCommand,
    MachineState,
    NamedCommand,
    PauseCommand,
    PolicyFiles,
    RehearsalCommand,
    ScopeCommand,
    TargetCommand,
    VersionLimit,
    WindowCommand,
)
from functions.operators.views.calendar import AddressList, MadeAddress, Revoked
from functions.operators.views.explanation import ExplanationView
from functions.operators.views.health import AnonymousHealthView, HealthView, WentOn
from functions.operators.views.health_checks import HealthTested
from functions.operators.views.jobs import JobList, JobView
from functions.operators.views.machines import MachineList
from functions.operators.views.pauses import PausedView, PauseList, Resumed
from functions.operators.views.plan import PlanView
from functions.operators.views.policy.check import PolicyCheckView
from functions.operators.views.policy.difference import PolicyDifferenceView, PolicyPlanView
from functions.operators.views.policy.history import PolicyHistoryView
from functions.operators.views.policy.machine_rules import MachineRulesView
from functions.operators.views.rehearsal import (
    ArrivalList,
    RehearsalStarted,
    TrialList,
    WrittenEvents,
)
from functions.operators.views.scans import ScanStatusList
from functions.operators.views.semaphores import Lifted, Released, SemaphoreList
from functions.operators.views.targets import PreviewView, TargetList, Tested
from functions.views import View
from shared.domain.job.states import State
from shared.domain.outbox.events import OutboxEvent

_JSON = "application/json"
#: of an untrusted sender: what counts of it is read field by field
_Object = dict[str, Any]
_Provider = Literal["sendgrid", "mailgun", "postmark", "ses", "graph", "plain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """The types of one function. 503 with a Problem is common to all."""

    #: name of each parameter of the query, whether it is required, its type
    query: tuple[tuple[str, bool, Any], ...] = ()
    #: the type of a parameter in the path that is not just any text
    path: dict[str, Any] = field(default_factory=dict)
    headers: tuple[str, ...] = ()
    #: content type and type of the body; none: it takes none
    body: dict[str, Any] = field(default_factory=dict)
    #: one body in JSON that is understood
    example: object = None
    responses: dict[int, type[View]]
    #: a handshake's answer is plain text
    responds_with_text: bool = False
    #: called by a sender of notices: a bug is a 503 there, and a 500 elsewhere
    from_sender: bool = False
    #: statuses with a Problem
    problems: tuple[int, ...] = ()


_PAGE = (("limit", False, Limit), ("after", False, str))
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
    "body": (
        "Maintenance of virtual machines. Subscription ID: 6513270e-269e-4d37-b2a7-4de452e6b438"
    ),
    "messageId": "<1@example.com>",
    "authenticated": True,
}
_FILES = {"files": [{"name": "forestall.yaml", "text": "version: 1\n", "isPlatform": True}]}
_EVENT = {
    "specversion": "1.0",
    "type": "Microsoft.ResourceNotifications.HealthResources.AvailabilityStatusChanged",
    "id": "1",
    "source": _SUBSCRIPTION,
    "data": {"resourceInfo": {"properties": {"availabilityState": "Available"}}},
}


def _command(form: type[Command], answer: type[View], *problems: int) -> Operation:
    return Operation(body={_JSON: form}, responses={200: answer}, problems=(400, *problems, 413))


def _with_files(answer: type[View]) -> Operation:
    return Operation(
        body={_JSON: PolicyFiles}, example=_FILES, responses={200: answer}, problems=(400, 413)
    )


#: functions that answer with a document for people, and are no operation
PAGES = frozenset({"page", "calendar_feed", "signed_in"})

OPERATIONS: dict[str, Operation] = {
    "health": Operation(responses={200: AnonymousHealthView}),
    "show_health": Operation(responses={200: HealthView}),
    "list_jobs": Operation(
        query=(
            ("subscription", False, str),
            ("state", False, State),
            ("archived", False, bool),
            *_PAGE,
        ),
        responses={200: JobList},
        problems=(400,),
    ),
    "show_plan": Operation(
        query=(("group", False, str), ("after", False, str), ("limit", False, int)),
        responses={200: PlanView},
        problems=(400,),
    ),
    "check_policy_files": _with_files(PolicyCheckView),
    "compare_policy_files": _with_files(PolicyDifferenceView),
    "plan_with_policy_files": _with_files(PolicyPlanView),
    "show_machine_rules": Operation(
        query=(("machine", True, str),), responses={200: MachineRulesView}, problems=(400, 404)
    ),
    "list_policy_versions": Operation(
        query=(("limit", False, VersionLimit),),
        responses={200: PolicyHistoryView},
        problems=(400,),
    ),
    "list_machines": Operation(
        query=(
            ("subscription", False, str),
            ("state", False, MachineState),
            *_PAGE,
        ),
        responses={200: MachineList},
        problems=(400,),
    ),
    "list_semaphores": Operation(query=_PAGE, responses={200: SemaphoreList}, problems=(400,)),
    "explain_machine": Operation(
        query=(("machine", True, str),), responses={200: ExplanationView}, problems=(400, 404)
    ),
    "list_pauses": Operation(query=_PAGE, responses={200: PauseList}, problems=(400,)),
    "list_scans": Operation(responses={200: ScanStatusList}),
    "add_pause": _command(PauseCommand, PausedView, 409),
    "remove_pause": _command(TargetCommand, Resumed, 404),
    "lift_halt": _command(ScopeCommand, Lifted, 404),
    "allow_starts": _command(GoOnCommand, WentOn, 409),
    "retry_job": _command(Command, JobView, 404, 409),
    "release_job": _command(JobCommand, JobView, 404, 409),
    "cancel_job": _command(JobCommand, JobView, 404, 409),
    "prioritize_job": _command(Command, JobView, 404, 409),
    "open_job_window": _command(WindowCommand, JobView, 404, 409),
    "reopen_job": _command(Command, JobView, 404, 409),
    "release_one_lease": _command(LeaseCommand, Released, 404, 409),
    "list_targets": Operation(responses={200: TargetList}),
    "preview_message": Operation(
        query=(("target", True, str), ("event", False, OutboxEvent)),
        responses={200: PreviewView},
        problems=(400, 404),
    ),
    "test_target": _command(NamedCommand, Tested, 404),
    "test_health_check": _command(MachineCommand, HealthTested, 404),
    "start_rehearsal": _command(Command, RehearsalStarted, 409),
    "rehearse_tables": _command(RehearsalCommand, TrialList, 404, 409),
    "rehearse_messages": _command(RehearsalCommand, TrialList, 404, 409),
    "show_arrivals": Operation(
        query=(("rehearsal", True, str),), responses={200: ArrivalList}, problems=(400, 404, 409)
    ),
    "rehearse_alerts": _command(RehearsalCommand, WrittenEvents, 404, 409),
    "list_calendar_addresses": Operation(responses={200: AddressList}),
    "add_calendar_address": _command(CalendarCommand, MadeAddress, 409),
    "revoke_calendar_address": _command(NamedCommand, Revoked, 404),
    "service_health": Operation(
        from_sender=True,
        example=_ALERT,
        query=(("secret", False, str),),
        headers=("Authorization", "X-Forestall-Secret"),
        body={_JSON: _Object},
        responses={202: ReceiptList},
        problems=(400, 401, 403, 413),
    ),
    "email_notice": Operation(
        from_sender=True,
        path={"provider": _Provider},
        example=_MAIL,
        responds_with_text=True,
        query=(("secret", False, str), ("validationToken", False, str)),
        headers=("Authorization", "X-Forestall-Secret"),
        body={
            _JSON: _Object,
            "text/plain": str,
            "multipart/form-data": _Object,
            "application/x-www-form-urlencoded": _Object,
        },
        responses={200: ReceiptList},
        problems=(400, 401, 403, 404, 413, 415),
    ),
    "event_notice": Operation(
        from_sender=True,
        example=[_EVENT],
        responds_with_text=True,
        query=(("secret", False, str),),
        headers=("X-Forestall-Secret", "WebHook-Request-Origin"),
        body={_JSON: list[_Object] | _Object, "application/cloudevents+json": _Object},
        responses={200: EventGridValidation, 202: ReceiptList},
        problems=(400, 401, 403, 413),
    ),
    "list_notices": Operation(
        query=(("days", False, Days), ("limit", False, Limit), ("after", False, str)),
        responses={200: NoticeList},
        problems=(400,),
    ),
    "show_notice": Operation(responses={200: NoticeTrace}, problems=(404,)),
}
