"""Stored state is lost: it is noticed, holds every start until an operator decides."""

from datetime import timedelta

import pytest

from shared.adapters.memory import MemoryMarks
from shared.domain.generation import MarkPlace, point_of
from shared.domain.job.states import Event, State
from shared.domain.messages import JobStep
from shared.domain.policy.mode import Mode
from shared.domain.reasons import MOVED_UNSEEN
from shared.errors import SettingsError
from shared.usecases.generation.marks import current_mark, rest_after_loss
from shared.usecases.generation.pauses import pauses_in_force
from shared.usecases.operate.go_on import go_on
from shared.usecases.operate.job_commands import CommandRejected, retry
from shared.usecases.operate.pause import resume
from shared.usecases.redeploy.take_step import take_step
from shared.usecases.show.health import report_health
from tests.golden.files import rows_without_version
from tests.support.app_harness import AppHarness
from tests.support.fake_azure import RedeployScript
from tests.support.fleets import DAY, HOUR, MINUTE, availability_set_vm, policy, standalone_vm
from tests.support.invariants import assert_all_invariants

OLD_ROWS = rows_without_version()


def marks_of(harness: AppHarness) -> MemoryMarks:
    marks = harness.app_without_hook.marks
    assert isinstance(marks, MemoryMarks)
    return marks


def empty(harness: AppHarness, *places: MarkPlace) -> None:
    """The tables lose all rows; the harness's own stores are looked into, as a loss does."""
    app = harness.app_without_hook
    for place in places:
        marks_of(harness).cells.remove(place)
        if place is not MarkPlace.INVENTORY:
            cells = {
                MarkPlace.JOBS: app.jobs,
                MarkPlace.SEMAPHORES: app.semaphores,
                MarkPlace.PAUSES: app.pauses,
            }
            store = cells[place]._cells  # type: ignore[attr-defined]
            for row in list(store.texts()):
                store.remove(row.key)


async def allow(harness: AppHarness, *, immediately: bool = False) -> object:
    return await go_on(
        harness.app_without_hook, by="kim", reason="looked at it", immediately=immediately
    )


@pytest.mark.parametrize(
    "places",
    [
        (MarkPlace.JOBS,),
        (MarkPlace.SEMAPHORES,),
        (MarkPlace.PAUSES,),
        (MarkPlace.INVENTORY,),
        tuple(MarkPlace),
    ],
)
async def test_nothing_starts_after_a_loss_until_an_operator_goes_on(
    places: tuple[MarkPlace, ...],
) -> None:
    harness = AppHarness(*(availability_set_vm(f"web-{n}", n) for n in range(2)))
    harness.azure.reports_operation_end = True
    await harness.recover()
    harness.clock.advance(HOUR)
    await harness.recover()
    empty(harness, *places)

    await harness.run_with_scans(DAY, 6 * HOUR)

    assert harness.azure.calls == []
    health = await report_health(harness.app_without_hook)
    assert "`forestall go-on`" in (health.held or "")
    assert [each.kind for each in harness.notifications].count("state.lost") == 1
    await allow(harness)
    await harness.run_with_scans(DAY, 6 * HOUR)
    assert len(harness.azure.redeploys) == 2
    await assert_all_invariants(harness)


async def test_a_start_waits_after_go_on_for_what_may_be_in_flight() -> None:
    harness = AppHarness(standalone_vm("a"))
    harness.azure.reports_operation_end = True
    harness.clock.advance(HOUR)
    empty(harness, *MarkPlace)
    found_at = harness.clock.now()
    await current_mark(harness.app_without_hook)
    await allow(harness)

    await harness.run_with_scans(DAY, HOUR)

    timing, limits = harness.app.policy.timing, harness.app.policy.limits
    least = timing.operation_timeout + timing.verify_timeout + limits.cool_down
    (call,) = harness.azure.calls
    assert call.at >= found_at + least


async def test_who_knows_that_nothing_is_in_flight_goes_on_immediately() -> None:
    harness = AppHarness(standalone_vm("a"))
    harness.clock.advance(HOUR)
    empty(harness, MarkPlace.PAUSES)
    await current_mark(harness.app_without_hook)
    await allow(harness, immediately=True)

    await harness.run_wave(HOUR)

    assert len(harness.azure.calls) == 1


async def test_a_job_that_took_a_lock_in_an_emptied_table_makes_no_call() -> None:
    emptied = False

    async def hook(place: str) -> None:
        nonlocal emptied
        if place == "semaphores.store" and not emptied:
            emptied = True
            empty(harness, MarkPlace.SEMAPHORES)

    harness = AppHarness(standalone_vm("a"), hook=hook)
    harness.clock.advance(HOUR)

    await harness.run_wave(HOUR)

    assert emptied
    assert harness.azure.calls == []
    assert "`forestall go-on`" in (await harness.job("a")).reason


@pytest.mark.parametrize("places", [(MarkPlace.JOBS,), (MarkPlace.PAUSES,), tuple(MarkPlace)])
@pytest.mark.parametrize("call", ["marks.load", "marks.store"])
async def test_tables_that_are_emptied_while_marks_are_counted_are_found(
    call: str, places: tuple[MarkPlace, ...]
) -> None:
    moments = -1

    async def hook(place: str) -> None:
        nonlocal moments
        moments -= place == call
        if place == call and moments == 0:
            empty(harness, *places)

    harness = AppHarness(standalone_vm("a"), hook=hook)
    await harness.recover()
    harness.clock.advance(MINUTE)
    moments = 1
    await harness.recover()
    assert moments <= 0

    await harness.run_wave(HOUR)

    assert harness.azure.calls == []
    assert [each.kind for each in harness.notifications].count("state.lost") == 1


async def test_a_machine_that_may_have_been_moved_already_waits_for_an_operator() -> None:
    stuck = RedeployScript(lands_on_updated_host=False)
    harness = AppHarness(standalone_vm("a", stuck))
    harness.azure.reports_operation_end = True
    await harness.run_wave(5 * MINUTE)
    assert len(harness.azure.redeploys) == 1
    empty(harness, *MarkPlace)
    await current_mark(harness.app_without_hook)
    await allow(harness, immediately=True)

    await harness.run_with_scans(2 * HOUR, HOUR)

    job = await harness.job("a")
    assert (job.state, job.reason) == (State.PARKED, MOVED_UNSEEN)
    assert len(harness.azure.calls) == 1
    await retry(harness.app_without_hook, job.id, by="kim", reason="once more")
    await harness.run(HOUR)
    assert len(harness.azure.calls) == 2


async def test_a_parked_job_gets_its_lease_back_and_keeps_the_others_out() -> None:
    broken = RedeployScript(agent_ready_after=None)
    harness = AppHarness(availability_set_vm("web-0", 0, broken), availability_set_vm("web-1", 1))
    await harness.run_wave(4 * MINUTE)
    before = {each.scope: each.holders for each in await harness.app_without_hook.semaphores.all()}
    empty(harness, MarkPlace.SEMAPHORES)

    await harness.recover()

    after = {each.scope: each.holders for each in await harness.app_without_hook.semaphores.all()}
    held = {scope: {each.token for each in holders} for scope, holders in before.items() if holders}
    assert held
    assert {scope: {each.token for each in after[scope]} for scope in held} == held


async def test_a_message_of_a_later_point_shows_that_the_tables_are_older() -> None:
    harness = AppHarness(standalone_vm("a"))
    mark = await current_mark(harness.app_without_hook)
    later = str(mark.point).replace("#2", "#9")
    assert point_of(later) is not None
    harness.app_without_hook.heard.message(later)

    assert [each.target for each in await pauses_in_force(harness.app_without_hook)] == [
        "everything"
    ]


async def test_marks_that_are_an_hour_old_hold_until_an_operator_decides() -> None:
    harness = AppHarness(standalone_vm("a"))
    app = harness.app_without_hook
    marks = MemoryMarks(clock=harness.clock, counts_by_itself=False)
    object.__setattr__(app, "marks", marks)
    app.pauses.mark = lambda: None  # type: ignore[attr-defined]
    harness.clock.advance(59 * MINUTE)
    assert (await current_mark(app)).loss is None
    harness.clock.advance(2 * MINUTE)

    assert (await current_mark(app)).holds(harness.clock.now())


@pytest.mark.parametrize(
    ("mode", "announced", "held"),
    [
        (Mode.OBSERVE, None, False),
        (Mode.ACT, None, True),
        (Mode.ACT, timedelta(hours=1), False),
        (Mode.ACT, timedelta(hours=-1), True),
    ],
)
async def test_tables_without_marks_are_new_in_observe_mode_or_where_somebody_said_so(
    mode: Mode,
    announced: timedelta | None,
    held: bool,
) -> None:
    harness = AppHarness(standalone_vm("a"), mode=mode)
    app, now = harness.app_without_hook, harness.clock.now()
    object.__setattr__(app, "marks", MemoryMarks(clock=harness.clock, started=False))
    object.__setattr__(app, "new_until", None if announced is None else now + announced)

    assert (await current_mark(app)).holds(now) is held


async def test_rows_without_a_mark_are_no_new_installation() -> None:
    harness = AppHarness(standalone_vm("a"), mode=Mode.OBSERVE)
    app = harness.app_without_hook
    marks = MemoryMarks(clock=harness.clock, started=False, rows=lambda: ['{"schema":1}'])
    object.__setattr__(app, "marks", marks)

    assert (await current_mark(app)).holds(harness.clock.now())


@pytest.mark.parametrize("mode", Mode)
async def test_state_of_release_0_1_is_refused_and_stays_as_it_is(mode: Mode) -> None:
    harness = AppHarness(standalone_vm("a"), mode=mode)
    app = harness.app_without_hook
    marks = MemoryMarks(clock=harness.clock, started=False, rows=lambda: OLD_ROWS)
    object.__setattr__(app, "marks", marks)

    with pytest.raises(SettingsError, match="Start with a new table prefix") as refused:
        await current_mark(app)

    assert refused.value.names == ("FORESTALL_TABLE_PREFIX",)
    assert set((await marks.load()).values()) == {None}


async def test_rows_of_both_releases_are_lost_marks_and_no_state_of_0_1() -> None:
    harness = AppHarness(standalone_vm("a"), mode=Mode.OBSERVE)
    app = harness.app_without_hook
    rows = [*OLD_ROWS, '{"schema":1,"id":"2f1c~9d3a"}']
    marks = MemoryMarks(clock=harness.clock, started=False, rows=lambda: rows)
    object.__setattr__(app, "marks", marks)

    assert (await current_mark(app)).holds(harness.clock.now())


async def test_go_on_is_refused_where_nothing_is_held_and_resume_does_not_end_a_loss() -> None:
    harness = AppHarness(standalone_vm("a"))
    assert isinstance(await allow(harness), CommandRejected)
    empty(harness, MarkPlace.PAUSES)
    harness.clock.advance(HOUR)
    await current_mark(harness.app_without_hook)

    assert not await resume(harness.app_without_hook, "everything", by="kim", reason="go")
    assert len(await pauses_in_force(harness.app_without_hook)) == 1
    await allow(harness)
    trail = [each.event for each in await harness.trail.of("state")]
    assert trail == ["state.lost", "about_to_go_on", "state.went_on"]


async def test_an_admitted_job_of_an_older_table_may_have_called() -> None:
    harness = AppHarness(standalone_vm("a"))
    app = harness.app_without_hook
    await harness.scan()
    await harness.deliver_scans()
    planned = await app.jobs.get((await harness.job("a")).id)
    assert planned is not None
    now = harness.clock.now()
    admitted = planned.value.after_event(Event.ADMITTED, now, due=now, reason="admitted")
    assert await app.jobs.save(admitted, planned.version) is not None
    harness.azure.redeploy(admitted.machine, RedeployScript(duration=HOUR), "forestall")
    harness.clock.advance(MINUTE)
    marks_of(harness).cells.remove(MarkPlace.JOBS)

    await take_step(app, JobStep(job=admitted.id, step=admitted.step))

    assert (await harness.job("a")).state is State.REDEPLOYING


def test_the_rest_after_a_loss_is_long_enough_for_the_group_with_the_longest_times() -> None:
    short = policy(cool_down=10 * MINUTE)
    long = policy(cool_down=2 * HOUR)

    rest = rest_after_loss((short, long))

    assert rest == rest_after_loss((long,)) == rest_after_loss((short,)) + 110 * MINUTE
