"""Tiers and `not_before` in policy files: what is read, and what is refused."""

from datetime import timedelta

import pytest

from shared.domain.policy.files.lines import rule_lines
from shared.domain.policy.parsing import read_policy
from shared.domain.policy.policy import PolicyProblems, Tier
from tests.unit.domain.calendar.instants import open_in
from tests.unit.domain.policy.files.samples import defaults, loaded, owner, platform, refused
from tests.unit.domain.samples import a_machine

TIERS = """\
    tiers:
      - { name: replicas, match: { tag: { role: replica } } }
      - { name: primary, match: { tag: { role: [primary, replica] } }, soak: 2h }
"""
PLATFORM = platform()


@pytest.mark.parametrize(("role", "tier"), [("replica", 1), ("primary", 2), ("web", 3), ("", 3)])
def test_the_first_tier_that_claims_a_machine_has_it(role: str, tier: int) -> None:
    machine = a_machine(tags={"app": "crm"} | ({"role": role} if role else {}))
    found = loaded(PLATFORM, owner(TIERS)).rules_of(machine)

    assert found.tier == tier
    assert found.policy.tiers == (
        Tier(name="replicas"),
        Tier(name="primary", soak=timedelta(hours=2)),
        Tier(name="others"),
    )


def test_a_machine_of_no_group_or_of_one_without_tiers_has_no_tier() -> None:
    policy = loaded(PLATFORM, owner(TIERS), owner("", "web", "{ tag: { app: web } }"))

    assert policy.rules_of(a_machine(tags={})).tier is None
    assert policy.rules_of(a_machine(tags={"app": "web"})).tier is None


def test_the_rules_of_a_group_name_its_tiers_with_their_lines() -> None:
    lines = [each for each in rule_lines(loaded(PLATFORM, owner(TIERS)), "crm") if each.place]

    shown = [(each.value, str(each.place)) for each in lines if each.key == "tiers"]
    assert [value for value, _ in shown] == ["replicas", "primary, soak 2h"]
    assert all(place.startswith("groups/crm.yaml:") for _, place in shown)


@pytest.mark.parametrize(
    ("tier", "said"),
    [
        ("{ name: a }", "`groups[0].tiers[0].match` is missing."),
        ("{ match: { tag: { a: b } } }", "`groups[0].tiers[0].name` is missing."),
        ("{ name: a, match: {} }", "tiers[0].match"),
        ("{ name: a, match: { tag: { a: b } }, soak: 2 }", "tiers[0].soak"),
        ("{ name: a, match: { tag: { a: b } }, soak: -2h }", "tiers[0].soak"),
        ("{ name: a, match: { tag: { a: b } }, bake: 2h }", "tiers[0].bake` is not a rule"),
        ("{ name: others, match: { tag: { a: b } } }", "is the name of another tier. Rename it."),
        ("replicas", "tiers[0]"),
    ],
)
def test_a_tier_that_cannot_be_meant_is_refused_with_its_key(tier: str, said: str) -> None:
    problems = refused(PLATFORM, owner(f"    tiers: [{tier}]\n"))

    assert any(said in each and each.startswith("groups/crm.yaml:") for each in problems), problems


@pytest.mark.parametrize("tiers", ["[]", "", "none"])
def test_tiers_without_a_tier_are_refused(tiers: str) -> None:
    assert refused(PLATFORM, owner(f"    tiers: {tiers}\n"))


def test_two_tiers_of_one_name_are_refused() -> None:
    one = "{ name: a, match: { tag: { a: b } } }"
    (problem,) = refused(PLATFORM, owner(f"    tiers: [{one}, {one}]\n"))

    assert "`groups[0].tiers[1].name` is the name of another tier. Rename it." in problem


def test_tiers_are_for_a_group_of_a_file() -> None:
    (problem,) = refused(defaults(f"{TIERS[2:]}"))
    assert "`defaults.tiers` is not a rule" in problem
    with pytest.raises(PolicyProblems, match="`tiers` is not a rule"):
        read_policy('{"tiers": [{"name": "a"}]}')


@pytest.mark.parametrize(
    ("written", "first"),
    [
        ("2026-12-09", "2026-12-08 23:00Z to 2026-12-10 00:00Z"),
        ("2026-12-09 12:30", "2026-12-09 11:30Z to 2026-12-10 00:00Z"),
        ("2026-12-09T12:30", "2026-12-09 11:30Z to 2026-12-10 00:00Z"),
    ],
)
def test_nothing_starts_before_a_date(written: str, first: str) -> None:
    policy = loaded(platform("version: 1\n"), owner(f"    not_before: {written}\n"))
    calendar = policy.rules_of(a_machine(tags={"app": "crm"})).policy.change_windows

    assert open_in(calendar, "2026-12-01", "2026-12-10") == [first]
    plain = policy.platform.change_windows
    assert open_in(plain, "2026-12-01", "2026-12-10") == ["2026-12-01 00:00Z to 2026-12-10 00:00Z"]


@pytest.mark.parametrize("written", ["tomorrow", "2026-13-01", "1999-12-31", "[]", "7", ""])
def test_a_date_that_is_none_is_refused(written: str) -> None:
    problems = refused(PLATFORM, owner(f"    not_before: {written}\n"))

    assert any("not_before" in each for each in problems)
