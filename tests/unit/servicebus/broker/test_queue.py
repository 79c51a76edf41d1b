"""A queue without sessions.

Order, locks, delivery counts, dead letters, deferral, and who gets what.
"""

import uuid

import pytest

from sandbox.azure.servicebus.broker.errors import BrokerError
from sandbox.azure.servicebus.broker.message import MessageState
from sandbox.azure.servicebus.broker.queue import Queue, Settlement
from tests.unit.servicebus.conftest import MakeQueue
from tests.unit.servicebus.virtual_time import Receiver, VirtualTime, content


def _join(queue: Queue, credit: int = 100, *, deletes_on_receive: bool = False) -> Receiver:
    receiver = Receiver(credit=credit, deletes_on_receive=deletes_on_receive)
    queue.competing.join(receiver)
    queue.dispatch_soon()
    return receiver


def _dead_letters(queue: Queue) -> list[dict[str, str]]:
    found = [message.content.application_properties for message in queue.dead_letters.peek(1, 100)]
    return [_decoded(properties) for properties in found]


def _decoded(properties: bytes) -> dict[str, str]:
    from sandbox.azure.servicebus.amqp.decoding import decode  # noqa: PLC0415 - used here only

    return dict(decode(properties)[0].value)


# ---- order


def test_messages_come_in_the_order_they_were_sent(
    time: VirtualTime, make_queue: MakeQueue
) -> None:
    queue = make_queue()
    queue.accept([content("a"), content("b")])
    queue.accept([content("c")])

    receiver = _join(queue)
    time.let_things_happen()

    assert receiver.ids == ["a", "b", "c"]
    assert [message.sequence_number for message in receiver.received] == [1, 2, 3]


def test_an_abandoned_message_comes_back_at_its_place(
    time: VirtualTime, make_queue: MakeQueue
) -> None:
    queue = make_queue()
    queue.accept([content("a"), content("b")])
    first = _join(queue, credit=1)
    time.let_things_happen()

    queue.settle(first.tokens[0], Settlement.ABANDON)
    second = _join(queue)
    time.let_things_happen()

    assert second.ids == ["a", "b"]


def test_receivers_take_turns(time: VirtualTime, make_queue: MakeQueue) -> None:
    queue = make_queue()
    receivers = [_join(queue), _join(queue)]

    queue.accept([content(name) for name in "abcd"])
    time.let_things_happen()

    assert [receiver.ids for receiver in receivers] == [["a", "c"], ["b", "d"]]


def test_nobody_gets_more_than_it_has_credit_for(time: VirtualTime, make_queue: MakeQueue) -> None:
    queue = make_queue()
    poor, rich = _join(queue, credit=1), _join(queue, credit=2)

    queue.accept([content(name) for name in "abcd"])
    time.let_things_happen()

    assert (len(poor.received), len(rich.received), len(queue)) == (1, 2, 4)


def test_a_receiver_that_left_gets_nothing(time: VirtualTime, make_queue: MakeQueue) -> None:
    queue = make_queue()
    receiver = _join(queue)
    queue.competing.leave(receiver)
    queue.competing.leave(receiver)

    queue.accept([content("a")])
    time.let_things_happen()

    assert receiver.received == []


def test_receive_and_delete_leaves_nothing_behind(time: VirtualTime, make_queue: MakeQueue) -> None:
    queue = make_queue()
    queue.accept([content("a", time_to_live=60.0)])
    receiver = _join(queue, deletes_on_receive=True)
    time.let_things_happen()

    assert receiver.ids == ["a"]
    assert (len(queue), queue.lock_count, len(time.agenda)) == (0, 0, 0)


# ---- locks


def test_a_lock_ends_on_time_and_the_message_comes_again_with_one_failed_delivery(
    time: VirtualTime, make_queue: MakeQueue
) -> None:
    queue = make_queue(lock_duration=60.0)
    queue.accept([content("a")])
    receiver = _join(queue)

    time.advance(59.9)
    assert receiver.ids == ["a"]
    time.advance(0.1)

    assert receiver.ids == ["a", "a"]
    assert receiver.received[1].delivery_count == 1


def test_a_lock_that_was_lost_settles_and_renews_nothing(
    time: VirtualTime, make_queue: MakeQueue
) -> None:
    queue = make_queue(lock_duration=60.0)
    queue.accept([content("a")])
    receiver = _join(queue)
    time.advance(60)

    for how in Settlement:
        with pytest.raises(BrokerError, match="lock is lost"):
            queue.settle(receiver.tokens[0], how)
    with pytest.raises(BrokerError, match="lock is lost"):
        queue.renew(receiver.tokens[0])
    assert len(queue) == 1


def test_a_deadline_counts_even_before_anybody_noticed_it(
    time: VirtualTime, make_queue: MakeQueue
) -> None:
    queue = make_queue(lock_duration=60.0)
    queue.accept([content("a")])
    receiver = _join(queue)
    time.let_things_happen()

    time._now += 60  # the timer has not run yet

    with pytest.raises(BrokerError, match="lock is lost"):
        queue.settle(receiver.tokens[0], Settlement.COMPLETE)


def test_a_renewed_lock_holds_for_its_duration_from_the_renewal(
    time: VirtualTime, make_queue: MakeQueue
) -> None:
    queue = make_queue(lock_duration=60.0)
    queue.accept([content("a")])
    receiver = _join(queue)
    time.advance(50)

    assert queue.renew(receiver.tokens[0]) == time.now + 60

    time.advance(59)
    queue.settle(receiver.tokens[0], Settlement.COMPLETE)
    assert len(queue) == 0


def test_a_token_settles_once(time: VirtualTime, make_queue: MakeQueue) -> None:
    queue = make_queue()
    queue.accept([content("a")])
    receiver = _join(queue)
    time.let_things_happen()

    queue.settle(receiver.tokens[0], Settlement.COMPLETE)

    with pytest.raises(BrokerError, match="lock is lost"):
        queue.settle(receiver.tokens[0], Settlement.COMPLETE)


def test_a_made_up_token_settles_nothing(make_queue: MakeQueue) -> None:
    with pytest.raises(BrokerError, match="lock is lost"):
        make_queue().settle(uuid.uuid4(), Settlement.COMPLETE)


def test_messages_of_a_receiver_that_left_stay_locked_until_their_locks_end(
    time: VirtualTime, make_queue: MakeQueue
) -> None:
    queue = make_queue(lock_duration=60.0)
    queue.accept([content("a")])
    gone = _join(queue)
    time.let_things_happen()
    queue.competing.leave(gone)
    other = _join(queue)

    time.advance(59)
    assert other.received == []
    time.advance(1)

    assert other.ids == ["a"]


def test_completed_messages_leave_no_timer_behind(time: VirtualTime, make_queue: MakeQueue) -> None:
    queue = make_queue(default_time_to_live=14 * 86_400.0)
    receiver = _join(queue, credit=1_000)
    queue.accept([content(str(number)) for number in range(1_000)])
    time.let_things_happen()

    for token in receiver.tokens:
        queue.settle(token, Settlement.COMPLETE)
    time.let_things_happen()

    assert len(time.agenda) == 0
    assert len(time.agenda._heap) < 200


# ---- delivery count and dead letters


def test_a_message_is_dead_lettered_after_its_last_attempt(
    time: VirtualTime, make_queue: MakeQueue
) -> None:
    queue = make_queue(max_delivery_count=3)
    queue.accept([content("a")])
    receiver = _join(queue)

    for attempt in range(3):
        time.let_things_happen()
        assert receiver.received[attempt].delivery_count == attempt
        queue.settle(receiver.tokens[attempt], Settlement.ABANDON)
    time.let_things_happen()

    assert len(receiver.received) == 3
    assert _dead_letters(queue)[0]["DeadLetterReason"] == "MaxDeliveryCountExceeded"


def test_a_released_message_has_not_been_attempted(
    time: VirtualTime, make_queue: MakeQueue
) -> None:
    queue = make_queue(max_delivery_count=1)
    queue.accept([content("a")])
    receiver = _join(queue)
    time.let_things_happen()

    queue.settle(receiver.tokens[0], Settlement.RELEASE)
    time.let_things_happen()

    assert receiver.received[1].delivery_count == 0


def test_a_dead_letter_keeps_its_reason_its_count_and_its_first_number(
    time: VirtualTime, make_queue: MakeQueue
) -> None:
    queue = make_queue()
    queue.accept([content("x"), content("a")])
    receiver = _join(queue)
    time.let_things_happen()

    queue.settle(receiver.tokens[1], Settlement.DEAD_LETTER, "parked", "by hand")

    (dead,) = queue.dead_letters.peek(1, 10)
    assert _dead_letters(queue) == [
        {"DeadLetterReason": "parked", "DeadLetterErrorDescription": "by hand"}
    ]
    assert (dead.content.message_id, dead.enqueued_sequence_number, dead.state) == (
        "a",
        2,
        MessageState.ACTIVE,
    )


def test_a_dead_letter_without_a_reason_has_none(time: VirtualTime, make_queue: MakeQueue) -> None:
    queue = make_queue()
    queue.accept([content("a")])
    receiver = _join(queue)
    time.let_things_happen()

    queue.settle(receiver.tokens[0], Settlement.DEAD_LETTER)

    assert queue.dead_letters.peek(1, 1)[0].content.application_properties == b""


def test_a_dead_letter_queue_gives_up_nothing(time: VirtualTime, make_queue: MakeQueue) -> None:
    queue = make_queue(max_delivery_count=1, default_time_to_live=10.0)
    queue.accept([content("a", time_to_live=10.0)])
    queue.settle(_delivered(time, queue), Settlement.DEAD_LETTER, "r")
    dead = queue.dead_letters

    for _ in range(20):
        queue_token = _delivered(time, dead)
        dead.settle(queue_token, Settlement.ABANDON)
    with pytest.raises(BrokerError, match="dead-lettered again"):
        dead.settle(_delivered(time, dead), Settlement.DEAD_LETTER)
    time.advance(1_000)

    assert len(dead) == 1


def _delivered(time: VirtualTime, queue: Queue) -> uuid.UUID:
    receiver = _join(queue, credit=1)
    time.let_things_happen()
    queue.competing.leave(receiver)
    return receiver.tokens[0]


# ---- deferral


def test_a_deferred_message_comes_only_by_its_number(
    time: VirtualTime, make_queue: MakeQueue
) -> None:
    queue = make_queue()
    queue.accept([content("a")])
    receiver = _join(queue)
    time.let_things_happen()
    queue.settle(receiver.tokens[0], Settlement.DEFER)
    time.let_things_happen()
    assert receiver.ids == ["a"]

    (message,) = queue.receive_deferred([1], delete=False)

    assert message.lock_token is not None
    assert message.delivery_count == 0
    queue.settle(message.lock_token, Settlement.COMPLETE)
    assert len(queue) == 0


def test_a_deferred_message_is_deferred_again_when_its_lock_ends(
    time: VirtualTime, make_queue: MakeQueue
) -> None:
    queue = make_queue(lock_duration=60.0)
    queue.accept([content("a")])
    receiver = _join(queue)
    time.let_things_happen()
    queue.settle(receiver.tokens[0], Settlement.DEFER)
    queue.receive_deferred([1], delete=False)

    time.advance(60)

    assert receiver.ids == ["a"]
    assert queue.receive_deferred([1], delete=True)[0].delivery_count == 1
    assert len(queue) == 0


def test_deferred_messages_come_all_or_none(time: VirtualTime, make_queue: MakeQueue) -> None:
    queue = make_queue()
    queue.accept([content("a"), content("b")])
    receiver = _join(queue)
    time.let_things_happen()
    queue.settle(receiver.tokens[0], Settlement.DEFER)

    with pytest.raises(BrokerError, match="sequence number 2"):
        queue.receive_deferred([1, 2], delete=True)

    assert len(queue) == 2
    queue.receive_deferred([1], delete=False)
    with pytest.raises(BrokerError, match="sequence number 1"):
        queue.receive_deferred([1], delete=False)  # somebody holds it


# ---- peek, size


def test_peek_sees_everything_in_order_from_a_number_on(
    time: VirtualTime, make_queue: MakeQueue
) -> None:
    queue = make_queue()
    queue.accept(
        [content("a"), content("b"), content("later", scheduled_at=time.now + 60), content("c")]
    )
    receiver = _join(queue, credit=1)
    time.let_things_happen()

    seen = queue.peek(2, 10)

    assert [(m.content.message_id, m.state) for m in seen] == [
        ("b", MessageState.ACTIVE),
        ("later", MessageState.SCHEDULED),
        ("c", MessageState.ACTIVE),
    ]
    assert [m.content.message_id for m in queue.peek(1, 1)] == receiver.ids


def test_peek_finds_its_place_among_many_gaps(time: VirtualTime, make_queue: MakeQueue) -> None:
    queue = make_queue()
    queue.accept([content(str(number)) for number in range(1, 501)])
    receiver = _join(queue, credit=500)
    time.let_things_happen()
    for number, token in enumerate(receiver.tokens, start=1):
        if number % 10:
            queue.settle(token, Settlement.COMPLETE)

    assert [m.sequence_number for m in queue.peek(101, 3)] == [110, 120, 130]
    assert len(queue._messages._numbers) < 150


def test_a_message_that_is_too_large_is_refused(make_queue: MakeQueue) -> None:
    queue = make_queue(max_message_size=1_000)

    with pytest.raises(BrokerError, match="1001 bytes; the limit is 1000"):
        queue.accept([content(size=1_000), content(size=1_001)])

    assert len(queue) == 0


def test_a_full_queue_takes_nothing_until_there_is_room(
    time: VirtualTime, make_queue: MakeQueue
) -> None:
    queue = make_queue(max_size=250)
    queue.accept([content("a"), content("b")])

    with pytest.raises(BrokerError, match="size limit of 250 bytes") as refused:
        queue.accept([content("c")])
    assert refused.value.condition == "amqp:resource-limit-exceeded"
    queue.settle(_delivered(time, queue), Settlement.COMPLETE)

    assert queue.accept([content("c")]) == [3]


def test_dead_letters_count_for_the_size_of_their_queue(
    time: VirtualTime, make_queue: MakeQueue
) -> None:
    queue = make_queue(max_size=250)
    queue.accept([content("a"), content("b")])
    queue.settle(_delivered(time, queue), Settlement.DEAD_LETTER)

    assert queue.size == 200
    with pytest.raises(BrokerError, match="empty its dead-letter queue"):
        queue.accept([content("c")])
