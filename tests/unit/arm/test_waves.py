"""What a wave does to machines as time passes, when Azure acts, and when Azure changes it."""

from datetime import timedelta
from itertools import pairwise

import msgspec

from sandbox.azure.arm.world import rollout
from sandbox.azure.arm.world.machines import Phase
from sandbox.azure.arm.world.operations import Verb
from sandbox.azure.arm.world.waves import wave_of
from sandbox.azure.arm.world.world import AZURE
from sandbox.azure.fleets.fleet import Power, WaveSpec
from sandbox.azure.fleets.times import When
from tests.unit.arm.fleets import START, TEN_SECONDS, WINTER, fleet, flexible, instance, seconds, vm
from tests.unit.arm.simulator_setup import ME, SimulatorSetup

CLOSES = 5 + 3600
SCHEDULED = CLOSES + 600
OVER = SCHEDULED + 3600


def test_the_phases_follow_one_another_with_a_gap() -> None:
    wave = wave_of(WINTER, START)
    after = [
        (one - START).total_seconds()
        for one in (wave.opens, wave.closes, wave.scheduled_start, wave.scheduled_end)
    ]
    assert after == [5, CLOSES, SCHEDULED, OVER]


def test_phases_begin_on_whole_seconds_as_the_status_prints_them() -> None:
    wave = wave_of(WINTER, START + timedelta(microseconds=987_654))
    assert wave.opens == START + seconds(5)
    assert wave.opens <= wave.announced


def test_before_its_wave_a_machine_has_no_status_then_it_may_be_moved_then_no_more() -> None:
    setup = SimulatorSetup(fleet())
    setup.at(4.9)
    assert setup.machine().state.maintenance is None
    setup.at(5)
    assert setup.machine().state.is_maintenance_allowed
    setup.at(CLOSES)
    assert not setup.machine().state.is_maintenance_allowed
    assert setup.machine_history() == ["maintenance.announced", "maintenance.closed"]


def test_a_wave_announced_ahead_shows_its_status_before_it_opens() -> None:
    spec = WaveSpec(name="winter", announce_after=When(seconds(5)), opens_after=When(seconds(60)))
    setup = SimulatorSetup(fleet(waves=(spec,)))
    setup.at(10)
    planned = setup.machine().state.maintenance
    assert planned is not None
    assert planned.phase is Phase.ANNOUNCED
    assert "has not started" in setup.refused().problem.message
    setup.at(65)
    assert setup.machine().state.is_maintenance_allowed


def test_absolute_times_do_not_move_with_the_start() -> None:
    spec = WaveSpec(
        name="winter",
        announce_after=When.parse("2026-12-01T07:00:00Z"),
        self_service=When.parse("2026-12-01T10:00:00+01:00"),
    )
    setup = SimulatorSetup(fleet(waves=(spec,)))
    setup.at(0)
    assert setup.machine().state.is_maintenance_allowed
    setup.at(3600)
    assert not setup.machine().state.is_maintenance_allowed


def test_a_deallocated_machine_has_no_host_and_so_no_maintenance() -> None:
    setup = SimulatorSetup(fleet(vm(power=Power.DEALLOCATED)))
    setup.at(10)
    assert setup.machine().state.maintenance is None


def test_in_the_scheduled_phase_azure_takes_one_update_domain_at_a_time() -> None:
    setup = SimulatorSetup(fleet(*(vm(f"vm-{n}", domain=n % 5) for n in range(10))))
    setup.at(OVER)
    downs = setup.events_of("machine.down")
    assert {one["by"] for one in downs} == {AZURE}
    assert len(downs) == 10
    domains = [one["update_domain"] for one in downs]
    assert sum(a != b for a, b in pairwise(domains)) == 4, "each domain is visited once"
    assert len(setup.events_of("maintenance.cleared")) == 10


def test_azure_leaves_its_spacing_between_two_update_domains() -> None:
    setup = SimulatorSetup(fleet(vm("vm-0", domain=0), vm("vm-1", domain=1)))
    setup.at(OVER)
    first, second = (str(one["at"])[11:19] for one in setup.events_of("machine.down"))
    assert (first, second) == ("09:10:05", "09:11:05")


def test_a_machine_that_was_moved_in_time_is_left_alone_by_azure() -> None:
    setup = SimulatorSetup(fleet(vm("vm-0"), vm("vm-1")))
    setup.at(10)
    setup.accepted(0)
    setup.at(OVER)
    assert {one["machine"]: one["by"] for one in setup.events_of("machine.down")} == {
        setup.machine(0).key: ME,
        setup.machine(1).key: AZURE,
    }


def test_azure_leaves_a_machine_alone_while_somebody_moves_it() -> None:
    moves_well = msgspec.structs.replace(TEN_SECONDS, redeploy_lands_on_scheduled_host=0.0)
    setup = SimulatorSetup(fleet(vm(domain=0), behaviour=moves_well))
    setup.at(SCHEDULED - 5)
    setup.accepted(verb=Verb.REDEPLOY)
    setup.at(OVER)
    assert [one["by"] for one in setup.events_of("machine.down")] == [ME]
    assert [one["by"] for one in setup.events_of("maintenance.cleared")] == [ME]


def test_a_stopped_machine_does_not_go_down_when_its_host_is_updated() -> None:
    setup = SimulatorSetup(fleet(vm(power=Power.STOPPED)))
    setup.at(OVER)
    assert setup.machine_history() == [
        "maintenance.announced",
        "maintenance.closed",
        "maintenance.cleared",
    ]


def test_a_withdrawn_wave_ends_everywhere_and_never_comes_back() -> None:
    setup = SimulatorSetup(fleet(vm("vm-0"), vm("vm-1")))
    setup.at(10)
    assert rollout.withdraw(setup.world, setup.world.waves["winter"]) == 2
    setup.at(OVER)
    assert setup.machine_history(0) == ["maintenance.announced", "maintenance.cancelled"]


def test_a_wave_withdrawn_before_its_announcement_reaches_nobody() -> None:
    setup = SimulatorSetup(fleet())
    rollout.withdraw(setup.world, setup.world.waves["winter"])
    setup.at(OVER)
    assert setup.machine_history() == []


def test_a_moved_wave_is_cancelled_and_announced_with_its_new_times() -> None:
    setup = SimulatorSetup(fleet())
    setup.at(10)
    moved = WaveSpec(name="winter", announce_after=When(seconds(0)), opens_after=When(seconds(90)))
    assert (
        rollout.move(setup.world, setup.world.waves["winter"], wave_of(moved, setup.world.now)) == 1
    )
    setup.at(100)
    assert setup.machine_history() == [
        "maintenance.announced",
        "maintenance.cancelled",
        "maintenance.planned",
        "maintenance.announced",
    ]
    assert [one["wave"] for one in setup.events_of("maintenance.announced")] == [
        "2026-12-01T08:00:05.000000Z",
        "2026-12-01T08:01:40.000000Z",
    ]


def test_a_wave_moved_before_its_announcement_still_reaches_its_machines() -> None:
    setup = SimulatorSetup(fleet(vm("vm-0"), vm("vm-1", wave=None)))
    setup.at(1)
    moved = WaveSpec(name="winter", announce_after=When(seconds(60)))
    assert (
        rollout.move(setup.world, setup.world.waves["winter"], wave_of(moved, setup.world.now)) == 1
    )
    setup.at(30)
    assert setup.machine_history() == []
    setup.at(61)
    assert setup.machine_history() == ["maintenance.announced"]


def test_more_machines_can_join_a_running_wave() -> None:
    setup = SimulatorSetup(fleet(vm("vm-0"), vm("vm-1", wave=None)))
    setup.at(10)
    rollout.join(setup.world, setup.world.waves["winter"], [setup.machine(1)])
    setup.at(11)
    assert setup.machine(1).state.is_maintenance_allowed


def test_the_log_says_where_a_machine_stands() -> None:
    setup = SimulatorSetup(fleet(vm("a", domain=3), instance(4), flexible(2), vm("z", zone="2")))
    where = [
        (
            str(one["placement"]).rpartition("/")[2],
            one["update_domain"],
            one.get("fault_domain", "-"),
        )
        for one in setup.events_of("machine.loaded")
    ]
    assert where == [
        ("as-app", 3, "-"),
        ("4e088e17-457b-4fa0-8698-afce89f0c65c", 4, "-"),
        ("worker", None, 2),
        ("None", None, "-"),
    ]


def test_the_log_says_who_is_eligible_and_why_not() -> None:
    setup = SimulatorSetup(fleet(vm("a"), vm("b", power=Power.STOPPED), vm("c", wave=None)))
    assert [one["reason"] for one in setup.events_of("machine.loaded")] == [
        None,
        "the machine is stopped",
        "no wave reaches it",
    ]
    assert setup.events_of("fleet.loaded")[0]["eligible"] == 1


def test_the_log_never_goes_back_in_time() -> None:
    setup = SimulatorSetup(fleet(*(vm(f"vm-{n}", domain=n % 5) for n in range(10))))
    setup.at(10)
    setup.accepted(0, 5)
    setup.at(OVER)
    times = [str(one["at"]) for one in setup.events]
    assert times == sorted(times)


def test_the_same_seed_plays_the_same_story() -> None:
    def history(seed: int) -> list[object]:
        setup = SimulatorSetup(fleet(*(vm(f"vm-{n}", domain=n % 5) for n in range(10))), seed=seed)
        setup.at(OVER)
        return [(one["at"], one["event"], one["machine"]) for one in setup.events]

    assert history(3) == history(3)
    assert history(3) != history(4)
