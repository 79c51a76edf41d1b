"""The parts of each timer's work. A tick does the same for a timer that does not fire."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from shared.domain.clocks import TimerKind
from shared.usecases.app import App
from shared.usecases.calendar_feed.keep import keep_calendar
from shared.usecases.clocks.keep import note_timer
from shared.usecases.hints.request_looks import request_looks
from shared.usecases.notices.inbox import Inbox
from shared.usecases.notices.renew_graph_subscription import renew_graph_subscription
from shared.usecases.notify.deadlines import watch_deadlines
from shared.usecases.notify.left_alone import watch_left_alone
from shared.usecases.outbox.send_messages import send_messages
from shared.usecases.recover.parts import Part, run_parts
from shared.usecases.recover.recover import RecoveryResult, recover
from shared.usecases.retention.at_night import (
    sweep_at_night,
    sweep_notices_at_night,
    sweep_trail_at_night,
)
from shared.usecases.scan.request_scans import request_scans
from shared.usecases.scan.watch_scans import watch_scans
from shared.usecases.trail.export import export_trail

type FindInbox = Callable[[], Awaitable[Inbox]]
"""Raises SettingsError or Unavailable."""


async def run_timer(app: App, work: TimerKind, find_inbox: FindInbox) -> tuple[str, ...]:
    """What a timer does when it fires; the names of the parts that did not finish.

    At the end it notes that it ran, and sends a tick if none will come any more. Raises nothing.
    """
    note = Part(name="clocks", work=partial(note_timer, app, work))
    return await run_parts((*parts_of_timers(app, find_inbox)[work], note))


def parts_of_timers(app: App, find_inbox: FindInbox) -> Mapping[TimerKind, Sequence[Part]]:
    """What each timer does, in order."""
    found: list[RecoveryResult] = []

    async def _recover() -> None:
        found.append(await recover(app))

    return {
        TimerKind.SCANS: (
            Part(name="scans", work=lambda: request_scans(app)),
            Part(name="hints", work=lambda: request_looks(app)),
            Part(name="overdue scans", work=lambda: watch_scans(app)),
        ),
        TimerKind.RECOVERY: (
            Part(name="recovery", work=_recover),
            Part(name="deadlines", work=lambda: _watch_deadlines(app, found)),
            Part(name="machines left alone", work=lambda: watch_left_alone(app)),
            Part(name="retention", work=lambda: sweep_at_night(app)),
            Part(name="retention of notices", work=partial(_sweep_notices, find_inbox)),
            Part(name="mailbox", work=partial(_renew_mail_subscription, find_inbox)),
            Part(name="retention of the trail", work=lambda: sweep_trail_at_night(app)),
            Part(name="audit trail", work=lambda: export_trail(app)),
            Part(name="calendar", work=lambda: keep_calendar(app)),
            Part(name="messages", work=lambda: send_messages(app)),
        ),
    }


async def _watch_deadlines(app: App, found: Sequence[RecoveryResult]) -> None:
    """What recovery has listed is not listed again. Where it failed, it is."""
    if not found:
        await watch_deadlines(app)
    elif not found[-1].is_short:
        await watch_deadlines(app, found[-1].listed)


async def _renew_mail_subscription(find_inbox: FindInbox) -> None:
    await renew_graph_subscription(await find_inbox())


async def _sweep_notices(find_inbox: FindInbox) -> None:
    await sweep_notices_at_night(await find_inbox())
