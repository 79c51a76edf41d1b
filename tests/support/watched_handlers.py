"""The handlers of the app, except that a bug in one ends the test instead of being tried again."""

from collections.abc import Awaitable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import NoReturn

from shared.domain.delivery import Delivery
from shared.domain.messages import Queue, UnreadableMessage
from shared.errors import Unavailable
from shared.usecases.app import App
from shared.usecases.clocks.take_tick import TimerWork
from shared.usecases.receive.handlers import Handle, Handler, handlers


class HandlerBroken(BaseException):
    """A handler raised what is no outage; its cause is the bug. Nothing of the app catches this."""


def no_work(_: App) -> NoReturn:
    """For tests without ticks: one that arrives is a fault of the test."""
    raise AssertionError("a tick arrived, and the test has no work for it")


def watched_handlers(
    deadline: timedelta | None = None, work: TimerWork = no_work
) -> Mapping[Queue, Handler]:
    """The handlers with their bugs let through; `deadline` in place of their own."""
    return {
        queue: replace(
            handler, handle=_watched(handler.handle), deadline=deadline or handler.deadline
        )
        for queue, handler in handlers(work).items()
    }


def _watched(handle: Handle) -> Handle:
    async def watched(app: App, delivery: Delivery) -> None:
        await with_bugs_let_through(handle(app, delivery))

    return watched


async def with_bugs_let_through(work: Awaitable[object]) -> None:
    """Await it. What it raises that is no outage ends the test."""
    try:
        await work
    except (Unavailable, UnreadableMessage):
        raise
    except Exception as bug:
        raise HandlerBroken(f"{type(bug).__name__}: {bug}") from bug
