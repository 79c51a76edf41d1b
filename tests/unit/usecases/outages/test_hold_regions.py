"""A service issue of compute, storage or network holds its region until it is over."""

import copy
from dataclasses import replace
from typing import Any

import pytest

from shared.domain.job.states import State
from shared.domain.machine.machine import Machine
from shared.domain.notices.azure_monitor import read_azure_monitor
from shared.domain.notices.notice import Authentication
from shared.usecases.notices.hold_regions import hold_regions
from shared.usecases.notices.inbox import Inbox
from shared.usecases.notices.receive import receive
from shared.usecases.operate.pause import pause, resume
from shared.usecases.operate.pause_target import Paused, pause_target
from tests.functions.notice_webhooks import notice_webhooks
from tests.support.app_harness import AppHarness
from tests.support.fake_azure import FakeVm
from tests.support.faults import CallRecorder, KillAtCall, ProcessKilled, with_hook
from tests.support.fleets import DAY, HOUR, MINUTE, SUBSCRIPTION, standalone_vm, vm_id
from tests.support.invariants import assert_all_invariants, states
from tests.unit.notices.samples import sample

TOKEN = Authentication(method="entra-token", identity="Azure Monitor")
KEY = Authentication(method="function-key", identity="every caller with the function key")
ISSUE = "0NIH-U2O"  # of the recorded alert, for Virtual Machines in Australia East
HERE, PAIR, ELSEWHERE = "australiaeast", "australiasoutheast", "westeurope"


def vm(name: str, region: str) -> FakeVm:
    return standalone_vm(name, machine=Machine(id=vm_id(name), location=region))


def alert(
    number: int = 1, region: str = "Australia East", service: str = "Virtual Machines", **more: str
) -> Any:
    """The recorded alert, as another communication with other facts."""
    payload = copy.deepcopy(sample("monitor-legacy-servicehealth-incident"))
    log = payload["data"]["context"]["activityLog"]
    log["subscriptionId"] = more.pop("subscription", SUBSCRIPTION)
    impacted = f'[{{"ImpactedRegions":[{{"RegionName":"{region}"}}],"ServiceName":"{service}"}}]'
    changes = {"impactedServices": impacted, "service": service, "region": region}
    log["properties"] |= {**changes, "communicationId": str(number), **more}
    return payload


class Setup:
    """A wave in a region, in its pair, and elsewhere, which has not begun."""

    def __init__(self) -> None:
        self.harness = AppHarness(
            vm("here", HERE), vm("pair", PAIR), vm("far", ELSEWHERE), subscriptions=(SUBSCRIPTION,)
        )
        self.app = self.harness.app_without_hook
        self.inbox = notice_webhooks(self.app, self.harness.clock).inbox

    async def tell(self, payload: Any, proof: Authentication = TOKEN) -> None:
        """As the webhook does it."""
        await self._tell(self.inbox, payload, proof)

    async def _tell(self, inbox: Inbox, payload: Any, proof: Authentication) -> None:
        notice = read_azure_monitor(payload)
        await hold_regions(inbox, notice, proof)
        await receive(inbox, notice, proof)

    async def tell_and_die_at(self, k: int, payload: Any) -> None:
        """The same, with a crash at the k-th call of the app's ports."""
        dying = replace(self.inbox, app=with_hook(self.app, KillAtCall(k)))
        await self._tell(dying, payload, TOKEN)

    async def targets(self) -> list[str]:
        return [each.target for each in await self.app.pauses.all()]


async def test_nothing_new_starts_in_the_region_or_its_pair_until_the_issue_is_resolved() -> None:
    setup = Setup()
    await setup.tell(alert())

    await setup.harness.run_wave(5 * HOUR)

    assert setup.harness.called_machines() == ["far"]
    for name in ("here", "pair"):
        job = await setup.harness.job(name)
        assert job.state is State.DEFERRED
        assert job.reason.startswith(
            "paused (region:australiaeast) by azure: Azure reports the service issue 0NIH-U2O:"
            " Virtual Machines (until "
        )

    await setup.tell(alert(2, stage="Resolved"))
    assert await setup.targets() == []
    await setup.harness.run(HOUR)
    assert set((await states(setup.harness)).values()) == {State.SUCCEEDED}
    trail = await setup.harness.trail.of("pause:region:australiaeast")
    assert [(each.event, each.by) for each in trail] == [
        ("pause.added", "azure"),
        ("pause.ended", "azure"),
    ]
    await assert_all_invariants(setup.harness)


async def test_what_is_in_flight_goes_to_its_end() -> None:
    setup = Setup()
    await setup.harness.run_wave(MINUTE)
    begun = setup.harness.called_machines()
    assert begun
    await setup.tell(alert())
    await setup.harness.run(5 * HOUR)
    assert (await setup.harness.job(begun[0])).state is State.SUCCEEDED


@pytest.mark.parametrize(
    "over",
    [
        {"stage": "Resolved"},
        {"stage": "resolved"},
        {"stage": "Mitigated"},
        {"stage": "RCA"},
        {"stage": "Active", "impactMitigationTime": "2026-11-23T15:00:00Z"},
    ],
)
async def test_an_issue_that_is_over_ends_its_pause(over: dict[str, str]) -> None:
    setup = Setup()
    await setup.tell(alert())
    await setup.tell(alert(2, **over))
    assert await setup.targets() == []


@pytest.mark.parametrize(
    "payload",
    [
        alert(service="Azure Cosmos DB"),
        alert(service="Microsoft Entra ID"),
        alert(incidentType="Maintenance"),
        alert(incidentType="Security"),
        alert(incidentType="Informational"),
        alert(subscription="00000000-0000-4000-8000-0000000000ff"),
        alert(trackingId=""),
        alert(stage="Resolved"),
    ],
)
async def test_every_other_notice_holds_nothing(payload: Any) -> None:
    setup = Setup()
    await setup.tell(payload)
    assert await setup.targets() == []


@pytest.mark.parametrize(
    "service", ["Storage", "Virtual Network", "Virtual Machine Scale Sets", "Load Balancer", ""]
)
async def test_each_service_that_a_redeploy_needs_holds(service: str) -> None:
    setup = Setup()
    await setup.tell(alert(service=service))
    assert await setup.targets() == ["region:australiaeast"]


@pytest.mark.parametrize("kind", ["Incident", "incident", "ServiceIssue", "Service Issue", ""])
async def test_each_word_of_azure_for_a_service_issue_counts(kind: str) -> None:
    setup = Setup()
    await setup.tell(alert(incidentType=kind))
    assert await setup.targets() == ["region:australiaeast"]


class TestItsProof:
    async def test_a_token_holds_for_a_day_and_the_key_alone_for_an_hour(self) -> None:
        for proof, length in ((TOKEN, DAY), (KEY, HOUR)):
            setup = Setup()
            begun = setup.harness.clock.now()
            await setup.tell(alert(), proof)
            (held,) = await setup.app.pauses.all()
            assert held.until == begun + length

    async def test_the_key_alone_never_holds_everything(self) -> None:
        setup = Setup()
        await setup.tell(alert(region="Global"), KEY)
        assert await setup.targets() == []
        await setup.tell(alert(2, region="Global"), TOKEN)
        assert await setup.targets() == ["everything"]

    async def test_an_issue_without_more_news_ends_by_itself(self) -> None:
        setup = Setup()
        await setup.tell(alert())
        await setup.harness.run_wave(DAY + HOUR)
        assert set((await states(setup.harness)).values()) == {State.SUCCEEDED}

    async def test_more_news_hold_it_longer_and_a_repeated_alert_does_not(self) -> None:
        setup = Setup()
        begun = setup.harness.clock.now()
        await setup.tell(alert())
        setup.harness.clock.advance(2 * HOUR)
        await setup.tell(alert())
        assert [each.until for each in await setup.app.pauses.all()] == [begun + DAY]
        await setup.tell(alert(2))
        assert [each.until for each in await setup.app.pauses.all()] == [begun + DAY + 2 * HOUR]
        await setup.tell(alert(3, stage="Resolved"))
        await setup.tell(alert())
        assert await setup.targets() == [], "an old alert that is sent again"


class TestAPerson:
    async def test_who_resumes_a_region_is_not_overruled_by_the_same_issue(self) -> None:
        setup = Setup()
        await setup.tell(alert())
        await setup.harness.run_wave(HOUR)
        assert await resume(setup.app, "region:Australia East", by="ada", reason="checked")
        await setup.harness.run(MINUTE)
        assert "here" in setup.harness.called_machines()

        await setup.tell(alert(2))
        assert await setup.targets() == []
        await setup.tell(alert(3, trackingId="NEW-1"))
        assert await setup.targets() == ["region:australiaeast"], "another issue"

    async def test_who_paused_a_region_keeps_the_pause(self) -> None:
        setup = Setup()
        await pause(setup.app, "region:australiaeast", reason="freeze", by="ada")
        await setup.tell(alert())
        await setup.tell(alert(2, stage="Resolved"))
        assert [(each.by, each.until) for each in await setup.app.pauses.all()] == [("ada", None)]

    async def test_a_region_can_be_paused_with_its_pair(self) -> None:
        setup = Setup()
        await setup.harness.scan()
        await setup.harness.deliver_scans()
        result = await pause_target(setup.app, "region:Australia East", reason="a", by="ada")
        assert isinstance(result, Paused)
        assert result.held is not None
        assert result.held.machines == 2


async def test_two_issues_of_a_region_hold_it_until_both_are_over() -> None:
    setup = Setup()
    await setup.tell(alert())
    await setup.tell(alert(2, trackingId="NEW-1"))
    await setup.tell(alert(3, stage="Resolved"))
    assert await setup.targets() == ["region:australiaeast"]
    await setup.tell(alert(4, trackingId="NEW-1", stage="Resolved"))
    assert await setup.targets() == []


@pytest.mark.parametrize("stage", ["Active", "Resolved"])
async def test_a_crash_at_any_call_is_completed_when_azure_sends_the_alert_again(
    stage: str,
) -> None:
    async def prepared() -> Setup:
        setup = Setup()
        await setup.harness.scan()
        await setup.harness.deliver_scans()
        if stage == "Resolved":
            await setup.tell(alert())
        return setup

    recorder = CallRecorder()
    setup = await prepared()
    hooked = replace(setup.inbox, app=with_hook(setup.app, recorder))
    await hold_regions(hooked, read_azure_monitor(alert(2, stage=stage)), TOKEN)
    assert recorder.places
    for k in range(len(recorder.places)):
        setup = await prepared()
        with pytest.raises(ProcessKilled):
            await setup.tell_and_die_at(k, alert(2, stage=stage))
        await setup.tell(alert(2, stage=stage))
        assert bool(await setup.targets()) is (stage == "Active"), recorder.places[k]
