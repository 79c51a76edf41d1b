"""What the parameters bring about.

Where rights are given, what the network is like, what is spread over zones.
"""

import re

import pytest

from tests.infra.deployments import (
    INSTALLATIONS,
    Resource,
    app_settings,
    of_type,
    outputs,
    resources,
    the_only,
    value_at,
)

ASSIGNMENT = "Microsoft.Authorization/roleAssignments"
ROLE = "Microsoft.Authorization/roleDefinitions"

#: lengths and letters that Azure takes (resource-name-rules), for names that are the same for all
#: of Azure or long
NAMES = {
    "Microsoft.Storage/storageAccounts": r"[a-z0-9]{3,24}",
    "Microsoft.ServiceBus/namespaces": r"[a-zA-Z][a-zA-Z0-9-]{4,48}[a-zA-Z0-9]",
    "Microsoft.Web/sites": r"[a-zA-Z0-9][a-zA-Z0-9-]{0,58}[a-zA-Z0-9]",
    "Microsoft.Web/serverfarms": r"[a-zA-Z0-9-]{1,40}",
    "Microsoft.Resources/resourceGroups": r"[\w().-]{1,89}[\w()-]",
    "Microsoft.ManagedIdentity/userAssignedIdentities": r"[a-zA-Z0-9][\w-]{2,127}",
    "Microsoft.OperationalInsights/workspaces": r"[a-zA-Z0-9][a-zA-Z0-9-]{2,61}[a-zA-Z0-9]",
    "Microsoft.Storage/storageAccounts/tableServices/tables": (
        r"[^/]+/default/[A-Za-z][A-Za-z0-9]{2,62}"
    ),
}


def watched(deployed: list[Resource]) -> list[str]:
    """The subscriptions in which the custom role is given, one for each assignment."""
    roles = {each["name"] for each in of_type(deployed, ROLE)}
    given = [each["properties"]["roleDefinitionId"] for each in of_type(deployed, ASSIGNMENT)]
    return [each.split("/")[2] for each in given if each.rpartition("/")[2] in roles]


@pytest.mark.parametrize(
    ("record", "subscriptions"),
    [
        ("development", ["00000000-0000-4000-8000-0000000000dd"]),
        ("subscriptions-1", ["00000000-0000-4000-8000-00000000000a"]),
        (
            "production",
            ["11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"],
        ),
        (
            "subscriptions-300",
            [f"00000000-0000-4000-8000-{number:012}" for number in range(1, 301)],
        ),
        ("everything-visible", []),
    ],
)
def test_the_role_is_given_in_each_watched_subscription_and_nowhere_else(
    record: str, subscriptions: list[str]
) -> None:
    assert watched(resources(record)) == subscriptions


@pytest.mark.parametrize("record", INSTALLATIONS)
def test_alerts_are_made_for_what_is_watched(record: str) -> None:
    """The hooks take the list from this output."""
    watched_by_app = app_settings(resources(record))["FORESTALL_SUBSCRIPTIONS"]
    put_out = outputs(record)["FORESTALL_WATCHED_SUBSCRIPTIONS"]
    assert put_out == watched_by_app
    named = ",".join(watched(resources(record)))
    # Beside the asterisk only subscriptions that are left out.
    assert put_out == named or (not named and put_out.split(",-")[0] == "*")


@pytest.mark.parametrize("record", ["development", "production", "subscriptions-300"])
def test_the_role_can_be_given_where_it_is_made_and_where_it_is_given(record: str) -> None:
    deployed = resources(record)
    scopes = the_only(deployed, ROLE)["properties"]["assignableScopes"]
    made_in = the_only(deployed, ROLE)["id"].split("/")[2]
    assert set(scopes) == {f"/subscriptions/{each}" for each in {made_in, *watched(deployed)}}
    assert len(scopes) == len(set(scopes))


def test_where_everything_is_watched_no_role_is_made_but_that_of_the_management_group() -> None:
    assert of_type(resources("everything-visible"), ROLE) == []
    group = "/providers/Microsoft.Management/managementGroups/forestall"
    above = resources("management-group")
    assert the_only(above, ROLE)["properties"]["assignableScopes"] == [group]
    assert the_only(above, ASSIGNMENT)["id"].startswith(group)


def test_a_subscription_that_is_left_out_of_all_gets_nothing_and_is_no_scope() -> None:
    deployed = resources("everything-but-one")
    assert watched(deployed) == []
    assert of_type(deployed, ROLE) == []
    setting = app_settings(deployed)["FORESTALL_SUBSCRIPTIONS"]
    assert setting == "*,-00000000-0000-4000-8000-00000000000a"
    assert outputs("everything-but-one")["FORESTALL_WATCHED_SUBSCRIPTIONS"] == setting


def test_every_assignment_has_a_name_of_its_own() -> None:
    """Two with one name would be one, and the other right would be missing."""
    for record in (*INSTALLATIONS, "management-group"):
        ids = [each["id"] for each in of_type(resources(record), ASSIGNMENT)]
        assert len(ids) == len(set(ids))


def test_two_installations_in_one_subscription_do_not_meet() -> None:
    ids = [each["id"] for record in ("development", "production") for each in resources(record)]
    assert len(ids) == len(set(ids))
    names = [
        the_only(resources(record), ROLE)["properties"]["roleName"]
        for record in ("development", "production")
    ]
    assert names[0] != names[1], "names of custom roles are unique in a tenant"


@pytest.mark.parametrize("record", INSTALLATIONS)
def test_names_are_as_azure_takes_them(record: str) -> None:
    deployed = resources(record)
    for kind, form in NAMES.items():
        for each in of_type(deployed, kind):
            assert re.fullmatch(form, each["name"]), f"{kind} {each['name']}"


@pytest.mark.parametrize("record", ["private-network", "us-government"])
def test_a_private_network_leads_to_all_that_the_app_uses_and_out_to_resource_manager(
    record: str,
) -> None:
    deployed = resources(record)
    reached = {
        group
        for each in of_type(deployed, "Microsoft.Network/privateEndpoints")
        for group in each["properties"]["privateLinkServiceConnections"][0]["properties"][
            "groupIds"
        ]
    }
    assert reached == {"blob", "table", "namespace"}
    assert len(of_type(deployed, "Microsoft.Network/privateDnsZones")) == 3
    network = the_only(deployed, "Microsoft.Network/virtualNetworks")
    app, endpoints = network["properties"]["subnets"]
    assert (
        app["properties"]["delegations"][0]["properties"]["serviceName"]
        == "Microsoft.App/environments"
    )
    assert (
        app["properties"]["natGateway"]["id"]
        == the_only(deployed, "Microsoft.Network/natGateways")["id"]
    )
    assert endpoints["properties"]["defaultOutboundAccess"] is False
    assert the_only(deployed, "Microsoft.ServiceBus/namespaces")["sku"]["name"] == "Premium"
    assert "appSubnetId" in str(
        value_at(the_only(deployed, "Microsoft.Web/sites"), "properties.virtualNetworkSubnetId")
    )


@pytest.mark.parametrize("record", ["development", "production"])
def test_without_a_private_network_there_is_none(record: str) -> None:
    deployed = resources(record)
    assert [
        each["type"] for each in deployed if each["type"].startswith("Microsoft.Network/")
    ] == []
    assert the_only(deployed, "Microsoft.ServiceBus/namespaces")["sku"]["name"] == "Standard"
    assert not value_at(
        the_only(deployed, "Microsoft.Web/sites"), "properties.virtualNetworkSubnetId"
    )


@pytest.mark.parametrize(
    ("record", "redundant", "storage"),
    [("everything-visible", True, "Standard_ZRS"), ("development", False, "Standard_LRS")],
)
def test_zones_are_a_parameter(record: str, *, redundant: bool, storage: str) -> None:
    deployed = resources(record)
    assert (
        value_at(the_only(deployed, "Microsoft.Web/serverfarms"), "properties.zoneRedundant")
        is redundant
    )
    assert value_at(the_only(deployed, "Microsoft.Storage/storageAccounts"), "sku.name") == storage


@pytest.mark.parametrize("record", INSTALLATIONS)
def test_instances_have_sane_sizes(record: str) -> None:
    site = the_only(resources(record), "Microsoft.Web/sites")
    scale = value_at(site, "properties.functionAppConfig.scaleAndConcurrency")
    assert scale == {"instanceMemoryMB": 2048, "maximumInstanceCount": 40, "alwaysReady": []}


def test_a_sovereign_cloud_differs_in_its_region_only() -> None:
    government = {each["location"] for each in resources("us-government") if "location" in each}
    assert {each.lower() for each in government} == {"usgovvirginia", "global"}
