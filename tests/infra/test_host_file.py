"""host.json is valid, fits what the app relies on, and each fault in it would be found."""

import re
from pathlib import Path

import pytest

from functions.notices.email import MAX_MAIL
from tests.infra.host_file import faults

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "host.json").read_text(encoding="utf-8")
SNAPSHOTS = sorted(ROOT.glob("infra/parameters/*.snapshot.json"))


def test_host_json_has_no_fault() -> None:
    assert faults(TEXT) == []


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ('"version": "2.0"', '"version": "1.0"', "version must be 2.0"),
        ('"functionTimeout"', '"functionTimeOut"', "functionTimeOut is none of host.json's"),
        ('"prefetchCount"', '"prefetch"', "extensions.serviceBus.prefetch is none of host.json's"),
        ('"prefetchCount": 0', '"prefetchCount": 10', "prefetchCount is not 0"),
        (
            '"autoCompleteMessages": true',
            '"autoCompleteMessages": false',
            "autoCompleteMessages is not on",
        ),
        ('"00:06:00"', '"00:05:00"', "maxAutoLockRenewalDuration is not longer"),
        ("Exception;Trace", "Exception", "traces are sampled"),
        ('"routePrefix": "api"', '"routePrefix": ""', "routePrefix is not api"),
        ("[4.22.0, 4.23.0)", "[4.*, 5.0.0)", "extensionBundle.version floats"),
        ("[4.22.0, 4.23.0)", "[4.22.0, 4.24.0)", "extensionBundle.version floats"),
        ("[4.22.0, 4.23.0)", "[3.0.0, 3.1.0)", "extensionBundle.version floats"),
        ('"default": "Information"', '"default": "Warning"', "logLevel.default is not"),
        ('"Host": "Warning"', '"Host": "Information"', "logLevel.Host is not"),
        (
            "Functions.ExtensionBundle",
            "Functions.ExtensionBundle.Preview",
            "extensionBundle.id is not",
        ),
    ],
)
def test_a_fault_is_found(before: str, after: str, fault: str) -> None:
    assert before in TEXT
    assert any(found.startswith(fault) for found in faults(TEXT.replace(before, after)))


@pytest.mark.parametrize("snapshot", SNAPSHOTS, ids=lambda each: each.name)
def test_the_host_reads_no_larger_body_than_the_app(snapshot: Path) -> None:
    text = snapshot.read_text(encoding="utf-8")

    assert re.findall(r'"FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": "(\d+)"', text) == [str(MAX_MAIL)]


def test_there_are_snapshots() -> None:
    assert SNAPSHOTS
