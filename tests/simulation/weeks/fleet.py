"""The machines of a long run, in several subscriptions, with their waves and their scripts."""

from collections import deque
from dataclasses import replace
from datetime import timedelta
from random import Random

from shared.domain.machine.machine import Machine, MachineId, Orchestration, machine_id
from shared.domain.machine.maintenance import MaintenanceStatus
from shared.domain.machine.traits import Traits
from tests.simulation.scenario import draw_script
from tests.simulation.weeks.rules import TEAM, TEAMS
from tests.support.fake_azure import FakeVm, RedeployScript
from tests.support.fleets import DAY, HOUR, MINUTE, SECOND, START, maintenance

#: how long a self-service phase lasts
PHASE = 35 * DAY
_KINDS = (
    Traits(is_spot=True),
    Traits(has_ephemeral_os_disk=True),
    Traits(size="Standard_L8s_v3"),
    Traits(managed_by="/subscriptions/s/providers/contoso.things/things/t"),
)
_REGIONS = ("westeurope", "northeurope", "polandcentral")


class FleetDraw:
    """Draws machines one after the other. The same `random` draws the same fleet."""

    def __init__(self, random: Random, subscriptions: int) -> None:
        self._random = random
        self._subscriptions = [f"00000000-0000-4000-8000-{n + 1:012}" for n in range(subscriptions)]
        self._waves = {each: self._wave(first_days=2.0) for each in self._subscriptions}
        self._count = 0

    def fleet(self, machines: int) -> tuple[FakeVm, ...]:
        """So many machines: sets, scale sets, and machines alone."""
        vms: list[FakeVm] = []
        while len(vms) < machines:
            vms += self._unit(min(machines - len(vms), self._random.choice((1, 2, 4, 8, 20))))
        return tuple(vms)

    def one_more(self, beside: FakeVm) -> FakeVm:
        """A machine of the same set, or alone, as scaling out makes it."""
        self._count += 1
        name = machine_id(f"{beside.machine.id.rpartition('/')[0]}/more-{self._count:05}")
        wave = beside.maintenance if self._random.random() < 0.5 else None
        machine = replace(beside.machine, id=name)
        return replace(beside, machine=machine, maintenance=wave, scripts=deque())

    def wave(self) -> MaintenanceStatus:
        """A wave that begins within three weeks."""
        return self._wave(first_days=20.0)

    def _wave(self, first_days: float) -> MaintenanceStatus:
        start = START + timedelta(hours=round(self._random.uniform(-24, 24 * first_days)))
        return maintenance(self_service_start=start, self_service_end=start + PHASE)

    def _unit(self, members: int) -> list[FakeVm]:
        random = self._random
        subscription = random.choice(self._subscriptions)
        region = random.choice(_REGIONS)
        wave = self._waves[subscription] if random.random() < 0.85 else self.wave()
        jitter = random.random() < 0.3
        form = random.choice(("set", "set", "flexible", "alone", "alone"))
        domains = random.choice((2, 5, 20))
        hides = form == "flexible" and random.random() < 0.5
        team = random.choice((None, *TEAMS))
        self._count += 1
        unit = f"u{self._count:04}"
        vms = []
        for n in range(members):
            vm = FakeVm(
                machine=self._machine(vm_in(subscription, f"{unit}-{n}"), region, form, team),
                update_domain=None if form == "alone" else n % domains,
                maintenance=_jittered(random, wave) if jitter else wave,
                hides_update_domain=hides,
                scripts=deque(draw_long_script(random, self.wave()) for _ in range(3)),
            )
            if random.random() < 0.12:
                vm.maintenance = None
            make_unusual(random, vm)
            vms.append(vm)
        return vms

    def _machine(self, name: MachineId, region: str, form: str, team: str | None) -> Machine:
        """A machine of a unit, whose name is the first part of its own."""
        random = self._random
        tags = {} if team is None or random.random() < 0.1 else {TEAM: team}
        if random.random() < 0.06:
            tags["forestall-group"] = random.choice(("shop", "bank"))
        home = name.rpartition("/virtualmachines/")[0]
        unit = name.rpartition("/")[2].partition("-")[0]
        is_set, is_flexible = form == "set", form == "flexible"
        zone = random.choice(("1", "2")) if form == "alone" and random.random() < 0.3 else None
        return Machine(
            id=name,
            location=region,
            zone=zone,
            tags=tags,
            availability_set=f"{home}/availabilitysets/{unit}" if is_set else None,
            scale_set=f"{home}/virtualmachinescalesets/{unit}" if is_flexible else None,
            orchestration=Orchestration.FLEXIBLE if is_flexible else None,
        )


def vm_in(subscription: str, name: str) -> MachineId:
    """The id of a machine."""
    return machine_id(
        f"/subscriptions/{subscription}/resourcegroups/rg/providers/microsoft.compute"
        f"/virtualmachines/{name}"
    )


def make_unusual(random: Random, vm: FakeVm) -> None:
    """Now and then a machine of a kind that is left alone, without an agent, or excluded."""
    draw = random.random()
    tags = vm.machine.tags
    if draw < 0.03:
        vm.machine = replace(vm.machine, traits=random.choice(_KINDS))
        vm.must_stay = "it is of a kind that nobody allowed"
    elif draw < 0.05:
        vm.has_agent = False
        vm.must_stay = "it has no agent, and nobody allowed that"
    elif draw < 0.06:
        vm.has_agent = False
        vm.machine = replace(vm.machine, tags={**tags, "forestall-allow": "no-agent"})
    elif draw < 0.1:
        vm.machine = replace(vm.machine, tags={**tags, "forestall": random.choice(("off", "no"))})
        vm.opted_out_at = START


def draw_long_script(random: Random, wave: MaintenanceStatus) -> RedeployScript:
    """How a call goes: well for most machines, and as in the short mode for some."""
    if random.random() < 0.85:
        minutes = random.choice((2, 6, 12, 12, 20))
        return RedeployScript(duration=minutes * MINUTE, agent_ready_after=30 * SECOND)
    script = draw_script(random)
    return script if script.lands_in_wave is None else replace(script, lands_in_wave=wave)


def _jittered(random: Random, wave: MaintenanceStatus) -> MaintenanceStatus:
    """Azure may show machines of one wave with different starts."""
    start = wave.self_service_start
    assert start is not None
    return replace(wave, self_service_start=start + random.choice((0, 1, 5)) * HOUR)
