"""What happens in a queue by itself: schedules, expiry, and the removal of message ids."""

import pytest

from sandbox.azure.servicebus.broker.errors import BrokerError
from sandbox.azure.servicebus.broker.queue import Queue, Settlement
from tests.unit.servicebus.conftest import MakeQueue
from tests.unit.servicebus.virtual_time import Receiver, VirtualTime, content


def _join(queue: Queue) -> Receiver:
    receiver = Receiver()
    queue.competing.join(receiver)
    queue.dispatch_soon()
    return receiver


# ---- schedule


def test_a_scheduled_message_comes_at_its_time_under_a_new_number(
    time: VirtualTime, make_queue: MakeQueue
) -> None:
    queue = make_queue()
    receiver = _join(queue)
    (number,) = queue.accept([content("a", scheduled_at=time.now + 30)])
    queue.accept([content("b")])

    time.advance(29.9)
    assert receiver.ids == ["b"]
    time.advance(0.1)

    assert receiver.ids == ["b", "a"]
    assert (number, receiver.received[1].sequence_number) == (1, 3)
    assert receiver.received[1].enqueued_sequence_number == 1
    assert receiver.received[1].enqueued_at == time.now


def test_a_message_scheduled_in_the_past_comes_at_once(
    time: VirtualTime, make_queue: MakeQueue
) -> None:
    queue = make_queue()
    receiver = _join(queue)

    queue.accept([content("a", scheduled_at=time.now - 1)])
    time.let_things_happen()

    assert receiver.ids == ["a"]


def test_scheduled_messages_are_cancelled_all_or_none(
    time: VirtualTime, make_queue: MakeQueue
) -> None:
    queue = make_queue()
    numbers = queue.accept(
        [content("a", scheduled_at=time.now + 60), content("b", scheduled_at=time.now + 60)]
    )

    with pytest.raises(BrokerError, match="sequence number 99"):
        queue.cancel_scheduled([*numbers, 99])
    assert len(queue) == 2

    queue.cancel_scheduled(numbers)
    time.let_things_happen()
    assert (len(queue), len(time.agenda)) == (0, 0)
    with pytest.raises(BrokerError) as refused:
        queue.cancel_scheduled(numbers)
    assert refused.value.condition == "com.microsoft:message-not-found"


def test_a_message_that_has_become_active_cannot_be_cancelled(
    time: VirtualTime, make_queue: MakeQueue
) -> None:
    queue = make_queue()
    numbers = queue.accept([content("a", scheduled_at=time.now + 60)])
    time.advance(60)

    with pytest.raises(BrokerError):
        queue.cancel_scheduled(numbers)


def test_a_test_can_make_every_scheduled_message_due(
    time: VirtualTime, make_queue: MakeQueue
) -> None:
    queue = make_queue()
    receiver = _join(queue)
    queue.accept(
        [content("a", scheduled_at=time.now + 20), content("b", scheduled_at=time.now + 10)]
    )

    queue.activate_scheduled()
    time.let_things_happen()

    assert receiver.ids == ["a", "b"]
    time.advance(30)
    assert receiver.ids == ["a", "b"]  # their old times came and did nothing


# ---- expiry


def test_an_expired_message_is_gone(time: VirtualTime, make_queue: MakeQueue) -> None:
    queue = make_queue()
    queue.accept([content("a", time_to_live=10.0)])

    time.advance(10)

    assert (len(queue), len(queue.dead_letters)) == (0, 0)


def test_an_expired_message_is_dead_lettered_where_the_queue_says_so(
    time: VirtualTime, make_queue: MakeQueue
) -> None:
    queue = make_queue(dead_letters_expired=True)
    queue.accept([content("a", time_to_live=10.0)])

    time.advance(9.9)
    assert len(queue.dead_letters) == 0
    time.advance(0.1)

    assert b"TTLExpiredException" in queue.dead_letters.peek(1, 1)[0].content.application_properties


@pytest.mark.parametrize(
    ("own", "default", "lives"), [(None, 20.0, 20), (10.0, 20.0, 10), (30.0, 20.0, 20)]
)
def test_the_default_time_to_live_is_also_the_longest(
    time: VirtualTime, make_queue: MakeQueue, own: float | None, default: float, lives: float
) -> None:
    queue = make_queue(default_time_to_live=default)
    queue.accept([content("a", time_to_live=own)])

    time.advance(lives - 0.1)
    assert len(queue) == 1
    time.advance(0.1)
    assert len(queue) == 0


def test_a_locked_message_expires_when_its_lock_ends(
    time: VirtualTime, make_queue: MakeQueue
) -> None:
    queue = make_queue(lock_duration=60.0, dead_letters_expired=True)
    queue.accept([content("a", time_to_live=10.0), content("b", time_to_live=10.0)])
    receiver = _join(queue)

    time.advance(30)
    queue.settle(receiver.tokens[0], Settlement.COMPLETE)
    assert len(queue.dead_letters) == 0
    time.advance(30)

    assert (len(queue), len(queue.dead_letters)) == (0, 1)
    assert receiver.ids == ["a", "b"]


def test_the_life_of_a_scheduled_message_begins_with_its_activation(
    time: VirtualTime, make_queue: MakeQueue
) -> None:
    queue = make_queue()
    queue.accept([content("a", scheduled_at=time.now + 60, time_to_live=10.0)])

    time.advance(69.9)
    assert len(queue) == 1
    time.advance(0.1)
    assert len(queue) == 0


def test_a_deferred_message_expires_when_somebody_fetches_it_and_not_by_itself(
    time: VirtualTime, make_queue: MakeQueue
) -> None:
    queue = make_queue(dead_letters_expired=True)
    queue.accept([content("a", time_to_live=10.0)])
    receiver = _join(queue)
    time.let_things_happen()
    queue.settle(receiver.tokens[0], Settlement.DEFER)

    time.advance(1_000)

    assert (len(queue), len(queue.dead_letters)) == (1, 0)
    with pytest.raises(BrokerError) as refused:
        queue.receive_deferred([1], delete=True)
    assert refused.value.condition == "com.microsoft:message-not-found"
    assert (len(queue), len(queue.dead_letters)) == (0, 1)


def test_an_expired_message_is_neither_delivered_nor_seen_before_its_timer_ran(
    time: VirtualTime, make_queue: MakeQueue
) -> None:
    queue = make_queue()
    queue.accept([content("a", time_to_live=10.0), content("b")])
    time._now += 10  # the timer has not run yet
    receiver = Receiver()
    queue.competing.join(receiver)

    queue.dispatch()

    assert receiver.ids == ["b"]
    assert [m.content.message_id for m in queue.peek(1, 10)] == ["b"]


# ---- duplicates


def test_a_duplicate_is_taken_and_dropped(time: VirtualTime, make_queue: MakeQueue) -> None:
    queue = make_queue(requires_duplicate_detection=True, duplicate_detection_window=60.0)
    receiver = _join(queue)

    queue.accept([content("a"), content("a")])
    queue.accept([content("a"), content("b")])
    time.let_things_happen()

    assert receiver.ids == ["a", "b"]


def test_a_duplicate_of_a_completed_message_is_one_too(
    time: VirtualTime, make_queue: MakeQueue
) -> None:
    queue = make_queue(requires_duplicate_detection=True, duplicate_detection_window=60.0)
    receiver = _join(queue)
    queue.accept([content("a")])
    time.let_things_happen()
    queue.settle(receiver.tokens[0], Settlement.COMPLETE)

    queue.accept([content("a")])
    time.let_things_happen()

    assert receiver.ids == ["a"]


def test_an_id_is_forgotten_after_the_window(time: VirtualTime, make_queue: MakeQueue) -> None:
    queue = make_queue(requires_duplicate_detection=True, duplicate_detection_window=60.0)
    queue.accept([content("a")])

    time.advance(59.9)
    queue.accept([content("a")])
    assert len(queue) == 1
    time.advance(0.1)
    queue.accept([content("a")])

    assert len(queue) == 2
    assert len(queue._duplicates._forget_at) == 1


def test_a_scheduled_message_counts_as_seen(time: VirtualTime, make_queue: MakeQueue) -> None:
    queue = make_queue(requires_duplicate_detection=True, duplicate_detection_window=60.0)
    queue.accept([content("a", scheduled_at=time.now + 30)])

    queue.accept([content("a")])
    time.advance(30)

    assert len(queue) == 1


def test_messages_without_an_id_and_queues_without_detection_know_no_duplicates(
    make_queue: MakeQueue,
) -> None:
    detecting, plain = make_queue(requires_duplicate_detection=True), make_queue()

    detecting.accept([content(None), content(None)])
    plain.accept([content("a"), content("a")])

    assert (len(detecting), len(plain)) == (2, 2)


def test_a_batch_that_is_refused_leaves_no_id_behind(make_queue: MakeQueue) -> None:
    queue = make_queue(requires_duplicate_detection=True, max_message_size=1_000)
    with pytest.raises(BrokerError):
        queue.accept([content("a"), content("b", size=2_000)])

    queue.accept([content("a")])

    assert len(queue) == 1
