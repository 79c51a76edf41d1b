"""Who goes next: by last possible start, a little earlier after a long wait, and lane by lane."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.lock.order import ASSUMED_TIME, LANE_CHANGE, PresentLane, order, urgency
from shared.domain.lock.semaphore import Waiter
from shared.domain.machine.placement import Lane
from tests.unit.domain.samples import DAY, HOUR, MINUTE, NOW

A, B, C = Lane("ud:0"), Lane("ud:1"), Lane("ud:2")


def waiter(
    job: str,
    last_start: timedelta | None = 30 * DAY,
    lane: Lane | None = A,
    *,
    waited: timedelta = timedelta(0),
    prioritized: timedelta | None = None,
    until: datetime = NOW + DAY,
) -> Waiter:
    return Waiter(
        job=job,
        lane=lane,
        since=NOW - waited,
        until=until,
        last_start=None if last_start is None else NOW + last_start,
        prioritized_at=None if prioritized is None else NOW + prioritized,
    )


def names(*waiters: Waiter, present: Lane | None = None, now: datetime = NOW) -> list[str]:
    return [
        each.job for each in order(waiters, now, None if present is None else PresentLane(present))
    ]


class TestWithinALane:
    def test_who_has_to_start_first_goes_first(self) -> None:
        assert names(waiter("month"), waiter("tonight", 2 * HOUR), waiter("week", 7 * DAY)) == [
            "tonight",
            "week",
            "month",
        ]

    def test_a_wave_that_closes_tonight_goes_before_one_that_waited_for_a_month(self) -> None:
        old = [waiter(f"old-{n}", 3 * DAY, waited=30 * DAY) for n in range(5)]
        assert names(*old, waiter("tonight", 2 * HOUR))[0] == "tonight"

    def test_of_those_who_have_to_start_about_together_the_one_that_waited_longer_goes_first(
        self,
    ) -> None:
        new, old = waiter("new", 10 * DAY), waiter("old", 10 * DAY + HOUR, waited=8 * DAY)
        assert names(new, old) == ["old", "new"]
        assert names(new, waiter("new too", 10 * DAY + HOUR)) == ["new", "new too"]

    def test_equals_go_in_the_order_in_which_they_came(self) -> None:
        assert names(waiter("first"), waiter("second"), waiter("third")) == [
            "first",
            "second",
            "third",
        ]

    def test_who_has_no_known_end_is_not_passed_by_for_ever(self) -> None:
        unknown = waiter("unknown", None)
        assert names(waiter("month", 30 * DAY), unknown) == ["month", "unknown"]
        assert names(waiter("later wave", ASSUMED_TIME + DAY), unknown) == ["unknown", "later wave"]

    def test_whom_a_person_prioritized_goes_before_all_others_in_order_of_the_commands(
        self,
    ) -> None:
        second = waiter("second", prioritized=MINUTE)
        first = waiter("first", prioritized=timedelta(0))
        assert names(waiter("tonight", HOUR), second, first) == ["first", "second", "tonight"]

    def test_a_waiter_that_has_expired_is_left_out(self) -> None:
        gone = waiter("gone", HOUR, until=NOW)
        assert names(gone, waiter("here")) == ["gone", "here"]
        assert names(gone, waiter("here"), now=NOW + MINUTE) == ["here"]


class TestBetweenLanes:
    def test_the_lane_of_the_most_urgent_goes_first_and_is_finished(self) -> None:
        late = [waiter("a1", 9 * DAY), waiter("a2", 9 * DAY)]
        soon = [waiter("b1", 9 * DAY - HOUR, B), waiter("b2", 9 * DAY + HOUR / 2, B)]
        assert names(*late, *soon) == ["b1", "b2", "a1", "a2"]

    def test_the_present_lane_goes_on_before_one_that_is_a_little_more_urgent(self) -> None:
        present, other = waiter("a1", 9 * DAY), waiter("b1", 9 * DAY - LANE_CHANGE / 2, B)
        assert names(present, other, present=A) == ["a1", "b1"]
        assert names(present, other) == ["b1", "a1"]

    def test_the_present_lane_is_left_for_somebody_who_has_to_start_much_earlier(self) -> None:
        present = [waiter("a1"), waiter("a2", 4 * HOUR)]
        other = [waiter("b1", 2 * HOUR, B), waiter("b2", 30 * DAY, B)]
        assert names(*present, *other, present=A) == ["b1", "a2", "a1", "b2"]

    def test_the_lane_of_the_one_that_a_person_prioritized_goes_next(self) -> None:
        chosen = waiter("b1", 30 * DAY, B, prioritized=timedelta(0))
        assert names(waiter("a1", HOUR), waiter("a2", HOUR), chosen, present=A) == [
            "b1",
            "a1",
            "a2",
        ]

    def test_a_lane_that_gets_newcomers_does_not_keep_another_waiting_for_ever(self) -> None:
        """The same end for all: those who came five days later do not hold the lane any more."""
        other = waiter("b1", 20 * DAY, B, waited=5 * DAY)
        assert names(waiter("a1", 20 * DAY, waited=4 * DAY), other, present=A) == ["a1", "b1"]
        assert names(waiter("a1", 20 * DAY), other, present=A) == ["b1", "a1"]


waiters = st.lists(
    st.builds(
        waiter,
        job=st.uuids().map(str),
        last_start=st.none() | st.integers(-48, 24 * 35).map(lambda n: n * HOUR),
        lane=st.sampled_from([A, B, C]),
        waited=st.integers(0, 24 * 35).map(lambda n: n * HOUR),
        prioritized=st.none() | st.none() | st.integers(-9, 0).map(lambda n: n * HOUR),
        until=st.sampled_from([NOW - HOUR, NOW + DAY, NOW + 40 * DAY]),
    ),
    max_size=12,
    unique_by=lambda each: each.job,
)
lanes = st.none() | st.sampled_from([A, B, C]).map(PresentLane)


@given(waiters, lanes)
def test_everybody_whose_place_counts_is_in_the_order_once(
    line: list[Waiter], present: PresentLane | None
) -> None:
    ordered = order(line, NOW, present)
    assert sorted(each.job for each in ordered) == sorted(
        each.job for each in line if each.until >= NOW
    )


@given(waiters, lanes, st.integers(0, 5 * 24))
def test_when_the_first_has_gone_the_others_follow_in_the_same_order(
    line: list[Waiter], present: PresentLane | None, hours: int
) -> None:
    """So the forecast may ask once, and the lock each time that a slot is free."""
    line = [each for each in line if each.until > NOW + 6 * DAY]
    ordered = order(line, NOW, present)
    if not ordered:
        return
    first, *rest = ordered
    left = [each for each in line if each is not first]
    assert list(order(left, NOW + hours * HOUR, PresentLane(first.lane))) == rest


@given(waiters, lanes)
def test_nobody_is_passed_by_somebody_of_its_lane_who_is_less_urgent(
    line: list[Waiter], present: PresentLane | None
) -> None:
    ordered = [each for each in order(line, NOW, present) if each.prioritized_at is None]
    for lane in (A, B, C):
        in_lane = [urgency(each) for each in ordered if each.lane == lane]
        assert in_lane == sorted(in_lane)


@given(waiters, lanes)
def test_each_change_of_lanes_that_leaves_somebody_behind_gains_time_for_a_more_urgent_one(
    line: list[Waiter], present: PresentLane | None
) -> None:
    ordered = [each for each in order(line, NOW, present) if each.prioritized_at is None]
    for n, (before, after) in enumerate(pairwise(ordered)):
        left_behind = [each for each in ordered[n + 1 :] if each.lane == before.lane]
        if after.lane != before.lane and left_behind:
            assert urgency(after) + LANE_CHANGE < min(urgency(each) for each in left_behind)


@pytest.mark.parametrize("waited", [timedelta(0), 10 * DAY, 35 * DAY])
def test_waiting_never_counts_for_more_than_a_few_hours(waited: timedelta) -> None:
    one, other = waiter("one", 5 * DAY, waited=waited), waiter("other", 5 * DAY)
    assert timedelta(0) <= urgency(other) - urgency(one) < 9 * HOUR
