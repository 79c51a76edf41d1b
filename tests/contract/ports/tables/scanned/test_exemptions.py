"""What every store of machines that are left alone promises."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.policy.eligibility import ExemptionRule
from shared.domain.scan.exempt_machine import ExemptMachine
from shared.ports import Exemptions
from tests.contract.ports.samples import NOW, ONE, TWO, WAVE, a_machine

DAY = timedelta(days=1)


def exempt(name: str, subscription: str = ONE) -> ExemptMachine:
    return ExemptMachine(
        machine=a_machine(name, subscription).id,  # type: ignore[arg-type]
        rule=ExemptionRule.KIND,
        reason="it is a „Spot“ machine 🙂",
        since=NOW,
        wave=WAVE,
        self_service_end=NOW + 10 * DAY,
    )


async def test_what_is_stored_is_read_by_machine_and_by_subscription(
    exemptions: Exemptions,
) -> None:
    ours, theirs = [exempt("a"), exempt("b")], exempt("a", TWO)
    await exemptions.store(ours)
    await exemptions.store([theirs])

    assert await exemptions.get(ours[0].machine) == ours[0]
    assert await exemptions.get(exempt("c").machine) is None
    found = await exemptions.of_subscription(ONE)
    assert sorted(found, key=lambda each: each.machine) == ours
    assert await exemptions.of_subscription(TWO) == [theirs]


async def test_a_machine_is_replaced_also_by_one_with_less_to_say(exemptions: Exemptions) -> None:
    long = replace(exempt("a"), reason="x" * 40_000, told_at=NOW)
    await exemptions.store([long])
    short = replace(exempt("a"), reason="short", wave=None, self_service_end=None)
    await exemptions.store([short])

    assert await exemptions.of_subscription(ONE) == [short]
    assert await exemptions.untold(NOW + 100 * DAY) == []


async def test_more_machines_than_a_transaction_takes_are_stored_and_removed(
    exemptions: Exemptions,
) -> None:
    many = [exempt(f"m{number:03}") for number in range(230)]
    await exemptions.store(many)
    assert len(await exemptions.of_subscription(ONE)) == 230

    await exemptions.remove(ONE, [each.machine for each in many[:220]])

    left = sorted(each.machine for each in await exemptions.of_subscription(ONE))
    assert left == [each.machine for each in many[220:]]


async def test_removing_what_is_not_there_changes_nothing(exemptions: Exemptions) -> None:
    await exemptions.store([exempt("a"), exempt("b")])
    for _ in range(2):
        await exemptions.remove(ONE, [exempt("a").machine, exempt("c").machine])
        assert await exemptions.of_subscription(ONE) == [exempt("b")]


@pytest.mark.parametrize("subscription", [None, ONE])
async def test_pages_have_each_machine_once(
    exemptions: Exemptions, subscription: str | None
) -> None:
    await exemptions.store([exempt(name) for name in "abcde"])
    await exemptions.store([exempt(name, TWO) for name in "abc"])
    found, after, sizes = list[ExemptMachine](), None, []
    while True:
        page = await exemptions.page(subscription, after, 2)  # type: ignore[arg-type]
        found += page
        sizes.append(len(page))
        if (after := page.last) is None:
            break

    expected = 8 if subscription is None else 5
    assert len({each.machine for each in found}) == len(found) == expected
    assert sizes == [2] * (expected // 2) + [1] * (expected % 2)


async def test_those_are_told_of_that_close_before_an_instant(exemptions: Exemptions) -> None:
    closing = exempt("closing")
    await exemptions.store(
        [
            closing,
            replace(exempt("later"), self_service_end=NOW + 11 * DAY),
            replace(exempt("told"), told_at=NOW),
            replace(exempt("unknown"), self_service_end=None),
        ]
    )
    assert await exemptions.untold(NOW + 10 * DAY) == []
    assert await exemptions.untold(NOW + 10 * DAY + timedelta(microseconds=1)) == [closing]
