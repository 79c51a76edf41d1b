"""Where a secret may be sent, and which URLs are an endpoint's own."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from shared.domain.urls import Endpoint, is_secure, shown

PUBLIC = Endpoint.parse("https://management.azure.com")


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://management.azure.com", "https://management.azure.com"),
        ("https://Management.Azure.com/", "https://management.azure.com"),
        ("HTTPS://arm.local:8443", "https://arm.local:8443"),
        ("http://127.0.0.1:8181", "http://127.0.0.1:8181"),
        ("http://127.7.7.7", "http://127.7.7.7"),
        ("http://[::1]:8181", "http://[::1]:8181"),
        ("http://localhost:8181/", "http://localhost:8181"),
        ("http://LOCALHOST", "http://localhost"),
    ],
)
def test_an_endpoint_is_https_or_on_this_machine(text: str, url: str) -> None:
    endpoint = Endpoint.parse(text)

    assert endpoint.url == url
    assert endpoint.is_plain_http == url.startswith("http:")


#: hosts that are not this machine, though some of them look like it, or can be made to lead to it
ELSEWHERE = [
    "management.azure.com",
    "10.0.0.4",
    "0.0.0.0",  # noqa: S104 - no process listens there
    "[::]",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "127.0.0.1.nip.io",
    "localhost.example.com",
    "localhost.",
    "mylocalhost",
    "[fe80::1]",
]


@pytest.mark.parametrize("host", ELSEWHERE)
def test_plain_http_to_another_machine_is_refused_with_what_to_write(host: str) -> None:
    with pytest.raises(
        ValueError, match=r"must begin with https://\. Only 127\.0\.0\.1, \[::1\] and localhost"
    ):
        Endpoint.parse(f"http://{host}:8080")
    assert not is_secure(f"http://{host}/keys?code=1")
    assert is_secure(f"https://{host}/keys?code=1")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "management.azure.com",
        "ftp://127.0.0.1",
        "https://",
        "https://a/b",
        "https://a?b",
        "https://a#b",
        "https://u@a",
        "https://a:b",
        "https://a:",
        "https://a:0",
        "https://a:65536",
        "https://[a",
        "https://[::1%25eth0]",
        "https://a b",
        "https://a%2eb",
        "https://xn--e1a\u3002example",
        "http://l\u24dccalhost",
        "https://a\\@b",
        "https://a\nb",
    ],
)
def test_a_text_that_is_no_endpoint_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(
        ValueError, match=r"scheme and a host, such as https://management\.azure\.com"
    ):
        Endpoint.parse(text)


@pytest.mark.parametrize(
    "text", ["https://me:secret@a.example", "https://a.example?sig=secret", "https://a#secret"]
)
def test_what_may_be_secret_in_a_url_is_not_shown(text: str) -> None:
    with pytest.raises(ValueError, match=r".") as raised:
        Endpoint.parse(text)
    assert "secret" not in str(raised.value)
    assert "secret" not in shown(text)


_HERE = st.sampled_from(["localhost", "127.0.0.1", "[::1]", ""])
_MARKS = st.sampled_from(["evil.example", "@", "\\", "/", "?", "#", ":", "80", ".", "%", "\t"])


@given(_HERE, st.lists(_MARKS | st.text(max_size=2), max_size=4).map("".join))
def test_plain_http_is_let_through_only_where_the_http_client_stays_on_this_machine(
    host: str, rest: str
) -> None:
    url = f"http://{host}{rest}"
    if is_secure(url):
        host_of_aiohttp = URL(url).host or ""
        assert host_of_aiohttp == "localhost" or ip_address(host_of_aiohttp).is_loopback


@pytest.mark.parametrize(
    "url",
    [
        "https://management.azure.com/subscriptions/1?api-version=2",
        "https://MANAGEMENT.azure.com:443/subscriptions",
        "https://management.azure.com?x=a@b",
        "https://management.azure.com/subscriptions?$skiptoken=" + "x" * 10_000,
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
