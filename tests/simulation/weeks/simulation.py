"""One long seed played: the processes and queues of the short mode, over weeks."""

from dataclasses import replace
from typing import Any

from shared.adapters.memory import MemoryPolicies
from shared.domain.messages import JobStep
from shared.usecases.app import App
from shared.usecases.notify.deadlines import watch_deadlines
from shared.usecases.notify.left_alone import watch_left_alone
from shared.usecases.recover.recover import recover
from shared.usecases.retention.at_night import sweep_at_night
from shared.usecases.scan.request_scans import request_scans
from tests.simulation.broker import QueuedMessage
from tests.simulation.monitoring.tolerances import InvariantViolated
from tests.simulation.processes import Process
from tests.simulation.simulation import Simulation, Stores, Work
from tests.simulation.weeks.judge.judge import LongJudge
from tests.simulation.weeks.rules import RuleBook, RuleVersion
from tests.simulation.weeks.scenario import LongScenario
from tests.simulation.weeks.stores import LongTrail, long_stores
from tests.simulation.weeks.world import LongAzure
from tests.support.fake_azure import FakeAzure, FakeVm
from tests.support.fleets import START

_AN_HOUR = 3600.0
_IDLE = 1800.0


class LongSimulation(Simulation[LongJudge]):
    """Everything of one long run, wired; `run` plays it to its end."""

    azure: LongAzure

    def __init__(self, scenario: LongScenario, *, keeps_lines: bool = False) -> None:
        self.long = scenario
        #: every machine that ever existed
        self.everyone = {each.machine.id: each for each in scenario.vms}
        self.book = RuleBook(scenario.rules, START)
        self.policies = MemoryPolicies()
        self._watched_at = 0.0
        super().__init__(scenario, keeps_lines=keeps_lines)
        if scenario.has_groups:
            self.policies.publish(*scenario.rules.files)
            self._set_app(policies=self.policies)
        for machine in self.everyone:
            self.monitor.phases.on_changed(machine)

    def run(self) -> None:
        """Play it; what went wrong is in `failure`."""
        self.loop.at(0.0, self._scan_timer)
        self.loop.at(self.long.recover_every, self._recover_timer)
        self.loop.at(self.scenario.fault_period.total_seconds(), self._stop_faults)
        end = self.long.days * 86400
        try:
            self.loop.run_until(lambda: self.now >= end or self.failure is not None)
        except InvariantViolated as broken:
            self.failure = broken

    def publish(self, version: RuleVersion) -> None:
        """A new version of the policy, now."""
        self.book.publish(version, self.clock.now())
        self.policies.publish(*version.files)
        self.monitor.phases.on_all_changed(self.everyone)

    def set_excluded(self, subscriptions: frozenset[str]) -> None:
        """Another value of the setting that leaves subscriptions out, now."""
        self._set_app(excluded=subscriptions)

    def _set_app(self, **changes: Any) -> None:
        """Other ports or settings, for every process and for the judge. There is one release."""
        self._app_of_this = replace(self._app_of_this, **changes)
        self.app_without_faults = self._app_of_this

    def add(self, vm: FakeVm) -> None:
        """A machine more."""
        self.everyone[vm.machine.id] = vm
        self.azure.add(vm)
        self.monitor.phases.on_changed(vm.machine.id)

    def trail_rows(self) -> int:
        """Rows of the audit trail."""
        assert isinstance(self.trail, LongTrail)
        return self.trail.rows

    def as_operator(self, what: str, work: Work) -> None:
        """An operator's command, over HTTP to one of the processes."""
        process = self.choose_process()
        if process is not None:
            self.invoke(process, f"operator: {what}", work, kind="operator")

    def _build_azure(self) -> FakeAzure:
        return LongAzure(self.clock, self.scenario.vms)

    def _build_monitor(self) -> LongJudge:
        return LongJudge(
            azure=self.azure,
            vms=self.everyone,
            book=self.book,
            platform=self.scenario.policy,
            now=self.clock.now,
        )

    def _build_stores(self) -> Stores:
        return long_stores()

    def _deliver(self, process: Process, queued: QueuedMessage) -> None:
        message = queued.message
        if isinstance(message, JobStep):
            self.monitor.costs.on_step(message)
        super()._deliver(process, queued)

    def _scan_timer(self) -> None:
        self._by_timer("scan timer", request_scans)
        self.loop.at(self.now + self.long.scan_every, self._scan_timer)

    def _recover_timer(self) -> None:
        """Every few minutes while anything is open, and seldom otherwise: then it finds nothing.

        Deadlines are watched once an hour, as their warning comes days before. Marks that are not
        counted for an hour would hold every start.
        """
        self.monitor.costs.recoveries += 1
        at_hour = self.now - self._watched_at >= _AN_HOUR
        self._by_timer("recover timer", _recover_and_watch if at_hour else _recover)
        if at_hour:
            self._watched_at = self.now
        is_open = any(not each.state.is_final for each in self.query(lambda app: app.jobs.all()))
        wait = self.long.recover_every if is_open else _IDLE
        self.loop.at(self.now + wait, self._recover_timer)


async def _recover(app: App) -> None:
    """As `functions.recover` has it, without what is watched hourly here."""
    await recover(app)
    await sweep_at_night(app)


async def _recover_and_watch(app: App) -> None:
    found = await recover(app)
    if not found.is_short:
        await watch_deadlines(app, found.listed)
    await watch_left_alone(app)
    await sweep_at_night(app)
