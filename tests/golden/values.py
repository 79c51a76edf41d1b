"""One value for each kind and state that a release may leave, with all fields that it can have."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from shared.domain.audit import AuditRecord
from shared.domain.clocks import ClockStatus, Done
from shared.domain.generation import Loss, Mark
from shared.domain.health.health_check import HealthCheck
from shared.domain.hints.status import HintStatus
from shared.domain.job.job import HeldLease, Job, job_id
from shared.domain.job.states import State
from shared.domain.lock.ramp import Ramp
from shared.domain.lock.semaphore import (
    CanaryProgress,
    Halt,
    LastRelease,
    Lease,
    Semaphore,
    Waiter,
)
from shared.domain.machine.absence import Absence
from shared.domain.machine.instance_view import Observation, Power, Provisioning
from shared.domain.machine.inventory_entry import InventoryEntry
from shared.domain.machine.machine import Machine, SubscriptionId, machine_id
from shared.domain.machine.maintenance import MaintenanceStatus
from shared.domain.machine.placement import Lane, Placement, Scope
from shared.domain.messages import Cause, JobStep, Notification, ScanRequest
from shared.domain.notices.notice import Authentication, Notice, Source
from shared.domain.notices.record import NoticeRecord, Outcome, RequestedScan
from shared.domain.outbox.calendar_feed import CalendarFeed, FeedAddress, FeedEvent, FeedStatus
from shared.domain.outbox.events import OutboxEvent
from shared.domain.outbox.mailbox import Mailbox, Topic
from shared.domain.outbox.message import Message
from shared.domain.outbox.news import News
from shared.domain.outbox.waves import Watch, WaveNote
from shared.domain.policy.eligibility import ExemptionRule
from shared.domain.quota.level import Level
from shared.domain.redeploy.pauses import Pause
from shared.domain.scan.exempt_machine import ExemptMachine
from shared.domain.scan.status import (
    Cursor,
    ScanStatus,
    Stage,
    completed,
    failed,
    started,
    with_unreadable,
)

AT = datetime(2026, 11, 23, 16, 0, 30, 250000, tzinfo=UTC)
WAVE = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
SUBSCRIPTION = SubscriptionId("11111111-1111-1111-1111-111111111111")
_COMPUTE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/Shop/providers/Microsoft.Compute"
MACHINE = machine_id(f"{_COMPUTE}/virtualMachines/web-0")
SCOPE = Scope(f"avset:/subscriptions/{SUBSCRIPTION}/shop/availabilitysets/web")
_MINUTE = timedelta(minutes=1)


class Golden(NamedTuple):
    """A value, and the name of the file that holds it."""

    name: str
    value: object


def stored_values() -> Iterator[Golden]:
    """What stores keep."""
    for state in State:
        yield Golden(f"job-{state.value}", _job(state))
    yield Golden("semaphore", _semaphore())
    yield Golden("semaphore-fresh", Semaphore(scope=SCOPE))
    yield Golden("pause", Pause(target="everything", reason="quarter „end“ 🙂", by="kim", at=AT))
    yield Golden(
        "audit-record",
        AuditRecord(
            at=AT, subject=job_id(MACHINE, WAVE), event="about_to_call", detail={"attempt": "1"}
        ),
    )
    yield Golden("notice", _notice())
    entry = _inventory_entry()
    yield Golden("inventory-entry", entry)
    yield Golden("exempt-machine", _exempt_machine())
    yield Golden("machine", entry.machine)
    yield Golden("observation", entry.observation)
    yield Golden("scan-status", _scan_status())
    yield Golden(
        "hint-status",
        HintStatus(
            chunk="0",
            known="0123456789abcdef",
            changed_at=AT,
            failing_since=AT,
            failure="HTTP 403 AuthorizationFailed",
        ),
    )
    yield Golden(
        "clock-status",
        ClockStatus(
            scans=Done(timer=AT, tick=WAVE),
            recovery=Done(timer=AT, tick=WAVE),
            ticked_at=AT,
            number=17,
            due=AT,
            is_sent=True,
            told_at=WAVE,
        ),
    )
    yield from _outbox()
    yield Golden("mark", Mark(generation=WAVE, number=17, at=AT, loss=_loss()))
    yield Golden("quota-level", Level(key="s|reads", tokens=17.5, at=AT, paused_until=WAVE))


def _outbox() -> Iterator[Golden]:
    news = News(
        id="9f2c",
        key="job.failed|agent not ready",
        event=OutboxEvent.FAILED,
        title="web-0 did not come back",
        plural="{n} machines did not come back",
        text="agent „not“ ready 🙂",
        todo="Look at it.",
        name="web-0",
        subject=job_id(MACHINE, WAVE),
        at=AT,
    )
    topic = Topic(news=news, names=("web-0",), subjects=("a~b",), seen=("9f2c",), count=1)
    topic = replace(topic, told=1, tellings=1, told_at=AT, waiting_since=AT)
    message = Message(
        id="77aa",
        event=OutboxEvent.FAILED,
        title="web-0 did not come back",
        text="agent",
        names=("web-0",),
        todo="Look.",
        link="https://app.example.com",
        at=AT,
    )
    yield Golden("news", news)
    yield Golden(
        "mailbox",
        Mailbox(
            target="crm-teams",
            fingerprint="0123",
            topics={news.key: topic},
            waiting=(message,),
            sent=("66bb",),
            accepted_at=WAVE,
            sending=True,
            unknown=1,
            failures=3,
            failing_since=AT,
            next_try=AT + _MINUTE,
            reason="it answered 500",
            broken_since=AT,
            given_up=("one",),
            given_up_count=1,
        ),
    )
    note = WaveNote(
        seen_at=AT,
        total=12,
        told=12,
        told_at=AT,
        ends=(AT,),
        starting_at=AT,
        done=3,
        done_at=AT,
        tellings=2,
        finished_at=AT,
    )
    event = FeedEvent(
        uid="9f2c",
        group="crm",
        title="crm: 2 machines may go down",
        text="Sun",
        start=AT,
        end=AT + _MINUTE,
        status=FeedStatus.TENTATIVE,
        sequence=3,
        changed_at=AT,
    )
    address = FeedAddress(name="crm", token_hash="aa", group="crm", by="ada", at=AT)
    yield Golden("calendar-feed", CalendarFeed(events={event.uid: event}, addresses=(address,)))
    yield Golden("watch", Watch(waves={"2026-11-20": note}, pauses={"everything": AT}))


def messages() -> Iterator[Golden]:
    """What is in the queues."""
    yield Golden("job-step", JobStep(job=job_id(MACHINE, WAVE), step=7))
    yield Golden("job-step-current", JobStep(job=job_id(MACHINE, WAVE)))
    yield Golden(
        "scan-request",
        ScanRequest(
            subscription=SUBSCRIPTION, trigger_id="2026-11-23T16:00:30Z", cause=Cause.NOTICE
        ),
    )
    yield Golden(
        "notification",
        Notification(kind="job.parked", subject=job_id(MACHINE, WAVE), text="web-0: what we saw"),
    )


def _loss() -> Loss:
    reason = "the table of pauses was emptied"
    return Loss(found_at=AT, reason=reason, since=AT, rests_until=AT, lifted_at=AT, lifted_by="kim")


def _job(state: State) -> Job:
    started = state not in (State.PLANNED, State.DEFERRED, State.CANCELLED)
    job = Job(
        id=job_id(MACHINE, WAVE),
        machine=MACHINE,
        wave=WAVE,
        self_service_end=WAVE + timedelta(days=35),
        placement=Placement(scope=SCOPE, lane=Lane("ud:0")),
        group=Placement(scope=Scope(f"group:{SUBSCRIPTION}/shop")),
        health_check=HealthCheck(url="https://web-0.example.com/health?code=1", by_tag=True),
        zone=Placement(scope=Scope(f"zones:{SUBSCRIPTION}/westeurope"), lane=Lane("zone:1")),
        pair=Placement(
            scope=Scope(f"pair:{SUBSCRIPTION}/northeurope+westeurope"), lane=Lane("westeurope")
        ),
        wave_size=12,
        waits_for_canaries=(job_id(machine_id(f"{_COMPUTE}/virtualMachines/web-9"), WAVE),),
        state=state,
        step=7,
        reason="said „why“ 🙂",
        due=None if state.is_final or state is State.PARKED else AT + 5 * _MINUTE,
        created_at=AT - timedelta(days=1),
        changed_at=AT,
        state_entered_at=AT - _MINUTE,
        reported_risks=("pause", "time"),
    )
    if not started:
        return replace(job, not_before=AT + timedelta(hours=4), lost_calls=1, dead_letters=1)
    return replace(
        job,
        attempts=1,
        called_at=AT - 10 * _MINUTE,
        leases=() if state.is_final else (HeldLease(scope=SCOPE, token=3),),
        operation=(
            "https://management.azure.com/subscriptions/1/operations/2?p=3&api-version=2026-04-01"
        ),
        started_at=AT - 10 * _MINUTE,
        finished_at=AT if state.is_final else None,
        ready_since=AT - _MINUTE if state is State.VERIFYING else None,
        pending_notification="job.parked" if state is State.PARKED else None,
        absence=Absence(since=AT - 3 * _MINUTE, last=AT - _MINUTE, reads=2),
        superseded=state is State.SKIPPED,
    )


def _semaphore() -> Semaphore:
    job = job_id(MACHINE, WAVE)
    return Semaphore(
        scope=SCOPE,
        slots=2,
        holders=(
            Lease(
                job=job,
                lane=Lane("ud:0"),
                token=3,
                acquired_at=AT,
                expires_at=AT + 15 * _MINUTE,
                step=7,
                used=True,
            ),
        ),
        waiters=(Waiter(job="s~1", lane=Lane("ud:1"), since=AT, until=AT + 20 * _MINUTE),),
        next_token=4,
        last_start=AT - 60 * _MINUTE,
        last_release=LastRelease(lane=Lane("ud:2"), at=AT - 40 * _MINUTE),
        release_before=LastRelease(lane=Lane("ud:1"), at=AT - 80 * _MINUTE),
        halts=(Halt(reason="web-7 did not come back", job="s~7", at=AT, lane=Lane("ud:0")),),
        canary_progress=CanaryProgress(wave=WAVE, passed=1, at=AT),
        ramp=Ramp(wave=WAVE, came_back=3, failed=1, budget=3),
    )


def _notice() -> NoticeRecord:
    notice = Notice(
        source=Source.SERVICE_HEALTH,
        subscriptions=(SUBSCRIPTION,),
        tracking_id="PYN_-ZL8",
        communication_id="11000001234567",
        stage="Rescheduled",
        title="Planned maintenance",
        services=("Virtual Machines",),
        regions=("West Europe",),
        starts=AT,
        ends=AT + timedelta(days=1),
    )
    return NoticeRecord(
        id=notice.id,
        at=AT,
        notice=notice,
        authentication=Authentication(
            method="entra", identity="461e8683-5575-4561-ac7f-899cc907d62a"
        ),
        sender=Authentication(method="dkim", identity="microsoft.com"),
        outcome=Outcome.SCANNING,
        reason="",
        scans=(RequestedScan(subscription=SUBSCRIPTION, trigger_id="2026-11-23T16:00:30Z"),),
    )


def _scan_status() -> ScanStatus:
    """A subscription that was scanned before, and whose next scan is on."""
    request = ScanRequest(
        subscription=SUBSCRIPTION, trigger_id="2026-11-23T16:00:30Z", cause=Cause.NOTICE
    )
    first = started(ScanStatus(subscription=SUBSCRIPTION), request, AT)
    assert first.scan is not None
    seen = replace(first.scan, machines=3, runs="0123456789abcdef", new_jobs=1)
    seen = with_unreadable(seen, MACHINE, "HTTP 403 AuthorizationFailed")
    again = started(completed(first, seen, AT), request, AT)
    assert again.scan is not None
    cursor = Cursor(stage=Stage.SCALE_SETS, link="https://management.azure.com/x", sets_done=8)
    return failed(again, replace(again.scan, cursor=cursor), "HTTP 503", None, AT)


def _exempt_machine() -> ExemptMachine:
    return ExemptMachine(
        machine=MACHINE,
        rule=ExemptionRule.KIND,
        reason="it is a Spot machine",
        since=AT,
        wave=WAVE,
        self_service_end=WAVE + 35 * 24 * 60 * _MINUTE,
        told_at=AT,
    )


def _inventory_entry() -> InventoryEntry:
    machine = Machine(
        id=MACHINE,
        location="westeurope",
        zone="1",
        tags={"Tier": "web"},
        availability_set=f"{_COMPUTE}/availabilitySets/web".lower(),
    )
    seen = Observation(
        machine=MACHINE,
        at=AT,
        power=Power.RUNNING,
        provisioning=Provisioning.SUCCEEDED,
        agent_ready=True,
        update_domain=0,
        maintenance=MaintenanceStatus(
            allowed=True, self_service_start=WAVE, self_service_end=WAVE + timedelta(days=35)
        ),
    )
    return InventoryEntry(machine=machine, observation=seen, decision="has a job")
