"""What policy files would do, in a running app: checked, compared, and nothing changed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.plan.machines.difference import Change
from shared.domain.policy.files.document import PolicyFile, version_of
from shared.usecases.policies.check import check_policy
from shared.usecases.policies.compare import compare_policy
from shared.usecases.policies.history import VersionState, policy_history
from shared.usecases.policies.machine_rules import show_rules
from shared.usecases.refresh_policy import REFRESHED, refresh_policy
from shared.usecases.show.plan import show_plan
from tests.support.app_harness import AppHarness
from tests.support.faults import CallRecorder, with_hook
from tests.support.fleets import HOUR, START, standalone_vm, vm_id
from tests.unit.usecases.policy.test_groups import (
    LATE,
    PLATFORM,
    crm,
    harness,
    owner,
    policies_of,
)

LATER = owner("    windows: [{ weekly: mon-sun, from: 21:00, to: 23:00 }]\n")


async def scanned(*names: str, files: tuple[PolicyFile, ...] = (PLATFORM, LATE)) -> AppHarness:
    app = harness(*(crm(each) for each in names), standalone_vm("other"), files=files)
    await refresh_policy(app.app_without_hook)
    await app.scan()
    await app.deliver_scans()
    return app


async def test_a_check_says_what_each_group_and_machine_would_get() -> None:
    app = await scanned("a", "b")
    found = await check_policy(app.app_without_hook, [PLATFORM, LATER])

    assert found.version == version_of([PLATFORM, LATER])
    assert {each.name: each.machines for each in found.groups} == {"": 1, "crm": 2}
    assert {each.machine.rpartition("/")[2]: each.group for each in found.machines} == {
        "a": "crm",
        "b": "crm",
        "other": "",
    }
    (group,) = (each for each in found.groups if each.name == "crm")
    assert group.openings[0].start == START + 5 * HOUR
    places = {each.key: str(each.place) for each in group.rules if each.place}
    assert places["windows"] == "groups/crm.yaml:5:15"
    assert places["timing.bake_time"] == "forestall.yaml:5:24"


async def test_a_check_names_every_problem_with_file_line_column_and_key() -> None:
    app = await scanned("a")
    wide = owner("    limits: { slots: 9, cool_down: soon }\n")
    found = await check_policy(app.app_without_hook, [PLATFORM, wide])

    assert found.version is None
    assert found.groups == ()
    first, second = map(str, found.problems)
    assert first == (
        "groups/crm.yaml:5:22: `limits.slots` is 9, and more than the platform allows."
        " Write 1 or less."
    )
    assert second.startswith("groups/crm.yaml:5:36: `limits.cool_down` is soon. Write a duration")


async def test_trying_files_asks_azure_nothing_and_changes_nothing() -> None:
    app = await scanned("a")
    recorder = CallRecorder()
    watched = with_hook(app.app_without_hook, recorder)
    version = app.app_without_hook.rules.version
    await check_policy(watched, [PLATFORM, LATER])
    await compare_policy(watched, [PLATFORM, LATER])
    await policy_history(watched, 10)

    assert not [each for each in recorder.places if each.startswith(("azure.", "queues."))]
    assert {each.partition(".")[2] for each in recorder.places} <= {"all", "open", "page"}
    assert app.app_without_hook.rules.version == version


async def test_an_owner_tries_one_file_over_the_version_in_force() -> None:
    app = await scanned("a")
    found = await check_policy(app.app_without_hook, [LATER])
    added = await check_policy(app.app_without_hook, [owner("", "web", "{ id: x }")])

    assert found.version == version_of([PLATFORM, LATER])
    assert {each.name for each in added.groups} == {"", "crm", "web"}


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ([], "no file was sent"),
        ([PLATFORM, replace(PLATFORM, name="b.yaml")], "more than one platform file"),
        ([PLATFORM, LATE, LATE], "groups/crm.yaml was sent twice"),
    ],
)
async def test_files_that_cannot_be_meant_are_refused(
    files: list[PolicyFile], problem: str
) -> None:
    app = await scanned("a")
    found = await check_policy(app.app_without_hook, files)

    assert problem in str(found.problems[0])


async def test_an_owners_file_alone_needs_a_version_in_force() -> None:
    app = AppHarness(crm("a"))
    found = await check_policy(app.app_without_hook, [LATE])

    assert "Send the platform file, too" in str(found.problems[0])


async def test_the_difference_says_which_machines_move_and_which_rules_change() -> None:
    app = await scanned("a", "b")
    found = await compare_policy(app.app_without_hook, [PLATFORM, LATER])

    assert found.before != found.after == version_of([PLATFORM, LATER])
    assert {each.machine.rpartition("/")[2]: each.change for each in found.machines} == {
        "a": Change.LATER,
        "b": Change.LATER,
    }
    first = found.machines[0]
    assert (first.before, first.after) == (START + 4 * HOUR, START + 5 * HOUR)
    assert found.unchanged == 1
    (rule,) = found.rules
    assert (rule.group, rule.key) == ("crm", "windows")
    assert rule.before is not None
    assert "from: 20:00" in rule.before


async def test_the_difference_is_what_the_plan_says_once_the_version_is_published() -> None:
    app = await scanned("a", "b")
    tried = (await compare_policy(app.app_without_hook, [PLATFORM, LATER])).plan
    policies_of(app).publish(PLATFORM, LATER)
    app.clock.advance(REFRESHED)
    await refresh_policy(app.app_without_hook)
    plan = await show_plan(app.app_without_hook)

    assert tried is not None
    starts = {each.job.machine: each.start for each in tried.machines}
    assert {each.job.machine: each.start for each in plan.machines if each.job.policy_group} == {
        machine: start for machine, start in starts.items() if "other" not in machine
    }


async def test_the_same_files_change_nothing() -> None:
    app = await scanned("a", "b")
    found = await compare_policy(app.app_without_hook, [LATE, PLATFORM])

    assert (found.machines, found.rules, found.unchanged) == ((), (), 3)


async def test_a_window_that_is_too_short_takes_the_start_away() -> None:
    app = await scanned("a")
    short = owner(
        "    windows: [{ once: 2030-01-01, from: 20:00, to: 22:00 }]\n",
        match="{ tag: { app: crm } }",
    )
    found = await compare_policy(app.app_without_hook, [PLATFORM, short])

    assert [each.change for each in found.machines] == [Change.NO_START]
    assert found.feasibility_after == "cannot fit"


async def test_groups_that_leave_machines_alone_and_that_do_not_any_more() -> None:
    off = owner("    do: leave-alone\n")
    app = await scanned("a")
    away = await compare_policy(app.app_without_hook, [PLATFORM, off])
    back = await scanned("a", files=(PLATFORM, off))
    again = await compare_policy(back.app_without_hook, [PLATFORM, LATE])

    assert [(each.change, each.group_before) for each in away.machines] == [
        (Change.LEFT_ALONE, "crm")
    ]
    assert "leaves the group crm alone" in away.machines[0].reason
    assert [each.change for each in again.machines] == [Change.PLANNED]


async def test_a_changed_group_is_told_where_the_start_stays() -> None:
    app = await scanned("a", files=(PLATFORM, owner("")))
    other = owner("", "billing")
    found = await compare_policy(app.app_without_hook, [PLATFORM, other])

    (change,) = found.machines
    assert (change.change, change.group_before, change.group_after) == (
        Change.OTHER_GROUP,
        "crm",
        "billing",
    )


async def test_the_rules_of_a_machine_have_their_lines_and_come_from_its_tags_now() -> None:
    app = await scanned("a")
    found = await show_rules(app.app_without_hook, vm_id("a"))
    vm = app.azure.vm(vm_id("a"))
    vm.machine = replace(vm.machine, tags={"app": "other", "forestall": "off"})
    changed = await show_rules(app.app_without_hook, vm_id("a"))

    assert found is not None
    assert changed is not None
    assert (found.group, found.left_alone) == ("crm", None)
    assert [str(each.place) for each in found.rules if each.key == "windows"] == [
        "groups/crm.yaml:5:15"
    ]
    assert (changed.group, changed.tags) == ("", (("forestall", "off"),))
    assert changed.left_alone is not None
    assert await show_rules(app.app_without_hook, vm_id("gone")) is None


async def test_the_history_says_which_version_is_in_force_and_why_another_is_not() -> None:
    app = await scanned("a")
    policies = policies_of(app)
    bad = policies.put(b"{}")
    app.clock.advance(REFRESHED + timedelta(seconds=1))
    await refresh_policy(app.app_without_hook)
    new = policies.publish(PLATFORM, LATER, by="eve")
    found = await policy_history(app.app_without_hook, 10)
    first = await policy_history(app.app_without_hook, 1)

    assert [(each.name, each.state) for each in found.versions[:2]] == [
        (new, VersionState.NEW),
        (bad, VersionState.REFUSED),
    ]
    assert found.versions[1].reason
    assert (found.versions[2].state, found.versions[2].by) == (VersionState.IN_FORCE, "ada")
    assert found.newest == new
    assert (len(first.versions), first.has_more) == (1, True)


async def test_rules_of_a_setting_have_no_history() -> None:
    app = AppHarness(crm("a"))
    found = await policy_history(app.app_without_hook, 10)

    assert (found.versions, found.place, found.newest) == ((), None, None)
