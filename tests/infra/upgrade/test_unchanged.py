"""A release that changes code alone writes no settings: each write ends what runs (Flex)."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.infra.deployments import ROOT

HOOK = ROOT / "infra/hooks/infrastructure.sh"

#: stands in for the Azure CLI: it keeps the tag of the group and the state of the deployment in
#: files, and what it was asked in a log
AZ = """#!/bin/sh
printf '%s\\n' "$*" >> "$AZ/log"
case "$*" in
  "bicep build-params"*) [ -z "${AZ_BROKEN-}" ] || exit 1; cat "$AZ/values" ;;
  "bicep build "*) cat "$AZ/template" ;;
  "group show --name rg-forestall-production --query id "*)
    printf '/subscriptions/s/resourceGroups/rg-forestall-production' ;;
  "group show --name rg-forestall-production "*) cat "$AZ/tag" 2>/dev/null ;;
  "group "*) exit 3 ;;
  "deployment sub show"*provisioningState*) cat "$AZ/state" 2>/dev/null || exit 3 ;;
  "deployment sub show"*) printf '{"shown": true}' ;;
  "deployment sub create"*)
    rm -f "$AZ/tag"
    printf '%s' "${AZ_ENDS-Succeeded}" > "$AZ/state"
    printf '{"created": true}'
    [ "${AZ_ENDS-Succeeded}" = Succeeded ] ;;
  "tag update"*)
    [ -z "${AZ_NO_TAG-}" ] || exit 1
    for each; do case "$each" in forestall-templates=*) printf '%s' "${each#*=}" > "$AZ/tag";; esac
    done ;;
esac
"""


class Place:
    """An Azure with one environment, which keeps what was written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "az").write_text(AZ, encoding="utf-8")
        (folder / "az").chmod(0o755)
        self.write("template", '{"resources": []}')
        self.write("values", '{"mode": "observe"}')

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def deploy(self, location: str = "westeurope", **env: str) -> subprocess.CompletedProcess[str]:
        shell = shutil.which("sh")
        assert shell is not None
        (self.folder / "log").unlink(missing_ok=True)
        return subprocess.run(
            [shell, str(HOOK), "production", location, str(self.folder / "deployment.json")],
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
            env={
                "PATH": f"{self.folder}:{os.environ['PATH']}",
                "AZ": str(self.folder),
                **env,
            },
        )

    @property
    def wrote(self) -> bool:
        """Whether the last run deployed."""
        return "deployment sub create" in (self.folder / "log").read_text(encoding="utf-8")

    @property
    def outputs(self) -> str:
        return (self.folder / "deployment.json").read_text(encoding="utf-8")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_the_first_deployment_writes_and_an_unchanged_one_does_not(place: Place) -> None:
    first = place.deploy()
    assert (first.returncode, place.wrote) == (0, True), first.stderr
    assert place.outputs == '{"created": true}'

    again = place.deploy()
    assert (again.returncode, place.wrote) == (0, False), again.stderr
    assert place.outputs == '{"shown": true}'
    assert "nothing has changed" in again.stdout


@pytest.mark.parametrize(
    ("name", "text"),
    [("template", '{"resources": [1]}'), ("values", '{"mode": "act"}')],
)
def test_a_changed_template_or_parameter_is_deployed(place: Place, name: str, text: str) -> None:
    place.deploy()
    place.write(name, text)
    assert place.deploy().returncode == 0
    assert place.wrote
    place.deploy()
    assert not place.wrote


def test_another_region_is_deployed(place: Place) -> None:
    place.deploy()
    place.deploy("northeurope")
    assert place.wrote


def test_a_person_can_ask_for_a_deployment(place: Place) -> None:
    place.deploy()
    place.deploy(FORESTALL_INFRASTRUCTURE="always")
    assert place.wrote


def test_a_deployment_that_failed_is_made_again(place: Place) -> None:
    place.deploy()
    place.write("values", "{}")
    failed = place.deploy(AZ_ENDS="Failed")
    assert failed.returncode != 0
    assert place.deploy().returncode == 0
    assert place.wrote


def test_without_the_tag_it_is_made_again(place: Place) -> None:
    """The tag is lost when it cannot be written, and when somebody deploys by hand."""
    done = place.deploy(AZ_NO_TAG="1")
    assert done.returncode == 0
    assert "so the next run deploys again" in done.stdout
    place.deploy()
    assert place.wrote


def test_what_cannot_be_compiled_is_not_deployed(place: Place) -> None:
    done = place.deploy(AZ_BROKEN="1")
    assert done.returncode == 1
    assert "production.bicepparam cannot be compiled" in done.stderr
    assert not place.wrote


def test_without_a_digest_it_ends_and_never_takes_that_for_unchanged(place: Place) -> None:
    """A laptop without sha256sum has an empty digest, and a first deployment has no tag."""
    place.deploy(AZ_NO_TAG="1")
    (place.folder / "sha256sum").write_text("#!/bin/sh\nexit 127\n", encoding="utf-8")
    (place.folder / "sha256sum").chmod(0o755)
    done = place.deploy()
    assert done.returncode == 1
    assert "sha256sum is needed" in done.stderr
    assert not place.wrote


def test_it_looks_at_the_group_of_the_template_alone(place: Place) -> None:
    """Each project of azd tags its groups with the name of its environment: production is one."""
    place.deploy()
    place.deploy()
    assert "group list" not in (place.folder / "log").read_text(encoding="utf-8")
    template = (ROOT / "infra/main.bicep").read_text(encoding="utf-8")
    assert "name: 'rg-forestall-${environmentName}'" in template
    assert 'group="rg-forestall-$environment"' in HOOK.read_text(encoding="utf-8")


def test_the_workflow_deploys_by_the_hook() -> None:
    text = (ROOT / ".github/workflows/deploy-to.yml").read_text(encoding="utf-8")
    assert "infra/hooks/infrastructure.sh" in text
    assert "az deployment sub create" not in text
