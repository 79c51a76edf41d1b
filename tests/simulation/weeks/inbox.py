"""The inbox of a long run: only news of service issues come, and they carry their own proof."""

from shared.adapters.memory import InlineWorker, MemoryNotices
from shared.adapters.webhooks.shared_secrets import FunctionKey
from shared.usecases.app import App
from shared.usecases.notices.inbox import Inbox
from shared.usecases.scan.watched_subscriptions import WatchedSubscriptions


def inbox_of(app: App) -> Inbox:
    """An inbox over the ports of one invocation. It keeps no notice, so each counts once."""
    return Inbox(
        app=app,
        notices=MemoryNotices(),
        watched=WatchedSubscriptions(app=app),
        worker=InlineWorker(),
        service_health=FunctionKey(),
        event_grid=FunctionKey(),
        mail={},
        senders=(),
    )
