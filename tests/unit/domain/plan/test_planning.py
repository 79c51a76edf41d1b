"""The plan: who gets a job, in which order, and the reason of everyone who does not."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.job.job import Job, JobId, job_id
from shared.domain.job.states import State
from shared.domain.machine.instance_view import Observation, Power, Provisioning
from shared.domain.machine.kinds.harms import Harm
from shared.domain.machine.machine import Machine, Orchestration
from shared.domain.machine.placement import Lane, Placement, Scope
from shared.domain.machine.traits import Traits
from shared.domain.plan.planning import NewJobs, plan
from shared.domain.policy.policy import Policy, Tags
from tests.unit.domain.samples import (
    AVAILABILITY_SET,
    DAY,
    NOW,
    SCALE_SET,
    SUBSCRIPTION,
    a_machine,
    observation,
    open_phase,
    vm_id,
)

Pair = tuple[Machine, Observation]


def pair(name: str = "web-1", machine: dict[str, Any] | None = None, **observed: Any) -> Pair:
    made = a_machine(name, **(machine or {}))
    return made, observation(made.id, **observed)


def planned(
    *pairs: Pair, known: dict[JobId, Job] | None = None, policy: Policy | None = None
) -> NewJobs:
    return plan(pairs, known=known or {}, policy=policy or Policy(), now=NOW)


def reason(pair: Pair, policy: Policy | None = None) -> str:
    made = planned(pair, policy=policy)
    assert made.jobs == ()
    (left,) = made.not_planned
    assert left.machine == pair[0].id
    return left.reason


def test_a_machine_with_an_open_phase_gets_a_job_due_now() -> None:
    in_set = pair(machine={"availability_set": AVAILABILITY_SET}, update_domain=3)

    (job,) = planned(in_set).jobs

    assert job == Job(
        id=job_id(vm_id(), NOW - DAY),
        machine=vm_id(),
        wave=NOW - DAY,
        self_service_end=NOW + 30 * DAY,
        placement=Placement(scope=Scope(f"avset:{AVAILABILITY_SET}"), lane=Lane("ud:3")),
        pair=Placement(
            scope=Scope(f"pair:{SUBSCRIPTION}/northeurope+westeurope"),
            lane=Lane("region:westeurope"),
        ),
        harms=(Harm.TEMPORARY_DISK,),
        state=State.PLANNED,
        due=NOW,
        reason="planned",
        created_at=NOW,
        changed_at=NOW,
        state_entered_at=NOW,
    )


@pytest.mark.parametrize(
    ("alone", "why"),
    [
        (pair(maintenance=None), "no maintenance is planned"),
        (
            pair(maintenance=open_phase(last_result="MaintenanceCompleted")),
            "Azure says that its maintenance is completed",
        ),
        (pair(machine={"tags": {"forestall": "off"}}), "tagged forestall=off"),
        (pair(machine={"tags": {"Forestall": " OFF "}}), "tagged forestall=off"),
        (pair(machine={"dedicated_host": "/hosts/1"}), "on a dedicated host"),
        (pair(maintenance=open_phase(self_service_start=NOW + DAY)), "phase is not open (before)"),
        (pair(maintenance=open_phase(self_service_end=NOW)), "phase is not open (closed)"),
        (pair(power=Power.DEALLOCATED), "not running (deallocated)"),
        (pair(power=Power.UNKNOWN), "not running (unknown)"),
        (
            pair(maintenance=open_phase(allowed=False)),
            "does not allow maintenance to be started now (no reason given)",
        ),
        (
            pair(maintenance=open_phase(allowed=False, last_result="RetryLater")),
            "started now (RetryLater)",
        ),
        (
            pair(maintenance=open_phase(self_service_start=None, self_service_end=None)),
            "shows no time",
        ),
        (
            pair(machine={"scale_set": SCALE_SET, "orchestration": Orchestration.UNIFORM}),
            "names no placement group",
        ),
        (pair(machine={"traits": Traits(is_spot=True)}), "it is a Spot machine"),
    ],
)
def test_everyone_else_is_left_alone_with_the_reason(alone: Pair, why: str) -> None:
    assert why in reason(alone)


@pytest.mark.parametrize(
    "tags",
    [
        {},
        *({"forestall": yes} for yes in ("on", "ON", " true ", "Yes")),
        {"forestall-x": "off"},
        {"x": "forestall"},
    ],
)
def test_only_on_true_yes_and_no_tag_let_a_machine_go(tags: dict[str, str]) -> None:
    assert len(planned(pair(machine={"tags": tags})).jobs) == 1


@pytest.mark.parametrize(
    "value", ["false", "no", "disabled", "skip", "0", "1", "exclude", "never", "", "onn"]
)
def test_every_other_value_leaves_it_alone_and_says_which_are_understood(value: str) -> None:
    said = reason(pair(machine={"tags": {"forestall": value}}))
    assert said.startswith(f"tagged forestall={value}")
    assert ("is not understood: use on, true, yes, off, false, no" in said) == (
        value not in ("false", "no")
    )


def test_the_names_of_the_tags_are_the_policys() -> None:
    policy = Policy(tags=Tags(control="Maintenance", group="app"))
    tags = {"MAINTENANCE": "off", "forestall": "on"}

    assert reason(pair(machine={"tags": tags}), policy) == "tagged Maintenance=off"
    (job,) = planned(pair(machine={"tags": {"App": "Shop"}}), policy=policy).jobs
    assert job.group == Placement(scope=Scope(f"group:{SUBSCRIPTION}/shop"))


@pytest.mark.parametrize(
    ("tags", "scope"),
    [
        ({"forestall-group": "Shop"}, f"group:{SUBSCRIPTION}/shop"),
        ({"FORESTALL-GROUP": " shop "}, f"group:{SUBSCRIPTION}/shop"),
        ({"forestall-group": " "}, None),
        ({}, None),
    ],
)
def test_the_owners_tag_asks_for_a_group(tags: dict[str, str], scope: str | None) -> None:
    (job,) = planned(pair(machine={"tags": tags})).jobs

    assert (job.group.scope if job.group else None) == scope
    assert job.group is None or job.group.lane is None


def test_the_end_of_the_phase_names_the_wave_where_its_start_is_missing() -> None:
    (job,) = planned(pair(maintenance=open_phase(self_service_start=None))).jobs

    assert job.wave == NOW + 30 * DAY


@pytest.mark.parametrize("state", State)
def test_a_machine_that_has_a_job_in_this_wave_gets_no_second_one(state: State) -> None:
    """I2: after any outcome of the first."""
    (job,) = planned(pair()).jobs
    old = Job(
        **{name: getattr(job, name) for name in Job.__slots__} | {"state": state, "due": None}
    )

    assert planned(pair(), known={job.id: old}) == NewJobs(jobs=(), not_planned=())


def test_a_new_wave_is_a_new_job() -> None:
    (old,) = planned(pair()).jobs
    moved = pair(maintenance=open_phase(self_service_start=NOW - DAY + timedelta(hours=1)))

    (new,) = planned(moved, known={old.id: old}).jobs

    assert new.id != old.id


def test_machines_of_a_scope_follow_each_other_lane_by_lane() -> None:
    in_set = {"availability_set": AVAILABILITY_SET}
    made = planned(
        pair("d", machine=in_set, update_domain=1),
        pair("b", machine=in_set, update_domain=0),
        pair("c", machine=in_set, update_domain=1),
        pair("a", machine=in_set, update_domain=1),
        pair("e", machine=in_set, update_domain=0),
    )

    assert [job.machine for job in made.jobs] == [vm_id(name) for name in "beacd"]


@given(order=st.permutations(range(8)))
def test_the_plan_does_not_depend_on_the_order_of_the_listing(order: list[int]) -> None:
    pairs = [
        pair(f"m{n}", machine={"availability_set": AVAILABILITY_SET}, update_domain=n % 2)
        for n in range(4)
    ]
    pairs += [pair(f"m{n}", maintenance=None) for n in range(4, 8)]

    assert planned(*(pairs[n] for n in order)) == planned(*pairs)


machines = st.builds(
    pair,
    st.sampled_from([f"m{n}" for n in range(6)]),
    power=st.sampled_from(Power),
    provisioning=st.sampled_from(Provisioning),
    update_domain=st.none() | st.integers(0, 3),
    maintenance=st.none()
    | st.builds(
        open_phase,
        allowed=st.booleans(),
        last_result=st.sampled_from([None, "None", "RetryLater", "MaintenanceCompleted"]),
        self_service_end=st.sampled_from([None, NOW - DAY, NOW + DAY]),
    ),
)


@given(pairs=st.lists(machines, max_size=6, unique_by=lambda each: each[0].id))
def test_everyone_is_in_the_plan_once_and_no_job_is_made_without_azures_word(
    pairs: list[Pair],
) -> None:
    made = planned(*pairs)

    named = [job.machine for job in made.jobs] + [each.machine for each in made.not_planned]
    assert sorted(named) == sorted(machine.id for machine, _ in pairs)
    shown = {machine.id: observed for machine, observed in pairs}
    for job in made.jobs:
        status = shown[job.machine].maintenance
        assert status is not None
        assert status.allowed
        assert shown[job.machine].power is Power.RUNNING
    assert all(each.reason for each in made.not_planned)
