"""A pause says what it holds, finds its subscription by name, and ends by itself."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.job.states import State
from shared.domain.redeploy.pauses import EVERYTHING, Pause, read_length
from shared.usecases.operate.job_commands import CommandRejected
from shared.usecases.operate.pause import pause, resume
from shared.usecases.operate.pause_target import (
    Held,
    Paused,
    SubscriptionUnknown,
    pause_target,
    resolved,
)
from shared.usecases.recover.end_pauses import end_pauses
from shared.usecases.show.health import report_health
from tests.support.app_harness import AppHarness
from tests.support.faults import FailingStore, with_hook
from tests.support.fleets import (
    DAY,
    HOUR,
    MINUTE,
    SUBSCRIPTION,
    daily,
    maintenance,
    policy,
    standalone_vm,
    vm_id,
)
from tests.support.invariants import assert_all_invariants, states

OTHER = "00000000-0000-4000-8000-0000000000ff"
OPERATOR: Any = {"reason": "incident 42", "by": "ada"}


async def wave() -> AppHarness:
    """Three machines: one in flight, one that waits, one without maintenance in the same group."""
    harness = AppHarness(
        standalone_vm("a"),
        standalone_vm("b", tags={"forestall-group": "db"}),
        standalone_vm("c", maintenance=None, tags={"forestall-group": "web"}),
        policy=policy(total=1),
    )
    await harness.run_wave(MINUTE)
    return harness


@pytest.mark.parametrize(
    ("target", "held"),
    [
        (EVERYTHING, Held(waiting=1, machines=1, in_flight=1)),
        (f"subscription:{SUBSCRIPTION.upper()}", Held(waiting=1, machines=1, in_flight=1)),
        ("Subscription: Shop Production ", Held(waiting=1, machines=1, in_flight=1)),
        (f"machine:{vm_id('a')}", Held(waiting=0, machines=0, in_flight=1)),
        (f"machine:{vm_id('b')}", Held(waiting=1, machines=1, in_flight=0)),
        ("group:shop production/DB", Held(waiting=1, machines=1, in_flight=0)),
        (f"machine:{vm_id('c')}", Held(waiting=0, machines=0, in_flight=0)),
        (f"group:{SUBSCRIPTION}/web", Held(waiting=0, machines=0, in_flight=0)),
    ],
)
async def test_the_answer_says_what_the_pause_holds(target: str, held: Held) -> None:
    harness = await wave()
    harness.azure.names = {SUBSCRIPTION: "Shop Production"}
    result = await pause_target(harness.app_without_hook, target, **OPERATOR)
    assert isinstance(result, Paused)
    assert result.held == held
    assert result.pause.until is None
    await harness.run(DAY)
    assert (await harness.job("a")).state is State.SUCCEEDED


@pytest.mark.parametrize(
    "target",
    [
        f"subscription:{OTHER}",
        f"machine:{vm_id('z')}",
        f"group:{SUBSCRIPTION}/bd",
        f"group:{OTHER}/db",
    ],
)
async def test_a_target_that_matches_nothing_is_refused_unless_that_is_meant(target: str) -> None:
    harness = await wave()
    app = harness.app_without_hook
    result = await pause_target(app, target, **OPERATOR)
    assert isinstance(result, CommandRejected)
    assert "--even-if-nothing" in result.reason
    assert await app.pauses.all() == []

    meant = await pause_target(app, target, even_if_nothing=True, **OPERATOR)
    assert isinstance(meant, Paused)
    assert meant.held == Held(waiting=0, machines=0, in_flight=0)
    assert [each.target for each in await app.pauses.all()] == [target]


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ({}, "sees no subscription with the name or id 'shop'"),
        ({SUBSCRIPTION: "Shop", OTHER: "shop"}, f"Write the id of one: {SUBSCRIPTION}, {OTHER}"),
    ],
)
async def test_a_name_that_is_no_subscription_or_two_is_refused(
    names: dict[Any, str], text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness = await wave()

    async def given() -> dict[Any, str]:
        return names

    monkeypatch.setattr(harness.azure, "subscription_names", given)
    for target in ("subscription:Shop", "group:Shop/db"):
        with pytest.raises(SubscriptionUnknown) as refusal:
            await pause_target(harness.app_without_hook, target, even_if_nothing=True, **OPERATOR)
        assert text in str(refusal.value)


@pytest.mark.parametrize("broken", ["jobs.open", "inventory.absent"])
async def test_a_check_that_cannot_be_made_prevents_no_pause(broken: str) -> None:
    harness = await wave()
    app = with_hook(harness.app_without_hook, FailingStore(broken))
    result = await pause_target(app, f"machine:{vm_id('z')}", **OPERATOR)
    assert isinstance(result, Paused)
    assert result.held is None
    assert len(await harness.app_without_hook.pauses.all()) == 1


async def test_a_resume_finds_its_subscription_by_name_too() -> None:
    harness = await wave()
    harness.azure.names = {SUBSCRIPTION: "Shop"}
    app = harness.app_without_hook
    await pause_target(app, "subscription:shop", **OPERATOR)
    assert await resume(app, await resolved(app, "subscription:SHOP"), by="ada", reason="over")


class TestAPauseWithAnEnd:
    async def test_holds_until_then_and_its_jobs_go_by_themselves(self) -> None:
        harness = AppHarness(standalone_vm("a"))
        app = harness.app_without_hook
        result = await pause_target(app, EVERYTHING, length=2 * HOUR, **OPERATOR)
        assert isinstance(result, Paused)
        begun = harness.clock.now()
        assert result.pause.until == begun + 2 * HOUR

        await harness.run_wave(2 * HOUR - MINUTE)
        assert harness.azure.calls == []
        assert (await harness.job("a")).reason == (
            "paused (everything) by ada: incident 42 (until 2026-11-23T18:00:00Z)"
        )
        assert (await report_health(app)).pauses == 1

        await harness.run(HOUR)
        (call,) = harness.azure.calls
        assert 2 * HOUR <= call.at - begun <= 2 * HOUR + 6 * MINUTE
        assert await app.pauses.all() == []
        lines = await harness.trail.of("pause:everything")
        assert [(each.event, each.by) for each in lines] == [
            ("pause.added", "ada"),
            ("pause.ended", "forestall"),
        ]
        assert lines[1].detail["until"] == lines[0].detail["until"] == "2026-11-23T18:00:00Z"
        await assert_all_invariants(harness)

    async def test_does_not_count_after_its_end_where_nobody_removed_it(self) -> None:
        harness = AppHarness(standalone_vm("a"))
        app = harness.app_without_hook
        await pause_target(app, EVERYTHING, length=HOUR, **OPERATOR)
        harness.clock.advance(HOUR)
        assert (await report_health(app)).pauses == 0
        await harness.scan()
        await harness.run(MINUTE)
        assert harness.called_machines() == ["a"]

    async def test_leaves_another_pause_in_force(self) -> None:
        harness = AppHarness(standalone_vm("a"))
        app = harness.app_without_hook
        await pause_target(app, EVERYTHING, length=HOUR, **OPERATOR)
        await pause(app, f"subscription:{SUBSCRIPTION}", reason="month's end", by="kim")
        await harness.run_wave(5 * HOUR)
        assert harness.azure.calls == []
        assert "month's end" in (await harness.job("a")).reason

    async def test_that_is_added_again_while_it_ends_stays(self) -> None:
        harness = AppHarness()
        app = harness.app_without_hook
        await pause_target(app, EVERYTHING, length=HOUR, **OPERATOR)
        harness.clock.advance(HOUR)

        async def again(place: str) -> None:
            if place == "pauses.remove_unchanged":
                await pause(app, EVERYTHING, reason="still", by="kim")

        await end_pauses(with_hook(app, again))
        assert [(each.by, each.until) for each in await app.pauses.all()] == [("kim", None)]

    async def test_that_ends_in_time_puts_no_deadline_at_risk(self) -> None:
        closes = AppHarness().clock.now() + 2 * DAY
        short, long = (
            AppHarness(
                standalone_vm("a", maintenance=maintenance(self_service_end=closes)),
                policy=policy(calendar=daily("22:00", "04:00")),
            )
            for _ in range(2)
        )
        await pause_target(short.app_without_hook, EVERYTHING, length=DAY, **OPERATOR)
        await pause_target(long.app_without_hook, EVERYTHING, length=3 * DAY, **OPERATOR)
        for harness in (short, long):
            await harness.run_wave(DAY + 10 * HOUR)
        assert await states(short) == {"a": State.SUCCEEDED}
        assert "pause" not in (await short.job("a")).reported_risks
        assert "pause" in (await long.job("a")).reported_risks


@pytest.mark.parametrize("text", ["2h", " 90m ", "PT2H", "1d12h", "60s", "365d"])
def test_a_length_is_read(text: str) -> None:
    assert timedelta(minutes=1) <= read_length(text) <= timedelta(days=365)


@pytest.mark.parametrize("text", ["", "2", "2 hours", "-2h", "0h", "59s", "366d", "2h30"])
def test_a_length_that_is_none_says_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match=r"Write a duration|lasts from one minute"):
        read_length(text)


def test_a_pause_without_an_end_never_ends() -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    assert not Pause(target=EVERYTHING, reason="r", by="b", at=now).has_ended(now + 9999 * DAY)
