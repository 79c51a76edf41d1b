"""The settings for the shares of Azure's request limits."""

import pytest

from shared.domain.quota.limits import Shares
from shared.settings.settings import Settings
from tests.unit.settings.samples import LEAST, problems

OWN, SHARED = "FORESTALL_OWN_QUOTA_PERCENT", "FORESTALL_SHARED_QUOTA_PERCENT"


def test_without_them_the_app_takes_the_most_that_is_allowed() -> None:
    assert Settings.from_env(LEAST).quota_shares == Shares(own=0.8, shared=0.5)


def test_they_lower_both_shares() -> None:
    settings = Settings.from_env({**LEAST, OWN: "40", SHARED: " 5 "})

    assert settings.quota_shares == Shares(own=0.4, shared=0.05)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (OWN, "81"),
        (OWN, "0"),
        (SHARED, "51"),
        (SHARED, "-1"),
        (SHARED, "50%"),
        (SHARED, "0.5"),
        (OWN, "\u0661\u0662"),
    ],
)
def test_another_number_is_refused_with_the_range(name: str, text: str) -> None:
    largest = 80 if name == OWN else 50
    (problem,) = problems({**LEAST, name: text})

    assert problem.startswith(f"{name}: ")
    assert f"from 1 to {largest}" in problem
