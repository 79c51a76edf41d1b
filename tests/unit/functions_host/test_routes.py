"""ASP.NET route templates."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.azure.functions_host.triggers.routes import RouteError, by_precedence, match, route


def values(template: str, path: str, prefix: str = "api") -> dict[str, str] | None:
    return route("f", template, None, prefix).values(path)


@pytest.mark.parametrize(
    ("template", "path", "expected"),
    [
        ("orders", "/api/orders", {}),
        ("orders", "/api/orders/", {}),
        ("Orders", "/API/orders", {}),
        ("orders", "/api/orders/1", None),
        ("orders/{id}", "/api/orders/a%20b", {"id": "a b"}),
        ("orders/{id}", "/api/orders/a%2Fb", {"id": "a/b"}),
        ("orders/{id}", "/api/orders", None),
        ("orders/{id?}", "/api/orders", {}),
        ("orders/{id:int}", "/api/orders/7", {"id": "7"}),
        ("orders/{id:int}", "/api/orders/-7", {"id": "-7"}),
        ("orders/{id:int}", "/api/orders/seven", None),
        ("orders/{id:int}", "/api/orders/99999999999", None),
        ("orders/{id:long}", "/api/orders/99999999999", {"id": "99999999999"}),
        ("orders/{id:int?}", "/api/orders", {}),
        ("orders/{id:int?}", "/api/orders/x", None),
        ("orders/{id=5}", "/api/orders", {"id": "5"}),
        ("orders/{id=5}", "/api/orders/6", {"id": "6"}),
        (
            "jobs/{id:guid}",
            "/api/jobs/0b5e6a4e-6a2c-4c0f-8b5d-3f1c9a524444",
            {"id": "0b5e6a4e-6a2c-4c0f-8b5d-3f1c9a524444"},
        ),
        ("jobs/{id:guid}", "/api/jobs/17", None),
        ("jobs/{on:bool}", "/api/jobs/TRUE", {"on": "TRUE"}),
        ("jobs/{name:alpha}", "/api/jobs/abc1", None),
        ("jobs/{name:length(2)}", "/api/jobs/ab", {"name": "ab"}),
        ("jobs/{name:length(2,3)}", "/api/jobs/abcd", None),
        ("jobs/{name:minlength(2):maxlength(3)}", "/api/jobs/abc", {"name": "abc"}),
        ("jobs/{n:min(3)}", "/api/jobs/2", None),
        ("jobs/{n:range(3,5)}", "/api/jobs/5", {"n": "5"}),
        ("jobs/{n:max(3)}", "/api/jobs/x", None),
        ("jobs/{n:regex(^a+$)}", "/api/jobs/aaa", {"n": "aaa"}),
        ("jobs/{n:regex(^a+$)}", "/api/jobs/b", None),
        ("price/{n:decimal}", "/api/price/3.50", {"n": "3.50"}),
        ("files/{*path}", "/api/files/a/b/c.txt", {"path": "a/b/c.txt"}),
        ("files/{*path}", "/api/files", {}),
        ("files/{name}.{kind}", "/api/files/report.pdf", {"name": "report", "kind": "pdf"}),
        ("{a}/{b}", "/api/1/2", {"a": "1", "b": "2"}),
    ],
)
def test_a_template_gives_the_values_of_a_path(
    template: str, path: str, expected: dict[str, str] | None
) -> None:
    assert values(template, path) == expected


def test_without_a_prefix_the_template_is_the_path() -> None:
    assert values("/orders/", "/orders", prefix="") == {}


@pytest.mark.parametrize(
    "template", ["orders/{id:integer}", "orders/{id", "orders/id}", "orders/{}"]
)
def test_a_template_that_cannot_be_understood_is_refused(template: str) -> None:
    with pytest.raises(RouteError):
        route("f", template, None)


def test_the_more_special_template_wins_whatever_the_order() -> None:
    templates = {
        "any": "{*rest}",
        "plain": "jobs/{id}",
        "number": "jobs/{id:int}",
        "literal": "jobs/all",
    }
    routes = by_precedence(route(name, template, None) for name, template in templates.items())
    paths = {"/jobs/all": "literal", "/jobs/7": "number", "/jobs/x": "plain", "/other": "any"}
    for path, expected in paths.items():
        found = match(routes, "GET", path)
        assert found is not None
        assert found[0].function == expected


def test_a_method_that_the_function_does_not_take_is_no_match() -> None:
    """The real host answers 404, not 405, and does not answer HEAD from GET."""
    routes = [route("get", "jobs", ["get"]), route("post", "jobs", ["POST"])]
    assert match(routes, "DELETE", "/jobs") is None
    assert match(routes, "HEAD", "/jobs") is None
    found = match(routes, "post", "/jobs")
    assert found is not None
    assert found[0].function == "post"


def test_a_function_without_methods_takes_every_method() -> None:
    assert match([route("all", "jobs", None)], "PURGE", "/jobs") is not None


@given(st.text(alphabet="{}*:?=()abc/.", max_size=25))
def test_any_text_is_a_template_or_refused(template: str) -> None:
    try:
        made = route("f", template, None)
    except RouteError:
        return
    assert made.values("/nowhere/at/all") is None or "{" in template
