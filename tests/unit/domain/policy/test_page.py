"""docs/policy.md against the policy: every rule with its default, and no other rule."""

import re
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from shared.domain.policy.kind_rules import KindRules
from shared.domain.policy.policy import OF_A_GROUP, Canary, Limits, Policy, Tags, Timing
from shared.domain.policy.retention_rules import Retention

DOCS = Path(__file__).resolve().parents[4] / "docs"
PAGE = (DOCS / "policy.md").read_text(encoding="utf-8")
FILES_PAGE = (DOCS / "policy-files.md").read_text(encoding="utf-8")
GROUPS = {
    "limits": Limits,
    "timing": Timing,
    "canary": Canary,
    "kinds": KindRules,
    "retention": Retention,
    "tags": Tags,
}


def defaults_of_the_page(page: str) -> dict[str, str]:
    """The second column of each table, by the group of the heading and the rule of the row."""
    sections = re.findall(r"^## [^\n]+: `(\w+)`\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    return {
        f"{group}.{rule}": default.strip()
        for group, text in sections
        for rule, default in re.findall(r"^\| `(\w+)` \| ([^|]+) \|", text, re.MULTILINE)
    }


def shown(rule: Field[object]) -> str:
    """A default as the page writes it: a duration and a text as code, a number as it is.

    Empty for a default that is a sentence on the page.
    """
    if rule.default is MISSING or isinstance(rule.default, tuple):
        return ""
    value = msgspec.json.decode(msgspec.json.encode(rule.default))
    if isinstance(rule.default, timedelta | str):
        return f"`{value}`"
    return f"`{str(value).lower()}`" if isinstance(value, bool) else str(value)


def defaults_of_the_code() -> Iterator[tuple[str, str]]:
    for group, kind in GROUPS.items():
        yield from ((f"{group}.{each.name}", shown(each)) for each in fields(kind))
    yield "change_windows.windows", ""
    yield "change_windows.time_zone", "`UTC`"
    yield "kinds.allow", ""
    yield "kinds.tag_may_allow", ""
    yield "error_budgets.group", ""
    yield "error_budgets.subscription", ""


@pytest.mark.parametrize(("rule", "default"), list(defaults_of_the_code()))
def test_the_page_has_the_default_of_a_rule(rule: str, default: str) -> None:
    on_page = defaults_of_the_page(PAGE)[rule]
    if default.startswith("`P"):  # PT0S and P0D are the same duration
        assert msgspec.convert(on_page.strip("`"), timedelta) == msgspec.convert(
            default.strip("`"), timedelta
        )
    elif default:
        assert on_page == default


def test_the_page_has_no_other_rule() -> None:
    assert set(defaults_of_the_page(PAGE)) == {rule for rule, _ in defaults_of_the_code()}


def test_every_group_of_rules_has_a_section() -> None:
    headings = set(re.findall(r"^## .+: `(\w+)`$", PAGE, re.MULTILINE))
    assert headings == {each.name for each in fields(Policy)} - OF_A_GROUP


def test_every_rule_of_a_group_has_a_section_on_the_page_of_the_files() -> None:
    headings = set(re.findall(r"^## .+: `(\w+)`$", FILES_PAGE, re.MULTILINE))
    assert headings == OF_A_GROUP


def test_the_budgets_in_words_are_those_of_the_code() -> None:
    budgets = Policy().error_budgets
    assert defaults_of_the_page(PAGE)["error_budgets.group"] == (
        f"{budgets.group.failures} failure"
    )
    assert defaults_of_the_page(PAGE)["error_budgets.subscription"] == (
        f"{budgets.subscription.failures} failures"
    )


def test_a_rule_that_the_page_lacks_is_noticed() -> None:
    without = PAGE.replace("| `slots` |", "| `places` |")
    assert "limits.slots" not in defaults_of_the_page(without)
    assert "limits.places" in defaults_of_the_page(without)
