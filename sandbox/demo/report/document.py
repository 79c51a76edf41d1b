"""The report as a value and as JSON text: verdict, violations, machines, figures.

{"ok": true, "violations": [], "notes": [], "machines": [{"id": "...", "outcome": "maintained",
...}], "figures": {...}}
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from sandbox.audit.auditor import audit
from sandbox.audit.history import History, MachineHistory
from sandbox.audit.least.of_history import as_figures, makespan_of
from sandbox.audit.rules import Rules
from sandbox.audit.violations import Violation
from sandbox.demo.report.figures import figures_of
from sandbox.demo.report.outcomes import SETTLED, Outcome, outcome_of


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineReport:
    """One machine; `redeploys` counts our accepted calls, times are those of all its flights."""

    id: str
    subscription: str
    placement: str | None
    update_domain: int | None
    lane: str | None
    eligible: bool
    reason: str | None
    outcome: Outcome
    ended_by: str | None
    redeploys: int
    started: datetime | None
    finished: datetime | None

    @property
    def is_settled(self) -> bool:
        """Whether the run may be called successful as far as this machine goes."""
        return not self.eligible or self.outcome in SETTLED


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A whole run; `ok` only if no invariant broke and every eligible machine is settled."""

    ok: bool
    violations: tuple[Violation, ...]
    notes: tuple[str, ...]
    machines: tuple[MachineReport, ...]
    figures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def unsettled(self) -> tuple[MachineReport, ...]:
        """Eligible machines that did not end well."""
        return tuple(machine for machine in self.machines if not machine.is_settled)

    def to_json(self) -> bytes:
        """Two-space indented JSON, as out/report.json holds it."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n"


def report_on(
    history: History,
    rules: Rules,
    *,
    app_identity: str,
    measured: Mapping[str, Any] | None = None,
    left_alone: Mapping[str, str] | None = None,
) -> Report:
    """The report of a log; `measured` are further figures, which the log does not hold.

    `left_alone`: the machines that the app leaves alone on purpose, with its reason.
    """
    excused = left_alone or {}
    violations = audit(history, rules, app_identity=app_identity)
    machines = tuple(
        _machine(machine_history, app_identity, excused.get(machine_history.id))
        for machine_history in history.machines.values()
    )
    outcomes = Counter(machine.outcome for machine in machines)
    figures = figures_of(history, app_identity=app_identity, cool_down=rules.limits.cool_down)
    return Report(
        ok=not violations and all(machine.is_settled for machine in machines),
        violations=violations,
        notes=tuple(_notes(figures)),
        machines=machines,
        figures={
            **figures,
            "makespan": as_figures(makespan_of(history, rules, app_identity=app_identity)),
            "maintained": outcomes[Outcome.MAINTAINED],
            "outcomes": {outcome.value: count for outcome, count in sorted(outcomes.items())},
            **(measured or {}),
        },
    )


def _machine(
    machine_history: MachineHistory, app_identity: str, left_alone: str | None
) -> MachineReport:
    ending = outcome_of(machine_history, left_alone=left_alone is not None)
    ends = [flight.end for flight in machine_history.flights if flight.end]
    return MachineReport(
        id=machine_history.id,
        subscription=machine_history.subscription,
        placement=machine_history.placement,
        update_domain=machine_history.loaded.update_domain,
        lane=machine_history.lane if machine_history.placement else None,
        eligible=machine_history.is_eligible,
        reason=left_alone or machine_history.loaded.more.get("reason"),
        outcome=ending.outcome,
        ended_by=ending.by,
        redeploys=sum(
            call.accepted and call.event.by == app_identity for call in machine_history.calls
        ),
        started=machine_history.flights[0].start if machine_history.flights else None,
        finished=max(ends) if ends else None,
    )


def _notes(figures: Mapping[str, Any]) -> Sequence[str]:
    """What makes a clean verdict mean less than it seems."""
    notes = []
    if not figures["eligible"]:
        notes.append("no machine was eligible: nothing was to be done")
    if not figures["calls"]:
        notes.append("the app never called Azure to redeploy: no invariant was put to the test")
    return notes
