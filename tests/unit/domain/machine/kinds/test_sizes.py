"""Names of VM sizes: what they say about local disks, and that other names say nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.machine.kinds.sizes import has_local_nvme, may_have_temporary_disk


@pytest.mark.parametrize(
    "size",
    [
        "Standard_L4s", "Standard_L8s_v2", "Standard_L8s_v3", "Standard_L8as_v3",
        "Standard_L2aos_v4", "STANDARD_l32S_V3", "Standard_NC24ads_A100_v4",
        "Standard_NC80adis_H100_v5", "Standard_NCC40ads_H100_v5", "Standard_ND96asr_v4",
        "Standard_ND96isr_H100_v5", "Standard_ND128isr_NDR_GB200_v6", "Standard_HB120-16rs_v3",
        "Standard_HX176rs",
    ],
)  # fmt: skip
def test_sizes_with_nvme_disks_for_data(size: str) -> None:
    assert has_local_nvme(size)
    assert may_have_temporary_disk(size)


@pytest.mark.parametrize(
    "size",
    [
        "Standard_D2s_v5", "Standard_D2ads_v6", "Standard_DS2_v2", "Standard_F72s_v2",
        "Standard_M416ms_v2", "Standard_NC4as_T4_v3", "Standard_ND40rs_v2", "Standard_HB60rs",
        "Standard_NV36ads_A10_v5", "Standard_LRS", "", "Mix", "L8s_v3",
    ],
)  # fmt: skip
def test_sizes_without_nvme_disks_for_data_and_names_that_are_no_size(size: str) -> None:
    assert not has_local_nvme(size)


@pytest.mark.parametrize(
    "size",
    [
        "Standard_D2s_v5", "Standard_D2ps_v5", "Standard_D4s_v4", "Standard_E4-2s_v5",
        "Standard_E2s_v6", "Standard_DC4as_v5", "Standard_B2s_v2", "Standard_B2ats_v2",
        "Standard_F4as_v6",
    ],
)  # fmt: skip
def test_sizes_whose_names_exclude_a_temporary_disk(size: str) -> None:
    assert not may_have_temporary_disk(size)


@pytest.mark.parametrize(
    "size",
    [
        "Standard_D2ds_v5", "Standard_D2a_v4", "Standard_E4as_v4", "Standard_DS2_v2",
        "Standard_B2s", "Standard_M8bds_1_v3", "Standard_A2m_v2", "Basic_A1", "Standard_GS5", "",
        "Mix",
    ],
)  # fmt: skip
def test_sizes_that_have_a_temporary_disk_or_may_have_one(size: str) -> None:
    assert may_have_temporary_disk(size)


@given(st.text(max_size=40))
def test_any_text_has_an_answer(size: str) -> None:
    assert isinstance(has_local_nvme(size), bool)
    assert isinstance(may_have_temporary_disk(size), bool)
