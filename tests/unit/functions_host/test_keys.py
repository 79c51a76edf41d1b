"""Function keys of the host stand-in: who may call what, and a key file that cannot be used."""

from pathlib import Path

import pytest
from aiohttp.test_utils import make_mocked_request

from sandbox.azure.functions_host.errors import ConfigurationError
from sandbox.azure.functions_host.triggers.keys import Keys, read_keys

KEY = "a-key-of-sixteen-and-more"
KEYS = Keys(key=KEY)


@pytest.mark.parametrize("level", ["function", "FUNCTION", "admin", "anything"])
@pytest.mark.parametrize(
    ("path", "headers", "opens"),
    [
        ("/api/x", {"x-functions-key": KEY}, True),
        ("/api/x", {"X-Functions-Key": KEY}, True),
        (f"/api/x?code={KEY}", {}, True),
        ("/api/x", {}, False),
        ("/api/x", {"x-functions-key": ""}, False),
        ("/api/x", {"x-functions-key": KEY[:-1]}, False),
        ("/api/x", {"x-functions-key": f"{KEY} "}, False),
        ("/api/x", {"x-functions-key": "clé"}, False),
        (f"/api/x?code={KEY}x", {}, False),
        ("/api/x", {"authorization": f"Bearer {KEY}"}, False),
    ],
)
def test_a_function_opens_for_its_key_alone(
    level: str, path: str, headers: dict[str, str], opens: bool
) -> None:
    assert KEYS.opens(make_mocked_request("GET", path, headers=headers), level) is opens


def test_an_anonymous_function_opens_for_everybody() -> None:
    assert KEYS.opens(make_mocked_request("GET", "/api/x"), "anonymous")
    assert KEYS.opens(make_mocked_request("GET", "/api/x"), "ANONYMOUS")


def test_without_a_key_file_nothing_is_asked_for() -> None:
    assert read_keys(None).opens(make_mocked_request("GET", "/api/x"), "function")


def test_a_key_is_not_shown() -> None:
    assert KEY not in repr(KEYS)


@pytest.mark.parametrize("text", ["", "short", "two words of some length", "schlüssel-schlüssel"])
def test_a_file_without_a_usable_key_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "key"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="must hold one key of at least 16"):
        read_keys(file)


def test_a_missing_file_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        read_keys(tmp_path / "none")


def test_the_key_is_the_first_line_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY + "\n")
    assert read_keys(tmp_path / "key") == KEYS
