"""What a service issue of Azure holds, and for how long. Pure.

While compute, storage or network of a region have an active service issue, nothing new starts there
or in the region's pair. A machine that is moved may not come back, and the pair may have to carry
the load.

Stages are those of Service Health: `Active`, then `Resolved`, and `RCA` for the report afterwards
(service-health-notifications-properties.md). A stage that is not known counts as active.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.notices.notice import Authentication, Notice
from shared.domain.redeploy.pauses import EVERYTHING, Pause

#: who sets these pauses
AZURE = "azure"
#: how long one communication holds. Azure updates an active issue more often than daily.
_HOLDS = timedelta(hours=24)
#: the same where only the key of the function proves the sender
_HOLDS_UNPROVED = timedelta(hours=1)
_KEY_ONLY = "function-key"
_OVER = ("resolved", "mitigated", "rca", "complete", "completed")
_LONGEST = 300


def is_proved(proof: Authentication) -> bool:
    """Whether more than the key of the function proves who sent the alert."""
    return proof.method != _KEY_ONLY


def is_over(notice: Notice, now: datetime) -> bool:
    """Whether the issue is resolved or mitigated."""
    return notice.stage.lower() in _OVER or (notice.ends is not None and notice.ends <= now)


def targets_of_outage(notice: Notice) -> tuple[str, ...]:
    """What is paused for it: each region that it names, or everything for a global one."""
    names = {"".join(each.split()).lower() for each in notice.regions}
    if not names or names & {"global", "all", "allregions"}:
        return (EVERYTHING,)
    return tuple(sorted(f"region:{each}" for each in names))


def with_outage(
    present: Pause | None, target: str, notice: Notice, proof: Authentication, now: datetime
) -> Pause:
    """The pause of a target with this issue, beside others that it holds for already."""
    holds = _HOLDS if is_proved(proof) else _HOLDS_UNPROVED
    former = None if present is None or present.has_ended(now) else present
    issues = () if former is None else former.issues
    until = now + holds
    if former is not None and former.until is not None and issues != (notice.tracking_id,):
        until = max(until, former.until)
    services = ", ".join(notice.services) or "services that it does not name"
    return Pause(
        target=target,
        reason=f"Azure reports the service issue {notice.tracking_id}: {services}"[:_LONGEST],
        by=AZURE,
        at=now if former is None else former.at,
        until=until,
        issues=tuple(dict.fromkeys((*issues, notice.tracking_id))),
    )


def without_outage(present: Pause, issue: str) -> Pause | None:
    """The pause without an issue that is over; None where it holds for no other."""
    left = tuple(each for each in present.issues if each != issue)
    return replace(present, issues=left) if left else None
