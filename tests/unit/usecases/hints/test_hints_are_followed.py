"""The timer asks Resource Graph, and each new hint lets its machine be read, once."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from shared.domain.hints.annotations import Meaning
from shared.domain.hints.hint import Hint, HintSource
from shared.domain.machine.listing import ListingPage
from shared.domain.machine.machine import SubscriptionId
from shared.domain.messages import Cause, Notification, ScanRequest
from shared.errors import AzureUnavailable
from shared.usecases.hints.request_looks import request_looks
from tests.support.app_harness import AppHarness
from tests.support.fleets import MINUTE, SUBSCRIPTION, maintenance, standalone_vm, vm_id


class HintedAzure:
    """The fake Azure, with what Resource Graph says of its machines."""

    def __init__(self, azure: Any) -> None:
        self._azure = azure
        self.rows: list[Hint] = []
        self.page_size = 1_000
        self.fault: AzureUnavailable | None = None
        self.failing: tuple[HintSource, ...] = ()
        self.asked: list[Sequence[SubscriptionId]] = []
        self.observed: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._azure, name)

    async def observe(self, machine: Any) -> Any:
        self.observed.append(machine.rpartition("/")[2])
        return await self._azure.observe(machine)

    async def hints(
        self, source: HintSource, subscriptions: Sequence[SubscriptionId], token: str | None = None
    ) -> ListingPage[Hint]:
        self.asked.append(subscriptions)
        if self.fault is not None and source in self.failing:
            raise self.fault
        rows = [each for each in self.rows if each.source is source]
        first = int(token or 0)
        end = first + self.page_size
        return ListingPage(
            elements=tuple(rows[first:end]), next_link=str(end) if end < len(rows) else None
        )


class Hinted:
    """An app whose machines are known from a scan before their wave begins."""

    def __init__(self, count: int) -> None:
        self.harness = AppHarness(
            *(standalone_vm(f"vm-{number}", maintenance=None) for number in range(count)),
            subscriptions=(SUBSCRIPTION,),
        )
        self.azure = HintedAzure(self.harness.azure)
        self.app = replace(self.harness.app_without_hook, azure=self.azure)
        self.harness.app = self.harness.app_without_hook = self.app

    def announce(self, *names: str) -> None:
        for name in names:
            self.harness.azure.vm(vm_id(name)).maintenance = maintenance()

    def hint(
        self, name: str, meaning: Meaning = Meaning.PLANNED, occasion: str = "e|Pending"
    ) -> None:
        is_planned = meaning is Meaning.PLANNED
        source = HintSource.UPDATES if is_planned else HintSource.ANNOTATIONS
        hint = Hint(
            machine=vm_id(name), source=source, meaning=meaning, occasion=occasion, text="why"
        )
        self.azure.rows.append(hint)

    async def tick(self) -> list[ScanRequest]:
        """The timer asks, and its messages are handled; which they were."""
        await request_looks(self.app)
        asked = [
            each.message
            for each in self.harness.queued_messages()
            if isinstance(each.message, ScanRequest)
        ]
        while any(isinstance(each.message, ScanRequest) for each in self.harness.queued_messages()):
            await self.harness.deliver_scans()
        return asked

    async def in_waves(self) -> set[str]:
        jobs = await self.app.jobs.all()
        return {each.machine.rpartition("/")[2] for each in jobs}


async def test_a_hinted_machine_is_read_and_then_all_others_too() -> None:
    hinted = Hinted(5)
    hinted.announce("vm-1", "vm-3")
    hinted.hint("vm-1")  # the row of vm-3 is missing

    asked = await hinted.tick()

    assert [each.machines for each in asked] == [(vm_id("vm-1"),)]
    assert [each.cause for each in asked] == [Cause.HINT]
    assert hinted.azure.observed[0] == "vm-1"
    assert await hinted.in_waves() == {"vm-1", "vm-3"}


async def test_a_hint_that_stays_is_followed_once() -> None:
    hinted = Hinted(3)
    hinted.hint("vm-0")

    assert len(await hinted.tick()) == 1
    hinted.harness.clock.advance(15 * MINUTE)
    assert await hinted.tick() == []
    assert hinted.azure.observed == ["vm-0"]

    hinted.azure.rows.clear()
    hinted.hint("vm-0", occasion="e|another status")
    assert len(await hinted.tick()) == 1


async def test_a_hint_that_the_machine_itself_does_not_confirm_changes_nothing() -> None:
    hinted = Hinted(1)
    hinted.hint("vm-0")

    await hinted.tick()

    assert await hinted.in_waves() == set()
    on_record = await hinted.harness.trail.of(vm_id("vm-0"))
    assert [each.event for each in on_record] == ["hint.not_confirmed"]


async def test_missing_rows_end_nothing() -> None:
    hinted = Hinted(2)
    hinted.announce("vm-0")
    hinted.hint("vm-0")
    await hinted.tick()
    jobs = await hinted.app.jobs.all()

    hinted.azure.rows.clear()
    await hinted.tick()

    assert await hinted.app.jobs.all() == jobs


async def test_rows_of_many_pages_are_read_and_named_in_messages_of_forty() -> None:
    hinted = Hinted(100)
    hinted.azure.page_size = 30
    for number in range(100):
        hinted.hint(f"vm-{number}")

    asked = await hinted.tick()

    assert sorted(len(each.machines) for each in asked) == [20, 40, 40]
    assert len(hinted.azure.observed) == 100


async def test_very_many_machines_of_a_subscription_are_one_request_for_a_scan() -> None:
    hinted = Hinted(1)
    for number in range(1_001):
        hinted.hint(f"vm-{number}")

    await request_looks(hinted.app)

    (asked,) = [each.message for each in hinted.harness.queued_messages()]
    assert isinstance(asked, ScanRequest)
    assert (asked.machines, asked.cause) == ((), Cause.HINT)


@pytest.mark.parametrize("status", [403, 429, 503])
async def test_a_failure_costs_the_hints_of_its_source_alone_and_is_kept(status: int) -> None:
    hinted = Hinted(2)
    hinted.announce("vm-0")
    hinted.hint("vm-0")
    hinted.azure.fault = AzureUnavailable("refused", status=status)
    hinted.azure.failing = (HintSource.ANNOTATIONS,)
    since = hinted.app.now()

    await hinted.tick()

    assert await hinted.in_waves() == {"vm-0"}
    hinted.harness.clock.advance(15 * MINUTE)
    await hinted.tick()
    status_now = (await hinted.app.scans.load_hints("0")).value
    assert (status_now.failing_since, status_now.failure) == (since, "refused")

    hinted.azure.fault = None
    await hinted.tick()
    assert (await hinted.app.scans.load_hints("0")).value.failing_since is None


async def test_failing_hardware_is_handed_to_people_and_azures_own_move_is_reported() -> None:
    hinted = Hinted(2)
    hinted.hint("vm-0", Meaning.HARDWARE)
    hinted.hint("vm-1", Meaning.AZURE_WAS_FIRST)

    await hinted.tick()

    queued = [each.message for each in hinted.harness.queued_messages()]
    kinds = {each.kind: each for each in queued if isinstance(each, Notification)}
    assert set(kinds) == {"machine.hardware_deadline", "machine.azure_was_first"}
    assert vm_id("vm-0") in kinds["machine.hardware_deadline"].text
    assert hinted.azure.observed == ["vm-1"]
    assert await hinted.in_waves() == set()


async def test_thousands_of_subscriptions_are_asked_about_in_groups_of_a_thousand() -> None:
    hinted = Hinted(1)
    many = tuple(f"00000000-0000-0000-0000-{number:012}" for number in range(2_500))
    hinted.app = replace(hinted.app, subscriptions=many)

    await request_looks(hinted.app)

    assert sorted({len(each) for each in hinted.azure.asked}) == [500, 1_000]
    assert len(hinted.azure.asked) == 3 * len(HintSource)


async def test_a_machine_that_is_gone_ends_nothing_for_the_others() -> None:
    hinted = Hinted(2)
    hinted.announce("vm-0")
    hinted.hint("vm-9")
    hinted.hint("vm-0")

    await hinted.tick()

    assert await hinted.in_waves() == {"vm-0"}
