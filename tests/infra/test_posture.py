"""The posture of everything that could be deployed, and that each defect would be found.

One planted at a time.
"""

import re
from collections.abc import Callable

import pytest

from tests.infra.deployments import (
    INSTALLATIONS,
    OTHERS,
    RECORDS,
    ROOT,
    Resource,
    app_settings,
    of_type,
    resources,
    the_only,
)
from tests.infra.posture import LITERALS, SECRET_SETTING, TRAIL_ACTIONS, violations

#: without one of these, a rule about it would hold of nothing
INSTALLED = {
    "Microsoft.Storage/storageAccounts": 1,
    "Microsoft.Storage/storageAccounts/blobServices/containers": 2,
    "Microsoft.ServiceBus/namespaces": 1,
    "Microsoft.ServiceBus/namespaces/queues": 4,
    "Microsoft.Web/serverfarms": 1,
    "Microsoft.Web/sites": 1,
    "Microsoft.Web/sites/config": 1,
    "Microsoft.Web/sites/basicPublishingCredentialsPolicies": 2,
    "Microsoft.Insights/components": 1,
    "Microsoft.Insights/diagnosticSettings": 3,
    "Microsoft.Insights/metricAlerts": 2,
    "Microsoft.Insights/scheduledQueryRules": 7,
    "Microsoft.OperationalInsights/workspaces": 1,
    "Microsoft.ManagedIdentity/userAssignedIdentities": 1,
}


def test_every_record_is_judged() -> None:
    assert sorted(RECORDS) == sorted(INSTALLATIONS + OTHERS)


@pytest.mark.parametrize("record", INSTALLATIONS + OTHERS)
def test_nothing_that_is_deployed_has_a_weak_posture(record: str) -> None:
    assert violations(resources(record)) == []


@pytest.mark.parametrize("record", INSTALLATIONS)
def test_an_installation_is_complete(record: str) -> None:
    deployed = [each for each in resources(record) if "authsettingsV2" not in each["name"]]
    assert {kind: len(of_type(deployed, kind)) for kind in INSTALLED} == INSTALLED


@pytest.mark.parametrize(
    ("kind", "path"), [(kind, path) for kind, wanted in LITERALS.items() for path in wanted]
)
def test_a_security_setting_that_is_changed_or_taken_away_is_found(kind: str, path: str) -> None:
    record = (
        "alerts-with-token" if kind == "Microsoft.Insights/activityLogAlerts" else "development"
    )
    for value in (None, "Weak"):
        deployed = resources(record)
        *above, last = path.split(".")
        place = of_type(deployed, kind)[0]
        for part in above:
            place = place[part]
        place[last] = value

        assert any(
            found.startswith(f"{kind}: {path} is {value!r}") for found in violations(deployed)
        )


def give_key(deployed: list[Resource]) -> None:
    app_settings(deployed)["AzureWebJobsStorage"] = (
        "[format('AccountKey={0}', listKeys('a', '2025-06-01').keys[0])]"
    )


def give_forbidden_setting(deployed: list[Resource]) -> None:
    app_settings(deployed)["WEBSITE_CONTENTSHARE"] = "share"


def give_secret(deployed: list[Resource]) -> None:
    app_settings(deployed)["FORESTALL_EVENT_GRID_SECRET"] = "written-into-a-parameter"


def widen_role(deployed: list[Resource]) -> None:
    permissions_of(deployed)["actions"].append("Microsoft.Compute/virtualMachines/*")


def let_role_delete(deployed: list[Resource]) -> None:
    permissions_of(deployed)["actions"].append("Microsoft.Compute/virtualMachines/delete")


def let_role_move_whole_sets(deployed: list[Resource]) -> None:
    permissions_of(deployed)["actions"].append(
        "Microsoft.Compute/virtualMachineScaleSets/performMaintenance/action"
    )


def let_role_read_data(deployed: list[Resource]) -> None:
    permissions_of(deployed)["dataActions"] = ["Microsoft.Compute/virtualMachines/login/action"]


def make_owner(deployed: list[Resource]) -> None:
    assignment = of_type(deployed, "Microsoft.Authorization/roleAssignments")[-1]
    assignment["properties"]["roleDefinitionId"] = (
        "/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
    )


def give_role_on_group(deployed: list[Resource]) -> None:
    assignment = of_type(deployed, "Microsoft.Authorization/roleAssignments")[0]
    assignment["id"] = (
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Authorization/roleAssignments/r"
    )


def give_second_identity(deployed: list[Resource]) -> None:
    the_only(deployed, "Microsoft.Web/sites")["identity"]["userAssignedIdentities"]["other"] = {}


def permissions_of(deployed: list[Resource]) -> Resource:
    permissions: Resource = the_only(deployed, "Microsoft.Authorization/roleDefinitions")[
        "properties"
    ]["permissions"][0]
    return permissions


@pytest.mark.parametrize(
    ("plant", "sentence"),
    [
        (give_key, "listkeys( is a secret"),
        (give_forbidden_setting, "WEBSITE_CONTENTSHARE is not taken by Flex"),
        (give_secret, "FORESTALL_EVENT_GRID_SECRET is no reference to a Key Vault"),
        (widen_role, "wildcard action Microsoft.Compute/virtualMachines/*"),
        (let_role_delete, "virtualMachines/delete does more than read"),
        (let_role_move_whole_sets, "restarts a whole scale set"),
        (let_role_read_data, "has data actions"),
        (make_owner, "8e3af657-a8ff-443c-a75c-2fe8c4bcb635 is none that the app needs"),
        (give_role_on_group, "is given on more than one resource"),
        (give_second_identity, "not exactly one identity"),
    ],
)
def test_a_planted_defect_is_found(plant: Callable[[list[Resource]], None], sentence: str) -> None:
    deployed = resources("development")
    plant(deployed)
    assert any(sentence in found for found in violations(deployed))


def test_every_secret_that_a_vault_may_hold_is_known_as_one_and_no_other_setting_of_a_door() -> (
    None
):
    text = (ROOT / "infra/settings.bicep").read_text(encoding="utf-8")
    webhooks, vault = (
        re.findall(
            r"^  (FORESTALL_\w+):",
            text.partition(f"type {name} = {{")[2].partition("}")[0],
            re.MULTILINE,
        )
        for name in ("Webhooks", "WebhookVaultEntries")
    )
    assert len(vault) >= 7
    assert [each for each in vault if not SECRET_SETTING.search(each)] == []
    assert [each for each in webhooks if SECRET_SETTING.search(each)] == []


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        (
            "serviceUri",
            "https://a.example?code=key",
            "an action group has an address in the clear (webhookReceivers)",
        ),
        ("identifierUri", "", "a secure webhook does not say for whom its tokens are"),
        ("tenantId", None, "a secure webhook does not say for whom its tokens are"),
    ],
)
def test_a_webhook_with_a_key_on_record_or_tokens_for_nobody_is_found(
    key: str, value: str | None, sentence: str
) -> None:
    deployed = resources("alerts-with-token")
    of_type(deployed, "Microsoft.Insights/actionGroups")[0]["properties"]["webhookReceivers"][0][
        key
    ] = value
    assert violations(deployed) == [sentence]


@pytest.mark.parametrize(
    "kind", ["Microsoft.Storage/storageAccounts", "Microsoft.ServiceBus/namespaces"]
)
def test_a_public_address_beside_a_private_endpoint_is_found(kind: str) -> None:
    deployed = resources("private-network")
    the_only(deployed, kind)["properties"]["publicNetworkAccess"] = "Enabled"
    assert violations(deployed) == [f"{kind} has a private endpoint and a public address"]


def test_storage_that_lets_other_networks_in_is_found() -> None:
    deployed = resources("private-network")
    account = the_only(deployed, "Microsoft.Storage/storageAccounts")
    account["properties"]["networkAcls"]["defaultAction"] = "Allow"
    assert violations(deployed) == ["Microsoft.Storage/storageAccounts lets other networks in"]


#: abbreviations of Microsoft's Cloud Adoption Framework, of the resources that people see
ABBREVIATIONS = {
    "Microsoft.Resources/resourceGroups": "rg-",
    "Microsoft.ManagedIdentity/userAssignedIdentities": "id-",
    "Microsoft.OperationalInsights/workspaces": "log-",
    "Microsoft.Insights/components": "appi-",
    "Microsoft.Insights/actionGroups": "ag-",
    "Microsoft.Storage/storageAccounts": "st",
    "Microsoft.ServiceBus/namespaces": "sbns-",
    "Microsoft.Web/serverfarms": "asp-",
    "Microsoft.Web/sites": "func-",
    "Microsoft.Network/publicIPAddresses": "pip-",
    "Microsoft.Network/natGateways": "ng-",
    "Microsoft.Network/networkSecurityGroups": "nsg-",
    "Microsoft.Network/virtualNetworks": "vnet-",
    "Microsoft.Network/privateEndpoints": "pep-",
}
#: what has no tags in Azure: children, assignments, settings
WITHOUT_TAGS = re.compile(
    r"Microsoft\.Authorization/|Microsoft\.Insights/diagnosticSettings|"
    r"Microsoft\.[A-Za-z]+/[A-Za-z]+/(?!virtualNetworkLinks)"
)


@pytest.mark.parametrize("record", INSTALLATIONS + OTHERS)
def test_names_begin_with_the_abbreviations_of_the_cloud_adoption_framework(record: str) -> None:
    for each in resources(record):
        assert each["name"].startswith(ABBREVIATIONS.get(each["type"], "")), each["name"]


@pytest.mark.parametrize("record", INSTALLATIONS + OTHERS)
def test_every_resource_that_takes_tags_names_its_installation(record: str) -> None:
    for each in resources(record):
        if not WITHOUT_TAGS.match(each["type"]):
            assert {"azd-env-name", "forestall-environment"} & set(each["tags"]), each["name"]


@pytest.mark.parametrize("record", ["development", "production"])
def test_nothing_is_paid_for_all_month_that_nobody_asked_for(record: str) -> None:
    """With zones Azure keeps and bills two instances of each group of functions."""
    deployed = resources(record)
    assert the_only(deployed, "Microsoft.Web/serverfarms")["properties"]["zoneRedundant"] is False
    config = the_only(deployed, "Microsoft.Web/sites")["properties"]["functionAppConfig"]
    assert config["scaleAndConcurrency"]["alwaysReady"] == []


@pytest.mark.parametrize("record", INSTALLATIONS)
def test_no_preview_of_rolling_updates_is_used(record: str) -> None:
    config = the_only(resources(record), "Microsoft.Web/sites")["properties"]["functionAppConfig"]
    assert "siteUpdateStrategy" not in config


_POLICIES = "Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies"


def let_trail_be_replaced(deployed: list[Resource]) -> None:
    blobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
    permissions_of(deployed)["dataActions"].append(f"{blobs}/write")


def let_trail_be_removed(deployed: list[Resource]) -> None:
    blobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
    permissions_of(deployed)["dataActions"].append(f"{blobs}/delete")


def keep_trail_for_a_day(deployed: list[Resource]) -> None:
    policy = the_only(deployed, _POLICIES)["properties"]
    policy["immutabilityPeriodSinceCreationInDays"] = 1


def let_trail_grow(deployed: list[Resource]) -> None:
    the_only(deployed, _POLICIES)["properties"]["allowProtectedAppendWrites"] = True


def keep_nothing_of_the_trail(deployed: list[Resource]) -> None:
    deployed[:] = [each for each in deployed if each["type"] != _POLICIES]


@pytest.mark.parametrize(
    ("plant", "sentence"),
    [
        (let_trail_be_replaced, "has data actions"),
        (let_trail_be_removed, "has data actions"),
        (keep_trail_for_a_day, "kept for less than 30 days"),
        (let_trail_grow, "can be appended to"),
        (keep_nothing_of_the_trail, "has no immutability policy"),
    ],
)
def test_a_defect_of_the_trails_export_is_found(
    plant: Callable[[list[Resource]], None], sentence: str
) -> None:
    deployed = resources("trail")
    assert violations(deployed) == []
    plant(deployed)
    assert any(sentence in found for found in violations(deployed))


def test_the_app_may_only_create_and_read_in_the_container_of_the_trail_alone() -> None:
    deployed = resources("trail")
    assignment = the_only(deployed, "Microsoft.Authorization/roleAssignments")

    assert set(permissions_of(deployed)["dataActions"]) == TRAIL_ACTIONS
    assert permissions_of(deployed)["actions"] == []
    assert "'default', 'trail')" in assignment["id"]  # the container, not the account


def test_an_app_in_a_private_network_reaches_the_trail_by_its_endpoint_alone() -> None:
    deployed = resources("trail-private")
    account = the_only(deployed, "Microsoft.Storage/storageAccounts")
    endpoint = the_only(deployed, "Microsoft.Network/privateEndpoints")
    (connection,) = endpoint["properties"]["privateLinkServiceConnections"]
    zones = the_only(deployed, "Microsoft.Network/privateEndpoints/privateDnsZoneGroups")

    assert account["properties"]["publicNetworkAccess"] == "Disabled"
    assert account["properties"]["networkAcls"]["defaultAction"] == "Deny"
    assert connection["properties"]["groupIds"] == ["blob"]
    assert account["name"] in connection["properties"]["privateLinkServiceId"]
    (zone,) = zones["properties"]["privateDnsZoneConfigs"]
    # The one of the app: a network knows only one zone of this name.
    app_zones = of_type(resources("private-network"), "Microsoft.Network/privateDnsZones")
    name = zone["properties"]["privateDnsZoneId"].rpartition("/")[2]
    assert name.startswith("privatelink.blob.")
    assert any("'privatelink.blob.{0}'" in each["name"] for each in app_zones)


def test_without_a_private_network_the_account_of_the_trail_has_no_endpoint() -> None:
    assert of_type(resources("trail"), "Microsoft.Network/privateEndpoints") == []


def _of_sign_in(deployed: list[Resource]) -> Resource:
    configured = of_type(deployed, "Microsoft.Web/sites/config")
    (found,) = [each for each in configured if "authsettingsV2" in each["name"]]
    return found


def leave_authentication_out(deployed: list[Resource]) -> None:
    deployed.remove(_of_sign_in(deployed))


def disable_authentication(deployed: list[Resource]) -> None:
    _of_sign_in(deployed)["properties"]["platform"]["enabled"] = False


def accept_no_sign_in(deployed: list[Resource]) -> None:
    del app_settings(deployed)["FORESTALL_SIGN_IN"]


def give_everybody_a_role(deployed: list[Resource]) -> None:
    app_settings(deployed)["FORESTALL_DEVELOPMENT_ROLES"] = "Reader"


def ask_webhooks_to_sign_in(deployed: list[Resource]) -> None:
    _of_sign_in(deployed)["properties"]["globalValidation"]["unauthenticatedClientAction"] = (
        "Return401"
    )


@pytest.mark.parametrize(
    ("plant", "sentence"),
    [
        (leave_authentication_out, "does not check"),
        (disable_authentication, "does not check"),
        (accept_no_sign_in, "does not check"),
        (give_everybody_a_role, "every caller gets rights"),
        (ask_webhooks_to_sign_in, "would need a sign-in"),
    ],
)
def test_a_defect_of_the_sign_in_is_found(
    plant: Callable[[list[Resource]], None], sentence: str
) -> None:
    deployed = resources("every-webhook")
    assert violations(deployed) == []
    plant(deployed)
    assert any(sentence in found for found in violations(deployed))
