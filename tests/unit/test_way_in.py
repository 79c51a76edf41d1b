"""What a contributor meets first names commands, ports and files that are there."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.demo.debugging import PORT, Debugging, When
from sandbox.demo.options import parser

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
FORMS = sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"))
#: where a value must be filled in before the repository is published; it is in one file
PLACEHOLDERS = {"REPOSITORY_URL": "pyproject.toml", "SECURITY_CONTACT": "SECURITY.md"}
NAMING = ["CONTRIBUTING.md", ".pre-commit-config.yaml", ".github/PULL_REQUEST_TEMPLATE.md"]
NAMING += [".devcontainer/devcontainer.json", ".vscode/tasks.json", "docs/debugging.md"]


def read(path: str) -> Any:
    return json.loads((ROOT / path).read_text(encoding="utf-8"))


LAUNCHES: list[dict[str, Any]] = read(".vscode/launch.json")["configurations"]
TASKS: dict[str, dict[str, Any]] = {
    each["label"]: each for each in read(".vscode/tasks.json")["tasks"]
}


@pytest.mark.parametrize("path", NAMING)
def test_every_make_target_that_is_named_is_in_the_makefile(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    code = re.findall(
        r"[\"`]make ([a-z ]+)|entry: make ([a-z ]+)|^ *make ([a-z ]+)", text, re.MULTILINE
    )
    named = {target for groups in code for each in groups for target in each.split()}
    targets = " ".join(re.findall(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE))
    assert named
    assert named <= set(targets.split())


@pytest.mark.parametrize("launch", LAUNCHES, ids=lambda each: each["name"])
def test_a_launch_configuration_attaches_to_the_port_or_starts_what_is_there(
    launch: dict[str, Any],
) -> None:
    if launch["request"] == "attach":
        assert launch["connect"] == {"host": "127.0.0.1", "port": PORT}
    else:
        place = ROOT / launch["module"].replace(".", "/")
        assert launch["module"] == "pytest" or (place / "__main__.py").exists()


def test_a_task_before_a_launch_is_there_and_is_seen_to_be_ready() -> None:
    before = [each["preLaunchTask"] for each in LAUNCHES if "preLaunchTask" in each]
    assert before
    assert set(before) <= set(TASKS)
    waiting = TASKS["sandbox: app waits for the debugger"]["problemMatcher"]["background"]
    said = str(Debugging(when=When.AFTER_ATTACH, port=PORT))
    assert re.search(waiting["endsPattern"], said)


def test_the_task_of_func_lets_debugpy_listen_on_the_same_port() -> None:
    task = TASKS["func: host start"]
    given = task["options"]["env"]["languageWorkers__python__arguments"]
    assert given == f"-m debugpy --listen 127.0.0.1:{PORT}"


def test_the_port_is_the_default_of_the_option() -> None:
    assert parser().get_default("debug_port") == PORT
    assert PORT in read(".devcontainer/devcontainer.json")["forwardPorts"]


def test_the_container_has_the_python_of_the_project_and_the_recommended_extensions() -> None:
    container = read(".devcontainer/devcontainer.json")
    version = (ROOT / ".python-version").read_text(encoding="utf-8").strip()
    assert f"-{version}-" in container["image"]
    recommended = read(".vscode/extensions.json")["recommendations"]
    assert container["customizations"]["vscode"]["extensions"] == recommended


def test_the_settings_of_the_editor_are_those_of_the_project() -> None:
    settings = read(".vscode/settings.json")
    assert settings["python.defaultInterpreterPath"] == "${workspaceFolder}/.venv/bin/python"
    assert all((ROOT / each).is_dir() for each in settings["python.testing.pytestArgs"])


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_an_issue_form_has_what_github_asks_for(form: Path) -> None:
    read_form = yaml.safe_load(form.read_text(encoding="utf-8"))
    if form.name == "config.yml":
        assert read_form == {"blank_issues_enabled": False}
        return
    assert {"name", "description", "body"} <= set(read_form)
    fields = [each for each in read_form["body"] if each["type"] != "markdown"]
    ids = [each["id"] for each in fields]
    assert len(ids) == len(set(ids))
    assert any(each.get("validations", {}).get("required") for each in fields)
    assert {each["type"] for each in fields} <= {"input", "textarea", "dropdown", "checkboxes"}
    assert all(each["attributes"]["label"] for each in fields)


def test_nobody_owns_code_before_a_maintainer_says_so() -> None:
    lines = (ROOT / ".github/CODEOWNERS").read_text(encoding="utf-8").splitlines()
    assert all(line.startswith("#") for line in lines)


def test_the_license_is_named_and_there() -> None:
    project = PYPROJECT["project"]
    assert project["license"] == "MIT"
    (name,) = project["license-files"]
    text = (ROOT / name).read_text(encoding="utf-8")
    assert text.startswith("MIT License\n")
    assert f"{project['authors'][0]['name']}\n" in text
    assert (ROOT / project["readme"]).exists()


def test_the_classifiers_name_the_version_of_python() -> None:
    version = (ROOT / ".python-version").read_text(encoding="utf-8").strip()
    assert f"Programming Language :: Python :: {version}" in PYPROJECT["project"]["classifiers"]
    assert PYPROJECT["project"]["requires-python"].startswith(f">={version},")


@pytest.mark.parametrize(("name", "place"), PLACEHOLDERS.items())
def test_a_value_to_fill_in_is_in_one_place_and_listed(name: str, place: str) -> None:
    pages = [
        *ROOT.glob("*.md"),
        *ROOT.glob("*.toml"),
        *(ROOT / "docs").rglob("*.md"),
        *ROOT.glob(".*/*.json"),
    ]
    having = {
        each.relative_to(ROOT).as_posix()
        for each in pages
        if name in each.read_text(encoding="utf-8")
    }
    assert having == {place, "docs/development.md"}
