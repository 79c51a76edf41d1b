"""A service issue of Azure pauses its regions, and its end resumes them.

Only an alert of Service Health does that, and never a mail. An operator who resumes a region is not
overruled by later news of the same issue.
"""

from datetime import timedelta

from shared.domain.messages import JobStep
from shared.domain.notices.notice import Authentication, Notice
from shared.domain.notices.outage import (
    AZURE,
    is_over,
    is_proved,
    targets_of_outage,
    with_outage,
    without_outage,
)
from shared.domain.redeploy.pauses import EVERYTHING, Pause, targets_of
from shared.domain.utc import rfc3339
from shared.telemetry import log_warning
from shared.usecases.app import App
from shared.usecases.notices.inbox import Inbox

#: an issue that is still active is not looked for before this time
_LONGEST_ISSUE = timedelta(days=90)


async def hold_regions(inbox: Inbox, notice: Notice, proof: Authentication) -> None:
    """Pause or resume the regions of a service issue. Any other notice changes nothing.

    One that was received before changes nothing either, so a repeated alert cannot hold again.
    Idempotent; Unavailable where the alert must be sent again.
    """
    if not notice.is_outage or not notice.tracking_id:
        return
    named = notice.subscriptions
    if named and not await inbox.watched.among(named):
        return
    if await inbox.notices.get(notice.id) is not None:
        return
    app = inbox.app
    present = {each.target: each for each in await app.pauses.all()}
    for target in targets_of_outage(notice):
        if target == EVERYTHING and not is_proved(proof):
            log_warning("outage.not_proved", target=target, issue=notice.tracking_id)
            continue
        if is_over(notice, app.now()):
            await _end(app, present.get(target), notice)
        else:
            await _hold(app, present.get(target), target, notice, proof)


async def _hold(
    app: App, present: Pause | None, target: str, notice: Notice, proof: Authentication
) -> None:
    if present is not None and present.by != AZURE and not present.has_ended(app.now()):
        return  # an operator's pause holds it already, and stays the operator's
    if await _was_lifted(app, target, notice.tracking_id):
        log_warning("outage.lifted_before", target=target, issue=notice.tracking_id)
        return
    pause = with_outage(present, target, notice, proof, app.now())
    await app.pauses.add(pause)
    await app.record(
        f"pause:{target}",
        "pause.added",
        by=AZURE,
        reason=pause.reason,
        until=rfc3339(pause.until) if pause.until else None,
        issues=" ".join(pause.issues),
        proof=proof.method,
    )


async def _end(app: App, present: Pause | None, notice: Notice) -> None:
    if present is None or present.by != AZURE or notice.tracking_id not in present.issues:
        return
    left = without_outage(present, notice.tracking_id)
    if left is not None:
        await app.pauses.add(left)
        return
    await app.record(
        f"pause:{present.target}",
        "pause.ended",
        by=AZURE,
        reason=f"{notice.tracking_id}: {notice.stage or 'mitigated'}",
    )
    if await app.pauses.remove_unchanged(present):
        for job in await app.jobs.waiting():
            if present.target in targets_of(job):
                await app.queues.send_step(JobStep(job=job.id))


async def _was_lifted(app: App, target: str, issue: str) -> bool:
    """Whether an operator resumed the target after it was paused for this issue."""
    held = False
    for line in await app.audit_trail.of(f"pause:{target}", app.now() - _LONGEST_ISSUE):
        if line.event == "pause.added" and line.by == AZURE:
            held = held or issue in line.detail.get("issues", "").split(" ")
        elif line.event == "pause.removed" and held:
            return True
    return False
