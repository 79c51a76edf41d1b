"""The node <entity>/$management: everything a client does by request instead of by link.

Operations and their shapes: Microsoft's "Azure Service Bus AMQP request/response-based operations".
Rules of subscriptions are not among them here.
"""

import uuid
from collections.abc import Callable, Iterable

from sandbox.azure.servicebus.amqp import encoding
from sandbox.azure.servicebus.amqp.types import DecodeError
from sandbox.azure.servicebus.broker.errors import bad_request, not_allowed, not_implemented
from sandbox.azure.servicebus.broker.message import Message, encode_delivery, encode_peeked
from sandbox.azure.servicebus.broker.namespace import Entity
from sandbox.azure.servicebus.broker.queue import Queue, Settlement
from sandbox.azure.servicebus.broker.sessions import Sessions
from sandbox.azure.servicebus.sections import Content, read_content
from sandbox.azure.servicebus.wire.arguments import Arguments
from sandbox.azure.servicebus.wire.requests import Reply, ReplyKeys, Request

MANAGEMENT = "$management"
MANAGEMENT_KEYS = ReplyKeys(
    status="statusCode", description="statusDescription", condition="errorCondition"
)

_PREFIX = "com.microsoft:"
_DELETE = 0  # receiver-settle-mode of receive-and-delete
_ALL_SESSIONS = (
    253_402_300_799_999  # last-updated-time: from the end of year 9999 on it means every session
)

_SETTLEMENTS = {
    "completed": Settlement.COMPLETE,
    "abandoned": Settlement.ABANDON,
    "defered": Settlement.DEFER,  # the protocol's own spelling
    "suspended": Settlement.DEAD_LETTER,
}


def manage(entity: Entity, request: Request) -> Reply:
    """Carry out one operation on an entity.

    Raises BrokerError, also for a request of the wrong shape.
    """
    name = str(request.headers.get("operation") or "")
    operation = _OPERATIONS.get(name.removeprefix(_PREFIX))
    if operation is None:
        raise not_implemented(f"the management operation '{name}'")
    return operation(entity, Arguments(request.body))


def _schedule(entity: Entity, arguments: Arguments) -> Reply:
    numbers = entity.accept(
        [_encoded_message(item.get("message")) for item in arguments.maps("messages")]
    )
    return _ok({"sequence-numbers": encoding.int64_array(numbers)})


def _encoded_message(encoded: object) -> Content:
    if not isinstance(encoded, bytes):
        raise bad_request("Every one of 'messages' needs 'message', and it must be binary.")
    try:
        return read_content(encoded)
    except DecodeError as bad:
        raise bad_request(f"One of 'messages' is not an encoded message: {bad}") from bad


def _cancel_scheduled(entity: Entity, arguments: Arguments) -> Reply:
    entity.cancel_scheduled(arguments.integers("sequence-numbers"))
    return _ok({})


def _peek(entity: Entity, arguments: Arguments) -> Reply:
    first, count = arguments.integer("from-sequence-number"), arguments.integer("message-count")
    messages = entity.peek(first, count, arguments.optional_text("session-id"))
    if not messages:
        return Reply(status=204, description="No Content", body=encoding.map_([]))
    return _ok(
        {
            "messages": _list_of_maps(
                {"message": encoding.binary(encode_peeked(m))} for m in messages
            )
        }
    )


def _renew_lock(entity: Entity, arguments: Arguments) -> Reply:
    queue = _queue(entity)
    return _ok(
        {
            "expirations": encoding.timestamp_array(
                [queue.renew(t) for t in arguments.tokens("lock-tokens")]
            )
        }
    )


def _receive_deferred(entity: Entity, arguments: Arguments) -> Reply:
    messages = _queue(entity).receive_deferred(
        arguments.integers("sequence-numbers"),
        delete=arguments.integer("receiver-settle-mode") == _DELETE,
        session_id=arguments.optional_text("session-id"),
    )
    return _ok({"messages": _list_of_maps(map(_deferred_message, messages))})


def _deferred_message(message: Message) -> dict[str, bytes]:
    return {
        "lock-token": encoding.uuid_(message.lock_token or uuid.UUID(int=0)),
        "message": encoding.binary(encode_delivery(message)),
    }


def _update_disposition(entity: Entity, arguments: Arguments) -> Reply:
    status = arguments.text("disposition-status")
    if status not in _SETTLEMENTS:
        raise bad_request(
            f"'disposition-status' must be one of {', '.join(_SETTLEMENTS)}; it is '{status}'."
        )
    reason, description = (
        arguments.optional_text(f"deadletter-{part}") for part in ("reason", "description")
    )
    for token in arguments.tokens("lock-tokens"):
        _queue(entity).settle(token, _SETTLEMENTS[status], reason, description)
    return _ok({})


def _renew_session_lock(entity: Entity, arguments: Arguments) -> Reply:
    return _ok(
        {"expiration": encoding.timestamp(_sessions(entity).renew(arguments.text("session-id")))}
    )


def _get_session_state(entity: Entity, arguments: Arguments) -> Reply:
    return _ok(
        {"session-state": encoding.binary(_sessions(entity).state(arguments.text("session-id")))}
    )


def _set_session_state(entity: Entity, arguments: Arguments) -> Reply:
    _sessions(entity).set_state(
        arguments.text("session-id"), arguments.optional_bytes("session-state")
    )
    return _ok({})


def _list_sessions(entity: Entity, arguments: Arguments) -> Reply:
    since, skip, top = (arguments.integer(key) for key in ("last-updated-time", "skip", "top"))
    sessions = _sessions(entity)
    wants_all = since >= _ALL_SESSIONS
    ids = (
        sessions.with_messages_or_state()
        if wants_all
        else sessions.with_state_changed_after(since / 1000)
    )
    page = ids[skip : skip + top]
    if not page:
        return Reply(
            status=204, description="No Content", condition="com.microsoft:session-not-found"
        )
    return _ok(
        {
            "skip": encoding.int32(skip + len(page)),
            "sessions-ids": encoding.list_(map(encoding.string, page)),
        }
    )


def _queue(entity: Entity) -> Queue:
    if not isinstance(entity, Queue):
        raise not_allowed(f"'{entity.path}' is a topic: receive from one of its subscriptions.")
    return entity


def _sessions(entity: Entity) -> Sessions:
    sessions = _queue(entity).sessions
    if sessions is None:
        raise not_allowed(f"'{entity.path}' does not have sessions.")
    return sessions


def _ok(body: dict[str, bytes]) -> Reply:
    return Reply(status=200, description="OK", body=_map(body))


def _map(values: dict[str, bytes]) -> bytes:
    return encoding.map_((encoding.string(key), value) for key, value in values.items())


def _list_of_maps(maps: Iterable[dict[str, bytes]]) -> bytes:
    return encoding.list_(map(_map, maps))


_OPERATIONS: dict[str, Callable[[Entity, Arguments], Reply]] = {
    "schedule-message": _schedule,
    "cancel-scheduled-message": _cancel_scheduled,
    "peek-message": _peek,
    "renew-lock": _renew_lock,
    "receive-by-sequence-number": _receive_deferred,
    "update-disposition": _update_disposition,
    "renew-session-lock": _renew_session_lock,
    "get-session-state": _get_session_state,
    "set-session-state": _set_session_state,
    "get-message-sessions": _list_sessions,
}
