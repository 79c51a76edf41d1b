"""What must hold for everything that is deployed, with any parameters.

A list of violations, empty if it does.

Judges evaluated resources (a snapshot), so that no variable, condition or loop can hide a value.
"""

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from tests.infra.deployments import Resource, of_type, value_at

_DEPLOYMENT_STORAGE = "properties.functionAppConfig.deployment.storage"
#: a value that must stand exactly so, by resource type and path
LITERALS: dict[str, dict[str, object]] = {
    "Microsoft.Storage/storageAccounts": {
        "properties.allowSharedKeyAccess": False,
        "properties.allowBlobPublicAccess": False,
        "properties.allowCrossTenantReplication": False,
        "properties.defaultToOAuthAuthentication": True,
        "properties.minimumTlsVersion": "TLS1_2",
        "properties.supportsHttpsTrafficOnly": True,
    },
    "Microsoft.Storage/storageAccounts/blobServices/containers": {
        "properties.publicAccess": "None"
    },
    "Microsoft.ServiceBus/namespaces": {
        "properties.disableLocalAuth": True,
        "properties.minimumTlsVersion": "1.2",
    },
    "Microsoft.ServiceBus/namespaces/queues": {"properties.deadLetteringOnMessageExpiration": True},
    "Microsoft.Web/serverfarms": {"sku.tier": "FlexConsumption", "properties.reserved": True},
    "Microsoft.Web/sites": {
        "identity.type": "UserAssigned",
        "properties.httpsOnly": True,
        "properties.siteConfig.minTlsVersion": "1.2",
        "properties.siteConfig.scmMinTlsVersion": "1.2",
        "properties.siteConfig.ftpsState": "Disabled",
        "properties.functionAppConfig.runtime.name": "python",
        f"{_DEPLOYMENT_STORAGE}.type": "blobContainer",
        f"{_DEPLOYMENT_STORAGE}.authentication.type": "UserAssignedIdentity",
    },
    "Microsoft.Web/sites/basicPublishingCredentialsPolicies": {"properties.allow": False},
    "Microsoft.Insights/components": {"properties.DisableLocalAuth": True},
    "Microsoft.OperationalInsights/workspaces": {"properties.features.disableLocalAuth": True},
    "Microsoft.Authorization/roleAssignments": {"properties.principalType": "ServicePrincipal"},
    "Microsoft.Authorization/roleDefinitions": {"properties.type": "CustomRole"},
    "Microsoft.Insights/metricAlerts": {"properties.enabled": True},
    "Microsoft.Insights/scheduledQueryRules": {"properties.enabled": True},
    "Microsoft.Insights/activityLogAlerts": {"properties.enabled": True},
}

#: Microsoft's own, each given on a single resource
BUILT_IN_ROLES = {
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "/providers/Microsoft.Storage/storageAccounts/",
    "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3": "/providers/Microsoft.Storage/storageAccounts/",
    "4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0": "/queues/",
    "69a216fc-b8fb-44d8-bc22-1f3c2cd27a39": "/queues/",
    "3913510d-42f4-4e42-8a64-420c390055eb": "/providers/Microsoft.Insights/components/",
}

#: settings that Flex Consumption does not take (the migration list of azure-cli 2.91)
FORBIDDEN_ON_FLEX = (
    "FUNCTIONS_WORKER_RUNTIME",
    "FUNCTIONS_WORKER_RUNTIME_VERSION",
    "FUNCTIONS_EXTENSION_VERSION",
    "FUNCTIONS_WORKER_PROCESS_COUNT",
    "FUNCTIONS_MAX_HTTP_CONCURRENCY",
    "FUNCTIONS_WORKER_DYNAMIC_CONCURRENCY_ENABLED",
    "ENABLE_ORYX_BUILD",
    "SCM_DO_BUILD_DURING_DEPLOYMENT",
    "WEBSITE_RUN_FROM_PACKAGE",
    "WEBSITE_CONTENT*",
    "WEBSITE_VNET_ROUTE_ALL",
    "WEBSITE_DNS_SERVER",
    "WEBSITE_MAX_DYNAMIC_APPLICATION_SCALE_OUT",
    "WEBSITE_MOUNT_ENABLED",
    "WEBSITE_SKIP_CONTENTSHARE_VALIDATION",
    "AzureWebJobsDashboard",
)

#: how a secret gets into a deployment: it is asked of a service, or written as a connection string
SECRETS = (
    "listkeys(",
    "listsecrets(",
    "listaccountsas(",
    "listservicesas(",
    "accountkey=",
    "sharedaccesskey=",
)

SECRET_SETTING = re.compile(r"SECRET|PASSWORD|LOGIN|CLIENT_STATE|MAILGUN_KEY|GRAPH_URL")


def violations(deployed: list[Resource]) -> list[str]:
    """One sentence for each thing that must not be so."""
    return [
        *_literals(deployed),
        *_secrets(deployed),
        *_action_groups(deployed),
        *_custom_roles(deployed),
        *_trail(deployed),
        *_assignments(deployed),
        *_flex(deployed),
        *_exposure(deployed),
        *_sign_in(deployed),
    ]


def _literals(deployed: list[Resource]) -> Iterator[str]:
    for kind, wanted in LITERALS.items():
        for each in of_type(deployed, kind):
            for path, value in wanted.items():
                found = value_at(each, path)
                if found != value or type(found) is not type(value):
                    yield f"{kind}: {path} is {found!r}, not {value!r}"


def _secrets(deployed: list[Resource]) -> Iterator[str]:
    for each in deployed:
        text = json.dumps(each).lower()
        yield from (f"{each['type']}: {secret} is a secret" for secret in SECRETS if secret in text)
    for each in of_type(deployed, "Microsoft.Web/sites/config"):
        for name, value in each["properties"].items():
            if SECRET_SETTING.search(name) and not value.startswith("@Microsoft.KeyVault("):
                yield f"setting {name} is no reference to a Key Vault"


def _action_groups(deployed: list[Resource]) -> Iterator[str]:
    """An address with a key in it comes from a secure parameter: deployments are kept on record."""
    for group in of_type(deployed, "Microsoft.Insights/actionGroups"):
        for kind, receivers in group["properties"].items():
            for receiver in receivers if isinstance(receivers, list) else []:
                address = str(receiver.get("serviceUri", "[parameters("))
                if not address.startswith("[parameters("):
                    yield f"an action group has an address in the clear ({kind})"
        for webhook in group["properties"].get("webhookReceivers", []):
            if webhook["useAadAuth"] and not all(
                webhook[each] for each in ("objectId", "identifierUri", "tenantId")
            ):
                yield "a secure webhook does not say for whom its tokens are"


LEAST_DAYS = 30
_BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
#: to create a blob, and to read it; `write` would also replace one
TRAIL_ACTIONS = {f"{_BLOBS}/add/action", f"{_BLOBS}/read"}


def _custom_roles(deployed: list[Resource]) -> Iterator[str]:
    trail = of_type(deployed, _IMMUTABLE)
    for role in of_type(deployed, "Microsoft.Authorization/roleDefinitions"):
        for permission in role["properties"]["permissions"]:
            data = set(permission.get("dataActions", []))
            if data and trail and data <= TRAIL_ACTIONS:
                data = set()
            if data or permission.get("notActions"):
                yield "a custom role has data actions, or takes back what it gave"
            for action in permission["actions"]:
                yield from _action(action)


_IMMUTABLE = "Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies"


def _trail(deployed: list[Resource]) -> Iterator[str]:
    """What is exported is kept: for at least a month, and without appending."""
    roles = of_type(deployed, "Microsoft.Authorization/roleDefinitions")
    writes = any(
        each.get("dataActions") for role in roles for each in role["properties"]["permissions"]
    )
    policies = of_type(deployed, _IMMUTABLE)
    if writes and not policies:
        yield "the export of the trail has no immutability policy"
    for each in policies:
        properties = each["properties"]
        if properties.get("immutabilityPeriodSinceCreationInDays", 0) < LEAST_DAYS:
            yield f"the export of the trail is kept for less than {LEAST_DAYS} days"
        if properties.get("allowProtectedAppendWrites") is not False:
            yield "files of the trail's export can be appended to"


def _action(action: str) -> Iterator[str]:
    if "*" in action:
        yield f"wildcard action {action}"
    elif not action.endswith(("/read", "/performMaintenance/action")):
        yield f"{action} does more than read, and is not performMaintenance"
    elif action.endswith("virtualMachineScaleSets/performMaintenance/action"):
        yield f"{action} restarts a whole scale set at once"


def _assignments(deployed: list[Resource]) -> Iterator[str]:
    custom = {each["name"] for each in of_type(deployed, "Microsoft.Authorization/roleDefinitions")}
    for each in of_type(deployed, "Microsoft.Authorization/roleAssignments"):
        # The id may be an expression that ends in the name: `[resourceId(..., 'GUID')]`.
        role = each["properties"]["roleDefinitionId"].rpartition("/")[2]
        role = role.rpartition(", '")[2].removesuffix("')]")
        place = BUILT_IN_ROLES.get(role)
        if place is None and role not in custom:
            yield f"role {role} is none that the app needs"
        elif place is not None and place not in each["id"].partition("Microsoft.Authorization")[0]:
            yield f"role {role} is given on more than one resource"


def _flex(deployed: list[Resource]) -> Iterator[str]:
    for each in of_type(deployed, "Microsoft.Web/sites/config"):
        for setting in each["properties"]:
            if any(fnmatchcase(setting, forbidden) for forbidden in FORBIDDEN_ON_FLEX):
                yield f"setting {setting} is not taken by Flex Consumption"
    for each in of_type(deployed, "Microsoft.Web/sites"):
        if len(each["identity"].get("userAssignedIdentities", {})) != 1:
            yield "the app has not exactly one identity"


def _sign_in(deployed: list[Resource]) -> Iterator[str]:
    """The app accepts a header exactly where the platform's authentication makes it."""
    configured = of_type(deployed, "Microsoft.Web/sites/config")
    accepted = any("FORESTALL_SIGN_IN" in each["properties"] for each in configured)
    checks = [each for each in configured if "authsettingsV2" in each["name"]]
    enabled = [value_at(each, "properties.platform.enabled") is True for each in checks]
    if accepted != (enabled == [True]):
        yield "the app accepts sign-ins that the platform does not check, or the reverse"
    if any("FORESTALL_DEVELOPMENT_ROLES" in each["properties"] for each in configured):
        yield "every caller gets rights by FORESTALL_DEVELOPMENT_ROLES"
    for each in checks:
        action = value_at(each, "properties.globalValidation.unauthenticatedClientAction")
        if action != "AllowAnonymous":
            yield "webhooks and function keys would need a sign-in"


def _exposure(deployed: list[Resource]) -> Iterator[str]:
    """With private endpoints nothing else leads in; without them Entra is the only gate."""
    private = bool(of_type(deployed, "Microsoft.Network/privateEndpoints"))
    for kind in ("Microsoft.Storage/storageAccounts", "Microsoft.ServiceBus/namespaces"):
        for each in of_type(deployed, kind):
            access = each["properties"]["publicNetworkAccess"]
            if private and access != "Disabled":
                yield f"{kind} has a private endpoint and a public address"
    if private and of_type(deployed, "Microsoft.Storage/storageAccounts"):
        account = of_type(deployed, "Microsoft.Storage/storageAccounts")[0]
        if value_at(account, "properties.networkAcls.defaultAction") != "Deny":
            yield "Microsoft.Storage/storageAccounts lets other networks in"
