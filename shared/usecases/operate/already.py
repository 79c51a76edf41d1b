"""A command that asks for what is so already: a second click, or a second person."""

from collections.abc import Collection
from datetime import timedelta

from shared.domain.audit import AuditRecord
from shared.usecases.app import App

#: of a pause that was removed, and of a halt that was lifted
RESUMED = ("about_to_resume", "pause.removed")
LIFTED = ("about_to_lift_halt", "halt.lifted")
_REMEMBERED = timedelta(days=30)


async def already(
    app: App, subject: str, events: Collection[str], *, by: str, reason: str
) -> AuditRecord | None:
    """The newest line of one of these events, which has done it before; None if there is none.

    The trail gets a line of the command that came too late. Call it only where it is so now. What
    was done more than 30 days ago is not looked for: the trail of a subject has no end.
    """
    recent = await app.audit_trail.of(subject, app.now() - _REMEMBERED)
    lines = [each for each in recent if each.event in events]
    if not lines:
        return None
    before = max(lines, key=lambda each: each.at)
    await app.record(
        subject,
        "command.already_done",
        by=by,
        reason=reason,
        was=f"{before.event} by {before.by}",
    )
    return before
