"""What comes next for a job, given what was just seen of its machine: one table a question."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.health.health_check import NO_PROBE, Failed, Health, Passed
from shared.domain.job.job import Job
from shared.domain.job.states import TRANSITIONS, Event, State
from shared.domain.job.wave_end import NOT_FOUND as MISSED
from shared.domain.machine.absence import Absence
from shared.domain.machine.arm_responses import OperationReading, Progress
from shared.domain.machine.instance_view import NotFound, Observation, Power, Provisioning
from shared.domain.machine.machine import Machine
from shared.domain.machine.placement import pair_of
from shared.domain.policy.policy import Pace, Policy
from shared.domain.redeploy.decisions import after_lost_answer, follow_operation, is_proved_well, verify
from shared.domain.redeploy.last_look import LastLook, before_call
from shared.domain.redeploy.outcomes import (
    Ask,
    Break,
    Call,
    Check,
    Drop,
    Follow,
    LeaveAlone,
    NeverArrived,
    Postpone,
    Succeed,
    TakeAnew,
    Wait,
)
from tests.unit.domain import samples
from tests.unit.domain.samples import (
    AVAILABILITY_SET,
    DAY,
    HOUR,
    MINUTE,
    NOW,
    a_machine,
    open_phase,
    seen,
    vm,
)

TICK = timedelta(microseconds=1)
PACE = Pace(
    poll_every=MINUTE,
    recheck_every=7 * MINUTE,
    grace=15 * MINUTE,
    operation_timeout=2 * HOUR,
    verify_timeout=30 * MINUTE,
    bake_time=5 * MINUTE,
)
POLICY = Policy(pace=PACE)
MACHINE = a_machine(availability_set=AVAILABILITY_SET)
NOT_FOUND = NotFound(machine=vm(), at=NOW)
#: looks that prove a deletion, and ones that do not
DELETED = Absence(since=NOW - 10 * MINUTE, last=NOW, looks=3)
SHORT = Absence(since=NOW - 10 * MINUTE + TICK, last=NOW, looks=30)
FEW = Absence(since=NOW - DAY, last=NOW, looks=2)
LOOK_AGAIN = Wait(reason=MISSED, until=NOW + MINUTE)
MOVING = seen(provisioning=Provisioning.UPDATING)
MAINTAINED = seen(maintenance=None)
COMPLETED = seen(maintenance=open_phase(last_result="MaintenanceCompleted"))
AGAIN = NOW + 7 * MINUTE
SICK = Failed(reason="https://web-1/health: HTTP 503")


def a_job(**changes: Any) -> Job:
    """A job that has everything of MACHINE."""
    return samples.a_job(**{"pair": pair_of(MACHINE), **changes})


def look_and_decide(
    job: Job, shown: Observation | NotFound, health: Health = NO_PROBE, machine: Machine | NotFound = MACHINE
) -> object:
    return before_call(job, LastLook(health=health, machine=machine, seen=shown), POLICY, NOW)


class TestBeforeTheCall:
    def test_the_call_is_made_on_the_machines_own_word(self) -> None:
        assert look_and_decide(a_job(), seen(), NO_PROBE) == Call()

    @pytest.mark.parametrize(
        ("shown", "step"),
        [
            (NOT_FOUND, Postpone(reason=MISSED, until=AGAIN)),
            (MOVING, Postpone(reason="another operation on the machine is running", until=AGAIN)),
            (seen(power=Power.STARTING), Postpone(reason="another operation on the machine is running", until=AGAIN)),
            (MAINTAINED, Drop(reason="the machine is not scheduled for maintenance any more")),
            (COMPLETED, Drop(reason="the machine is not scheduled for maintenance any more")),
            (seen(maintenance=open_phase(self_service_end=NOW)),
             Drop(reason="the self-service phase has closed", missed=True)),
            (seen(power=Power.DEALLOCATED), Postpone(reason="the machine is not running (deallocated)", until=AGAIN)),
            (seen(power=Power.UNKNOWN), Postpone(reason="the machine is not running (unknown)", until=AGAIN)),
            (seen(agent_ready=False),
             Postpone(reason="the machine is running, provisioning succeeded, agent not ready", until=AGAIN)),
            (seen(update_domain=None),
             Postpone(reason="Azure does not name its update domain or placement group now", until=AGAIN)),
            (seen(maintenance=open_phase(self_service_start=NOW - HOUR)),
             Drop(reason="Azure has moved the wave; the next scan plans the machine anew")),
            (seen(maintenance=open_phase(allowed=False)),
             Postpone(reason="Azure does not allow maintenance to be started now", until=AGAIN)),
            (seen(maintenance=open_phase(allowed=False, last_result="RetryLater", last_message="host busy")),
             Postpone(reason="Azure does not allow maintenance to be started now: RetryLater host busy", until=AGAIN)),
        ],
    )  # fmt: skip
    def test_else_it_is_put_off_or_dropped_with_the_reason(
        self, shown: Observation | NotFound, step: object
    ) -> None:
        assert look_and_decide(a_job(), shown, NO_PROBE) == step

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"tags": {"forestall": "off"}}, "tagged forestall=off"),
            ({"tags": {"Forestall": "Never"}}, "tagged forestall=never, which is not understood"),
            ({"dedicated_host": "/hosts/h"}, "on a dedicated host"),
        ],
    )
    def test_an_owner_who_changed_his_mind_after_the_plan_is_heard(
        self, changes: dict[str, Any], reason: str
    ) -> None:
        step = look_and_decide(a_job(), seen(), machine=replace(MACHINE, **changes))
        assert isinstance(step, LeaveAlone)
        assert reason in step.reason

    @pytest.mark.parametrize(
        ("changes", "shown", "field"),
        [
            ({"tags": {"forestall-group": "db"}}, {}, "group"),
            ({"tags": {"forestall-probe": "https://db.example.com/"}}, {}, "probe"),
            ({"zone": "2"}, {}, "zone"),
            ({"location": "eastus"}, {}, "pair"),
            ({"availability_set": None}, {}, "placement"),
            ({}, {"update_domain": 4}, "placement"),
            ({}, {"maintenance": open_phase(self_service_end=NOW + DAY)}, "self_service_end"),
        ],
    )
    def test_a_machine_that_has_changed_since_the_leases_were_taken_is_not_called_on_them(
        self, changes: dict[str, Any], shown: dict[str, Any], field: str
    ) -> None:
        job = a_job()
        step = look_and_decide(job, seen(**shown), machine=replace(MACHINE, **changes))
        assert isinstance(step, TakeAnew)
        assert step.until == AGAIN
        assert getattr(step.news, field) != getattr(job, field)

    def test_a_machine_whose_resource_is_not_found_is_not_called_whatever_its_view_says(self) -> None:
        step = look_and_decide(a_job(), seen(), machine=NOT_FOUND)
        assert step == Postpone(reason=MISSED, until=AGAIN)

    def test_a_machine_seen_with_nothing_known_is_not_called(self) -> None:
        assert not isinstance(look_and_decide(a_job(), Observation(machine=vm(), at=NOW), NO_PROBE), Call)


class TestAfterALostAnswer:
    """ADMITTED since `entered_at`; the call may or may not have reached Azure."""

    def answer(self, shown: Observation | NotFound, waited: timedelta = timedelta(0)) -> object:
        return after_lost_answer(a_job(state=State.ADMITTED, entered_at=NOW - waited), shown, POLICY, NOW)

    @pytest.mark.parametrize("waited", [timedelta(0), 15 * MINUTE])
    @pytest.mark.parametrize(
        ("shown", "kind"),
        [(NOT_FOUND, Wait), (MOVING, Follow), (seen(power=Power.STOPPING), Follow), (MAINTAINED, Check), (COMPLETED, Check)],
    )  # fmt: skip
    def test_what_the_machine_shows_decides_at_once(
        self, shown: Observation | NotFound, kind: type, waited: timedelta
    ) -> None:
        assert isinstance(self.answer(shown, waited), kind)

    @pytest.mark.parametrize("shown", [seen(), seen(agent_ready=False), seen(power=Power.STOPPED)])
    def test_what_shows_nothing_is_waited_out(self, shown: Observation) -> None:
        assert self.answer(shown) == Wait(
            reason="not known whether the call was accepted", until=NOW + MINUTE
        )

    def test_no_wait_ends_after_the_grace_time(self) -> None:
        step = self.answer(seen(), 15 * MINUTE - 10 * timedelta(seconds=1))

        assert step == Wait(
            reason="not known whether the call was accepted", until=NOW + 10 * timedelta(seconds=1)
        )

    @pytest.mark.parametrize(("waited", "kind"), [(15 * MINUTE - TICK, Wait), (15 * MINUTE, Check)])
    def test_only_after_the_grace_time_may_the_call_be_made_again(
        self, waited: timedelta, kind: type
    ) -> None:
        assert isinstance(self.answer(seen(), waited), kind)

    def test_a_machine_that_is_not_well_by_then_is_not_touched_again(self) -> None:
        assert self.answer(seen(agent_ready=False), 15 * MINUTE) == Break(
            reason="the machine is running, provisioning succeeded, agent not ready"
        )

    @given(waited=st.integers(0, 14 * 60 + 59), allowed=st.booleans())
    def test_within_the_grace_time_no_second_call_is_ever_near(self, waited: int, allowed: bool) -> None:  # noqa: FBT001
        step = self.answer(seen(maintenance=open_phase(allowed=allowed)), waited * timedelta(seconds=1))

        assert isinstance(step, Wait)
        assert step.until > NOW


class TestFollowing:
    """REDEPLOYING since `entered_at`."""

    def answer(
        self, progress: Progress | None, shown: Observation | NotFound | None = None, *, waited: timedelta = MINUTE,
        retry_after: timedelta | None = None,
    ) -> object:  # fmt: skip
        job = a_job(state=State.REDEPLOYING, entered_at=NOW - waited)
        reading = (
            None
            if progress is None
            else OperationReading(progress=progress, detail="d", retry_after=retry_after)
        )
        return follow_operation(job, reading, shown, POLICY, NOW)

    @pytest.mark.parametrize(
        ("progress", "shown", "step"),
        [
            (Progress.RUNNING, None, Wait(reason="d", until=NOW + MINUTE)),
            (Progress.UNREADABLE, None, Wait(reason="d", until=NOW + MINUTE)),
            (Progress.SUCCEEDED, None, Check(reason="operation succeeded d")),
            (Progress.FAILED, None, Check(reason="operation failed d")),
            (Progress.EXPIRED, MOVING, Wait(reason="d", until=NOW + MINUTE)),
            (Progress.EXPIRED, seen(), Check(reason="the machine is not moving any more")),
            (Progress.EXPIRED, None, Wait(reason="d", until=NOW + MINUTE)),
            (None, MOVING, Wait(reason="the machine is being moved", until=NOW + MINUTE)),
            (None, seen(), Check(reason="the machine is not moving any more")),
            # an operation that runs outlives a machine that looks at rest for a moment
            (Progress.RUNNING, seen(), Wait(reason="d", until=NOW + MINUTE)),
            (Progress.UNREADABLE, seen(), Wait(reason="d", until=NOW + MINUTE)),
            (Progress.RUNNING, NOT_FOUND, LOOK_AGAIN),
            (None, NOT_FOUND, LOOK_AGAIN),
        ],
    )
    def test_the_operation_is_followed_until_it_ends(
        self, progress: Progress | None, shown: Observation | NotFound | None, step: object
    ) -> None:
        assert self.answer(progress, shown) == step

    @pytest.mark.parametrize(("asked", "heeded"), [(5 * MINUTE, 5 * MINUTE), (HOUR, PACE.lease / 2)])
    def test_azure_names_the_time_of_the_next_look_as_long_as_the_leases_last(
        self, asked: timedelta, heeded: timedelta
    ) -> None:
        assert self.answer(Progress.RUNNING, retry_after=asked) == Wait(reason="d", until=NOW + heeded)

    @pytest.mark.parametrize(("waited", "kind"), [(2 * HOUR - TICK, Wait), (2 * HOUR, Ask)])
    @pytest.mark.parametrize(
        ("progress", "shown"), [(Progress.RUNNING, None), (Progress.UNREADABLE, None), (None, MOVING)]
    )
    def test_one_that_does_not_end_is_a_persons_matter(
        self, progress: Progress | None, shown: Observation | None, waited: timedelta, kind: type
    ) -> None:
        assert isinstance(self.answer(progress, shown, waited=waited), kind)

    def test_one_that_ended_at_last_is_none(self) -> None:
        assert isinstance(self.answer(Progress.SUCCEEDED, waited=3 * HOUR), Check)


class TestAHealthCheck:
    """What a machine's probe says counts beside the platform's word, and never instead of it."""

    def verified(
        self,
        shown: Observation | NotFound,
        health: Health,
        *,
        waited: timedelta = MINUTE,
        well: timedelta = DAY,
    ) -> object:
        job = a_job(state=State.VERIFYING, entered_at=NOW - waited, well_since=NOW - well)
        return verify(job, shown, health, POLICY, NOW)

    def test_one_that_passes_lets_everything_go_on_as_without_one(self) -> None:
        for shown in (seen(), MAINTAINED, MOVING, NOT_FOUND, seen(agent_ready=False)):
            job = a_job()
            assert look_and_decide(job, shown, Passed()) == look_and_decide(job, shown, NO_PROBE)
            assert self.verified(shown, Passed()) == self.verified(shown, NO_PROBE)

    def test_one_that_fails_before_the_call_postpones_it(self) -> None:
        assert look_and_decide(a_job(), seen(), SICK) == Postpone(
            reason="not healthy before anything was done: https://web-1/health: HTTP 503", until=AGAIN
        )

    def test_but_what_the_platform_says_comes_first(self) -> None:
        assert isinstance(look_and_decide(a_job(absence=DELETED), NOT_FOUND, SICK), Drop)
        assert isinstance(look_and_decide(a_job(), MAINTAINED, SICK), Drop)
        unwell = look_and_decide(a_job(), seen(agent_ready=False), SICK)
        assert isinstance(unwell, Postpone)
        assert "agent not ready" in unwell.reason

    def test_one_that_fails_while_verifying_is_waited_for_and_then_breaks_the_job_in_its_own_words(
        self,
    ) -> None:
        assert self.verified(MAINTAINED, SICK, waited=30 * MINUTE - TICK) == Wait(
            reason=SICK.reason, until=NOW + MINUTE
        )
        assert self.verified(MAINTAINED, SICK, waited=30 * MINUTE) == Break(reason=SICK.reason)

    def test_a_machine_that_the_platform_calls_unwell_is_unwell_whatever_its_page_says(self) -> None:
        for health in (Passed(), NO_PROBE, SICK):
            assert not is_proved_well(seen(agent_ready=False), health)
            assert not is_proved_well(NOT_FOUND, health)
            answer = self.verified(seen(agent_ready=False), health)
            assert isinstance(answer, Wait)
            assert "agent not ready" in answer.reason

    def test_both_must_agree(self) -> None:
        assert is_proved_well(seen(), Passed())
        assert is_proved_well(seen(), NO_PROBE)
        assert not is_proved_well(seen(), SICK)


class TestAMachineThatAzureDoesNotFind:
    """One 404 is no deletion: several looks over minutes are."""

    def steps(self, absence: Absence | None) -> list[object]:
        job = a_job(absence=absence, entered_at=NOW - DAY, called_at=NOW - DAY)
        admitted, moving, back = (
            replace(job, state=each) for each in (State.ADMITTED, State.REDEPLOYING, State.VERIFYING)
        )
        return [
            look_and_decide(job, NOT_FOUND, NO_PROBE),
            after_lost_answer(admitted, NOT_FOUND, POLICY, NOW),
            follow_operation(moving, None, NOT_FOUND, POLICY, NOW),
            verify(back, NOT_FOUND, NO_PROBE, POLICY, NOW),
        ]

    @pytest.mark.parametrize("absence", [None, SHORT, FEW])
    def test_it_is_looked_for_again_however_long_the_job_has_been_in_its_state(
        self, absence: Absence | None
    ) -> None:
        assert self.steps(absence) == [
            Postpone(reason=MISSED, until=AGAIN),
            LOOK_AGAIN,
            LOOK_AGAIN,
            LOOK_AGAIN,
        ]

    def test_its_job_ends_when_enough_looks_missed_it(self) -> None:
        assert self.steps(DELETED) == [Drop(reason="the machine was deleted")] * 4

    def test_looks_are_counted_until_one_finds_it(self) -> None:
        job = a_job()
        for minute in (0, 5, 10):
            assert not job.is_deleted
            job = job.having_seen(NotFound(machine=vm(), at=NOW + minute * MINUTE))
        assert job.is_deleted
        assert job.having_seen(seen()).absence is None


class TestVerifying:
    """VERIFYING since `entered_at`, and seen well since `well_since`."""

    def answer(
        self, shown: Observation | NotFound, *, waited: timedelta = MINUTE, well_since: datetime | None = None
    ) -> object:
        job = a_job(state=State.VERIFYING, entered_at=NOW - waited, well_since=well_since)
        return verify(job, shown, NO_PROBE, POLICY, NOW)

    @pytest.mark.parametrize(
        ("shown", "ails"),
        [
            (seen(agent_ready=False), "the machine is running, provisioning succeeded, agent not ready"),
            (
                seen(power=Power.STOPPED, maintenance=None),
                "the machine is stopped, provisioning succeeded, agent ready",
            ),
            (
                seen(provisioning=Provisioning.UNKNOWN),
                "the machine is running, provisioning unknown, agent ready",
            ),
        ],
    )
    @pytest.mark.parametrize("well_since", [None, NOW - DAY])
    def test_a_machine_that_is_not_well_is_waited_for_and_then_broken(
        self, shown: Observation, ails: str, well_since: datetime | None
    ) -> None:
        early = self.answer(shown, waited=30 * MINUTE - TICK, well_since=well_since)
        late = self.answer(shown, waited=30 * MINUTE, well_since=well_since)

        assert early == Wait(reason=ails, until=NOW + MINUTE)
        assert late == Break(reason=ails)

    @pytest.mark.parametrize(
        ("well_since", "until"),
        [
            (None, NOW + MINUTE),
            (NOW - MINUTE, NOW + MINUTE),
            (NOW - 5 * MINUTE + timedelta(seconds=10), NOW + timedelta(seconds=10)),
        ],
    )
    def test_it_must_have_been_well_for_the_bake_time(
        self, well_since: datetime | None, until: datetime
    ) -> None:
        assert self.answer(MAINTAINED, well_since=well_since) == Wait(reason="well; baking", until=until)

    @pytest.mark.parametrize("shown", [MAINTAINED, COMPLETED])
    def test_then_it_has_succeeded_if_azure_shows_no_maintenance_any_more(self, shown: Observation) -> None:
        assert self.answer(shown, well_since=NOW - 5 * MINUTE) == Succeed(
            reason="maintained, running and well"
        )

    def test_without_bake_time_the_first_look_is_enough(self) -> None:
        job = a_job(state=State.VERIFYING, entered_at=NOW)
        policy = Policy(pace=Pace(bake_time=timedelta(0)))

        assert isinstance(verify(job, MAINTAINED, NO_PROBE, policy, NOW), Succeed)

    @pytest.mark.parametrize(
        ("result", "said"), [("RetryLater", "RetryLater"), (None, "landed on another old host")]
    )
    def test_a_machine_still_scheduled_has_not_converged(self, result: str | None, said: str) -> None:
        shown = seen(maintenance=open_phase(last_result=result))

        assert self.answer(shown, well_since=NOW - HOUR) == Postpone(
            reason=f"well, but still scheduled ({said})", until=NOW
        )

    def test_a_status_that_may_be_late_is_looked_at_again_before_a_second_attempt(self) -> None:
        settled = PACE.bake_time + PACE.recheck_every

        late = self.answer(seen(), well_since=NOW - settled + TICK)

        assert isinstance(late, Wait)
        assert NOW < late.until <= NOW + PACE.poll_every
        assert isinstance(self.answer(seen(), well_since=NOW - settled), Postpone)


observations = st.builds(
    seen,
    power=st.sampled_from(Power),
    provisioning=st.sampled_from(Provisioning),
    agent_ready=st.booleans(),
    maintenance=st.none()
    | st.builds(
        open_phase,
        allowed=st.booleans(),
        self_service_end=st.sampled_from([None, NOW, NOW + DAY]),
        last_result=st.sampled_from([None, "None", "RetryLater", "MaintenanceCompleted"]),
    ),
)


@given(shown=observations)
def test_the_call_is_made_only_where_the_machine_allows_it(shown: Observation) -> None:
    """I3, whatever else the instance view says."""
    if isinstance(look_and_decide(a_job(), shown, NO_PROBE), Call):
        assert shown.maintenance is not None
        assert shown.maintenance.allowed
        assert shown.power is Power.RUNNING
        assert not shown.is_in_flight
        assert shown.maintenance.self_service_end is None or shown.maintenance.self_service_end > NOW


@given(shown=observations, minutes=st.integers(0, 60), well=st.none() | st.integers(0, 60))
def test_success_means_well_for_long_enough_and_not_scheduled(
    shown: Observation, minutes: int, well: int | None
) -> None:
    since = None if well is None else NOW - well * MINUTE
    job = a_job(state=State.VERIFYING, entered_at=NOW - minutes * MINUTE, well_since=since)

    if isinstance(verify(job, shown, NO_PROBE, POLICY, NOW), Succeed):
        assert shown.is_well
        assert shown.maintenance is None or shown.maintenance.is_completed
        assert well is not None
        assert well >= 5


@given(
    shown=observations,
    state=st.sampled_from([State.ADMITTED, State.REDEPLOYING, State.VERIFYING]),
    minutes=st.integers(0, 200),
    progress=st.none() | st.sampled_from(Progress),
)
def test_no_answer_asks_for_a_look_in_the_past(
    shown: Observation, state: State, minutes: int, progress: Progress | None
) -> None:
    job = a_job(state=state, entered_at=NOW - minutes * MINUTE)
    reading = None if progress is None else OperationReading(progress=progress)
    questions: dict[State, Any] = {
        State.ADMITTED: lambda: after_lost_answer(job, shown, POLICY, NOW),
        State.REDEPLOYING: lambda: follow_operation(job, reading, shown, POLICY, NOW),
        State.VERIFYING: lambda: verify(job, shown, NO_PROBE, POLICY, NOW),
    }

    step = questions[state]()

    if isinstance(step, Wait):
        assert NOW < step.until <= NOW + HOUR


@pytest.mark.parametrize(
    ("provisioned_at", "arrived"),
    [(NOW - 2 * HOUR, False), (NOW - HOUR + MINUTE, True), (None, True)],
)
def test_a_lost_call_is_no_attempt_only_where_no_operation_has_ended_since(
    provisioned_at: datetime | None, *, arrived: bool
) -> None:
    job = a_job(state=State.ADMITTED, entered_at=NOW - HOUR, called_at=NOW - HOUR)

    step = after_lost_answer(job, seen(provisioned_at=provisioned_at), POLICY, NOW)

    assert isinstance(step, Check if arrived else NeverArrived)


#: the event that each answer leads to; a Wait or a Call changes no state, and a Break of a lost answer parks the job
EVENTS: dict[type, tuple[Event, ...]] = {
    Follow: (Event.ADOPTED,),
    NeverArrived: (Event.DEFERRED, Event.PARKED),
    Check: (Event.FINISHED,),
    Postpone: (Event.DEFERRED,),
    LeaveAlone: (Event.DEFERRED, Event.WITHDRAWN),
    TakeAnew: (Event.DEFERRED,),
    Drop: (Event.WITHDRAWN,),
    Succeed: (Event.VERIFIED,),
    Break: (Event.BROKEN, Event.PARKED),
    Ask: (Event.PARKED,),
    Wait: (),
    Call: (),
}


@pytest.mark.parametrize(
    ("question", "state"),
    [
        (before_call, State.ADMITTED),
        (after_lost_answer, State.ADMITTED),
        (follow_operation, State.REDEPLOYING),
        (verify, State.VERIFYING),
    ],
)
def test_every_answer_has_a_way_through_the_table(question: object, state: State) -> None:
    answers = get_args(get_type_hints(question)["return"])

    assert answers
    for answer in answers:
        events = EVENTS[answer]
        assert not events or any((state, event) in TRANSITIONS for event in events), answer
