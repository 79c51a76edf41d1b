"""What is understood of ARM's error answers."""

import json
from datetime import timedelta
from typing import Any

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError

from shared.adapters.azure.errors import (
    ArmError,
    as_azure_unavailable,
    read_error,
    read_retry_after,
    says_not_found,
)
from shared.errors import AzureUnavailable
from tests.unit.adapters.azure.recorded import body_text, recorded


def test_a_wrapped_error_is_read() -> None:
    fault = read_error(body_text("vm-performmaintenance-409-not-eligible"))

    assert fault.code == "OperationNotAllowed"
    assert "since the Subscription of this VM is not eligible" in fault.message


def test_an_error_without_wrapper_is_read_with_its_details() -> None:
    fault = read_error(body_text("error-429-compute-bare"))

    assert fault.code == "OperationNotAllowed"
    assert fault.message.startswith("The server rejected the request because too many requests")
    assert fault.message.endswith("[TooManyRequests HighCostGet30Min]")


def test_an_inner_error_is_named() -> None:
    assert read_error(body_text("error-429-compute-innererror")).message.endswith(
        "[TooManyRequestsReceived]"
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", ArmError()),
        ("{}", ArmError()),
        ("null", ArmError(message="null")),
        ("[1]", ArmError(message="[1]")),
        ('{"error": "nope"}', ArmError(message='{"error": "nope"}')),
        ('{"error": {"code": 7, "message": null, "details": [3]}}', ArmError(code="7")),
        ('{"error": {"code": "C", "details": 3, "innererror": []}}', ArmError(code="C")),
        ("<html>Bad Gateway</html>", ArmError(message="<html>Bad Gateway</html>")),
        ("x" * 1000, ArmError(message="x" * 200)),
    ],
)
def test_a_body_of_another_make_is_quoted_not_choked_on(text: str, fault: ArmError) -> None:
    assert read_error(text) == fault


def test_retry_after_in_seconds_is_read_from_the_recorded_throttling() -> None:
    headers = {"Retry-After": recorded("error-429-compute-bare")["headers"]["retry-after"][0]}

    assert read_retry_after(headers) == timedelta(minutes=20)


def test_retry_after_as_a_date_is_counted_from_the_answers_own_date() -> None:
    headers = {
        "Retry-After": "Mon, 23 Nov 2026 16:10:00 GMT",
        "Date": "Mon, 23 Nov 2026 16:08:30 GMT",
    }

    assert read_retry_after(headers) == timedelta(seconds=90)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"Retry-After": ""}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "Mon, 23 Nov 2026 16:10:00 GMT"}, None),
        ({"Retry-After": "0"}, timedelta(0)),
        ({"Retry-After": "9" * 20}, timedelta(days=1)),
        (
            {
                "Retry-After": "Mon, 23 Nov 2026 16:00:00 GMT",
                "Date": "Mon, 23 Nov 2026 17:00:00 GMT",
            },
            timedelta(0),
        ),
    ],
)
def test_an_odd_retry_after_is_bounded_or_passed_over(
    headers: dict[str, str], wait: timedelta | None
) -> None:
    assert read_retry_after(headers) == wait


class _Response:
    """As much of an SDK's response as an SDK's error needs."""

    request: Any = None

    def __init__(self, status: int, body: str) -> None:
        self.status_code = status
        self.reason = "because"
        self.headers = {"x-ms-request-id": "r-1", "Retry-After": "1200"}
        self._body = body

    def text(self) -> str:
        return self._body


def an_error(status: int, code: str) -> HttpResponseError:
    body = json.dumps({"error": {"code": code, "message": "m"}}) if code else "<html>"
    return HttpResponseError(message="failed", response=_Response(status, body))


@pytest.mark.parametrize(
    ("status", "code", "missing"),
    [
        (404, "ResourceNotFound", True),
        (404, "ResourceGroupNotFound", True),
        (404, "SubscriptionNotFound", False),
        (404, "", False),
        (409, "ResourceNotFound", False),
    ],
)
def test_only_arms_own_word_means_that_a_thing_is_missing(
    status: int, code: str, *, missing: bool
) -> None:
    body = json.dumps({"error": {"code": code, "message": "m"}}) if code else "<html>"
    assert says_not_found(status, body) is missing


async def test_an_http_error_becomes_an_outage_with_all_that_a_person_needs() -> None:
    with pytest.raises(AzureUnavailable) as caught:
        async with as_azure_unavailable("listing"):
            raise an_error(429, "SubscriptionRequestsThrottled")

    assert str(caught.value) == "listing: HTTP 429 SubscriptionRequestsThrottled: m (request r-1)"
    assert caught.value.status == 429
    assert caught.value.retry_after == timedelta(minutes=20)


async def test_a_refused_token_becomes_an_outage_without_the_identitys_dump() -> None:
    with pytest.raises(AzureUnavailable, match=r"^listing: no access: no identity$"):
        async with as_azure_unavailable("listing"):
            raise ClientAuthenticationError(message="no identity\nContent: {...}")
