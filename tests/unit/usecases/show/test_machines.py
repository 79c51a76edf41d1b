"""Every machine in an open phase is listed: with its job, or why it has none, and since when."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.job.job import Job
from shared.domain.job.states import State
from shared.domain.machine.instance_view import Power
from shared.domain.machine.machine import Machine
from shared.domain.machine.traits import Traits
from shared.domain.policy.eligibility import ExemptionRule
from shared.domain.policy.policy import Policy
from shared.domain.scan.exempt_machine import ExemptMachine
from shared.errors import AzureUnavailable, InvalidCursor
from shared.usecases.show.explain import explain
from shared.usecases.show.machines import (
    MachinePage,
    WithoutJob,
    list_machines,
)
from tests.support.app_harness import AppHarness
from tests.support.fake_azure import FakeVm
from tests.support.fleets import (
    DAY,
    HOUR,
    MINUTE,
    REGION,
    START,
    SUBSCRIPTION,
    maintenance,
    standalone_vm,
    vm_id,
)
from tests.support.paged_azure import PagedAzure


def spot_vm(name: str) -> FakeVm:
    machine = Machine(id=vm_id(name), location=REGION, traits=Traits(is_spot=True))
    return FakeVm(machine=machine, maintenance=maintenance())


def paged(*vms: FakeVm, **more: Any) -> tuple[AppHarness, PagedAzure]:
    harness = AppHarness(*vms, **more)
    azure = PagedAzure(azure=harness.azure, clock=harness.clock, page_size=100)
    harness.app_without_hook = replace(harness.app_without_hook, azure=azure)
    harness.app = replace(harness.app, azure=azure)
    return harness, azure


async def scan(harness: AppHarness) -> None:
    await harness.scan()
    await harness.deliver_scans()


async def whole(harness: AppHarness, at_most: int = 100, **filters: Any) -> MachinePage:
    """All pages as one."""
    pages, after = list[MachinePage](), None
    while True:
        page = await list_machines(
            harness.app_without_hook, at_most=at_most, after=after, **filters
        )
        assert len(page.machines) <= at_most
        pages.append(page)
        if (after := page.next) is None:
            break
    return MachinePage(
        machines=tuple(each for page in pages for each in page.machines),
        unknown=tuple(each for page in pages for each in page.unknown),
    )


def named(page: MachinePage) -> dict[str, str]:
    """By name: the state of the job, or the rule."""
    return {
        each.machine.rpartition("/")[2]: each.state.value if isinstance(each, Job) else each.rule
        for each in page.machines
    }


async def test_machines_that_are_left_alone_on_doubt_are_listed_with_the_reason() -> None:
    """Nothing named them: no log line, no answer, no forecast."""
    harness = AppHarness(
        standalone_vm("off", tags={"forestall": "off"}),
        standalone_vm("misspelt", tags={"forestall": "onn"}),
        standalone_vm("stopped", power=Power.DEALLOCATED),
        standalone_vm("refused", maintenance=maintenance(allowed=False)),
        standalone_vm("goes"),
        standalone_vm("calm", maintenance=None),
        standalone_vm("later", maintenance=maintenance(self_service_start=START + DAY)),
        spot_vm("spot"),
    )
    await scan(harness)

    found = await whole(harness)

    assert named(found) == {
        "off": "tag",
        "misspelt": "unknown-tag",
        "stopped": "not-running",
        "refused": "not-allowed",
        "goes": "planned",
        "spot": "kind",
    }
    assert all(each.reason for each in found.machines)


async def test_the_since_is_when_the_rule_began_and_not_when_it_was_seen_last() -> None:
    harness = AppHarness(spot_vm("a"))
    for _ in range(3):
        await scan(harness)
        harness.clock.advance(HOUR)
    (machine,) = (await whole(harness)).machines
    assert isinstance(machine, ExemptMachine)
    assert (machine.since, machine.self_service_end) == (START, START + 30 * DAY)

    harness.azure.vm(vm_id("a")).machine = replace(machine_of(harness), tags={"forestall": "no"})
    await scan(harness)

    (machine,) = (await whole(harness)).machines
    assert isinstance(machine, ExemptMachine)
    assert (machine.rule, machine.since) == (ExemptionRule.TAG, START + 3 * HOUR)


def machine_of(harness: AppHarness, name: str = "a") -> Machine:
    return harness.azure.vm(vm_id(name)).machine


@pytest.mark.parametrize("ending", ["its tag goes", "it is deleted", "its wave is over"])
async def test_a_machine_that_is_not_left_alone_any_more_is_not_listed_as_such(
    ending: str,
) -> None:
    harness = AppHarness(standalone_vm("a", tags={"forestall": "off"}), standalone_vm("b"))
    await scan(harness)
    assert named(await whole(harness))["a"] == "tag"

    if ending == "its tag goes":
        harness.azure.vm(vm_id("a")).machine = replace(machine_of(harness), tags={})
    elif ending == "it is deleted":
        harness.azure.delete(vm_id("a"))
    else:
        harness.azure.vm(vm_id("a")).maintenance = None
    harness.clock.advance(MINUTE)
    await scan(harness)

    assert named(await whole(harness)).get("a") == ("planned" if ending == "its tag goes" else None)


async def test_a_phase_that_has_closed_since_the_last_scan_is_not_open() -> None:
    harness = AppHarness(spot_vm("a"), standalone_vm("b"))
    await scan(harness)
    harness.clock.advance(30 * DAY)
    assert named(await whole(harness)) == {}


async def test_a_machine_whose_owner_changes_his_mind_while_its_job_waits_stays_listed() -> None:
    harness = AppHarness(standalone_vm("a"))
    await scan(harness)
    harness.azure.vm(vm_id("a")).machine = replace(machine_of(harness), tags={"forestall": "off"})
    harness.clock.advance(MINUTE)
    seen = []
    for _ in range(2):
        await scan(harness)
        harness.clock.advance(MINUTE)
        (machine,) = (await whole(harness)).machines
        seen.append(machine.reason)
    assert seen == ["tagged forestall=off"] * 2


async def test_a_machine_that_cannot_be_read_is_unknown_since_then() -> None:
    harness, azure = paged(standalone_vm("a"), *(standalone_vm(f"b{n}") for n in range(9)))
    azure.faults[vm_id("a")] = AzureUnavailable("HTTP 403 forbidden", status=403)
    for _ in range(2):
        await scan(harness)
        harness.clock.advance(HOUR)

    (machine,) = (await whole(harness, state=WithoutJob.UNKNOWN)).machines
    assert isinstance(machine, ExemptMachine)
    assert (machine.since, machine.reason) == (START, "HTTP 403 forbidden")
    assert len((await whole(harness)).machines) == 10

    del azure.faults[vm_id("a")]
    await scan(harness)
    assert (await whole(harness, state=WithoutJob.UNKNOWN)).machines == ()


async def test_what_was_known_of_a_machine_stays_when_it_cannot_be_read() -> None:
    harness, azure = paged(spot_vm("a"), *(standalone_vm(f"b{n}") for n in range(9)))
    await scan(harness)
    azure.faults[vm_id("a")] = AzureUnavailable("HTTP 404 odd", status=404)
    for _ in range(2):
        harness.clock.advance(HOUR)
        await scan(harness)

    (machine,) = (await whole(harness, state=WithoutJob.UNKNOWN)).machines
    assert isinstance(machine, ExemptMachine)
    assert (machine.since, machine.self_service_end) == (START + HOUR, START + 30 * DAY)


async def test_a_subscription_whose_scans_fail_is_unknown_since_its_last_complete_one() -> None:
    harness, azure = paged(standalone_vm("a"))
    await scan(harness)
    assert (await whole(harness)).unknown == ()

    def refuse(_: str | None) -> None:
        raise AzureUnavailable("HTTP 403 no role", status=403)

    azure.before_page = refuse
    harness.clock.advance(HOUR)
    await scan(harness)

    (unknown,) = (await whole(harness, at_most=1)).unknown
    assert (unknown.subscription, unknown.since, unknown.reason) == (
        SUBSCRIPTION,
        START,
        "HTTP 403 no role",
    )


async def test_a_subscription_without_a_scan_for_too_long_is_unknown() -> None:
    harness = AppHarness(standalone_vm("a"))
    await scan(harness)
    harness.clock.advance(2 * HOUR)
    assert (await whole(harness)).unknown == ()
    harness.clock.advance(MINUTE)
    assert [each.since for each in (await whole(harness)).unknown] == [START]


@pytest.mark.parametrize("at_most", [1, 2, 3, 100])
async def test_pages_have_each_machine_once(at_most: int) -> None:
    harness = AppHarness(
        *(spot_vm(f"s{n}") for n in range(4)), *(standalone_vm(f"v{n}") for n in range(5))
    )
    await scan(harness)
    found = await whole(harness, at_most=at_most)
    assert len(found.machines) == len(named(found)) == 9


async def test_the_list_is_filtered_by_state_and_subscription() -> None:
    harness = AppHarness(spot_vm("s"), standalone_vm("v"))
    await scan(harness)
    assert named(await whole(harness, state=WithoutJob.LEFT_ALONE)) == {"s": "kind"}
    assert named(await whole(harness, state=State.PLANNED)) == {"v": "planned"}
    assert named(await whole(harness, state=State.PARKED)) == {}
    assert len((await whole(harness, subscription=SUBSCRIPTION)).machines) == 2
    assert (await whole(harness, subscription="other")).machines == ()


async def test_a_subscription_that_is_not_watched_any_more_is_not_listed() -> None:
    harness = AppHarness(spot_vm("s"), standalone_vm("v"))
    await scan(harness)
    harness.app_without_hook = replace(harness.app_without_hook, subscriptions=("other",))
    assert (await whole(harness)).machines == ()


async def test_a_place_that_no_answer_named_is_refused() -> None:
    with pytest.raises(InvalidCursor, match="take `next` of the last answer"):
        await list_machines(AppHarness().app_without_hook, after="x", at_most=1)


async def test_explain_tells_why_a_machine_has_no_job() -> None:
    harness = AppHarness(spot_vm("s"), standalone_vm("v", maintenance=None))
    await scan(harness)
    found = await explain(harness.app_without_hook, vm_id("s").upper())
    assert found is not None
    assert found.job is None
    assert found.exempt is not None
    assert found.exempt.rule is ExemptionRule.KIND
    assert await explain(harness.app_without_hook, vm_id("v")) is None


async def test_a_complete_scan_counts_the_machines_by_rule() -> None:
    harness = AppHarness(
        spot_vm("s"), spot_vm("t"), standalone_vm("off", tags={"forestall": "off"}), policy=Policy()
    )
    written: list[str] = []
    await scan(harness)
    status = await harness.app_without_hook.scans.load(SUBSCRIPTION)
    written.append(str(status.value.left_alone))
    assert written == ["{'kind': 2, 'tag': 1}"]
