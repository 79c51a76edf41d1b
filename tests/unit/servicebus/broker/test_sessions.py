"""Sessions: one owner at a time, in order, until the lock ends; state; who waits.

And nothing kept for idle ones.
"""

import pytest

from sandbox.azure.servicebus.broker.errors import BrokerError
from sandbox.azure.servicebus.broker.queue import Queue, Settlement
from sandbox.azure.servicebus.broker.sessions import Sessions
from tests.unit.servicebus.conftest import MakeQueue
from tests.unit.servicebus.virtual_time import Receiver, VirtualTime, content

_LOCK = 60.0


@pytest.fixture
def queue(make_queue: MakeQueue) -> Queue:
    return make_queue(requires_session=True, lock_duration=_LOCK)


@pytest.fixture
def sessions(queue: Queue) -> Sessions:
    assert queue.sessions is not None
    return queue.sessions


def _send(queue: Queue, *messages: str) -> None:
    """'A1' is message 'A1' of session 'A'."""
    queue.accept([content(name, session_id=name[0]) for name in messages])


def test_an_owner_gets_the_messages_of_its_session_in_order_and_no_others(
    time: VirtualTime, queue: Queue, sessions: Sessions
) -> None:
    _send(queue, "A1", "B1", "A2")
    receiver = Receiver()

    sessions.accept(receiver, "A")
    time.let_things_happen()

    assert receiver.ids == ["A1", "A2"]


def test_a_message_sent_later_reaches_the_owner(
    time: VirtualTime, queue: Queue, sessions: Sessions
) -> None:
    receiver = Receiver()
    sessions.accept(receiver, "A")

    _send(queue, "A1")
    time.let_things_happen()

    assert receiver.ids == ["A1"]


def test_a_session_has_one_owner(sessions: Sessions) -> None:
    sessions.accept(Receiver(), "A")

    with pytest.raises(BrokerError) as refused:
        sessions.accept(Receiver(), "A")

    assert refused.value.condition == "com.microsoft:session-cannot-be-locked"


def test_the_next_available_session_is_the_free_one_with_the_oldest_message(
    time: VirtualTime, queue: Queue, sessions: Sessions
) -> None:
    _send(queue, "A1", "B1", "C1", "B2")
    sessions.accept(Receiver(), "A")
    receiver = Receiver()

    sessions.accept_next(receiver, time.now + 10)
    time.let_things_happen()

    assert receiver.ids == ["B1", "B2"]


def test_who_waits_for_a_session_gets_it_when_a_message_comes(
    time: VirtualTime, queue: Queue, sessions: Sessions
) -> None:
    first, second = Receiver(), Receiver()
    sessions.accept_next(first, time.now + 10)
    sessions.accept_next(second, time.now + 10)

    time.advance(5)
    _send(queue, "A1")
    time.let_things_happen()

    assert (first.ids, second.ids) == (["A1"], [])
    time.advance(5)
    assert [refusal.condition for refusal in second.refusals] == ["com.microsoft:timeout"]
    assert first.refusals == []


def test_who_stopped_waiting_gets_no_session(
    time: VirtualTime, queue: Queue, sessions: Sessions
) -> None:
    gone = Receiver()
    sessions.accept_next(gone, time.now + 10)
    sessions.leave(gone)

    _send(queue, "A1")
    time.advance(20)

    assert (gone.sessions, gone.refusals) == ([], [])


def test_a_lost_session_takes_its_messages_locks_with_it(
    time: VirtualTime, queue: Queue, sessions: Sessions
) -> None:
    _send(queue, "A1", "A2")
    receiver = Receiver(credit=1)
    sessions.accept(receiver, "A")
    time.advance(_LOCK)

    assert [refusal.condition for refusal in receiver.refusals] == [
        "com.microsoft:session-lock-lost"
    ]
    with pytest.raises(BrokerError, match="lock is lost"):
        queue.settle(receiver.tokens[0], Settlement.COMPLETE)
    other = Receiver()
    sessions.accept(other, "A")
    time.let_things_happen()
    assert [(m.content.message_id, m.delivery_count) for m in other.received] == [
        ("A1", 1),
        ("A2", 0),
    ]


def test_a_renewed_session_keeps_its_messages(
    time: VirtualTime, queue: Queue, sessions: Sessions
) -> None:
    _send(queue, "A1")
    receiver = Receiver()
    sessions.accept(receiver, "A")
    time.advance(50)

    assert sessions.renew("A") == time.now + _LOCK

    time.advance(59)
    queue.settle(receiver.tokens[0], Settlement.COMPLETE)
    assert len(queue) == 0


def test_a_session_that_nobody_holds_is_not_renewed(
    time: VirtualTime, queue: Queue, sessions: Sessions
) -> None:
    _send(queue, "A1")
    for session_id in ("A", "unknown"):
        with pytest.raises(BrokerError) as refused:
            sessions.renew(session_id)
        assert refused.value.condition == "com.microsoft:session-lock-lost"
    assert time.agenda.next_due() is not None


def test_the_end_of_a_link_frees_the_session_at_once(
    time: VirtualTime, queue: Queue, sessions: Sessions
) -> None:
    _send(queue, "A1")
    first, second = Receiver(), Receiver()
    sessions.accept(first, "A")
    time.let_things_happen()

    sessions.leave(first)
    sessions.accept(second, "A")
    time.let_things_happen()

    assert second.ids == ["A1"]
    assert first.refusals == []


def test_a_message_without_a_session_is_refused(queue: Queue) -> None:
    with pytest.raises(BrokerError, match="no session id"):
        queue.accept([content("a")])


def test_state_outlives_owner_and_messages_until_it_is_cleared(
    time: VirtualTime, sessions: Sessions
) -> None:
    receiver = Receiver()
    sessions.accept(receiver, "A")
    sessions.set_state("A", b"half way")
    sessions.leave(receiver)
    assert sessions.state("A") == b"half way"
    assert sessions.with_messages_or_state() == ["A"]
    assert sessions.with_state_changed_after(time.now - 1) == ["A"]
    assert sessions.with_state_changed_after(time.now) == []

    with pytest.raises(BrokerError):
        sessions.set_state("A", None)  # nobody holds it

    sessions.accept(receiver, "A")
    sessions.set_state("A", None)
    sessions.leave(receiver)
    assert sessions.state("A") is None
    assert len(sessions) == 0


def test_nothing_is_kept_of_idle_sessions(
    time: VirtualTime, queue: Queue, sessions: Sessions
) -> None:
    for number in range(50):
        queue.accept([content(session_id=f"s{number}")])
        receiver = Receiver()
        sessions.accept(receiver, f"s{number}")
        time.let_things_happen()
        queue.settle(receiver.tokens[0], Settlement.COMPLETE)
        sessions.leave(receiver)
    time.let_things_happen()

    assert (len(sessions), len(queue), len(time.agenda)) == (0, 0, 0)


def test_a_session_whose_only_message_expires_is_forgotten(
    time: VirtualTime, queue: Queue, sessions: Sessions
) -> None:
    queue.accept([content("a", session_id="A", time_to_live=10.0)])

    time.advance(10)

    assert len(sessions) == 0


def test_an_expired_session_does_not_disturb_the_search_for_the_next(
    time: VirtualTime, queue: Queue, sessions: Sessions
) -> None:
    queue.accept([content("a", session_id="A", time_to_live=10.0), content("b", session_id="B")])
    time._now += 10  # the timer has not run yet
    receiver = Receiver()

    sessions.accept_next(receiver, time.now + 10)
    time.let_things_happen()

    assert receiver.ids == ["b"]


def test_deferred_messages_are_fetched_within_their_session(
    time: VirtualTime, queue: Queue, sessions: Sessions
) -> None:
    _send(queue, "A1")
    receiver = Receiver()
    sessions.accept(receiver, "A")
    time.let_things_happen()
    queue.settle(receiver.tokens[0], Settlement.DEFER)

    with pytest.raises(BrokerError):
        queue.receive_deferred([1], delete=False, session_id="B")
    (message,) = queue.receive_deferred([1], delete=False, session_id="A")

    assert message.locked_until == time.now + _LOCK


def test_peek_can_look_at_one_session(queue: Queue) -> None:
    _send(queue, "A1", "B1", "A2")

    assert [m.content.message_id for m in queue.peek(1, 10, "A")] == ["A1", "A2"]
