"""What operators send.

One struct per body, which is its JSON Schema too, and the parsers of parameters.

    POST /api/v1/pause  {"target": "everything", "reason": "incident 42", "by": "ada"}

Every parser raises InvalidRequest with a text that says what would be right, and nothing else.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from difflib import get_close_matches
from typing import Annotated, Any

import azure.functions as func
import msgspec
from msgspec import Meta

from functions.caller import SignedInRequest
from functions.http import InvalidRequest, TooLargeRequest
from shared.domain.access.caller import claims_to_be_proved
from shared.domain.job.job import JobId
from shared.domain.job.states import State
from shared.domain.machine.machine import MachineId, SubscriptionId, machine_id
from shared.domain.machine.placement import Scope
from shared.domain.policy.files.document import PolicyFile
from shared.domain.policy.files.published import MOST_BYTES
from shared.domain.policy.strict_json import read_strict_json
from shared.domain.redeploy.pauses import normal_target, read_length
from shared.usecases.show.machines import WithoutJob

#: bytes of an operator's body: four texts of the longest kind fit, each character escaped in twelve
MAX_BODY = 48 * 1024
#: characters of any one text: it is kept on the audit trail, and shown in lists
LONGEST_TEXT = 1000
#: elements of one page of a list, and as many as there are without `limit`
LARGEST_PAGE = 1000
_NO_PLACE = "after is no place in a list: take `next` of the last answer"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

#: The description is what the error says that the body needs.
Text = Annotated[
    str, Meta(min_length=1, max_length=LONGEST_TEXT, pattern=r"\S", description="a non-empty text")
]
_TARGETS = "^(everything|(region|subscription|group|machine):.+)$"
Target = Annotated[Text, Meta(extra_json_schema={"pattern": _TARGETS})]
#: a union of two enumerations has no JSON Schema in msgspec
MachineState = Annotated[str, Meta(extra_json_schema={"enum": [*WithoutJob, *State]})]
Limit = Annotated[int, Meta(ge=1, le=LARGEST_PAGE)]
#: versions of the policy in one answer
MOST_VERSIONS = 100
VersionLimit = Annotated[int, Meta(ge=1, le=MOST_VERSIONS)]
Token = Annotated[int, Meta(description="a whole number")]
Flag = Annotated[bool, Meta(description="true or false in")]

#: as `job_id` makes them: subscription, `~`, the rest; without characters that a table key may not
#: have
_JOB = re.compile(r"[A-Za-z0-9._-]{1,100}~[A-Za-z0-9._-]{1,100}")
_SUBSCRIPTION = re.compile(r"[A-Za-z0-9._-]{1,100}")


class Command(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Who gives the command, and why. The audit trail has both."""

    by: Text
    reason: Text


class TargetCommand(Command, frozen=True, kw_only=True):
    """For everything, region:<name>, subscription:<id>, group:<subscription>/<name>, machine:<id>.

    The id of a machine is its ARM id. A region counts with its pair.
    """

    target: Target


class PauseCommand(TargetCommand, frozen=True, kw_only=True):
    """A pause. `for`: how long, such as `2h`; without it until somebody resumes.

    `evenIfNothing`: also where no open job and no known machine is in the target.
    """

    length: Annotated[str, Meta(max_length=LONGEST_TEXT, description="a duration in")] = (
        msgspec.field(default="", name="for")
    )
    even_if_nothing: Flag = False


class WindowCommand(Command, frozen=True, kw_only=True):
    """A window of one machine from now on. `for`: how long, such as `2h`."""

    length: Annotated[str, Meta(min_length=1, max_length=LONGEST_TEXT, description="a text in")] = (
        msgspec.field(name="for")
    )


class NamedCommand(Command, frozen=True, kw_only=True):
    """A command on something with a name."""

    name: Text


class CalendarCommand(NamedCommand, frozen=True, kw_only=True):
    """A new address of the calendar. An empty `group` shows all groups."""

    group: Annotated[str, Meta(max_length=LONGEST_TEXT, description="a text in")] = ""


class RehearsalCommand(Command, frozen=True, kw_only=True):
    """A step of a rehearsal: its id, as its start answered."""

    rehearsal: Text


class MachineCommand(Command, frozen=True, kw_only=True):
    """A command on a machine: its ARM id."""

    machine: Text


class ScopeCommand(Command, frozen=True, kw_only=True):
    """A command on a scope, as `semaphores` shows it."""

    scope: Text


class LeaseCommand(ScopeCommand, frozen=True, kw_only=True):
    """A command on one lease of a scope."""

    token: Token


class JobCommand(Command, frozen=True, kw_only=True):
    """A command on a job that holds leases.

    `skipMachineCheck`: do it although its machine moves, or may.
    """

    skip_machine_check: Flag = False


class GoOnCommand(Command, frozen=True, kw_only=True):
    """A command that ends the hold after a loss of stored state.

    `immediately`: without the time in which something may still be in flight.
    """

    immediately: Flag = False


class FileBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A policy file. `isPlatform`: it is the platform's; any other is of an owner."""

    name: Annotated[str, Meta(min_length=1, max_length=LONGEST_TEXT)]
    text: str
    is_platform: bool = False


class PolicyFiles(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Policy files to try. Without a platform file they are tried over those in force."""

    files: Annotated[
        tuple[FileBody, ...],
        Meta(min_length=1, max_length=1000, description="a list of files with name and text in"),
    ]


def body_of[T: msgspec.Struct](
    request: func.HttpRequest, form: type[T], largest: int = MAX_BODY
) -> T:
    """The JSON body as a struct; fields that it does not have are ignored.

    TooLargeRequest above `largest` bytes.
    """
    raw = request.get_body()
    if len(raw) > largest:
        raise TooLargeRequest(f"the body has {len(raw)} bytes; at most {largest} are read")
    try:
        text = raw.removeprefix(_BYTE_ORDER_MARK)
        body = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise InvalidRequest(f"the body is not JSON: {fault}") from fault
    try:
        read_strict_json(text.decode())
    except ValueError as fault:
        raise InvalidRequest(f"the body is ambiguous: {fault}") from fault
    if not isinstance(body, dict):
        raise InvalidRequest("the body must be a JSON object")
    if isinstance(request, SignedInRequest):
        # The platform proved who acts, so the body does not count.
        body["by"] = request.caller
    elif _claims_a_sign_in(body.get("by")):
        raise InvalidRequest("'by' names a caller that only a sign-in proves; write another name")
    return _as_struct(body, form)


def _claims_a_sign_in(by: object) -> bool:
    """Whether `by` reads as a name that only a sign-in proves. A longer text is refused anyway."""
    return isinstance(by, str) and claims_to_be_proved(by[:LONGEST_TEXT])


def job_of(request: func.HttpRequest) -> JobId:
    """The job that the path names: `/api/v1/jobs/{job}/retry`."""
    text = request.route_params["job"][:LONGEST_TEXT]
    if not _JOB.fullmatch(text):
        raise InvalidRequest(f"{text!r} is not a job id; take one from the list of jobs")
    return JobId(text)


def policy_files_of(request: func.HttpRequest) -> tuple[PolicyFile, ...]:
    """The policy files of a body."""
    body = body_of(request, PolicyFiles, MOST_BYTES)
    return tuple(PolicyFile(each.name, each.text, each.is_platform) for each in body.files)


def machine_named(command: MachineCommand) -> MachineId:
    """The machine of a body. InvalidRequest where the text is no ARM id."""
    try:
        return machine_id(command.machine)
    except ValueError as fault:
        raise InvalidRequest(str(fault)) from fault


def machine_of(request: func.HttpRequest) -> MachineId:
    """The machine of the query.

    `?machine=/subscriptions/.../virtualMachines/vm-1`, an ARM id in any case.
    """
    text = _parameter(request, "machine")
    if not text:
        raise InvalidRequest(
            "name the machine: ?machine=/subscriptions/.../virtualMachines/..., its ARM id"
        )
    try:
        return machine_id(text)
    except ValueError as fault:
        raise InvalidRequest(str(fault)) from fault


def rehearsal_of(request: func.HttpRequest) -> str:
    """The rehearsal of the query: `?rehearsal=20261201T030000Z-9f3a1c2b`."""
    text = _parameter(request, "rehearsal")
    if not text:
        raise InvalidRequest("name the rehearsal: ?rehearsal=..., the id that its start answered")
    return text


def subscription_of(request: func.HttpRequest) -> SubscriptionId | None:
    """The subscription of the query: `?subscription=<id>`. None without it."""
    text = _parameter(request, "subscription")
    if text is None:
        return None
    if not _SUBSCRIPTION.fullmatch(text):
        raise InvalidRequest(f"{text!r} is not the id of a subscription")
    return SubscriptionId(text.lower())


def state_of(request: func.HttpRequest) -> State | None:
    """The state of the query: `?state=parked`. None without it."""
    text = _parameter(request, "state")
    if text is None:
        return None
    return _known_state(text, tuple(State))


def machine_state_of(request: func.HttpRequest) -> State | WithoutJob | None:
    """The state of the query, as machines have it: `?state=left-alone`. None without it."""
    text = _parameter(request, "state")
    if text is None:
        return None
    if text in set(WithoutJob):
        return WithoutJob(text)
    return _known_state(text, (*WithoutJob, *State))


def limit_of(request: func.HttpRequest, largest: int = LARGEST_PAGE) -> int:
    """How many of a list are asked for: `?limit=100`. The largest number without it."""
    text = request.params.get("limit")
    if text is None:
        return largest
    try:
        limit = msgspec.convert(text, Annotated[int, Meta(ge=1, le=largest)], strict=False)
    except (msgspec.ValidationError, UnicodeEncodeError) as fault:
        raise InvalidRequest(f"limit must be a whole number from 1 to {largest}") from fault
    return int(limit)


def flag_of(request: func.HttpRequest, name: str) -> bool:
    """A parameter that is true or false: `?archived=true`. False without it."""
    text: str = request.params.get(name, "false").lower()
    if text not in ("true", "false"):
        raise InvalidRequest(f"{name} must be true or false")
    return text == "true"


def after_of(request: func.HttpRequest) -> str | None:
    """The place behind which a list continues: `next` of the last answer. None without it."""
    text: str | None = request.params.get("after")
    if text is not None and not (0 < len(text) <= LONGEST_TEXT and text.isprintable()):
        raise InvalidRequest(_NO_PLACE, "bad-cursor")
    return text


def _parameter(request: func.HttpRequest, name: str) -> str | None:
    """A text of the query. One that is too long is refused before it is quoted anywhere."""
    text: str | None = request.params.get(name)
    if text is not None and len(text) > LONGEST_TEXT:
        raise InvalidRequest(f"{name} has {len(text)} characters; at most {LONGEST_TEXT} are read")
    return text


def _known_state(text: str, known: Sequence[str]) -> State:
    """The state of a job; InvalidRequest names what was probably meant, and all there are."""
    if text in set(State):
        return State(text)
    near = get_close_matches(text.lower(), known, n=1)
    meant = f" Did you mean {near[0]}?" if near else ""
    raise InvalidRequest(f"{text!r} is no state.{meant} The states are {', '.join(known)}")


def target_of(command: TargetCommand) -> str:
    """The target as the use cases spell it."""
    try:
        return normal_target(command.target)
    except ValueError as fault:
        raise InvalidRequest(str(fault)) from fault


def length_of(command: PauseCommand) -> timedelta | None:
    """How long the pause lasts: `{"for": "2h"}`. None: until somebody resumes."""
    if not command.length.strip():
        return None
    try:
        return read_length(command.length)
    except ValueError as fault:
        raise InvalidRequest(f"for: {fault}") from fault


def length_of_window(command: WindowCommand) -> timedelta:
    """How long the window is open: `{"for": "2h"}`."""
    try:
        return read_length(command.length)
    except ValueError as fault:
        raise InvalidRequest(f"for: {fault}") from fault


def scope_of(command: ScopeCommand) -> Scope:
    """The scope. Whether there is such a one, the use case finds out."""
    return Scope(command.scope)


def _as_struct[T: msgspec.Struct](body: dict[str, Any], form: type[T]) -> T:
    """It names every fault."""
    values, faults = {}, []
    for field in msgspec.structs.fields(form):
        if field.encode_name in body or field.required:
            try:
                values[field.name] = msgspec.convert(body.get(field.encode_name), field.type)
            except msgspec.ValidationError:
                faults.append(_fault(field, body.get(field.encode_name)))
    if faults:
        raise InvalidRequest(f"the body needs {' and '.join(faults)}")
    return form(**values)


def _fault(field: msgspec.structs.FieldInfo, value: object) -> str:
    needed = next(each.description for each in field.type.__metadata__ if each.description)
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return f"at most {LONGEST_TEXT} characters in {field.encode_name!r}"
    return f"{needed} {field.encode_name!r}"
