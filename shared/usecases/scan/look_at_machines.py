"""The unit of a scan that reads the views of some machines of the inventory, and judges them."""

from collections.abc import Iterable
from dataclasses import replace

from shared.domain.machine.instance_view import Observation
from shared.domain.machine.inventory_entry import InventoryEntry, InventoryPage
from shared.domain.machine.machine import MachineId, Orchestration
from shared.domain.scan.runs import state_in
from shared.domain.scan.status import Cursor, Scan, Stage
from shared.telemetry import log_warning
from shared.usecases.scan.judge import Judgement, carry_out, judge
from shared.usecases.scan.look import Looked, look_at
from shared.usecases.scan.work import Interrupted, ScanWork

#: entries of one unit
_AT_ONCE = 64

#: attempts in a row that fail before the scan continues without what cannot be read
PATIENCE = 3


async def look_at_machines(work: ScanWork, scan: Scan) -> Scan:
    """Look at the next machines of the inventory.

    Instances of Uniform sets were judged when they were listed. Raises Interrupted where Azure or
    the quota refuses; what was read until then is stored, judged, and not read again.
    """
    app = work.app
    page = await app.inventory.page(work.subscription, scan.cursor.looked_until, _AT_ONCE)
    for reason in page.unreadable:
        log_warning("inventory.unreadable_entry", reason=reason)
    entries = [
        each for each in page.entries if each.machine.orchestration is not Orchestration.UNIFORM
    ]
    machines = [each.machine for each in entries]
    looked = await look_at(app, machines, insist=scan.failures < PATIENCE)
    made = judge(app, work.known, looked.seen)
    await app.inventory.note(_changed(entries, looked, made))
    if work.plans_at_the_end:
        made = replace(made, jobs=())
    started = await carry_out(app, work.known, looked.seen, made, work.request)
    scan = looked.counted_in(replace(scan, new_jobs=scan.new_jobs + started))
    if looked.outage is not None:
        raise Interrupted(_behind_what_was_read(scan, page, looked), looked.outage)
    if page.last is None:
        return replace(scan, cursor=Cursor(stage=Stage.CLOSING))
    return replace(scan, cursor=replace(scan.cursor, looked_until=page.last))


def _behind_what_was_read(scan: Scan, page: InventoryPage, looked: Looked) -> Scan:
    """The scan with its cursor behind the entries that were read without a gap."""
    read = {machine.id for machine, _ in looked.seen} | set(looked.reasons)
    until = scan.cursor.looked_until
    for key, entry in zip(page.keys, page.entries, strict=True):
        uniform = entry.machine.orchestration is Orchestration.UNIFORM
        if not uniform and entry.machine.id not in read:
            break
        until = key
    return replace(scan, cursor=replace(scan.cursor, looked_until=until))


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
        unread = None if reason is None else f"its view could not be read: {reason}"
        if unread is None or unread == entry.decision:
            return None
        return replace(entry, observation=None, decision=unread)
    known = entry.observation
    decision = made.decisions[machine]
    if known is not None and state_in(known) == state_in(seen) and decision == entry.decision:
        return None
    return replace(entry, observation=seen, decision=decision)
