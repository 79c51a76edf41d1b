"""Which endpoints are allowed, and which URLs are theirs."""

import pytest

from shared.adapters.azure.endpoint import Endpoint
from shared.errors import SettingsError

PUBLIC = Endpoint.parse("https://management.azure.com")


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://management.azure.com", "https://management.azure.com"),
        ("https://Management.Azure.com/", "https://management.azure.com"),
        ("http://127.0.0.1:8181", "http://127.0.0.1:8181"),
        ("http://[::1]:8181", "http://[::1]:8181"),
        ("http://localhost:8181/", "http://localhost:8181"),
    ],
)
def test_an_endpoint_is_https_or_on_this_machine(text: str, url: str) -> None:
    endpoint = Endpoint.parse(text)

    assert endpoint.url == url
    assert endpoint.is_plain_http == url.startswith("http:")


@pytest.mark.parametrize(
    "text", ["http://management.azure.com", "http://10.0.0.4", "http://127.0.0.1.nip.io"]
)
def test_plain_http_to_another_machine_is_refused_with_the_reason(text: str) -> None:
    with pytest.raises(SettingsError, match="must be https: over http everybody on the way reads our token"):
        Endpoint.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "management.azure.com",
        "ftp://a",
        "https://",
        "https://a/b",
        "https://a?b",
        "https://u@a",
        "https://a:b",
    ],
)
def test_a_text_that_is_no_endpoint_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(SettingsError, match=r"must look like https://management\.azure\.com"):
        Endpoint.parse(text)


@pytest.mark.parametrize(
    "url",
    [
        "https://management.azure.com/subscriptions/1?api-version=2",
        "https://MANAGEMENT.azure.com:443/subscriptions",
        "https://management.azure.com?x=a@b",
    ],
)
def test_its_own_urls_are_known_whatever_their_casing(url: str) -> None:
    assert PUBLIC.owns(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://management.azure.com/subscriptions",
        "https://management.azure.com:8443/subscriptions",
        "https://evil.example/subscriptions",
        "https://management.azure.com.evil.example/",
        "https://management.azure.com@evil.example/",
        "https://evil.example\\@management.azure.com/",
        "https://management.azure.com\t.evil.example/",
        "//evil.example/",
        "/subscriptions",
        "",
        "https://[management.azure.com/",
    ],
)
def test_urls_of_others_are_not_its_own(url: str) -> None:
    assert not PUBLIC.owns(url)
