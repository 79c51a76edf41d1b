"""The agenda: things happen in order, once, and not early; cancelled ones take no room."""

from sandbox.azure.servicebus.broker.agenda import TimerQueue
from tests.unit.servicebus.virtual_time import VirtualTime


def test_timers_run_in_order_and_not_before_their_time(time: VirtualTime) -> None:
    ran: list[str] = []
    time.agenda.at(time.now + 2, lambda: ran.append("second"))
    time.agenda.at(time.now + 1, lambda: ran.append("first"))

    time.advance(1.5)
    assert ran == ["first"]
    time.advance(1)
    assert ran == ["first", "second"]


def test_timers_of_the_same_time_run_in_the_order_they_were_made(time: VirtualTime) -> None:
    ran: list[int] = []
    for number in range(5):
        time.agenda.at(time.now + 1, lambda number=number: ran.append(number))  # type: ignore[misc]

    time.advance(1)

    assert ran == [0, 1, 2, 3, 4]


def test_soon_comes_before_every_timer(time: VirtualTime) -> None:
    ran: list[str] = []
    time.agenda.at(time.now, lambda: ran.append("due"))
    time.agenda.soon(lambda: ran.append("soon"))

    time.let_things_happen()

    assert ran == ["soon", "due"]


def test_a_cancelled_timer_does_not_run(time: VirtualTime) -> None:
    ran: list[str] = []
    timer = time.agenda.at(time.now + 1, lambda: ran.append("never"))

    timer.cancel()
    timer.cancel()
    time.advance(2)

    assert ran == []
    assert time.agenda.next_due() is None
    assert len(time.agenda) == 0


def test_cancelling_a_timer_that_has_run_changes_nothing(time: VirtualTime) -> None:
    timer = time.agenda.at(time.now, lambda: None)
    time.let_things_happen()

    timer.cancel()

    assert len(time.agenda) == 0


def test_cancelled_timers_are_purged_long_before_they_would_be_due(time: VirtualTime) -> None:
    timers = [time.agenda.at(time.now + 1_000_000, lambda: None) for _ in range(10_000)]

    for timer in timers[:-1]:
        timer.cancel()

    assert len(time.agenda) == 1
    assert len(time.agenda._heap) < 200


def test_whoever_runs_the_agenda_is_told_of_earlier_things_only() -> None:
    told: list[float | None] = []
    agenda = TimerQueue(lambda: 0.0)
    agenda.on_earlier = lambda: told.append(agenda.next_due())

    for due in (5, 9, 2):
        agenda.at(due, lambda: None)

    assert told == [5, 2]


def test_a_callback_may_plan_for_now(time: VirtualTime) -> None:
    ran: list[str] = []

    def plan_another() -> None:
        time.agenda.soon(lambda: ran.append("inner"))

    time.agenda.soon(plan_another)

    time.let_things_happen()

    assert ran == ["inner"]
