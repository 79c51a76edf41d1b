"""The order of starts: an urgent wave, and jobs that an operator prioritized."""

from datetime import timedelta

from shared.domain.job.job import Job, JobId
from shared.domain.job.states import State
from shared.domain.policy.policy import Policy
from shared.usecases.operate.job_commands import CommandRejected
from shared.usecases.operate.prioritize import prioritize
from tests.support.app_harness import AppHarness
from tests.support.fake_azure import FakeVm
from tests.support.fleets import (
    DAY,
    HOUR,
    MINUTE,
    START,
    maintenance,
    policy,
    refused,
    standalone_vm,
)

#: one machine of the installation at a time
ONE_BY_ONE: Policy = policy(total=1)


def vms(name: str, count: int, closes: timedelta) -> list[FakeVm]:
    phase = maintenance(self_service_end=START + closes)
    return [standalone_vm(f"{name}-{n:02}", maintenance=phase) for n in range(count)]


async def test_a_wave_that_closes_tonight_goes_before_one_that_closes_next_month() -> None:
    harness = AppHarness(*vms("old", 12, 30 * DAY), policy=ONE_BY_ONE)
    await harness.scan()
    await harness.run(10 * MINUTE)
    for each in vms("urgent", 3, 2 * HOUR):
        harness.azure.add(each)

    await harness.scan()
    await harness.run(2 * HOUR)

    urgent = [await harness.job(f"urgent-{n:02}") for n in range(3)]
    assert {each.state for each in urgent} == {State.SUCCEEDED}
    order = harness.called_machines()
    first = order.index("urgent-00")
    assert order[first : first + 3] == ["urgent-00", "urgent-01", "urgent-02"]


async def test_a_prioritized_job_starts_as_soon_as_the_one_in_flight_has_ended() -> None:
    harness = AppHarness(*vms("web", 8, 30 * DAY), policy=ONE_BY_ONE)
    await harness.scan()
    await harness.run(3 * MINUTE)
    assert harness.called_machines() == ["web-00"]

    job = await prioritize(
        harness.app, (await harness.job("web-07")).id, by="ada", reason="the owner asked for it"
    )
    await harness.run()

    assert isinstance(job, Job)
    assert job.prioritized_at is not None
    assert harness.called_machines()[:3] == ["web-00", "web-07", "web-01"]
    events = await harness.audit_events("web-07")
    assert {"about_to_prioritize", "job.prioritized"} <= set(events)


async def test_several_prioritized_jobs_start_in_the_order_of_the_commands() -> None:
    harness = AppHarness(*vms("web", 6, 30 * DAY), policy=ONE_BY_ONE)
    await harness.scan()
    await harness.run(3 * MINUTE)

    for name in ("web-05", "web-03", "web-05"):
        await prioritize(harness.app, (await harness.job(name)).id, by="ada", reason="urgent")
        harness.clock.advance(timedelta(seconds=1))
    await harness.run()

    assert harness.called_machines()[:4] == ["web-00", "web-05", "web-03", "web-01"]


async def test_only_a_job_that_waits_for_its_start_can_be_prioritized() -> None:
    harness = AppHarness(standalone_vm("web-0", refused(400, "NeverSeen")))
    await harness.run_wave(HOUR)
    parked = await harness.job("web-0")
    assert parked.state is State.PARKED

    rejected = await prioritize(harness.app, parked.id, by="ada", reason="urgent")
    unknown = await prioritize(harness.app, JobId("s~none"), by="ada", reason="urgent")

    assert isinstance(rejected, CommandRejected)
    assert "the job is parked" in rejected.reason
    assert isinstance(unknown, CommandRejected)
    assert unknown.not_found
    assert (await harness.job("web-0")).prioritized_at is None
