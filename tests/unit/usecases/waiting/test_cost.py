"""What one undisturbed redeploy costs: table requests and messages, with the default policy."""

from collections import Counter, deque

import pytest

from shared.domain import reasons
from shared.domain.job.states import State
from shared.domain.machine.machine import Machine
from shared.domain.messages import JobStep
from shared.domain.policy.policy import Policy
from shared.errors import AzureUnavailable
from shared.usecases.redeploy.take_step import take_step
from tests.support.app_harness import AppHarness
from tests.support.fake_azure import FakeVm, RedeployScript
from tests.support.faults import CallRecorder, with_hook
from tests.support.fleets import HOUR, MINUTE, SECOND, maintenance, vm_id

WRITES = {"insert", "save", "store", "append", "note", "add", "remove"}
TABLES = {"jobs", "semaphores", "pauses", "marks", "inventory", "audit_trail"}


def a_vm(minutes: int = 12) -> FakeVm:
    """A machine without a set in a region with a pair, so four locks are needed."""
    return FakeVm(
        machine=Machine(id=vm_id("web-0"), location="westeurope"),
        update_domain=None,
        maintenance=maintenance(),
        scripts=deque([RedeployScript(duration=minutes * MINUTE, agent_ready_after=20 * SECOND)]),
    )


async def costs(vm: FakeVm, policy: Policy) -> tuple[AppHarness, Counter[str], list[str]]:
    """The harness after the redeploy, the counts, and each request."""
    recorder = CallRecorder()
    harness = AppHarness(vm, policy=policy, hook=recorder)
    await harness.scan()
    await harness.deliver_scans()
    planned = [each.message for each in harness.queued_messages()]
    # The scan wrote the job and its first line on the audit trail.
    counts = Counter({"writes": 2, "messages": len(planned)})
    recorder.places.clear()
    messages = [(harness.clock.now(), each) for each in planned]
    while messages:
        at, message = messages.pop(0)
        harness.clock.set(max(at, harness.clock.now()))
        assert isinstance(message, JobStep)
        await take_step(harness.app, message)
        counts["messages"] += len(harness.queues.steps)
        messages += [(each.at, each.message) for each in harness.queues.steps]
        harness.queues.steps.clear()
    assert harness.queues.notifications == []
    for place in recorder.places:
        table, verb = place.split(".")
        if table in TABLES:
            # Right before the call, the marks of two tables are read.
            requests = 2 if table == "marks" else 1
            counts["writes" if verb in WRITES else "reads"] += requests
    return harness, counts, recorder.places


async def test_an_undisturbed_redeploy_of_twelve_minutes_stays_within_its_bounds() -> None:
    harness, counts, _ = await costs(a_vm(), Policy())

    assert (await harness.job("web-0")).state is State.SUCCEEDED
    assert counts["writes"] <= 26
    assert counts["reads"] <= 14
    assert counts["messages"] <= 8


async def test_the_saves_and_records_around_the_call_are_all_there() -> None:
    _, _, places = await costs(a_vm(), Policy())

    call = places.index("azure.perform_maintenance")
    around = [each for each in places[: call + 3] if each in ("jobs.save", "audit_trail.append")]
    assert around == [
        "jobs.save",  # the claim of the step
        "jobs.save",  # admitted
        "audit_trail.append",  # the intent
        "jobs.save",  # the call may be made from here on
        "audit_trail.append",  # the response
        "jobs.save",  # accepted
    ]


async def test_the_last_look_at_the_operation_and_the_first_at_the_machine_are_one_step() -> None:
    harness, _, places = await costs(a_vm(), Policy())

    seen = places.index("azure.observe", places.index("azure.perform_maintenance"))
    assert places[seen - 1 : seen + 3] == [
        "azure.read_operation",
        "azure.observe",
        "jobs.save",
        "audit_trail.append",
    ]
    (verifying,) = [
        each
        for each in await harness.trail.of((await harness.job("web-0")).id)
        if each.event == "job.verifying"
    ]
    assert verifying.detail["reason"] == reasons.BAKE_TIME


async def test_a_machine_that_cannot_be_read_after_its_operation_is_verified_later() -> None:
    vm = a_vm(minutes=2)
    harness = AppHarness(vm, policy=Policy())
    await harness.scan()
    await harness.run(MINUTE)
    assert (await harness.job("web-0")).state is State.REDEPLOYING
    failed: list[str] = []

    async def first_look_fails(place: str) -> None:
        if place == "azure.observe" and not failed:
            failed.append(place)
            raise AzureUnavailable("the machine cannot be read now")

    harness.app = with_hook(harness.app_without_hook, first_look_fails)
    await harness.run(HOUR)

    assert failed
    lines = await harness.trail.of((await harness.job("web-0")).id)
    reasons_given = [each.detail["reason"] for each in lines if each.event == "job.verifying"]
    assert [each == reasons.BAKE_TIME for each in reasons_given] == [False, True]
    assert (await harness.job("web-0")).state is State.SUCCEEDED
    assert len(harness.azure.redeploys) == 1


@pytest.mark.parametrize("minutes", [1, 5, 12, 25, 60, 100])
async def test_a_longer_operation_costs_few_more_looks_and_keeps_its_leases(minutes: int) -> None:
    harness, counts, places = await costs(a_vm(minutes), Policy())

    assert (await harness.job("web-0")).state is State.SUCCEEDED
    assert counts["messages"] <= 6 + 6 * (1 + minutes // 20)
    renewals = places.count("semaphores.store") - 8
    assert renewals <= 4 * (minutes // 15)


@pytest.mark.parametrize("minutes", [2, 7, 12, 31])
async def test_the_end_of_an_operation_is_seen_soon(minutes: int) -> None:
    """At most a third of its duration late, or three minutes for a short one."""
    harness, _, _ = await costs(a_vm(minutes), Policy())

    job = await harness.job("web-0")
    (redeploy,) = harness.azure.redeploys
    lines = await harness.trail.of(job.id)
    seen = next(each.at for each in lines if each.event == "job.verifying")
    assert seen - redeploy.ended_at <= max(3 * MINUTE, minutes * MINUTE / 3)
