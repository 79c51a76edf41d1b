"""Stores which machines have no job in an open phase, why, and since when.

One row for each such machine, written when it changes. So a list of them reads no other machine.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from shared.domain.machine.instance_view import Observation
from shared.domain.machine.inventory_entry import InventoryEntry
from shared.domain.machine.machine import MachineId
from shared.domain.policy.eligibility import ExemptionRule
from shared.domain.scan.exempt_machine import ExemptMachine
from shared.usecases.scan.judge import Judgement, ReadMachines
from shared.usecases.scan.look import NOT_FOUND
from shared.usecases.scan.work import ScanWork


async def note_exemptions(
    work: ScanWork,
    seen: ReadMachines,
    made: Judgement,
    unread: Mapping[MachineId, str],
    entries: Iterable[InventoryEntry] = (),
) -> None:
    """Store the machines that are left alone, and remove those that are not any more. Idempotent.

    `unread`: why machines could not be read; `entries`: what was known of them before.
    """
    views = {machine.id: observation for machine, observation in seen}
    last_views = {each.machine.id: each.observation for each in entries}
    now = [
        *_left_alone(work, made, views),
        *_unknown(work, unread, last_views),
    ]
    changed = [
        following
        for each in now
        if work.exempt.may_store(each.machine)
        and (following := each.following(known := work.exempt.of(each.machine))) != known
    ]
    found = {each.machine for each in now}
    over = [each for each in (*views, *unread) if each not in found and work.exempt.of(each)]
    if changed:
        await work.app.exemptions.store(changed)
        work.exempt.put(changed)
    await forget_exemptions(work, over)


async def forget_exemptions(work: ScanWork, machines: Collection[MachineId]) -> None:
    """Remove machines that were deleted, that got a job, or whose phase is over."""
    gone = [each for each in machines if work.exempt.of(each)]
    if gone:
        await work.app.exemptions.remove(work.subscription, gone)
        work.exempt.drop(gone)


def _left_alone(
    work: ScanWork, made: Judgement, views: Mapping[MachineId, Observation]
) -> Iterator[ExemptMachine]:
    for each in made.not_planned:
        status = views[each.machine].maintenance
        if each.rule is None or status is None:
            continue
        if any(
            not job.state.is_final or (job.wave == status.wave and not job.superseded)
            for job in work.known.of([each.machine])
        ):
            continue  # its job says how it stands
        yield ExemptMachine(
            machine=each.machine,
            rule=each.rule,
            reason=each.reason,
            since=work.app.now(),
            wave=status.wave,
            self_service_end=status.self_service_end,
        )


def _unknown(
    work: ScanWork,
    unread: Mapping[MachineId, str],
    last_views: Mapping[MachineId, Observation | None],
) -> Iterator[ExemptMachine]:
    for machine, reason in unread.items():
        jobs = work.known.of([machine])
        if reason == NOT_FOUND or any(not job.state.is_final for job in jobs):
            continue
        seen = last_views.get(machine)
        status = None if seen is None else seen.maintenance
        yield ExemptMachine(
            machine=machine,
            rule=ExemptionRule.UNREADABLE,
            reason=reason,
            since=work.app.now(),
            wave=None if status is None else status.wave,
            self_service_end=None if status is None else status.self_service_end,
        )
