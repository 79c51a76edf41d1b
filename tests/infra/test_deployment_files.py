"""azure.yaml, the parameters of azd and the workflows: they name what is there, and hold no secret.

Read as text: the project has no YAML parser, and needs none but here.
"""

import json
import re
from pathlib import Path

import pytest

from tests.infra.deployments import ROOT, resources, the_only

AZURE_YAML = (ROOT / "azure.yaml").read_text(encoding="utf-8")
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
MAIN = (ROOT / "infra/main.bicep").read_text(encoding="utf-8")
HOOKS = sorted((ROOT / "infra/hooks").glob("*.sh"))


def declared() -> dict[str, bool]:
    """The parameters of main.bicep, and whether each has a default."""
    return {
        name: bool(default)
        for name, default in re.findall(r"^param (\w+) [\w'\[\]]+( =)?", MAIN, re.MULTILINE)
    }


def test_azd_finds_the_app_by_its_tag() -> None:
    services = re.findall(r"^  ([\w-]+):$", AZURE_YAML.partition("services:")[2], re.MULTILINE)
    site = the_only(resources("development"), "Microsoft.Web/sites")
    assert services == [site["tags"]["azd-service-name"]]


def test_azd_finds_the_resource_group_by_its_tag() -> None:
    group = the_only(resources("development"), "Microsoft.Resources/resourceGroups")
    assert group["tags"] == {"azd-env-name": "dev"}


def test_azds_parameters_are_those_of_the_template() -> None:
    file = json.loads((ROOT / "infra/main.parameters.json").read_text(encoding="utf-8"))
    given = file["parameters"]
    assert set(given) <= set(declared())
    assert {name for name, has_default in declared().items() if not has_default} <= set(given)
    for each in given.values():
        assert re.fullmatch(r"\$\{[A-Z_]+(=\w*)?\}", each["value"])


def test_the_defaults_of_azds_parameters_are_those_of_the_template() -> None:
    file = json.loads((ROOT / "infra/main.parameters.json").read_text(encoding="utf-8"))
    for name, each in file["parameters"].items():
        default = re.fullmatch(r"\$\{[A-Z_]+=(\w*)\}", each["value"])
        if default:
            own = re.search(rf"^param {name} \w+ = '?(\w*)'?$", MAIN, re.MULTILINE)
            assert own is not None, name
            assert default[1] == own[1], name


def test_azd_hands_the_hook_what_it_asks_for() -> None:
    hook = (ROOT / "infra/hooks/postdeploy.sh").read_text(encoding="utf-8")
    asked = set(re.findall(r"\"\$([A-Z_]+)\"", hook))
    outputs = set(re.findall(r"^output (\w+)", MAIN, re.MULTILINE))
    assert asked <= outputs | {"AZURE_ENV_NAME", "AZURE_LOCATION"}


@pytest.mark.parametrize(
    "file", [ROOT / "azure.yaml", *WORKFLOWS, *HOOKS], ids=lambda path: path.name
)
def test_every_file_that_is_named_is_there(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    for name in re.findall(
        r"(?<![\w/.$])((?:\./)?(?:\.ci|\.github|infra|docs)/[\w./-]*\w)(?=[\s\"',):;]|$)", text
    ):
        assert (ROOT / name).exists(), f"{file.name} names {name}"


@pytest.mark.parametrize("stage", ["development", "production"])
def test_a_stage_of_the_workflow_has_its_parameter_file(stage: str) -> None:
    assert f"environment: {stage}" in (ROOT / ".github/workflows/deploy.yml").read_text(
        encoding="utf-8"
    )
    assert (ROOT / f"infra/parameters/{stage}.bicepparam").exists()


@pytest.mark.parametrize("hook", HOOKS, ids=lambda path: path.name)
def test_a_hook_can_be_run(hook: Path) -> None:
    assert hook.stat().st_mode & 0o111
    assert hook.read_text(encoding="utf-8").startswith("#!/bin/sh\n")


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_uses_no_stored_secret_and_has_the_least_rights(workflow: Path) -> None:
    text = workflow.read_text(encoding="utf-8")
    assert "secrets." not in text, "Azure trusts the repository's environments instead (OIDC)"
    assert "\npermissions:\n  contents: read\n" in text, "every job has no more, unless it says so"
    assert "pull_request_target" not in text, (
        "it would hand this repository's rights to a fork's code"
    )
    for action, version in re.findall(r"uses: ([\w-]+/[\w-]+)@(\S+)", text):
        assert re.fullmatch(r"v\d+|[0-9a-f]{40}", version), f"{action} floats"


def commands(workflow: str) -> list[str]:
    """The lines that a shell gets.

    Those of each `run:`, and the more deeply indented ones under it.
    """
    found: list[str] = []
    depth = -1
    for line in workflow.splitlines():
        indent = len(line) - len(line.lstrip())
        if line.strip() and indent <= depth:
            depth = -1
        if depth >= 0:
            found.append(line)
        run = re.match(r"[ -]*run: (.*)", line)
        if run:
            depth = line.index("run:")
            found.append(run[1])
    return found


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_no_text_that_others_write_gets_into_a_command(workflow: Path) -> None:
    """An expression inside `run:` is pasted before the shell reads it; a variable is not."""
    lines = commands(workflow.read_text(encoding="utf-8"))
    assert lines
    assert [line for line in lines if "${{" in line] == []


def test_an_expression_in_a_command_would_be_seen() -> None:
    steps = (
        "steps:\n  - run: |\n      echo one\n      echo ${{ github.head_ref }}\n    env:\n"
        "      A: ${{ vars.A }}\n"
    )
    assert [line.strip() for line in commands(steps) if "${{" in line] == [
        "echo ${{ github.head_ref }}"
    ]


def test_a_fork_gets_no_token() -> None:
    text = (ROOT / ".github/workflows/deploy.yml").read_text(encoding="utf-8")
    what_if = text[text.index("  what-if:") : text.index("  package:")]
    assert "head.repo.full_name == github.repository" in what_if


def test_production_waits_for_development_and_gets_the_same_package() -> None:
    deploy, one = (
        (ROOT / f".github/workflows/{name}.yml").read_text(encoding="utf-8")
        for name in ("deploy", "deploy-to")
    )
    production = deploy[deploy.index("  production:") :]
    assert "needs: development" in production
    assert deploy.count("make package") == 1
    assert "make package" not in one
    assert "--build-remote false" in one


def test_app_and_alerts_get_the_audience_of_the_secure_webhook_from_one_variable() -> None:
    """The app must not require tokens that Azure Monitor does not send: it refuses notices then."""
    name = "FORESTALL_WEBHOOK_AUDIENCE"
    for workflow in ("deploy", "deploy-to"):
        text = (ROOT / f".github/workflows/{workflow}.yml").read_text(encoding="utf-8")
        assert f"{name}: ${{{{ vars.{name} }}}}" in text
    for stage in ("development", "production"):
        text = (ROOT / f"infra/parameters/{stage}.bicepparam").read_text(encoding="utf-8")
        assert f"param webhookAudience = readEnvironmentVariable('{name}', '')" in text
    assert name in (ROOT / "infra/hooks/notices.sh").read_text(encoding="utf-8")
    assert f"${{{name}=}}" in (ROOT / "infra/main.parameters.json").read_text(encoding="utf-8")
