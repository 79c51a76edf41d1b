"""What other policy files would change: rules group by group, and the plan machine by machine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.job.job import Job
from shared.domain.job.spec import current_spec, policy_of
from shared.domain.machine.inventory_entry import InventoryEntry
from shared.domain.machine.machine import MachineId
from shared.domain.plan.machines.difference import Change, MachineChange, changes
from shared.domain.plan.machines.plan import MachinePlan, machine_plan
from shared.domain.plan.machines.situation import Situation
from shared.domain.policy.eligibility import exemption_under
from shared.domain.policy.files.document import PolicyFile
from shared.domain.policy.files.layers import LayeredPolicy
from shared.domain.policy.files.lines import changed_lines, rule_lines
from shared.domain.policy.files.load import Refused
from shared.domain.policy.files.node import FileProblem
from shared.domain.policy.policy import Rules
from shared.domain.scan.exempt_machine import ExemptMachine
from shared.domain.schedule.plan import Feasibility
from shared.usecases.app import App
from shared.usecases.generation.pauses import pauses_in_force
from shared.usecases.policies.sighting import MOST_MACHINES, sighted
from shared.usecases.policies.trial import try_files
from shared.usecases.show.plan import ShownPlan, left_alone_machines


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One rule of one group. None: the group, or the rule, is not there."""

    group: str
    key: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDifference:
    """What changes. With problems the files are no policy, and nothing else is known."""

    at: datetime
    before: str
    after: str | None
    problems: tuple[FileProblem, ...] = ()
    rules: tuple[RuleChange, ...] = ()
    machines: tuple[MachineChange, ...] = ()
    #: machines of the plan without a change
    unchanged: int = 0
    feasibility_before: Feasibility | None = None
    feasibility_after: Feasibility | None = None
    #: machines in a wave that no scan has seen: they are taken as they were planned
    not_seen: int = 0
    has_more_machines: bool = False
    #: the plan under the other rules
    plan: ShownPlan | None = None


@dataclass(frozen=True, slots=True)
class _Machines:
    """What is known of the machines in waves, and what the other rules make of their jobs."""

    seen: Mapping[MachineId, InventoryEntry]
    has_more: bool

    def following(self, job: Job, rules: Rules) -> Job:
        """The job as the next scan would have it; as it is where its machine is not known."""
        entry = self.seen.get(job.machine)
        if entry is None or job.state.is_final:
            return job
        view = entry.observation
        if view is not None and view.maintenance is not None and not job.state.may_be_in_flight:
            return replace(job, **current_spec(job, entry.machine, view, rules).as_changes())
        return replace(job, policy_group=rules.rules_of(entry.machine).group)

    def left_alone(self, jobs: Sequence[Job], rules: Rules) -> dict[MachineId, str]:
        """Machines whose waiting job the rules end before its first call, with the reason."""
        found: dict[MachineId, str] = {}
        for job in jobs:
            entry = self.seen.get(job.machine)
            if entry is None or not job.state.is_waiting or job.attempts:
                continue
            exemption = exemption_under(entry.machine, rules.rules_of(entry.machine))
            if exemption is not None:
                found[job.machine] = exemption.reason
        return found


async def compare_policy(app: App, files: Sequence[PolicyFile]) -> PolicyDifference:
    """What the files would change now. Changes nothing, and asks Azure nothing.

    Machines are taken as scans last saw them. Without a platform file the files are tried over the
    version in force.
    """
    trial = try_files(app, files)
    if isinstance(trial.outcome, Refused):
        return PolicyDifference(
            at=app.now(), before=app.rules.version, after=None, problems=trial.outcome.problems
        )
    jobs, exempt = await app.jobs.open(), await left_alone_machines(app)
    subscriptions = {each.subscription for each in jobs} | {each.subscription for each in exempt}
    entries = await sighted(app, sorted(subscriptions))
    machines = _Machines(
        {each.machine.id: each for each in entries[:MOST_MACHINES]}, len(entries) > MOST_MACHINES
    )
    old, new = app.rules, trial.outcome
    left_alone = machines.left_alone(jobs, new)
    kept = [machines.following(each, new) for each in jobs if each.machine not in left_alone]
    before, after = await _plan(app, jobs, old), await _plan(app, kept, new)
    found = (*changes(before, after, left_alone), *_not_left_alone(machines, old, new, exempt))
    return PolicyDifference(
        at=app.now(),
        before=old.version,
        after=new.version,
        rules=tuple(_rule_changes(old, new)),
        machines=found,
        unchanged=len(before.machines) - sum(each.change is not Change.PLANNED for each in found),
        feasibility_before=before.feasibility,
        feasibility_after=after.feasibility,
        not_seen=sum(each.machine not in machines.seen for each in jobs),
        has_more_machines=machines.has_more,
        plan=_shown(app, after, new),
    )


async def _plan(app: App, jobs: Sequence[Job], rules: Rules) -> MachinePlan:
    return machine_plan(
        Situation(
            now=app.now(),
            jobs=jobs,
            rules=lambda job: policy_of(job, rules),
            semaphores=await app.semaphores.all(),
            pauses=await pauses_in_force(app),
        )
    )


def _not_left_alone(
    machines: _Machines, old: Rules, new: Rules, exempt: Sequence[ExemptMachine]
) -> list[MachineChange]:
    """Machines that the old rules leave alone and the new ones do not: a scan plans them."""
    found = []
    for each in exempt:
        entry = machines.seen.get(each.machine)
        if entry is None:
            continue
        rules = new.rules_of(entry.machine)
        before = exemption_under(entry.machine, old.rules_of(entry.machine))
        if before is not None and exemption_under(entry.machine, rules) is None:
            found.append(
                MachineChange(
                    machine=each.machine,
                    change=Change.PLANNED,
                    group_before=old.rules_of(entry.machine).group,
                    group_after=rules.group,
                    reason=f"before: {before.reason}",
                )
            )
    return found


def _rule_changes(old: Rules, new: LayeredPolicy) -> list[RuleChange]:
    names = [*(_groups(old)), *(each for each in new.rule_sets if each not in _groups(old))]
    return [
        RuleChange(name, *change)
        for name in names
        for change in changed_lines(rule_lines(old, name), rule_lines(new, name))
    ]


def _groups(rules: Rules) -> tuple[str, ...]:
    return tuple(rules.rule_sets) if isinstance(rules, LayeredPolicy) else ("",)


def _shown(app: App, plan: MachinePlan, rules: LayeredPolicy) -> ShownPlan:
    return ShownPlan(
        at=app.now(),
        mode=app.mode,
        policy=rules.version,
        time_zone=rules.platform.change_windows.time_zone,
        fingerprint=plan.fingerprint(rules.version),
        feasibility=plan.feasibility,
        machines=plan.machines,
        infeasible=plan.infeasible,
        left_alone=(),
        unreadable=(),
    )
