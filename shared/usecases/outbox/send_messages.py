"""Tell operators and every target what they are to get. Runs with recovery, every few minutes."""

from shared.concurrency import map_concurrently
from shared.domain.outbox.targets import OutsideTarget
from shared.errors import Unavailable
from shared.telemetry import log_event, log_failure, log_warning
from shared.usecases.app import App
from shared.usecases.notify.tell_operators import tell_operators
from shared.usecases.outbox.collect import collect
from shared.usecases.outbox.deliver import deliver
from shared.usecases.outbox.look_at_waves import look_at_waves


async def send_messages(app: App) -> int:
    """Look at the waves, collect the news, tell operators, and send what is due; how many.

    Waves are looked at for targets only. A target that fails holds no other, and not the operators.
    """
    if app.outside.targets:
        await look_at_waves(app)
    await collect(app)
    await tell_operators(app)
    if not app.outside.targets:
        return 0
    targets = app.outside.targets
    sent = await map_concurrently(lambda each: _deliver_or_log(app, each), targets, len(targets))
    log_event("messages.checked", targets=len(app.outside.targets), sent=sum(sent))
    return sum(sent)


async def _deliver_or_log(app: App, target: OutsideTarget) -> int:
    try:
        return await deliver(app, target)
    except Unavailable as outage:
        log_warning("messages.not_delivered", target=target.name, reason=outage)
    except Exception as bug:  # noqa: BLE001 - the log has its traceback, and the others their turn
        log_failure("messages.failed", bug, target=target.name)
    return 0
