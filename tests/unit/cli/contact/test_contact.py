"""First contact without a simulator: logins, endpoints, and files that are no bundle."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from forestall_cli.__main__ import main
from forestall_cli.contact.arm import Arm
from forestall_cli.contact.checks import CHECKS
from forestall_cli.contact.command import add_arguments, contact
from forestall_cli.contact.compare import register
from forestall_cli.contact.exchanges import Bundle, ContactError, read
from forestall_cli.contact.login import login
from toolchain.unconfirmed.__main__ import COMMAND, for_the_command

ROOT = Path(__file__).parents[4]
ENDPOINT = "https://management.azure.com"


def nothing(*_: Any) -> Any:
    raise AssertionError("nothing may be sent")


def arm(endpoint: str = ENDPOINT, transport: Any = nothing, most: int = 3) -> Arm:
    return Arm(endpoint=endpoint, token="t", show=lambda _: None, most=most, transport=transport)


def given(*options: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(options)


def test_the_commands_register_is_up_to_date() -> None:
    written = (ROOT / COMMAND).read_text(encoding="utf-8")
    assert written == for_the_command(ROOT), "run python -m toolchain.unconfirmed"


def test_every_check_is_about_a_belief_of_the_register() -> None:
    assert set(CHECKS) <= set(register())


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://management.azure.com",
        "https://management.azure.com.evil.example",
        "https://evil.example",
        "https://user:pw@management.azure.com",
        "http://10.0.0.1:8080",
        "https://management.azure.com?x=1",
        "ftp://127.0.0.1",
    ],
)
def test_the_token_goes_to_azure_only(endpoint: str) -> None:
    with pytest.raises(ContactError, match="is no Resource Manager of Azure"):
        arm(endpoint)


def test_a_link_to_another_host_is_not_followed() -> None:
    one = arm().get("list", "https://evil.example/next")
    assert (one.status, one.body) == (0, "a link to another host")


def test_the_number_of_requests_is_bounded() -> None:
    bounded = arm(transport=lambda *_: (200, {}, b"{}"))
    for _ in range(3):
        bounded.get("list", "/subscriptions")
    with pytest.raises(ContactError, match="more than 3 requests"):
        bounded.get("list", "/subscriptions")


def test_a_login_that_ended_is_said_and_a_broken_connection_is_a_response() -> None:
    with pytest.raises(ContactError, match="run az login"):
        arm(transport=lambda *_: (401, {}, b"")).get("list", "/x")

    def broken(*_: Any) -> Any:
        raise TimeoutError

    assert arm(transport=broken).get("list", "/x").body == "TimeoutError"
    assert arm(transport=lambda *_: (502, {}, b"<html>")).get("list", "/x").body == {"notJson": 6}


def test_a_token_that_ended_is_replaced_once_and_counts() -> None:
    """A token of az lives for about an hour, and a watch for twelve."""
    tokens: list[str] = []

    def transport(_method: str, _url: str, headers: Any, _body: Any) -> Any:
        tokens.append(headers["authorization"])
        return (401 if headers["authorization"] == "Bearer t" else 200), {}, b"{}"

    one = arm(transport=transport)
    one.renew = lambda: "u"
    assert one.get("list", "/x").status == 200
    assert one.get("list", "/x").status == 200
    assert tokens == ["Bearer t", "Bearer u", "Bearer u"]
    with pytest.raises(ContactError, match="more than 3 requests"):
        one.get("list", "/x")


def test_a_new_token_that_is_refused_too_ends_it() -> None:
    sent: list[str] = []

    def transport(_method: str, url: str, _headers: Any, _body: Any) -> Any:
        sent.append(url)
        return 401, {}, b""

    one = arm(transport=transport)
    one.renew = lambda: "u"
    with pytest.raises(ContactError, match="run az login"):
        one.get("list", "/x")
    assert len(sent) == 2


def test_a_link_cannot_control_the_terminal() -> None:
    said: list[str] = []
    one = arm(transport=lambda *_: (200, {}, b"{}"))
    one.show = said.append
    one.get("list", f"{ENDPOINT}/x\x1b[2J?\x9b31m")
    assert said == ["  1. GET /x?[2J??31m"]


@pytest.mark.parametrize("levels", [101, 3_000, 100_000])
def test_a_body_that_is_nested_too_deeply_is_only_counted(levels: int) -> None:
    raw = b'{"a":' * levels + b"1" + b"}" * levels
    one = arm(transport=lambda *_: (200, {}, raw)).get("list", "/x")
    assert one.body == {"notJson": len(raw)}


def test_a_login_without_a_subscription_is_said() -> None:
    answer = json.dumps({"accessToken": "t", "subscription": "N/A(tenant level account)"})
    with pytest.raises(ContactError, match="az names no subscription"):
        login(lambda _: answer, ENDPOINT, None)


def test_az_is_asked_for_a_token_of_that_cloud_and_that_subscription() -> None:
    asked: list[Sequence[str]] = []

    def az(arguments: Sequence[str]) -> str:
        asked.append(arguments)
        return json.dumps({"accessToken": "abc", "subscription": "sub-1"})

    found = login(az, ENDPOINT, "sub-1")
    assert (found.token, found.subscription) == ("abc", "sub-1")
    assert asked == [
        ["account", "get-access-token", "--resource", f"{ENDPOINT}/", "--subscription", "sub-1"]
    ]
    assert "abc" not in repr(found)


@pytest.mark.parametrize(
    "answer", ["", "[]", "{}", '{"accessToken": "a\\nb", "subscription": "s"}']
)
def test_an_answer_of_az_that_is_no_token_is_refused(answer: str) -> None:
    with pytest.raises(ContactError, match="did not answer with a token"):
        login(lambda _: answer, ENDPOINT, None)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is no bundle"),
        (b"{}", "is no bundle of form 1"),
        (b'{"forestall_bundle": 2, "exchanges": []}', "is no bundle of form 1"),
        (b'{"exchanges": [{"question": 1}]}', "is no bundle: "),
        (b"\xff\xfe", "is no bundle"),
        (b"[" * 200_000, "is no bundle"),
    ],
)
def test_a_file_that_is_no_bundle_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "bundle.json").write_bytes(content)
    with pytest.raises(ContactError, match=sentence):
        read(tmp_path / "bundle.json")


def test_a_file_that_is_not_there_is_said() -> None:
    with pytest.raises(ContactError, match="cannot be read"):
        contact(given("--compare", "gone.json"))


def test_act_alone_is_refused() -> None:
    for alone in ("--act", "--watch"):
        with pytest.raises(ContactError, match="go with --first-contact"):
            contact(given(alone, "/vm"))
    with pytest.raises(ContactError, match="either --act or --watch"):
        contact(given("--first-contact", "--act", "/vm", "--watch", "/vm"))


def test_a_bundle_that_shows_nothing_confirms_and_refutes_nothing(tmp_path: Path) -> None:
    one = {"question": "list", "request": {"method": "GET", "url": "x"}, "status": 200}
    text = json.dumps({"forestall_bundle": 1, "exchanges": [one | {"body": "odd"}]})
    (tmp_path / "bundle.json").write_text(text, encoding="utf-8")
    report = contact(given("--compare", str(tmp_path / "bundle.json")))
    assert f"0 beliefs confirmed, 0 refuted, {len(CHECKS)} not seen" in report


def test_a_bundle_names_its_form() -> None:
    assert Bundle().forestall_bundle == 1


def test_the_command_line_leads_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bundle.json").write_text("{}", encoding="utf-8")
    assert main(["doctor", "--compare", str(tmp_path / "bundle.json")]) == 1
    assert "is no bundle of form 1" in capsys.readouterr().err
