"""What people and Azure do in weeks: each change at an instant that is drawn beforehand."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from random import Random

from shared.domain.machine.arm_responses import ArmResponse
from shared.domain.machine.instance_view import Power
from shared.domain.machine.maintenance import MaintenanceStatus
from shared.domain.notices.notice import Authentication, Notice, Source
from shared.usecases.notices.hold_regions import hold_regions
from shared.usecases.operate.pause import pause, resume
from tests.simulation.weeks.fleet import FleetDraw
from tests.simulation.weeks.inbox import inbox_of
from tests.simulation.weeks.rules import TEAM, TEAMS, redraw_group
from tests.simulation.weeks.simulation import LongSimulation
from tests.simulation.weeks.world import Refusal
from tests.support.fake_azure import COLLEAGUE, FakeVm, RedeployScript
from tests.support.fleets import DAY, HOUR, MINUTE

_REFUSALS = (
    ArmResponse(status=403, code="AuthorizationFailed", message="the role is missing"),
    ArmResponse(status=409, code="ScopeLocked", message="the scope has a lock"),
    ArmResponse(status=409, code="OperationNotAllowed", message="quota exceeded"),
    ArmResponse(status=429, code="TooManyRequests", retry_after=timedelta(minutes=10)),
)

_PROVED = Authentication(method="entra-token", identity="Azure Monitor")


class Changes:
    """Schedules every change of a run."""

    def __init__(self, simulation: LongSimulation) -> None:
        self._simulation = simulation
        seed = simulation.scenario.seed
        self._random = Random(seed + 9_000_003)  # noqa: S311 - numbers that come again
        self._fleet = FleetDraw(Random(seed + 9_100_003), subscriptions=2)  # noqa: S311
        self._seconds = simulation.scenario.fault_period.total_seconds()

    def schedule(self) -> None:
        """Draw the changes, more of them for more machines."""
        random, machines = self._random, len(self._simulation.everyone)
        often = self._simulation.scenario.fault_rates.disturbances
        per_machine: tuple[tuple[float, Callable[[], None]], ...] = (
            (0.10, self._opt_out),
            (0.06, self._change_team),
            (0.03, self._change_tag_group),
            (0.08, self._stop),
            (0.04, self._delete),
            (0.04, self._scale_out),
            (0.04, self._move_wave),
            (0.02, self._cancel_wave),
            (0.04, self._colleague),
        )
        for share, change in per_machine:
            for _ in range(round(share * often * machines)):
                self._at(self._moment(), change)
        for share, change in (
            (1.0, self._refuse),
            (1.0, self._refuse),
            (0.7, self._exclude_subscription),
            (1.0, self._pause),
            (0.7, self._service_issue),
            (0.7, self._split_wave),
            (1.0, self._kill),
            (1.0, self._kill),
            (1.0, self._cut),
            (0.7, self._suspend),
        ):
            if random.random() < share * often + 0.2:
                self._at(self._moment(), change)
        if self._simulation.long.has_groups:
            for _ in range(random.choice((0, 2, 5))):
                self._at(self._moment(), self._publish)

    def _moment(self) -> float:
        """Half of the changes come in the first quarter, in which most machines are moved."""
        share = self._random.choice((0.25, 1.0))
        return self._random.uniform(60.0, share * self._seconds)

    def _at(self, seconds: float, what: Callable[[], None]) -> None:
        self._simulation.loop.at(seconds, what)

    def _later(self, hours: float, what: Callable[[], None]) -> None:
        self._at(self._simulation.now + 3600 * hours, what)

    def _say(self, who: str, what: str, *details: object) -> None:
        self._simulation.log.disturbance(who, what, *details)

    def _any(self) -> FakeVm | None:
        machines = self._simulation.azure.machines()
        return self._random.choice(machines) if machines else None

    def _changed(self, vm: FakeVm) -> None:
        self._simulation.monitor.phases.on_changed(vm.machine.id)

    def _exists(self, vm: FakeVm) -> bool:
        return any(each is vm for each in self._simulation.azure.machines())

    # -- owners ---------------------------------------------------------------------------------

    def _set_tag(self, vm: FakeVm, name: str, value: str | None) -> None:
        tags = {key: text for key, text in vm.machine.tags.items() if key != name}
        if value is not None:
            tags[name] = value
        vm.machine = replace(vm.machine, tags=tags)
        self._changed(vm)

    def _opt_out(self) -> None:
        vm = self._any()
        if vm is None:
            return
        self._say("owner", "excludes", vm.machine.id)
        self._set_tag(vm, "forestall", self._random.choice(("off", "no", "please not")))
        vm.opted_out_at = self._simulation.clock.now()

        def opt_in() -> None:
            self._say("owner", "includes", vm.machine.id)
            self._set_tag(vm, "forestall", None)
            vm.opted_out_at = None

        if self._random.random() < 0.6:
            self._later(self._random.choice((0.5, 12.0, 100.0)), opt_in)

    def _change_team(self) -> None:
        vm = self._any()
        if vm is not None:
            team = self._random.choice((None, *TEAMS))
            self._say("owner", "gives to team", vm.machine.id, team)
            self._set_tag(vm, TEAM, team)

    def _change_tag_group(self) -> None:
        vm = self._any()
        if vm is not None:
            group = self._random.choice((None, "shop", "bank"))
            self._say("owner", "puts into group", vm.machine.id, group)
            self._set_tag(vm, "forestall-group", group)

    def _stop(self) -> None:
        vm = self._any()
        if vm is None or vm.power is not Power.RUNNING:
            return
        self._say("owner", "stops", vm.machine.id)
        vm.power = self._random.choice((Power.STOPPED, Power.DEALLOCATED))
        moves_away = vm.power is Power.DEALLOCATED and self._random.random() < 0.5

        def start() -> None:
            self._say("owner", "starts", vm.machine.id)
            vm.power = Power.RUNNING
            if moves_away:
                vm.maintenance = None
            self._changed(vm)

        self._later(self._random.choice((1.0, 10.0, 80.0, 300.0)), start)

    def _delete(self) -> None:
        vm = self._any()
        if vm is not None:
            self._say("owner", "deletes", vm.machine.id)
            self._simulation.azure.delete(vm.machine.id)
            self._simulation.monitor.flights.settle(vm.machine.id)

    def _scale_out(self) -> None:
        vm = self._any()
        if vm is not None:
            more = self._fleet.one_more(vm)
            self._say("owner", "creates", more.machine.id)
            self._simulation.add(more)

    def _publish(self) -> None:
        simulation = self._simulation
        newest = simulation.book.newest
        team = self._random.choice(sorted(newest.groups))
        self._say("owner", "publishes rules of", team)
        if self._random.random() < 0.15:
            simulation.policies.put(b"no policy at all")
        else:
            simulation.publish(redraw_group(self._random, newest, team))

    # -- Azure ----------------------------------------------------------------------------------

    def _set_wave(self, vm: FakeVm, wave: MaintenanceStatus | None) -> None:
        vm.maintenance = wave
        self._changed(vm)

    def _is_in_wave(self, vm: FakeVm) -> bool:
        """Whether Azure shows the machine's wave, and its phase has not ended."""
        now, status = self._simulation.clock.now(), vm.maintenance
        if status is None or status.self_service_end is None or status.self_service_end <= now:
            return False
        start = status.self_service_start or now
        return not any(
            each.script.lands_on_updated_host and each.started_at >= start
            for each in self._simulation.azure.moves_of(vm.machine.id)
        )

    def _move_wave(self) -> None:
        """Azure gives one machine, or all that share its wave, another end or another start."""
        vm = self._any()
        if vm is None or not self._is_in_wave(vm):
            return
        wave = vm.maintenance
        assert wave is not None
        assert wave.self_service_end is not None
        now = self._simulation.clock.now()
        ends = max(wave.self_service_end + self._random.choice((-3, 1, 4)) * DAY, now + 3 * DAY)
        latest = self._simulation.long.days - 9
        ends = min(ends, now + timedelta(days=latest) - timedelta(seconds=self._simulation.now))
        starts = wave.self_service_start if self._random.random() < 0.6 else now
        self._say("azure", "moves the wave of", vm.machine.id, starts, ends)
        self._set_wave(vm, replace(wave, self_service_start=starts, self_service_end=ends))

    def _split_wave(self) -> None:
        """Azure starts the wave again for every second machine of a subscription."""
        vm = self._any()
        if vm is None:
            return
        now = self._simulation.clock.now()
        self._say("azure", "splits the wave of", vm.machine.subscription)
        for each in self._simulation.azure.machines()[::2]:
            wave = each.maintenance
            if each.machine.subscription == vm.machine.subscription and self._is_in_wave(each):
                assert wave is not None
                self._set_wave(each, replace(wave, self_service_start=now + 5 * HOUR))

    def _cancel_wave(self) -> None:
        """Azure shows the wave no more, and perhaps again some days later."""
        vm = self._any()
        if vm is None or not self._is_in_wave(vm):
            return
        wave = vm.maintenance
        self._say("azure", "cancels the wave of", vm.machine.id)
        self._set_wave(vm, None)

        def again() -> None:
            if self._exists(vm) and vm.maintenance is None:
                self._say("azure", "shows the wave again of", vm.machine.id)
                self._set_wave(vm, wave)

        if self._random.random() < 0.5:
            self._later(self._random.choice((2.0, 50.0)), again)

    def _refuse(self) -> None:
        """Azure refuses every call of a subscription, or of one machine, for days."""
        vm = self._any()
        if vm is None:
            return
        now = self._simulation.clock.now()
        scope = self._random.choice((vm.machine.id, f"/subscriptions/{vm.machine.subscription}/"))
        duration = self._random.choice((2 * HOUR, DAY, 4 * DAY))
        response = self._random.choice(_REFUSALS)
        self._say("azure", "refuses", response.code, scope, duration)
        self._simulation.azure.refuse(
            Refusal(scope=scope, start=now, end=now + duration, response=response)
        )

    def _service_issue(self) -> None:
        """Azure reports a service issue in a region, again each 12 hours, and then its end."""
        vm = self._any()
        if vm is None:
            return
        region, number = vm.machine.location, self._random.randrange(10**6)
        days = self._random.choice((0, 1, 3))
        self._say("azure", "reports a service issue", region, days)
        for n in range(2 * days + 1):
            self._later(12.0 * n, partial(self._tell_issue, region, number, n, "Active"))
        if self._random.random() < 0.7:
            end = 24.0 * days + 6.0
            self._later(end, partial(self._tell_issue, region, number, -1, "Resolved"))

    def _tell_issue(self, region: str, number: int, part: int, stage: str) -> None:
        notice = Notice(
            source=Source.SERVICE_HEALTH,
            tracking_id=f"ISSUE-{number}",
            communication_id=f"{number}-{part}",
            stage=stage,
            services=("Virtual Machines",),
            regions=(region,),
            is_outage=True,
        )
        self._simulation.as_operator(
            "service issue", lambda app: hold_regions(inbox_of(app), notice, _PROVED)
        )

    def _colleague(self) -> None:
        vm = self._any()
        if vm is not None and vm.power is Power.RUNNING:
            self._say("colleague", "redeploys", vm.machine.id)
            script = RedeployScript(duration=10 * MINUTE, agent_ready_after=MINUTE)
            self._simulation.azure.redeploy(vm.machine.id, script, COLLEAGUE)

    # -- operators and hosts --------------------------------------------------------------------

    def _exclude_subscription(self) -> None:
        vm = self._any()
        if vm is None:
            return
        simulation, subscription = self._simulation, vm.machine.subscription
        self._say("operator", "takes out", subscription)
        simulation.set_excluded(frozenset({subscription}))
        simulation.monitor.words.unwatched[subscription] = simulation.clock.now()

        def include() -> None:
            self._say("operator", "takes in", subscription)
            simulation.set_excluded(frozenset())
            simulation.monitor.words.unwatched.clear()
            simulation.monitor.phases.on_all_changed(simulation.everyone)

        self._later(self._random.choice((10.0, 100.0)), include)

    def _pause(self) -> None:
        vm = self._any()
        if vm is None:
            return
        target = self._random.choice(
            (
                "everything",
                f"subscription:{vm.machine.subscription}",
                f"machine:{vm.machine.id}",
                f"region:{vm.machine.location}",
            )
        )
        self._say("operator", "pauses", target)
        self._simulation.as_operator("pause", lambda app: pause(app, target, reason="x", by="o"))

        def lift() -> None:
            self._simulation.as_operator(
                "resume", lambda app: resume(app, target, by="o", reason="x")
            )

        self._later(self._random.choice((2.0, 40.0)), lift)

    def _kill(self) -> None:
        process = self._random.choice(self._simulation.processes)
        self._simulation.log.fault(process.name, "process killed")
        self._simulation.kill(process)

    def _suspend(self) -> None:
        process = self._random.choice(self._simulation.processes)
        self._simulation.log.fault(process.name, "host frozen")
        self._simulation.suspend(process, 280.0, host=True)

    def _cut(self) -> None:
        """One port cannot be reached for hours."""
        port = self._random.choice(("azure", "jobs", "semaphores", "queues", "audit_trail"))
        hours = self._random.choice((1.0, 6.0))
        self._simulation.log.fault("everyone", "partition", port, f"{hours:g} h")
        self._simulation.monitor.costs.on_outage(hours)
        self._simulation.partition.cut(None, port, self._simulation.now + 3600 * hours)
