"""Links on the wire.

Tokens, attaching and being refused, sending, receiving, settling, credit and windows.
"""

import uuid
from typing import Any

import pytest

from sandbox.azure.servicebus.amqp import encoding
from sandbox.azure.servicebus.amqp.frames import encode_frame
from sandbox.azure.servicebus.amqp.performatives import (
    Accepted,
    Attach,
    Coordinator,
    Detach,
    Disposition,
    Error,
    Flow,
    Modified,
    Rejected,
    Released,
    Source,
    Target,
    Transfer,
)
from sandbox.azure.servicebus.amqp.types import Symbol
from sandbox.azure.servicebus.broker.namespace import Namespace
from sandbox.azure.servicebus.broker.properties import QueueProperties
from sandbox.azure.servicebus.broker.tokens import Claim, Policy
from sandbox.azure.servicebus.sections import (
    BATCH_FORMAT,
    DATA,
    DELIVERY_ANNOTATIONS,
    HEADER,
    MESSAGE_ANNOTATIONS,
)
from sandbox.azure.servicebus.wire.faults import Fault, Faults
from tests.unit.servicebus.virtual_time import VirtualTime
from tests.unit.servicebus.wire.amqp_client import RawClient, message, section, transfers

FILTER = Symbol("com.microsoft:session-filter")


@pytest.fixture
def namespace(time: VirtualTime) -> Namespace:
    namespace = Namespace(time.agenda)
    namespace.create_queue("q", QueueProperties(lock_duration=60.0, max_message_size=200_000))
    namespace.create_queue("sessions", QueueProperties(requires_session=True, lock_duration=60.0))
    namespace.create_topic("t").subscribe("s", QueueProperties())
    return namespace


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
async def client(namespace: Namespace, time: VirtualTime, faults: Faults) -> RawClient:
    """Connected, with a token for everything."""
    client = RawClient(namespace, time, faults)
    await client.begin()
    await client.authorize()
    return client


async def _received(client: RawClient, credit: int = 1) -> Any:
    """Attach a receiver to 'q' and take one message."""
    await client.receiver("q")
    return transfers(await client.grant(3, credit))[0]


# ---- tokens


async def test_a_token_for_an_entity_that_does_not_exist_is_refused_with_404(
    namespace: Namespace, time: VirtualTime
) -> None:
    client = RawClient(namespace, time)
    await client.begin()

    headers = await client.authorize("sb://127.0.0.1:5672/nothing")

    assert (headers["status-code"], headers["error-condition"]) == (404, "amqp:not-found")


async def test_a_token_with_a_wrong_signature_is_refused_with_401(
    namespace: Namespace, time: VirtualTime
) -> None:
    namespace.policies = {"root": Policy(key="k")}
    client = RawClient(namespace, time)
    await client.begin()

    headers = await client.authorize(
        "sb://h/q", "SharedAccessSignature sr=x&sig=wrong&se=9999999999&skn=root"
    )

    assert headers["status-code"] == 401


async def test_a_token_is_needed_before_any_link(namespace: Namespace, time: VirtualTime) -> None:
    client = RawClient(namespace, time)
    await client.begin()

    for bodies in (await client.sender("q"), await client.receiver("q")):
        assert isinstance(bodies[0], Attach)
        assert bodies[1].error.condition == "amqp:unauthorized-access"


async def test_a_token_with_one_claim_opens_one_direction(
    namespace: Namespace, time: VirtualTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(namespace, "authorize", lambda *_: frozenset({Claim.LISTEN}))
    client = RawClient(namespace, time)
    await client.begin()
    await client.authorize("q")

    assert len(await client.receiver("q")) == 1
    assert "'Send' is required" in (await client.sender("q"))[1].error.description


@pytest.mark.parametrize(
    "headers", [{}, {"operation": "put-token"}, {"operation": "delete-token", "name": "q"}]
)
async def test_a_request_that_puts_no_token_is_refused_with_400(
    namespace: Namespace, time: VirtualTime, headers: dict[str, str]
) -> None:
    client = RawClient(namespace, time)
    await client.begin()
    await client.attach_node("$cbs", (0, 1))

    reply, _, _ = await client.request(0, headers, "token")

    assert reply["status-code"] == 400


# ---- attach


async def test_an_attach_is_answered_with_both_termini_and_the_address_byte_for_byte(
    client: RawClient,
) -> None:
    (response,) = await client.receiver("Q")

    assert response.source.address == "amqps://127.0.0.1:5672/Q"
    assert response.target is not None
    assert (response.role, response.initial_delivery_count, response.max_message_size) == (
        False,
        0,
        200_000,
    )


async def test_a_sender_is_granted_credit(client: RawClient) -> None:
    response, flow = await client.sender("q")

    assert (response.role, response.initial_delivery_count) == (True, None)
    assert (flow.handle, flow.delivery_count, flow.link_credit) == (2, 0, 1000)


@pytest.mark.parametrize(
    ("path", "condition"),
    [
        ("nothing", "amqp:not-found"),
        ("t/Subscriptions/nothing", "amqp:not-found"),
        ("t/$deadletterqueue", "amqp:not-found"),
        ("t", "amqp:not-allowed"),
        ("sessions", "amqp:not-allowed"),
    ],
)
async def test_a_receiver_is_refused_with_a_null_source_and_a_detach(
    client: RawClient, path: str, condition: str
) -> None:
    response, detach = await client.receiver(path)

    assert (response.source, response.target is None) == (None, False)
    assert isinstance(detach, Detach)
    assert (detach.closed, detach.error and detach.error.condition) == (True, condition)


@pytest.mark.parametrize("path", ["nothing", "q/$DeadLetterQueue", "t/Subscriptions/s"])
async def test_a_sender_is_refused_with_a_null_target_and_a_detach(
    client: RawClient, path: str
) -> None:
    response, detach = await client.sender(path)

    assert (response.source is None, response.target) == (False, None)
    assert isinstance(detach, Detach)


async def test_management_of_an_unknown_entity_is_refused(client: RawClient) -> None:
    for role in (True, False):
        terminus = {
            "source": Source(address="nothing/$management"),
            "target": Target(address="nothing/$management"),
        }
        bodies = await client.attach(9, role=role, **terminus)
        assert bodies[1].error.condition == "amqp:not-found"
        await client.send(Detach(handle=9, closed=True))


async def test_transactions_are_refused_by_name(client: RawClient) -> None:
    bodies = await client.attach(9, role=False, target=Coordinator())

    assert bodies[1].error.condition == "amqp:not-implemented"
    assert "transactions" in bodies[1].error.description


async def test_a_detach_is_answered(client: RawClient) -> None:
    await client.receiver("q")

    frames = await client.send(Detach(handle=3, closed=True))

    assert [frame.body for frame in frames] == [Detach(handle=3, closed=True)]
    assert await client.send(Detach(handle=3, closed=True)) == []


async def test_a_subscription_gets_what_is_sent_to_its_topic(client: RawClient) -> None:
    await client.receiver("t/Subscriptions/S", credit=1)
    await client.sender("t")

    response, delivery = await client.send(Transfer(handle=2, delivery_id=1), message(b"news"))

    assert response.body.state == Accepted()
    assert delivery.payload.endswith(b"news")


# ---- sending


async def test_a_message_is_accepted_and_settled(client: RawClient, namespace: Namespace) -> None:
    await client.sender("q")

    bodies = await client.transfer(2, message())

    assert bodies == [Disposition(role=True, first=2, last=2, settled=True, state=Accepted())]
    assert len(namespace.queue("q")) == 1


async def test_a_message_that_was_sent_settled_is_not_answered(
    client: RawClient, namespace: Namespace
) -> None:
    await client.sender("q")

    assert await client.transfer(2, message(), settled=True) == []
    assert len(namespace.queue("q")) == 1


async def test_a_message_in_several_frames_is_put_together(
    client: RawClient, namespace: Namespace
) -> None:
    await client.sender("q")
    encoded = message(b"x" * 100_000)

    await client.send(
        Transfer(handle=2, delivery_id=9, delivery_tag=b"t", more=True), encoded[:60_000]
    )
    assert len(namespace.queue("q")) == 0
    (response,) = await client.send(Transfer(handle=2), encoded[60_000:])

    assert response.body == Disposition(role=True, first=9, last=9, settled=True, state=Accepted())
    assert namespace.queue("q").peek(1, 1)[0].content.size == len(encoded)


async def test_a_message_that_its_sender_aborts_never_was(
    client: RawClient, namespace: Namespace
) -> None:
    await client.sender("q")
    await client.send(Transfer(handle=2, delivery_id=9, more=True), b"part")

    assert await client.send(Transfer(handle=2, aborted=True)) == []
    assert (await client.transfer(2, message()))[0].state == Accepted()
    assert len(namespace.queue("q")) == 1


async def test_a_batch_carries_whole_messages_in_its_data_sections(
    client: RawClient, namespace: Namespace
) -> None:
    await client.sender("q")
    parts = [encoding.described(DATA, encoding.binary(message(message_id=name))) for name in "abc"]

    (response,) = await client.transfer(2, b"".join(parts), message_format=BATCH_FORMAT)

    assert response.state == Accepted()
    assert [m.content.message_id for m in namespace.queue("q").peek(1, 9)] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("encoded", "condition"),
    [
        (message(b"x" * 200_000), "amqp:link:message-size-exceeded"),
        (b"\x00\x53\x73", "amqp:decode-error"),
    ],
)
async def test_a_bad_message_is_rejected_and_the_link_stays_open(
    client: RawClient, namespace: Namespace, encoded: bytes, condition: str
) -> None:
    await client.sender("q")
    for start in range(0, len(encoded), 60_000):
        part = encoded[start : start + 60_000]
        transfer = Transfer(handle=2, delivery_id=9, more=start + 60_000 < len(encoded))
        frames = await client.send(transfer, part)

    state = frames[0].body.state
    assert (type(state), state.error.condition) == (Rejected, condition)
    assert (await client.transfer(2, message()))[0].state == Accepted()
    assert len(namespace.queue("q")) == 1


async def test_a_sender_that_uses_up_its_credit_gets_more(client: RawClient) -> None:
    await client.sender("q")

    bodies = [
        body for _ in range(501) for body in await client.transfer(2, message(), settled=True)
    ]

    (flow,) = bodies
    assert (flow.link_credit, flow.delivery_count) == (1000, 501)


# ---- receiving


async def test_a_delivery_carries_its_lock_token_twice_and_every_annotation(
    client: RawClient, time: VirtualTime
) -> None:
    await client.sender("q")
    await client.transfer(2, message())

    delivery = await _received(client)

    token = section(delivery, DELIVERY_ANNOTATIONS)["x-opt-lock-token"]
    assert uuid.UUID(bytes_le=delivery.body.delivery_tag) == token
    annotations = section(delivery, MESSAGE_ANNOTATIONS)
    assert annotations["x-opt-locked-until"] == int((time.now + 60) * 1000)
    assert annotations["x-opt-enqueued-time"] == int(time.now * 1000)
    assert annotations["x-opt-sequence-number"] == annotations["x-opt-enqueue-sequence-number"] == 1
    assert annotations["x-opt-message-state"] == 0
    assert section(delivery, HEADER)[4] == 0  # type: ignore[index]


async def test_credit_is_set_and_not_added(client: RawClient) -> None:
    await client.sender("q")
    for _ in range(10):
        await client.transfer(2, message())
    await client.receiver("q")

    assert len(transfers(await client.grant(3, 2))) == 2
    assert (
        len(transfers(await client.grant(3, 2))) == 0
    )  # delivery-count 0: the same credit once more
    assert len(transfers(await client.grant(3, 2, delivery_count=2))) == 2
    assert (
        len(transfers(await client.grant(3, 1, delivery_count=2))) == 0
    )  # less than is on its way already


async def test_a_drain_is_answered_with_no_credit_left_after_the_messages(
    client: RawClient,
) -> None:
    await client.sender("q")
    await client.transfer(2, message())
    await client.receiver("q")

    frames = await client.grant(3, 5, drain=True)

    assert [type(frame.body) for frame in frames] == [Transfer, Flow]
    flow = frames[1].body
    assert (flow.link_credit, flow.drain, flow.delivery_count) == (0, True, 5)
    await client.transfer(2, message())
    assert transfers(client.frames()) == []


async def test_a_flow_that_asks_for_an_answer_gets_one(client: RawClient) -> None:
    await client.sender("q")
    await client.receiver("q")

    for handle in (2, 3):
        (response,) = await client.grant(handle, 5, echo=True)
        assert (response.body.handle, response.body.drain) == (handle, False)


async def test_a_large_message_goes_out_in_frames_that_the_client_can_take(
    namespace: Namespace, time: VirtualTime
) -> None:
    client = RawClient(namespace, time)
    await client.begin(max_frame_size=10_000)
    await client.authorize()
    await client.sender("q")
    await client.transfer(2, message(b"x" * 50_000))
    await client.receiver("q")

    frames = transfers(await client.grant(3, 1))

    assert [frame.body.more for frame in frames] == [True] * 5 + [False]
    assert all(len(encode_frame(0, frame.body, frame.payload)) <= 10_000 for frame in frames)
    assert b"".join(frame.payload for frame in frames).endswith(b"x" * 50_000)


async def test_messages_wait_for_the_clients_window(
    namespace: Namespace, time: VirtualTime
) -> None:
    client = RawClient(namespace, time)
    await client.begin(max_frame_size=10_000)
    await client.authorize()
    await client.sender("q")
    await client.transfer(2, message(b"x" * 25_000))
    await client.transfer(2, message(b"small"))
    await client.receiver("q")

    sent = client.connection.channels[0]._next_outgoing
    first = transfers(await client.grant(3, 2, next_incoming_id=sent, incoming_window=2))
    assert [frame.body.more for frame in first] == [True, True]

    rest = transfers(await client.grant(3, 2, next_incoming_id=sent + 2, incoming_window=9))
    assert [frame.body.more for frame in rest] == [False, False]
    assert b"".join(frame.payload for frame in [*first, rest[0]]).endswith(b"x" * 25_000)


async def test_receive_and_delete_sends_settled_and_keeps_nothing(
    client: RawClient, namespace: Namespace
) -> None:
    await client.sender("q")
    await client.transfer(2, message())
    await client.receiver("q", snd_settle_mode=1)

    (delivery,) = transfers(await client.grant(3, 1))

    assert delivery.body.settled
    assert len(namespace.queue("q")) == 0


# ---- settling


@pytest.mark.parametrize(
    ("outcome", "left", "dead"),
    [
        (Accepted(), 0, 0),
        (Released(), 1, 0),
        (Modified(delivery_failed=True), 1, 0),
        (Modified(delivery_failed=True, undeliverable_here=True), 1, 0),
        (
            Rejected(
                error=Error(condition="com.microsoft:dead-letter", info={"DeadLetterReason": "r"})
            ),
            0,
            1,
        ),
        (Rejected(), 0, 1),
    ],
    ids=["complete", "release", "abandon", "defer", "dead-letter", "dead-letter-without-reason"],
)
async def test_a_settlement_is_answered_with_the_bare_outcome_that_was_asked_for(
    client: RawClient, namespace: Namespace, outcome: Any, left: int, dead: int
) -> None:
    await client.sender("q")
    await client.transfer(2, message())
    delivery = await _received(client)

    response = await client.settle(delivery.body.delivery_id, outcome)

    assert response == type(outcome)()
    queue = namespace.queue("q")
    assert (len(queue), len(queue.dead_letters)) == (left, dead)


async def test_reason_and_description_of_a_dead_letter_may_have_symbols_as_keys(
    client: RawClient, namespace: Namespace
) -> None:
    await client.sender("q")
    await client.transfer(2, message())
    delivery = await _received(client)
    info = {Symbol("DeadLetterReason"): "r", Symbol("DeadLetterErrorDescription"): "d"}

    await client.settle(delivery.body.delivery_id, Rejected(error=Error(condition="c", info=info)))

    (dead,) = namespace.queue("q").dead_letters.peek(1, 1)
    assert b"DeadLetterReason\xa1\x01r" in dead.content.application_properties
    assert b"DeadLetterErrorDescription\xa1\x01d" in dead.content.application_properties


async def test_a_settlement_that_asks_for_no_reply_gets_none(
    client: RawClient, namespace: Namespace
) -> None:
    await client.sender("q")
    await client.transfer(2, message())
    delivery = await _received(client)

    frames = await client.send(
        Disposition(role=True, first=delivery.body.delivery_id, settled=True, state=Accepted())
    )

    assert frames == []
    assert len(namespace.queue("q")) == 0


async def test_a_lost_lock_is_answered_with_its_condition(client: RawClient) -> None:
    await client.sender("q")
    await client.transfer(2, message())
    delivery = await _received(client)
    await client.let_things_happen(60)
    client.frames()

    response = await client.settle(delivery.body.delivery_id, Accepted())

    assert response.error.condition == "com.microsoft:message-lock-lost"


async def test_a_detach_forgets_deliveries_that_only_their_tokens_can_settle_then(
    client: RawClient, namespace: Namespace
) -> None:
    await client.sender("q")
    await client.transfer(2, message())
    delivery = await _received(client)
    await client.send(Detach(handle=3, closed=True))

    response = await client.settle(delivery.body.delivery_id, Accepted())
    assert response.error.condition == "com.microsoft:message-lock-lost"

    await client.attach_node("q/$management", (4, 5))
    token = uuid.UUID(bytes_le=delivery.body.delivery_tag)
    body = {"disposition-status": "completed", "lock-tokens": [token]}
    headers, _, _ = await client.request(4, {"operation": "com.microsoft:update-disposition"}, body)
    assert headers["statusCode"] == 200
    assert len(namespace.queue("q")) == 0


async def test_a_disposition_of_what_the_client_sent_itself_changes_nothing(
    client: RawClient,
) -> None:
    assert await client.send(Disposition(role=False, first=0, settled=True, state=Accepted())) == []


# ---- sessions


async def test_a_session_is_granted_with_its_id_and_the_end_of_its_lock_in_ticks(
    client: RawClient, time: VirtualTime
) -> None:
    source = Source(address="amqps://h/sessions", filter={FILTER: "A"})

    (response,) = await client.receiver("sessions", source=source)

    assert response.source.filter == {FILTER: "A"}
    ticks = response.properties["com.microsoft:locked-until-utc"]
    assert ticks == int((time.now + 60) * 10_000_000) + 621_355_968_000_000_000


async def test_an_attach_for_the_next_session_is_held_until_there_is_one(client: RawClient) -> None:
    source = Source(address="amqps://h/sessions", filter={FILTER: None})
    assert await client.receiver("sessions", source=source) == []
    await client.sender("sessions")

    responses = await client.transfer(2, message(session_id="late"))

    (attached,) = [body for body in responses if isinstance(body, Attach)]
    assert attached.source == Source(address="amqps://h/sessions", filter={FILTER: "late"})


async def test_an_attach_for_the_next_session_is_refused_when_its_time_is_over(
    client: RawClient,
) -> None:
    source = Source(address="amqps://h/sessions", filter={FILTER: None})
    await client.receiver(
        "sessions", source=source, properties={Symbol("com.microsoft:timeout"): 5_000}
    )

    await client.let_things_happen(4.9)
    assert client.frames() == []
    await client.let_things_happen(0.1)

    attach, detach = client.bodies()
    assert attach.source is None
    assert detach.error.condition == "com.microsoft:timeout"


async def test_a_session_that_is_held_is_refused_to_others(client: RawClient) -> None:
    source = Source(address="amqps://h/sessions", filter={FILTER: "A"})
    await client.receiver("sessions", source=source)

    bodies = await client.receiver("sessions", handle=6, source=source)

    assert bodies[1].error.condition == "com.microsoft:session-cannot-be-locked"


async def test_a_session_whose_lock_ends_is_detached_with_the_reason(client: RawClient) -> None:
    await client.receiver(
        "sessions", source=Source(address="amqps://h/sessions", filter={FILTER: "A"})
    )

    await client.let_things_happen(60)

    (detach,) = client.bodies()
    assert detach.error.condition == "com.microsoft:session-lock-lost"


async def test_a_session_is_refused_on_a_queue_without_sessions(client: RawClient) -> None:
    bodies = await client.receiver("q", source=Source(address="amqps://h/q", filter={FILTER: "A"}))

    assert bodies[1].error.condition == "amqp:not-allowed"


async def test_a_session_id_that_is_no_string_is_refused(client: RawClient) -> None:
    bodies = await client.receiver(
        "sessions", source=Source(address="amqps://h/sessions", filter={FILTER: 1})
    )

    assert bodies[1].error.condition == "amqp:invalid-field"


async def test_a_message_without_a_session_is_rejected(client: RawClient) -> None:
    await client.sender("sessions")

    (response,) = await client.transfer(2, message())

    assert response.state.error.condition == "amqp:not-allowed"


# ---- faults


async def test_a_busy_server_stores_nothing_as_often_as_it_was_asked_to(
    client: RawClient, namespace: Namespace, faults: Faults
) -> None:
    await client.sender("q")
    faults.plan(Fault.SERVER_BUSY, "Q", times=2)

    states = [(await client.transfer(2, message()))[0].state for _ in range(3)]

    assert [getattr(getattr(state, "error", None), "condition", None) for state in states] == [
        "com.microsoft:server-busy",
        "com.microsoft:server-busy",
        None,
    ]
    assert len(namespace.queue("q")) == 1


async def test_a_lost_answer_to_a_send_leaves_the_message_stored(
    client: RawClient, namespace: Namespace, faults: Faults
) -> None:
    await client.sender("q")
    faults.plan(Fault.SEND_RESPONSE_LOST, "q")

    assert await client.transfer(2, message()) == []

    assert client.wire.aborted
    assert len(namespace.queue("q")) == 1


async def test_a_lost_answer_to_a_settlement_leaves_the_message_settled(
    client: RawClient, namespace: Namespace, faults: Faults
) -> None:
    await client.sender("q")
    await client.transfer(2, message())
    delivery = await _received(client)
    faults.plan(Fault.SETTLEMENT_RESPONSE_LOST, "q")

    frames = await client.send(
        Disposition(role=True, first=delivery.body.delivery_id, state=Accepted())
    )

    assert frames == []
    assert client.wire.aborted
    assert len(namespace.queue("q")) == 0
