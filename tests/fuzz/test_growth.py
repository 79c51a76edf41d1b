"""What untrusted senders send costs work in proportion to its size.

Each hostile kind is doubled, its time and memory watched.

The size is doubled three times in one step. That tells a square (64 times) from a line (8 times) in
spite of a busy machine. Allowed is 2.3 for each doubling. Only ratios within one run count; the two
sizes take turns.
"""

from collections.abc import Callable
from functools import partial

import pytest

from tests.fuzz.growth import KINDS, cpu_seconds, most_memory, receive
from tests.fuzz.hostile_calls import Sent
from tests.fuzz.large_calls import LARGE

_DOUBLINGS = 3
_SMALL = 16 * 1024
_LARGE = _SMALL * 2**_DOUBLINGS
_MOST = 2.3**_DOUBLINGS
_MORE_ROUNDS = 12

type Run = Callable[[], object]


def growth(small: Run, large: Run) -> float:
    """By how much the larger one takes longer, each at its best.

    Measured again where that is more than is allowed.
    """
    least, most = min(cpu_seconds(small) for _ in range(3)), cpu_seconds(large)
    for _ in range(_MORE_ROUNDS):
        if most / least <= _MOST:
            break
        least, most = min(least, cpu_seconds(small)), min(most, cpu_seconds(large))
    return most / least


@pytest.mark.parametrize("kind", KINDS)
def test_time_and_memory_grow_with_the_size_and_no_faster(kind: str) -> None:
    small, large = (partial(receive, KINDS[kind](size)) for size in (_SMALL, _LARGE))

    assert growth(small, large) <= _MOST
    assert most_memory(large) / most_memory(small) <= _MOST


#: what a call may take beside four times its body: the longest text of a mail that is read, in
#: several forms
_ALLOWANCE = 5 * 1024 * 1024


def _share(sent: Sent) -> float:
    """The most memory that a call takes beside its body, in bodies.

    A small one counts as one of a fourth of the allowance.
    """
    receive(sent)
    body = len(sent.call.body) + len(sent.fetched)
    return most_memory(partial(receive, sent)) / max(body, _ALLOWANCE / 4)


@pytest.mark.parametrize("kind", KINDS)
def test_memory_is_at_most_four_bodies(kind: str) -> None:
    assert _share(KINDS[kind](256 * 1024)) <= 4


@pytest.mark.parametrize("kind", LARGE)
def test_memory_is_at_most_four_bodies_for_the_largest_mails_too(kind: str) -> None:
    assert _share(LARGE[kind](16 * 1024 * 1024)) <= 4


def _squared(size: int) -> int:
    """What `email` does with an open quote: at each semicolon it counts from the start."""
    text = ";a" * (size // 2)
    return sum(text.count('"', 0, end) for end in range(0, len(text), 2))


def _in_line(size: int) -> list[str]:
    return (";a" * size).split(";")


@pytest.mark.parametrize(("work", "grows"), [(_squared, True), (_in_line, False)])
def test_the_measure_tells_a_square_from_a_line(work: Callable[[int], object], grows: bool) -> None:
    small, large = (partial(work, size // 8) for size in (_SMALL, _LARGE))

    assert (growth(small, large) > _MOST) is grows


def test_the_measure_tells_memory_that_is_squared() -> None:
    small, large = (partial(bytes, size * size // 1024) for size in (_SMALL, _LARGE))

    assert most_memory(large) / most_memory(small) > _MOST
