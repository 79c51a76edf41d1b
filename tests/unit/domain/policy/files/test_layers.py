"""Which rules a machine has: layers, groups that claim it, and what an owner may not do."""

from dataclasses import fields
from datetime import timedelta

import pytest

from shared.domain.machine.kinds.kinds import Kind
from shared.domain.machine.machine import Machine
from shared.domain.policy.files.document import _GROUP, PolicyFile
from shared.domain.policy.files.load import load_policy
from shared.domain.policy.files.narrowing import allows
from shared.domain.policy.files.rules import OWNER, SECTIONS, Owner, defaults, types
from shared.domain.policy.policy import OF_A_GROUP, Policy
from tests.unit.domain.calendar.instants import open_in, utc
from tests.unit.domain.policy.files.samples import (
    NOW,
    PLATFORM,
    loaded,
    owner,
    platform,
    refused,
)
from tests.unit.domain.samples import SUBSCRIPTION, a_machine


def crm(**tags: str) -> Machine:
    return a_machine("vm-1", tags={"app": "crm"} | tags)


def test_without_files_every_rule_is_the_default_of_the_app() -> None:
    assert loaded().rules_of(crm()).policy == Policy()


def test_a_value_comes_from_the_nearest_layer_and_knows_its_line() -> None:
    policy = loaded(platform(), owner("    limits: { cool_down: 1h }\n"))
    mine, other = policy.rules_of(crm()), policy.rules_of(a_machine("vm-2"))

    # C82: merged key by key, not replaced
    assert mine.policy.limits.cool_down == timedelta(hours=1)
    assert mine.policy.limits.slots == 1
    assert other.policy.limits.cool_down == timedelta(minutes=30)
    assert str(mine.values["limits.cool_down"].place) == "groups/crm.yaml:6:26"
    assert str(mine.values["limits.slots"].place) == "forestall.yaml:6:20"
    assert mine.values["limits.total"].place is None
    assert (mine.group, other.group) == ("crm", "")


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        # C82
        (
            "    limits: { slots: 3 }\n",
            (
                "groups/crm.yaml:6:22: `limits.slots` is 3, and more than the platform allows"
                " (forestall.yaml:6:20). Write 1 or less."
            ),
        ),
        (
            "    limits: { cool_down: 10m }\n",
            (
                "`limits.cool_down` is 10m, and less than the platform asks for"
                " (forestall.yaml:6:34)."
                " Write 30m or more."
            ),
        ),
        (
            "    limits: { total: 3 }\n",
            "for the platform file: it holds for the whole installation",
        ),
        ("    limits: { per_zone: none }\n", "for the platform file"),
        ("    timing: { expected_duration: 5m }\n", "Write 30m or more"),
        ("    timing: { bake_time: 0s }\n", "Write 5m or more"),
        ("    error_budgets: { group: { failures: none } }\n", "Write 1 or less"),
        ("    tags: { control: mine }\n", "for the platform file"),
        ("    health_check: { allowed_targets: .example.com }\n", "for the platform file"),
        (
            "    windows: [{ weekly: sun, from: 01:00, to: 07:00 }]\n",
            (
                "groups/crm.yaml:6:15: `windows` is open from 2026-12-06 06:00 CET to"
                " 2026-12-06 07:00 CET, and the platform is closed then"
            ),
        ),
        ("    windows: [{ once: 2027-06-16, from: 22:00, to: 23:00 }]\n", "2027-06-16 22:00 CEST"),
        ("    windows: []\n", "Write `do: leave-alone` to forbid every moment"),
        ("    windows:\n", "Write `do: leave-alone` to forbid every moment"),
    ],
)
def test_an_owner_who_allows_more_than_the_platform_is_refused_with_the_line(
    rules: str, said: str
) -> None:
    problems = refused(platform(), owner(rules))

    assert any(said in each for each in problems), problems


def test_c17_a_window_is_compared_in_instants_and_not_by_the_face_of_the_clock() -> None:
    """On the clock it is inside. In New York it is another time."""
    inside = owner("    windows: [{ weekly: sun, from: 01:00, to: 05:00 }]\n")
    elsewhere = PolicyFile(inside.name, inside.text.replace("Europe/Berlin", "America/New_York"))

    loaded(platform(), inside)
    assert any("2026-12-06 01:00 EST" in each for each in refused(platform(), elsewhere))


def test_an_owner_may_narrow_everything_at_once() -> None:
    policy = loaded(
        platform(),
        owner(
            "    windows: [{ weekly: sun, from: 01:00, to: 05:00 }]\n"
            "    blackouts: [{ name: audit, once: 2026-12-13 }]\n"
            "    limits: { cool_down: 1h, spacing: 5m, max_attempts: 1 }\n"
            "    timing: { expected_duration: 45m, bake_time: 15m, deadline_warning: 1d }\n"
            "    canary: { machines: 1, soak: 2h }\n"
            "    health_check: { url: 'https://{name}.crm.example.com/', expected_statuses: 204 }\n"
        ),
    )
    rules = policy.rules_of(crm())

    assert open_in(rules.policy.change_windows, "2026-12-01", "2026-12-21") == [
        "2026-12-06 00:00Z to 2026-12-06 04:00Z",
        "2026-12-20 00:00Z to 2026-12-20 04:00Z",
    ]
    assert rules.policy.canary.machines == 1
    assert rules.policy.health_check.expected_statuses == ("204",)


def test_whatever_the_proof_says_an_owners_windows_are_cut_to_those_of_the_platform() -> None:
    """The app intersects the calendars. The proof ends in 2028, and the window is in 2031."""
    far = owner("    windows: [{ once: 2031-06-17 }, { weekly: sun, from: 01:00, to: 05:00 }]\n")
    calendar = loaded(platform(), far).rules_of(crm()).policy.change_windows

    assert open_in(calendar, "2031-06-16 04:00", "2031-06-19") == []
    assert open_in(calendar, "2031-06-21", "2031-06-23") == [
        "2031-06-21 23:00Z to 2031-06-22 03:00Z"
    ]


def test_the_platforms_blackouts_hold_for_every_group_also_with_windows_of_its_own() -> None:
    closed = (
        PLATFORM + "blackouts: [{ name: close, from: 2026-12-04 18:00, to: 2026-12-07 06:00 }]\n"
    )
    own = (
        "groups:\n  - name: crm\n    match: { tag: { app: crm } }\n"
        "    windows: [{ weekly: mon-sun, from: 12:00, to: 13:00 }]\n"
    )
    calendar = loaded(platform(closed + own)).rules_of(crm()).policy.change_windows

    assert open_in(calendar, "2026-12-04", "2026-12-08") == [
        "2026-12-04 11:00Z to 2026-12-04 12:00Z",
        "2026-12-07 11:00Z to 2026-12-07 12:00Z",
    ]
    assert calendar.why_closed(utc("2026-12-05 11:30")) == "in the blackout close"


def test_c71_windows_in_the_past_never_open() -> None:
    past = owner("    windows: [{ once: 2026-10-03, from: 22:00, to: 23:00 }]\n")

    calendar = loaded(platform(), past).rules_of(crm()).policy.change_windows
    assert calendar.next_opening(NOW) is None


def test_c74_a_machine_that_two_groups_claim_is_left_alone_and_both_are_named() -> None:
    policy = loaded(
        platform(),
        owner("    limits: { slots: 1 }\n"),
        owner("    limits: { slots: 1 }\n", "erp", "{ resource_group: sho* }"),
    )
    both, one = policy.rules_of(crm()), policy.rules_of(a_machine("vm-2"))

    assert both.leave_alone == (
        "more than one group claims it: crm (groups/crm.yaml:4:5) and erp (groups/erp.yaml:4:5)"
    )
    assert one.leave_alone is None
    assert one.group == "erp"


def test_a_group_may_be_left_alone() -> None:
    policy = loaded(platform(), owner("    do: leave-alone\n    reason: ask Ada first\n"))

    assert policy.rules_of(crm()).leave_alone == "ask Ada first"
    assert "leaves the group crm alone" in str(
        loaded(platform(), owner("    do: leave-alone\n")).rules_of(crm()).leave_alone
    )


@pytest.mark.parametrize(
    ("match", "tags", "claims"),
    [
        ("{ tag: { app: crm } }", {"app": "crm"}, True),
        # C77: names and values of tags in any case, without blanks around them
        ("{ tag: { App: crm } }", {"app": " CRM"}, True),
        ("{ tag: { app: CRM } }", {"APP": "crm"}, True),
        ("{ tag: { app: crm } }", {"app": "crm2"}, False),
        ("{ tag: { app: crm } }", {}, False),
        ("{ tag: { app: [web, crm*] } }", {"app": "crm-2"}, True),
        ("{ tag: { app: crm, role: db } }", {"app": "crm"}, False),
        ("{ tag: { app: crm, role: db } }", {"app": "crm", "role": "db"}, True),
        ("{ tag: { app: '*' } }", {"app": ""}, True),
        ("{ tag: { version: 1.10 } }", {"version": "1.10"}, True),
        ("{ tag: { on: true } }", {"on": "True"}, True),
        ("{ tag: { app: 'c[r]m' } }", {"app": "crm"}, False),
        ("{ resource_group: SHOP }", {}, True),
        ("{ resource_group: sh* }", {}, True),
        ("{ resource_group: rg-* }", {}, False),
        (f"{{ subscription: {SUBSCRIPTION} }}", {}, True),
        ("{ id: '*/virtualMachines/vm-1' }", {}, True),
        ("{ id: '*/virtualMachines/vm-?' }", {}, False),
    ],
)
def test_which_machines_a_group_claims(match: str, tags: dict[str, str], claims: bool) -> None:
    policy = loaded(platform(), owner("", match=match))

    assert (policy.rules_of(a_machine("vm-1", tags=tags)).group == "crm") is claims


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (platform("version: 2\n"), "`version` is 2. Write 1"),
        (platform("time_zone: Europe/Berlin\n"), "`version` is missing"),
        (platform("# nothing\n"), "is empty. Write at least version: 1"),
        (platform("- a\n"), "is a list. Write keys with values below it"),
        (platform("version: 1\ntime_zone: CET\n"), "Time zone 'CET' is an abbreviation"),
        (platform("version: 1\nlimits: {}\n"), "`limits` is not a rule"),
        (platform("version: 1\ndefaults: { limits: {} }\n"), "`limits` is empty"),
        (platform("version: 1\ndefaults: { limts: {} }\n"), "Did you mean `defaults.limits`?"),
        (PolicyFile("g.yaml", "version: 1\ndefaults: {}\n"), "is for the platform file"),
        (PolicyFile("g.yaml", "version: 1\nblackouts: []\n"), "is for the platform file"),
        (owner("    match: x\n"), "`match` is there twice"),
        (owner("", match="{}"), "has no condition"),
        (owner("", match="{ tag: {} }"), "has no tag"),
        (owner("", match="{ tag: { app: [] } }"), "is an empty list"),
        (owner("", match="{ tags: { app: crm } }"), "Did you mean `groups[0].match.tag`?"),
        (owner("    do: nothing\n"), "Write one of leave-alone"),
        (owner("    timing: { bake_time: 30m, verify_timeout: 10m }\n"), "platform file"),
        (
            platform("version: 1\ndefaults: { timing: { bake_time: 1h } }\n"),
            "timing.verify_timeout must be longer than timing.bake_time",
        ),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused(file: PolicyFile, said: str) -> None:
    problems = refused(file)

    assert any(said in each for each in problems), problems


def test_two_groups_of_one_name_are_refused_with_both_places() -> None:
    (problem,) = refused(
        platform(), owner(""), PolicyFile("groups/b.yaml", owner("", match="{ id: x }").text)
    )

    assert "groups/b.yaml:4:5: `crm` is a group of groups/crm.yaml:4:5 as well" in problem


def test_all_problems_of_all_files_come_in_one_round_in_order() -> None:
    problems = refused(
        platform("version: 1\ndefaults: { limits: { slots: x, totl: 1 } }\n"),
        owner("    limits: { slots: y }\n"),
    )

    assert [each.split(" ")[0] for each in problems] == [
        "forestall.yaml:2:30:",
        "forestall.yaml:2:33:",
        "groups/crm.yaml:6:22:",
    ]


def test_the_version_is_of_the_files_and_not_of_their_order() -> None:
    one, two = owner(""), owner("", "erp", "{ id: x }")

    assert loaded(platform(), one, two).version == loaded(two, platform(), one).version
    assert loaded(platform(), one).version != loaded(platform()).version


def test_every_rule_says_what_an_owner_may_do_with_it() -> None:
    assert {key for key, _ in types()} == set(OWNER) == set(defaults())


def test_every_section_of_the_policy_can_be_written_in_a_file() -> None:
    assert {*SECTIONS, *OF_A_GROUP, "change_windows"} == {each.name for each in fields(Policy)}
    assert set(_GROUP) >= OF_A_GROUP


def test_a_list_of_words_is_read_and_others_are_refused() -> None:
    kinds = "version: 1\ndefaults: {{ kinds: {{ allow: [{}] }} }}\n"

    read = loaded(platform(kinds.format("spot"))).rules_of(crm()).policy
    assert read.kinds.allow == (Kind.SPOT,)
    assert any("Write one of" in each for each in refused(platform(kinds.format("sport"))))


@pytest.mark.parametrize(
    ("direction", "ours", "platform_value", "allowed"),
    [
        (Owner.LOWER, 1, 1, True),
        (Owner.LOWER, 2, 1, False),
        (Owner.LOWER, 5, None, True),
        (Owner.LOWER, None, 5, False),
        (Owner.LOWER, None, None, True),
        (Owner.RAISE, timedelta(minutes=1), timedelta(minutes=1), True),
        (Owner.RAISE, timedelta(seconds=59), timedelta(minutes=1), False),
        (Owner.TURN_ON, False, True, False),
        (Owner.TURN_ON, True, True, True),
        (Owner.NOTHING, 1, 1, False),
        (Owner.FREE, "x", None, True),
    ],
)
def test_what_narrower_means(
    direction: Owner,
    ours: object,
    platform_value: object,
    allowed: bool,
) -> None:
    assert allows(direction, ours, platform_value) is allowed


def test_the_same_files_give_the_same_policy() -> None:
    files = [platform(), owner("    limits: { cool_down: 1h }\n")]

    assert load_policy(files, NOW) == load_policy(files, NOW)
