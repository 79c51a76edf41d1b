"""Azure's regions by the names that people read.

For the record of a notice only: a scan looks at every region.
"""

import re

#: display names of the public cloud, from the list of regions that Azure publishes; new ones are
#: not recognised
NAMES = (
    "Australia Central", "Australia Central 2", "Australia East", "Australia Southeast",
    "Austria East", "Belgium Central", "Brazil South", "Brazil Southeast", "Canada Central",
    "Canada East", "Central India", "Central US", "Chile Central", "East Asia", "East US",
    "East US 2", "France Central", "France South", "Germany North", "Germany West Central",
    "Indonesia Central", "Israel Central", "Italy North", "Japan East", "Japan West",
    "Jio India Central", "Jio India West", "Korea Central", "Korea South", "Malaysia West",
    "Mexico Central", "New Zealand North", "North Central US", "North Europe", "Norway East",
    "Norway West", "Poland Central", "Qatar Central", "South Africa North", "South Africa West",
    "South Central US", "South India", "Southeast Asia", "Spain Central", "Sweden Central",
    "Switzerland North", "Switzerland West", "UAE Central", "UAE North", "UK South", "UK West",
    "West Central US", "West Europe", "West India", "West US", "West US 2", "West US 3",
)  # fmt: skip

#: longest first, so that "West US 2" is not read as "West US"
_ANY = re.compile(
    r"\b(?:"
    + "|".join(name.replace(" ", r"\s?") for name in sorted(NAMES, key=len, reverse=True))
    + r")\b",
    re.IGNORECASE,
)
_SPELLING = {name.replace(" ", "").lower(): name for name in NAMES}


def is_region(name: str) -> bool:
    """Whether a name without spaces, in lower case, is one of these regions."""
    return name in _SPELLING


def regions_in(text: str) -> tuple[str, ...]:
    """The regions that a text names, such as `West Europe` or `westeurope`, in their order."""
    found = (_SPELLING["".join(match[0].split()).lower()] for match in _ANY.finditer(text))
    return tuple(dict.fromkeys(found))
