"""What a server answers is shown without the address that is a secret."""

import pytest

from shared.domain.outbox.redaction import origin_of, without_address
from tests.unit.domain.outbox.samples import TEAMS_URL

SLACK = "https://hooks.slack.com/services/T0001/B0002/s3cr3t-token"


@pytest.mark.parametrize(
    ("url", "text", "shown"),
    [
        (SLACK, "Cannot POST /services/T0001/B0002/s3cr3t-token", "Cannot POST ..."),
        (SLACK, f"no hook at {SLACK}", "no hook at https://hooks.slack.com..."),
        (SLACK, "unknown token s3cr3t-token", "unknown token ..."),
        (SLACK, "invalid_blocks", "invalid_blocks"),
        (TEAMS_URL, "the signature AbC-_1 is wrong", "the signature ... is wrong"),
        (TEAMS_URL, "/triggers/manual/run has no sig", "... has no sig"),
        ("https://siem.example.com", "not / now?", "not / now?"),
        ("https://siem.example.com/", "not / now?", "not / now?"),
    ],
)
def test_nothing_of_the_address_is_left_but_its_host(url: str, text: str, shown: str) -> None:
    assert without_address(text, url) == shown


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("https://new.example.com:8443/hook/s3cr3t?sig=1", "https://new.example.com:8443"),
        ("https://ada:s3cr3t@new.example.com/", "https://new.example.com"),
        ("//new.example.com/s3cr3t", "https://new.example.com"),
        ("/hook/s3cr3t/", "the same host"),
        ("https://[::1", "an address that cannot be read"),
        ("https://new.example.com:s3cr3t/", "an address that cannot be read"),
    ],
)
def test_a_redirect_is_shown_by_its_host(location: str, shown: str) -> None:
    assert origin_of(location) == shown
