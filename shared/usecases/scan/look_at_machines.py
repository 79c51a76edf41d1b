"""The unit of a scan that reads the views of some machines of the inventory, and judges them."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta

from shared.concurrency import both
from shared.domain.machine.instance_view import Observation
from shared.domain.machine.inventory_entry import (
    EntryKey,
    InventoryEntry,
    InventoryPage,
    attention_of,
    unread,
)
from shared.domain.machine.machine import MachineId, Orchestration
from shared.domain.messages import Cause
from shared.domain.scan.runs import state_in
from shared.domain.scan.status import Cursor, Scan, Stage, digests_in, with_suspects
from shared.domain.scan.sweep import needs_look, wanted_by
from shared.telemetry import log_warning
from shared.usecases.scan.judge import Judgement, carry_out, judge
from shared.usecases.scan.look import Looked, look_at
from shared.usecases.scan.note_exemptions import note_exemptions
from shared.usecases.scan.work import Interrupted, ScanWork

#: entries that are fetched together, and machines that one unit reads at most
_PAGE, _AT_ONCE = 500, 64


#: attempts in a row that fail before the scan continues without what cannot be read
PATIENCE = 3


async def look_at_machines(work: ScanWork, scan: Scan) -> Scan:
    """Look at the next machines of the inventory whose turn it is.

    Instances of Uniform sets were judged when they were listed. Raises Interrupted where Azure or
    the quota refuses; what was read until then is stored, judged, and not read again.
    """
    app = work.app
    page = work.page_behind(scan.cursor.looked_until)
    if page is None:
        page = work.page = await _next_entries(work, scan)
    for reason in page.unreadable:
        log_warning("inventory.unreadable_entry", reason=reason)
    entries, until = _portion(work, scan, page)
    suspects = _stored_with_other_runs(scan, page)
    scan = with_suspects(scan, suspects)
    work.met.update(_met(page, suspects))
    machines = [each.machine for each in entries]
    looked = await look_at(app, machines, insist=scan.failures < PATIENCE)
    made = judge(app, work.known, looked.seen)
    await app.inventory.note(_changed(entries, looked, made))
    if work.plans_at_the_end:
        made = replace(made, jobs=())
    started = await carry_out(app, work.known, looked.seen, made, work.request)
    await note_exemptions(work, looked.seen, made, looked.reasons, entries)
    found = 0 if _reads_all(work, scan) else _found_waves(entries, looked)
    scan = replace(scan, new_jobs=scan.new_jobs + started, new_in_waves=scan.new_in_waves + found)
    scan = looked.counted_in(scan)
    if looked.outage is not None:
        asked = {each.id for each in machines}
        read_until = _read_without_gap(scan, page, until, asked - looked.known)
        raise Interrupted(_at(scan, read_until), looked.outage)
    if until is None:
        return replace(scan, cursor=Cursor(stage=Stage.CLOSING))
    return _at(scan, until)


async def _next_entries(work: ScanWork, scan: Scan) -> InventoryPage:
    """The entries that may be looked at, behind those that were.

    Only those that a scan of the timer wants, where every run is stored as it was listed. Another
    run there, or a missing one, shows a late worker or a loss: then every entry is gone through.
    """
    inventory, after = work.app.inventory, scan.cursor.looked_until
    if _reads_all(work, scan):
        return await inventory.page(work.subscription, after, _PAGE)
    listed = digests_in(scan.runs)
    wanted = wanted_by(
        scan.id,
        work.swept_since,
        scan.started_at,
        work.app.rules.platform.timing.sweep_period,
    )
    if wanted is None or work.is_sound is False:
        return await inventory.page(work.subscription, after, _PAGE)
    some = inventory.page(work.subscription, after, _PAGE, wanted)
    if work.is_sound:
        return await some
    page, stored = await both(some, inventory.stored_runs(work.subscription))
    return page if work.compare_runs(listed, stored) else await _next_entries(work, scan)


def _met(page: InventoryPage, suspects: Collection[EntryKey]) -> Iterator[MachineId]:
    """The machines that this scan has listed, and whose entries are there."""
    unsure = set(suspects)
    pairs = zip(page.keys, page.entries, strict=True)
    return (entry.machine.id for key, entry in pairs if key not in unsure)


def _stored_with_other_runs(scan: Scan, page: InventoryPage) -> list[EntryKey]:
    listed = digests_in(scan.runs)
    pairs = zip(page.keys, page.entries, strict=True)
    return [key for key, entry in pairs if entry.run not in listed]


def _at(scan: Scan, until: EntryKey | None) -> Scan:
    return replace(scan, cursor=replace(scan.cursor, looked_until=until))


def _portion(
    work: ScanWork, scan: Scan, page: InventoryPage
) -> tuple[list[InventoryEntry], EntryKey | None]:
    """The entries that one unit looks at, and the key behind which the next unit begins.

    None where nothing follows.
    """
    chosen: list[InventoryEntry] = []
    for key, entry in zip(page.keys, page.entries, strict=True):
        if _is_looked_at(work, scan, entry):
            chosen.append(entry)
        if len(chosen) == _AT_ONCE and key != page.last:
            return chosen, key
    return chosen, page.last


def _reads_all(work: ScanWork, scan: Scan) -> bool:
    """Whether this scan reads every machine: somebody asked for it, or it is the first."""
    asked = scan.occasion.cause is not Cause.TIMER
    return (
        asked
        or work.swept_since is None
        or work.app.rules.platform.timing.sweep_period <= timedelta(0)
    )


def _is_looked_at(work: ScanWork, scan: Scan, entry: InventoryEntry) -> bool:
    """Instances of Uniform sets were judged when they were listed."""
    if entry.machine.orchestration is Orchestration.UNIFORM:
        return False
    period = work.app.rules.platform.timing.sweep_period
    return _reads_all(work, scan) or needs_look(entry, work.swept_since, scan.started_at, period)


def _found_waves(entries: Iterable[InventoryEntry], looked: Looked) -> int:
    """How many machines show maintenance now that showed none when they were last read."""
    views = {machine.id: seen for machine, seen in looked.seen}
    return sum(
        each.observation is not None
        and each.observation.maintenance is None
        and (now := views.get(each.machine.id)) is not None
        and now.maintenance is not None
        for each in entries
    )


def _read_without_gap(
    scan: Scan, page: InventoryPage, until: EntryKey | None, missing: Collection[MachineId]
) -> EntryKey | None:
    """The last key of a portion in front of which nothing is missing."""
    last = scan.cursor.looked_until
    for key, entry in zip(page.keys, page.entries, strict=True):
        if entry.machine.id in missing:
            break
        last = key
        if key == until:
            break
    return last


def _changed(
    entries: Iterable[InventoryEntry], looked: Looked, made: Judgement
) -> list[InventoryEntry]:
    """What is known now, where it differs from what is stored."""
    views = {machine.id: seen for machine, seen in looked.seen}
    return [now for each in entries if (now := _now(each, views, looked, made)) is not None]


def _now(
    entry: InventoryEntry,
    views: dict[MachineId, Observation],
    looked: Looked,
    made: Judgement,
) -> InventoryEntry | None:
    machine = entry.machine.id
    seen = views.get(machine)
    if seen is None:
        reason = looked.reasons.get(machine)
        decision = None if reason is None else unread(reason)
        if decision is None or (decision == entry.decision and entry.attention is not None):
            return None
        return replace(entry, observation=None, decision=decision)
    known = entry.observation
    decision = made.decisions[machine]
    is_same = known is not None and state_in(known) == state_in(seen)
    if is_same and decision == entry.decision and entry.attention is attention_of(seen, decision):
        return None
    return replace(entry, observation=seen, decision=decision)
