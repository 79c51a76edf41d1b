"""What one run of recovery asks of the stores, and what the next part of the timer need not ask."""

from collections import Counter

from shared.domain.job.states import State
from shared.usecases.notify.deadlines import watch_deadlines
from shared.usecases.recover.recover import recover
from tests.support.app_harness import AppHarness
from tests.support.faults import CallRecorder
from tests.support.fleets import MINUTE, availability_set_vm, vm_id


async def a_wave(recorder: CallRecorder) -> AppHarness:
    """One machine is in flight, and the others wait for it."""
    harness = AppHarness(*(availability_set_vm(f"web-{n}", n) for n in range(5)), hook=recorder)
    await harness.scan()
    await harness.run(2 * MINUTE)
    assert (await harness.job("web-0")).state is State.REDEPLOYING
    recorder.places.clear()
    return harness


async def test_a_run_lists_each_table_once_and_the_watch_of_deadlines_none() -> None:
    recorder = CallRecorder()
    harness = await a_wave(recorder)

    found = await recover(harness.app)
    await watch_deadlines(harness.app, found.listed)

    reads = Counter(each for each in recorder.places if not each.endswith((".store", ".append")))
    once = ("marks.load", "semaphores.all", "jobs.open_or_due", "pauses.all")
    assert {each: reads[each] for each in once} == dict.fromkeys(once, 1)
    assert set(reads) <= {*once, "semaphores.load"}


async def test_what_recovery_lists_are_the_open_jobs_and_the_locks_of_that_moment() -> None:
    harness = await a_wave(CallRecorder())

    listed = (await recover(harness.app)).listed

    assert listed is not None
    assert {each.machine for each in listed.jobs} == {vm_id(f"web-{n}") for n in range(5)}
    assert list(listed.semaphores) == list(await harness.app_without_hook.semaphores.all())
