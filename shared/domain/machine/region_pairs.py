"""Azure's region pairs: regions of which Azure itself updates one at a time.

A table; has no machines.

Source: the list of region pairs that Microsoft publishes
(learn.microsoft.com/azure/reliability/regions-paired, state of 2025, China and US Government
included). Jio India and the US DoD are not on the page as read, and kept apart nevertheless, which
costs time and no machine: UNCONFIRMED(region-pairs). A region that is not in the table has no pair.
"""

#: a region, and the one that Azure names as its pair; some are named by one side only
_PAIRED = (
    ("australiacentral", "australiacentral2"), ("australiaeast", "australiasoutheast"),
    ("brazilsouth", "southcentralus"), ("brazilsoutheast", "brazilsouth"),
    ("canadacentral", "canadaeast"), ("centralindia", "southindia"), ("centralus", "eastus2"),
    ("chinaeast", "chinanorth"), ("chinaeast2", "chinanorth2"), ("chinaeast3", "chinanorth3"),
    ("eastasia", "southeastasia"), ("eastus", "westus"), ("francecentral", "francesouth"),
    ("germanynorth", "germanywestcentral"), ("indiasouthcentral", "centralindia"),
    ("japaneast", "japanwest"), ("jioindiacentral", "jioindiawest"), ("koreacentral", "koreasouth"),
    ("northcentralus", "southcentralus"), ("northeurope", "westeurope"),
    ("norwayeast", "norwaywest"), ("southafricanorth", "southafricawest"),
    ("swedencentral", "swedensouth"), ("switzerlandnorth", "switzerlandwest"),
    ("uaecentral", "uaenorth"), ("uksouth", "ukwest"), ("usdodcentral", "usdodeast"),
    ("usgovarizona", "usgovtexas"), ("usgovtexas", "usgovvirginia"), ("westcentralus", "westus2"),
    ("westindia", "southindia"), ("westus3", "eastus"),
)  # fmt: skip


def _families() -> dict[str, tuple[str, ...]]:
    families: dict[str, set[str]] = {}
    for first, second in _PAIRED:
        joined = {first, second} | families.get(first, set()) | families.get(second, set())
        for region in joined:
            families[region] = joined
    return {region: tuple(sorted(family)) for region, family in families.items()}


_FAMILIES = _families()


def paired_with(region: str) -> tuple[str, ...]:
    """The region with all that it is paired with, sorted; empty where it has no pair.

    `region` as ARM spells it, such as `westeurope`; capitals and blanks do not matter. Three or
    more where pairs share a region, as West US 3 does with East US and West US: each of them is
    kept apart from all the others, which is stricter than Azure.
    """
    return _FAMILIES.get("".join(region.split()).lower(), ())
