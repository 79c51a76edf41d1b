"""The figures of a campaign, measured in the simulator's log, the hosts' logs and the campaign itself. Judges nothing."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sandbox.audit.auditor import FORESTALL
from sandbox.audit.history import Flight, History
from sandbox.demo.report.figures import spread
from tests.chaos.ledger import Ledger
from tests.chaos.logs import Story


def of_the_log(history: History, ledger: Ledger) -> dict[str, Any]:
    """What truly happened."""
    ours = [call for call in history.calls if call.event.by == FORESTALL]
    faults = Counter(str(event.more["kind"]) for event in history.events if event.kind == "fault.injected")
    return {
        "machines": len(history.machines),
        "placements": len({story.placement for story in history.machines.values() if story.placement}),
        "waves": len({(entry.wave, _park(entry.machine)) for entry in ledger.entries}),
        "machines_in_waves": len(ledger.entries),
        "maintained": sum(entry.is_done for entry in ledger.entries.values()),
        "calls": len(ours),
        "accepted_calls": sum(call.accepted for call in ours),
        "refused_calls": sum(not call.accepted for call in ours),
        "double_redeploys": sum(entry.accepted > 1 for entry in ledger.entries.values()),
        "answers_of_calls_lost": sum(bool(call.event.more.get("answer_lost")) for call in ours),
        "instance_view_reads": sum(event.kind == "instance_view.read" for event in history.events),
        "azure_faults": dict(sorted(faults.items())),
        "hand_over_seconds": spread(hand_overs(history)),
    }


def hand_overs(history: History) -> Iterator[float]:
    """Of each placement within a wave, from the end of one lane's last flight to the next lane's first accepted call.

    Cool-down, closed change windows and dead hosts are in it: it is what the fleet waited, not what the app took.
    """
    flights: Mapping[str | None, list[Flight]] = _by_placement(history)
    latest: dict[str, tuple[str, str | None]] = {}
    for call in history.calls:
        story = history.machines[call.machine]
        if not call.accepted or call.event.by != FORESTALL or story.placement is None:
            continue
        lane, wave = latest.get(story.placement, (story.lane, call.wave))
        if lane != story.lane and wave == call.wave:
            ends = [
                flight.end
                for flight in flights[story.placement]
                if flight.lane == lane and flight.end and flight.end <= call.event.at
            ]
            yield from (round((call.event.at - end).total_seconds(), 3) for end in sorted(ends)[-1:])
        latest[story.placement] = (story.lane, call.wave)


def of_the_app(story: Story) -> dict[str, Any]:
    """What the hosts said; lower bounds, as a killed process may take its last lines with it."""
    return {
        "recoveries": {
            "jobs_woken": story.said["job.overdue"],
            "leases_reclaimed": story.said["lease.reclaimed"],
            "steps_overtaken": story.said["job.overtaken"],
            "stale_messages": story.said["step.stale"],
        },
        "dead_letters_settled": story.said["message.dead"],
        "invocations_failed": dict(sorted(story.failures.items())),
    }


def lines_of(figures: Mapping[str, Any], indent: str = "  ") -> Sequence[str]:
    """The figures for people, one a line."""
    lines: list[str] = []
    for name, value in figures.items():
        label = name.replace("_", " ")
        if isinstance(value, Mapping):
            lines += [f"{indent}{label}:", *lines_of(value, indent + "    ")]
        else:
            lines.append(f"{indent}{label}: {value}")
    return lines


def _by_placement(history: History) -> dict[str | None, list[Flight]]:
    found: dict[str | None, list[Flight]] = defaultdict(list)
    for flight in history.flights:
        found[flight.placement].append(flight)
    return found


def _park(machine: str) -> str:
    return machine.split("/")[2]
