"""What the summary says of machines that are left: names of machines, and whose halt it is."""

import pytest

from sandbox.demo.live.reasons import halted_scopes, reasons_of
from sandbox.demo.live.responses import Halt, Job, Semaphore
from tests.unit.audit.logs import SET, vm

FAILED = Job(id="s1~f00d", machine=vm("vm-0"), state="failed", reason="no agent for 20 s")
HALT = Halt(reason=f"avset:{SET}: no agent for 20 s; s1~f00d", job="s1~f00d")
SCOPE = f"avset:{SET}"


def job(state: str, scope: str, reason: str = "") -> Job:
    return Job(id="j", machine=vm("vm-1"), state=state, scope=scope, reason=reason)


@pytest.mark.parametrize(
    ("job", "told"),
    [
        (job("deferred", SCOPE), "behind the halt of vm-0: no agent for 20 s"),
        (
            job("deferred", "vm:x", f"{SCOPE}: halted"),
            "behind the halt of vm-0: no agent for 20 s",
        ),
        (job("deferred", "vm:x", "paused"), "deferred: paused"),
        (job("missed", SCOPE, "the phase is over"), "missed: the phase is over"),
    ],
)
def test_a_machine_that_is_left_is_shown_with_its_reason(job: Job, told: str) -> None:
    locks = [Semaphore(scope=SCOPE, halts=(HALT,)), Semaphore(scope="vm:x")]

    assert reasons_of([FAILED, job], locks)[vm("vm-1")] == told
    assert halted_scopes(locks) == {SCOPE}


def test_a_halt_of_a_job_that_is_not_listed_is_a_halt_all_the_same() -> None:
    job = Job(id="j", machine=vm("vm-1"), state="planned", scope=SCOPE)
    lock = Semaphore(scope=SCOPE, halts=(Halt(reason="it did not come back"),))

    assert reasons_of([job], [lock])[vm("vm-1")] == "behind a halt: it did not come back"
