"""The open intervals of a calendar, worked out page by page and cached.

A page is 32 days of UTC, counted from 1970. The cache is bounded: it holds PAGES pages and drops
the oldest first.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from shared.domain.calendar.interval import EARLIEST, LATEST, Interval

_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_PAGE = timedelta(days=32)
#: more than a search to the horizon of a calendar needs
PAGES = 160


@dataclass(slots=True)
class OpenIntervals:
    """What `work_out` finds, in order and joined. A page is worked out when it is needed."""

    work_out: Callable[[Interval], list[Interval]]
    #: how many pages were worked out: what a test counts
    worked_out: int = 0
    _pages: dict[int, tuple[list[datetime], list[Interval]]] = field(default_factory=dict)

    def after(self, moment: datetime, enough: timedelta, until: datetime) -> Iterator[Interval]:
        """The intervals that end after an instant and start by `until`, in order.

        Those of neighbouring pages are joined. An interval that lasts `enough`, counted from the
        instant on, is yielded without a search for its end. After such an interval the caller must
        stop. Works out the pages from the instant to `until`, and those that an interval crosses.
        """
        number = (moment - _FIRST) // _PAGE
        starts, intervals = self._page(number)
        left = intervals[max(0, bisect_right(starts, moment) - 1) :]
        open_now: Interval | None = None
        while True:
            for each in left:
                if each.end <= moment:
                    continue
                if open_now is not None and open_now.end == each.start:
                    open_now = Interval(start=open_now.start, end=each.end)
                else:
                    if open_now is not None:
                        yield open_now
                    if each.start > until:
                        return
                    open_now = each
                if open_now.end - max(open_now.start, moment) >= enough:
                    yield open_now
                    open_now = None
            number += 1
            page_starts = _FIRST + number * _PAGE
            goes_on = open_now is not None and open_now.end == page_starts
            if page_starts >= LATEST or (page_starts > until and not goes_on):
                break
            left = self._page(number)[1]
        if open_now is not None:
            yield open_now

    def _page(self, number: int) -> tuple[list[datetime], list[Interval]]:
        known = self._pages.get(number)
        if known is None:
            start = max(EARLIEST, _FIRST + number * _PAGE)
            intervals = self.work_out(
                Interval(start=start, end=min(LATEST, _FIRST + (number + 1) * _PAGE))
            )
            known = ([each.start for each in intervals], intervals)
            self.worked_out += 1
            if len(self._pages) >= PAGES:
                del self._pages[next(iter(self._pages))]
            self._pages[number] = known
        return known
