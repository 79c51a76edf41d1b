"""HEAD, tags and encodings, as monitors, proxies and phones use them."""

import gzip

import azure.functions as func
import pytest

from functions.conditional import reads_gzip
from functions.http import as_json, with_error_responses
from functions.page.trigger import page
from functions.views import Problem
from sandbox.azure.functions_host.runtime.worker import Worker
from tests.functions.conftest import AppFakes
from tests.functions.test_triggers import call_http, scan, show_scheduled_machine

LONG = Problem(type="t", title="x" * 5000, status=200, detail="d", error="d")
SHORT = Problem(type="t", title="x", status=200, detail="d", error="d")


@with_error_responses
async def long_answer(_: func.HttpRequest) -> func.HttpResponse:
    return as_json(LONG)


@with_error_responses
async def short_answer(_: func.HttpRequest) -> func.HttpResponse:
    return as_json(SHORT)


def request(method: str = "GET", **headers: str) -> func.HttpRequest:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return func.HttpRequest(method, "/api/v1/jobs", headers=named, body=b"")


@pytest.mark.parametrize(
    ("header", "reads"),
    [
        ("", False),
        ("gzip", True),
        ("gzip, br", True),
        ("GZIP;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("br;q=1, *;q=0.1", True),
        ("*;q=0", False),
        ("gzip;q=0, *", False),
        ("identity", False),
        ("gzip;q=nonsense", False),
        (",;=,", False),
    ],
)
def test_what_a_client_says_of_encodings(header: str, reads: bool) -> None:
    assert reads_gzip(header) is reads


async def test_a_long_answer_is_compressed_and_has_the_tag_of_the_plain_one() -> None:
    plain = await long_answer(request())
    packed = await long_answer(request(Accept_Encoding="gzip, br"))
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.get_body()) == plain.get_body()
    assert packed.headers["ETag"] == plain.headers["ETag"]
    assert packed.headers["ETag"].startswith("W/")
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert packed.get_body() == (await long_answer(request(Accept_Encoding="gzip"))).get_body()
    short = await short_answer(request(Accept_Encoding="gzip"))
    assert "Content-Encoding" not in short.headers


@pytest.mark.parametrize("form", ["{tag}", '"x", {tag}', '"x",{strong}', "*"])
@pytest.mark.parametrize("encoding", ["", "gzip"])
async def test_every_form_of_the_tag_gives_304_with_the_headers_of_200(
    form: str, encoding: str
) -> None:
    first = await long_answer(request(Accept_Encoding=encoding))
    tag = first.headers["ETag"]
    known = form.format(tag=tag, strong=tag.removeprefix("W/"))
    again = await long_answer(request(Accept_Encoding=encoding, If_None_Match=known))
    assert (again.status_code, again.get_body()) == (304, b"")
    for name in ("ETag", "Cache-Control", "Vary"):
        assert again.headers[name] == first.headers[name]
    post = await long_answer(request("POST", If_None_Match=known))
    assert post.status_code == 200


async def test_head_has_the_status_and_headers_of_get_without_a_body() -> None:
    got, head = await long_answer(request()), await long_answer(request("HEAD"))
    assert (head.status_code, head.get_body()) == (got.status_code, b"")
    assert dict(head.headers.items()) == dict(got.headers.items())
    assert head.mimetype == got.mimetype
    known = await long_answer(request("HEAD", If_None_Match=got.headers["ETag"]))
    assert known.status_code == 304
    of_page = await page(request("HEAD"))
    assert (of_page.status_code, of_page.get_body()) == (200, b"")


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("list_jobs", {"after": "nonsense"}),
        ("list_jobs", {"after": "a~\x00"}),
        ("list_machines", {"after": "nonsense"}),
        ("show_plan", {"after": "nonsense"}),
    ],
)
async def test_a_place_that_is_none_is_no_first_page(
    function_worker: Worker, app_fakes: AppFakes, name: str, query: dict[str, str]
) -> None:
    show_scheduled_machine(app_fakes)
    await scan(function_worker)
    status, body = await call_http(function_worker, name, query=query)
    assert (status, body["type"]) == (400, "bad-cursor")


async def test_the_same_list_has_the_same_tag_until_something_happens(
    function_worker: Worker, app_fakes: AppFakes
) -> None:
    bodies = [(await call_http(function_worker, "list_jobs"))[1] for _ in range(2)]
    assert bodies[0] == bodies[1]
    show_scheduled_machine(app_fakes)
    await scan(function_worker)
    assert (await call_http(function_worker, "list_jobs"))[1] != bodies[0]
