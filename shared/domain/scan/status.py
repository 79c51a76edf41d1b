"""Where the scans of one subscription stand.

The one in progress, what the last complete one saw, and since when scans fail. Pure.

A scan is a series of steps, one message each::

    asked for ─► VMS ─► SCALE_SETS, with their instances ─► MACHINES ─► CLOSING ─► complete
                  └─ out of time, or Azure refuses: the next step continues at the cursor ─┘

The step number is the fence: who saves a step that somebody else has saved loses, and stops.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain.machine.inventory_entry import EntryKey
from shared.domain.machine.machine import MachineId, SubscriptionId
from shared.domain.messages import Cause, ScanRequest
from shared.domain.utc import require_aware, rfc3339

#: what a cursor means. A link is bound to its API version. So a scan that another version of the
#: app began starts its listing again.
CURSOR_VERSION = 2

#: which columns the entries of a complete scan have. Where a status has another, the next scan
#: stores every run again.
INVENTORY_FORM = 1

#: no message and no worker of a step is waited for longer than this after it was due
PATIENCE = timedelta(minutes=5)

#: of why a step failed, as a person reads it
_LONGEST_REASON = 500

#: links that Azure refuses in one scan, before the refusal counts as an outage
MOST_RESTARTS = 3

_FIRST_RETRY, _LONGEST_RETRY = timedelta(seconds=30), timedelta(minutes=15)

#: entries that may be stale, of one scan; with so many, all entries may be
MOST_SUSPECTS = 200

#: machines that are named where only some can be
NAMED = 10


class Stage(StrEnum):
    """What a scan is at."""

    VMS = "vms"
    SCALE_SETS = "scale_sets"
    MACHINES = "machines"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """The place at which a scan continues."""

    stage: Stage = Stage.VMS
    #: of the page to be read; None: the first one of the stage
    link: str | None = None
    #: how many scale sets of that page are done
    sets_done: int = 0
    #: the last entry of the inventory that was looked at
    looked_until: EntryKey | None = None
    #: pages without elements, one behind the other
    empty_pages: int = 0
    version: int = CURSOR_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPage:
    """A page of VMs that was read, and whose runs are stored."""

    machines: int
    #: the digests of its runs, one behind the other
    runs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What asked for a scan."""

    trigger_id: str
    cause: Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """A scan in progress."""

    id: str
    occasion: Occasion
    started_at: datetime
    #: a step whose message did not come until PATIENCE after this has lost it
    due: datetime
    step: int = 0
    #: how often the message of this step was sent
    attempt: int = 0
    cursor: Cursor = field(default_factory=Cursor)
    #: the digests of the runs that were listed, one behind the other
    runs: str = ""
    #: the pages of VMs that were listed, by their digests
    pages: dict[str, KnownPage] = field(default_factory=dict)
    #: entries that were stored with another run than the listed ones, see `with_suspects`
    suspects: tuple[EntryKey, ...] = ()
    machines: int = 0
    looked_at: int = 0
    new_jobs: int = 0
    #: machines that show maintenance now, and showed none when they were last read
    new_in_waves: int = 0
    #: machines whose view could not be read, and the first of them with the reason
    unreadable: int = 0
    first_unreadable: tuple[str, ...] = ()
    #: elements of listings that could not be read: with one of them no machine is proved gone
    unknown_elements: int = 0
    #: machines without a job in an open phase, and those that cannot be read: how many, by rule
    left_alone: dict[str, int] = field(default_factory=dict)
    #: steps that failed one behind the other
    failures: int = 0
    #: how often its listing began again, because Azure refused a link
    restarts: int = 0

    def __post_init__(self) -> None:
        require_aware(started_at=self.started_at, due=self.due)

    def request(self, subscription: SubscriptionId) -> ScanRequest:
        """The message that takes this step."""
        return ScanRequest(
            subscription=subscription,
            trigger_id=self.occasion.trigger_id,
            cause=self.occasion.cause,
            scan=self.id,
            step=self.step,
            attempt=self.attempt,
        )

    def is_awaited_by(self, now: datetime) -> bool:
        """Whether somebody works on its step, or its message may still come."""
        return now < self.due + PATIENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanStatus:
    """What is kept of a subscription's scans."""

    subscription: SubscriptionId
    scan: Scan | None = None
    #: asked for while a scan was on, which may have passed the machines in question; it follows
    again: Occasion | None = None
    first_asked_at: datetime | None = None
    last_complete_at: datetime | None = None
    #: when the last complete scan began: from then on each machine's turn counts
    swept_until: datetime | None = None
    #: of the last complete scan
    runs: str = ""
    pages: dict[str, KnownPage] = field(default_factory=dict)
    inventory_form: int = 0
    machines: int = 0
    unreadable: int = 0
    first_unreadable: tuple[str, ...] = ()
    unknown_elements: int = 0
    #: machines without a job in an open phase, and those that could not be read: how many, by rule
    left_alone: dict[str, int] = field(default_factory=dict)
    #: since when no step has succeeded, and why the last one did not
    failing_since: datetime | None = None
    failure: str = ""
    #: when operators were notified that no scan was complete for too long; None: they were not
    told_overdue_at: datetime | None = None

    def __post_init__(self) -> None:
        require_aware(
            first_asked_at=self.first_asked_at,
            last_complete_at=self.last_complete_at,
            swept_until=self.swept_until,
            failing_since=self.failing_since,
            told_overdue_at=self.told_overdue_at,
        )

    @property
    def stored_runs(self) -> frozenset[str]:
        """The runs that need not be stored again; none where their entries have another form."""
        return digests_in(self.runs) if self.inventory_form == INVENTORY_FORM else frozenset()

    @property
    def complete_since(self) -> datetime | None:
        """From when the age of what is known counts.

        The last complete scan, or the first that was asked for.
        """
        return self.last_complete_at or self.first_asked_at


def started(status: ScanStatus, request: ScanRequest, now: datetime) -> ScanStatus:
    """A new scan has begun."""
    return _begun(status, Occasion(trigger_id=request.trigger_id, cause=request.cause), now)


def _begun(status: ScanStatus, occasion: Occasion, now: datetime) -> ScanStatus:
    name = f"{status.subscription}|{occasion.trigger_id}|{now.isoformat()}"
    digest = hashlib.blake2b(name.encode(), digest_size=6).hexdigest()
    scan = Scan(id=f"{rfc3339(now)}-{digest}", occasion=occasion, started_at=now, due=now)
    return replace(status, scan=scan, again=None, first_asked_at=status.first_asked_at or now)


def joined(status: ScanStatus, request: ScanRequest) -> ScanStatus:
    """A request that came while a scan is on.

    The timer's is content with it; what a notice or a person asks for comes again.
    """
    if request.cause is Cause.TIMER:
        return status
    return replace(status, again=Occasion(trigger_id=request.trigger_id, cause=request.cause))


def handed_on(status: ScanStatus, scan: Scan, at: datetime) -> ScanStatus:
    """A step has ended in time, and the next one is due."""
    return replace(
        status,
        scan=replace(scan, step=scan.step + 1, attempt=0, due=at, failures=0),
        failing_since=None,
        failure="",
    )


def failed(
    status: ScanStatus, scan: Scan, reason: str, retry_after: timedelta | None, now: datetime
) -> ScanStatus:
    """A step could not be ended: the next one tries the same again, later each time."""
    wait = retry_after or _FIRST_RETRY * 2 ** min(scan.failures, 10)
    due = now + min(wait, _LONGEST_RETRY)
    again = replace(scan, step=scan.step + 1, attempt=0, due=due, failures=scan.failures + 1)
    return replace(
        status,
        scan=again,
        failing_since=status.failing_since or now,
        failure=reason[:_LONGEST_REASON],
    )


def completed(status: ScanStatus, scan: Scan, now: datetime) -> ScanStatus:
    """A scan has seen everything; the one that was asked for meanwhile begins."""
    done = replace(
        status,
        scan=None,
        last_complete_at=now,
        swept_until=scan.started_at,
        runs=scan.runs,
        pages=scan.pages,
        inventory_form=INVENTORY_FORM,
        machines=scan.machines,
        unreadable=scan.unreadable,
        first_unreadable=scan.first_unreadable,
        unknown_elements=scan.unknown_elements,
        left_alone=scan.left_alone,
        failing_since=None,
        failure="",
        told_overdue_at=None,
    )
    if scan.new_in_waves and status.again is None:
        # A wave is rarely of one machine: all others are read, too, and not only in their turn.
        found = Occasion(trigger_id=f"wave found by {scan.id}", cause=Cause.WAVE)
        return _begun(done, found, now)
    return done if status.again is None else _begun(done, status.again, now)


def restarted(scan: Scan) -> Scan:
    """The scan with its listing at the beginning; what it has stored is not stored again."""
    return replace(
        scan,
        cursor=Cursor(),
        runs="",
        pages={},
        suspects=(),
        machines=0,
        unknown_elements=0,
        restarts=scan.restarts + 1,
    )


def at_current_version(scan: Scan) -> Scan:
    """The scan as it stands, or its beginning where another version of the app left the cursor."""
    return scan if scan.cursor.version == CURSOR_VERSION else restarted(scan)


def with_suspects(scan: Scan, keys: Sequence[EntryKey]) -> Scan:
    """The scan with entries that were stored with a run which its listing does not have.

    Such a machine is gone, or something wrote an older listing over it: a step that was repeated,
    or a worker that was too late. At most MOST_SUSPECTS are kept.
    """
    known = set(scan.suspects)
    new = [each for each in keys if each not in known]
    return replace(scan, suspects=(*scan.suspects, *new)[:MOST_SUSPECTS])


def without_runs(scan: Scan, stale: Collection[str]) -> Scan:
    """The scan without some of its runs, so that the next scan stores these again."""
    kept = [each for each in _in_order(scan.runs) if each not in stale]
    return replace(scan, runs="".join(kept))


def with_unreadable(scan: Scan, machine: MachineId | str, reason: str) -> Scan:
    """One more machine could not be read."""
    named = scan.first_unreadable
    if len(named) < NAMED:
        named = (*named, f"{machine}: {reason}")
    return replace(scan, unreadable=scan.unreadable + 1, first_unreadable=named)


_DIGEST = 16


def digests_in(runs: str) -> frozenset[str]:
    """The digests of runs that are written one behind the other."""
    return frozenset(_in_order(runs))


def _in_order(runs: str) -> list[str]:
    return [runs[start : start + _DIGEST] for start in range(0, len(runs), _DIGEST)]
