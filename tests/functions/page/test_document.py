"""What is served: one small document that asks nobody else, and a policy that allows only it."""

import base64
import hashlib
import re
from pathlib import Path

import azure.functions as func
import pytest

from functions.conditional import matches
from functions.page.document import page_document
from functions.page.trigger import page

ASSETS = Path(__file__).parents[3] / "functions" / "page" / "assets"
HTML = page_document().html.decode()


def request(method: str = "GET", **headers: str) -> func.HttpRequest:
    return func.HttpRequest(method, "/api/v1/ui", headers=headers, body=b"")


def hash_of(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_the_page_is_below_80_kb_and_asks_no_other_host() -> None:
    assert len(page_document().html) < 80_000
    hosts = set(re.findall(r"https?://[^\s\"'/]+", HTML))
    assert hosts == {"http://www.w3.org"}  # the name of SVG's elements, which nobody fetches
    assert not re.search(r"<(?:link|img|iframe|object|embed)\b|@import|url\(", HTML)


def test_the_policy_allows_this_script_and_this_style_alone() -> None:
    (script,) = re.findall(r"<script>(.*?)</script>", HTML, re.DOTALL)
    (style,) = re.findall(r"<style>(.*?)</style>", HTML, re.DOTALL)
    policy = dict(each.split(" ", 1) for each in page_document().policy.split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == hash_of(script)
    assert policy["style-src"] == hash_of(style)
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in page_document().policy


def test_no_text_can_become_markup_or_code() -> None:
    for file in sorted(ASSETS.glob("*.js")):
        text = file.read_text(encoding="utf-8")
        words = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function"
        assert not re.search(words, text), file.name
    assert not re.search(r"\sstyle=|\son\w+=", HTML.split("<script>")[0])


def test_without_script_the_page_names_the_command_line() -> None:
    (without,) = re.findall(r"<noscript>(.*?)</noscript>", HTML, re.DOTALL)
    assert "forestall jobs" in without


async def test_a_page_that_the_browser_has_is_not_sent_again() -> None:
    first = await page(request())
    etag = first.headers["ETag"]
    assert (first.status_code, first.get_body()) == (200, page_document().html)
    again = await page(request(**{"If-None-Match": etag}))
    assert (again.status_code, again.get_body()) == (304, b"")
    assert again.headers["Content-Security-Policy"] == page_document().policy


async def test_head_has_the_headers_without_the_body() -> None:
    head = await page(request("HEAD"))
    assert (head.status_code, head.get_body()) == (200, b"")
    assert head.headers["ETag"] == page_document().etag


@pytest.mark.parametrize(
    ("given", "method", "is_known"),
    [
        ('"x", W/"tag"', "GET", True),
        ('"x","tag"', "GET", True),
        ("*", "GET", True),
        ('"tag"', "HEAD", True),
        ('"tag"', "POST", False),
        ('"other"', "GET", False),
        ("tag", "GET", False),
        ("", "GET", False),
    ],
)
def test_every_form_of_a_tag_is_understood(
    given: str,
    method: str,
    is_known: bool,
) -> None:
    assert matches(request(method, **{"If-None-Match": given}), '"tag"') is is_known
