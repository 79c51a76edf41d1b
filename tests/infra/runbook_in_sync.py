"""The runbook and the code name the same things.

Warnings, notifications, what endangers a deadline, and alerts.
"""

import re
from collections.abc import Collection, Iterator

from tests.infra.written_events import Written

_EVENT = re.compile(r"`([a-z]+(?:_[a-z]+)*(?:\.[a-z]+(?:_[a-z]+)*)+)`")
_ALERT = re.compile(r"`alert-([a-z-]+)`")
_RULE = re.compile(r"`([a-z-]+)`")

#: what looks like an event in a first column, and is the policy's
_OF_THE_POLICY = ("timing.", "limits.", "tags.", "error_budgets.", "health_check.")

WHAT_YOU_SEE, DEADLINE, ALERTS = "What you see, and what to do", "A deadline is at risk", "Alerts"


def out_of_sync(
    page: str, code: Written, rules: Collection[str], alerts: Collection[str]
) -> list[str]:
    """One sentence for each name that one of the two has and the other lacks."""
    lines = set(_EVENT.findall("\n".join(_first_cells(page, WHAT_YOU_SEE))))
    told = {each for each in lines if not each.startswith(_OF_THE_POLICY)}
    return [
        *(
            f"the runbook has no line for {name}"
            for name in sorted((code.warnings | code.kinds) - told)
        ),
        *(
            f"the runbook has {name}, which nothing writes"
            for name in sorted(told - code.events - code.kinds)
        ),
        *_difference(
            "rule", set(rules), set(_RULE.findall("\n".join(_first_cells(page, DEADLINE))))
        ),
        *_difference(
            "alert", set(alerts), set(_ALERT.findall("\n".join(_first_cells(page, ALERTS))))
        ),
    ]


def _difference(what: str, wanted: set[str], has: set[str]) -> Iterator[str]:
    yield from (f"the runbook has no line for {what} {name}" for name in sorted(wanted - has))
    yield from (
        f"the runbook has {what} {name}, which there is not" for name in sorted(has - wanted)
    )


def _first_cells(page: str, heading: str) -> list[str]:
    """The first column of the table under a heading, without the table's head.

    [] where there is no such table.
    """
    section = page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [line.split("|")[1] for line in section.splitlines() if line.startswith("|")][2:]
