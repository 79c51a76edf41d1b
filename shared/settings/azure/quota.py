"""How much of Azure's request limits the app takes, in percent."""

from collections.abc import Callable
from functools import partial

from shared.domain.quota.limits import Shares
from shared.settings.reading.reader import Reader

#: the rest is room for what no bucket shows: requests that are repeated, and clocks that differ
LARGEST_OWN = 80
#: of what others in the subscription use, too
LARGEST_SHARED = 50


def read_shares(reader: Reader) -> Shares:
    """The shares of both kinds of buckets."""
    return Shares(
        own=reader.value("FORESTALL_OWN_QUOTA_PERCENT", _up_to(LARGEST_OWN), LARGEST_OWN / 100),
        shared=reader.value(
            "FORESTALL_SHARED_QUOTA_PERCENT", _up_to(LARGEST_SHARED), LARGEST_SHARED / 100
        ),
    )


def _up_to(largest: int) -> Callable[[str], float]:
    return partial(_share, largest=largest)


def _share(text: str, largest: int) -> float:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= largest):
        raise ValueError(
            f"{text[:50]!r} must be a whole number from 1 to {largest}, without a percent sign."
        )
    return int(text) / 100
