"""An upgrade from each release to today's templates, and the rollback, evaluated by the compiler.

Today's side is the record that test_compiled.py shows to be what the compiler makes of the
templates. Without a compiler these tests are skipped, but fail where CI=true.
"""

import copy
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.infra.deployments import ROOT, Resource, of_type, resources
from tests.infra.upgrade.changes import differences, lost, settings_gone
from toolchain.templates import HOW_TO_GET_ONE, evaluate_compiled, find_compiler

HERE = Path(__file__).parent
RELEASES = sorted(path.stem for path in (HERE / "releases").glob("*.json"))
PARAMETERS = {
    "production": ROOT / "infra/parameters/production.bicepparam",
    "private-network": ROOT / "infra/parameters/private-network.bicepparam",
}
QUEUES = "Microsoft.ServiceBus/namespaces/queues"
TABLES = "Microsoft.Storage/storageAccounts/tableServices/tables"
ASSIGNMENTS = "Microsoft.Authorization/roleAssignments"
#: what an upgrade changes, as `differences` says it, by release. Add a line here when the templates
#: change something, and say in the changelog what a user notices.
CHANGES: dict[str, list[str]] = {
    "0.2.0": [
        # the queries name `timer.silent` and `call.not_eligible`
        "~ Microsoft.Insights/scheduledQueryRules alert-scan-incomplete: properties.criteria.allOf",
        "~ Microsoft.Insights/scheduledQueryRules alert-scan-incomplete: properties.description",
        "~ Microsoft.Insights/scheduledQueryRules alert-stuck-jobs: properties.criteria.allOf",
    ]
}
#: a name of a resource ends with that of the environment and a text that depends on the parameters
_SUFFIX = re.compile(r"-forestall-[a-z0-9]{13}(?=:|$)")


@pytest.fixture(scope="module")
def compiler() -> str:
    found = find_compiler(os.environ)
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(HOW_TO_GET_ONE)
        pytest.skip(HOW_TO_GET_ONE)
    return found


@pytest.fixture(scope="module")
def deployed(
    compiler: str, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, str], list[Resource]]:
    """What a release deploys with the parameters of today, by release and parameter file."""
    known: dict[tuple[str, str], list[Resource]] = {}

    def evaluated(release: str, parameters: str) -> list[Resource]:
        if (release, parameters) not in known:
            place = tmp_path_factory.mktemp("release")
            shutil.copyfile(HERE / "releases" / f"{release}.json", place / "main.json")
            text = PARAMETERS[parameters].read_text(encoding="utf-8")
            text = re.sub(r"using '[^']+'", "using 'main.json'", text, count=1)
            file = place / "release.bicepparam"
            file.write_text(text, encoding="utf-8")
            known[release, parameters] = evaluate_compiled(file, compiler)["predictedResources"]
        return copy.deepcopy(known[release, parameters])

    return evaluated


type Deployed = Callable[[str, str], list[Resource]]
EACH = pytest.mark.parametrize(
    ("release", "parameters"), [(each, name) for each in RELEASES for name in PARAMETERS]
)


@EACH
def test_an_upgrade_and_a_rollback_lose_nothing(
    deployed: Deployed, release: str, parameters: str
) -> None:
    before, after = deployed(release, parameters), resources(parameters)
    assert lost(before, after) == []
    assert lost(after, before) == []


@EACH
def test_an_upgrade_changes_what_is_on_record(
    deployed: Deployed, release: str, parameters: str
) -> None:
    before, after = deployed(release, parameters), resources(parameters)
    found = [_SUFFIX.sub("", each) for each in differences(before, after)]
    assert found == CHANGES[release]
    assert settings_gone(before, after) == []


@EACH
def test_queues_tables_and_rights_keep_their_names(
    deployed: Deployed, release: str, parameters: str
) -> None:
    before, after = deployed(release, parameters), resources(parameters)
    for kind, least in ((QUEUES, 4), (TABLES, 11), (ASSIGNMENTS, 12)):
        old, new = ({each["name"] for each in of_type(all_, kind)} for all_ in (before, after))
        assert len(old) >= least
        assert old <= new


def first(among: list[Resource], kind: str) -> Resource:
    return of_type(among, kind)[0]


def renamed(kind: str) -> Callable[[list[Resource]], None]:
    def change(among: list[Resource]) -> None:
        each = first(among, kind)
        each["name"] += "2"
        each["id"] += "2"

    return change


def without(kind: str) -> Callable[[list[Resource]], None]:
    return lambda among: among.remove(first(among, kind))


def set_at(kind: str, *path: str, value: Any) -> Callable[[list[Resource]], None]:
    def change(among: list[Resource]) -> None:
        place = first(among, kind)
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return change


def other_assignment_name(among: list[Resource]) -> None:
    each = first(among, ASSIGNMENTS)
    each["id"] = each["id"].replace("guid(", "guid('v2', ")
    each["name"] = each["name"].replace("guid(", "guid('v2', ")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (renamed(QUEUES), "dead-letters has no successor"),
        (without(TABLES), "forestallJobs has no successor"),
        (renamed("Microsoft.Storage/storageAccounts"), "has no successor"),
        (without("Microsoft.ManagedIdentity/userAssignedIdentities"), "has no successor"),
        (renamed("Microsoft.Web/sites"), "has no successor"),
        (
            set_at(QUEUES, "properties", "requiresDuplicateDetection", value=True),
            "Azure refuses another properties.requiresDuplicateDetection",
        ),
        (
            set_at("Microsoft.ServiceBus/namespaces", "sku", "tier", value="Premium"),
            "Azure refuses another sku.tier",
        ),
        (
            set_at("Microsoft.Storage/storageAccounts", "location", value="northeurope"),
            "Azure refuses another location",
        ),
        (other_assignment_name, "the assignment of role"),
    ],
)
def test_what_would_lose_state_or_be_refused_is_found(
    change: Callable[[list[Resource]], None], sentence: str
) -> None:
    before, after = resources("production"), resources("production")
    change(after)
    (found,) = lost(before, after)
    assert sentence in found


def test_a_setting_that_goes_or_changes_is_found() -> None:
    before, after = resources("production"), resources("production")
    settings = next(
        each["properties"]
        for each in of_type(after, "Microsoft.Web/sites/config")
        if each["name"].endswith("/appsettings")
    )
    del settings["FORESTALL_MODE"]
    settings["SCAN_SCHEDULE"] = "0 0 * * * *"
    settings["FORESTALL_NEW"] = "x"
    assert settings_gone(before, after) == ["FORESTALL_MODE"]
    assert [each.rpartition(" ")[2] for each in differences(before, after)] == [
        "+properties.FORESTALL_NEW",
        "-properties.FORESTALL_MODE",
        "properties.SCAN_SCHEDULE",
    ]


def test_the_newest_release_that_the_changelog_dates_is_here() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    dated = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - ", changelog, re.MULTILINE)
    assert sorted(each for each in dated if each in CHANGES) == RELEASES
    assert dated[0] in RELEASES
