"""The hooks that run after a deployment.

The smoke test against a server of this machine, the notices with a stand-in for az.
"""

import contextlib
import json
import os
import pty
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.infra.bindings import bindings
from tests.infra.deployments import ROOT

HOOKS = ROOT / "infra/hooks"
APP = ("func-forestall", "rg-forestall", "https://forestall.example", "prod", "westeurope")

#: stands in for the Azure CLI: hands out a key, and keeps what it was asked and given. The key is
#: there after as many requests as AZ_KEY_AFTER says
AZ = """#!/bin/sh
printf '%s\\n' "$*" >> "$AZ_LOG"
case "$*" in
  *"function keys list"*)
    [ "$(grep -c 'function keys list' "$AZ_LOG")" -gt "${AZ_KEY_AFTER:-0}" ] || exit 3
    printf '%s' "$AZ_KEY" ;;
  *"functionapp keys list"*) printf '%s' "$AZ_KEY" ;;
  version*) printf '%s' "${AZ_VERSION-2.80.0}" ;;
  *list-flexconsumption-locations*) printf '%b' "${AZ_REGIONS-westeurope\\nnortheurope\\n}" ;;
  *"provider show"*) printf '%s' "${AZ_PROVIDER-Registered}" ;;
  *"provider register"*) exit "${AZ_REGISTER:-0}" ;;
  *"functionapp list"*) printf '%s' "${AZ_APP-}" ;;
  *"appsettings list"*) printf '%s' "${AZ_DISABLED-}"; exit "${AZ_SETTINGS:-0}" ;;
  *"deployment sub create"*) for each; do last=$each; done; cp "${last#@}" "$AZ_LOG.parameters" ;;
esac
"""


@contextmanager
def answering(*statuses: int) -> Iterator[tuple[str, list[str]]]:
    """A server that answers with these statuses, and then always with the last one.

    And the paths that it was asked for.
    """
    asked: list[str] = []
    left = list(statuses)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            status = left.pop(0) if len(left) > 1 else left[0]
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b'{"status": "%d"}' % status)

        # The name is the standard library's.
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Keep the test's output clean."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def run(hook: str, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    shell = shutil.which("sh")
    assert shell is not None
    return subprocess.run(
        [shell, str(HOOKS / hook), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={
            "PATH": os.environ["PATH"],
            "SMOKE_TEST_PAUSE": "0.05",
            "NOTICES_PAUSE": "0.05",
            "NOTICES_SECONDS": "0",
            **env,
        },
    )


@pytest.fixture
def az(tmp_path: Path) -> dict[str, str]:
    """The environment in which `az` is the stand-in."""
    (tmp_path / "az").write_text(AZ, encoding="utf-8")
    (tmp_path / "az").chmod(0o755)
    return {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "AZ_LOG": str(tmp_path / "az.log"),
        "AZ_KEY": "function-key==",
        "TMPDIR": str(tmp_path),
    }


def parameters(az: dict[str, str]) -> dict[str, str]:
    given = json.loads(Path(az["AZ_LOG"] + ".parameters").read_text(encoding="utf-8"))["parameters"]
    return {name: each["value"] for name, each in given.items()}


def test_the_smoke_test_passes_once_the_app_is_well() -> None:
    with answering(503, 404, 200) as (url, asked):
        done = run("smoke_test.sh", url, "30")
    assert done.returncode == 0, done.stderr
    assert asked == ["/api/health"] * 3
    assert 'answers 200: {"status": "200"}' in done.stdout


def test_the_smoke_test_says_once_for_each_reason_what_it_waits_for() -> None:
    with answering(503, 503, 503, 404, 503, 200) as (url, asked):
        done = run("smoke_test.sh", url, "30")
    assert done.returncode == 0, done.stderr
    assert len(asked) == 6
    waited = re.findall(r"waits, .* answers (\d+)", done.stdout)
    assert waited == ["503", "404", "503"]


def test_the_smoke_test_gives_roles_half_an_hour_by_itself() -> None:
    text = (HOOKS / "smoke_test.sh").read_text(encoding="utf-8")
    assert "${2:-1800}" in text
    hook = (HOOKS / "postdeploy.sh").read_text(encoding="utf-8")
    assert "${SMOKE_TEST_SECONDS:-1800}" in hook


def test_the_smoke_test_fails_with_the_last_words_of_an_app_that_stays_unwell() -> None:
    with answering(503) as (url, _):
        done = run("smoke_test.sh", url, "0")
    assert done.returncode == 1
    assert 'answered 503, and never 200 in time. Its last answer: {"status": "503"}' in done.stderr


def test_the_smoke_test_fails_where_nothing_answers() -> None:
    with answering(200) as (url, _):
        pass
    done = run("smoke_test.sh", url, "0")
    assert done.returncode == 1
    assert "answered 000" in done.stderr


def test_the_notices_are_deployed_with_the_apps_key_which_is_never_shown(
    az: dict[str, str],
) -> None:
    done = run("notices.sh", *APP, "sub-1,sub-2", **az)

    assert done.returncode == 0, done.stderr
    assert parameters(az) == {
        "environmentName": "prod",
        "location": "westeurope",
        "watchedSubscriptions": "sub-1,sub-2",
        "webhookAppObjectId": "",
        "webhookAppIdentifierUri": "",
        "serviceHealthWebhookUri": (
            "https://forestall.example/api/notices/service-health?code=function-key=="
        ),
    }
    asked = Path(az["AZ_LOG"]).read_text(encoding="utf-8")
    assert "--template-file" in asked
    assert "function-key" not in asked + done.stdout + done.stderr


def test_the_key_opens_the_webhook_and_nothing_else(az: dict[str, str]) -> None:
    run("notices.sh", *APP, **az)
    asked = Path(az["AZ_LOG"]).read_text(encoding="utf-8").splitlines()[0]
    assert asked.startswith("functionapp function keys list")
    (name,) = re.findall(r"--function-name (\w+)", asked)
    routes = [binding["route"] for binding in bindings()[name] if "route" in binding]
    assert routes == ["notices/service-health"]


def test_the_file_with_the_key_is_gone_afterwards(az: dict[str, str]) -> None:
    run("notices.sh", *APP, **az)
    kept = {path.name for path in Path(az["TMPDIR"]).iterdir()}
    assert kept == {"az", "az.log", "az.log.parameters"}


def test_a_secure_webhook_is_made_out_to_the_first_audience(az: dict[str, str]) -> None:
    secure = {
        "FORESTALL_WEBHOOK_OBJECT_ID": "object",
        "FORESTALL_WEBHOOK_AUDIENCE": "api://forestall,client",
    }
    run("notices.sh", *APP, **az, **secure)
    given = parameters(az)
    assert (given["webhookAppObjectId"], given["webhookAppIdentifierUri"]) == (
        "object",
        "api://forestall",
    )


def test_the_notices_fill_every_parameter_of_their_template_that_has_no_default(
    az: dict[str, str],
) -> None:
    run("notices.sh", *APP, **az)
    template = (ROOT / "infra/alerts.bicep").read_text(encoding="utf-8")
    declared = [line.split()[1] for line in template.splitlines() if line.startswith("param ")]
    assert set(declared) == set(parameters(az))


@pytest.mark.parametrize(
    ("subscriptions", "key", "sentence"),
    [
        ("*", "k", "set FORESTALL_NOTICE_SUBSCRIPTIONS"),
        ("*,-sub-2", "k", "set FORESTALL_NOTICE_SUBSCRIPTIONS"),
        ("", "", "has no key yet"),
    ],
)
def test_what_is_missing_for_the_notices_is_told(
    az: dict[str, str], subscriptions: str, key: str, sentence: str
) -> None:
    done = run("notices.sh", *APP, subscriptions, **az | {"AZ_KEY": key})
    assert done.returncode == 1
    assert sentence in done.stderr
    assert not Path(az["AZ_LOG"] + ".parameters").exists()


def test_after_azds_deployment_the_app_is_tested_and_then_the_notices_are_deployed(
    az: dict[str, str],
) -> None:
    with answering(200) as (url, _):
        of_azd = {
            "FORESTALL_URL": url,
            "FORESTALL_APP_NAME": "app",
            "FORESTALL_RESOURCE_GROUP": "group",
            "FORESTALL_WATCHED_SUBSCRIPTIONS": "sub-1,sub-2",
            "AZURE_ENV_NAME": "dev",
            "AZURE_LOCATION": "westeurope",
        }
        done = run("postdeploy.sh", **az, **of_azd)
        left_out = run("postdeploy.sh", **az, **of_azd, FORESTALL_NOTICES="off")
    heard_of = parameters(az)["watchedSubscriptions"]
    with answering(200) as (url, _):
        fewer = {"FORESTALL_URL": url, "FORESTALL_NOTICE_SUBSCRIPTIONS": "sub-2"}
        run("postdeploy.sh", **az, **of_azd | fewer)
    assert done.returncode == 0, done.stderr
    assert parameters(az)["environmentName"] == "dev"
    assert (heard_of, parameters(az)["watchedSubscriptions"]) == ("sub-1,sub-2", "sub-2")
    assert left_out.returncode == 0
    assert "left out" in left_out.stdout
    assert Path(az["AZ_LOG"]).read_text(encoding="utf-8").count("deployment sub create") == 2


def test_after_a_deployment_that_failed_no_notice_is_sent_there(az: dict[str, str]) -> None:
    with answering(200) as (url, _):
        pass
    done = run("postdeploy.sh", **az, FORESTALL_URL=url, SMOKE_TEST_SECONDS="0")
    assert done.returncode != 0
    assert not Path(az["AZ_LOG"]).exists()


def test_the_key_is_asked_for_until_the_triggers_are_synchronized(az: dict[str, str]) -> None:
    done = run("notices.sh", *APP, **az, AZ_KEY_AFTER="2", NOTICES_SECONDS="60")
    asked = Path(az["AZ_LOG"]).read_text(encoding="utf-8").splitlines()
    assert done.returncode == 0, done.stderr
    assert [line.split(" --")[0] for line in asked] == [
        "functionapp function keys list",
        "resource invoke-action",
        "functionapp function keys list",
        "resource invoke-action",
        "functionapp function keys list",
        "deployment sub create",
    ]
    assert "--parent sites/func-forestall --name default" in asked[1]


def test_the_last_lines_say_where_the_app_is_and_a_pipeline_sees_no_key(az: dict[str, str]) -> None:
    done = run("say_where.sh", *APP[:3], **az)
    assert done.returncode == 0, done.stderr
    assert "url: https://forestall.example\n" in done.stdout
    assert "az functionapp keys list --name func-forestall" in done.stdout
    assert az["AZ_KEY"] not in done.stdout + done.stderr
    assert not Path(az["AZ_LOG"]).exists()


@pytest.mark.parametrize("show", ["on", "off"])
def test_a_person_at_a_terminal_sees_the_key_unless_it_is_left_out(
    az: dict[str, str], show: str
) -> None:
    ours, terminal = pty.openpty()
    shell = shutil.which("sh")
    assert shell is not None
    done = subprocess.run(
        [shell, str(HOOKS / "say_where.sh"), *APP[:3]],
        stdout=terminal,
        check=False,
        env=az | {"FORESTALL_SHOW_KEY": show},
    )
    os.close(terminal)
    shown = b""
    with contextlib.suppress(OSError):  # the end of a terminal that nobody has open any more
        while piece := os.read(ours, 65536):
            shown += piece
    os.close(ours)
    assert done.returncode == 0
    assert (b"function key: function-key==" in shown) is (show == "on")


def test_before_a_deployment_everything_is_checked_and_nothing_is_changed(
    az: dict[str, str],
) -> None:
    done = run("before_deployment.sh", "dev", "West Europe", **az)
    asked = Path(az["AZ_LOG"]).read_text(encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert "West Europe has Flex Consumption" in done.stdout
    assert "register" not in asked.replace("registrationState", "")


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        ({"AZ_VERSION": "2.9.1"}, "az is 2.9.1, and 2.67.0 or newer is needed"),
        (
            {"AZ_REGIONS": "eastus\n"},
            "Flex Consumption is not offered in westeurope; it is in: eastus",
        ),
        ({"AZ_REGIONS": "westeurope2\n"}, "Flex Consumption is not offered in westeurope"),
        ({"AZ_REGIONS": ""}, "Azure names no region with Flex Consumption"),
        ({"AZ_PROVIDER": "NotRegistered", "AZ_REGISTER": "1"}, "Microsoft.App is not registered"),
        (
            {"AZ_APP": "/id", "AZ_DISABLED": "AzureWebJobs.redeploy_step.Disabled\ttrue"},
            "would start them again: AzureWebJobs.redeploy_step.Disabled",
        ),
        (
            {"AZ_APP": "/id", "AZ_DISABLED": "A.Disabled\tFalse\nB.Disabled\tTrue\nC.Disabled\t1"},
            "would start them again: B.Disabled C.Disabled (",
        ),
        ({"AZ_APP": "/id", "AZ_SETTINGS": "1"}, "settings of the running app cannot be read"),
    ],
)
def test_what_would_fail_half_way_or_undo_a_stop_is_refused(
    az: dict[str, str], env: dict[str, str], sentence: str
) -> None:
    done = run("before_deployment.sh", "dev", "westeurope", **az, **env)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "nothing was deployed" in done.stderr


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        ({"AZ_PROVIDER": "NotRegistered"}, "registers the resource provider Microsoft.App"),
        (
            {"AZ_APP": "/id", "AZ_DISABLED": "x\ttrue", "FORESTALL_START_AGAIN": "on"},
            "Microsoft.App is registered",
        ),
        (
            {"AZ_APP": "/id", "AZ_DISABLED": "x\tfalse\ny\t0\nz\t"},
            "Microsoft.App is registered",
        ),
        ({"AZ_VERSION": "1.0.0", "FORESTALL_SKIP_CHECKS": "on"}, "checks: skipped"),
    ],
)
def test_what_can_be_repaired_or_was_decided_goes_on(
    az: dict[str, str], env: dict[str, str], sentence: str
) -> None:
    done = run("before_deployment.sh", "dev", "westeurope", **az, **env)
    assert done.returncode == 0, done.stderr
    assert sentence in done.stdout


def test_azds_hook_hands_over_environment_and_region(az: dict[str, str]) -> None:
    done = run("before_azd.sh", **az, AZURE_ENV_NAME="dev", AZURE_LOCATION="northeurope")
    assert done.returncode == 0, done.stderr
    assert "azd-env-name\"=='dev'" in Path(az["AZ_LOG"]).read_text(encoding="utf-8")


def test_windows_runs_the_same_hooks() -> None:
    text = (ROOT / "azure.yaml").read_text(encoding="utf-8")
    posix = re.findall(r"shell: sh\n +run: (\S+)", text)
    windows = re.findall(r"shell: pwsh\n +run: infra/hooks/with_sh.ps1 (\S+)", text)
    assert posix == windows == ["infra/hooks/before_azd.sh", "infra/hooks/postdeploy.sh"]


def test_the_sign_in_has_roles_and_no_secret_and_a_second_run_changes_nothing(
    tmp_path: Path,
) -> None:
    az = tmp_path / "az"
    az.write_text(AZ_SIGN_IN, "utf-8")
    az.chmod(0o755)
    kept = []
    for existing, groups in (("", ("crm",)), ("Owner.crm", ())):
        log = tmp_path / "log"
        log.write_text("", "utf-8")
        done = subprocess.run(
            ["/bin/sh", str(HOOKS / "sign_in.sh"), "https://app.example", "principal", *groups],
            env={
                **os.environ,
                "PATH": f"{tmp_path}:{os.environ['PATH']}",
                "AZ_LOG": str(log),
                "AZ_OWNERS": existing,
            },
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == "0b1f6471-1bf0-4dda-aec3-cb9272f09590\n"
        assert "secret" not in log.read_text()
        assert "credential reset" not in log.read_text()
        roles = json.loads((tmp_path / "log.roles").read_text())
        kept.append(roles)
        assert {each["value"]: each["allowedMemberTypes"] for each in roles} == {
            "Reader": ["User", "Application"],
            "Operator": ["User", "Application"],
            "Approver": ["User"],
            "Owner.crm": ["User", "Application"],
        }
        assert len({each["id"] for each in roles}) == len(roles)
        credential = json.loads((tmp_path / "log.credential").read_text())
        assert credential["subject"] == "principal"
        assert credential["issuer"] == "https://login.microsoftonline.com/tenant/v2.0"
    assert kept[0] == kept[1]


@pytest.mark.parametrize("group", ["a b", 'a"b', "a/b", "", "$(x)"])
def test_a_group_that_is_no_part_of_a_role_makes_nothing(group: str) -> None:
    done = subprocess.run(
        ["/bin/sh", str(HOOKS / "sign_in.sh"), "https://app.example", "principal", group],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "cannot be part of a role" in done.stderr


#: stands in for the Azure CLI and Entra: keeps the roles and the credential that it is given
AZ_SIGN_IN = """#!/bin/sh
printf '%s\\n' "$*" >> "$AZ_LOG"
for each; do last=$each; file=${each#@}
  case "$each" in
    @*roles.json) cp "$file" "$AZ_LOG.roles" ;;
    @*credential.json) cp "$file" "$AZ_LOG.credential" ;;
  esac
done
case "$*" in
  "account show"*) echo tenant ;;
  "cloud show"*) echo https://login.microsoftonline.com ;;
  "ad app list"*) [ -z "$AZ_OWNERS" ] || echo 0b1f6471-1bf0-4dda-aec3-cb9272f09590 ;;
  "ad app create"*) echo 0b1f6471-1bf0-4dda-aec3-cb9272f09590 ;;
  "ad app show"*) echo "$AZ_OWNERS" ;;
esac
"""
