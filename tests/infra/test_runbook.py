"""Every warning, notification and alert has its line in the runbook, and no line is outdated."""

from dataclasses import replace
from pathlib import Path

import pytest

from shared.domain.plan.machines.blockers import BlockingRule
from tests.infra.deployments import of_type, resources
from tests.infra.runbook_in_sync import out_of_sync
from tests.infra.test_alerts_in_sync import CODE

PAGE = (Path(__file__).parents[2] / "docs/runbook.md").read_text(encoding="utf-8")
RULES = [each.value for each in BlockingRule]
#: what is in the log but is no person's business by itself: `notification` is before the kind that
#: is
CODE_OF_THE_RUNBOOK = replace(CODE, warnings=CODE.warnings - {"notification"})


def alerts() -> list[str]:
    """The names of the alerts, without what is the installation's."""
    kinds = ("Microsoft.Insights/scheduledQueryRules", "Microsoft.Insights/metricAlerts")
    names = [each["name"] for kind in kinds for each in of_type(resources("development"), kind)]
    return [name.removeprefix("alert-").partition("-forestall-")[0] for name in names]


def found(page: str = PAGE) -> list[str]:
    return out_of_sync(page, CODE_OF_THE_RUNBOOK, RULES, alerts())


def test_the_runbook_has_a_line_for_each_thing_that_an_operator_can_be_told() -> None:
    assert found() == []


@pytest.mark.parametrize("name", sorted(CODE_OF_THE_RUNBOOK.warnings | CODE.kinds))
def test_a_line_that_is_taken_out_of_the_runbook_is_missed(name: str) -> None:
    assert f"the runbook has no line for {name}" in found(PAGE.replace(f"`{name}`", "something"))


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_that_endangers_deadlines_has_its_line(rule: str) -> None:
    assert f"the runbook has no line for rule {rule}" in found(
        PAGE.replace(f"| `{rule}`", "| something")
    )


@pytest.mark.parametrize("alert", alerts())
def test_an_alert_has_its_line(alert: str) -> None:
    assert f"the runbook has no line for alert {alert}" in found(
        PAGE.replace(f"`alert-{alert}`", "an alert")
    )


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("| `machine.unreadable`", "| `machine.garbled`", "machine.garbled, which nothing writes"),
        ("| `halt`", "| `stop`", "rule stop, which there is not"),
        ("`alert-stuck-jobs`", "`alert-stuck`", "alert stuck, which there is not"),
    ],
)
def test_a_line_of_something_that_is_gone_is_found(before: str, after: str, sentence: str) -> None:
    assert before in PAGE
    assert f"the runbook has {sentence}" in found(PAGE.replace(before, after))


def test_a_warning_and_a_kind_that_are_added_to_the_code_are_missed() -> None:
    more = replace(
        CODE_OF_THE_RUNBOOK, warnings=frozenset({"sky.fell"}), kinds=frozenset({"sky.rose"})
    )
    missed = out_of_sync(PAGE, more, RULES, alerts())
    assert {f"the runbook has no line for {each}" for each in ("sky.fell", "sky.rose")} <= set(
        missed
    )
