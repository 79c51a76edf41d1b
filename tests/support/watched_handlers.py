"""The handlers of the app, except that a bug in one ends the test instead of being tried again."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from shared.domain.delivery import Delivery
from shared.domain.messages import Queue, UnreadableMessage
from shared.errors import Unavailable
from shared.usecases.app import App
from shared.usecases.receive.handlers import HANDLERS, Handle, Handler


class HandlerBroken(BaseException):
    """A handler raised what is no outage; its cause is the bug. Nothing of the app catches this."""


def watched_handlers(deadline: timedelta | None = None) -> Mapping[Queue, Handler]:
    """The handlers with their bugs let through; `deadline` in place of their own."""
    return {
        queue: replace(
            handler, handle=_watched(handler.handle), deadline=deadline or handler.deadline
        )
        for queue, handler in HANDLERS.items()
    }


def _watched(handle: Handle) -> Handle:
    async def watched(app: App, delivery: Delivery) -> None:
        try:
            await handle(app, delivery)
        except (Unavailable, UnreadableMessage):
            raise
        except Exception as bug:
            raise HandlerBroken(f"{type(bug).__name__}: {bug}") from bug

    return watched
