"""Which app and which key: the option, the variable, the file, the default. No secret is shown."""

import json
import sys
from pathlib import Path

import pytest

from tests.unit.cli.fleet import answers
from tests.unit.cli.stub_app import KEY, run, stub_app

APP = answers()
SECRET = "s3cret-s3cret"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text("")
    path.chmod(0o600)
    return path


def named(config: Path, url: str, more: str = "") -> None:
    config.write_text(f'default = "prod"\n[installations.prod]\nurl = "{url}"\n{more}\n')


def checks(*arguments: str, **environment: str) -> dict[str, list[str]]:
    done = run("doctor", "--local", "--json", *arguments, **environment)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["checks"]
    return {each["what"]: [each["value"], each["source"]] for each in found}


def test_the_option_is_before_the_variable_and_the_variable_before_the_file(config: Path) -> None:
    named(config, "https://file.example")
    file = {"FORESTALL_CONFIG": str(config)}
    variable = {**file, "FORESTALL_URL": "https://variable.example"}
    option = ("--url", "https://option.example")

    assert checks()["url"] == ["http://127.0.0.1:7071", "default: the sandbox"]
    assert checks(**file)["url"][0] == "https://file.example"
    assert checks(**file, FORESTALL_URL="  ")["url"][0] == "https://file.example"
    assert checks(**variable)["url"] == ["https://variable.example", "variable FORESTALL_URL"]
    assert checks(*option, **variable)["url"] == ["https://option.example", "option --url"]
    assert checks("-i", "prod", **variable)["url"][0] == "https://file.example"


def test_options_stand_before_and_after_the_command() -> None:
    with stub_app(APP) as app:
        before = run("--url", app.url, "--json", "pauses")
        after = run("pauses", "--json", "--url", app.url)
    assert (before.returncode, before.stdout) == (0, after.stdout)
    assert json.loads(before.stdout) == {"pauses": [], "next": None}


@pytest.mark.parametrize("given", [["--key", SECRET], [f"--key={SECRET}"]])
@pytest.mark.parametrize("place", [0, 1])
def test_a_key_is_no_option_and_is_not_repeated(given: list[str], place: int) -> None:
    arguments = ["status"]
    arguments[place:place] = given
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    for name in ("FORESTALL_KEY", "--key-file", "az"):
        assert name in done.stderr
    assert SECRET not in done.stderr


def test_a_key_is_read_from_a_file_or_from_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    with stub_app(APP) as app:
        assert run("pauses", "--url", app.url, "--key-file", str(file), key="wrong").returncode == 0
        with file.open() as stdin:
            monkeypatch.setattr(sys, "stdin", stdin)
            assert run("--key-file", "-", "pauses", "--url", app.url, key="").returncode == 0
        old = run("pauses", "--url", app.url, key="", FUNCTION_KEY=KEY)
        empty = run("pauses", "--url", app.url, key=" ", FUNCTION_KEY=KEY)
    assert (old.returncode, empty.returncode) == (0, 0)


@pytest.mark.parametrize("content", ["", "\n", None])
def test_a_key_file_that_cannot_be_used_is_told(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_text(content)
    done = run("pauses", "--key-file", str(file))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert str(file) in done.stderr


def test_no_secret_is_shown_by_doctor(config: Path) -> None:
    with stub_app(APP) as app:
        named(config, app.url, f'key = "{SECRET}"')
        done = run("doctor", "--local", key="", FORESTALL_CONFIG=str(config))
        leaked = run("doctor", "--local", "--url", f"https://u:{SECRET}@h.example/?code={SECRET}")
    assert "key of prod" in done.stdout
    assert " set " in done.stdout
    assert SECRET not in done.stdout + leaked.stdout


def test_the_key_of_an_installation_goes_to_its_own_address_alone(config: Path) -> None:
    with stub_app(APP) as prod, stub_app(APP) as other:
        named(config, prod.url, f'key = "{KEY}"')
        file = {"FORESTALL_CONFIG": str(config)}
        assert run("pauses", key="", **file).returncode == 0
        assert run("pauses", "--url", other.url, key="", **file).returncode == 1
        assert run("pauses", key="", FORESTALL_URL=other.url, **file).returncode == 1
    assert prod.keys == [KEY]
    assert set(other.keys) == {None}


def test_a_file_that_others_may_read_is_reported(config: Path) -> None:
    with stub_app(APP) as app:
        named(config, app.url)
        config.chmod(0o644)
        done = run("pauses", "--json", FORESTALL_CONFIG=str(config))
    assert done.returncode == 0
    assert json.loads(done.stdout)
    assert done.stderr == f"warning: others may read {config}: type `chmod 600 {config}`\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("url = 1", "has `default"),
        ("[installations.prod]\nurl = 1", "installations.prod"),
        ("[installations.prod]\nkey = 'x'", "installations.prod"),
        ("[installations.prod]\nurl = 'x'\nkee = 'y'", "installations.prod"),
        ("[installations]\nprod = 'x'", "installations.prod"),
        ("default = ", "is no TOML"),
        ("default = 'prod'", "has no installation 'prod'"),
        ("default = 'prd'\n[installations.prod]\nurl = 'https://x'", "Did you mean prod?"),
    ],
)
def test_a_file_with_a_fault_is_told_in_one_line(config: Path, content: str, said: str) -> None:
    config.write_text(content)
    done = run("pauses", FORESTALL_CONFIG=str(config))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert said in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["stauts"], "Did you mean status?"),
        (["machine"], "Did you mean machines?"),
        (["plan", "--jsn"], "Did you mean --json?"),
        (["status", "-o", "cvs"], "Did you mean csv?"),
        (["completion", "bsh"], "Did you mean bash?"),
        (["test", "notfy"], "Did you mean notify?"),
    ],
)
def test_a_typo_gets_a_suggestion(arguments: list[str], said: str) -> None:
    done = run(*arguments, *(["--reason", "x"] if arguments[0] == "test" else []))
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


AZ = """#!/bin/sh
case "$AZ_SAYS" in
token) echo '{"accessToken": "the-token", "expiresOn": "2026-12-01"}' ;;
empty) echo '{}' ;;
*) echo "ERROR: AADSTS65001: The user has not consented to use the application." >&2; exit 1 ;;
esac
"""


def test_a_token_of_az_is_the_alternative_to_a_key(tmp_path: Path) -> None:
    program = tmp_path / "az"
    program.write_text(AZ)
    program.chmod(0o755)
    path = f"{tmp_path}:/usr/bin:/bin"
    api = {"FORESTALL_API": "api://11111111-1111-1111-1111-111111111111", "PATH": path}
    with stub_app(APP) as app:
        done = run("pauses", "--url", app.url, key="", **api, AZ_SAYS="token")
        assert app.bearers == ["Bearer the-token"]
        assert (done.returncode, "token of az" in done.stderr) == (1, True)  # the stub wants a key
        run("pauses", "--url", app.url, **api, AZ_SAYS="token")
        assert app.bearers[-1] is None  # a key goes first
        for says in ("refusal", "empty"):
            refused = run("pauses", "--url", app.url, key="", **api, AZ_SAYS=says)
            assert (refused.returncode, refused.stdout) == (1, "")
            assert "`az login --scope api://" in refused.stderr
            assert "None" not in refused.stderr
        assert "AADSTS65001" in run("pauses", key="", **api, AZ_SAYS="refusal").stderr
    missing = run("pauses", key="", FORESTALL_API=api["FORESTALL_API"], PATH="/nonexistent")
    assert "az is not installed" in missing.stderr
    odd = run("pauses", key="", FORESTALL_API="--help me", PATH=path)
    assert odd.returncode == 2


def test_a_person_with_a_token_has_another_address_than_a_key(tmp_path: Path) -> None:
    program = tmp_path / "az"
    program.write_text(AZ)
    program.chmod(0o755)
    environment = {"FORESTALL_API": "api://x", "PATH": f"{tmp_path}:/usr/bin:/bin"}
    people: dict[str, object] = {
        "/api/v1/signed-in/pauses?limit=1000": {"pauses": [], "unreadable": []}
    }
    keys: dict[str, object] = {"/api/v1/pauses?limit=1000": {"pauses": [], "unreadable": []}}
    cases = ((people, "", 0), (people, "k", 1), (keys, "", 1), (keys, "k", 0))
    for app_has, key, code in cases:
        with stub_app(app_has, needs_key=False) as app:
            done = run("pauses", "--url", app.url, key=key, **environment, AZ_SAYS="token")
            assert done.returncode == code, (done.stderr, key)
    reason = ("--reason", "x", "--yes")
    with stub_app({}, needs_key=False) as app:
        run(
            "pause", "everything", *reason, "--url", app.url, key="", **environment, AZ_SAYS="token"
        )
        assert [path for path, _ in app.posted] == ["/api/v1/signed-in/pause"]
        assert app.acts[-1] == "1"


def test_a_refusal_of_the_platform_says_where_to_look(tmp_path: Path) -> None:
    program = tmp_path / "az"
    program.write_text(AZ)
    program.chmod(0o755)
    path = "/api/v1/signed-in/pauses?limit=1000"
    with stub_app({path: b""}, status=403, needs_key=False) as app:
        done = run(
            "pauses", "--url", app.url, key="", PATH=f"{tmp_path}:/usr/bin:/bin", AZ_SAYS="token",
            FORESTALL_API="api://x",
        )  # fmt: skip
    assert done.returncode == 1
    assert "App Service refused it before Forestall saw it" in done.stderr
