"""No use case goes by the policy of the setting: each asks the rules of its job or platform."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
_SETTING = re.compile(r"\bapp\.policy\b")


@pytest.mark.parametrize("folder", ["shared/usecases", "functions"])
def test_use_cases_ask_policy_of_or_rules(folder: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number} asks app.policy: write app.policy_of(job) or app.rules"
        for path in sorted((ROOT / folder).rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if _SETTING.search(line)
    ]

    assert found == []
