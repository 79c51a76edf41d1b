"""The figures of a campaign.

They are measured in the simulator's log, the hosts' logs and the campaign itself. Judges nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sandbox.audit.auditor import FORESTALL
from sandbox.audit.history import Flight, History
from sandbox.demo.report.figures import spread
from tests.chaos.logs import HostLogSummary
from tests.chaos.wave_progress import WaveProgress


def of_the_log(history: History, progress: WaveProgress) -> dict[str, Any]:
    """What truly happened."""
    ours = [call for call in history.calls if call.event.by == FORESTALL]
    faults = Counter(
        str(event.more["kind"]) for event in history.events if event.kind == "fault.injected"
    )
    return {
        "machines": len(history.machines),
        "placements": len(
            {
                log_summary.placement
                for log_summary in history.machines.values()
                if log_summary.placement
            }
        ),
        "waves": len({(entry.wave, _segment(entry.machine)) for entry in progress.entries}),
        "machines_in_waves": len(progress.entries),
        "maintained": sum(entry.is_done for entry in progress.entries.values()),
        "calls": len(ours),
        "accepted_calls": sum(call.accepted for call in ours),
        "refused_calls": sum(not call.accepted for call in ours),
        "double_redeploys": sum(entry.accepted > 1 for entry in progress.entries.values()),
        "responses_of_calls_lost": sum(bool(call.event.more.get("response_lost")) for call in ours),
        "instance_view_reads": sum(event.kind == "instance_view.read" for event in history.events),
        "azure_faults": dict(sorted(faults.items())),
        "hand_over_seconds": spread(handovers(history)),
    }


def handovers(history: History) -> Iterator[float]:
    """For each placement within a wave, the seconds from one lane to the next.

    They count from the end of a lane's last flight to the first accepted call of the next.
    Cool-down, closed change windows and dead hosts are in it: it is what the fleet waited, not what
    the app took.
    """
    flights: Mapping[str | None, list[Flight]] = _by_placement(history)
    latest: dict[str, tuple[str, str | None]] = {}
    for call in history.calls:
        log_summary = history.machines[call.machine]
        if not call.accepted or call.event.by != FORESTALL or log_summary.placement is None:
            continue
        lane, wave = latest.get(log_summary.placement, (log_summary.lane, call.wave))
        if lane != log_summary.lane and wave == call.wave:
            ends = [
                flight.end
                for flight in flights[log_summary.placement]
                if flight.lane == lane and flight.end and flight.end <= call.event.at
            ]
            yield from (
                round((call.event.at - end).total_seconds(), 3) for end in sorted(ends)[-1:]
            )
        latest[log_summary.placement] = (log_summary.lane, call.wave)


def of_the_app(log_summary: HostLogSummary) -> dict[str, Any]:
    """What the hosts said; lower bounds, as a killed process may take its last lines with it."""
    return {
        "recoveries": {
            "jobs_woken": log_summary.events["job.overdue"],
            "leases_reclaimed": log_summary.events["lease.reclaimed"],
            "steps_overtaken": log_summary.events["job.save_conflict"],
            "stale_messages": log_summary.events["step.stale"],
        },
        "dead_letters_settled": log_summary.events["message.dead_lettered"],
        "invocations_failed": dict(sorted(log_summary.failures.items())),
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
    result: dict[str | None, list[Flight]] = defaultdict(list)
    for flight in history.flights:
        result[flight.placement].append(flight)
    return result


def _segment(machine: str) -> str:
    return machine.split("/")[2]
