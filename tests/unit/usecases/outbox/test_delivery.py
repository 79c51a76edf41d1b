"""From a notification to the target: at least once, with one id, with any crash in between."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.adapters.memory import MemoryOutbox, ScriptedPoster
from shared.domain.messages import Notification
from shared.domain.outbox.answers import Answer
from shared.domain.outbox.targets import Outside, OutsideTarget, TargetKind
from shared.usecases.notify.deliver import deliver_notification
from shared.usecases.operate.pause import pause
from shared.usecases.outbox.list_targets import list_targets
from shared.usecases.outbox.samples import preview, send_test
from shared.usecases.outbox.send_messages import send_messages
from tests.support.app_harness import AppHarness
from tests.support.faults import CallRecorder, KillAtCall, ProcessKilled, with_hook
from tests.support.fleets import DAY, HOUR, MINUTE, NEVER_READY, START, standalone_vm, vm_id
from tests.support.stand_in_targets import problems_of_blocks, problems_of_card, problems_of_event
from tests.unit.domain.outbox.samples import KEY, a_target

TEAMS, SLACK = a_target(TargetKind.TEAMS), a_target(TargetKind.SLACK)
WEBHOOK = a_target(TargetKind.WEBHOOK, signing_key=KEY)
DOWN, OK = Answer(status=500), Answer(status=202)


class Setup:
    """An app with targets, over its fakes."""

    def __init__(self, *targets: OutsideTarget, **answers: list[Answer]) -> None:
        self.harness = AppHarness(standalone_vm("a"))
        urls = {each.name: each.url for each in targets}
        self.poster = ScriptedPoster(answers={urls[name]: list(a) for name, a in answers.items()})
        self.app = replace(
            self.harness.app_without_hook,
            outside=Outside(targets=targets, installation="prod"),
            poster=self.poster,
            outbox=MemoryOutbox(),
        )

    async def notify(self, kind: str = "job.failed", name: str = "a", text: str = "why") -> None:
        await deliver_notification(
            self.app, Notification(kind=kind, subject=f"s~{name}", text=f"{vm_id(name)}: {text}")
        )

    async def run(self, after: timedelta = timedelta(0)) -> int:
        self.harness.clock.set(self.app.now() + after)
        return await send_messages(self.app)

    def ids(self, target: OutsideTarget = WEBHOOK) -> list[str]:
        return [
            json.loads(each.body)["id"] for each in self.poster.posted if each.url == target.url
        ]


async def test_every_kind_of_target_gets_a_valid_message() -> None:
    setup = Setup(TEAMS, SLACK, WEBHOOK, slack=[Answer(status=200)])
    await setup.notify()
    assert await setup.run() == 3
    by_url = {each.url: each for each in setup.poster.posted}
    assert problems_of_card(by_url[TEAMS.url].body) == []
    assert problems_of_blocks(by_url[SLACK.url].body) == []
    event = by_url[WEBHOOK.url]
    assert problems_of_event(event.headers, event.body, KEY) == []
    assert json.loads(event.body)["source"] == "/forestall/prod"
    assert await setup.run(MINUTE) == 0


async def test_without_targets_only_what_operators_get_is_read() -> None:
    harness = AppHarness(standalone_vm("a"))
    calls = CallRecorder()
    app = with_hook(harness.app_without_hook, calls)
    await deliver_notification(app, Notification(kind="job.failed", subject="s~a", text="x"))
    assert "outbox.add" not in calls.places
    calls.places.clear()
    assert await send_messages(app) == 0
    assert calls.places == ["outbox.news", "outbox.mailbox"]


async def test_a_target_that_fails_holds_no_other() -> None:
    setup = Setup(TEAMS, WEBHOOK, teams=[DOWN])
    await setup.notify()
    assert await setup.run() == 1
    assert len(setup.ids()) == 1


async def test_a_message_is_sent_again_with_the_same_id_and_body() -> None:
    setup = Setup(WEBHOOK, webhook=[DOWN, Answer(status=204)])
    await setup.notify()
    await setup.run()
    assert await setup.run(5 * MINUTE) == 1
    one, two = setup.poster.posted
    assert one.body == two.body
    assert one.headers["webhook-id"] == two.headers["webhook-id"]
    assert one.headers["webhook-timestamp"] != two.headers["webhook-timestamp"]
    assert problems_of_event(two.headers, two.body, KEY) == []


async def test_slack_that_refuses_blocks_gets_text_once() -> None:
    setup = Setup(SLACK, slack=[Answer(status=400, body="invalid_blocks"), Answer(status=200)])
    await setup.notify()
    assert await setup.run() == 1
    blocks, text = (json.loads(each.body) for each in setup.poster.posted)
    assert "blocks" in blocks
    assert set(text) == {"text"}


async def test_a_target_that_was_broken_gets_one_summary() -> None:
    setup = Setup(WEBHOOK, TEAMS, webhook=[DOWN])
    await setup.notify()
    await setup.run()
    await setup.run(DAY)
    await setup.run(DAY)
    (state,) = [each for each in await list_targets(setup.app) if each.target == WEBHOOK]
    assert state.mailbox.broken_since is not None
    for name in "bcdef":
        await setup.notify(name=name, text=f"reason {name}")
    setup.poster.answers[WEBHOOK.url] = [Answer(status=204)]
    before = len(setup.ids())
    await setup.run(2 * HOUR)
    await setup.run(2 * HOUR)
    bodies = [json.loads(each.body) for each in setup.poster.posted if each.url == WEBHOOK.url]
    titles = [each["data"]["title"] for each in bodies[before:]]
    assert len(titles) == 2, titles
    assert any("could not be delivered here" in each for each in titles)
    kinds = [
        each.message.kind
        for each in setup.harness.queues.notifications
        if isinstance(each.message, Notification)
    ]
    assert kinds == ["target.broken"]


async def test_a_target_that_is_gone_is_left_alone_until_its_settings_change() -> None:
    setup = Setup(WEBHOOK, webhook=[Answer(status=410)])
    await setup.notify()
    await setup.run()
    await setup.notify(name="b", text="other")
    await setup.run(DAY)
    assert len(setup.ids()) == 1
    moved = replace(WEBHOOK, url="https://new.test/hook")
    setup.app = replace(setup.app, outside=Outside(targets=(moved,)))
    assert await setup.run(MINUTE) == 1


@pytest.mark.parametrize("target", [WEBHOOK, TEAMS])
async def test_whenever_the_process_dies_the_message_comes_and_at_most_twice(
    target: OutsideTarget,
) -> None:
    recorder = CallRecorder()
    setup = Setup(target)
    await setup.notify()
    await send_messages(with_hook(setup.app, recorder))
    assert len(recorder.places) > 5
    for k in range(len(recorder.places)):
        setup = Setup(target)
        await setup.notify()
        with pytest.raises((ProcessKilled, BaseExceptionGroup)):
            await send_messages(with_hook(setup.app, KillAtCall(k)))
        await setup.run(5 * MINUTE)
        bodies = [each.body for each in setup.poster.posted]
        assert 1 <= len(bodies) <= 2, recorder.places[k]
        assert len(set(bodies)) == 1, recorder.places[k]


async def test_a_halt_that_was_lifted_in_the_quiet_hours_is_told_as_it_is() -> None:
    """The first news waits. Its late report has the present state as well."""
    harness = AppHarness(standalone_vm("a", NEVER_READY))
    await harness.run_wave(3 * HOUR)
    (job,) = await harness.app_without_hook.jobs.all()
    app = replace(
        harness.app_without_hook, outside=Outside(targets=(WEBHOOK,)), poster=ScriptedPoster()
    )
    await deliver_notification(
        app, Notification(kind="scope.halted", subject=job.id, text=f"{job.machine}: not ready")
    )
    for semaphore in await app.semaphores.all():
        stored = await app.semaphores.load(semaphore.scope)
        await app.semaphores.store(replace(stored.value, halts=()), stored.version)
    harness.clock.set(app.now() + HOUR)
    await send_messages(app)
    poster = app.poster
    assert isinstance(poster, ScriptedPoster)
    texts = [json.loads(each.body)["data"]["text"] for each in poster.posted]
    assert any("a: its halt is lifted" in each for each in texts), texts


async def test_a_pause_is_told() -> None:
    setup = Setup(WEBHOOK)
    await pause(setup.app, "everything", reason="incident 42", by="ada")
    await setup.run()
    (posted,) = setup.poster.posted
    assert json.loads(posted.body)["data"]["title"] == "Paused: everything"


async def test_a_test_is_sent_at_once_and_is_on_the_trail() -> None:
    setup = Setup(TEAMS, SLACK)
    outcome = await send_test(setup.app, "teams", by="ada", reason="new channel")
    assert outcome is not None
    assert "run history" in outcome.reason
    (posted,) = setup.poster.posted
    assert b"This is a test." in posted.body
    lines = await setup.app.audit_trail.of("target:teams")
    assert [(each.event, each.by) for each in lines] == [("target.tested", "ada")]
    assert await send_test(setup.app, "nobody", by="ada", reason="x") is None


async def test_a_preview_sends_nothing() -> None:
    setup = Setup(TEAMS)
    found = preview(setup.app, "teams", next(iter(TEAMS.events)))
    assert found is not None
    assert problems_of_card(found.body.encode()) == []
    assert setup.poster.posted == []
    assert setup.app.now() == START
