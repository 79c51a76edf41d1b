"""Pauses: what each holds back, and that no target can be thrown that holds nothing back."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import reasons
from shared.domain.job.job import Job
from shared.domain.machine.placement import Placement, Scope
from shared.domain.redeploy.pauses import (
    EVERYTHING,
    Pause,
    is_paused,
    normal_target,
    pause_for,
    targets_of,
)
from tests.unit.domain.samples import NOW, SUBSCRIPTION, a_job, vm_id

JOB = a_job(group=Placement(scope=Scope(f"group:{SUBSCRIPTION}/shop")))
ALONE = a_job()


def pause(target: str) -> Pause:
    return Pause(target=target, reason="quarter end", by="kim", at=NOW)


def test_a_job_lies_in_everything_its_subscription_its_group_and_its_machine() -> None:
    assert targets_of(JOB) == (
        "everything",
        f"subscription:{SUBSCRIPTION}",
        f"group:{SUBSCRIPTION}/shop",
        f"machine:{vm_id()}",
    )
    assert targets_of(ALONE) == ("everything", f"subscription:{SUBSCRIPTION}", f"machine:{vm_id()}")


@pytest.mark.parametrize("target", targets_of(JOB))
def test_a_pause_of_any_of_them_holds_it_back(target: str) -> None:
    assert pause(target).applies_to(JOB)
    assert pause_for(JOB, [pause("machine:another"), pause(target)]) == pause(target)


@pytest.mark.parametrize(
    ("job", "target"),
    [
        (ALONE, f"group:{SUBSCRIPTION}/shop"),
        (JOB, f"group:{SUBSCRIPTION}/sho"),
        (JOB, "subscription:another"),
        (JOB, f"machine:{vm_id('web-2')}"),
    ],
)
def test_a_pause_of_something_else_does_not(job: Job, target: str) -> None:
    assert not pause(target).applies_to(job)
    assert pause_for(job, [pause(target)]) is None


@pytest.mark.parametrize(
    "text",
    [
        "Everything",
        " EVERYTHING ",
        f"Subscription:{SUBSCRIPTION.upper()}",
        f"subscription: {SUBSCRIPTION}",
        f"group: {SUBSCRIPTION}/Shop ",
        f"Machine:{vm_id().upper()}",
        f"machine: {vm_id()}/",
    ],
)
def test_however_a_target_is_written_it_holds_its_jobs_back(text: str) -> None:
    assert pause(normal_target(text)).applies_to(JOB)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "all", "everything:", "everything:x", "subscription", "subscription:",
        "subscription: ", f"subscription:/subscriptions/{SUBSCRIPTION}", "subscription:my/test",
        "group:", "group:shop", "group:/shop", f"group:{SUBSCRIPTION}/", "machine:",
        "machine:web-1", f"machine:/subscriptions/{SUBSCRIPTION}", "vm:x",
    ],
)  # fmt: skip
def test_a_target_in_which_no_job_can_lie_is_refused(text: str) -> None:
    """It would look like a pause and hold nothing back."""
    with pytest.raises(ValueError, match=r"is no target: use everything|not the ARM id"):
        normal_target(text)


@given(target=st.sampled_from([EVERYTHING, "subscription:x", "group:x/y", f"machine:{vm_id()}"]))
def test_a_normal_target_stays_as_it_is(target: str) -> None:
    assert normal_target(target) == target


def test_a_moment_without_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        # The point.
        Pause(target=EVERYTHING, reason="", by="", at=datetime(2026, 1, 1))  # noqa: DTZ001


def test_the_reason_of_a_paused_job_is_known_again() -> None:
    assert is_paused(reasons.paused("everything", "ada", "drill"))
    assert not is_paused(reasons.OBSERVE_MODE)
