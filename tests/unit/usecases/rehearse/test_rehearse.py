"""A rehearsal without its hops: what it refuses, what it records, and that it asks for nothing."""

import logging
import re

import pytest

from shared.domain.delivery import Delivery
from shared.domain.delivery_properties import delivery_of, properties_of
from shared.domain.messages import Queue
from shared.domain.policy.mode import Mode
from shared.domain.rehearsal import subject_of
from shared.usecases.operate.pause import pause
from shared.usecases.receive.receive import receive
from shared.usecases.rehearse.alerts import write_events
from shared.usecases.rehearse.messages import QUEUES, Arrivals, MeantToFail, arrivals, send
from shared.usecases.rehearse.start import Rehearsal, RehearsalRefused, start
from shared.usecases.rehearse.tables import try_tables
from tests.infra.alerts_in_sync import looked_for
from tests.infra.deployments import resources
from tests.infra.test_alerts_in_sync import CODE
from tests.support.app_harness import AppHarness
from tests.support.fleets import standalone_vm
from tests.support.watched_handlers import watched_handlers

_HANDLERS = watched_handlers()

UNKNOWN = "20261201T030000Z-9f3a1c2b"


def harness(mode: Mode = Mode.OBSERVE) -> AppHarness:
    return AppHarness(standalone_vm("a"), mode=mode)


async def started(harness: AppHarness) -> Rehearsal:
    begun = await start(harness.app, token="9f3a1c2b", by="ada", reason="drill")
    assert isinstance(begun, Rehearsal)
    return begun


async def refused_in(harness: AppHarness, rehearsal: str) -> list[object]:
    app = harness.app
    return [
        await try_tables(app, rehearsal, token="t", by="ada"),
        await send(app, rehearsal, by="ada"),
        await arrivals(app, rehearsal),
        await write_events(app, rehearsal, by="ada"),
    ]


async def test_nothing_is_rehearsed_in_the_mode_act() -> None:
    acting = harness(Mode.ACT)
    begun = await start(acting.app, token="9f3a1c2b", by="ada", reason="drill")
    answers = [begun, *await refused_in(acting, UNKNOWN)]
    assert all(isinstance(each, RehearsalRefused) and not each.not_found for each in answers)
    assert not any(acting.queues.all)


@pytest.mark.parametrize("rehearsal", [UNKNOWN, "", "everything", "x" * 900])
async def test_a_step_of_a_rehearsal_that_never_began_does_nothing(rehearsal: str) -> None:
    observing = harness()
    answers = await refused_in(observing, rehearsal)
    assert all(isinstance(each, RehearsalRefused) and each.not_found for each in answers)
    assert not any(observing.queues.all)


async def test_the_trail_says_who_rehearsed_and_why() -> None:
    observing = harness()
    begun = await started(observing)
    (line,) = await observing.trail.of(subject_of(begun.id))
    assert (line.event, line.by, line.detail["why"]) == ("rehearsal.started", "ada", "drill")


async def test_a_table_that_fails_is_named() -> None:
    observing = harness()
    begun = await started(observing)
    observing.app_without_hook.store_trials.failures["Jobs"] = "403"  # type: ignore[attr-defined]
    assert await try_tables(observing.app, begun.id, token="t", by="ada") == {
        "Jobs": "403",
        "Semaphores": "",
    }


async def test_each_queue_gets_a_message_to_handle_and_one_to_give_up() -> None:
    observing = harness()
    begun = await started(observing)
    assert await send(observing.app, begun.id, by="ada") == {each.value: "" for each in QUEUES}
    sent = [each.delivery for queue in observing.queues.all for each in queue]
    assert sorted((each.queue.value, each.must_fail) for each in sent) == sorted(
        (queue.value, fails) for queue in QUEUES for fails in (False, True)
    )
    for delivery in sent:
        if delivery.must_fail:
            with pytest.raises(MeantToFail):
                await receive(observing.app, delivery, handlers=_HANDLERS)
            dead = delivery_of(
                Queue.DEAD_LETTERS,
                delivery.body.encode(),
                properties_of(delivery),
                dead_letter_source=delivery.queue.value,
            )
            await receive(observing.app, dead, handlers=_HANDLERS)
        else:
            await receive(observing.app, delivery, handlers=_HANDLERS)
            await receive(observing.app, delivery, handlers=_HANDLERS)
    now = observing.app.now()
    every = {each.value: now for each in QUEUES}
    assert await arrivals(observing.app, begun.id) == Arrivals(handled=every, given_up=every)
    # Nothing was asked for: no scan, no step, no notification beyond the messages themselves.
    assert [each.delivery for queue in observing.queues.all for each in queue] == sent
    assert list(await observing.app.jobs.all()) == []


@pytest.mark.parametrize("queue", Queue)
@pytest.mark.parametrize("must_fail", [False, True])
def test_the_mark_of_a_rehearsal_travels_with_every_copy(queue: Queue, must_fail: bool) -> None:
    must_fail = must_fail and queue is not Queue.DEAD_LETTERS
    message = Delivery(queue=queue, body="{}", rehearsal=UNKNOWN, must_fail=must_fail)
    read = delivery_of(queue, b"{}", properties_of(message))
    assert (read.rehearsal, read.must_fail) == (UNKNOWN, must_fail)


@pytest.mark.parametrize("mark", ["", "everything", "20261201T030000Z-9F3A1C2B", 7, None])
def test_a_mark_that_is_none_makes_no_rehearsal(mark: object) -> None:
    read = delivery_of(Queue.SCANS, b"{}", {"rehearsal": mark, "mustFail": 1})
    assert (read.rehearsal, read.must_fail) == ("", False)


async def test_an_alert_is_rehearsed_for_every_rule_that_looks_for_something(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("forestall"), "disabled", False)
    observing = harness()
    begun = await started(observing)
    with caplog.at_level(logging.INFO, logger="forestall"):
        written = await write_events(observing.app, begun.id, by="ada")
        lines = [each.getMessage() for each in caplog.records]
    assert not isinstance(written, RehearsalRefused)
    rules = {
        name.removeprefix("alert-").partition("-forestall-")[0]: events
        for name, events in looked_for(resources("development")).items()
    }
    silent = {"scan-not-run", "recovery-not-run"}
    assert written.keys() == rules.keys() - silent
    for rule, event in written.items():
        assert event in rules[rule]
        assert f"{event} rehearsal={begun.id}" in lines
        kind = event.removeprefix("notification kind=")
        assert event in CODE.events or kind in CODE.kinds, "only a rehearsal writes it"


async def test_a_pause_holds_no_rehearsal_up() -> None:
    observing = harness()
    await pause(observing.app, "everything", reason="incident", by="ada")
    assert re.fullmatch(r"\d{8}T\d{6}Z-9f3a1c2b", (await started(observing)).id)
