"""Regions that Azure pairs, as the auditor knows them: it shares no code with the app.

Source: the list of region pairs that Microsoft publishes. A test compares the families.
"""

#: regions of one family are never in flight together; a region may be in several pairs
_FAMILIES = (
    "australiacentral australiacentral2",
    "australiaeast australiasoutheast",
    "brazilsouth brazilsoutheast northcentralus southcentralus",
    "canadacentral canadaeast",
    "centralindia indiasouthcentral southindia westindia",
    "centralus eastus2",
    "chinaeast chinanorth",
    "chinaeast2 chinanorth2",
    "chinaeast3 chinanorth3",
    "eastasia southeastasia",
    "eastus westus westus3",
    "francecentral francesouth",
    "germanynorth germanywestcentral",
    "japaneast japanwest",
    "jioindiacentral jioindiawest",
    "koreacentral koreasouth",
    "northeurope westeurope",
    "norwayeast norwaywest",
    "southafricanorth southafricawest",
    "swedencentral swedensouth",
    "switzerlandnorth switzerlandwest",
    "uaecentral uaenorth",
    "uksouth ukwest",
    "usdodcentral usdodeast",
    "usgovarizona usgovtexas usgovvirginia",
    "westcentralus westus2",
)
_BY_REGION = {region: tuple(family.split()) for family in _FAMILIES for region in family.split()}

REGIONS = tuple(_BY_REGION)


def paired_with(region: str) -> tuple[str, ...]:
    """The region and all that it is paired with, sorted; empty where it has no pair."""
    return _BY_REGION.get(region, ())
