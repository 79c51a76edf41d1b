"""The throttle model: each way under Azure's published limits, on virtual time.

It counts requests and their buckets, and nothing else: no CPU, no latency beyond what a request
takes. One principal; a page shows 200 machines; one machine in 50 is in a wave.
"""

from dataclasses import dataclass
from math import ceil

#: of one principal in one subscription: reads of a full bucket, and a second
_ARM_CAPACITY, _ARM_REFILL = 250.0, 25.0
#: what the app takes of it, and the longest sweep period
_SHARE, _PERIOD_HOURS = 0.8, 6.0
_PAGE, _ONE_IN = 200, 50
#: minutes between two scans
_INTERVAL = 15.0
#: seconds of a page and of a view; subscriptions that are read at the same time
_PAGE_TAKES, _VIEW_TAKES, _AT_ONCE = 0.5, 0.15, 64


@dataclass(frozen=True, slots=True)
class Fleet:
    """So many subscriptions of so many machines each."""

    subscriptions: int
    machines: int

    @property
    def pages(self) -> int:
        """The pages of one subscription, with that of its scale sets."""
        return ceil(self.machines / _PAGE) + 1

    @property
    def turns(self) -> int:
        """How many groups of subscriptions follow one another."""
        return ceil(self.subscriptions / _AT_ONCE)


FLEETS = (
    Fleet(1, 1_000),
    Fleet(10, 1_000),
    Fleet(1, 10_000),
    Fleet(100, 1_000),
    Fleet(1, 100_000),
    Fleet(1_000, 1_000),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Minutes; None: never. Requests are of one subscription and scan."""

    first_look: float
    new_wave: float
    requests: int
    refused: int


def one_view_each(fleet: Fleet, concurrent: int) -> Outcome:
    """A script that lists and reads each machine, as fast as `concurrent` requests allow.

    It repeats what is refused when Azure says, which is more than peers do: with three repetitions
    they fail.
    """
    requests = fleet.pages + fleet.machines
    rate = concurrent / _VIEW_TAKES
    seconds, refused = _paced(requests, rate, _ARM_CAPACITY, _ARM_REFILL)
    minutes = fleet.turns * (fleet.pages * _PAGE_TAKES + seconds) / 60
    # A wave that begins right after its machine was read is found by the next run.
    return Outcome(minutes, max(_INTERVAL, minutes) + minutes, requests, refused)


def ours(fleet: Fleet, *, hints: bool) -> Outcome:
    """The app: pages, candidates, and a sweep of everything once in six hours."""
    capacity, refill = _ARM_CAPACITY * _SHARE, _ARM_REFILL * _SHARE
    first = fleet.pages + fleet.machines
    seconds, _ = _paced(first, refill, capacity, refill)
    look = fleet.turns * (fleet.pages * _PAGE_TAKES + seconds) / 60
    in_wave = ceil(fleet.machines / _ONE_IN)
    swept = fleet.machines / (_PERIOD_HOURS * 60 / _INTERVAL)
    rescan = fleet.pages + in_wave + ceil(swept)
    if hints:
        candidates, _ = _paced(in_wave, refill, capacity, refill)
        # Resource Graph shows it within five minutes in general; the next scan asks it.
        wave = 5 + _INTERVAL + candidates / 60
    else:
        # Its machines' turns come evenly: the first of them is found after this on average, and
        # then the whole subscription is read.
        wave = _INTERVAL + _PERIOD_HOURS * 60 / (in_wave + 1) + seconds / 60
    return Outcome(look, wave, rescan, 0)


def _paced(requests: int, rate: float, capacity: float, refill: float) -> tuple[float, int]:
    """Seconds for so many requests at most at a rate, and how many are refused meanwhile."""
    at_once = requests / rate
    allowed = capacity + at_once * refill
    if allowed >= requests:
        return at_once, 0
    # The bucket is empty after this; from then on each second as many are refused as are too many.
    empty_after = capacity / (rate - refill) if rate > refill else 0.0
    seconds = (requests - capacity) / refill
    refused = (seconds - empty_after) * max(0.0, rate - refill)
    return seconds, ceil(refused)


def table() -> list[str]:
    """The rows of the table, in Markdown."""
    lines = [
        "| machines | way | complete first look, min | new wave, min | reads of one scan |",
        "| ---: | --- | ---: | ---: | ---: |",
    ]
    for fleet in FLEETS:
        ways = {
            "one view each, one after the other": one_view_each(fleet, 1),
            "one view each, 32 threads": one_view_each(fleet, 32),
            "ours, no hint": ours(fleet, hints=False),
        }
        for name, outcome in ways.items():
            size = f"{fleet.subscriptions:,} x {fleet.machines:,}"
            lines.append(
                f"| {size} | {name} | {outcome.first_look:,.1f} | {outcome.new_wave:,.1f} |"
                f" {outcome.requests:,} |"
            )
    return lines
