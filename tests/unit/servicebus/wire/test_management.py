"""$management on the wire.

Every operation, and every wrong shape answered with 400 and the key that is wrong.
"""

import uuid
from typing import Any

import pytest

from sandbox.azure.servicebus.amqp import encoding
from sandbox.azure.servicebus.amqp.performatives import Accepted, Source, Target, Transfer
from sandbox.azure.servicebus.amqp.types import Encoded, Symbol
from sandbox.azure.servicebus.broker.message import MessageState
from sandbox.azure.servicebus.broker.namespace import Namespace
from sandbox.azure.servicebus.broker.properties import QueueProperties
from sandbox.azure.servicebus.sections import MESSAGE_ANNOTATIONS, read_content, sections
from tests.unit.servicebus.virtual_time import VirtualTime
from tests.unit.servicebus.wire.amqp_client import RawClient, message, transfers

_REQUESTS, _REPLIES = 4, 5


@pytest.fixture
def namespace(time: VirtualTime) -> Namespace:
    namespace = Namespace(time.agenda)
    namespace.create_queue("q", QueueProperties(lock_duration=60.0))
    namespace.create_queue("sessions", QueueProperties(requires_session=True, lock_duration=60.0))
    namespace.create_topic("t").subscribe("s", QueueProperties())
    return namespace


async def _connected(namespace: Namespace, time: VirtualTime, entity: str) -> RawClient:
    client = RawClient(namespace, time)
    await client.begin()
    await client.authorize()
    await client.attach_node(f"{entity}/$management", (_REQUESTS, _REPLIES))
    return client


@pytest.fixture
async def client(namespace: Namespace, time: VirtualTime) -> RawClient:
    return await _connected(namespace, time, "q")


async def _ask(client: RawClient, operation: str, body: Any) -> tuple[int, Any]:
    headers, value, _ = await client.request(
        _REQUESTS, {"operation": f"com.microsoft:{operation}"}, body
    )
    return headers["statusCode"], value


def _scheduled(at: float, message_id: str = "m") -> dict[str, Any]:
    annotations = encoding.map_(
        [(encoding.symbol("x-opt-scheduled-enqueue-time"), encoding.timestamp(at))]
    )
    encoded = encoding.described(MESSAGE_ANNOTATIONS, annotations) + message(message_id=message_id)
    return {"message-id": message_id, "message": encoded}


async def _locked(client: RawClient) -> uuid.UUID:
    """Send a message and lock it; its token."""
    await client.sender("q")
    await client.transfer(2, message())
    await client.receiver("q")
    (delivery,) = transfers(await client.grant(3, 1))
    return uuid.UUID(bytes_le=delivery.body.delivery_tag)


@pytest.mark.parametrize("message_id", [uuid.uuid4(), "text", 7, b"bytes"])
async def test_a_reply_names_its_request_in_the_same_type(
    client: RawClient, message_id: object
) -> None:
    body = {"from-sequence-number": 1, "message-count": 1}

    _, _, correlation_id = await client.request(
        _REQUESTS, {"operation": "com.microsoft:peek-message"}, body, message_id
    )

    assert (type(correlation_id), correlation_id) == (type(message_id), message_id)


async def test_scheduled_messages_are_numbered_peeked_and_cancelled(
    client: RawClient, namespace: Namespace, time: VirtualTime
) -> None:
    status, value = await _ask(
        client,
        "schedule-message",
        {"messages": [_scheduled(time.now + 60, "a"), _scheduled(time.now + 60, "b")]},
    )
    assert (status, value) == (200, {"sequence-numbers": [1, 2]})

    status, value = await _ask(
        client, "peek-message", {"from-sequence-number": 2, "message-count": 9}
    )
    (peeked,) = value["messages"]
    annotations = {s.code: s.value for s in sections(peeked["message"])}[MESSAGE_ANNOTATIONS]
    assert annotations["x-opt-message-state"] == MessageState.SCHEDULED
    assert "x-opt-locked-until" not in annotations

    assert await _ask(client, "cancel-scheduled-message", {"sequence-numbers": [1, 2]}) == (200, {})
    assert (await _ask(client, "cancel-scheduled-message", {"sequence-numbers": [1]}))[0] == 404
    assert len(namespace.queue("q")) == 0


async def test_peek_of_nothing_is_204(client: RawClient) -> None:
    assert await _ask(client, "peek-message", {"from-sequence-number": 1, "message-count": 1}) == (
        204,
        {},
    )


async def test_a_lock_is_renewed_until_it_is_lost(client: RawClient, time: VirtualTime) -> None:
    token = await _locked(client)
    await client.let_things_happen(30)

    status, value = await _ask(client, "renew-lock", {"lock-tokens": [token]})
    assert (status, value) == (200, {"expirations": [int((time.now + 60) * 1000)]})

    await client.let_things_happen(60)
    assert (await _ask(client, "renew-lock", {"lock-tokens": [token]}))[0] == 410


@pytest.mark.parametrize(
    ("status", "left", "dead"),
    [
        ("completed", [], 0),
        ("abandoned", [MessageState.ACTIVE], 0),
        ("defered", [MessageState.DEFERRED], 0),
        ("suspended", [], 1),
    ],
)
async def test_a_lock_token_settles_a_message(
    client: RawClient, namespace: Namespace, status: str, left: list[MessageState], dead: int
) -> None:
    token = await _locked(client)
    body = {"disposition-status": status, "lock-tokens": [token], "deadletter-reason": "r"}

    assert await _ask(client, "update-disposition", body) == (200, {})

    queue = namespace.queue("q")
    assert ([m.state for m in queue.peek(1, 9)], len(queue.dead_letters)) == (left, dead)
    assert (await _ask(client, "update-disposition", body))[0] == 410


async def test_a_deferred_message_is_received_by_its_number_with_a_lock(
    client: RawClient, namespace: Namespace
) -> None:
    token = await _locked(client)
    await _ask(
        client, "update-disposition", {"disposition-status": "defered", "lock-tokens": [token]}
    )

    body = {"sequence-numbers": [1], "receiver-settle-mode": 1}
    status, value = await _ask(client, "receive-by-sequence-number", body)

    (received,) = value["messages"]
    assert status == 200
    assert namespace.queue("q").lock_count == 1
    assert read_content(received["message"]).message_id == "m"
    done = {"disposition-status": "completed", "lock-tokens": [received["lock-token"]]}
    assert await _ask(client, "update-disposition", done) == (200, {})
    assert (await _ask(client, "receive-by-sequence-number", body))[0] == 404


async def test_a_deferred_message_can_be_received_and_deleted_at_once(
    client: RawClient, namespace: Namespace
) -> None:
    token = await _locked(client)
    await _ask(
        client, "update-disposition", {"disposition-status": "defered", "lock-tokens": [token]}
    )

    status, value = await _ask(
        client, "receive-by-sequence-number", {"sequence-numbers": [1], "receiver-settle-mode": 0}
    )

    assert (status, value["messages"][0]["lock-token"]) == (200, uuid.UUID(int=0))
    assert len(namespace.queue("q")) == 0


async def test_a_session_is_renewed_and_keeps_a_state(
    namespace: Namespace, time: VirtualTime
) -> None:
    client = await _connected(namespace, time, "sessions")
    await client.receiver(
        "sessions",
        source=Source(
            address="amqps://h/sessions", filter={Symbol("com.microsoft:session-filter"): "A"}
        ),
    )
    await client.let_things_happen(30)

    assert await _ask(client, "renew-session-lock", {"session-id": "A"}) == (
        200,
        {"expiration": int((time.now + 60) * 1000)},
    )
    assert await _ask(client, "get-session-state", {"session-id": "A"}) == (
        200,
        {"session-state": None},
    )
    assert await _ask(client, "set-session-state", {"session-id": "A", "session-state": b"s"}) == (
        200,
        {},
    )
    assert await _ask(client, "get-session-state", {"session-id": "A"}) == (
        200,
        {"session-state": b"s"},
    )
    assert (await _ask(client, "renew-session-lock", {"session-id": "B"}))[0] == 410


async def test_sessions_are_listed_in_pages(namespace: Namespace, time: VirtualTime) -> None:
    client = await _connected(namespace, time, "sessions")
    await client.sender("sessions")
    for session_id in "ABC":
        await client.transfer(2, message(session_id=session_id))
    every = 253_402_300_800_000

    pages = [
        await _ask(
            client, "get-message-sessions", {"last-updated-time": every, "skip": skip, "top": 2}
        )
        for skip in (0, 2, 3)
    ]

    assert pages[0] == (200, {"skip": 2, "sessions-ids": ["A", "B"]})
    assert pages[1] == (200, {"skip": 3, "sessions-ids": ["C"]})
    assert pages[2][0] == 204
    none_with_state = {"last-updated-time": 0, "skip": 0, "top": 2}
    assert (await _ask(client, "get-message-sessions", none_with_state))[0] == 204


_TOKEN = uuid.UUID(int=1)


@pytest.mark.parametrize(
    ("operation", "body", "key"),
    [
        ("peek-message", None, "must be a map"),
        ("peek-message", {}, "from-sequence-number"),
        ("peek-message", {"from-sequence-number": 1}, "message-count"),
        (
            "peek-message",
            {"from-sequence-number": True, "message-count": 1},
            "from-sequence-number",
        ),
        (
            "peek-message",
            {"from-sequence-number": 1, "message-count": 1, "session-id": 7},
            "session-id",
        ),
        ("schedule-message", {}, "messages"),
        ("schedule-message", {"messages": ["x"]}, "messages"),
        ("schedule-message", {"messages": [{}]}, "'message'"),
        ("schedule-message", {"messages": [{"message": b"\x01"}]}, "not an encoded message"),
        ("cancel-scheduled-message", {"sequence-numbers": ["1"]}, "sequence-numbers"),
        ("renew-lock", {"lock-tokens": "x"}, "lock-tokens"),
        ("renew-lock", {"lock-tokens": ["x"]}, "lock-tokens"),
        ("receive-by-sequence-number", {"sequence-numbers": [1]}, "receiver-settle-mode"),
        ("update-disposition", {"lock-tokens": [_TOKEN]}, "disposition-status"),
        (
            "update-disposition",
            {"lock-tokens": [_TOKEN], "disposition-status": "lost"},
            "it is 'lost'",
        ),
        ("update-disposition", {"disposition-status": "completed"}, "lock-tokens"),
        ("renew-session-lock", {"session-id": "A"}, "does not have sessions"),
    ],
)
async def test_a_request_of_the_wrong_shape_is_answered_and_the_connection_stays(
    client: RawClient, operation: str, body: Any, key: str
) -> None:
    headers, _, _ = await client.request(
        _REQUESTS, {"operation": f"com.microsoft:{operation}"}, body
    )

    assert headers["statusCode"] == 400
    assert key in headers["statusDescription"]
    assert not client.wire.closed


@pytest.mark.parametrize(
    ("operation", "body", "key"),
    [
        ("renew-session-lock", {}, "session-id"),
        ("set-session-state", {"session-id": "A", "session-state": "text"}, "session-state"),
        ("get-message-sessions", {"last-updated-time": 0, "skip": 0}, "top"),
    ],
)
async def test_a_session_request_of_the_wrong_shape_is_answered_too(
    namespace: Namespace, time: VirtualTime, operation: str, body: Any, key: str
) -> None:
    client = await _connected(namespace, time, "sessions")

    headers, _, _ = await client.request(
        _REQUESTS, {"operation": f"com.microsoft:{operation}"}, body
    )

    assert (headers["statusCode"], key in headers["statusDescription"]) == (400, True)


@pytest.mark.parametrize("headers", [{"operation": "com.microsoft:add-rule"}, {}])
async def test_an_operation_that_is_not_implemented_says_so(
    client: RawClient, headers: dict[str, str]
) -> None:
    reply, _, _ = await client.request(_REQUESTS, headers, {})

    assert (reply["statusCode"], reply["errorCondition"]) == (501, "amqp:not-implemented")


async def test_a_topic_schedules_and_peeks_but_has_no_locks(
    namespace: Namespace, time: VirtualTime
) -> None:
    client = await _connected(namespace, time, "t")

    assert await _ask(client, "schedule-message", {"messages": [_scheduled(time.now + 60)]}) == (
        200,
        {"sequence-numbers": [1]},
    )
    assert (await _ask(client, "peek-message", {"from-sequence-number": 1, "message-count": 9}))[
        0
    ] == 200
    assert (await _ask(client, "renew-lock", {"lock-tokens": [_TOKEN]}))[0] == 400
    assert await _ask(client, "cancel-scheduled-message", {"sequence-numbers": [1]}) == (200, {})


async def test_a_reply_waits_for_credit(namespace: Namespace, time: VirtualTime) -> None:
    client = RawClient(namespace, time)
    await client.begin()
    node = {"source": Source(address="q/$management"), "target": Target(address="q/$management")}
    await client.attach(_REPLIES, role=True, **node)
    await client.attach(_REQUESTS, role=False, **node)

    frames = await client.send(Transfer(handle=_REQUESTS, delivery_id=1), message())
    assert transfers(frames) == []

    assert len(transfers(await client.grant(_REPLIES, 1))) == 1


async def test_a_reply_takes_the_link_that_the_request_names(
    namespace: Namespace, time: VirtualTime
) -> None:
    client = RawClient(namespace, time)
    await client.begin()
    await client.attach_node("q/$management", (_REQUESTS, _REPLIES))
    await client.attach(
        6, role=True, source=Source(address="q/$management"), target=Target(address="mine")
    )
    await client.grant(6, 1)
    properties = encoding.described(0x73, encoding.anything(["id", None, None, None, "mine"]))

    frames = await client.send(Transfer(handle=_REQUESTS, delivery_id=1), properties)

    assert [frame.body.handle for frame in transfers(frames)] == [6]


async def test_a_request_without_a_reply_link_is_rejected(
    namespace: Namespace, time: VirtualTime
) -> None:
    client = RawClient(namespace, time)
    await client.begin()
    node = {"source": Source(address="q/$management"), "target": Target(address="q/$management")}
    await client.attach(_REQUESTS, role=False, **node)

    (response,) = await client.transfer(_REQUESTS, message())

    assert response.state.error.condition == "amqp:not-found"


@pytest.mark.parametrize("bad", [encoding.string("x"), encoding.anything({"a": 1})])
async def test_a_request_whose_properties_are_no_list_is_rejected(
    client: RawClient, bad: bytes
) -> None:
    (response,) = await client.transfer(_REQUESTS, encoding.described(0x73, bad))

    assert response.state.error.condition == "amqp:decode-error"


async def test_requests_are_settled_like_messages(client: RawClient) -> None:
    body = encoding.described(0x77, Encoded(encoding.map_([])))

    bodies = await client.transfer(_REQUESTS, body)

    assert [body.state for body in bodies if not isinstance(body, Transfer)] == [Accepted()]
