"""Token buckets and windows, by numbers."""

from hypothesis import given
from hypothesis import strategies as st

from sandbox.azure.arm.limits import UPDATE_VM, Bucket, Buckets, Exhausted, Taken, Windows
from sandbox.azure.fleets.fleet import Limits

KEY = ("arm", "s", "reads", "me")
TEN = Bucket(capacity=10, refill=2)


def test_a_full_bucket_gives_its_capacity_at_once_and_then_waits() -> None:
    buckets = Buckets(Limits())
    taken = [buckets.take(KEY, TEN, 100.0) for _ in range(11)]
    assert taken[:10] == [Taken(remaining=left) for left in range(9, -1, -1)]
    assert taken[10] == Exhausted(retry_after=1, allowed=10)


def test_tokens_come_back_with_time() -> None:
    buckets = Buckets(Limits())
    for _ in range(10):
        buckets.take(KEY, TEN, 100.0)
    assert [isinstance(buckets.take(KEY, TEN, 101.0), Taken) for _ in range(3)] == [
        True,
        True,
        False,
    ]


def test_a_bucket_never_holds_more_than_its_capacity() -> None:
    buckets = Buckets(Limits())
    buckets.take(KEY, TEN, 0.0)
    taken = [buckets.take(KEY, TEN, 86_400.0) for _ in range(12)]
    assert sum(isinstance(one, Taken) for one in taken) == 10


def test_update_vm_lets_twelve_calls_through_and_then_four_a_minute() -> None:
    buckets, bucket = Buckets(Limits()), UPDATE_VM.per_resource
    assert bucket is not None
    at_once = [buckets.take(KEY, bucket, 0.0) for _ in range(13)]
    assert at_once[12] == Exhausted(retry_after=15, allowed=12)
    assert isinstance(buckets.take(KEY, bucket, 15.0), Taken)


def test_callers_do_not_use_up_each_others_buckets() -> None:
    buckets = Buckets(Limits())
    for _ in range(11):
        buckets.take(KEY, TEN, 0.0)
    assert isinstance(buckets.take(("arm", "s", "reads", "you"), TEN, 0.0), Taken)


def test_limits_can_be_scaled_and_switched_off() -> None:
    wide = Buckets(Limits(scale=3))
    assert sum(isinstance(wide.take(KEY, TEN, 0.0), Taken) for _ in range(50)) == 30
    off = Buckets(Limits(enabled=False))
    assert all(isinstance(off.take(KEY, TEN, 0.0), Taken) for _ in range(50))


@given(st.lists(st.floats(min_value=0, max_value=5), min_size=1, max_size=200))
def test_never_more_than_capacity_and_refill_come_out(pauses: list[float]) -> None:
    buckets, now, count = Buckets(Limits()), 0.0, 0
    for pause in pauses:
        now += pause
        count += isinstance(buckets.take(KEY, TEN, now), Taken)
    assert count <= TEN.capacity + TEN.refill * now + 1e-6


def test_after_the_promised_wait_a_call_is_let_through() -> None:
    buckets, slow = Buckets(Limits()), Bucket(capacity=1, refill=0.3)
    buckets.take(KEY, slow, 0.0)
    refused = buckets.take(KEY, slow, 0.7)
    assert isinstance(refused, Exhausted)
    assert isinstance(buckets.take(KEY, slow, 0.7 + refused.retry_after), Taken)


def test_a_window_of_fifteen_calls_begins_anew_after_five_seconds() -> None:
    windows = Windows(Limits())
    taken = [windows.take("me", 0.0) for _ in range(16)]
    assert [one.remaining for one in taken] == [*range(14, -1, -1), 0]
    assert taken[15].is_exhausted
    assert windows.take("me", 4.0).resets_after == 1.0
    assert not windows.take("me", 5.0).is_exhausted
