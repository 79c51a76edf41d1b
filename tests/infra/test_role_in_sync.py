"""The custom role is what the adapters' calls need: no more, no less, if either side is changed."""

from pathlib import Path

import pytest

from sandbox.azure.arm.http.routes import Match
from sandbox.azure.arm.http.table import TABLE
from sandbox.azure.fleets.fleet import ROLE
from tests.infra.deployments import resources, the_only
from tests.infra.role_in_sync import BY_QUERY, action_of, needed, out_of_sync

ROOT = Path(__file__).parents[2]
LISTING = "shared/adapters/azure/listing.py"
CALLS = "shared/adapters/azure/machine_calls.py"


def sources() -> dict[str, str]:
    return {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for folder in ("shared", "functions")
        for path in sorted((ROOT / folder).rglob("*.py"))
    }


def granted(record: str) -> list[str]:
    role = the_only(resources(record), "Microsoft.Authorization/roleDefinitions")
    actions: list[str] = role["properties"]["permissions"][0]["actions"]
    return actions


@pytest.mark.parametrize("record", ["development", "subscriptions-300", "management-group"])
def test_the_role_has_the_actions_that_the_code_needs_and_no_other(record: str) -> None:
    assert out_of_sync(sources(), granted(record)) == []


def test_pages_that_count_the_actions_count_right() -> None:
    reads = [each for each in granted("development") if each.endswith("/read")]
    assert (len(granted("development")), len(reads)) == (12, 10)
    security, readme = (
        (ROOT / page).read_text(encoding="utf-8") for page in ("docs/security.md", "README.md")
    )
    assert "custom role of twelve actions: ten reads of" in security
    assert "custom role of twelve actions" in readme


def test_the_code_is_really_read() -> None:
    assert len(needed(sources()).actions) >= 9


def test_an_action_is_the_method_and_the_url_of_the_sdks_own_request() -> None:
    assert action_of("virtual_machines", "list_all") == "Microsoft.Compute/virtualMachines/read"
    assert (
        action_of("virtual_machines", "begin_redeploy")
        == "Microsoft.Compute/virtualMachines/redeploy/action"
    )
    assert (
        action_of("virtual_machine_scale_set_vms", "get_instance_view")
        == "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/instanceView/read"
    )


@pytest.mark.parametrize("action", sorted(granted("development")))
def test_an_action_that_is_taken_from_the_role_is_missed(action: str) -> None:
    left = [each for each in granted("development") if each != action]
    assert out_of_sync(sources(), left) == [
        f"the code needs {action}, which the role does not have"
    ]


def test_an_action_that_no_call_needs_is_found() -> None:
    more = [*granted("development"), "Microsoft.Compute/virtualMachines/redeploy/action"]
    assert out_of_sync(sources(), more) == [
        "the role has Microsoft.Compute/virtualMachines/redeploy/action, which no call needs"
    ]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (
            "await arm.compute(s).virtual_machines.begin_redeploy('g', 'v')",
            (
                "the code needs Microsoft.Compute/virtualMachines/redeploy/action, "
                "which the role does not have"
            ),
        ),
        (
            "sets = arm.compute(s).availability_sets; sets.list('g')",
            "the code needs Microsoft.Compute/availabilitySets/read, which the role does not have",
        ),
        (
            "look(arm.compute(s).dedicated_hosts)",
            f"{CALLS}: line 2 hands dedicated_hosts on, where its calls cannot be followed",
        ),
        (
            "await self._arm.get('https://...')",
            f"{CALLS}:added asks by URL; say in BY_URL what it needs",
        ),
        ("send(HttpRequest('POST', url))", f"{CALLS}:2 makes a request of its own"),
        ("import azure.mgmt.resourcegraph.aio", f"{CALLS}:2 imports azure.mgmt.resourcegraph.aio"),
    ],
)
def test_a_call_that_is_added_to_the_code_is_found(line: str, sentence: str) -> None:
    altered = sources()
    altered[CALLS] = f"async def added(self, arm, s):\n    {line}\n" + altered[CALLS]
    assert any(found.startswith(sentence) for found in out_of_sync(altered, granted("development")))


@pytest.mark.parametrize(
    ("path", "call", "action"),
    [
        (
            CALLS,
            "compute.virtual_machines.begin_perform_maintenance",
            "virtualMachines/performMaintenance/action",
        ),
        (CALLS, "arm.get", "locations/operations/read"),
        (CALLS, "arm.get", "virtualMachines/instanceView/read"),
    ],
)
def test_a_call_that_is_taken_out_of_the_code_is_found(path: str, call: str, action: str) -> None:
    altered = sources()
    assert call in altered[path]
    altered[path] = altered[path].replace(call, "nothing")
    found = out_of_sync(altered, granted("development"))
    assert f"the role has Microsoft.Compute/{action}, which no call needs" in found


def test_the_simulator_asks_for_the_same_actions() -> None:
    """A second opinion on the derivation.

    The simulator's routes were written from Azure's list of permissions.
    """
    group = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute"
    asked = [
        ("GET", "/subscriptions/s/providers/Microsoft.Compute/virtualMachines"),
        ("GET", "/subscriptions/s/providers/Microsoft.Compute/virtualMachineScaleSets"),
        ("GET", f"{group}/virtualMachineScaleSets/w/virtualMachines"),
        ("GET", f"{group}/virtualMachineScaleSets/w/virtualMachines/0/instanceView"),
        ("POST", f"{group}/virtualMachineScaleSets/w/virtualMachines/0/performMaintenance"),
        ("GET", f"{group}/virtualMachines/v/instanceView"),
        ("POST", f"{group}/virtualMachines/v/performMaintenance"),
        ("GET", "/subscriptions/s/providers/Microsoft.Compute/locations/l/operations/o"),
    ]
    matches = [TABLE.find(method, path) for method, path in asked]
    actions = {each.route.action for each in matches if isinstance(each, Match)}
    # Rows of Resource Graph are shown to everyone who may read what they are about.
    of_rows = {action for each in BY_QUERY.values() for action in each}
    assert actions | {"Microsoft.Resources/subscriptions/read"} | of_rows == set(
        granted("development")
    )


def test_what_the_sandbox_lets_the_app_do_covers_what_the_role_lets_it_do() -> None:
    assert set(granted("development")) - set(ROLE) == set()
