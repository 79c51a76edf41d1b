"""Region pairs: who is kept apart from whom."""

import pytest

from shared.domain.machine.region_pairs import paired_with

BY_US3 = ("eastus", "westus", "westus3")


@pytest.mark.parametrize(
    ("region", "family"),
    [
        ("westeurope", ("northeurope", "westeurope")),
        ("West Europe", ("northeurope", "westeurope")),
        ("swedencentral", ("swedencentral", "swedensouth")),
        ("westus3", BY_US3),  # paired with East US by its own side only
        ("eastus", BY_US3),
        ("westus", BY_US3),
        ("usgovarizona", ("usgovarizona", "usgovtexas", "usgovvirginia")),
        ("chinaeast3", ("chinaeast3", "chinanorth3")),
        ("polandcentral", ()),
        ("a region that opens tomorrow", ()),
    ],
)
def test_a_region_is_kept_apart_from_all_that_are_paired_with_it(
    region: str, family: tuple[str, ...]
) -> None:
    assert paired_with(region) == family


def test_everybody_of_a_family_names_the_same_family() -> None:
    families = {
        family
        for name in ("eastus2", "southcentralus", "centralindia")
        for family in [paired_with(name)]
    }

    for family in families:
        assert len(family) >= 2
        assert {paired_with(member) for member in family} == {family}
    assert len(families) == 3
