"""What comes from others is pinned, and nothing of it runs while it is installed.

Workflows name actions by commit; packages are wheels with hashes; tools have one version.
"""

import json
import re
import zipfile
from pathlib import Path

import pytest

from toolchain.checks.sources import modules
from toolchain.prepare.places import HERE
from toolchain.release.sbom import bill_of, write

ROOT = HERE.root
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
_USES = re.compile(r"uses: +(\S+)(?: +# (\S+))?")
_INSTALLS = re.compile(r"""["']?pip["']?,?\s+["']?(install|sync)\b|"install", \*""")


def floating(workflow: str) -> list[str]:
    """Actions of others without a whole commit, or without the version that it is."""
    return [
        action
        for action, version in _USES.findall(workflow)
        if not action.startswith("./")
        and not (
            re.fullmatch(r"[\w/.-]+@[0-9a-f]{40}", action)
            and re.fullmatch(r"v\d+\.\d+\.\d+", version)
        )
    ]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit(workflow: Path) -> None:
    text = workflow.read_text(encoding="utf-8")
    assert _USES.findall(text)
    assert floating(text) == []


@pytest.mark.parametrize(
    "uses",
    [
        "actions/checkout@v6",
        "actions/checkout@main # v6.0.0",
        "actions/checkout@8e8c483 # v6.0.1",
        f"actions/checkout@{'a' * 40}",
        f"actions/checkout@{'a' * 40} # v6",
    ],
)
def test_an_action_that_floats_is_found(uses: str) -> None:
    assert floating(f"      - uses: {uses}\n") == [uses.split(maxsplit=1)[0]]


def test_one_action_has_one_commit_everywhere() -> None:
    found: dict[str, set[str]] = {}
    for workflow in WORKFLOWS:
        for action, _ in _USES.findall(workflow.read_text(encoding="utf-8")):
            name, _, commit = action.partition("@")
            found.setdefault(name, set()).add(commit)
    assert {name for name, commits in found.items() if len(commits) > 1} == set()


def test_python_and_bicep_have_one_whole_version() -> None:
    texts = [each.read_text(encoding="utf-8") for each in WORKFLOWS]
    pythons = {found for text in texts for found in re.findall(r'python-version: "(\S+)"', text)}
    bicep = {found for text in texts for found in re.findall(r"bicep install(.*)", text)}
    (python,) = pythons
    assert re.fullmatch(r"\d+\.\d+\.\d+", python)
    assert python.startswith((ROOT / ".python-version").read_text(encoding="utf-8").strip())
    assert {re.fullmatch(r" --version v\d+\.\d+\.\d+", each) is not None for each in bicep} == {
        True
    }


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_each_job_that_runs_our_commands_brings_this_python(workflow: Path) -> None:
    text = workflow.read_text(encoding="utf-8")
    for job in re.split(r"\n  (?=[\w-]+:\n)", text.partition("\njobs:")[2]):
        if re.search(r"run: (make |\.ci/run)", job):
            assert "actions/setup-python@" in job


def installing() -> dict[str, str]:
    """Texts of files that install packages, by path."""
    python = [
        ROOT / each.path for each in modules(ROOT) if each.path.startswith(("toolchain", "sandbox"))
    ]
    files = [*python, ROOT / "Makefile", *WORKFLOWS, *(ROOT / "infra/hooks").glob("*.sh")]
    texts = {
        str(each.relative_to(ROOT)): _without_talk(each.read_text(encoding="utf-8"))
        for each in files
    }
    return {name: text for name, text in texts.items() if _INSTALLS.search(text)}


def _without_talk(text: str) -> str:
    """Without what installs nothing: a text about the command, and its help."""
    return text.replace("`uv pip sync`", "").replace('"pip", "sync", "--help"', "")


def test_packages_are_installed_as_wheels_with_hashes() -> None:
    """Building from source would run code of its author."""
    found = installing()
    assert set(found) == {
        "Makefile",
        "sandbox/azure/servicebus/conformance/environment.py",
        "toolchain/package.py",
        "toolchain/prepare/uv.py",
    }
    for name, text in found.items():
        times = len(_INSTALLS.findall(text))
        assert text.count("--only-binary") >= times, name
        assert text.count("--require-hashes") >= times, name


def test_everything_that_is_pinned_is_kept_up_to_date() -> None:
    text = (ROOT / ".github/dependabot.yml").read_text(encoding="utf-8")
    for ecosystem in ("github-actions", "pip", "npm", "devcontainers"):
        assert f"package-ecosystem: {ecosystem}\n" in text
    folders = set(re.findall(r'"(/[\w/]*)"', text)) | set(re.findall(r"directory: (\S+)", text))
    assert {each for each in folders if not (ROOT / each[1:]).is_dir()} == set()


def package(folder: Path) -> Path:
    file = folder / "forestall.zip"
    with zipfile.ZipFile(file, "w") as content:
        for name, licence in (("aiohttp", "License-Expression: Apache-2.0\n"), ("azure_core", "")):
            content.writestr(
                f".python_packages/lib/site-packages/{name}-1.0.dist-info/METADATA",
                f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n{licence}\nText: no\n",
            )
        content.writestr("function_app.py", "")
    return file


def test_the_bill_lists_what_is_in_the_package(tmp_path: Path) -> None:
    bill = bill_of(package(tmp_path), version="1.2.3")

    assert [each["purl"] for each in bill["components"]] == [
        "pkg:pypi/aiohttp@1.0",
        "pkg:pypi/azure-core@1.0",
    ]
    assert bill["components"][0]["licenses"] == [{"expression": "Apache-2.0"}]
    assert bill["metadata"]["component"]["version"] == "1.2.3"
    assert bill["dependencies"][0]["dependsOn"] == [each["bom-ref"] for each in bill["components"]]


def test_the_same_package_has_the_same_bill_and_another_one_another(tmp_path: Path) -> None:
    file = package(tmp_path)
    first = write(file, version="1").read_bytes()
    assert first == write(file, version="1").read_bytes()

    with zipfile.ZipFile(file, "a") as content:
        content.writestr("host.json", "{}")
    other = json.loads(write(file, version="1").read_text(encoding="utf-8"))
    assert other["serialNumber"] != json.loads(first)["serialNumber"]
