"""Where a health check may go, as a table.

The URL is read narrowly, and the address that is connected to is what is judged.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.health.allowed_targets import (
    Target,
    problem_of_entry,
    read_target,
    refusal_reason,
)
from shared.domain.urls import shown

WEB = Target(host="web-1.shop.example.com", port=443)

READABLE = [
    ("https://web-1.shop.example.com/health", "web-1.shop.example.com", 443),
    ("http://web-1.shop.example.com", "web-1.shop.example.com", 80),
    ("http://WEB_1:8080?full=yes", "web_1", 8080),
    ("https://10.1.2.3:8443/a/b?c=d&e=%20", "10.1.2.3", 8443),
    ("http://[fd12::7]:8080/", "fd12::7", 8080),
]
UNREADABLE = [
    "",
    "web-1.shop.example.com/health",
    "//web-1/health",
    "file:///etc/passwd",
    "ftp://web-1/",
    "gopher://web-1/",
    "HTTPS://web-1/",
    "http:///health",
    "http://web-1:0/",
    "http://web-1:65536/",
    "http://web-1:x/",
    "http://user@web-1/",
    "http://allowed.example.com@169.254.169.254/",
    "http://allowed.example.com\\@169.254.169.254/",
    "http://169.254.169.254\\.allowed.example.com/",
    "http://allowed.example.com#@169.254.169.254/",
    "http://web%2d1/",
    "http://web-1./",
    "http://-web/",
    "http://.web/",
    "http://a..b/",
    "http://web-1/ HTTP/1.1\r\nHost: x",
    "http://web-1/\n",
    "http://web-1/höhe",
    "http://wëb/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://1.2.3.4.5/",
    "http://[fe80::1%25eth0]/",
    "http://[::1/",
    f"http://{'a' * 64}/",
    f"http://web-1/{'a' * 2000}",
]
FORBIDDEN_ADDRESSES = {
    "169.254.169.254": "instance metadata",
    "169.254.129.4": "link-local",
    "168.63.129.16": "platform address",
    "fd00:ec2::254": "instance metadata",
    "100.100.100.200": "instance metadata",
    "192.0.0.192": "instance metadata",
    "127.0.0.1": "this app itself",
    "127.8.8.8": "this app itself",
    "::1": "this app itself",
    "0.0.0.0": "no host",  # noqa: S104 - nothing is bound to it
    "0.1.2.3": "no host",
    "::": "no host",
    "255.255.255.255": "no host",
    "240.0.0.1": "no host",
    "224.0.0.1": "no host",
    "ff02::1": "no host",
    "fe80::1": "link-local",
    "fe80::1%2": "link-local",
    "::ffff:169.254.169.254": "instance metadata",
    "::ffff:127.0.0.1": "this app itself",
    "::ffff:10.1.2.3": "inside an IPv6 address",
    "64:ff9b::a9fe:a9fe": "instance metadata",
    "64:ff9b::a01:203": "inside an IPv6 address",
    "2002:a9fe:a9fe::1": "instance metadata",
    "2002:7f00:1::": "this app itself",
    "2001:0:a00:1::5601:5601": "instance metadata",
}
ALLOWED = [
    # entry, host, addresses, accepted
    ("web-1.shop.example.com", "web-1.shop.example.com", ["10.1.2.3"], True),
    ("web-1.shop.example.com", "x.web-1.shop.example.com", ["10.1.2.3"], False),
    (".shop.example.com", "web-1.shop.example.com", ["10.1.2.3"], True),
    (".shop.example.com", "a.b.shop.example.com", ["10.1.2.3"], True),
    (".shop.example.com", "shop.example.com", ["10.1.2.3"], False),
    (".shop.example.com", "evilshop.example.com", ["10.1.2.3"], False),
    (".shop.example.com", "web-1.shop.example.com.evil.org", ["10.1.2.3"], False),
    ("10.1.0.0/16", "anything.org", ["10.1.2.3"], True),
    ("10.1.0.0/16", "10.1.2.3", ["10.1.2.3"], True),
    ("10.1.2.3", "10.1.2.3", ["10.1.2.3"], True),
    ("10.1.2.3", "10.1.2.4", ["10.1.2.4"], False),
    ("10.1.0.0/16", "anything.org", ["10.1.2.3", "10.2.2.3"], False),
    ("10.1.0.0/16", "anything.org", ["fd12::7"], False),
    ("fd12::/16", "[fd12::7]", ["fd12::7"], True),
    (".3", "10.1.2.3", ["10.1.2.3"], False),
]


@pytest.mark.parametrize(("url", "host", "port"), READABLE)
def test_a_url_is_read(url: str, host: str, port: int) -> None:
    assert read_target(url) == Target(host=host, port=port)


@pytest.mark.parametrize("url", UNREADABLE)
def test_what_two_readers_could_read_differently_is_none(url: str) -> None:
    assert isinstance(read_target(url), str)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://web-1.example.com/health?code=secret", "https://web-1.example.com/health"),
        ("https://web-1.example.com/health#secret", "https://web-1.example.com/health"),
        ("https://ada:secret@web-1.example.com/health", "https://..."),
        ("https://ada:sec?ret@web-1.example.com/", "https://..."),
        ("ada:secret@web-1", "..."),
        ("https://web-1.example.com/@home", "https://web-1.example.com/@home"),
        ("x" * 300, "x" * 200),
    ],
)
def test_a_url_is_shown_without_what_may_be_a_secret(url: str, told: str) -> None:
    assert shown(url) == told
    reason = read_target(url)
    assert isinstance(reason, Target) or "sec" not in reason


@given(url=st.text() | st.from_regex(r"https?://[ -~]{0,40}", fullmatch=True))
def test_reading_never_raises_and_leaves_a_plain_host(url: str) -> None:
    target = read_target(url)
    if isinstance(target, Target):
        assert not set(target.host) & set("@\\/?#% \r\n")
        assert 0 < target.port < 65536


@pytest.mark.parametrize(("address", "why"), FORBIDDEN_ADDRESSES.items())
def test_these_addresses_are_never_asked_whoever_allows_them(address: str, why: str) -> None:
    everything = ("0.0.0.0/0", "::/0", ".example.com")
    for by_tag in (True, False):
        for addresses in ([address], ["10.1.2.3", address]):
            reason = refusal_reason(WEB, addresses, allowed=everything, by_tag=by_tag)
            assert reason is not None
            assert why in reason


def test_for_tests_this_machine_may_be_asked_and_nothing_else_of_these() -> None:
    for address in FORBIDDEN_ADDRESSES:
        reason = refusal_reason(WEB, [address], allowed=(), by_tag=False, loopback=True)
        assert (reason is None) is (address in {"127.0.0.1", "127.8.8.8", "::1"})


@pytest.mark.parametrize("never", [{"10.1.2.3"}, {"web-1.shop.example.com"}])
def test_the_apps_own_identity_endpoint_is_never_asked_wherever_it_is(never: set[str]) -> None:
    reason = refusal_reason(
        WEB, ["10.1.2.3"], allowed=(), by_tag=False, forbidden=never, loopback=True
    )
    assert reason is not None
    assert "the app's own identity endpoint" in reason


@pytest.mark.parametrize(("entry", "host", "addresses", "believed"), ALLOWED)
def test_a_tag_is_believed_where_an_entry_allows_it(
    entry: str, host: str, addresses: list[str], *, believed: bool
) -> None:
    target = Target(host=host.strip("[]"), port=80)
    reason = refusal_reason(target, addresses, allowed=(entry,), by_tag=True)
    assert (reason is None) is believed
    if not believed:
        assert "health_check.allowed_targets" in str(reason)
    assert refusal_reason(target, addresses, allowed=(), by_tag=False) is None


def test_without_an_entry_no_tag_is_believed() -> None:
    assert refusal_reason(WEB, ["10.1.2.3"], allowed=(), by_tag=True) is not None


def test_a_host_without_an_address_is_refused() -> None:
    assert (
        refusal_reason(WEB, [], allowed=("0.0.0.0/0",), by_tag=True)
        == "web-1.shop.example.com has no address"
    )


@pytest.mark.parametrize(
    "entry", ["shop.example.com", ".example.com", "web-1", "10.1.0.0/16", "10.1.2.3", "fd12::/16"]
)
def test_entries_that_mean_something(entry: str) -> None:
    assert problem_of_entry(entry) is None


@pytest.mark.parametrize(
    "entry",
    [
        "",
        ".",
        "*.example.com",
        "Example.com",
        "https://a.example.com",
        "a.example.com:80",
        "10.1.2.3/8",
        "10.0.0/8",
        "a/b",
    ],
)
def test_entries_that_mean_nothing_are_told(entry: str) -> None:
    assert repr(entry) in str(problem_of_entry(entry))
