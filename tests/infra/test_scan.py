"""Each finding of checkov is fixed or has its reason, and no reason outlives its finding.

If checkov is missing, CI installs it, and a laptop skips the test: `make infra SCAN=1` brings
it.
"""

import os
import re

import pytest

from tests.infra.deployments import ROOT
from toolchain.prepare.places import HERE
from toolchain.scan_templates import (
    RECORDS,
    VERSION,
    Failed,
    Scan,
    is_prepared,
    prepare,
    scan,
    suppressions,
    unexplained,
)

FAILED = Failed(
    check="CKV_1", name="Ensure it is shut", record="production", kind="Microsoft.Web/sites"
)
REASON = {"check": "CKV_1", "resource": "Microsoft.Web/sites", "reason": "it has to be open"}


@pytest.fixture(scope="module")
def scanned() -> Scan:
    if not is_prepared(HERE):
        if os.environ.get("CI") != "true":
            pytest.skip("checkov is not there: `make infra SCAN=1` brings it")
        prepare(HERE)
    return scan(HERE)


@pytest.mark.timeout(900)
def test_every_finding_of_checkov_has_its_reason(scanned: Scan) -> None:
    assert list(unexplained(scanned.failed, suppressions(HERE))) == []


@pytest.mark.timeout(900)
def test_checkov_has_really_looked(scanned: Scan) -> None:
    assert scanned.passed > 20 * len(RECORDS)
    assert {each.record for each in scanned.failed} == set(RECORDS)


def test_a_finding_without_a_reason_is_told() -> None:
    assert list(unexplained([FAILED], [])) == [
        "CKV_1 Ensure it is shut: Microsoft.Web/sites of production"
    ]
    assert list(unexplained([FAILED], [REASON])) == []


def test_a_reason_covers_its_own_check_resource_and_records_only() -> None:
    for other in (
        {"check": "CKV_2"},
        {"resource": "Microsoft.Web/serverfarms"},
        {"records": ["development"]},
    ):
        found = list(unexplained([FAILED], [REASON | other]))
        assert found[0] == "CKV_1 Ensure it is shut: Microsoft.Web/sites of production"
        assert "is suppressed without a finding" in found[1]


def test_a_reason_that_is_empty_or_no_longer_needed_is_told() -> None:
    assert list(unexplained([FAILED], [REASON | {"reason": " "}])) == [
        "CKV_1 is suppressed without a reason"
    ]
    assert list(unexplained([], [REASON])) == [
        "CKV_1 on Microsoft.Web/sites is suppressed without a finding"
    ]
    both = REASON | {"records": ["production", "development"]}
    assert list(unexplained([FAILED], [both])) == [
        "CKV_1 on Microsoft.Web/sites is suppressed without a finding for development"
    ]


def test_every_suppression_has_a_reason_to_read() -> None:
    assert [one for one in suppressions(HERE) if len(one["reason"]) < 10] == []


def test_checkov_is_pinned_with_hashes() -> None:
    lines = (ROOT / "infra/requirements-checkov.txt").read_text(encoding="utf-8").splitlines()
    pins = [number for number, line in enumerate(lines) if re.match(r"[\w.-]+==\S+", line)]
    assert f"checkov=={VERSION} \\" in lines
    assert [lines[number] for number in pins if "--hash=sha256:" not in lines[number + 1]] == []
