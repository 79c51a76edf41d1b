"""The judgement of a run of Microsoft's live tests.

What is a finding, and that the checked-in lists fit together.
"""

from pathlib import Path

import pytest

from sandbox.azure.servicebus.conformance import environment
from sandbox.azure.servicebus.conformance.environment import SDK_VERSION
from sandbox.azure.servicebus.conformance.expectations import (
    Exceptional,
    Expectations,
    compare,
    load_expectations,
)
from sandbox.azure.servicebus.conformance.run import Outcome

FOLDER = Path(environment.__file__).parent
EXPECTED = Expectations(
    total=3, exceptional={"tls": Exceptional(outcome="failed", reason="there is no TLS")}
)


def _ran(**outcomes: str) -> dict[str, Outcome]:
    return {test: Outcome(outcome=outcome, seconds=1.0) for test, outcome in outcomes.items()}


def test_a_run_that_is_as_expected_has_its_figures_and_no_finding() -> None:
    result = compare(_ran(a="passed", b="passed", tls="failed"), EXPECTED, whole_suite=True)

    assert result.is_as_expected
    assert str(result) == "3 tests: 1 failed, 2 passed. As expected."


@pytest.mark.parametrize(
    ("outcomes", "finding"),
    [
        ({"a": "passed", "b": "failed", "tls": "failed"}, "b: failed; it should pass"),
        ({"a": "passed", "b": "skipped", "tls": "failed"}, "b: skipped; it should pass"),
        (
            {"a": "passed", "b": "passed", "tls": "passed"},
            "tls: passed; expected failed, because: there is no TLS",
        ),
    ],
)
def test_every_test_that_does_something_else_is_a_finding(
    outcomes: dict[str, str], finding: str
) -> None:
    for whole_suite in (True, False):
        result = compare(_ran(**outcomes), EXPECTED, whole_suite=whole_suite)

        assert result.findings == (finding,)
        assert str(result).endswith("1 not as expected.")


def test_of_the_whole_suite_no_test_may_be_lost() -> None:
    result = compare(_ran(a="passed", b="passed"), EXPECTED, whole_suite=True)

    assert result.findings == ("tls: did not run", "2 tests ran; there should be 3")
    assert compare(_ran(a="passed"), EXPECTED, whole_suite=False).is_as_expected


def test_a_run_of_nothing_is_not_as_expected() -> None:
    assert compare({}, EXPECTED, whole_suite=False).findings == ("no test ran",)


def test_the_checked_in_expectations_give_every_exception_a_reason() -> None:
    expectations = load_expectations()

    assert expectations.total - len(expectations.exceptional) >= 244
    assert all(exceptional.reason for exceptional in expectations.exceptional.values())
    assert {e.outcome for e in expectations.exceptional.values()} <= {
        "failed",
        "skipped",
        "xfailed",
        "xpassed",
    }


def test_the_quick_run_names_each_test_once_and_none_that_is_expected_to_fail() -> None:
    quick = (FOLDER / "quick.txt").read_text().split()

    assert len(set(quick)) == len(quick) >= 50
    assert not set(quick) & load_expectations().exceptional.keys()


def test_the_sdk_under_test_is_the_one_the_app_uses() -> None:
    pin = f"azure-servicebus=={SDK_VERSION}"
    root = FOLDER.parents[3]

    for file in (FOLDER / "requirements.txt", root / "requirements.txt"):
        assert f"\n{pin} " in file.read_text()
    assert environment._pinned("azure-servicebus").count("--hash=sha256:") == 2
    assert environment._pinned("azure-servicebus").startswith(pin)
